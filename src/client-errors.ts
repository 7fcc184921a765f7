/**
 * Replies to what Node's parser refuses, and to what it hands over without a way to reply, written to the bare socket.
 */
import { IncomingMessage, METHODS, ServerResponse, STATUS_CODES, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WireReply } from './api.js'
import { machineTimer } from './clock.js'

/** A request that can't be handed to a handler, as far as it is legible. */
export interface UnreadRequest {
  readonly error: Error
  readonly method: string
  readonly url: string
  /** The request itself when only its body could not be read. */
  readonly raw: IncomingMessage | undefined
}

/** Finds the reply for such a request. Throws nothing. */
export type ReplyForUnread = (request: UnreadRequest) => WireReply

/** An error of Node's, as it comes with `clientError`. */
type ClientError = Error & { readonly code?: string, readonly rawPacket?: unknown }

/** What is read off a request that is none: no longer a URL than Node would take. */
const FIRST_LINE = /^([A-Z-]{1,32}) +([^\s]{1,8192})/
const FIRST_LINE_BYTES = 8_300

const HTTP_METHODS = new Set(METHODS)

/** Answers what this server's parser refuses, and `CONNECT`, which would go unanswered. */
export function answerUnread (server: Server, replyFor: ReplyForUnread): void {
  server.on('clientError', (error: ClientError, socket) => { answerClientError(error, socket, replyFor) })
  server.on('connect', ({ method = '', url = '/' }, socket) => {
    socket.on('error', () => {})
    end(socket, replyFor({ error: new UnknownMethod(), method, url, raw: undefined }))
  })
}

/** Answers and closes the connection. A client that reset it, or to whom bytes of this request's reply went already, gets nothing more. */
export function answerClientError (error: ClientError, socket: Duplex, replyFor: ReplyForUnread): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const response = responseOn(socket)
  const raw = unfinishedOn(socket)
  if (response?.headersSent === true || (raw !== undefined && response === undefined)) {
    // What has been said already must still arrive.
    hangUp(socket)
    return
  }
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1', 0, FIRST_LINE_BYTES) : ''
  const [, method = '', url = '/'] = raw === undefined ? FIRST_LINE.exec(packet) ?? [] : ['', raw.method, raw.url]
  end(socket, replyFor({ error, method, url, raw }))
}

/** True for a method of another protocol that Node's parser knows (RTSP has some), and no router. */
export function isForeign ({ method = '' }: IncomingMessage): boolean {
  return !HTTP_METHODS.has(method)
}

/** Answers such a request. */
export function answerForeign ({ method = '', url = '/' }: IncomingMessage, response: ServerResponse, replyFor: ReplyForUnread): void {
  const { status, headers, body } = replyFor({ error: new UnknownMethod(), method, url, raw: undefined })
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).end(body)
}

/** `CONNECT` asks for a proxy, others for no web server at all; a code as the parser's errors have it tells every dialect what to make of it. */
class UnknownMethod extends Error {
  readonly code = 'HPE_INVALID_METHOD'
}

function end (socket: Duplex, { status, headers, body }: WireReply): void {
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
  hangUp(socket)
}

/** A client that never closes its side would keep the descriptor for ever. */
const LINGER_MS = 1_000

/** Closes the connection once what has been said could arrive, whatever the client still sends or leaves open. */
function hangUp (socket: Duplex): void {
  socket.end()
  const cut = machineTimer(LINGER_MS, () => { socket.destroy() })
  socket.once('close', () => { cut.cancel() })
}

// Node keeps what it is doing on a connection where nothing else tells of it; were it kept elsewhere, replies would be
// told by the bytes at hand, as those to requests that have no legible head are.

/** The reply that is under way on the connection. */
function responseOn (socket: Duplex): ServerResponse | undefined {
  const response: unknown = Reflect.get(socket, '_httpMessage')
  return response instanceof ServerResponse ? response : undefined
}

/** The request whose body is being received on the connection. */
function unfinishedOn (socket: Duplex): IncomingMessage | undefined {
  const parser: unknown = Reflect.get(socket, 'parser')
  const request: unknown = typeof parser === 'object' && parser !== null ? Reflect.get(parser, 'incoming') : undefined
  return request instanceof IncomingMessage && !request.complete ? request : undefined
}
