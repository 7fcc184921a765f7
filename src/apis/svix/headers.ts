/**
 * Headers that every reply bears, and the answer to a cross-origin preflight (svix contract, 1.6 and 1.7).
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { WireReply } from '../../api.js'

/** On every response: the service is open to any origin. */
export const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  vary: 'origin, access-control-request-method, access-control-request-headers',
} as const

/** On every response with a body: exactly this content type, without charset. */
export const JSON_HEADERS = { 'content-type': 'application/json', ...CORS_HEADERS } as const

const PREFLIGHT_HEADERS = { ...CORS_HEADERS, 'access-control-allow-methods': '*', 'access-control-max-age': '600' }

/** The answer to any `OPTIONS`, wherever it goes. */
export function preflight (headers: IncomingHttpHeaders): WireReply {
  const wanted = headers['access-control-request-headers']
  return {
    status: 200,
    headers: wanted === undefined ? PREFLIGHT_HEADERS : { ...PREFLIGHT_HEADERS, 'access-control-allow-headers': wanted },
    body: '',
  }
}
