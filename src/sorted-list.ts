/**
 * Things kept in order, for lists: pages from any place in O(log n + page), whatever is added or removed meanwhile.
 */

/** Negative when `a` stands before `b`; 0 only for the same thing. */
export type Order<Item> = (a: Item, b: Item) => number

/** Where a walk begins, as a comparison of an item with that place: negative before it, positive behind it, 0 at it. */
export type Place<Item> = (item: Item) => number

/** Items in a chunk when it is split. Small enough to insert into cheaply, large enough that a million items are few chunks. */
const MAX_CHUNK = 1024

const BEFORE_ALL = (): number => 1
const BEHIND_ALL = (): number => -1

export class SortedList<Item extends object> {
  readonly #order: Order<Item>
  /** Non-empty runs; all of one stand before all of the next. */
  readonly #chunks: Item[][] = []
  #size = 0
  /** Rises with every change: whoever walks looks for its place anew. */
  #revision = 0

  constructor (order: Order<Item>) {
    this.#order = order
  }

  get size (): number {
    return this.#size
  }

  /** Where the item stands, or would stand. */
  placeOf (item: Item): Place<Item> {
    return (other) => this.#order(other, item)
  }

  add (item: Item): void {
    this.#size++
    this.#revision++
    const place = this.placeOf(item)
    const chunkIndex = Math.min(this.#chunkFrom(place), this.#chunks.length - 1)
    const chunk = this.#chunks[chunkIndex]
    if (chunk === undefined) {
      this.#chunks.push([item])
      return
    }
    const index = firstFrom(chunk, place)
    if (index === chunk.length && chunk.length >= MAX_CHUNK) {
      // Almost every item comes last: a full last chunk stays as it is.
      this.#chunks.splice(chunkIndex + 1, 0, [item])
      return
    }
    chunk.splice(index, 0, item)
    if (chunk.length > MAX_CHUNK) this.#chunks.splice(chunkIndex + 1, 0, chunk.splice(MAX_CHUNK >> 1))
  }

  remove (item: Item): void {
    const place = this.placeOf(item)
    const chunkIndex = this.#chunkFrom(place)
    const chunk = this.#chunks[chunkIndex]
    if (chunk === undefined) return
    const index = firstFrom(chunk, place)
    if (chunk[index] !== item) return
    chunk.splice(index, 1)
    if (chunk.length === 0) this.#chunks.splice(chunkIndex, 1)
    this.#size--
    this.#revision++
  }

  clear (): void {
    this.#chunks.length = 0
    this.#size = 0
    this.#revision++
  }

  /** The items strictly behind the place in this order, or all from the first. */
  * ascending (from: Place<Item> = BEFORE_ALL): Generator<Item> {
    let revision = this.#revision
    let [chunkIndex, index] = this.#firstBehind(from)
    for (let chunk = this.#chunks[chunkIndex]; chunk !== undefined; chunk = this.#chunks[chunkIndex]) {
      const item = chunk[index++]
      if (item === undefined) {
        chunkIndex++
        index = 0
        continue
      }
      yield item
      if (revision === this.#revision) continue
      revision = this.#revision;
      [chunkIndex, index] = this.#firstBehind(this.placeOf(item))
    }
  }

  /** The items strictly before the place, from the nearest one backwards, or all from the last. */
  * descending (from: Place<Item> = BEHIND_ALL): Generator<Item> {
    let revision = this.#revision
    let [chunkIndex, index] = this.#lastBefore(from)
    for (let chunk = this.#chunks[chunkIndex]; chunk !== undefined; chunk = this.#chunks[chunkIndex]) {
      const item = chunk[index--]
      if (item === undefined) {
        index = (this.#chunks[--chunkIndex]?.length ?? 0) - 1
        continue
      }
      yield item
      if (revision === this.#revision) continue
      revision = this.#revision;
      [chunkIndex, index] = this.#lastBefore(this.placeOf(item))
    }
  }

  /** Chunk and index of the first item behind the place; the index may lie behind the chunk's end. */
  #firstBehind (place: Place<Item>): [chunkIndex: number, index: number] {
    const chunkIndex = this.#chunkFrom(place)
    return [chunkIndex, firstFrom(this.#chunks[chunkIndex] ?? [], (item) => place(item) <= 0 ? -1 : 1)]
  }

  /** Chunk and index of the last item before the place; the index may lie before the chunk's beginning. */
  #lastBefore (place: Place<Item>): [chunkIndex: number, index: number] {
    const chunkIndex = Math.min(this.#chunkFrom(place), this.#chunks.length - 1)
    return [chunkIndex, firstFrom(this.#chunks[chunkIndex] ?? [], place) - 1]
  }

  /** The first chunk whose last item is at or behind the place; the number of chunks when there is none. */
  #chunkFrom (place: Place<Item>): number {
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

/** The first index whose item is at or behind the place; the length when there is none. */
function firstFrom<Item> (items: readonly Item[], place: Place<Item>): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >> 1
    const item = items[middle]
    if (item !== undefined && place(item) < 0) low = middle + 1
    else high = middle
  }
  return low
}
