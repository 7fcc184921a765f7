/** What the tests of this API share: a world of it alone, the key that its clients send, and errors as exact text. */
import type { InjectOptions } from 'fastify'
import { connect } from 'node:net'
import type { Test } from 'tap'
import { cognigy } from '../../../src/apis/cognigy/index.js'
import { createRandomStream, uuidV4 } from '../../../src/ids.js'
import { parseScript, type JsonObject, type ScriptJson } from '../../../src/simulator/script.js'
import { testWorld, type TestWorld } from '../../world.js'

export const KEY = { 'x-api-key': 'key-1' }
export const JSON_KEY = { ...KEY, accept: 'application/json' }
export const USER = '5f8f0c1e2a6b4d0012ab34cd'

export const ERROR_HEADERS = { 'content-type': 'application/json; charset=utf-8', vary: 'Accept', 'access-control-allow-origin': '*' }

export function cognigyWorld (t: Test, options: Readonly<Record<string, unknown>> = {}): Promise<TestWorld> {
  return testWorld(t, { apis: [cognigy], options: { cognigy: options } })
}

/** Starts a task of this script; one that runs for ever if there is none. */
export function startTask ({ sandbox }: TestWorld, { id, kind = 'trainIntents', script = { steps: [{ at: 0, state: 'running' }] }, parameters }: { id?: string, kind?: string, script?: ScriptJson, parameters?: JsonObject } = {}): string {
  return sandbox.startTask({ api: 'cognigy', kind, id, parameters, script: parseScript(script) }).task.id
}

/** The error bodies of a world, in the order in which it sends them: each has the next trace id. */
export function errorBodies (sandbox = 'default'): (status: number, title: string, code: number, detail: string, instance: string) => string {
  const traceIds = createRandomStream(1, sandbox, 'cognigy trace id')
  return (status, title, code, detail, instance) =>
    `{"type":"about:blank","title":"${title}","detail":${JSON.stringify(detail)},"instance":${JSON.stringify(instance)},"status":${status},"traceId":"api--${uuidV4(traceIds)}","code":${code},"details":{}}`
}

/** Headers without those of Node's own. */
export function ownHeaders (headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { date, connection, 'content-length': length, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...own } = headers
  return own
}

export async function getJson ({ app }: TestWorld, url: string, headers: InjectOptions['headers'] = JSON_KEY): Promise<JsonObject> {
  return (await app.inject({ url, headers })).json()
}

/** Sends these bytes over a socket of their own and reads until the server closes it. */
export function exchange (port: number, request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    const chunks: Buffer[] = []
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('end', () => { resolve(Buffer.concat(chunks).toString()) })
    socket.on('error', reject)
  })
}
