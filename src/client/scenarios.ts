/**
 * Scenarios, and which of them natively started tasks get next.
 */
import type { Connection } from './connection.js'
import type { NewScenario, NextScenario, Page, Paging, Scenario } from './types.js'

export class ScenarioControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** A page of scenarios by name, of one API or of all. */
  list (filter: Paging & { readonly api?: string } = {}): Promise<Page<Scenario>> {
    return this.#connection.call('GET', '/scenarios', { query: filter })
  }

  get (name: string): Promise<Scenario> {
    return this.#connection.call('GET', pathOf(name))
  }

  /** Adds a scenario to the sandbox, or replaces one of its own; the built-in ones are read-only. */
  put (name: string, scenario: NewScenario): Promise<Scenario> {
    return this.#connection.call('PUT', pathOf(name), { body: scenario })
  }

  /** Takes one of the sandbox's own away. */
  delete (name: string): Promise<void> {
    return this.#connection.call('DELETE', pathOf(name))
  }
}

export class NextControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** What natively started tasks get next, the earliest first. */
  async list (): Promise<NextScenario[]> {
    return (await this.#connection.call<Page<NextScenario>>('GET', '/next')).items
  }

  /** Gives the next natively started tasks of an API (and kind) a scenario, once or so many times; resolves with the whole queue. */
  async add (next: { readonly api: string, readonly kind?: string, readonly scenario: string, readonly times?: number }): Promise<NextScenario[]> {
    return (await this.#connection.call<Page<NextScenario>>('POST', '/next', { body: next })).items
  }

  /** Back to success. */
  clear (): Promise<void> {
    return this.#connection.call('DELETE', '/next')
  }
}

function pathOf (name: string): string {
  return `/scenarios/${encodeURIComponent(name)}`
}
