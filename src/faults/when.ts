/**
 * Which of the matching calls a fault strikes. Pure but for the draw.
 */
import type { Static } from '@sinclair/typebox'
import type { RandomStream } from '../ids.js'
import { DURATION_HINT, parseDuration, parseInstant, ScriptError } from '../simulator/script.js'
import type { FaultWhenJson } from './fault.js'

type WhenJson = Static<typeof FaultWhenJson>

/** Epoch ms on the sandbox clock, or so many ms after the rule was added. */
type Moment = { readonly at: number } | { readonly afterMs: number }

/** The conditions that must all hold. */
export interface When {
  readonly json: WhenJson
  readonly nthCalls: ReadonlySet<number> | undefined
  readonly from: Moment | undefined
  readonly until: Moment | undefined
}

/** Where a rule stands when a call matches it. */
export interface Occasion {
  /** Calls that have matched so far, this one included. */
  readonly matched: number
  readonly now: number
  readonly addedAt: number
}

/** Compiles the conditions, those of the short form in `match` included. Throws ScriptError; `path` is where the fault stands. */
export function parseWhen (given: WhenJson, short: Pick<WhenJson, 'nthCall' | 'probability'>, path: string): When {
  for (const name of ['nthCall', 'probability'] as const) {
    if (given[name] !== undefined && short[name] !== undefined) throw new ScriptError(`${path}/match/${name}`, `is the short form of when.${name}, so only one of the two can be given`)
  }
  const { nthCall = short.nthCall, probability = short.probability, ...rest } = given
  const json = { ...(nthCall === undefined ? {} : { nthCall }), ...(probability === undefined ? {} : { probability }), ...rest }
  const from = parseMoment(given.from, `${path}/when/from`)
  const until = parseMoment(given.until, `${path}/when/until`)
  if (from !== undefined && until !== undefined && isEmpty(from, until)) throw new ScriptError(`${path}/when/until`, 'expected a moment after from: nothing lies between the two')
  return { json, nthCalls: nthCall === undefined ? undefined : new Set([nthCall].flat()), from, until }
}

/** True when the fault strikes the call. Draws only when everything else holds. */
export function isDue ({ json: { every, first, probability }, nthCalls, from, until }: When, { matched, now, addedAt }: Occasion, random: () => RandomStream): boolean {
  if (nthCalls !== undefined && !nthCalls.has(matched)) return false
  if (every !== undefined && matched % every !== 0) return false
  if (first !== undefined && matched > first) return false
  if (from !== undefined && now < instantOf(from, addedAt)) return false
  if (until !== undefined && now >= instantOf(until, addedAt)) return false
  return probability === undefined || random().next() < probability * 2 ** 32
}

function parseMoment (value: string | number | undefined, path: string): Moment | undefined {
  if (value === undefined) return undefined
  const afterMs = parseDuration(value)
  if (afterMs !== undefined) return { afterMs }
  const at = typeof value === 'string' ? parseInstant(value) : undefined
  if (at === undefined) throw new ScriptError(path, `expected an RFC 3339 instant such as 2026-11-22T12:00:00Z, or ${DURATION_HINT}, got ${JSON.stringify(value)}`)
  return { at }
}

function isEmpty (from: Moment, until: Moment): boolean {
  if ('at' in from) return 'at' in until && from.at >= until.at
  return 'afterMs' in until && from.afterMs >= until.afterMs
}

function instantOf (moment: Moment, addedAt: number): number {
  return 'at' in moment ? moment.at : addedAt + moment.afterMs
}
