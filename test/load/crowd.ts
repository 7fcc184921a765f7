/** Many connections that each wait for one reply, on as little of a client as there can be. */
import { connect, type Socket } from 'node:net'
import type { Request } from './contest.js'
import { within } from './servers.js'

const CONNECTED_WITHIN_MS = 60_000
const ANSWERED_WITHIN_MS = 120_000
/** Connections that are being made at once: fewer than any server's queue takes. */
const AT_ONCE = 500
/** Below those that systems give out themselves. */
const FIRST_PORT = 10_000
const PORTS = 20_000
const ADDRESSES = 250
/** Ports that somebody else may hold, in a row. */
const MOST_TAKEN = 20

/** One connection, and how much of its reply is still to come. */
interface Member {
  head: string
  missingBytes: number
}

export class Crowd {
  /** Connections of all crowds so far. */
  static #joined = 0
  readonly #size: number
  readonly #text: string
  readonly #sockets: Socket[] = []
  readonly #arrivals: number[] = []
  #answer: (arrivals: readonly number[]) => void = () => {}
  #fail: (reason: Error) => void = () => {}
  /** The instants (`performance.now`) at which the replies were there, once all are. */
  readonly replies: Promise<readonly number[]>

  private constructor (size: number, { method = 'GET', path, headers = {} }: Request) {
    this.#size = size
    this.#text = [`${method} ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n')
    this.replies = within(ANSWERED_WITHIN_MS, 'not everybody was answered', new Promise((resolve, reject) => {
      this.#answer = resolve
      this.#fail = reject
    }))
    // Whoever gathered the crowd may fail before it comes to the replies.
    this.replies.catch(() => {})
  }

  /** Connects so many, each of which sends the request at once: servers close connections that say nothing. Resolves when all have. */
  static async gather (url: string, size: number, request: Request): Promise<Crowd> {
    const crowd = new Crowd(size, request)
    const { hostname, port } = new URL(url)
    try {
      for (let made = 0; made < size; made += AT_ONCE) {
        const batch = Array.from({ length: Math.min(AT_ONCE, size - made) }, () => crowd.#join(hostname, Number(port)))
        await within(CONNECTED_WITHIN_MS, 'not everybody got a connection', Promise.all(batch))
      }
    } catch (error) {
      crowd.disperse()
      throw error
    }
    return crowd
  }

  disperse (): void {
    this.#fail(new Error('the crowd was dispersed'))
    for (const socket of this.#sockets) socket.destroy()
  }

  #join (host: string, port: number, taken = 0): Promise<void> {
    const socket = connect({ host, port, noDelay: true, ...ownPlace(Crowd.#joined++) })
    const member: Member = { head: '', missingBytes: 0 }
    return new Promise((resolve, reject) => {
      socket.once('connect', () => {
        this.#sockets.push(socket)
        socket.once('close', () => { this.#fail(new Error('the server closed a connection')) })
        socket.write(this.#text)
        resolve()
      })
      socket.once('error', (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE' && taken < MOST_TAKEN) return resolve(this.#join(host, port, taken + 1))
        reject(error)
        this.#fail(error)
      })
      socket.on('data', (chunk) => { this.#read(member, chunk) })
    })
  }

  #read (member: Member, chunk: Buffer): void {
    if (member.missingBytes > 0) {
      member.missingBytes -= chunk.length
    } else {
      member.head += chunk.toString('latin1')
      const end = member.head.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = /^content-length: (\d+)/im.exec(member.head)?.[1]
      if (!member.head.startsWith('HTTP/1.1 200') || length === undefined) return this.#fail(new Error(`not the reply that was waited for: ${member.head.slice(0, 200)}`))
      member.missingBytes = Number(length) - (member.head.length - end - 4)
    }
    if (member.missingBytes > 0) return
    this.#arrivals.push(performance.now())
    if (this.#arrivals.length === this.#size) this.#answer(this.#arrivals)
  }
}

/**
 * Where the connection of this number comes from. A system that is left to choose among its 28,000 ports searches the longer
 * the fewer are free, and what was closed lingers there for a minute. Only Linux answers to all of 127.0.0.0/8 unasked.
 */
function ownPlace (number: number): { readonly localAddress?: string, readonly localPort?: number } {
  if (process.platform !== 'linux') return {}
  return { localAddress: `127.0.0.${2 + Math.floor(number / PORTS) % ADDRESSES}`, localPort: FIRST_PORT + number % PORTS }
}
