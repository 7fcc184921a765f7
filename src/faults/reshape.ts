/**
 * What a fault makes of a reply: its status, headers and body. Pure.
 */
import type { ReplyHeaders } from '../call.js'
import { editBody } from './body-edits.js'
import type { Effect } from './effect.js'

/** A reply on its way out. */
export interface Reply {
  readonly status: number
  readonly headers: ReplyHeaders
  readonly body: unknown
}

/** The reply as the effect leaves it; `isSound` when it still tells the truth about the task. */
export interface ReshapedReply extends Reply {
  readonly body: string | Buffer | undefined
  readonly isSound: boolean
}

/** A gateway's page, whatever its status. */
const HTML = '<html>Bad Gateway</html>'

/** The reply with the effect's status, `retry-after`, content type and body; `now` is the instant at which it goes out. */
export function reshape (reply: Reply, effect: Effect, now: number): ReshapedReply {
  const status = effect.status ?? reply.status
  const headers: Record<string, ReplyHeaders[string]> = { ...reply.headers }
  const before = typeof reply.body === 'string' || Buffer.isBuffer(reply.body) ? reply.body : undefined
  const hasNoBody = status === 204 || status === 304
  const body = hasNoBody ? undefined : bodyOf(before, String(headers['content-type'] ?? ''), effect)

  if (effect.retryAfter !== undefined) headers['retry-after'] = 'text' in effect.retryAfter ? effect.retryAfter.text : new Date(now + effect.retryAfter.dateAfterMs).toUTCString()
  if (effect.malformed === 'html') headers['content-type'] = 'text/html'
  if (effect.contentType !== undefined) headers['content-type'] = effect.contentType
  if (hasNoBody) {
    delete headers['content-length']
    delete headers['content-type']
  } else if (body !== before) {
    headers['content-length'] = String(Buffer.byteLength(body ?? ''))
  }
  const isWhole = body === before && effect.truncateAt === undefined && effect.reset === undefined
  return { status, headers, body, isSound: isWhole && status < 400 }
}

function bodyOf (body: string | Buffer | undefined, contentType: string, { empty, malformed, edits }: Effect): string | Buffer | undefined {
  if (empty) return undefined
  if (malformed === 'html') return HTML
  let changed = body
  if (edits.length > 0 && /json/i.test(contentType) && body !== undefined) changed = editBody(String(body), edits) ?? body
  return malformed === 'json' ? cut(String(changed ?? '')) : changed
}

/** The first half of a JSON text: of an object or array that never parses. */
function cut (json: string): string {
  const half = json.slice(0, Math.floor(json.length / 2))
  return half.trim() === '' || parses(half) ? '{' : half
}

function parses (text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
