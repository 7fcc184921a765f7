/**
 * What clients did, and the rules of the verdict on it.
 */
import type { Connection } from './connection.js'
import type { Awaited, Duration, JournalEntry, JournalMatch, Page, Paging, ReportRuleChanges, ReportRules, Verification } from './types.js'

export class JournalControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** A page of exchanges, the oldest first; `bodies` adds what was sent and answered, `wall: false` leaves out what the machine's clock said. */
  list (filter: JournalMatch & Paging & { readonly bodies?: boolean, readonly wall?: boolean } = {}): Promise<Page<JournalEntry>> {
    return this.#connection.call('GET', '/journal', { query: filter })
  }

  /** Whether so many exchanges match: exactly `count`, `atLeast`, `atMost`, or `never`. A failure is an answer, not an error. */
  verify (expectation: { readonly match: JournalMatch } & ({ readonly count: number } | { readonly atLeast: number } | { readonly atMost: number } | { readonly never: true })): Promise<Verification> {
    return this.#connection.call('POST', '/journal/verify', { body: expectation })
  }

  /** Resolves once so many exchanges match (default 1); rejects with a PolluxError of status 408 at the time-out (of real time; default 10s, at most 10m). */
  wait (condition: JournalMatch & { readonly count?: number, readonly timeout?: Duration }): Promise<Awaited> {
    return this.#connection.call('GET', '/journal/wait', { query: condition })
  }

  /** Forgets what clients did; the report begins anew too. */
  clear (): Promise<void> {
    return this.#connection.call('DELETE', '/journal')
  }
}

export class ReportRuleControl {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** The rules in force. */
  get (): Promise<ReportRules> {
    return this.#connection.call('GET', '/report/rules')
  }

  /** Changes thresholds and severities of some rules. */
  set (changes: ReportRuleChanges): Promise<ReportRules> {
    return this.#connection.call('PATCH', '/report/rules', { body: changes })
  }
}
