/**
 * Which task of a full store makes room: found in O(log n), however many there are.
 */
import { Heap, type Placed } from '../heap.js'
import { settledAt, type TaskRecord } from './task.js'

/** A task as eviction sees it; what isn't readonly is eviction's to set. */
export interface Evictable extends TaskRecord, Placed {
  settlesAt: number
}

export class Eviction<Task extends Evictable> {
  /** Those that will settle, the earliest first. */
  readonly #settling = new Heap<Task>((a, b) => a.settlesAt < b.settlesAt)
  /** Those seen to have settled, the oldest first: none of them ever goes back. */
  readonly #settled = new Heap<Task>((a, b) => a.seq < b.seq)

  /** Takes the task in, or anew after a fact has changed it. */
  follow (task: Task): void {
    this.leave(task)
    task.settlesAt = settledAt(task)
    // Nothing foreseeable ends the others.
    if (task.settlesAt !== Infinity) this.#settling.add(task)
  }

  leave (task: Task): void {
    if (this.#settling.has(task)) this.#settling.remove(task)
    else if (this.#settled.has(task)) this.#settled.remove(task)
  }

  clear (): void {
    this.#settling.clear()
    this.#settled.clear()
  }

  /** The oldest task that has settled by now. */
  oldestSettled (now: number): Task | undefined {
    for (let task = this.#settling.first; task !== undefined && task.settlesAt <= now; task = this.#settling.first) {
      this.#settling.remove(task)
      this.#settled.add(task)
    }
    return this.#settled.first
  }
}
