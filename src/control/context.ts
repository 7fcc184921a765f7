/**
 * What the control plane works on; handed in by the server, so that no resource knows an API by name.
 */
import type { FastifyRequest } from 'fastify'
import type { ApiPlugin } from '../api.js'
import type { Limits } from '../limits.js'
import type { Sandbox } from '../sandbox.js'
import type { Sandboxes } from '../sandboxes.js'
import type { Tally } from '../journal/tally.js'
import { badRequest } from './problems.js'

export interface ControlContext {
  readonly version: string
  readonly seed: number
  readonly apis: readonly ApiPlugin[]
  readonly sandboxes: Sandboxes
  /** Counts of all sandboxes since the start. */
  readonly tally: Tally
  /** Settings in force that bound what clients may do, by their names as flags. */
  readonly limits: Readonly<Record<string, unknown>>
  /** Those that the control plane keeps itself. */
  readonly bounds: Pick<Limits, 'lines' | 'bodyBytes' | 'json'>
  readonly openConnections: () => number
  /** Demanded as a bearer token; undefined: nobody is asked. */
  readonly controlToken: string | undefined
  readonly allowedHosts: readonly string[]
  /** The OpenAPI document of that name as JSON text; undefined when there is none. */
  readonly documents: (name: string) => Promise<string> | undefined
  readonly phase: () => 'starting' | 'ok' | 'draining'
  /** Base URLs of native listeners by API. */
  readonly listeners: () => Readonly<Record<string, string>>
}

/** The API of that name. Throws a Problem (400) when there is none; `path` is where the name stood. */
export function requireApi ({ apis }: ControlContext, name: string, path = '/api'): ApiPlugin {
  const api = apis.find((known) => known.name === name)
  if (api === undefined) throw badRequest(path, `expected one of ${apis.map((known) => known.name).join(', ')}, got ${JSON.stringify(name)}`)
  return api
}

/** Where a client finds the sandbox, as the caller addresses the server; without a slash at the end. */
export function baseUrlOf (request: FastifyRequest, sandbox: Sandbox): string {
  const prefix = sandbox.name === 'default' ? '' : `/sandbox/${sandbox.name}`
  return originOf(request) + prefix
}

/** The base URL of each API in the sandbox, by name. */
export function apiUrlsOf (request: FastifyRequest, sandbox: Sandbox, { apis }: ControlContext): Record<string, string> {
  const baseUrl = baseUrlOf(request, sandbox)
  return Object.fromEntries(apis.map(({ name }) => [name, `${baseUrl}/${name}`]))
}

/** The same world by a host name of its own, for clients that drop a base path. */
export function hostUrlOf (request: FastifyRequest, sandbox: Sandbox): string {
  const port = /:\d+$/.exec(request.headers.host ?? '')?.[0] ?? ''
  return `http://${sandbox.name}.localhost${port}`
}

function originOf ({ headers: { host }, raw: { socket } }: FastifyRequest): string {
  return `http://${host ?? `${socket.localAddress ?? '127.0.0.1'}:${socket.localPort ?? 80}`}`
}

/** Beyond this nothing is a date. */
const LAST_DATE = 8.64e15

/** An instant of the sandbox clock as RFC 3339 text; null for one that never comes. */
export function toInstant (at: number | undefined): string | null {
  return at === undefined || Math.abs(at) > LAST_DATE ? null : new Date(at).toISOString()
}
