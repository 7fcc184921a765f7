/** Bytes to a server and back, as no HTTP client would send or take them. */
import { connect } from 'node:net'

/** One reply as it came. */
export interface RawReply {
  readonly status: number
  /** By lower-case name; the last of several. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** What came of sending some bytes. */
export interface Exchange {
  readonly replies: readonly RawReply[]
  /** False when the server was still holding the connection at the end of patience. */
  readonly isClosed: boolean
  /** All that came, as Latin-1. */
  readonly text: string
}

export interface SendOptions {
  /** The client keeps its side open, and waits for the server to close. */
  readonly staysOpen?: boolean
  /** Milliseconds of silence after which the client closes its side: whoever does so at once wants no reply that takes time. */
  readonly closesAfter?: number
  /** Milliseconds until it gives up. */
  readonly patience?: number
}

/** Sends the bytes (a text is Latin-1) in one go on a connection of their own, and takes all that comes until it closes. */
export function send (url: string, bytes: string | Buffer, { staysOpen = false, closesAfter = 0, patience = 10_000 }: SendOptions = {}): Promise<Exchange> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    let text = ''
    const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: staysOpen })
    const finish = (isClosed: boolean): void => {
      clearTimeout(giveUp)
      clearTimeout(close)
      socket.destroy()
      resolve({ replies: repliesIn(text), isClosed, text })
    }
    let close: NodeJS.Timeout | undefined
    const giveUp = setTimeout(() => { finish(false) }, patience)
    socket.on('data', (chunk) => { text += chunk.toString('latin1') })
    socket.on('error', () => {})
    socket.once('end', () => { finish(true) })
    socket.once('close', () => { finish(true) })
    socket.once('connect', () => {
      const sent = typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes
      if (staysOpen || closesAfter > 0) socket.write(sent)
      else socket.end(sent)
      if (closesAfter > 0) close = setTimeout(() => { socket.end() }, closesAfter)
    })
  })
}

/** The replies in what a server has sent, one behind the other. */
export function repliesIn (text: string): RawReply[] {
  const replies: RawReply[] = []
  let at = 0
  for (;;) {
    const headEnd = text.indexOf('\r\n\r\n', at)
    const head = headEnd < 0 ? null : /^HTTP\/1\.1 (\d{3})[^\r\n]*((?:\r\n[^\r\n]+)*)$/.exec(text.slice(at, headEnd))
    if (head === null) return replies
    const headers = Object.fromEntries((head[2] ?? '').split('\r\n').slice(1).map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
    const status = Number(head[1])
    at = headEnd + 4
    if (status === 100) continue
    const end = headers['transfer-encoding'] === 'chunked' ? text.indexOf('0\r\n\r\n', at) + 5 : at + Number(headers['content-length'] ?? 0)
    replies.push({ status, headers, body: Buffer.from(text.slice(at, end), 'latin1').toString() })
    at = end
  }
}
