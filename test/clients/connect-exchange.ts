/** Requests exactly as a recorded client sends them, over a real socket. */
import { createHash } from 'node:crypto'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'

export interface Exchanged {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The body as JSON, of whatever shape the test knows it to have. */
  readonly json: any // eslint-disable-line @typescript-eslint/no-explicit-any -- see above
}

export interface Sent {
  readonly headers?: Readonly<Record<string, string>>
  /** A list is sent in chunks. */
  readonly body?: string | Buffer | readonly Buffer[]
}

/** Sends one request; `path` stands below the server's URL. */
export type Send = (method: string, path: string, sent?: Sent) => Promise<Exchanged>

/** A client that sends these headers with every request, and the cookies that it has got. */
export function clientOf (url: string, headers: Readonly<Record<string, string>>, cookieOf: (setCookie: string) => string = (line) => line.split(';')[0] ?? ''): Send {
  const { hostname, port, pathname } = new URL(url)
  const base = pathname.replace(/\/$/, '')
  let cookie: string | undefined
  return (method, path, sent = {}) => new Promise((resolve, reject) => {
    const { body } = sent
    const length = typeof body === 'string' || Buffer.isBuffer(body) ? { 'content-length': String(Buffer.byteLength(body)) } : {}
    const all = { ...headers, ...(cookie === undefined ? {} : { cookie }), ...length, ...sent.headers }
    const sending = request({ hostname, port, method, path: base + path, headers: all }, (reply) => {
      let text = ''
      reply.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('error', reject).on('end', () => {
        const [setCookie] = reply.headers['set-cookie'] ?? []
        if (setCookie !== undefined) cookie = cookieOf(setCookie)
        const isJson = reply.headers['content-type']?.startsWith('application/json') === true
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, text, json: isJson && text !== '' ? JSON.parse(text) : undefined })
      })
    })
    sending.on('error', reject)
    if (Array.isArray(body)) for (const chunk of body) sending.write(chunk)
    sending.end(Array.isArray(body) ? undefined : body)
  })
}

/** A gzipped tar archive that holds nothing but a manifest of that mode. */
export function bundleOf (appMode: string): Buffer {
  const text = JSON.stringify({ version: 1, metadata: { appmode: appMode } })
  const header = Buffer.alloc(512)
  header.write('manifest.json', 0)
  header.write(text.length.toString(8).padStart(11, '0'), 124)
  header.write('0', 156)
  const content = Buffer.alloc(512)
  content.write(text)
  return gzipSync(Buffer.concat([header, content, Buffer.alloc(1024)]))
}

/** The sum by which Publisher and rsconnect vouch for a body. */
export function md5Of (body: string | Buffer): string {
  return createHash('md5').update(body).digest('base64')
}
