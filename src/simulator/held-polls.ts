/**
 * Polls that wait for a task: woken exactly when a fact or the clock changes what they wait for. Each costs one small object.
 */
import type { Clock, Wait } from '../clock.js'
import { linesExceedAt, settledAt, type TaskRecord, type TaskSnapshot } from './task.js'

/** What a held poll waits for, besides its time-out: the end of the task, or more lines than it has seen. */
export type WakeCondition = 'settled' | { readonly linesAbove: number }

export interface PollHold {
  readonly until: number
  readonly condition: WakeCondition
  /** Called once with the task as it then is, or undefined when it is gone. A returned promise tells when the reply is out. */
  readonly answer: (snapshot: TaskSnapshot | undefined) => void | Promise<void>
}

interface HeldPoll extends PollHold {
  wait: Wait
}

export interface HeldPollsOptions {
  readonly clock: Clock
  /** The task as it is now; undefined when it is gone. */
  readonly peek: (task: TaskRecord) => TaskSnapshot | undefined
  /** Called whenever a poll is held or let go. */
  readonly onChange: (task: TaskRecord) => void
}

/** So many polls are answered in one turn of the event loop: a task with a great many must not keep other sandboxes waiting. */
const MOST_PER_TURN = 250

export class HeldPolls {
  readonly #options: HeldPollsOptions
  readonly #byTask = new Map<TaskRecord, Set<HeldPoll>>()
  readonly #answering = new Set<Promise<void>>()
  #count = 0
  #answeredCount = 0

  constructor (options: HeldPollsOptions) {
    this.#options = options
  }

  /** How many are held. */
  get count (): number {
    return this.#count
  }

  /** How many have been answered so far. */
  get answeredCount (): number {
    return this.#answeredCount
  }

  countOf (task: TaskRecord): number {
    return this.#byTask.get(task)?.size ?? 0
  }

  /** Holds a poll until the condition or the instant is reached. `cancel` drops it without an answer. */
  hold (task: TaskRecord, hold: PollHold): { cancel (): void } {
    const heldPoll: HeldPoll = { ...hold, wait: this.#schedule(task, hold, () => this.#answer(task, heldPoll)) }
    let heldPolls = this.#byTask.get(task)
    if (heldPolls === undefined) {
      heldPolls = new Set()
      this.#byTask.set(task, heldPolls)
    }
    heldPolls.add(heldPoll)
    this.#count++
    this.#options.onChange(task)
    return {
      cancel: () => {
        heldPoll.wait.cancel()
        this.#forget(task, heldPoll)
      },
    }
  }

  /** A fact changed the task: answers the polls whose condition holds now, and sets the others' waits anew. */
  wake (task: TaskRecord): void {
    const heldPolls = this.#byTask.get(task)
    if (heldPolls === undefined) return
    const { clock } = this.#options
    this.#inTurns(task, [...heldPolls], (heldPoll) => {
      heldPoll.wait.cancel()
      if (wakesAt(task, heldPoll) <= clock.now()) this.#track(this.#answer(task, heldPoll))
      else heldPoll.wait = this.#schedule(task, heldPoll, () => this.#answer(task, heldPoll))
    })
  }

  /** The task is gone: answers every poll on it. */
  release (task: TaskRecord): void {
    this.#inTurns(task, [...this.#byTask.get(task) ?? []], (heldPoll) => {
      heldPoll.wait.cancel()
      this.#forget(task, heldPoll)
      this.#answeredCount++
      // Another task may bear its id by now.
      this.#track(heldPoll.answer(undefined))
    })
  }

  /** All tasks are gone. */
  releaseAll (): void {
    for (const task of [...this.#byTask.keys()]) this.release(task)
  }

  /** Resolves when the replies to all polls that commands have released are out. */
  async answered (): Promise<void> {
    // Those that have their turn yet are not among the replies.
    while (this.#answering.size > 0) await Promise.all(this.#answering)
  }

  /** Lets go of the polls that are still held when their turn comes. */
  #inTurns (task: TaskRecord, heldPolls: readonly HeldPoll[], letGo: (heldPoll: HeldPoll) => void): void {
    for (const heldPoll of heldPolls.slice(0, MOST_PER_TURN)) if (this.#byTask.get(task)?.has(heldPoll) === true) letGo(heldPoll)
    if (heldPolls.length > MOST_PER_TURN) this.#track(this.#options.clock.turn().then(() => { this.#inTurns(task, heldPolls.slice(MOST_PER_TURN), letGo) }))
  }

  #schedule (task: TaskRecord, hold: PollHold, onWake: () => void | Promise<void>): Wait {
    return this.#options.clock.schedule(Math.min(hold.until, wakesAt(task, hold)), onWake)
  }

  #answer (task: TaskRecord, heldPoll: HeldPoll): void | Promise<void> {
    this.#answeredCount++
    this.#forget(task, heldPoll)
    return heldPoll.answer(this.#options.peek(task))
  }

  #forget (task: TaskRecord, heldPoll: HeldPoll): void {
    const heldPolls = this.#byTask.get(task)
    if (heldPolls?.delete(heldPoll) !== true) return
    this.#count--
    if (heldPolls.size === 0) this.#byTask.delete(task)
    this.#options.onChange(task)
  }

  #track (answered: void | Promise<void>): void {
    if (answered === undefined) return
    const tracked = answered.finally(() => this.#answering.delete(tracked))
    this.#answering.add(tracked)
  }
}

function wakesAt (task: TaskRecord, { condition }: PollHold): number {
  return condition === 'settled' ? settledAt(task) : Math.min(settledAt(task), linesExceedAt(task, condition.linesAbove))
}
