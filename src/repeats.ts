/**
 * Polls and pages that repeat an earlier one to the letter, as pollers do: they get the reply that the earlier one got, as long
 * as all that it was made of is the same. What the request means, whether its sender may ask, and how tasks read is known then.
 * Such a request counts for the task, the journal and the report like every other.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiPlugin } from './api.js'
import type { Call, ReplyHeaders } from './call.js'
import { machineNow } from './clock.js'
import type { Door } from './front-door.js'
import type { Sandbox } from './sandbox.js'
import type { Sandboxes } from './sandboxes.js'
import { areSameHeaders } from './journal/journal.js'
import type { KeptBody } from './journal/kept-body.js'
import type { ListState } from './simulator/simulator.js'
import type { TaskSnapshot } from './simulator/task.js'

/** A request and its reply. The reply is made of nothing but the request, the sandbox's options of the API, and what it shows. */
export interface Answered {
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
  /** The task as it was, or the list as it stood. */
  readonly shows: TaskSnapshot | ListState
  readonly status: number
  readonly replyHeaders: ReplyHeaders
  readonly body: string
  /** As the journal keeps it. */
  readonly keptBody: KeptBody
  /** Where the next page begins; undefined: nothing can be said of it. */
  readonly nextCursor: string | null | undefined
}

/** What such a request counts for; the instants are that of its arrival, and of its answer. */
export type OnRepeat = (request: Answered, at: number, machineAt: number) => void

interface Known extends Answered {
  readonly listener: string | undefined
  readonly options: unknown
  /** How credentials led to sandboxes. */
  readonly credentialRevision: number
  /** Names and values in turn, with the length. */
  readonly head: string[]
  /** The body: as a text, which leaves in one piece with the head, or as bytes, which any number of connections share. */
  readonly payload: string | Buffer
  /** Under which rules `isStruck` was found. */
  faultRevision: number
  /** True when a fault rule is about it, whether it fires or not. */
  isStruck: boolean
}

/** How many are known at once, with how many characters in their bodies, and of targets of what length: some megabytes in all. */
const MOST_KNOWN = 4096
const MOST_CHARACTERS = 2 ** 23
const LONGEST_TARGET = 256
/** Copying more characters for each connection takes longer than a write of its own. */
const LONGEST_COPIED = 65_536

export class Repeats {
  readonly #sandboxes: Sandboxes
  readonly #onRepeat: OnRepeat
  /** By target: the latest of each. */
  readonly #known = new Map<string, Known>()
  #characters = 0

  constructor (sandboxes: Sandboxes, onRepeat: OnRepeat) {
    this.#sandboxes = sandboxes
    this.#onRepeat = onRepeat
  }

  /** Keeps the request that came to the listener of this API, or to the shared one, so that others like it are answered alike. */
  learn (request: Answered, listener: string | undefined): void {
    const { target, api, sandbox, replyHeaders, body } = request
    if (target.length > LONGEST_TARGET) return
    const head = Object.entries(replyHeaders).flatMap(([name, value]) => value === undefined ? [] : [value].flat().flatMap((one) => [name, String(one)]))
    if (replyHeaders['content-length'] === undefined) head.push('content-length', String(Buffer.byteLength(body)))
    this.#characters += body.length - (this.#known.get(target)?.body.length ?? 0)
    if (this.#known.size >= MOST_KNOWN || this.#characters > MOST_CHARACTERS) {
      this.#known.clear()
      this.#characters = body.length
    }
    this.#known.set(target, {
      ...request,
      listener,
      options: sandbox.options(api.options),
      credentialRevision: this.#sandboxes.credentialRevision,
      head,
      payload: body.length > LONGEST_COPIED ? Buffer.from(body) : body,
      faultRevision: -1,
      isStruck: false,
    })
  }

  /** Answers the request if it repeats a known one that would be answered alike now; false, and nothing has happened, otherwise. */
  answer (raw: IncomingMessage, response: ServerResponse): boolean {
    const known = this.#known.get(raw.url ?? '')
    if (known === undefined || raw.method !== 'GET' || known.listener !== raw.listener || !areSameHeaders(raw.rawHeaders, known.requestHeaders)) return false
    const { sandbox, api, shows, status, head, payload } = known
    if (known.credentialRevision !== this.#sandboxes.credentialRevision || sandbox !== this.#sandboxes.get(sandbox.name) || known.options !== sandbox.options(api.options)) return false
    if (sandbox.faults.ruleCount > 0 && isStruck(known)) return false
    const at = sandbox.clock.now()
    const isUnchanged = 'task' in shows ? sandbox.simulator.repeatPoll(shows, at) : sandbox.simulator.isListUnchanged(shows, at)
    if (!isUnchanged) return false
    raw.door = known.door
    this.#onRepeat(known, at, machineNow())
    response.writeHead(status, head)
    response.end(payload)
    return true
  }
}

/** What a rule matches is the same for the same call about the same snapshot. */
function isStruck (known: Known): boolean {
  const { sandbox: { faults, clock }, api, call, door: { path }, shows } = known
  if (known.faultRevision !== faults.revision) {
    known.faultRevision = faults.revision
    known.isStruck = faults.areAbout({ api: api.name, call, method: 'GET', path, task: 'task' in shows ? shows : undefined, now: clock.now() })
  }
  return known.isStruck
}
