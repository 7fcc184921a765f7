/**
 * Who may use the control plane: no web page that isn't Pollux's own, and only who has the token when one is set.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { Problem } from './problems.js'

export interface GuardOptions {
  /** Demanded as a bearer token; undefined: nobody is asked. */
  readonly token: string | undefined
  /** Host names that are ours, besides literals and local names. */
  readonly allowedHosts: readonly string[]
  /** With a token set no page of a rebound name gets in anyway, so that every host may be used. */
  readonly isHostFree: boolean
}

/** Throws a Problem (401, 403) when the request may not act on the control plane. */
export function admit (headers: IncomingHttpHeaders, { token, allowedHosts, isHostFree }: GuardOptions): void {
  const { host, origin, authorization } = headers
  if (origin !== undefined && !isOwnOrigin(origin, host)) {
    throw new Problem(403, `The control plane takes no requests of other web pages: Origin ${origin}.`)
  }
  if (isForeignFetch(headers)) throw new Problem(403, 'The control plane takes no requests of other web pages: Sec-Fetch-Site tells of one.')
  if (token !== undefined && !isBearer(authorization, token)) {
    throw new Problem(401, 'The control plane asks for its token: Authorization: Bearer <the value of --control-token>.', [], { 'www-authenticate': 'Bearer' })
  }
  // A page whose name was rebound to this address would bring its own name along.
  if (!isHostFree && host !== undefined && !isOurHost(host, allowedHosts)) {
    throw new Problem(403, `The control plane does not know the host ${host}; --allow-host ${host.replace(/:\d+$/, '')} admits it.`)
  }
}

function isOwnOrigin (origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`)
}

/** What a page of another origin loads without `Origin`: images, scripts, frames. Who follows a link from there is a person, not the page. */
function isForeignFetch ({ 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination }: IncomingHttpHeaders): boolean {
  const isForeign = site === 'cross-site' || site === 'same-site'
  return isForeign && !(mode === 'navigate' && (destination === undefined || destination === 'document'))
}

/** Compares digests, which are of one length whatever was given: how long it takes tells nothing, not even how long the token is. */
function isBearer (authorization: string | undefined, token: string): boolean {
  const given = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1]
  return given !== undefined && timingSafeEqual(digestOf(given), digestOf(token))
}

function digestOf (text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

/** An IP literal, localhost and what is below it, a name without dots (which no web page can own), or one that was allowed. */
function isOurHost (host: string, allowedHosts: readonly string[]): boolean {
  const name = host.replace(/:\d*$/, '').toLowerCase()
  return /^\[[0-9a-f:.]+\]$/.test(name) || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || name === 'localhost' || name.endsWith('.localhost') ||
    /^[a-z0-9_-]+$/.test(name) || allowedHosts.includes(name)
}
