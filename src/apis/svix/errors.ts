/**
 * Errors in Svix's words: `{code, detail}`, and for 422 a list of what is wrong where (svix contract, 6).
 */
import { STATUS_CODES } from 'node:http'
import type { FailedRequest, WireReply } from '../../api.js'
import { ExcessiveJson } from '../../json-depth.js'
import { ScriptError } from '../../simulator/script.js'
import { Refusal } from '../../simulator/simulator.js'
import { roleOf } from './auth.js'
import { CORS_HEADERS, JSON_HEADERS, preflight } from './headers.js'
import type { Violation } from './list-query.js'
import { isOpenToAll, isOpenToApplications } from './paths.js'
import { SvixOptions, type Profile } from './schemas.js'

/** An error that knows its reply. */
export class SvixError extends Error {
  override readonly name = 'SvixError'
  readonly reply: WireReply
  constructor (reply: WireReply) {
    super(reply.body)
    this.reply = reply
  }
}

/** 401: no credential, or one that is not accepted. Without `WWW-Authenticate`, as the open-source server has it. */
export function invalidToken (): SvixError {
  return coded(401, 'authentication_failed', 'Invalid token')
}

/** 403: an application's credential where only an organization's will do; the code has a space in it. */
export function insufficientAccess (): SvixError {
  return coded(403, 'insufficient access', 'Insufficient access for the given operation.')
}

/** 404: no such task, application or endpoint. */
export function entityNotFound (): SvixError {
  return coded(404, 'not_found', 'Entity not found')
}

/** 404 for a path that nothing is served at; the hosted service sends no body. */
export function unknownPath (profile: Profile): SvixError {
  return profile === 'hosted' ? bodiless(404) : entityNotFound()
}

/** 405 with the methods that the path does take; the hosted service sends no body. */
export function methodNotAllowed (profile: Profile, allow: string): SvixError {
  return profile === 'hosted' ? bodiless(405, { allow }) : coded(405, 'method_not_allowed', 'Method Not Allowed', { allow })
}

/** 400: the URL can't be decoded. */
export function invalidUrl (): SvixError {
  return coded(400, 'generic_error', 'Invalid URL')
}

/** 400: not HTTP as Node's parser knows it, or refused by Fastify before a handler saw it. */
export function invalidRequest (): SvixError {
  return coded(400, 'generic_error', 'Invalid request')
}

/** 413: a body over 1 MiB. */
export function payloadTooLarge (): SvixError {
  return coded(413, 'payload_too_large', 'Request payload is too large.')
}

/** 422 with every violation; the hosted service names the first only, and calls what it can't deserialize a 400. */
export function invalidQuery (violations: readonly Violation[], profile: Profile): SvixError {
  const [first] = violations
  if (profile === 'hosted' && first?.unparsable !== undefined) {
    return coded(400, 'generic_error', `Failed to deserialize query string: ${first.unparsable}`)
  }
  return unprocessable(profile === 'hosted' ? violations.slice(0, 1) : violations)
}

/** 422: a body that can't be parsed, or that breaks a rule (svix contract, 7.2). */
export function invalidBody (loc: readonly string[], msg: string, type: 'value_error' | 'value_error.jsondecode'): SvixError {
  return unprocessable([{ loc, msg, type }])
}

/** Why the credential doesn't open the path, which may have a query; undefined when it does. */
export function accessError (sandbox: FailedRequest['sandbox'], path: string, authorization: string | undefined): SvixError | undefined {
  const role = roleOf(sandbox.options(SvixOptions), authorization, sandbox.credential)
  if (role === 'organization' || isOpenToAll(path)) return undefined
  if (role === undefined) return invalidToken()
  return isOpenToApplications(path) ? undefined : insufficientAccess()
}

