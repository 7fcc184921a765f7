/**
 * How a serving process ends: by a signal, or by an error that nobody caught; at any instant, that of its start included.
 */
import { machineTimer } from './clock.js'

/** What a process that serves hands over once it can be closed. */
export interface Closable {
  /** Answers what is held, and resolves when every connection has ended. */
  readonly close: () => Promise<void>
  readonly log: {
    readonly info: (details: object, text: string) => void
    readonly error: (details: unknown, text: string) => void
    readonly fatal: (details: unknown, text: string) => void
  }
}

const SIGNALS = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const
const DEADLINE_MS = 5000

export class Shutdown {
  readonly #exit: (code: number) => void
  #closable: Closable | undefined
  #isUnderWay = false
  #code = 0

  /** Listens from now on; `exit` ends the process. */
  constructor (exit: (code: number) => void) {
    this.#exit = exit
    for (const [signal, number] of Object.entries(SIGNALS)) process.on(signal, () => { this.#onSignal(signal, number) })
    for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, (error: unknown) => { this.#onStrayError(event, error) })
  }

  /** True from the first signal or stray error on: whatever fails now fails because of that. */
  get isUnderWay (): boolean {
    return this.#isUnderWay
  }

  /** From now on there is something to close; before, nobody has been promised an answer. */
  serving (closable: Closable): void {
    this.#closable = closable
  }

  #onSignal (signal: string, number: number): void {
    // Who asks twice means at once.
    if (this.#isUnderWay) return this.#exit(128 + number)
    this.#closable?.log.info({ signal }, 'closing')
    this.#close(0)
  }

  /** The state is unknown: say so, answer what is held, and end. */
  #onStrayError (event: string, error: unknown): void {
    if (this.#closable === undefined) process.stderr.write(`pollux: ${error instanceof Error ? error.stack ?? error.message : String(error)}\n`)
    else this.#closable.log.fatal(error, event)
    if (this.#isUnderWay) this.#code = 1
    else this.#close(1)
  }

  #close (code: number): void {
    this.#isUnderWay = true
    this.#code = code
    if (this.#closable === undefined) return this.#exit(code)
    const { close, log } = this.#closable
    machineTimer(DEADLINE_MS, () => {
      log.error({}, 'connections were still open at the deadline')
      this.#exit(1)
    })
    close().then(() => { this.#exit(this.#code) }, (error: unknown) => {
      log.error(error, 'closing failed')
      this.#exit(1)
    })
  }
}
