/**
 * Svix ids: a prefix and a KSUID of 27 base62 digits whose text order is the order of creation.
 */
import { BASE62, type RandomSource, type RandomStream } from '../../ids.js'

/** What every task id begins with. */
export const TASK_ID_PREFIX = 'qtask_'

/** The 15 payload bytes at their highest. */
export const MAX_PAYLOAD = 2n ** 120n - 1n

/** Instants inside ids stand on this grid. */
export const SLOT_MS = 4

/** Epoch ms of KSUID second 0. */
const KSUID_EPOCH_MS = 1_400_000_000_000
const KSUID_LENGTH = 27
/** As many as a double holds. */
const DIGITS = 8
const DIGITS_AT_A_TIME = 62n ** BigInt(DIGITS)
const KSUID_PAYLOAD_BITS = 120n
const KSUID_MAX = 2n ** 160n - 1n

/** KSUID_MAX as text: a greater tail of the same length overflows 20 bytes (svix contract, 3.2.3). */
const LARGEST_KSUID = 'aWgEPTl1tmebfsQzFP4bxwgy80V'
const BASE62_TAIL = /^[0-9A-Za-z]{27}$/

/**
 * The text of a KSUID with 4 ms slots: seconds since the KSUID epoch, one byte of `floor(ms / 4)`, 15 bytes of payload,
 * as 27 digits of base 62 (svix contract, 3.2). Instants before the KSUID epoch count as its first.
 */
export function ksuid (at: number, payload: bigint): string {
  return toBase62((ksuidSlot(at) << KSUID_PAYLOAD_BITS) | payload)
}

/** True for 27 base62 digits that fit into 20 bytes. Digits stand in ASCII order, so comparing texts compares numbers. */
export function isKsuid (text: string): boolean {
  return BASE62_TAIL.test(text) && text <= LARGEST_KSUID
}

/** The instant inside a KSUID text, on its 4 ms grid; undefined for a text that is none or that overflows 20 bytes. */
export function ksuidInstant (text: string): number | undefined {
  if (text.length !== KSUID_LENGTH) return undefined
  let value = 0n
  for (const char of text) {
    const digit = BASE62.indexOf(char)
    if (digit < 0) return undefined
    value = value * 62n + BigInt(digit)
  }
  if (value > KSUID_MAX) return undefined
  const slot = value >> KSUID_PAYLOAD_BITS
  return KSUID_EPOCH_MS + Number(slot >> 8n) * 1000 + Number(slot & 0xffn) * SLOT_MS
}

/** Draws KSUIDs whose text order is their order of creation: a second one in the same 4 ms slot is the previous one plus 1. */
export function createKsuids (random: RandomStream): (at: number) => string {
  let previousSlot = -1n
  let payload = 0n
  return (at) => {
    const slot = ksuidSlot(at)
    // The top bit stays 0, so that counting up never carries into the slot.
    payload = slot === previousSlot ? payload + 1n : BigInt('0x' + Buffer.from(random.bytes(15)).toString('hex')) >> 1n
    previousSlot = slot
    return toBase62((slot << KSUID_PAYLOAD_BITS) | payload)
  }
}

/** Draws task ids from the sandbox's random source. */
export function createTaskIds (random: RandomSource): (createdAt: number) => string {
  const draw = createKsuids(random('svix task ids'))
  return (createdAt) => TASK_ID_PREFIX + draw(createdAt)
}

/** Seconds (4 bytes) and the 4 ms slot within the second (1 byte), as one number. */
function ksuidSlot (at: number): bigint {
  const ms = Math.max(at - KSUID_EPOCH_MS, 0)
  return BigInt(Math.floor(ms / 1000) % 2 ** 32) << 8n | BigInt(Math.floor((ms % 1000) / SLOT_MS))
}

function toBase62 (value: bigint): string {
  let text = ''
  // Several digits at a time: dividing a bigint is what it costs.
  for (let rest = value; rest > 0n; rest /= DIGITS_AT_A_TIME) {
    let number = Number(rest % DIGITS_AT_A_TIME)
    for (let digit = 0; digit < DIGITS; digit++) {
      text = BASE62.charAt(number % 62) + text
      number = Math.floor(number / 62)
    }
  }
  return text.slice(-KSUID_LENGTH).padStart(KSUID_LENGTH, '0')
}
