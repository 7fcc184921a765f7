/**
 * Checks of coins: the scenario decides the pown strings, the call that started the task decides the coins (contract 5.6 and 7.3). Pure.
 */
import { createRandomStream } from '../../ids.js'
import type { Json, JsonObject } from '../../simulator/script.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { batchCount, gradeOf, isPownstring, lacksQuorum, SERVER_COUNT, type Grade } from './coins.js'
import { valuesOf } from './wallets.js'

/** A coin that the servers have been asked for. */
export interface CheckedCoin {
  readonly sn: number
  readonly value: number
  readonly pownstring: string
  readonly result: Grade
}

/** What a check has found. */
export interface Check {
  /** Value of all the coins that were asked for. */
  readonly total: number
  /** Null when too few servers have answered. */
  readonly coins: readonly CheckedCoin[] | null
  /** Per batch one text per server, when too few have answered. */
  readonly details: Json
  /** Value by grade. */
  readonly sums: Readonly<Record<Grade, number>>
}

const ALL_PASS = 'p'.repeat(SERVER_COUNT)
/** The coins of the page's example. */
const DOCUMENTED: JsonObject = { coins: [16, 17, 23, 24, 25], total: 3_000_000_020 }
const SILENT = 'NetworkCode#1: '
const REFUSING = 'RaidaCode#241'

/** The check of the coins that the task was started for; undefined when it was started for none, or ended in something else. */
export function checkOf ({ task, result }: TaskSnapshot): Check | undefined {
  // Who says neither coins nor result means those of the page.
  const coins = coinsOf(task.parameters) ?? (result === undefined ? coinsOf(DOCUMENTED) : undefined)
  const pownstrings = result === undefined ? [ALL_PASS] : pownstringsIn(result)
  if (coins === undefined || pownstrings === undefined || isDictated(task)) return undefined
  const total = coins.reduce((sum, { value }) => sum + value, 0)
  const checked = coins.map(({ sn, value }, index): CheckedCoin => {
    const pownstring = pownstrings[index % pownstrings.length] ?? ALL_PASS
    return { sn, value, pownstring, result: gradeOf(pownstring) }
  })
  const [first = ALL_PASS] = pownstrings
  if (coins.length > 0 && lacksQuorum(first)) {
    const details = [...first].map((letter) => letter === 'n' ? SILENT : REFUSING)
    return { total, coins: null, details: Array.from({ length: batchCount(task.kind, coins.length) }, () => details), sums: NOTHING }
  }
  const sums = { ...NOTHING }
  for (const { value, result: grade } of checked) sums[grade] += value
  return { total, coins: checked, details: null, sums }
}

const NOTHING: Record<Grade, number> = { Authentic: 0, Fracked: 0, Counterfeit: 0, Limbo: 0 }

/** True when a test has said outright what the task leaves. */
export function isDictated ({ facts }: TaskRecord): boolean {
  return facts.some((fact) => fact.what === 'finished' && fact.result !== undefined)
}

/** The pown strings that a result tells of, whatever its shape; undefined when it tells of none. */
export function pownstringsIn (result: Json): readonly string[] | undefined {
  if (!isObject(result)) return undefined
  const { pownstring, pown_results: inner = null } = result
  if (isPownstring(pownstring)) return [pownstring]
  if (isObject(inner)) return pownstringsIn(inner)
  const coins = result['Coins'] ?? result['coins']
  if (Array.isArray(coins)) {
    const found = coins.flatMap((coin: Json) => isObject(coin) && isPownstring(coin['pownstring']) ? [coin['pownstring']] : [])
    return found.length === 0 ? undefined : found
  }
  const details = result['Details'] ?? result['details']
  const batch: unknown = Array.isArray(details) ? details[0] : undefined
  // Too few answered: what each of them said is all there is.
  return Array.isArray(batch) && batch.length === SERVER_COUNT ? [batch.map((text) => text === REFUSING ? 'e' : 'n').join('')] : undefined
}

interface ValuedCoin { readonly sn: number, readonly value: number }

/** The coins of the starting call with their values: one by one, or their total. */
function coinsOf ({ coins, values, total }: JsonObject): readonly ValuedCoin[] | undefined {
  if (!isList(coins)) return undefined
  const shares = isList(values) ? values : valuesOf(typeof total === 'number' ? total : coins.length, coins.length)
  return coins.map((sn, index) => ({ sn: numberOf(sn), value: numberOf(shares[index]) }))
}

// The vendor's shapes, each with its keys in the wire's order

/** Of health, and of detect as documented. */
export function healthBody (check: Check, alreadyFracked: number, hasAlreadyLimbo: boolean): JsonObject {
  const { total, coins, details, sums } = check
  return {
    TotalCoins: total + alreadyFracked,
    TotalCheckedCoins: coins === null ? 0 : total,
    TotalAuthentic: sums.Authentic,
    TotalAlreadyFracked: alreadyFracked,
    ...(hasAlreadyLimbo ? { TotalAlreadyLimbo: 0 } : {}),
    TotalFracked: sums.Fracked,
    TotalCounterfeit: sums.Counterfeit,
    TotalLimbo: sums.Limbo,
    TotalErrors: coins === null ? total : 0,
    Details: details,
    Coins: coinBodies(check),
  }
}

/** Of detect as recorded. */
export function detectBody (check: Check): JsonObject {
  return { ...totals(check), coins: coinBodies(check), details: check.details }
}

/** Of pown; no coin left gives null. */
export function pownBody (check: Check, alreadyExists: number, taskId: string): JsonObject {
  const { coins, details } = check
  return {
    ...totals(check),
    already_exists: alreadyExists,
    coins: coins?.length === 0 ? null : coinBodies(check),
    tickets: coins === null ? [] : ticketsOf(coins, taskId),
    details: details ?? [],
  }
}

function totals ({ total, coins, sums }: Check): JsonObject {
  return { total, authentic: sums.Authentic, fracked: sums.Fracked, limbo: sums.Limbo, counterfeit: sums.Counterfeit, unknown: coins === null ? total : 0 }
}

function coinBodies ({ coins }: Check): Json {
  return coins?.map(({ sn, pownstring, result }) => ({ sn, pownstring, result })) ?? null
}

/** Per batch a ticket of each server that has passed its coins. */
function ticketsOf (coins: readonly CheckedCoin[], taskId: string): Json {
  const [first] = coins
  if (first === undefined) return []
  const random = createRandomStream(0, '', `cloudcoin tickets of ${taskId}`)
  const batches = batchCount('import', coins.length)
  return Array.from({ length: batches }, () => [...first.pownstring].map((letter) => {
    const ticket = random.next().toString(16).padStart(8, '0')
    return letter === 'p' ? ticket : ''
  }))
}

function isObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isList (value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value)
}

function numberOf (value: Json | undefined): number {
  return typeof value === 'number' ? value : 0
}
