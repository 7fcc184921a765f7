/**
 * The sandbox's time.
 */
import type { Connection } from './connection.js'
import type { Advance, Clock, Duration } from './types.js'

/** How far: by a duration, to an instant (RFC 3339), or until the next change or the last one that is due. */
export type Distance = { readonly by: Duration } | { readonly to: string } | {
  readonly until: 'next' | 'idle'
  /** No further than this; default 1h. */
  readonly max?: Duration
}

export class ClockControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  get (): Promise<Clock> {
    return this.#connection.call('GET', '/clock')
  }

  /** Stops time. */
  freeze (): Promise<Clock> {
    return this.#connection.call('POST', '/clock/freeze', { body: {} })
  }

  /** Lets time go on. */
  resume (): Promise<Clock> {
    return this.#connection.call('POST', '/clock/resume', { body: {} })
  }

  /** Moves time on, by a duration (`'20s'`, or milliseconds) unless told otherwise; resolves when all that it released has been answered. */
  advance (distance: Duration | Distance): Promise<Advance> {
    return this.#connection.call('POST', '/clock/advance', { body: typeof distance === 'object' ? distance : { by: distance } })
  }

  /** Changes how fast time goes: simulated seconds per real second, and whether it jumps to what anybody waits for. */
  set (changes: { readonly speed?: number, readonly autoSkip?: boolean }): Promise<Clock> {
    return this.#connection.call('PATCH', '/clock', { body: changes })
  }
}
