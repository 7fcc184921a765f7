/**
 * Pollux's own errors outside the control plane: problem documents (RFC 9457), because no vendor is concerned. Pure.
 */
import { STATUS_CODES } from 'node:http'
import type { ApiPlugin, WireReply } from './api.js'
import type { Door } from './front-door.js'
import { redactPath } from './journal/redaction.js'
import { OWN_HEADERS } from './own-headers.js'
import { TooManySandboxes } from './sandboxes.js'

/** An error of this status; `more` goes into the document. */
export function problemReply (status: number, detail: string, more: Readonly<Record<string, unknown>> = {}): WireReply {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...OWN_HEADERS },
    body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...more }),
  }
}

/** What went wrong before anybody could answer. */
export function refusalReply (error: unknown): WireReply {
  return error instanceof TooManySandboxes ? problemReply(503, error.message) : problemReply(500, 'Pollux failed to answer this request.')
}

/** What Node's parser says of a request that is nobody's. */
export function unparsableReply (error: Error): WireReply {
  switch ('code' in error ? error.code : undefined) {
    case 'HPE_HEADER_OVERFLOW': return problemReply(431, 'The head of the request is longer than --max-header allows.')
    case 'ERR_HTTP_REQUEST_TIMEOUT': return problemReply(408, 'The request did not arrive within the time that --header-timeout and --request-timeout allow.')
    default: return problemReply(400, 'The request could not be parsed as HTTP/1.1.')
  }
}

/** The reply to a request that is for nobody: it tells what is served. */
export function nothingHereReply (method: string, door: Door, apis: readonly ApiPlugin[]): WireReply {
  return problemReply(404, `Nothing is served at ${method} ${redactPath(door.path.replace(/\?.*/s, ''))}.`, {
    served: Object.fromEntries(apis.map(({ name, title, paths }) => [name, { title, prefix: `/${name}`, paths }])),
    control: '/_pollux/health',
  })
}
