/**
 * The headers of Connect's replies (contract 1.5, 1.6, 5.6), made once per set of options. Pure.
 */
import type { ConnectOptions } from './schemas.js'

/** Reply headers by lower-case name. */
export type Headers = Readonly<Record<string, string>>

/** Every header object that a reply may need under the same options. */
interface HeaderSets {
  readonly api: Headers
  /** For clients that don't show the cookie yet. */
  readonly apiWithCookie: Headers
  readonly page: Headers
}

const API_HEADERS: Headers = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-cache, no-store, must-revalidate',
  expires: '0',
  pragma: 'no-cache',
}

/** What Go's web server says where no API call is behind it. */
const PAGE_HEADERS: Headers = { 'content-type': 'text/plain; charset=utf-8' }

const NODE_COOKIE = 'pollux_node=1'

const NOT_CORS: Headers = {}
const setsByOptions = new WeakMap<ConnectOptions, HeaderSets>()

/** Headers of a JSON reply to a client that sent this `Cookie` header. */
export function apiHeaders (options: ConnectOptions, cookie: string | undefined): Headers {
  const { api, apiWithCookie } = setsOf(options)
  return hasNodeCookie(cookie) ? api : apiWithCookie
}

/** Headers of a plain text page. */
export function pageHeaders (options: ConnectOptions): Headers {
  return setsOf(options).page
}

/** Headers of the answer to a browser's preflight. */
export function preflightHeaders (options: ConnectOptions): Headers {
  const cors = corsHeaders(options)
  // The vendor's list lacks it, and no browser would send a key without it.
  return { ...cors, 'access-control-allow-headers': `${cors['access-control-allow-headers']}, Authorization` }
}

/** True when the client shows which node its tasks live on. Publisher replays the whole Set-Cookie line, attributes included (contract 5.6). */
export function hasNodeCookie (cookie: string | undefined): boolean {
  return cookie !== undefined && /(?:^|[;,\s])pollux_node="?1"?(?:$|[;,\s])/.test(cookie)
}

/** `X-Deprecated-Endpoint` of the experimental task route: the path of the current one (contract 1.2); undefined for any other path. */
export function currentEndpoint (path: string): string | undefined {
  const id = /^\/__api__\/v1\/experimental\/tasks\/([^/?#]+)(?:[?#]|$)/.exec(path)?.[1]
  // As the client wrote it: Node's parser lets nothing into a URL that a header can't carry.
  return id === undefined ? undefined : `/v1/tasks/${id}`
}

function setsOf (options: ConnectOptions): HeaderSets {
  let sets = setsByOptions.get(options)
  if (sets === undefined) {
    const cors = corsHeaders(options)
    const api = { ...API_HEADERS, ...cors }
    sets = { api, apiWithCookie: { ...api, 'set-cookie': `${NODE_COOKIE}; Path=/; HttpOnly` }, page: { ...PAGE_HEADERS, ...cors } }
    setsByOptions.set(options, sets)
  }
  return sets
}

function corsHeaders ({ 'cors-origin': origin }: ConnectOptions): Headers {
  return origin === undefined
    ? NOT_CORS
    : {
        'access-control-allow-origin': origin,
        'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD',
        'access-control-allow-headers': 'Origin, Content-Length, Content-Type',
        'access-control-max-age': '43200',
        'access-control-allow-credentials': 'true',
      }
}
