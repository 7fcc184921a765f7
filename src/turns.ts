/**
 * Work that takes long: one piece of a kind each time the event loop comes round, so that everybody else has a turn between two.
 */

export class Turns {
  readonly #row: Array<() => void> = []
  #isWorking = false

  /** True while something waits for its turn. */
  get isBusy (): boolean {
    return this.#row.length > 0
  }

  /** Does the work when its turn has come; at once when what asks is itself such work. */
  take (work: () => void): void {
    if (this.#isWorking) work()
    else if (this.#row.push(work) === 1) this.#schedule()
  }

  #schedule (): void {
    setImmediate(() => {
      this.#isWorking = true
      try {
        this.#row.shift()?.()
      } finally {
        this.#isWorking = false
        if (this.isBusy) this.#schedule()
      }
    })
  }
}
