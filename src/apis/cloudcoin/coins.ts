/**
 * Coins: what stands in coin files, what pown strings say of them, and how many replies it takes to ask for them (contract 5.4 to 5.6 and 7.3). Pure.
 */
import { createRandomStream } from '../../ids.js'
import type { Json } from '../../simulator/script.js'

export const SERVER_COUNT = 25
const LARGEST_SERIAL = 16_777_216

const HEADER_BYTES = 32
const COIN_HEAD_BYTES = 16
const AN_BYTES = 16
const COIN_BYTES = COIN_HEAD_BYTES + SERVER_COUNT * AN_BYTES
const MOST_COINS_OF_A_FILE = 1000

/** A coin as it stands in a file. */
export interface Coin {
  readonly sn: number
  readonly ans: readonly string[]
}

/** The coins of a file's bytes: the vendor's binary form or its JSON stack; undefined for anything else. */
export function unpackCoins (bytes: Buffer): readonly Coin[] | undefined {
  return unpackStack(bytes) ?? unpackBinary(bytes)
}

/** 32 header bytes, then per coin 16 bytes that begin with its serial number, and 25 times 16. */
function unpackBinary (bytes: Buffer): readonly Coin[] | undefined {
  const count = (bytes.length - HEADER_BYTES) / COIN_BYTES
  if (!Number.isInteger(count) || count < 0) return undefined
  return Array.from({ length: count }, (_, index) => {
    const at = HEADER_BYTES + index * COIN_BYTES
    return {
      sn: bytes.readUIntBE(at, 3),
      ans: Array.from({ length: SERVER_COUNT }, (_, server) => {
        const anAt = at + COIN_HEAD_BYTES + server * AN_BYTES
        return bytes.toString('hex', anAt, anAt + AN_BYTES)
      }),
    }
  })
}

/** `{"cloudcoin":[{"sn":1,"an":[…]}]}` */
function unpackStack (bytes: Buffer): readonly Coin[] | undefined {
  // A brace, or white space before one: nothing else is looked at as text.
  if (bytes[0] !== 0x7b && !/^\s*\{/.test(bytes.toString('latin1', 0, 64))) return undefined
  let stack: unknown
  try {
    stack = JSON.parse(bytes.toString())
  } catch {
    return undefined
  }
  if (typeof stack !== 'object' || stack === null || !('cloudcoin' in stack) || !Array.isArray(stack.cloudcoin)) return undefined
  const coins = stack.cloudcoin.map(readStackCoin)
  return coins.every((coin) => coin !== undefined) ? coins : undefined
}

function readStackCoin (entry: unknown): Coin | undefined {
  if (typeof entry !== 'object' || entry === null || !('sn' in entry) || !('an' in entry) || !Array.isArray(entry.an)) return undefined
  // Older stacks carry the serial number as text.
  const sn = typeof entry.sn === 'string' && /^\d{1,8}$/.test(entry.sn) ? Number(entry.sn) : entry.sn
  const ans = entry.an.filter((an: unknown): an is string => typeof an === 'string' && /^[a-fA-F0-9]{32}$/.test(an))
  if (typeof sn !== 'number' || !Number.isInteger(sn) || sn < 1 || sn > LARGEST_SERIAL || ans.length !== SERVER_COUNT || entry.an.length !== SERVER_COUNT) return undefined
  return { sn, ans }
}

/** The serial numbers of the coins in the file at a path: as many as its name begins with, one when it begins with none; the same file always has the same. */
export function serialsOfFile (path: string): readonly number[] {
  const count = Number(/(?:^|[/\\])(\d{1,9})[^/\\]*$/.exec(path)?.[1] ?? 1)
  const random = createRandomStream(0, '', `cloudcoin coins of ${path}`)
  const serials = new Set<number>()
  while (serials.size < Math.min(Math.max(count, 1), MOST_COINS_OF_A_FILE)) serials.add(1 + random.below(LARGEST_SERIAL))
  return [...serials]
}

/** True for a path that Pollux, which touches no disk, takes for missing (contract 6). */
export function isMissingPath (path: string): boolean {
  return /^[/\\]*(?:nope|nonexistent)(?:[/\\]|$)/.test(path)
}

export type Grade = 'Authentic' | 'Fracked' | 'Counterfeit' | 'Limbo'

const ENOUGH_TO_PASS = 14
const ENOUGH_TO_FAIL = 12
const QUORUM = 13

/** What the letters of a pown string make of a coin (contract 5.6). */
export function gradeOf (pownstring: string): Grade {
  const passes = count(pownstring, 'p')
  const fails = count(pownstring, 'f')
  if (passes >= ENOUGH_TO_PASS) return fails === 0 ? 'Authentic' : 'Fracked'
  return fails >= ENOUGH_TO_FAIL ? 'Counterfeit' : 'Limbo'
}

/** How often the letter stands in the pown string. */
export function count (pownstring: string, letter: 'p' | 'f'): number {
  return pownstring.split(letter).length - 1
}

/** True when too few servers have passed or failed the coin, though it was tried. */
export function lacksQuorum (pownstring: string): boolean {
  return !pownstring.includes('u') && count(pownstring, 'p') + count(pownstring, 'f') < QUORUM
}

const CODES: Readonly<Record<string, number>> = { u: 0, p: 1, e: 2, f: 3, n: 4 }

/** The numbers of `pownarray` (contract 5.5). */
export function codesOf (pownstring: string): readonly number[] {
  return [...pownstring].map((letter) => CODES[letter] ?? 0)
}

/** Per kind: how many coins are asked for at once. */
export const STRIDES: Readonly<Record<string, number>> = { detect: 51, health: 51, import: 50, pown: 28 }

/** How many times all servers are asked for so many coins; once for kinds that ask for none. */
export function batchCount (kind: string, coinCount: number): number {
  return Math.max(1, Math.ceil(coinCount / (STRIDES[kind] ?? Infinity)))
}

/** True for 25 letters of pown strings. */
export function isPownstring (value: Json | undefined): value is string {
  return typeof value === 'string' && /^[upfne]{25}$/.test(value)
}
