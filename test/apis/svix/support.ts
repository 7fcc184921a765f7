/** What the tests of the Svix API share: its world, its wire and its fixed texts. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { svix } from '../../../src/apis/svix/index.js'
import { testWorld, type TestWorld } from '../../world.js'

export const LIST = '/api/v1/background-task'
export const DAY_MS = 86_400_000

export const CORS = { 'access-control-allow-origin': '*', vary: 'origin, access-control-request-method, access-control-request-headers' }
export const JSON_REPLY = { 'content-type': 'application/json', ...CORS }

export const NOT_FOUND = '{"code":"not_found","detail":"Entity not found"}'
export const METHOD_NOT_ALLOWED = '{"code":"method_not_allowed","detail":"Method Not Allowed"}'
export const UNAUTHENTICATED = '{"code":"authentication_failed","detail":"Invalid token"}'
export const FORBIDDEN = '{"code":"insufficient access","detail":"Insufficient access for the given operation."}'
export const EMPTY_PAGE = '{"data":[],"iterator":null,"done":true}'

/** The second documented example, and its golden body. */
export const RECOVER_ID = 'qtask_33qen93MNuelBAq1T9G7eHLJRsF'
export const RECOVER_BODY = `{"data":{"messagesSent":2},"id":"${RECOVER_ID}","status":"finished","task":"endpoint.recover","updatedAt":"2025-10-09T22:33:13.400Z"}`

export interface Wire {
  readonly status: number
  /** Every header but `date` and `connection`. */
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

export function svixWorld (t: Test, options: Readonly<Record<string, unknown>> = {}): Promise<TestWorld> {
  return testWorld(t, { apis: [svix], options: { svix: options } })
}

/** A world without any task. */
export async function emptyWorld (t: Test): Promise<TestWorld> {
  const world = await svixWorld(t)
  world.sandbox.simulator.reset()
  return world
}

export async function ask ({ app }: TestWorld, request: string | InjectOptions): Promise<Wire> {
  return toWire(await app.inject(typeof request === 'string' ? { url: request } : request))
}

function toWire ({ statusCode, headers, body }: LightMyRequestResponse): Wire {
  return { status: statusCode, headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'date' && name !== 'connection')), body }
}

/** A whole reply: the body with its length and these headers, no other. */
export function reply (status: number, body: string, headers: Readonly<Record<string, string>> = JSON_REPLY): Wire {
  return { status, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) }, body }
}

/** One thing wrong with a query. */
export type Item = readonly [loc: readonly string[], msg: string, type: string]

/** The reply to a query that breaks these rules. */
export function violation (...items: readonly Item[]): Wire {
  return reply(422, JSON.stringify({ detail: items.map(([loc, msg, type]) => ({ loc, msg, type })) }))
}

/** Sends these bytes over a real socket and reads until the server closes it; status line, headers and body as they came. */
export function askRaw (port: number, bytes: string): Promise<Wire> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => { socket.write(bytes, 'latin1') })
    socket.on('data', (chunk) => { received += chunk.toString('latin1') })
    socket.on('error', reject)
    socket.on('close', () => {
      const headEnd = received.indexOf('\r\n\r\n')
      const [statusLine = '', ...lines] = received.slice(0, headEnd).split('\r\n')
      const headers = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()] as const)
      resolve({
        status: Number(statusLine.split(' ')[1]),
        headers: Object.fromEntries(headers.filter(([name]) => name !== 'date' && name !== 'connection')),
        body: received.slice(headEnd + 4),
      })
    })
  })
}

/** Listens on a free port. */
export async function portOf (world: TestWorld): Promise<number> {
  return Number(new URL((await world.listen()).url).port)
}

/** The page's ids and whether it says done. */
export async function page (world: TestWorld, query: string): Promise<{ ids: string[], iterator: string | null, prevIterator: string | undefined, done: boolean }> {
  const { status, body } = await ask(world, `${LIST}?${query}`)
  if (status !== 200) throw new Error(`${query}: ${status} ${body}`)
  const { data, iterator, prevIterator, done }: { data: Array<{ id: string }>, iterator: string | null, prevIterator?: string, done: boolean } = JSON.parse(body)
  return { ids: data.map(({ id }) => id), iterator, prevIterator, done }
}
