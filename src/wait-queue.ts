/**
 * The clock's queue: who waits for which instant, the earliest first.
 */
import type { OnWake, Wait } from './clock.js'
import { Heap } from './heap.js'

/** A wait that knows its place in the queue, so that it can leave it. */
export class QueuedWait implements Wait {
  readonly at: number
  readonly seq: number
  readonly onWake: OnWake
  readonly #queue: WaitQueue
  readonly #onCancel: () => void
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

/** The waits by instant, those for the same one in the order of arrival. */
export class WaitQueue extends Heap<QueuedWait> {
  constructor () {
    super((a, b) => a.at < b.at || (a.at === b.at && a.seq < b.seq))
  }
}
