/**
 * Errors in this vendor's dialect. A client decides by `code`, and by the HTTP status only after that (cognigy contract, 6).
 */
import { STATUS_CODES } from 'node:http'
import type { FailedRequest, WireReply } from '../../api.js'
import { uuidV4 } from '../../ids.js'
import { ScriptError } from '../../simulator/script.js'
import { Refusal } from '../../simulator/simulator.js'
import { ID_HINT } from './ids.js'

/** On every reply (contract 1.6). */
export const CORS_ORIGIN = { 'access-control-allow-origin': '*' } as const

const ERROR_HEADERS = { 'content-type': 'application/json; charset=utf-8', vary: 'Accept', ...CORS_ORIGIN } as const

/** An error as the vendor's table of classes has it. */
export class CognigyError extends Error {
  override readonly name = 'CognigyError'
  readonly status: number
  readonly title: string
  readonly code: number
  /** With 405: the methods that the path does take. */
  readonly allow: string | undefined

  constructor (status: number, title: string, code: number, detail: string, allow?: string) {
    super(detail)
    this.status = status
    this.title = title
    this.code = code
    this.allow = allow
  }
}

/** A path, query or request that can't be read. Where the vendor gives no text the detail is the name of its class. */
export function badRequest (detail = 'Bad Request Error'): CognigyError {
  return new CognigyError(400, 'Bad Request', 400, detail)
}

/** A value that is not of its parameter's form. */
export function invalidValue (name: string, expected: string): CognigyError {
  return badRequest(`Invalid value for '${name}': expected ${expected}`)
}

/** A filter for a field that tasks don't have. */
export function unknownField (name: string): CognigyError {
  return badRequest(`The requested field ${name} does not exist`)
}

/** A body without something that it needs. */
export function missingField (name: string): CognigyError {
  return badRequest(`Missing field '${name}'`)
}

/** A body with something that it must not have. */
export function fieldNotAllowed (name: string): CognigyError {
  return badRequest(`Field '${name}' is not allowed`)
}

/** No credential, or the wrong one. */
export function unauthorized (): CognigyError {
  return new CognigyError(401, 'Unauthorized', 401, 'Unauthorized Error')
}

/** No task has this id. */
export function taskNotFound (): CognigyError {
  return notFound('Task')
}

/** Nothing of this noun has the id that was asked for. */
export function notFound (noun: string): CognigyError {
  return new CognigyError(404, 'Not Found', 1002, `${noun} does not exist`)
}

/** A GET with a body, where those are not let through (contract 10). */
export function forbidden (): CognigyError {
  return new CognigyError(403, 'Forbidden', 403, 'Forbidden Error')
}

/** Nothing is at this path. */
export function pathNotFound (): CognigyError {
  return new CognigyError(404, 'Not Found', 1002, 'Resource Not Found Error')
}

/** The path is known, with other methods only. */
export function methodNotAllowed (allow: string): CognigyError {
  return new CognigyError(405, 'Method Not Allowed', 1013, 'Method Not Allowed Error', allow)
}

/** A cancel that comes too late. */
export function taskFinished (): CognigyError {
  return new CognigyError(409, 'Conflict', 1004, 'Task has already finished')
}

/** A download link for what has not been packaged (contract 7.2). */
export function notPackaged (noun: string): CognigyError {
  return new CognigyError(409, 'Conflict', 1004, `${noun} is not packaged`)
}

/** A body above the limit. */
export function payloadTooLarge (): CognigyError {
  return new CognigyError(413, 'Payload Too Large', 413, 'Payload Too Large Error')
}

/** What nobody foresaw. */
export function internalError (): CognigyError {
  return new CognigyError(500, 'Internal Server Error', 1008, 'Internal Server Error')
}

/** Statuses that only faults make, with the vendor's title and code (contract 6). */
const FAULTS: Readonly<Record<number, readonly [title: string, code: number]>> = {
  402: ['Payment Required', 402],
  403: ['Forbidden', 403],
  429: ['Too Many Requests Error', 429],
  501: ['Not Implemented', 1009],
  502: ['Bad Gateway', 502],
  503: ['Service Unavailable', 503],
  504: ['Gateway Timeout', 504],
}

/** A fault's reply of this status, 400 and above. */
export function faultReply (status: number, request: FailedRequest): WireReply {
  const reply = errorReply(faultError(status, request.path), request)
  return status === 429 ? { ...reply, headers: { ...reply.headers, 'retry-after': '1' } } : reply
}

/** The vendor's class for the status; for one that it has none for, an error of the same form. */
function faultError (status: number, path: string): CognigyError {
  switch (status) {
    case 400: return badRequest()
    case 401: return unauthorized()
    case 404: return /\/tasks\/[^/?#]/i.test(path) ? taskNotFound() : pathNotFound()
    case 405: return methodNotAllowed('GET, HEAD')
    case 409: return /\/downloadlink(?:[?#]|$)/i.test(path) ? notPackaged('Snapshot') : taskFinished()
    case 413: return payloadTooLarge()
    case 500: return internalError()
  }
  const [title, code] = FAULTS[status] ?? [STATUS_CODES[status] ?? 'Unknown', status]
  // Where the vendor gives no text the detail is the name of the class, and the titles of some end like that already.
  return new CognigyError(status, title, code, title.endsWith(' Error') ? title : `${title} Error`)
}

/** Any error as this vendor would send it. */
export function errorReply (error: unknown, { path, sandbox }: FailedRequest): WireReply {
  const { status, title, code, message, allow } = toCognigyError(error, path)
  const body = {
    type: 'about:blank',
    title,
    detail: message,
    instance: resourcePath(path),
    status,
    traceId: `api--${uuidV4(sandbox.random('cognigy trace id'))}`,
    code,
    details: {},
  }
  return { status, headers: allow === undefined ? ERROR_HEADERS : { ...ERROR_HEADERS, allow }, body: JSON.stringify(body) }
}

/** The path as the vendor's own documents write it: without `/new` and query. */
export function resourcePath (path: string): string {
  return path.replace(/[?#].*$/s, '').replace(/^\/new(?=\/)/i, '')
}

function toCognigyError (error: unknown, path: string): CognigyError {
  if (error instanceof CognigyError) return error
  // The scenario that a text of the call asks for is not there; the message says which are.
  if (error instanceof ScriptError) return badRequest(error.message)
  if (error instanceof Refusal) {
    if (error.code === 'unknown-task') return taskNotFound()
    if (error.code === 'task-settled') return taskFinished()
  }
  if (!(error instanceof Error)) return internalError()
  const code = 'code' in error ? String(error.code) : ''
  const status = 'statusCode' in error ? Number(error.statusCode) : NaN
  // The router gives up on an id that is longer than it takes before anybody could measure it.
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') return invalidValue(longParameterOf(path), ID_HINT)
  if (status === 413) return payloadTooLarge()
  // HPE_… is what Node's parser could not read, ERR_HTTP_… what did not arrive in time.
  const isClientError = (status >= 400 && status < 500) || code.startsWith('HPE_') || code.startsWith('ERR_HTTP_')
  return isClientError ? badRequest() : internalError()
}

/** The name of the longest part of the path: `/snapshots/…` takes a `snapshotId`. */
function longParameterOf (path: string): string {
  const segments = path.replace(/[?#].*$/s, '').split('/')
  const longest = segments.reduce((best, segment, index) => segment.length > (segments[best] ?? '').length ? index : best, 0)
  return `${segments[longest - 1]?.replace(/s$/, '') ?? ''}Id`
}
