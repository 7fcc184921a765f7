/**
 * Seeded random streams: the only randomness of the project. What a vendor's ids look like is its own folder's business
 * (`apis/<api>/ids.ts`); here is what they draw from, and the forms that several share.
 */
import { createHash } from 'node:crypto'

/** A stream of pseudo-random 32-bit numbers. */
export interface RandomStream {
  /** The next whole number of 0 .. 2^32 - 1. */
  next (): number
  /** The next whole number of 0 .. `below` - 1, every one equally likely; `below` is at most 2^32. */
  below (below: number): number
  /** The next `length` bytes. */
  bytes (length: number): Uint8Array
}

/**
 * The stream that belongs to (seed, sandbox, purpose). One stream never shifts another: a further request in one
 * place leaves all others as they were.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), started from a SHA-256 of its three names.
 */
export function createRandomStream (seed: number, sandbox: string, purpose: string): RandomStream {
  const digest = createHash('sha256').update(JSON.stringify([seed, sandbox, purpose])).digest()
  let a = digest.readInt32LE(0)
  let b = digest.readInt32LE(4)
  let c = digest.readInt32LE(8)
  let counter = 1

  function next (): number {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum | 0
    return sum >>> 0
  }

  function below (limit: number): number {
    // Numbers above the last whole multiple are drawn again: otherwise small results would come up more often.
    const usable = 2 ** 32 - (2 ** 32 % limit)
    let drawn = next()
    while (drawn >= usable) drawn = next()
    return drawn % limit
  }

  return { next, below, bytes: (length) => Uint8Array.from({ length }, () => below(256)) }
}

/** The sandbox's stream for a purpose: the same purpose is always the same stream. */
export type RandomSource = (purpose: string) => RandomStream

/** The streams of one sandbox; the same seed and the same draws give the same values. */
export function createRandomSource (seed: number, sandbox: string): RandomSource {
  const streams = new Map<string, RandomStream>()
  return (purpose) => {
    let stream = streams.get(purpose)
    if (stream === undefined) {
      stream = createRandomStream(seed, sandbox, purpose)
      streams.set(purpose, stream)
    }
    return stream
  }
}

/** The digits of base 62 in ASCII order. */
export const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** A UUID version 4 in lower case with hyphens. */
export function uuidV4 (random: RandomStream): string {
  const bytes = random.bytes(16)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = Buffer.from(bytes).toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}
