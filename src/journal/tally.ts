/**
 * How many requests there were of each kind, in all sandboxes since the server started. It only ever grows.
 */
import { OPERATIONS, type Operation } from '../call.js'

/** One more than the highest status; 0 stands for no reply. */
const STATUSES = 600

/** Requests that were answered alike. */
export interface TallyRow {
  readonly api: string
  readonly operation: Operation
  /** Null: no reply went out. */
  readonly status: number | null
  readonly count: number
}

export class Tally {
  /** How often fault rules have fired. */
  faultsFired = 0
  readonly #byApi = new Map<string, Map<Operation, Float64Array>>()

  constructor (apis: readonly string[]) {
    for (const api of apis) this.#byApi.set(api, new Map())
  }

  count (api: string, operation: Operation, status: number | null, faults: number): void {
    const byOperation = this.#byApi.get(api)
    let counts = byOperation?.get(operation)
    if (counts === undefined) {
      counts = new Float64Array(STATUSES)
      byOperation?.set(operation, counts)
    }
    const index = status ?? 0
    counts[index] = (counts[index] ?? 0) + 1
    this.faultsFired += faults
  }

  /** By API, operation and status, those that occurred. */
  * rows (): Generator<TallyRow> {
    for (const [api, byOperation] of this.#byApi) {
      for (const operation of OPERATIONS) {
        for (const [status, count] of byOperation.get(operation)?.entries() ?? []) {
          if (count > 0) yield { api, operation, status: status === 0 ? null : status, count }
        }
      }
    }
  }
}
