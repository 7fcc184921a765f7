/** What the tests of this API share: worlds with its options, polls, and requests over a real socket. */
import { request } from 'node:http'
import type { Test } from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import type { WireProfile } from '../../../src/apis/cloudcoin/schemas.js'
import { NOON, testWorld, type TestWorld } from '../../world.js'

/** Noon of the test world in the wire's seconds. */
export const NOON_SECONDS = NOON / 1000

export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

/** A world with this API alone; `startAt` in seconds. */
export function cloudcoinWorld (t: Test, profile: WireProfile = 'documented', startAt: number = NOON_SECONDS): Promise<TestWorld> {
  return testWorld(t, { apis: [cloudcoin], options: { cloudcoin: { 'wire-profile': profile } }, config: { startAt: startAt * 1000, listen: new Map([['cloudcoin', 0]]) } })
}

/** The body of a poll. */
export async function poll (world: TestWorld, id: string): Promise<string> {
  const { body } = await world.app.inject(`/api/v1/tasks/${id}`)
  return body
}

/** The reply as the tests compare it: without `date` and `connection`. */
export async function inject (world: TestWorld, method: string, url: string, headers: Record<string, string> = {}): Promise<Reply> {
  // Typed for the usual methods only, but it sends any.
  const reply = await world.app.inject({ method: method as 'GET', url, headers })
  return { status: reply.statusCode, headers: named(reply.headers), body: reply.body }
}

export interface SocketRequest {
  readonly method?: string
  /** As it goes over the wire. */
  readonly path: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Buffer
}

/** One request over a real socket. */
export function send (url: string, { method = 'GET', path, headers = {}, body }: SocketRequest): Promise<Reply> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    // Node leaves the length out for methods that seldom carry a body.
    const framing = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }
    const outgoing = request({ hostname, port, method, path, headers: { ...headers, ...framing, connection: 'close' } }, (reply) => {
      const chunks: Buffer[] = []
      reply.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      reply.on('error', reject)
      reply.on('end', () => { resolve({ status: reply.statusCode ?? 0, headers: named(reply.headers), body: Buffer.concat(chunks).toString() }) })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

function named (headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { date: _date, connection: _connection, ...rest } = headers
  return rest
}

/** An error envelope, byte for byte. */
export function errorBody (code: number, message: string): string {
  return `{"payload":{"code":${code},"message":${JSON.stringify(message)},"details":null},"status":"error"}\n`
}

export const NOT_FOUND_BODY = errorBody(4154, 'Service Not Found. Invalid URL')
export const UNKNOWN_TASK_BODY = errorBody(4105, 'Task does not exist')
export const INVALID_ID_BODY = errorBody(4121, 'Validation error. Id: must be a valid UUID v4.')

/** The headers of a reply with this body, without an Origin. */
export function jsonHeaders (body: string): Record<string, string> {
  return { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }
}

/** The headers of a reply that is open to all, with this body. */
export function openHeaders (body: string): Record<string, string> {
  return { ...jsonHeaders(body), 'access-control-allow-origin': '*', 'access-control-allow-headers': 'Content-Type' }
}
