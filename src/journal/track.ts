/**
 * One task's polls, whoever sent them.
 */
import type { TaskSnapshot } from '../simulator/task.js'
import type { Entry } from './entry.js'
import { Findings } from './finding.js'
import { Gaps } from './gaps.js'
import { Poller } from './poller.js'
import type { RuleName } from './rules.js'

/** Clients of one task that are told apart. */
const MOST_POLLERS = 32

/** What is known of one task's polls. */
export class Track {
  readonly api: string
  readonly taskId: string
  polls = 0
  readonly gaps = new Gaps()
  /** The longest pause, by the larger of both clocks. */
  longestPauseMs = 0
  waits = 0
  leastWaitMs = Infinity
  longestWaitMs = 0
  firstArrivedAt = 0
  lastArrivedAt = 0
  lastAnsweredAt = 0
  lastAnsweredMachineAt = 0
  lastSeq = 0
  lastClient = ''
  lastStatus: number | null = null
  /** Which task it was that had this id last; -1: none was shown yet. */
  taskSeq = -1
  /** How long after it had settled a reply first showed it, sandbox clock. */
  noticedAfterMs: number | undefined
  readonly findings = new Findings<RuleName>()
  readonly #first: Poller
  #others: Map<string, Poller> | undefined

  constructor (api: string, taskId: string, client: string) {
    this.api = api
    this.taskId = taskId
    this.#first = new Poller(client)
  }

  /** Undefined when there are too many to tell them apart. */
  poller (client: string): Poller | undefined {
    if (client === this.#first.client) return this.#first
    this.#others ??= new Map()
    let poller = this.#others.get(client)
    if (poller === undefined && this.#others.size < MOST_POLLERS - 1) {
      poller = new Poller(client)
      this.#others.set(client, poller)
    }
    return poller
  }

  pollers (): Poller[] {
    return [this.#first, ...this.#others?.values() ?? []]
  }

  count (entry: Entry, task: TaskSnapshot | undefined): void {
    const { arrivedAt, call: { waitMs } } = entry
    if (this.polls++ === 0) this.firstArrivedAt = arrivedAt
    if (waitMs !== undefined && waitMs > 0) {
      this.waits++
      this.leastWaitMs = Math.min(this.leastWaitMs, waitMs)
      this.longestWaitMs = Math.max(this.longestWaitMs, waitMs)
    }
    this.lastArrivedAt = Math.max(arrivedAt, this.lastArrivedAt)
    this.lastAnsweredAt = entry.answeredAt
    this.lastAnsweredMachineAt = entry.answeredMachineAt
    this.lastSeq = entry.seq
    this.lastClient = entry.client
    this.lastStatus = entry.status
    if (task === undefined) return
    if (this.taskSeq !== task.task.seq) {
      if (this.taskSeq >= 0) {
        this.noticedAfterMs = undefined
        for (const poller of this.pollers()) poller.forget()
      }
      this.taskSeq = task.task.seq
    }
    if (task.settledAt !== undefined) this.noticedAfterMs ??= entry.answeredAt - task.settledAt
  }
}
