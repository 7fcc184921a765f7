/**
 * Every reply of Connect's that isn't what the client asked for (contract 1.4 and 6). Pure.
 */
import { STATUS_CODES } from 'node:http'
import type { FailedRequest, WireReply } from '../../api.js'
import { ScriptError } from '../../simulator/script.js'
import { identify, type CredentialFault } from './auth.js'
import { apiHeaders, currentEndpoint, pageHeaders } from './headers.js'
import { isGuid } from './ids.js'
import { ConnectOptions } from './schemas.js'

/** An error in the vendor's terms. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError'
  readonly status: number
  /** The vendor's number of the error; undefined for what its web server answers by itself, as text. */
  readonly code: number | undefined
  readonly body: string

  constructor (status: number, code: number | undefined, message: string, body?: string) {
    super(message)
    this.status = status
    this.code = code
    this.body = body ?? (code === undefined ? message : JSON.stringify({ code, error: message, payload: null }))
  }
}

/** A path that no API call has. Clients tell it from a missing object by its lack of a code. */
export function unknownPath (): ConnectError {
  return new ConnectError(404, undefined, '404 page not found')
}

/** A known path by a method it doesn't take. */
export function unsupportedMethod (): ConnectError {
  return new ConnectError(404, 2, 'The requested method or endpoint is not supported.')
}

/** A request that the web server can't read. */
export function unreadableRequest (status: number): ConnectError {
  return new ConnectError(status, undefined, `${status} ${STATUS_CODES[status] ?? 'Unassigned'}`)
}

/** A body above the limit. */
export function bodyTooLarge (): ConnectError {
  return new ConnectError(413, 87, 'The request body cannot be parsed')
}

/** Neither the owner of the task nor an administrator. */
export function taskOfSomebodyElse (): ConnectError {
  return new ConnectError(403, 19, 'You don\'t have permission to access this item.')
}

/** No credential that counts, or a key that isn't listed. */
export function unauthenticated (fault: CredentialFault): ConnectError {
  return fault === 'missing'
    ? new ConnectError(401, 24, 'The requested operation requires authentication.')
    : new ConnectError(401, 30, 'We couldn\'t log you in with the provided credentials. Please ask your administrator for assistance.')
}

/** A parameter that is no whole number from 0 to `maximum` (contract 4.3). */
export function invalidParameter (name: string, maximum: number): ConnectError {
  return missingParameter(name, `an integer between 0 and ${maximum}`)
}

/** Content, bundle, variant or application that isn't there. */
export function unknownObject (): ConnectError {
  return new ConnectError(404, 4, 'The requested object does not exist.')
}

/** A text in the place of a GUID that is none. */
export function invalidGuid (text: string): ConnectError {
  return new ConnectError(400, 3, `Invalid GUID: ${text}`)
}

/** A name of content that breaks the vendor's rules. */
export function invalidName (): ConnectError {
  return new ConnectError(400, 5, 'Application name must be between 3 and 64 alphanumeric characters, dashes, and underscores.')
}

/** A role that may look but not touch, or touch but not administer. */
export function roleTooLow (): ConnectError {
  return new ConnectError(403, 22, 'You don\'t have permission to perform this operation.')
}

/** A name that other content of the same owner has, or a vanity path that is in use. */
export function nameTaken (): ConnectError {
  return new ConnectError(409, 26, 'An object with that name already exists.')
}

/** A deploy of content that has neither a bundle nor a repository. */
export function nothingToDeploy (): ConnectError {
  return new ConnectError(404, 28, 'No application bundle to deploy.')
}

/** The bundle that is being served can't be deleted. */
export function bundleIsActive (): ConnectError {
  return new ConnectError(400, 75, 'You may not delete the active bundle for an application')
}

/** A bundle of other content. */
export function bundleBelongsElsewhere (): ConnectError {
  return new ConnectError(400, 82, 'The bundle for deployment must belong to the target application.')
}

/** A form that can't be read (the status is ours: the vendor's number is that of a body too large). */
export function unreadableForm (): ConnectError {
  return new ConnectError(400, 87, 'The request body cannot be parsed')
}

/** The checksum that the client sent isn't the body's. */
export function wrongChecksum (): ConnectError {
  return new ConnectError(400, 104, 'The content checksum header and body MD5 sum are not equal.')
}

/** A body that is no JSON, or holds a wrong type. */
export function invalidJson (): ConnectError {
  return new ConnectError(400, 121, 'The request JSON is invalid.')
}

/** An upload of nothing. */
export function emptyBundle (): ConnectError {
  return new ConnectError(400, 125, 'Content-Length cannot be 0.')
}

/** A runtime cache that isn't there. */
export function unknownCache (): ConnectError {
  return new ConnectError(404, 4, 'Cache does not exist')
}

