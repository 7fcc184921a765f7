/**
 * Polls that repeat an earlier one to the letter, as pollers do: they get the reply that the earlier one got, as long as all
 * that it was made of is the same. What the request means, whether its sender may ask, and how the task reads is known then.
 * Such a poll counts for the task, the journal and the report like every other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiPlugin } from './api.js'
import type { Call, ReplyHeaders } from './call.js'
import { machineNow } from './clock.js'
import type { Door } from './front-door.js'
import type { Sandbox } from './sandbox.js'
import type { Sandboxes } from './sandboxes.js'
import type { TaskSnapshot } from './simulator/task.js'

/** A poll and its reply. The reply is made of nothing but the request, the sandbox's options of the API, and the snapshot. */
export interface AnsweredPoll {
  /** As the listener got it. */
  readonly target: string
  /** As the journal tells it: mount, path and query. */
  readonly url: string
  /** Names and values in turn, as sent. */
  readonly requestHeaders: readonly string[]
  /** What the client calls itself. */
  readonly client: string
  readonly door: Door
  readonly sandbox: Sandbox
  readonly api: ApiPlugin
  readonly call: Call
  readonly snapshot: TaskSnapshot
  readonly status: number
  readonly replyHeaders: ReplyHeaders
  readonly body: string
}

/** What such a poll counts for; the instants are that of its arrival, and of its answer. */
export type OnRepeat = (poll: AnsweredPoll, at: number, machineAt: number) => void

interface KnownPoll extends AnsweredPoll {
  readonly listener: string | undefined
  readonly options: unknown
  /** How credentials led to sandboxes. */
  readonly credentialRevision: number
  /** Names and values in turn, with the length. */
  readonly head: string[]
  /** Under which rules `isStruck` was found. */
  faultRevision: number
  /** True when a fault rule is about it, whether it fires or not. */
  isStruck: boolean
}

/** How many polls are known at once, of URLs and bodies of what length: some megabytes in all. */
const MOST_POLLS = 4096
const LONGEST_URL = 256
const LONGEST_BODY = 8192

export class Repeats {
  readonly #sandboxes: Sandboxes
  readonly #onRepeat: OnRepeat
  /** By target: the latest of each. */
  readonly #known = new Map<string, KnownPoll>()

  constructor (sandboxes: Sandboxes, onRepeat: OnRepeat) {
    this.#sandboxes = sandboxes
    this.#onRepeat = onRepeat
  }

  /** Keeps the poll that came to the listener of this API, or to the shared one, if others like it can be answered alike. */
  learn (poll: AnsweredPoll, listener: string | undefined): void {
    if (poll.target.length > LONGEST_URL || poll.body.length > LONGEST_BODY) return
    const { api, sandbox, replyHeaders, body } = poll
    const head = Object.entries(replyHeaders).flatMap(([name, value]) => value === undefined ? [] : [value].flat().flatMap((one) => [name, String(one)]))
    if (replyHeaders['content-length'] === undefined) head.push('content-length', String(Buffer.byteLength(body)))
    if (this.#known.size >= MOST_POLLS) this.#known.clear()
    this.#known.set(poll.target, {
      ...poll,
      listener,
      options: sandbox.options(api.options),
      credentialRevision: this.#sandboxes.credentialRevision,
      head,
      faultRevision: -1,
      isStruck: false,
    })
  }

  /** Answers the request if it repeats a known poll that would be answered alike now; false, and nothing has happened, otherwise. */
  answer (raw: IncomingMessage, response: ServerResponse, listener: string | undefined): boolean {
    const poll = this.#known.get(raw.url ?? '')
    if (poll === undefined || raw.method !== 'GET' || poll.listener !== listener || !isSame(raw.rawHeaders, poll.requestHeaders)) return false
    const { sandbox, api, snapshot, status, body } = poll
    if (poll.credentialRevision !== this.#sandboxes.credentialRevision || sandbox !== this.#sandboxes.get(sandbox.name) || poll.options !== sandbox.options(api.options)) return false
    if (sandbox.faults.ruleCount > 0 && isStruck(poll)) return false
    const at = sandbox.clock.now()
    if (!sandbox.simulator.repeatPoll(snapshot, at)) return false
    raw.door = poll.door
    this.#onRepeat(poll, at, machineNow())
    response.writeHead(status, poll.head)
    response.end(body)
    return true
  }
}

/** What a rule matches is the same for the same call about the same snapshot. */
function isStruck (poll: KnownPoll): boolean {
  const { sandbox: { faults, clock }, api, call, door: { path }, snapshot } = poll
  if (poll.faultRevision !== faults.revision) {
    poll.faultRevision = faults.revision
    poll.isStruck = faults.areAbout({ api: api.name, call, method: 'GET', path, task: snapshot, now: clock.now() })
  }
  return poll.isStruck
}

function isSame (a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
