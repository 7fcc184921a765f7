/**
 * Connections: how many there may be, how long one lasts that is slow, silent or greedy, and how all of them end.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { WireReply } from './api.js'
import { machineInterval, machineNow, machineTimer } from './clock.js'
import { connectionsAllowed } from './descriptors.js'
import type { ConnectionLimits } from './limits.js'
import { pacedResponse } from './long-replies.js'
import { forEachInSlices } from './slices.js'

/** Why a request is refused before anybody looks at it: its URL is too long, or there are too many connections. */
export type RefusedStatus = 414 | 503

export interface ConnectionsOptions {
  readonly limits: ConnectionLimits
  /** The reply to a request that is refused, as its path deserves it. */
  readonly refusal: (status: RefusedStatus, detail: string, raw: IncomingMessage) => WireReply
  /** Told once when the limit is reached, and again only when it was far away meanwhile; and once that connections can't be accepted. */
  readonly onNotice: (text: string, details: Readonly<Record<string, unknown>>) => void
}

/** Connections beyond the limit that are taken nevertheless, to be told why they are closed; further ones are closed at once. */
const MOST_EXCESS = 64
/** Requests that may queue on one connection behind a reply that is held. */
const MOST_QUEUED = 256
/** After so long a silence the system asks whether the client's machine is still there. */
const PROBE_AFTER_MS = 60_000
const SWEEP_MS = 50
const CUT_AFTER_MS = 1500

export class Connections {
  /** How many there may be at once, those of all servers together. */
  readonly max: number
  /** True when they may take the last descriptors, because that was asked for. */
  readonly mayExhaustDescriptors: boolean
  readonly #options: ConnectionsOptions
  readonly #servers: Server[] = []
  /** Came when there were too many already. */
  readonly #excess = new WeakSet<Socket>()
  readonly #queued = new WeakMap<Socket, number>()
  readonly #open = new Set<Socket>()
  /** What of its reply waited for the client when that last changed, and when (ms of the machine) it did. */
  readonly #unread = new WeakMap<Socket, { readonly length: unknown, readonly since: number }>()
  #reliever: { cancel (): void } | undefined
  /** Long bodies are what fills memory: whether it is too much is looked at when one is handed over, and now and then. */
  readonly #Response = pacedResponse(() => { this.#relieve() })
  #isFull = false
  #isFlooded = false
  #hasFailed = false

  constructor (options: ConnectionsOptions) {
    this.#options = options
    const allowed = connectionsAllowed()
    this.max = options.limits.count ?? allowed
    this.mayExhaustDescriptors = this.max > allowed
  }

  /** How many are open. */
  get openCount (): number {
    return this.#open.size
  }

