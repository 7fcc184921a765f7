/**
 * What clients sent and got: the latest exchanges of one sandbox, and the counts behind the report on all of them.
 */
import { courseOf, stepIndexAt } from '../simulator/course.js'
import { snapshotAt, type TaskRecord, type TaskSnapshot } from '../simulator/task.js'
import type { Entry } from './entry.js'
import { keepBody, type KeptBody } from './kept-body.js'
import { Report } from './report.js'

export interface JournalLimits {
  /** Exchanges kept. */
  readonly entries: number
  /** Bytes kept of each body. */
  readonly bodyBytes: number
}

const LONGEST_CLIENT = 256

export class Journal {
  readonly limits: JournalLimits
  /** Counts every exchange, those that the ring has forgotten included. */
  readonly report = new Report()
  /** Grows up to the limit; then the newest entry takes the place of the oldest. */
  readonly #ring: Entry[] = []
  readonly #observers = new Set<(entry: Entry) => void>()
  #lastSeq = 0
  #latestClient = ''
  #latestHeaders: readonly string[] = []

  constructor (limits: JournalLimits) {
    this.limits = limits
  }

  /** How many exchanges there have been since the journal began. */
  get lastSeq (): number {
    return this.#lastSeq
  }

  /** The next exchange, numbered by `lastSeq`; `task` as its reply shows it, and the cursor that its page ends with, are judged, not kept. */
  add (entry: Entry, task: TaskSnapshot | undefined, nextCursor: string | null | undefined): void {
    const { entries } = this.limits
    this.#lastSeq = entry.seq
    if (this.#ring.length < entries) this.#ring.push(entry)
    else if (entries > 0) this.#ring[(entry.seq - 1) % entries] = entry
    this.report.count(entry, task, nextCursor)
    if (this.#observers.size > 0) for (const observer of [...this.#observers]) observer(entry)
  }

  /** The body as an entry may hold it. */
  keepBody (body: unknown): KeptBody {
    return keepBody(body, this.limits.bodyBytes)
  }

  // What lives longer than its request costs the most, and the polls of a client mostly say the same.

  /** The client's name as an entry may hold it. */
  keepClient (client: string): string {
    // Pollers are known by it for as long as the report is kept, and it may be as long as a request's head.
    if (client !== this.#latestClient) this.#latestClient = client.length <= LONGEST_CLIENT ? client : Buffer.from(client.slice(0, LONGEST_CLIENT)).toString()
    return this.#latestClient
  }

  /** The headers as an entry may hold them. */
  keepHeaders (headers: readonly string[]): readonly string[] {
    if (!areSameHeaders(headers, this.#latestHeaders)) this.#latestHeaders = headers
    return this.#latestHeaders
  }

  /** Begins anew, from seq 1; the report too. */
  clear (): void {
    this.#ring.length = 0
    this.#lastSeq = 0
    this.#latestHeaders = []
    this.report.clear()
  }

  /** The entries kept, the oldest first. */
  * entries (): Generator<Entry> {
    for (let seq = this.#lastSeq - this.#ring.length + 1; seq <= this.#lastSeq; seq++) {
      const entry = this.#ring[(seq - 1) % this.limits.entries]
      if (entry !== undefined) yield entry
    }
  }

  /** Calls the observer with every entry as it is added, until the returned function is called. */
  observe (observer: (entry: Entry) => void): () => void {
    this.#observers.add(observer)
    return () => { this.#observers.delete(observer) }
  }

  /** The latest poll of the task, and why it got its answer; null when the journal has none. `describeRule` tells of a fault rule by its id. */
  explainLastPoll (task: TaskRecord, describeRule: (id: number) => string): { readonly seq: number, readonly why: string } | null {
    if (!this.report.mayKnow(task.api, task.id)) return null
    for (let seq = this.#lastSeq; seq > this.#lastSeq - this.#ring.length; seq--) {
      const entry = this.#ring[(seq - 1) % this.limits.entries]
      if (entry !== undefined && entry.call.operation === 'poll' && entry.call.taskId === task.id && entry.api === task.api) return { seq, why: whyOf(entry, task, describeRule) }
    }
    return null
  }
}

/** True for names and values that are the same to the letter, in the same order. */
export function areSameHeaders (a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** Where the task stood when the poll was answered, and what else decided over the answer. */
function whyOf ({ answeredAt, status, isAbandoned, faults }: Entry, task: TaskRecord, describeRule: (id: number) => string): string {
  const then = { ...task, facts: task.facts.filter(({ at }) => at <= answeredAt) }
  const course = courseOf(then)
  const { state } = snapshotAt(then, answeredAt)
  const ended = course.end?.what ?? (course.cancelledAt === undefined ? undefined : 'cancelled')
  const step = `step ${stepIndexAt(then, course, answeredAt) + 1} of ${task.script.steps.length}`
  const outcome = isAbandoned ? 'the client left' : status === null ? 'connection reset' : `status ${status}`
  return [
    `${ended === undefined ? step : `${ended} at ${timeText(course.end?.at ?? course.cancelledAt ?? 0)}`} (${state}) at ${timeText(answeredAt)}`,
    ...faults.map(describeRule),
    // A rule tells which status it made.
    ...(isAbandoned || status === null || (status >= 400 && faults.length === 0) ? [outcome] : []),
  ].join('; ')
}

function timeText (at: number): string {
  return new Date(at).toISOString().slice(11)
}
