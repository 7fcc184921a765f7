/**
 * What a completed task leaves behind, out of its script's result: placeholders filled in, and the shape of the wire profile.
 */
import { createRandomStream, type RandomStream } from '../../ids.js'
import type { Json, JsonObject } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import type { WireProfile } from './schemas.js'

const MIN_LATENCY_MS = 100
const MAX_LATENCY_MS = 1500

/** A whole string of a script's result that stands for a latency in ms. */
const LATENCY = '{latency}'
/** Inside strings: that many hex digits, or the end of the task as the file names of backups have it. */
const PLACEHOLDER = /\{(?:hex(\d{1,3})|(finished))\}/g

/** The result of a completed task; null when its script leaves none. What is drawn depends on the task id alone. */
export function resultOf (snapshot: TaskSnapshot, profile: WireProfile): Json {
  const { task, result = null, settledAt = 0 } = snapshot
  const filled = fill(result, createRandomStream(0, '', `cloudcoin result of ${task.id}`), settledAt)
  return profile === 'recorded' && isCheck(filled) ? recordedCheck(task.kind, filled) : filled
}

function fill (value: Json, random: RandomStream, settledAt: number): Json {
  if (typeof value === 'string') return fillText(value, random, settledAt)
  if (isList(value)) return value.map((item) => fill(item, random, settledAt))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, random, settledAt)]))
}

function fillText (text: string, random: RandomStream, settledAt: number): Json {
  if (text === LATENCY) return MIN_LATENCY_MS + random.below(MAX_LATENCY_MS - MIN_LATENCY_MS + 1)
  return text.replace(PLACEHOLDER, (_placeholder, digits: string | undefined) => {
    return digits === undefined ? fileTime(settledAt) : hex(random, Number(digits))
  })
}

function hex (random: RandomStream, digits: number): string {
  return Array.from({ length: digits }, () => random.below(16).toString(16)).join('')
}

/** `2026-11-22-02-40-00` */
function fileTime (at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace(/[T:]/g, '-')
}

/** True for the result of a check of coins as the seed shows it; scripts may leave anything else. */
function isCheck (result: Json): result is JsonObject {
  return typeof result === 'object' && result !== null && !isList(result) && 'TotalCoins' in result && 'TotalAuthentic' in result
}

/** The same result as the server of 2022 wrote it (contract 7.3); kinds that are no checks of coins keep theirs. */
function recordedCheck (kind: string, check: JsonObject): JsonObject {
  if (kind === 'health') {
    const { TotalAlreadyLimbo: _unknownThen, ...rest } = check
    return rest
  }
  if (kind !== 'detect') return check
  return {
    total: check['TotalCoins'] ?? 0,
    authentic: check['TotalAuthentic'] ?? 0,
    fracked: check['TotalFracked'] ?? 0,
    limbo: check['TotalLimbo'] ?? 0,
    counterfeit: check['TotalCounterfeit'] ?? 0,
    unknown: check['TotalErrors'] ?? 0,
    coins: check['Coins'] ?? null,
    details: check['Details'] ?? null,
  }
}

function isList (value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
