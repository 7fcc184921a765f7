/** What the tests of starting and companion calls share: calls with bodies, and tasks run to their end. */
import type { Test } from 'tap'
import type { WireProfile } from '../../../src/apis/cloudcoin/schemas.js'
import type { TestWorld } from '../../world.js'
import { cloudcoinWorld } from './wire.js'

/** `POST /transfer`, and so on, behind the API base. */
export type Call = (call: string, body?: unknown) => Promise<string>

export interface Caller {
  readonly world: TestWorld
  /** The body of the reply. A body that is no text goes out as JSON. */
  readonly call: Call
  /** Starts a task, and gives what polls show of it when it has ended. */
  readonly run: (call: string, body?: unknown) => Promise<Payload>
}

export interface Payload {
  readonly id: string
  readonly status: string
  readonly message: string
  readonly data?: unknown
}

export async function caller (t: Test, profile: WireProfile = 'documented'): Promise<Caller> {
  const world = await cloudcoinWorld(t, profile)
  const call: Call = async (line, body) => {
    const [method, path = ''] = line.split(/ (.*)/s)
    // Typed for the usual methods only, but it sends any.
    const reply = await world.app.inject({ method: method as 'GET', url: `/api/v1${path}`, ...(body === undefined ? {} : { payload: textOf(body) }) })
    return reply.body
  }
  const run = async (line: string, body?: unknown): Promise<Payload> => {
    const started = await call(line, body)
    const { payload: { id } } = JSON.parse(started)
    if (id === undefined) throw new Error(`${line} started nothing: ${started}`)
    await world.sandbox.clock.advance(10_000)
    return JSON.parse(await call(`GET /tasks/${id}`)).payload
  }
  return { world, call, run }
}

function textOf (body: unknown): string | Buffer {
  return typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body)
}

export const AN = '0123456789abcdef0123456789ABCDEF'
export const ANS: readonly string[] = Array.from({ length: 25 }, () => AN)
export const ALL_P = 'p'.repeat(25)

/** Coins of these serial numbers. */
export function coinsOf (...serials: readonly number[]): Array<{ sn: number, ans: readonly string[] }> {
  return serials.map((sn) => ({ sn, ans: ANS }))
}

/** A JSON stack of these serial numbers in Base64. */
export function stackOf (...serials: readonly number[]): string {
  return Buffer.from(JSON.stringify({ cloudcoin: serials.map((sn) => ({ sn, an: ANS })) })).toString('base64')
}

/** The vendor's binary file of these serial numbers in Base64. */
export function binaryOf (...serials: readonly number[]): string {
  const coin = (sn: number): Buffer => {
    const bytes = Buffer.alloc(16 + 25 * 16, 0xab)
    bytes.writeUIntBE(sn, 0, 3)
    return bytes
  }
  return Buffer.concat([Buffer.alloc(32), ...serials.map(coin)]).toString('base64')
}
