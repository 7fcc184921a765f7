/**
 * What tasks bring about by succeeding. Nothing is scheduled: who wants to see it lets what is due come about first.
 */
import { SortedList } from '../sorted-list.js'
import type { JsonObject } from './script.js'
import { settledAt, snapshotAt, type TaskRecord, type TaskSnapshot } from './task.js'

/** Called once for every task that has succeeded and bears an effect, in the order of success. */
export type OnSuccess = (effect: JsonObject, success: TaskSnapshot) => void

export class Effects {
  readonly #onSuccess: OnSuccess
  /** When each task that may still succeed is going to settle, as far as can be foreseen. */
  readonly #dueAt = new Map<TaskRecord, number>()
  readonly #queue = new SortedList<TaskRecord>((a, b) => this.#due(a) - this.#due(b) || a.seq - b.seq)

  constructor (onSuccess: OnSuccess) {
    this.#onSuccess = onSuccess
  }

  /** Takes the task in, or learns that a fact has changed its course. */
  follow (task: TaskRecord): void {
    if (task.effect === undefined) return
    this.#drop(task)
    this.#dueAt.set(task, settledAt(task))
    this.#queue.add(task)
  }

  /** The task goes: what it has brought about by now stays, more won't come. */
  leave (task: TaskRecord, now: number): void {
    if (!this.#dueAt.has(task)) return
    this.settle(now)
    this.#drop(task)
  }

  /** Lets come about what is due. */
  settle (now: number): void {
    const due: TaskRecord[] = []
    for (const task of this.#queue.ascending()) {
      if (this.#due(task) > now) break
      due.push(task)
    }
    for (const task of due) {
      this.#drop(task)
      const snapshot = snapshotAt(task, now)
      if (snapshot.state === 'succeeded' && task.effect !== undefined) this.#onSuccess(task.effect, snapshot)
    }
  }

  /** The tasks whose effect may still come about, the next one first. */
  pending (): Generator<TaskRecord> {
    return this.#queue.ascending()
  }

  clear (): void {
    this.#dueAt.clear()
    this.#queue.clear()
  }

  #due (task: TaskRecord): number {
    return this.#dueAt.get(task) ?? Infinity
  }

  #drop (task: TaskRecord): void {
    if (!this.#dueAt.has(task)) return
    this.#queue.remove(task)
    this.#dueAt.delete(task)
  }
}
