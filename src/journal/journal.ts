/**
 * What clients sent and got: the latest exchanges of one sandbox, and the counts behind the report on all of them.
 */
import { courseOf, stepIndexAt } from '../simulator/course.js'
import { snapshotAt, type TaskRecord } from '../simulator/task.js'
import { toEntry, type Entry } from './entry.js'
import type { Exchange } from './exchange.js'
import { Report } from './report.js'

export interface JournalLimits {
  /** Exchanges kept. */
  readonly entries: number
  /** Bytes kept of each body. */
  readonly bodyBytes: number
}

export class Journal {
  readonly limits: JournalLimits
  /** Counts every exchange, those that the ring has forgotten included. */
  readonly report = new Report()
  /** Grows up to the limit; then the newest entry takes the place of the oldest. */
  readonly #ring: Entry[] = []
  readonly #observers = new Set<(entry: Entry) => void>()
  #lastSeq = 0

  constructor (limits: JournalLimits) {
    this.limits = limits
  }

  /** How many exchanges there have been since the journal began. */
  get lastSeq (): number {
    return this.#lastSeq
  }

  add (exchange: Exchange): void {
    const { entries, bodyBytes } = this.limits
    const entry = toEntry(exchange, ++this.#lastSeq, bodyBytes)
    if (this.#ring.length < entries) this.#ring.push(entry)
    else if (entries > 0) this.#ring[(entry.seq - 1) % entries] = entry
    this.report.count(exchange, entry.seq)
    if (this.#observers.size > 0) for (const observer of [...this.#observers]) observer(entry)
  }

  /** Begins anew, from seq 1; the report too. */
  clear (): void {
    this.#ring.length = 0
    this.#lastSeq = 0
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