/** A fault's reply of this status, 400 and above (svix contract, 6). */
export function faultReply (status: number, request: FailedRequest): WireReply {
  return faultError(status, request.sandbox.options(SvixOptions).profile)?.reply ?? { status, headers: JSON_HEADERS, body: '{}' }
}

/** What the service's table has for the status; for other client errors its general code, and undefined for other failures of its own. */
function faultError (status: number, profile: Profile): SvixError | undefined {
  switch (status) {
    case 400: return invalidRequest()
    case 401: return invalidToken()
    case 403: return insufficientAccess()
    case 404: return entityNotFound()
    case 405: return methodNotAllowed(profile, 'GET,HEAD')
    case 409: return coded(409, 'conflict', 'A conflict has occurred')
    case 413: return payloadTooLarge()
    case 422: return invalidQuery([{ loc: ['path', 'task_id'], msg: 'Invalid id. Expected different prefix', type: 'value_error', unparsable: undefined }], profile)
    case 429: return coded(429, 'rate_limit', 'Rate limit exceeded', { 'retry-after': '1' })
    case 501: return coded(501, 'not_implemented', 'This API endpoint is not yet implemented.')
    case 502:
    case 503:
    case 504: return new SvixError({ status, headers: { ...CORS_HEADERS, 'content-type': 'text/html' }, body: '<html>Bad Gateway</html>' })
    default: return status < 500 ? coded(status, 'generic_error', STATUS_CODES[status] ?? 'Invalid request') : undefined
  }
}

/** Any error as Svix would answer it. */
export function errorReply (error: unknown, request: FailedRequest): WireReply {
  return (error instanceof SvixError ? error : translated(error, request))?.reply ?? { status: 500, headers: JSON_HEADERS, body: '{}' }
}

/** Errors of the simulator, Fastify and Node in Svix's words; undefined for what only Pollux is to blame for. */
function translated (error: unknown, { method, path, headers, sandbox }: FailedRequest): SvixError | undefined {
  // The scenario that the call, or the queue, asked for is not there: the message lists those that are.
  if (error instanceof ScriptError) return coded(400, 'generic_error', error.message)
  if (error instanceof Refusal) return error.code === 'unknown-task' ? entityNotFound() : undefined
  // The open-source server's parser has a limit of its own, and these words for it.
  if (error instanceof ExcessiveJson) return invalidBody(['body', '', ''], 'recursion limit exceeded', 'value_error.jsondecode')
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  switch (code) {
    // The cross-origin layer stands in front of the router.
    case 'FST_ERR_BAD_URL': return method === 'OPTIONS' ? new SvixError(preflight(headers)) : invalidUrl()
    // Only an id can be too long, and no hook has looked at the credential then.
    case 'FST_ERR_MAX_PARAM_LENGTH': return accessError(sandbox, path, headers.authorization) ?? entityNotFound()
    case 'FST_ERR_CTP_BODY_TOO_LARGE': return payloadTooLarge()
    case 'ERR_HTTP_REQUEST_TIMEOUT': return invalidRequest()
  }
  const isRefused = 'statusCode' in error && Number(error.statusCode) >= 400 && Number(error.statusCode) < 500
  return isRefused || code.startsWith('HPE_') ? invalidRequest() : undefined
}

function unprocessable (items: ReadonlyArray<{ readonly loc: readonly string[], readonly msg: string, readonly type: string }>): SvixError {
  return new SvixError({ status: 422, headers: JSON_HEADERS, body: JSON.stringify({ detail: items.map(({ loc, msg, type }) => ({ loc, msg, type })) }) })
}

function coded (status: number, code: string, detail: string, headers: Readonly<Record<string, string>> = {}): SvixError {
  return new SvixError({ status, headers: { ...JSON_HEADERS, ...headers }, body: JSON.stringify({ code, detail }) })
}

function bodiless (status: number, headers: Readonly<Record<string, string>> = {}): SvixError {
  return new SvixError({ status, headers: { ...CORS_HEADERS, ...headers }, body: '' })
}
