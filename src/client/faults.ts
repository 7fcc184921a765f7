/**
 * Faults: what goes wrong, and when.
 */
import type { Connection } from './connection.js'
import type { Fault, NewFault, Page, Paging } from './types.js'

export class FaultControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** Puts a fault in force, after those that are. */
  add (fault: NewFault): Promise<Fault> {
    return this.#connection.call('POST', '/faults', { body: fault })
  }

  /** A page of the faults in force, in the order of creation. */
  list (paging: Paging = {}): Promise<Page<Fault>> {
    return this.#connection.call('GET', '/faults', { query: paging })
  }

  /** One fault, and how often it struck. */
  get (id: number): Promise<Fault> {
    return this.#connection.call('GET', `/faults/${id}`)
  }

  /** Ends a fault. */
  delete (id: number): Promise<void> {
    return this.#connection.call('DELETE', `/faults/${id}`)
  }

  /** Ends all faults, those that scenarios brought included. */
  clear (): Promise<void> {
    return this.#connection.call('DELETE', '/faults')
  }
}
