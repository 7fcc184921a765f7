/**
 * The gaps between polls: least, median and largest, in bounded space.
 */

/** Gaps kept; beyond it every second, then every fourth … counts for the median. */
const MOST_SAMPLES = 256

export class Gaps {
  #min = Infinity
  #max = -Infinity
  #seen = 0
  /** One gap of so many is kept. */
  #stride = 1
  #samples: number[] = []

  add (ms: number): void {
    if (ms < this.#min) this.#min = ms
    if (ms > this.#max) this.#max = ms
    if (this.#seen++ % this.#stride !== 0) return
    this.#samples.push(ms)
    if (this.#samples.length < MOST_SAMPLES) return
    // Thinned out evenly, so that the samples still cover all the time.
    this.#samples = this.#samples.filter((_gap, index) => index % 2 === 0)
    this.#stride *= 2
  }

  /** Undefined when there was no gap; the median is exact up to 255 gaps. */
  summary (): { readonly min: number, readonly median: number, readonly max: number } | undefined {
    if (this.#seen === 0) return undefined
    const sorted = this.#samples.toSorted((a, b) => a - b)
    const middle = sorted.length >> 1
    const upper = sorted[middle] ?? this.#min
    return { min: this.#min, median: sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2, max: this.#max }
  }
}
