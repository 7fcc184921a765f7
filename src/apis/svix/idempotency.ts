/**
 * Calls that are repeated under one idempotency key: what the first of them was answered is kept, and who repeats it
 * while it is still being answered waits (svix contract, 5.4).
 */
import { Type } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { ScriptError, type Json } from '../../simulator/script.js'

/** What a start was answered with 202. */
export interface KeptReply {
  readonly body: string
  readonly taskId: string
  /** Sandbox clock. */
  readonly keptUntil: number
}

/** A call under a key whose reply is not out yet, and who waits for that. */
export type UnderWay = Set<() => void>

const LIFETIME_MS = 12 * 3_600_000
const MOST_KEPT = 10_000

const KeptReplies = Type.Array(Type.Object({
  key: Type.String({ minLength: 1 }),
  body: Type.String(),
  taskId: Type.String(),
  keptUntil: Type.Integer(),
}, { additionalProperties: false }), { maxItems: MOST_KEPT })

export class Idempotency {
  /** In the order of keeping, which is that of expiry. */
  readonly #kept = new Map<string, KeptReply>()
  readonly #underWay = new Map<string, UnderWay>()

  /** What the key's call was answered at most 12 hours before `now`. */
  find (key: string, now: number): KeptReply | undefined {
    const kept = this.#kept.get(key)
    return kept !== undefined && now < kept.keptUntil ? kept : undefined
  }

  /** Keeps a reply; the oldest goes when there are too many. */
  keep (key: string, reply: Omit<KeptReply, 'keptUntil'>, now: number): void {
    this.#kept.delete(key)
    this.#kept.set(key, { ...reply, keptUntil: now + LIFETIME_MS })
    for (const [oldest, { keptUntil }] of this.#kept) {
      if (now < keptUntil && this.#kept.size <= MOST_KEPT) break
      this.#kept.delete(oldest)
    }
  }

  /** The key's call that is still being answered. */
  underWay (key: string): UnderWay | undefined {
    return this.#underWay.get(key)
  }

  /** A call under the key begins; the returned function tells that its reply is out, however that ended. */
  begin (key: string): () => void {
    const underWay: UnderWay = new Set()
    this.#underWay.set(key, underWay)
    return () => {
      // Another may have begun meanwhile, tired of waiting.
      if (this.#underWay.get(key) === underWay) this.#underWay.delete(key)
      const waiting = [...underWay]
      underWay.clear()
      for (const goOn of waiting) goOn()
    }
  }

  save (): Json {
    return [...this.#kept].map(([key, { body, taskId, keptUntil }]) => ({ key, body, taskId, keptUntil }))
  }

  /** Throws ScriptError when these are no saved replies; `path` is where they stand. */
  load (saved: Json | undefined, path: string): void {
    if (!Check(KeptReplies, saved)) {
      const first = Errors(KeptReplies, saved).First()
      throw new ScriptError(path + (first?.path ?? ''), first?.message ?? 'expected kept replies')
    }
    for (const { key, ...reply } of saved) this.#kept.set(key, reply)
  }
}
