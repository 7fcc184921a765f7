/**
 * What a completed task leaves behind: what its kind makes of the scenario and of the call that started it, or its script's own result with
 * placeholders filled in; in the shape of the wire profile (contract 7.3). Pure.
 */
import { createRandomStream, type RandomStream } from '../../ids.js'
import type { Json, JsonObject } from '../../simulator/script.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { checkOf, detectBody, healthBody, isDictated, pownBody, pownstringsIn, type Check } from './checks.js'
import { codesOf, count } from './coins.js'
import type { WireProfile } from './schemas.js'
import { USUAL_RESULTS } from './usual-results.js'

const MIN_LATENCY_MS = 100
const MAX_LATENCY_MS = 1500

/** A whole string of a script's result that stands for a latency in ms. */
const LATENCY = '{latency}'
/** A whole string that stands for these digits as a number, however many: more than a number of ours can hold. */
const DIGITS = /^\{digits:(\d{1,40})\}$/
/** A whole string, or a part of one, that stands for what the starting call gave under this name, or else for what follows the colon. */
const PARAMETER = /^\{([a-z_]+):([^{}]*)\}$/
/** Inside strings: that many hex digits, the end of the task as the file names of backups have it, the receipt, or a parameter. */
const PLACEHOLDER = /\{(?:hex(\d{1,3})|(finished)|(receipt)|([a-z_]+):([^{}]*))\}/g

/** Marks a text that goes out as bare digits; `envelope` takes the mark away. */
const BARE = '\u0000'

/** The result of a completed task: what its script says, else what its kind usually leaves. What is drawn depends on the task id alone. */
export function resultOf (snapshot: TaskSnapshot, profile: WireProfile): Json {
  const { task, result } = snapshot
  const ofKind = isDictated(task) ? undefined : BODY_OF_KIND[task.kind]?.(snapshot, profile)
  if (ofKind !== undefined) return ofKind
  const filled = fill(result === undefined ? USUAL_RESULTS[task.kind] ?? null : result, { task, random: resultStream(task), settledAt: snapshot.settledAt ?? 0 })
  return profile === 'recorded' && isCheck(filled) ? recordedCheck(task.kind, filled) : filled
}

/** The receipt of what the task brings about: 32 hex digits. */
export function receiptOf ({ id, parameters }: TaskRecord): string {
  const given = parameters['receipt_id']
  return typeof given === 'string' ? given : hex(createRandomStream(0, '', `cloudcoin receipt of ${id}`), 32)
}

/** Digits as a text that goes out as a bare number. */
export function bareDigits (digits: string): string {
  return BARE + digits
}

/** Takes the marks off a JSON text, and off values the quotes, too. A marked key stays where it was written, which one of bare digits would not. */
export function withBareDigits (json: string): string {
  return json.includes('"\\u0000') ? json.replace(/"\\u0000(\d{1,40})"(:?)/g, (_marked, digits: string, colon: string) => colon === '' ? digits : `"${digits}":`) : json
}

type BodyOfKind = (snapshot: TaskSnapshot, profile: WireProfile) => Json | undefined

/** Kinds whose result follows from the pown strings and the coins; undefined: the script's own result stands. */
const BODY_OF_KIND: Readonly<Record<string, BodyOfKind>> = {
  echo: ({ task, result }) => isObject(result) && 'latencies' in result ? undefined : withPownstring(result, (pownstring) => echoBody(pownstring, task)),
  version: ({ result }) => isObject(result) && 'versions' in result ? undefined : withPownstring(result, versionBody),
  health: (snapshot, profile) => withCheck(snapshot, (check) => healthBody(check, parameterOf(snapshot, 'already_fracked'), profile === 'documented')),
  detect: (snapshot, profile) => withCheck(snapshot, (check) => profile === 'documented' ? healthBody(check, 0, true) : detectBody(check)),
  pown: (snapshot) => withCheck(snapshot, (check) => pownBody(check, 0, snapshot.task.id)),
  import: (snapshot) => {
    const { task, task: { parameters } } = snapshot
    // What waits in the folder Suspect is tried by itself.
    if (parameters['is_suspect'] === true) return { pown_results: null, receipt_id: receiptOf(task) }
    return withCheck(snapshot, (check) => ({ pown_results: pownBody(check, parameterOf(snapshot, 'already_exists'), task.id), receipt_id: receiptOf(task) }))
  },
  'locker-verify': ({ task: { parameters }, result }) => {
    const { total = 0, locker_coins: coins } = parameters
    return coins !== undefined && (result === undefined || (isObject(result) && 'coins' in result)) ? { total, coins } : undefined
  },
  convert: (snapshot, profile) => withCheck(snapshot, (check) => convertBody(check, snapshot.task, profile)),
}

