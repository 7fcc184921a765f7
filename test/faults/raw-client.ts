/** A client that sees every byte, and how its connection ends. */
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'
import type { FaultJson } from '../../src/faults/fault.js'
import { parseFault } from '../../src/faults/fault.js'
import type { FaultRule } from '../../src/faults/faults.js'
import type { TestWorld } from '../world.js'

export interface RawClient {
  readonly socket: Socket
  /** Sends these requests in one go. */
  send (...requests: readonly string[]): void
  /** What has come so far, dates left out. */
  text (): string
  /** Resolves as soon as the text passes. */
  until (isEnough: (text: string) => boolean): Promise<string>
  /** Resolves when the connection is over: `end` for one that was closed, else the error's code. */
  readonly over: Promise<string>
}

/** Connects to a listening world. */
export async function rawClient (t: Test, url: string): Promise<RawClient> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  let received = ''
  const watchers = new Set<() => void>()
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
    for (const watch of [...watchers]) watch()
  })
  const over = new Promise<string>((resolve) => {
    socket.once('end', () => { resolve('end') })
    socket.once('error', (error: Error & { code?: string }) => { resolve(error.code ?? error.message) })
  })
  await new Promise<void>((resolve) => { socket.once('connect', () => { resolve() }) })
  const text = (): string => received.replace(/^date: .*\r\n/gim, '')
  return {
    socket,
    send: (...requests) => { socket.write(requests.join('')) },
    text,
    until: (isEnough) => new Promise((resolve) => {
      const watch = (): void => {
        if (!isEnough(text())) return
        watchers.delete(watch)
        resolve(text())
      }
      watchers.add(watch)
      watch()
    }),
    over,
  }
}

export function get (path: string, headers = '', method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`
}

/** Puts a fault in force now. */
export function addFault ({ sandbox }: Pick<TestWorld, 'sandbox'>, json: FaultJson): FaultRule {
  return sandbox.faults.add(parseFault(json), sandbox.clock.now())
}

/** Resolves once the condition holds; looks at every turn of the event loop. */
export async function eventually (holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => { setImmediate(resolve) })
}
