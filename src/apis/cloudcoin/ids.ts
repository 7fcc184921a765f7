/**
 * Task ids of CloudCoin: UUIDs of version 4, in lower case with hyphens (contract 3.4).
 */
import { uuidV4, type RandomSource } from '../../ids.js'
import type { WireProfile } from './schemas.js'

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const DIGITS = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/

/** Draws ids for one sandbox. */
export function createTaskIds (random: RandomSource): () => string {
  const stream = random('cloudcoin task ids')
  return () => uuidV4(stream)
}

/** The canonical form of an id as a client wrote it, or undefined when the profile takes it for none (contract 4.1). */
export function parseTaskId (text: string, profile: WireProfile): string | undefined {
  if (UUID_V4.test(text)) return text
  if (profile === 'recorded') return undefined
  // "32-hex" in the seed, hyphenated in its examples: both, in any case.
  const digits = DIGITS.exec(text.replaceAll('-', '').toLowerCase())
  return digits === null ? undefined : digits.slice(1).join('-')
}