  /** A server whose connections are among these; `onRequest` sees every request first, those that are refused too. */
  serve (handler: RequestListener, onRequest?: (raw: IncomingMessage) => void): Server {
    const { headerBytes, headerTimeoutMs, requestTimeoutMs, keepAliveMs, checkEveryMs } = this.#options.limits
    const server = createServer({
      ServerResponse: this.#Response,
      maxHeaderSize: headerBytes,
      // These two bound receiving, not answering: neither cuts a held poll.
      headersTimeout: Math.min(headerTimeoutMs, requestTimeoutMs),
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkEveryMs,
      keepAlive: true,
      keepAliveInitialDelay: PROBE_AFTER_MS,
      // Node would refuse with a body-less 400 of its own; the vendors don't ask for the header.
      requireHostHeader: false,
    }, (raw, response) => {
      onRequest?.(raw)
      if (this.#isFine(raw, response)) handler(raw, response)
    })
    server.maxConnections = this.max + this.#mostExcess
    server.on('connection', (socket) => { this.#count(socket) })
    server.on('drop', () => { this.#noticeFull() })
    // Such as that descriptors are exhausted; what hinders listening is told to who asked for it.
    server.on('error', (error) => { if (server.listening) this.#noticeFailure(error) })
    this.#servers.push(server)
    return server
  }

  /** Ends what is idle from now on, and everything in a while, but not before all that is held has been `answered`, unless that takes long; for servers that take no more. Returns what stops that. */
  end (answered: Promise<unknown>): { cancel (): void } {
    const cutAll = (): void => { for (const server of this.#servers) server.closeAllConnections() }
    // A keep-alive client would otherwise keep the process for its whole time-out; a silent socket for ever.
    const sweep = machineInterval(SWEEP_MS, () => { for (const server of this.#servers) server.closeIdleConnections() })
    let late: { cancel (): void } | undefined
    const cut = machineTimer(CUT_AFTER_MS, () => {
      late = machineTimer(CUT_AFTER_MS, cutAll)
      void answered.then(cutAll)
    })
    return {
      cancel: () => {
        for (const timer of [sweep, cut, late, this.#reliever]) timer?.cancel()
      },
    }
  }

  get #mostExcess (): number {
    return Math.min(MOST_EXCESS, Math.ceil(this.max / 4))
  }

  #count (socket: Socket): void {
    this.#reliever ??= machineInterval(this.#options.limits.checkEveryMs, () => { this.#relieve() })
    this.#open.add(socket)
    socket.once('close', () => {
      this.#open.delete(socket)
      if (this.openCount <= this.max / 2) this.#isFull = false
    })
    if (this.openCount <= this.max) return
    this.#excess.add(socket)
    this.#noticeFull()
    if (this.openCount > this.max + this.#mostExcess) socket.resetAndDestroy()
  }

  /** Ends the connections whose clients read nothing for too long, and if still too much waits to be read those with the most of it that have read nothing since somebody looked. */
  #relieve (): void {
    const { idleTimeoutMs, unreadBytes } = this.#options.limits
    const now = machineNow()
    const slow: Socket[] = []
    // What lies unread would keep its memory for as long as the client likes.
    const doomed: Socket[] = []
    let unread = 0
    for (const socket of this.#open) {
      if (socket.writableLength === 0) {
        this.#unread.delete(socket)
        continue
      }
      const length = queueLength(socket)
      const known = this.#unread.get(socket)
      const since = known?.length === length ? known?.since ?? now : now
      this.#unread.set(socket, { length, since })
      if (now - since >= idleTimeoutMs) {
        doomed.push(socket)
      } else {
        unread += socket.writableLength
        if (since < now) slow.push(socket)
      }
    }
    if (unread <= unreadBytes / 2) this.#isFlooded = false
    if (unread > unreadBytes) {
      this.#noticeFlood(unread)
      for (const socket of slow.sort((a, b) => b.writableLength - a.writableLength)) {
        if (unread <= unreadBytes) break
        unread -= socket.writableLength
        doomed.push(socket)
      }
    }
    void forEachInSlices(doomed, (socket) => { socket.resetAndDestroy() })
  }

  /** True for a request that may be answered; others have their refusal. */
  #isFine (raw: IncomingMessage, response: ServerResponse): boolean {
    if (response.socket === null && this.#isOneTooMany(raw.socket, response)) {
      raw.socket.destroy()
      return false
    }
    const { urlLength } = this.#options.limits
    if ((raw.url ?? '').length > urlLength) {
      this.#refuse(414, `The URL is longer than the ${urlLength} characters that --max-url allows.`, raw, response)
      return false
    }
    if (this.openCount > this.max && this.#excess.has(raw.socket)) {
      this.#refuse(503, `There are more connections than the ${this.max} that --max-connections or the limit of open files allow.`, raw, response)
      return false
    }
    return true
  }

  /** Counts what queues behind a reply of its connection: nobody has to wait for it, so Node would take any number. */
  #isOneTooMany (socket: Socket, response: ServerResponse): boolean {
    const count = (this.#queued.get(socket) ?? 0) + 1
    this.#queued.set(socket, count)
    // Each may listen for the client's leaving.
    socket.setMaxListeners(0)
    response.once('socket', () => { this.#queued.set(socket, (this.#queued.get(socket) ?? 1) - 1) })
    return count > MOST_QUEUED
  }

  #refuse (status: RefusedStatus, detail: string, raw: IncomingMessage, response: ServerResponse): void {
    const { headers, body } = this.#options.refusal(status, detail, raw)
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).end(body)
  }

  #noticeFull (): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#options.onNotice('as many connections as there may be: further ones are refused', { open: this.openCount, max: this.max })
  }

  #noticeFlood (unread: number): void {
    if (this.#isFlooded) return
    this.#isFlooded = true
    this.#options.onNotice('clients leave more unread than may be kept: those that leave the most are cut', { unread, max: this.#options.limits.unreadBytes })
  }

  #noticeFailure ({ message }: Error): void {
    if (this.#hasFailed) return
    this.#hasFailed = true
    this.#options.onNotice('connections could not be accepted', { open: this.openCount, max: this.max, error: message })
  }
}

/** What waits in the system's hands and Node's. A write of any size counts whole until it is out, so Node's own knowledge, which it shows nowhere else, tells whether the client reads. */
function queueLength (socket: Socket): unknown {
  const handle: unknown = Reflect.get(socket, '_handle')
  return typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'writeQueueSize') : undefined
}
