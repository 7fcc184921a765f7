/**
 * What a fault does to an exchange, compiled; effects that contradict each other are refused. Pure.
 */
import { validateHeaderValue } from 'node:http'
import { parseDuration, ScriptError } from '../simulator/script.js'
import { parseEdits, type BodyEdit } from './body-edits.js'
import { parseDelay, type Delay } from './delay.js'
import type { EffectJson } from './fault.js'

/** `retry-after`: as text, or as a date so many ms after the reply goes out. */
export type RetryAfter = { readonly text: string } | { readonly dateAfterMs: number }

/** What a fault does. */
export interface Effect {
  /** 400 and above: a reply of the vendor's instead of the real one. */
  readonly status: number | undefined
  readonly retryAfter: RetryAfter | undefined
  readonly delay: Delay | undefined
  readonly reset: 'before' | 'mid-body' | undefined
  readonly empty: boolean
  readonly truncateAt: number | undefined
  readonly malformed: 'json' | 'html' | undefined
  /** Undefined: all at once. */
  readonly bytesPerSecond: number | undefined
  readonly contentType: string | undefined
  readonly edits: readonly BodyEdit[]
  readonly vanish: boolean
  /** Of a call for a further page. */
  readonly cursor: 'ignored' | 'expired' | undefined
  /** True when it does nothing but delay the reply, so that it goes together with any other fault. */
  readonly isPureDelay: boolean
}

/** What strikes an exchange that nothing but delays strike. */
export const ONLY_LATER: Effect = {
  status: undefined,
  retryAfter: undefined,
  delay: undefined,
  reset: undefined,
  empty: false,
  truncateAt: undefined,
  malformed: undefined,
  bytesPerSecond: undefined,
  contentType: undefined,
  edits: [],
  vanish: false,
  cursor: undefined,
  isPureDelay: true,
}

type Part = keyof EffectJson

/** What acts on the bytes of a body, so needs one. */
const BODY_PARTS: readonly Part[] = ['truncateAt', 'malformed', 'drip', 'body']

/** Compiles an effect. Throws ScriptError; `path` is where it stands. */
export function parseEffect (json: EffectJson, path: string): Effect {
  const contradiction = findContradiction(json)
  if (contradiction !== undefined) throw new ScriptError(`${path}/${contradiction.part}`, contradiction.why)
  return {
    status: json.status,
    retryAfter: json.retryAfter === undefined ? undefined : parseRetryAfter(json.retryAfter, `${path}/retryAfter`),
    delay: json.delay === undefined ? undefined : parseDelay(json.delay, `${path}/delay`),
    reset: json.reset,
    empty: json.empty ?? false,
    truncateAt: json.truncateAt,
    malformed: json.malformed,
    bytesPerSecond: json.drip === undefined ? undefined : parseDrip(json.drip, `${path}/drip`),
    contentType: json.contentType === undefined ? undefined : requireHeaderValue('content-type', json.contentType, `${path}/contentType`),
    edits: json.body === undefined ? [] : parseEdits(json.body, `${path}/body`),
    vanish: json.vanish ?? false,
    cursor: json.cursor,
    isPureDelay: json.delay !== undefined && Object.keys(json).length === 1,
  }
}

function findContradiction (json: EffectJson): { readonly part: Part, readonly why: string } | undefined {
  // Typed by its schema, which lets no other key through.
  const parts = Object.keys(json) as Part[]
  const given = (part: Part): boolean => json[part] !== undefined
  const first = (candidates: readonly Part[]): Part | undefined => candidates.find(given)

  if (json.reset === 'before') {
    const part = parts.find((name) => name !== 'reset' && name !== 'delay' && name !== 'vanish')
    if (part !== undefined) return { part, why: 'contradicts reset: "before", which lets no reply out; only delay and vanish go with it' }
  }
  if (given('empty')) {
    const part = json.reset === 'mid-body' ? 'reset' : first(BODY_PARTS)
    if (part !== undefined) return { part, why: `contradicts empty: ${part === 'reset' ? 'there is no body to be reset in' : 'there is no body that it could act on'}` }
  }
  if (json.status === 204 || json.status === 304) {
    const part = json.reset === 'mid-body' ? 'reset' : first([...BODY_PARTS, 'contentType'])
    if (part !== undefined) return { part, why: `contradicts status ${json.status}, which has no body` }
  }
  if (given('cursor') && (json.status ?? 200) >= 400) return { part: 'cursor', why: `contradicts status ${json.status ?? ''}: no list sees the cursor of a request that never reaches the service` }
  if (given('cursor') && given('vanish')) return { part: 'cursor', why: 'contradicts vanish: a call for a page of a list is about no task that could vanish' }
  if (json.reset === 'mid-body' && given('truncateAt')) return { part: 'truncateAt', why: 'contradicts reset: "mid-body", which cuts the body in the middle; expected one of the two' }
  if (json.malformed === 'html' && given('body')) return { part: 'body', why: 'contradicts malformed: "html", which replaces the body that would be edited' }
  return undefined
}

function parseRetryAfter (text: string, path: string): RetryAfter {
  const ms = parseDuration(text)
  if (ms !== undefined) return { text: String(Math.ceil(ms / 1000)) }
  const dateAfterMs = text.startsWith('date:') ? parseDuration(text.slice('date:'.length)) : undefined
  return dateAfterMs === undefined ? { text: requireHeaderValue('retry-after', text, path) } : { dateAfterMs }
}

function requireHeaderValue (name: string, value: string, path: string): string {
  try {
    validateHeaderValue(name, value)
  } catch {
    throw new ScriptError(path, `expected what a header can carry (no control characters, nothing beyond Latin-1), got ${JSON.stringify(value)}`)
  }
  return value
}

const BYTES: Readonly<Record<string, number>> = { b: 1, kb: 1000, mb: 1_000_000 }

function parseDrip (drip: string, path: string): number {
  const match = /^(\d{1,9}(?:\.\d{1,6})?)(b|kb|mb)\/s$/.exec(drip)
  const bytesPerSecond = Number(match?.[1] ?? 0) * (BYTES[match?.[2] ?? ''] ?? 0)
  if (bytesPerSecond === 0) throw new ScriptError(path, `expected bytes per second such as "10b/s", "0.5b/s", "2kb/s" or "1mb/s", got ${JSON.stringify(drip)}`)
  return bytesPerSecond
}
