/**
 * Sandboxes as wholes: made and deleted, their options, and their state to take elsewhere.
 */
import type { Connection } from './connection.js'
import type { NewSandbox, Options, Page, Paging, Restored, SandboxInfo, Snapshot } from './types.js'

export class SandboxControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** A page of the server's sandboxes, by name. */
  list (paging: Paging = {}): Promise<Page<SandboxInfo>> {
    return this.#connection.call('GET', '/sandboxes', { query: paging })
  }

  get (name: string): Promise<SandboxInfo> {
    return this.#connection.call('GET', pathOf(name))
  }

  /** Makes a world of one's own; `sandbox()` does the same and gives a client of it. */
  create (sandbox: NewSandbox = {}): Promise<SandboxInfo> {
    return this.#connection.call('POST', '/sandboxes', { body: sandbox })
  }

  /** Answers its held polls and frees everything. */
  delete (name: string): Promise<void> {
    return this.#connection.call('DELETE', pathOf(name))
  }
}

export class OptionControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** The options of each API in force. */
  get (): Promise<Options> {
    return this.#connection.call('GET', '/options')
  }

  /** Changes some, all or none; null gives one its default back. */
  set (changes: Options): Promise<Options> {
    return this.#connection.call('PATCH', '/options', { body: changes })
  }
}

export class SnapshotControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** The sandbox mid-flight, as JSON. */
  get (): Promise<Snapshot> {
    return this.#connection.call('GET', '/snapshot')
  }

  /** Puts a snapshot in the place of what the sandbox holds, all of it or nothing. */
  put (snapshot: Snapshot): Promise<Restored> {
    return this.#connection.call('PUT', '/snapshot', { body: snapshot })
  }
}

function pathOf (name: string): string {
  return `/sandboxes/${encodeURIComponent(name)}`
}
