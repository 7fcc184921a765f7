/** Recorded client behaviour as exchanges over a raw socket: what a client sends, byte for byte, and what it must get. */
import { connect } from 'node:net'
import type { Test } from 'tap'
import { startServer } from './server.js'

/** A request as the client wrote it: its first line, its headers in their order, its body. */
export interface Sent {
  readonly line: string
  readonly headers: readonly string[]
  readonly body?: string
}

export interface Received {
  readonly status: string
  /** In their order, without `Date`, `Connection` and `Keep-Alive`. */
  readonly headers: readonly string[]
  readonly body: string
}

export interface Session {
  /** Sends the request and gives what came, ids and instants included. */
  readonly exchange: (sent: Sent) => Promise<Received>
  /** The same for a call that starts a task; gives the id. */
  readonly start: (sent: Sent) => Promise<string>
  /** Moves the server's clock on, as the client's pause between two polls would. */
  readonly pause: (ms: number) => Promise<void>
  readonly url: string
}

/** CloudCoin alone, at noon of 22 November 2026: on a listener of its own, or behind its prefix where the server is there already. */
export async function session (t: Test, ...args: readonly string[]): Promise<Session> {
  const { url, native } = await startServer(t, '--listen', 'cloudcoin=0', '--clock', 'frozen', '--start-at', '2026-11-22T12:00:00Z', '--seed', '1', ...args)
  const exchange = (sent: Sent): Promise<Received> => send(new URL(native('cloudcoin')), sent)
  return {
    url: native('cloudcoin'),
    exchange,
    async start (sent) {
      const { body } = await exchange(sent)
      const { payload: { id } } = JSON.parse(body)
      t.match(id, /^[0-9a-f-]{36}$/, `${sent.line} started a task`)
      return id
    },
    async pause (ms) {
      await fetch(`${url}/_pollux/clock/advance`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ by: ms }) })
    },
  }
}

function send ({ hostname, port, pathname }: URL, { line, headers, body = '' }: Sent): Promise<Received> {
  const base = pathname.replace(/\/$/, '')
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect(Number(port), hostname, () => {
      const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`]
      socket.write([`${line.replace(' /', ` ${base}/`)} HTTP/1.1`, ...headers, ...length, 'Connection: close', '', body].join('\r\n'))
    })
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => { text += chunk })
    socket.on('error', reject)
    socket.on('end', () => {
      const bodyAt = text.indexOf('\r\n\r\n')
      const [status = '', ...lines] = text.slice(0, bodyAt).split('\r\n')
      resolve({ status, headers: lines.filter((header) => !/^(?:date|connection|keep-alive):/i.test(header)), body: text.slice(bodyAt + 4) })
    })
  })
}