/** A deletion that doesn't say which cache it means. */
export function incompleteCache (): ConnectError {
  return new ConnectError(400, 180, 'The request did not identify a cache location')
}

/** Content without a repository: an empty object, recorded as such (contract 6). */
export function noRepository (): ConnectError {
  return new ConnectError(404, 4, unknownObject().message, '{}')
}

/** A parameter that must be there and isn't (its code is that of other parameters). */
export function missingParameter (name: string, expected: string): ConnectError {
  return new ConnectError(400, 25, `Invalid value for parameter "${name}": expected ${expected}.`)
}

/** No task of that id, or none on the node that the client came to. */
export function unknownTask (code: ConnectOptions['unknown-task-code']): ConnectError {
  return code === 4
    ? unknownObject()
    : new ConnectError(404, 141, 'Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/')
}

/** What a gateway in front says for the server that it can't reach (contract 10). */
const GATEWAY_STATUSES: ReadonlySet<number> = new Set([502, 503, 504])

/** A fault's reply of this status, 400 and above (contract 6 and 10). */
export function faultReply (status: number, request: FailedRequest): WireReply {
  const options = request.sandbox.options(ConnectOptions)
  if (GATEWAY_STATUSES.has(status)) {
    return { status, headers: { ...pageHeaders(options), 'content-type': 'text/html' }, body: `<html>${STATUS_CODES[status] ?? ''}</html>` }
  }
  const reply = errorReply(faultError(status, request.method, options), request)
  return status === 429 ? { ...reply, headers: { ...reply.headers, 'retry-after': '1' } } : reply
}

/** The vendor's error that comes with the status; what its table doesn't have its web server says, as text. */
function faultError (status: number, method: string, options: ConnectOptions): ConnectError {
  switch (status) {
    case 400:
    case 422: return new ConnectError(status, 121, invalidJson().message)
    case 401: return unauthenticated('missing')
    case 403: return isRead(method) ? taskOfSomebodyElse() : roleTooLow()
    case 404: return unknownTask(options['unknown-task-code'])
    case 405: return new ConnectError(405, 2, unsupportedMethod().message)
    case 409: return nameTaken()
    case 413: return bodyTooLarge()
    case 429: return new ConnectError(429, 277, 'Rate limit exceeded.')
    default: return status < 500 ? unreadableRequest(status) : new ConnectError(status, 1, 'An internal failure occurred.')
  }
}

/** Any error as this vendor's server would put it. */
export function errorReply (error: unknown, request: FailedRequest): WireReply {
  const options = request.sandbox.options(ConnectOptions)
  const { status, code, body } = toConnectError(error, request, options)
  if (code === undefined) return { status, headers: pageHeaders(options), body }
  const endpoint = isRead(request.method) ? currentEndpoint(request.path) : undefined
  return {
    status,
    headers: {
      ...apiHeaders(options, request.headers.cookie),
      ...(endpoint === undefined ? {} : { 'x-deprecated-endpoint': endpoint }),
      ...(request.sandbox.isDraining ? { connection: 'close' } : {}),
    },
    body,
  }
}

function toConnectError (error: unknown, { headers, sandbox, path }: FailedRequest, options: ConnectOptions): ConnectError {
  if (error instanceof ConnectError) return error
  // A scenario that isn't there, asked for in a name or title: its message lists those that are.
  if (error instanceof ScriptError) return new ConnectError(400, 121, error.message)
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_MAX_PARAM_LENGTH') {
    // The router's limit on ids is none of the vendor's: such a thing isn't known, to those who may ask.
    const user = identify(headers, options, sandbox.credential)
    return typeof user === 'string' ? unauthenticated(user) : missBeyondLimits(path, options)
  }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return bodyTooLarge()
  if (code === 'HPE_HEADER_OVERFLOW') return unreadableRequest(431)
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return unreadableRequest(408)
  if (typeof code === 'string' && code.startsWith('HPE_')) return unreadableRequest(400)
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined
  return typeof status === 'number' && status >= 400 && status < 500
    ? unreadableRequest(400)
    : new ConnectError(500, 1, 'An internal failure occurred.')
}

function missBeyondLimits (path: string, options: ConnectOptions): ConnectError {
  const guid = /^\/__api__\/v1\/(?:experimental\/)?content\/([^/?#]+)/.exec(path)?.[1]
  if (guid !== undefined && !isGuid(guid)) return invalidGuid(guid)
  return /^\/__api__\/(?:v1\/(?:experimental\/)?)?tasks\//.test(path) ? unknownTask(options['unknown-task-code']) : unknownObject()
}

function isRead (method: string): boolean {
  return method === 'GET' || method === 'HEAD'
}
