/**
 * The tasks of one API in order, for lists: pages from any cursor in O(log n + page), whatever is added or removed meanwhile.
 */
import type { TaskRecord } from './task.js'

/** Negative when `a` stands before `b`; 0 only for the same task. */
export type TaskOrder = (a: TaskRecord, b: TaskRecord) => number

/** Where a walk begins, as a comparison of a task with that place: negative before it, positive behind it, 0 at it. */
export type Place = (task: TaskRecord) => number

/** Tasks in a chunk when it is split. Small enough to insert into cheaply, large enough that a million tasks are few chunks. */
const MAX_CHUNK = 1024

export class TaskList {
  readonly #order: TaskOrder
  /** Non-empty runs; all of one stand before all of the next. */
  readonly #chunks: TaskRecord[][] = []
  #size = 0

  constructor (order: TaskOrder) {
    this.#order = order
  }

  get size (): number {
    return this.#size
  }

  add (task: TaskRecord): void {
    this.#size++
    const place = (other: TaskRecord): number => this.#order(other, task)
    const chunkIndex = Math.min(this.#chunkFrom(place), this.#chunks.length - 1)
    const chunk = this.#chunks[chunkIndex]
    if (chunk === undefined) {
      this.#chunks.push([task])
      return
    }
    const index = firstFrom(chunk, place)
    if (index === chunk.length && chunk.length >= MAX_CHUNK) {
      // Almost every task comes last: a full last chunk stays as it is.
      this.#chunks.splice(chunkIndex + 1, 0, [task])
      return
    }
    chunk.splice(index, 0, task)
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(MAX_CHUNK >> 1))
  }

  remove (task: TaskRecord): void {
    const place = (other: TaskRecord): number => this.#order(other, task)
    const chunkIndex = this.#chunkFrom(place)
    const chunk = this.#chunks[chunkIndex]
    if (chunk === undefined) return
    const index = firstFrom(chunk, place)
    if (chunk[index] !== task) return
    chunk.splice(index, 1)
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1)
    this.#size--
  }

  clear (): void {
    this.#chunks.length = 0
    this.#size = 0
  }

  /** The tasks strictly behind the place in this order, or all from the first. */
  * ascending (from?: Place): Generator<TaskRecord> {
    let chunkIndex = from === undefined ? 0 : this.#chunkFrom(from)
    const first = this.#chunks[chunkIndex]
    let index = from === undefined || first === undefined ? 0 : firstFrom(first, (task) => from(task) <= 0 ? -1 : 1)
    for (let chunk = first; chunk !== undefined; chunk = this.#chunks[++chunkIndex], index = 0) {
      for (; index < chunk.length; index++) {
        const task = chunk[index]
        if (task !== undefined) yield task
      }
    }
  }

  /** The tasks strictly before the place, from the nearest one backwards, or all from the last. */
  * descending (from?: Place): Generator<TaskRecord> {
    let chunkIndex = from === undefined ? this.#chunks.length - 1 : Math.min(this.#chunkFrom(from), this.#chunks.length - 1)
    const first = this.#chunks[chunkIndex]
    let index = (from === undefined || first === undefined ? first?.length ?? 0 : firstFrom(first, from)) - 1
    for (let chunk = first; chunk !== undefined;) {
      for (; index >= 0; index--) {
        const task = chunk[index]
        if (task !== undefined) yield task
      }
      chunk = this.#chunks[--chunkIndex]
      index = (chunk?.length ?? 0) - 1
    }
  }

  /** The first chunk whose last task is at or behind the place; the number of chunks when there is none. */
  #chunkFrom (place: Place): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      const last = this.#chunks[middle]?.at(-1)
      if (last !== undefined && place(last) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** The first index whose task is at or behind the place; the length when there is none. */
function firstFrom (tasks: readonly TaskRecord[], place: Place): number {
  let low = 0
  let high = tasks.length
  while (low < high) {
    const middle = (low + high) >> 1
    const task = tasks[middle]
    if (task !== undefined && place(task) < 0) low = middle + 1
    else high = middle
  }
  return low
}
