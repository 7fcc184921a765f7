/**
 * Errors and misses in CloudCoin's dialect: almost all of them are HTTP 200 with an error envelope (contract 1.4 and 6). Pure.
 */
import { STATUS_CODES } from 'node:http'
import type { FailedRequest, WireReply } from '../../api.js'
import { ExcessiveJson } from '../../json-depth.js'
import { ScriptError } from '../../simulator/script.js'
import { corsHeaders, OPEN_TO_ALL } from './cors.js'
import { isKnownPath, tooLongRefusal } from './paths.js'
import { JSON_TYPE } from './replies.js'
import { CloudcoinOptions, type WireProfile } from './schemas.js'
import { invalid, SERVICE_NOT_FOUND, ServiceError, serviceNotFound, undecodable } from './service-error.js'
import { envelope } from './view.js'

/** `{mount}/`, whatever the method: the GUI looks there whether the server lives. */
export const PROBE_REPLY: WireReply = Object.freeze({ status: 200, headers: { 'content-type': JSON_TYPE, ...OPEN_TO_ALL }, body: envelope('success', {}) })

/** What a proxy in front says for a program that it can't reach. */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])

/** A fault's reply of this status, 400 and above: the program itself sends few of them, and none with an envelope (contract 6 and 10). */
export function faultReply (status: number, { headers }: FailedRequest): WireReply {
  if (GATEWAY_STATUSES.has(status)) return { status, headers: { 'content-type': 'text/html', ...corsHeaders(headers) }, body: `<html>${STATUS_CODES[status] ?? ''}</html>` }
  // As it answers a wrong method, and a panic.
  if (status === 405 || status >= 500) return { status, headers: { 'content-type': JSON_TYPE, ...corsHeaders(headers) }, body: '' }
  return textReply(status, headers)
}

/** The reply to whatever has gone wrong. */
export function errorReply (error: unknown, request: FailedRequest): WireReply {
  // With a segment left empty the path is another one, whatever route took it.
  if (error instanceof ServiceError) return error.code === SERVICE_NOT_FOUND ? missReply(request) : serviceReply(error, request)
  // A scenario that isn't there: asked for in the tag, so that is what is wrong.
  if (error instanceof ScriptError) return serviceReply(invalid(new Map([['tag', error.message]])), request)
  if (error instanceof ExcessiveJson) return serviceReply(undecodable(), request)
  if (codeOf(error) === 'FST_ERR_MAX_PARAM_LENGTH') {
    // The router gives up on a long parameter before it has looked at what follows.
    const refusal = tooLongRefusal(decodedPathOf(request), profileOf(request))
    return refusal === undefined ? missReply(request) : serviceReply(refusal, request)
  }
  const status = statusOf(error)
  return status < 500
    ? textReply(status, request.headers)
    : { status: 500, headers: { 'content-type': JSON_TYPE, ...corsHeaders(request.headers) }, body: '' }
}

/** What the web server says by itself. */
function textReply (status: number, headers: FailedRequest['headers']): WireReply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...corsHeaders(headers) }, body: `${status} ${STATUS_CODES[status] ?? 'Unassigned'}` }
}

/** The reply to a request that no route takes: a slash too many, the probe, a wrong method, or a path that is none. */
export function missReply (request: FailedRequest): WireReply {
  const path = pathOf(request)
  if (path.includes('//')) {
    const location = request.mount + path.replace(/\/{2,}/g, '/') + request.path.slice(path.length)
    return { status: 301, headers: { location, 'content-type': JSON_TYPE, ...corsHeaders(request.headers) }, body: '' }
  }
  if (path === '/') return PROBE_REPLY
  if (isKnownPath(decodedPathOf(request), profileOf(request))) return { status: 405, headers: { 'content-type': JSON_TYPE, ...corsHeaders(request.headers) }, body: '' }
  return serviceReply(serviceNotFound(), request)
}

function serviceReply ({ code, message }: ServiceError, { headers }: FailedRequest): WireReply {
  return {
    status: 200,
    headers: { 'content-type': JSON_TYPE, ...(code === SERVICE_NOT_FOUND ? OPEN_TO_ALL : corsHeaders(headers)) },
    body: envelope('error', { code, message, details: null }),
  }
}

function profileOf ({ sandbox }: FailedRequest): WireProfile {
  return sandbox.options(CloudcoinOptions)['wire-profile']
}

/** As the router sees it; it has decoded this path before, so it can be decoded. */
function decodedPathOf (request: FailedRequest): string {
  return decodeURI(pathOf(request))
}

/** The path without query and fragment: what the router has looked at. */
function pathOf ({ path }: FailedRequest): string {
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}

/** The HTTP status of an error of Fastify's or of Node's parser; 500 for any other. */
function statusOf (error: unknown): number {
  const code = codeOf(error)
  if (code === 'HPE_HEADER_OVERFLOW') return 431
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408
  if (code.startsWith('HPE_')) return 400
  const isRefusal = code.startsWith('FST_') && error instanceof Error && 'statusCode' in error
  return isRefusal && typeof error.statusCode === 'number' ? error.statusCode : 500
}

function codeOf (error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
}
