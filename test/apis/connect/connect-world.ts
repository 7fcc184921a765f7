/** What the tests of Connect share: a world with this API alone, a credential, and the replies of the contract. */
import { once } from 'node:events'
import { connect as openSocket, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Test } from 'tap'
import { connect } from '../../../src/apis/connect/index.js'
import { testWorld, type TestWorld } from '../../world.js'

export const KEY = { authorization: 'Key 0123456789abcdef' }

/** What a client sends that has had a reply before: then replies set no cookie. */
export const KNOWN = { ...KEY, cookie: 'pollux_node=1' }

/** Headers of every API reply, but for the cookie, `content-length`, `date` and `connection`. */
export const API_HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'cache-control': 'no-cache, no-store, must-revalidate',
  expires: '0',
  pragma: 'no-cache',
}

export const SET_COOKIE = 'pollux_node=1; Path=/; HttpOnly'

export const PAGE_HEADERS = { 'content-type': 'text/plain; charset=utf-8' }

export const UNKNOWN_TASK = '{"code":141,"error":"Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/","payload":null}'
export const UNSUPPORTED = '{"code":2,"error":"The requested method or endpoint is not supported.","payload":null}'
export const NO_CREDENTIAL = '{"code":24,"error":"The requested operation requires authentication.","payload":null}'
export const BAD_KEY = '{"code":30,"error":"We couldn\'t log you in with the provided credentials. Please ask your administrator for assistance.","payload":null}'
export const NOT_YOURS = '{"code":19,"error":"You don\'t have permission to access this item.","payload":null}'
export const BAD_WAIT = '{"code":25,"error":"Invalid value for parameter \\"wait\\": expected an integer between 0 and 20.","payload":null}'

/** The body of the error for a bad `first` or `first_status`. */
export function badFirst (maximum: number, name = 'first'): string {
  return `{"code":25,"error":"Invalid value for parameter \\"${name}\\": expected an integer between 0 and ${maximum}.","payload":null}`
}

export const UNKNOWN = '{"code":4,"error":"The requested object does not exist.","payload":null}'
export const BAD_JSON = '{"code":121,"error":"The request JSON is invalid.","payload":null}'
export const ROLE_TOO_LOW = '{"code":22,"error":"You don\'t have permission to perform this operation.","payload":null}'
export const NO_SUCH_GUID = '00000000-0000-4000-8000-000000000000'

/** The body of the error for a text in the place of a GUID. */
export function badGuid (text: string): string {
  return `{"code":3,"error":"Invalid GUID: ${text}","payload":null}`
}

/** Keys of everybody that has a role. */
export const KEYS = [
  { key: 'owner-key', username: 'olga', role: 'publisher' },
  { key: 'other-key', username: 'oskar', role: 'publisher' },
  { key: 'viewer-key', username: 'vic', role: 'viewer' },
  { key: 'admin-key', username: 'root', role: 'administrator' },
]

export interface ConnectWorld extends TestWorld {
  /** A request as a client with a key makes it. */
  get (url: string, options?: InjectOptions): Promise<LightMyRequestResponse>
  /** `POST /v1/content` and the like, below `/__api__`, with a JSON body, by the key of somebody. */
  call (call: string, body?: unknown, key?: string): Promise<LightMyRequestResponse>
  /** Uploads an archive to the content of that GUID, and returns the number of the bundle. */
  upload (guid: string, archive: Buffer): Promise<string>
  /** The v1 task. */
  task (id: string): Promise<{ output: string[], result: unknown, finished: boolean, code: number, error: string, last: number }>
}

export async function connectWorld (t: Test, options: Readonly<Record<string, unknown>> = {}): Promise<ConnectWorld> {
  const world = await testWorld(t, { apis: [connect], options: { connect: options } })
  const get: ConnectWorld['get'] = (url, more = {}) => world.app.inject({ url, headers: KNOWN, ...more })
  const call: ConnectWorld['call'] = (text, body, key = 'k') => {
    const [method = '', path = ''] = text.split(' ')
    return get(`/__api__${path}`, { method: method as 'GET', headers: { ...KNOWN, authorization: `Key ${key}` }, ...(body === undefined ? {} : { payload: JSON.stringify(body) }) }) // as: any method that Node knows
  }
  return {
    ...world,
    get,
    call,
    upload: async (guid, archive) => (await get(`/__api__/v1/content/${guid}/bundles`, { method: 'POST', payload: archive })).json().id,
    task: async (id) => (await get(`/__api__/v1/tasks/${id}`)).json(),
  }
}

/** A gzipped tar archive of these files. */
export function archiveOf (files: Readonly<Record<string, string>>, prefix = ''): Buffer {
  const entries = Object.entries(files).map(([name, text]) => {
    const header = Buffer.alloc(512)
    header.write(prefix + name, 0)
    header.write(Buffer.byteLength(text).toString(8).padStart(11, '0'), 124)
    header.write('0', 156)
    const content = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    content.write(text)
    return Buffer.concat([header, content])
  })
  return gzipSync(Buffer.concat([...entries, Buffer.alloc(1024)]))
}

/** An archive whose manifest says that it is of that mode. */
export function archiveFor (appMode: string): Buffer {
  return archiveOf({ 'manifest.json': JSON.stringify({ version: 1, metadata: { appmode: appMode } }) })
}

/** The headers that an API decides: without those that Node or the connection adds. */
export function ownHeaders ({ headers }: LightMyRequestResponse): Record<string, unknown> {
  const { 'content-length': _length, date: _date, connection: _connection, ...own } = headers
  return own
}

/** Lets the event loop turn until the condition holds; throws when it never does. */
export async function until (condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200_000; turn++) {
    if (condition()) return
    await new Promise((resolve) => { setImmediate(resolve) })
  }
  throw new Error('the condition never held')
}

/** A raw connection to the listening server, and what came back so far. */
export async function openConnection (t: Test, world: TestWorld): Promise<{ socket: Socket, received: () => string }> {
  const { url } = await world.listen()
  return connectTo(t, Number(new URL(url).port))
}

/** One more raw connection. */
export async function connectTo (t: Test, port: number): Promise<{ socket: Socket, received: () => string }> {
  const socket = openSocket({ host: '127.0.0.1', port })
  t.teardown(() => { socket.destroy() })
  let text = ''
  socket.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', () => {})
  await once(socket, 'connect')
  return { socket, received: () => text }
}

/** A request as bytes. */
export function raw (method: string, path: string, headers: Readonly<Record<string, string>> = KNOWN): string {
  const lines = Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n`
}
