/**
 * How much later a reply goes out: always the same, or log-normally distributed. Pure but for the draw.
 */
import type { Static } from '@sinclair/typebox'
import type { RandomStream } from '../ids.js'
import { requireDuration, ScriptError } from '../simulator/script.js'
import type { DelayJson } from './fault.js'

export type Delay = { readonly ms: number } | { readonly medianMs: number, readonly sigma: number }

/** The standard normal deviate that 99 of 100 stay below. */
const Z99 = 2.3263478740408408

/** Compiles a delay. Throws ScriptError; `path` is where it stands. */
export function parseDelay (json: Static<typeof DelayJson>, path: string): Delay {
  if (typeof json !== 'object') return { ms: requireDuration(json, path) }
  const medianMs = requireDuration(json.median, `${path}/median`)
  const p99Ms = requireDuration(json.p99, `${path}/p99`)
  if (medianMs === 0) throw new ScriptError(`${path}/median`, 'expected a duration greater than 0')
  if (p99Ms < medianMs) throw new ScriptError(`${path}/p99`, `expected no less than the median of ${medianMs} ms, got ${p99Ms} ms`)
  return { medianMs, sigma: Math.log(p99Ms / medianMs) / Z99 }
}

/** Whole milliseconds of delay for one reply. */
export function drawDelay (delay: Delay, random: () => RandomStream): number {
  if ('ms' in delay) return delay.ms
  return Math.round(delay.medianMs * Math.exp(delay.sigma * drawNormal(random())))
}

/** A standard normal deviate (Box and Muller). */
function drawNormal (random: RandomStream): number {
  const radius = Math.sqrt(-2 * Math.log((random.next() + 1) / 2 ** 32))
  return radius * Math.cos(2 * Math.PI * random.next() / 2 ** 32)
}
