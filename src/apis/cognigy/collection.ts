/**
 * Records of one shape by id, bounded: what a sandbox keeps of one noun.
 */
import type { Static, TObject } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { ScriptError, type Json, type JsonObject } from '../../simulator/script.js'

/** The oldest goes when there is one more. */
const MOST_RECORDS = 10_000

export class Collection<S extends TObject> {
  readonly #name: string
  readonly #schema: S
  readonly #records = new Map<string, Static<S>>()

  /** `name` is where the records stand in what is saved. */
  constructor (name: string, schema: S) {
    this.#name = name
    this.#schema = schema
  }

  /** In the order in which they came. */
  all (): Array<Static<S>> {
    return [...this.#records.values()]
  }

  get (id: string): Static<S> | undefined {
    return this.#records.get(id)
  }

  /** Adds the record, or puts it in the place of the one with this id. */
  put (id: string, record: Static<S>): void {
    this.#records.set(id, record)
    const [oldest] = this.#records.keys()
    if (this.#records.size > MOST_RECORDS && oldest !== undefined) this.#records.delete(oldest)
  }

  delete (id: string): void {
    this.#records.delete(id)
  }

  /** Entries of id and record. */
  save (): Json {
    // Records are JSON by their schema.
    return [...this.#records].map(([id, record]) => ({ id, record: record as JsonObject }))
  }

  /** Takes what `save` gave. Throws ScriptError for anything else. */
  load (saved: Json | undefined): void {
    if (!Array.isArray(saved)) throw new ScriptError(`/${this.#name}`, 'expected a list')
    // Telling by Array.isArray makes `any` of what is JSON.
    for (const [index, entry] of (saved as readonly Json[]).slice(0, MOST_RECORDS).entries()) {
      const { id, record } = typeof entry === 'object' && entry !== null && 'id' in entry ? entry : { id: undefined, record: undefined }
      if (typeof id !== 'string' || id === '') throw new ScriptError(`/${this.#name}/${index}/id`, 'expected a text')
      if (!Check(this.#schema, record)) {
        const first = Errors(this.#schema, record).First()
        throw new ScriptError(`/${this.#name}/${index}/record${first?.path ?? ''}`, first?.message ?? 'unexpected value')
      }
      this.put(id, record)
    }
  }
}
