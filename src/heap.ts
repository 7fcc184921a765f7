/**
 * A binary heap whose items know their place, so that removing any of them is O(log n).
 */

export interface Placed {
  /** Position in the heap, -1 when in none. The heap's to set. */
  index: number
}

export class Heap<Item extends Placed> {
  readonly #items: Item[] = []
  readonly #isBefore: (a: Item, b: Item) => boolean

  constructor (isBefore: (a: Item, b: Item) => boolean) {
    this.#isBefore = isBefore
  }

  get size (): number {
    return this.#items.length
  }

  get first (): Item | undefined {
    return this.#items[0]
  }

  /** False for what is in another heap, or in none. */
  has (item: Item): boolean {
    return item.index >= 0 && this.#items[item.index] === item
  }

  /** All items, the first one first. */
  inOrder (): Item[] {
    return [...this.#items].sort((a, b) => this.#isBefore(a, b) ? -1 : 1)
  }

  add (item: Item): void {
    this.#items.push(item)
    this.#rise(item, this.#items.length - 1)
  }

  /** The item has to be in this heap. */
  remove (item: Item): void {
    const hole = item.index
    const last = this.#items.pop()
    item.index = -1
    if (last === undefined || last === item) return
    this.#rise(last, hole)
    this.#sink(last, last.index)
  }

  clear (): void {
    for (const item of this.#items) item.index = -1
    this.#items.length = 0
  }

  #rise (item: Item, from: number): void {
    let index = from
    while (index > 0) {
      const parentIndex = (index - 1) >> 1
      const parent = this.#items[parentIndex]
      if (parent === undefined || !this.#isBefore(item, parent)) break
      this.#put(parent, index)
      index = parentIndex
    }
    this.#put(item, index)
  }

  #sink (item: Item, from: number): void {
    let index = from
    for (;;) {
      const left = this.#items[2 * index + 1]
      const right = this.#items[2 * index + 2]
      const child = left !== undefined && right !== undefined && this.#isBefore(right, left) ? right : left
      if (child === undefined || !this.#isBefore(child, item)) break
      const childIndex = child.index
      this.#put(child, index)
      index = childIndex
    }
    this.#put(item, index)
  }

  #put (item: Item, index: number): void {
    this.#items[index] = item
    item.index = index
  }
}
