/**
 * The clock's queue: who waits for which instant, the earliest first.
 */
import type { OnWake, Wait } from './clock.js'

/** A wait that knows its place in the queue, so that it can leave it. */
export class QueuedWait implements Wait {
  readonly at: number
  readonly seq: number
  readonly onWake: OnWake
  readonly #queue: WaitQueue
  readonly #onCancel: () => void
  /** Position in the heap, -1 when no longer queued. */
  index = -1

  constructor (queue: WaitQueue, at: number, seq: number, onWake: OnWake, onCancel: () => void) {
    this.#queue = queue
    this.at = at
    this.seq = seq
    this.onWake = onWake
    this.#onCancel = onCancel
  }

  cancel (): void {
    if (this.index < 0) return
    this.#queue.remove(this)
    this.#onCancel()
  }
}

/** A binary heap by (instant, order of arrival) whose entries know their place, so that removing any of them is O(log n). */
export class WaitQueue {
  readonly #heap: QueuedWait[] = []

  get size (): number {
    return this.#heap.length
  }

  get first (): QueuedWait | undefined {
    return this.#heap[0]
  }

  /** All that are queued now, the earliest first. */
  inOrder (): QueuedWait[] {
    return [...this.#heap].sort((a, b) => isBefore(a, b) ? -1 : 1)
  }

  add (wait: QueuedWait): void {
    this.#heap.push(wait)
    this.#rise(wait, this.#heap.length - 1)
  }

  remove (wait: QueuedWait): void {
    const hole = wait.index
    const last = this.#heap.pop()
    wait.index = -1
    if (last === undefined || last === wait) return
    this.#rise(last, hole)
    this.#sink(last, last.index)
  }

  clear (): void {
    for (const wait of this.#heap) wait.index = -1
    this.#heap.length = 0
  }

  #rise (wait: QueuedWait, from: number): void {
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#heap[parentIndex]
      if (parent === undefined || !isBefore(wait, parent)) break
      this.#put(parent, index)
      index = parentIndex
    }
    this.#put(wait, index)
  }

  #sink (wait: QueuedWait, from: number): void {
    let index = from
    for (;;) {
      const left = this.#heap[2 * index + 1]
      const right = this.#heap[2 * index + 2]
      const child = left !== undefined && right !== undefined && isBefore(right, left) ? right : left
      if (child === undefined || !isBefore(child, wait)) break
      const childIndex = child.index
      this.#put(child, index)
      index = childIndex
    }
    this.#put(wait, index)
  }

  #put (wait: QueuedWait, index: number): void {
    this.#heap[index] = wait
    wait.index = index
  }
}

function isBefore (a: QueuedWait, b: QueuedWait): boolean {
  return a.at < b.at || (a.at === b.at && a.seq < b.seq)
}
