/**
 * Cross-origin access as the real server grants it: to everybody, without `Vary` and without credentials (contract 1.5).
 */
import type { IncomingHttpHeaders } from 'node:http'

/** To whom unknown paths and the probe are open, whoever asks. */
export const OPEN_TO_ALL: Readonly<Record<string, string>> = { 'access-control-allow-origin': '*', 'access-control-allow-headers': 'Content-Type' }

/** The headers of an ordinary reply: the origin is echoed, also the text `null`. */
export function corsHeaders ({ origin }: IncomingHttpHeaders): Readonly<Record<string, string>> {
  return hasOrigin(origin) ? { 'access-control-allow-origin': origin } : {}
}

/** The headers that answer a preflight, or undefined when the request is none. */
export function preflightHeaders (method: string, { origin, 'access-control-request-method': requestMethod }: IncomingHttpHeaders): Readonly<Record<string, string>> | undefined {
  if (method !== 'OPTIONS' || !hasOrigin(origin) || requestMethod === undefined) return undefined
  return {
    'access-control-allow-origin': origin,
    'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE',
    'access-control-allow-headers': 'Content-Type,Accept',
  }
}

/** True for the value of an Origin header that says something. */
export function hasOrigin (origin: string | undefined): origin is string {
  return origin !== undefined && origin !== ''
}
