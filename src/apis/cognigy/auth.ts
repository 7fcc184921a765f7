/**
 * Credentials: any one of three carriers is enough (cognigy contract, 2).
 */
import type { FastifyRequest } from 'fastify'
import { unauthorized } from './errors.js'
import { CognigyResources } from './resources.js'
import { CognigyOptions, type RawQuery } from './schemas.js'

/** Paths for clients that have no credential yet, or none any more (contract 2.4). */
const OPEN_PATHS = /^\/(?:auth\/oauth2\/|(?:new\/)?v2\.0\/downloads\/|openapi\/openapi-viewer\.json(?:\?|$))/i

/** Throws unless the request carries the credential that the options ask for, the sandbox's own, or a token that was issued here. */
export function requireCredential (request: FastifyRequest<{ Querystring: RawQuery }>): void {
  if (isAlwaysAccepted(request) || OPEN_PATHS.test(request.door.path)) return
  const credential = credentialOf(request)
  if (credential === undefined || !request.sandbox.resources(CognigyResources).isIssued(credential)) throw unauthorized()
}

/** True when the request is let through by the options alone, whatever tokens have been issued. */
export function isAlwaysAccepted (request: FastifyRequest<{ Querystring: RawQuery }>): boolean {
  const keys = request.sandbox.options(CognigyOptions)['api-keys']
  if (keys === 'none') return true
  const credential = credentialOf(request)
  return credential !== undefined && (keys === 'any' || keys.includes(credential) || credential === request.sandbox.credential)
}

/** The first that is there; an empty `x-api-key`, as the vendor's client without a key sends it, is none. */
function credentialOf ({ headers, query }: FastifyRequest<{ Querystring: RawQuery }>): string | undefined {
  const key = headers['x-api-key']
  if (key !== undefined && key !== '') return String(key)
  const [parameter] = [query['api_key']].flat()
  if (parameter !== undefined && parameter !== '') return parameter
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1]
}