function withCheck (snapshot: TaskSnapshot, body: (check: Check) => Json): Json | undefined {
  const check = checkOf(snapshot)
  return check === undefined ? undefined : body(check)
}

function withPownstring (result: Json | undefined, body: (pownstring: string) => Json): Json | undefined {
  const [pownstring] = result === undefined ? ['p'.repeat(25)] : pownstringsIn(result) ?? []
  return pownstring === undefined ? undefined : body(pownstring)
}

/** A silent server has no latency; one that replies an error has (contract 5.5). */
function echoBody (pownstring: string, task: TaskRecord): JsonObject {
  const random = resultStream(task)
  return { online: count(pownstring, 'p'), pownstring, pownarray: codesOf(pownstring), latencies: [...pownstring].map((letter) => letter === 'n' || letter === 'u' ? 0 : latency(random)) }
}

function versionBody (pownstring: string): JsonObject {
  const answers = (text: string): string[] => [...pownstring].map((letter) => letter === 'n' || letter === 'u' ? '' : text)
  return { raw_versions: answers('1640995200'), versions: answers('2022-01-01T00:00:00Z') }
}

function convertBody ({ total, coins, details, sums }: Check, task: TaskRecord, profile: WireProfile): JsonObject {
  const converted = sums.Authentic + sums.Fracked
  if (profile === 'documented') return { result: { total_in: total, total_out: converted, total_failed: total - converted, receipt_id: receiptOf(task) } }
  return {
    TotalCoins: total,
    TotalConverted: converted,
    TotalTicketFailed: 0,
    TotalConvertFailed: total - converted,
    Details: details,
    Coins: coins?.map(({ sn, pownstring, result }) => ({ sn, pownstring, result })) ?? null,
  }
}

function parameterOf ({ task: { parameters } }: TaskSnapshot, name: string): number {
  const value = parameters[name]
  return typeof value === 'number' ? value : 0
}

interface Filling {
  readonly task: TaskRecord
  readonly random: RandomStream
  readonly settledAt: number
}

function resultStream ({ id }: TaskRecord): RandomStream {
  return createRandomStream(0, '', `cloudcoin result of ${id}`)
}

function fill (value: Json, filling: Filling): Json {
  if (typeof value === 'string') return fillText(value, filling)
  if (isList(value)) return value.map((item) => fill(item, filling))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, filling)]))
}

function fillText (text: string, { task, random, settledAt }: Filling): Json {
  if (text === LATENCY) return latency(random)
  const [, digits] = DIGITS.exec(text) ?? []
  if (digits !== undefined) return bareDigits(digits)
  const [, name, otherwise = ''] = PARAMETER.exec(text) ?? []
  if (name !== undefined) return task.parameters[name] ?? (/^-?\d{1,15}$/.test(otherwise) ? Number(otherwise) : otherwise)
  return text.replace(PLACEHOLDER, (_placeholder, hexDigits: string | undefined, finished: string | undefined, receipt: string | undefined, parameter: string | undefined, fallback: string | undefined) => {
    if (hexDigits !== undefined) return hex(random, Number(hexDigits))
    if (finished !== undefined) return fileTime(settledAt)
    return receipt === undefined ? String(task.parameters[parameter ?? ''] ?? fallback) : receiptOf(task)
  })
}

function latency (random: RandomStream): number {
  return MIN_LATENCY_MS + random.below(MAX_LATENCY_MS - MIN_LATENCY_MS + 1)
}

function hex (random: RandomStream, digits: number): string {
  return Array.from({ length: digits }, () => random.below(16).toString(16)).join('')
}

/** `2026-11-22-02-40-00` */
export function fileTime (at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace(/[T:]/g, '-')
}

/** True for the result of a check of coins as the seed shows it; scripts may leave anything else. */
function isCheck (result: Json): result is JsonObject {
  return isObject(result) && 'TotalCoins' in result && 'TotalAuthentic' in result
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

function isObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList (value: Json): value is readonly Json[] {
  return Array.isArray(value)
}
