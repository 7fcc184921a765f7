/**
 * One exchange with an emulated API, as it went over the wire and as the journal keeps it.
 */
import type { Call, ReplyHeaders } from '../call.js'
import { bodyText, type KeptBody } from './kept-body.js'
import { redactHeader, redactPath, redactQuery, redactText } from './redaction.js'

/** Neither the task nor a large body stays alive through it. One object for each exchange: what is made twice is felt on every poll. */
export interface Entry {
  /** Place in the order of replies, from 1. */
  readonly seq: number
  readonly api: string
  readonly call: Call
  readonly method: string
  /** As the client wrote it: mount, path and query. */
  readonly url: string
  /** What the client calls itself (`User-Agent`); `''` when it says nothing. */
  readonly client: string
  /** Sandbox clock, epoch ms. */
  readonly arrivedAt: number
  readonly answeredAt: number
  /** The machine's clock, epoch ms with fractions. */
  readonly arrivedMachineAt: number
  readonly answeredMachineAt: number
  /** Null when no status line went out: the client left first, or a fault reset the connection before. */
  readonly status: number | null
  /** True when the client left before it had its reply. */
  readonly isAbandoned: boolean
  /** Lines of output that the task had in the reply; undefined when the reply shows no task. */
  readonly lineCount: number | undefined
  /** Ids of the fault rules that struck it. */
  readonly faults: readonly number[]
  /** Names and values in turn, as sent. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: KeptBody
  readonly replyHeaders: ReplyHeaders
  readonly replyBody: KeptBody
}

/** What an entry shows besides the basics. */
export interface EntryView {
  /** With headers and bodies, of at most so many bytes each; undefined: without. */
  readonly bodyBytes?: number | undefined
  /** False: without what the machine's clock said, so that two runs look the same. */
  readonly wall?: boolean | undefined
}

/** Headers that tell calls and their repetitions apart; they show without being asked for. */
const TELLING_HEADERS = ['user-agent', 'idempotency-key', 'svix-req-id', 'svix-retry-count']

/** The entry as JSON, credentials replaced. */
export function entryBody (entry: Entry, { bodyBytes, wall = true }: EntryView = {}) {
  const { seq, api, call, method, url, client, arrivedAt, answeredAt, arrivedMachineAt, answeredMachineAt, status, isAbandoned, lineCount, faults } = entry
  const queryAt = url.indexOf('?')
  const headers = requestHeaders(entry)
  return {
    seq,
    at: new Date(arrivedAt).toISOString(),
    ...(wall ? { wallAt: new Date(arrivedMachineAt).toISOString() } : {}),
    api,
    operation: call.operation,
    method,
    path: redactPath(queryAt < 0 ? url : url.slice(0, queryAt)),
    query: queryAt < 0 ? null : redactQuery(url.slice(queryAt + 1)),
    taskId: call.taskId === undefined ? null : redactPath(call.taskId),
    status,
    ...(wall ? { durationMs: Math.round((answeredMachineAt - arrivedMachineAt) * 1000) / 1000 } : {}),
    waited: durationText(answeredAt - arrivedAt),
    client: client === '' ? null : redactText(client),
    fault: faults[0] ?? null,
    first: call.first ?? null,
    last: call.first === undefined ? null : lineCount ?? null,
    ...(isAbandoned ? { abandoned: true as const } : {}),
    headers: Object.fromEntries(TELLING_HEADERS.flatMap((name) => headers[name] === undefined ? [] : [[name, headers[name]]])),
    ...(bodyBytes === undefined
      ? {}
      : {
          request: { headers, ...shownBody(entry.requestBody, bodyBytes) },
          response: { headers: replyHeaders(entry), ...shownBody(entry.replyBody, bodyBytes) },
        }),
  }
}

/** Milliseconds as a duration text: `0s`, `250ms`, `1.5s`. */
export function durationText (ms: number): string {
  return ms > 0 && ms < 1000 ? `${ms}ms` : `${ms / 1000}s`
}

function requestHeaders ({ requestHeaders: raw }: Entry): Record<string, string> {
  const headers: Record<string, string> = {}
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    const value = redactHeader(name, raw[i + 1] ?? '')
    const earlier = Object.hasOwn(headers, name) ? headers[name] : undefined
    headers[name] = earlier === undefined ? value : `${earlier}, ${value}`
  }
  return headers
}

function replyHeaders ({ replyHeaders: sent }: Entry): Record<string, string> {
  return Object.fromEntries(Object.entries(sent).flatMap(([name, value]) => value === undefined ? [] : [[name, redactHeader(name.toLowerCase(), String(value))]]))
}

function shownBody (body: KeptBody, bodyBytes: number) {
  const { text, isCut } = bodyText(body, bodyBytes)
  return { body: text === null ? null : redactText(text), ...(isCut ? { truncated: true as const } : {}) }
}
