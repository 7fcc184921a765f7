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

/** A stream that can tell where it stands. */
export interface SeededStream extends RandomStream {
  /** What `createRandomStream` takes to go on from there. */
  state (): StreamState
}

/** The four words of a stream's generator. */
export type StreamState = readonly [number, number, number, number]

/**
 * The stream that belongs to (seed, sandbox, purpose). One stream never shifts another: a further request in one
 * place leaves all others as they were.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), started from a SHA-256 of its three names.
 */
export function createRandomStream (seed: number, sandbox: string, purpose: string, state?: StreamState): SeededStream {
  let [a, b, c, counter] = state ?? startOf(seed, sandbox, purpose)

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

  return { next, below, bytes: (length) => Uint8Array.from({ length }, () => below(256)), state: () => [a, b, c, counter] }
}

function startOf (seed: number, sandbox: string, purpose: string): StreamState {
  const digest = createHash('sha256').update(JSON.stringify([seed, sandbox, purpose])).digest()
  return [digest.readInt32LE(0), digest.readInt32LE(4), digest.readInt32LE(8), 1]
}

/** The sandbox's stream for a purpose: the same purpose is always the same stream. */
export type RandomSource = (purpose: string) => RandomStream

/** The source of one sandbox, which can tell where its streams stand. */
export interface SeededSource extends RandomSource {
  readonly states: () => Record<string, StreamState>
}

/** The streams of one sandbox; the same seed and the same draws give the same values. Those named in `states` go on from there. */
export function createRandomSource (seed: number, sandbox: string, states: Readonly<Record<string, StreamState>> = {}): SeededSource {
  const streams = new Map(Object.entries(states).map(([purpose, state]) => [purpose, createRandomStream(seed, sandbox, purpose, state)]))
  const source: RandomSource = (purpose) => {
    let stream = streams.get(purpose)
    if (stream === undefined) {
      stream = createRandomStream(seed, sandbox, purpose)
      streams.set(purpose, stream)
    }
    return stream
  }
  return Object.assign(source, { states: () => Object.fromEntries([...streams].map(([purpose, stream]) => [purpose, stream.state()])) })
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
