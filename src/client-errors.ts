/**
 * Replies to what Node's parser refuses, written to the bare socket.
 */
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import type { WireReply } from './api.js'

/** Finds the reply for a request that could not be parsed, from the legible part of its first line. */
export type ReplyForUnparsable = (error: Error, method: string, url: string) => WireReply

/** Answers and closes the connection. A client that reset it, or to whom bytes of a reply went already, gets nothing. */
export function answerClientError (error: Error & { readonly code?: string, readonly rawPacket?: unknown }, socket: Duplex, replyFor: ReplyForUnparsable): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const packet = Buffer.isBuffer(error.rawPacket) ? error.rawPacket.toString('latin1') : ''
  const [, method = '', url = '/'] = /^([A-Z-]{1,32}) ([^\s]{1,8192})/.exec(packet) ?? []
  const { status, headers, body } = replyFor(error, method, url)
  const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
}
