/**
 * A gateway before a server that shows every exchange to Prism. Prism stands in the middle, as a validating proxy, and its verdict
 * counts: a reply that violates the document reaches the client as Prism's error. But Prism reads bodies as text, follows redirects
 * and takes no body with a GET, so that what client and server send goes around it, byte for byte:
 *
 *     client → front → Prism → back → server
 *
 * The front keeps the request and hands Prism its method and path; the back sends what was kept, keeps the reply, and hands that to
 * Prism; the front gives the client what was kept, or Prism's error.
 */
import { once } from 'node:events'
import { Agent, createServer, request as send, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Door, OpenDoor } from '../../src/front-door.js'

export interface Gateway {
  /** Where clients come in. */
  readonly url: string
  /** Where each Prism sends what it lets through. */
  readonly backUrl: string
  /** Tells where the Prism of an API (or of the control plane) listens. */
  judge (api: string, url: string): void
  /** How many exchanges Prism has seen. */
  readonly shown: number
  /** What Prism found wrong. */
  readonly violations: readonly string[]
  /** Calls that stand in no document, and how often they came: Prism has nothing to judge them by. */
  readonly undocumented: ReadonlyMap<string, number>
  close (): void
}

interface Reply {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

interface Exchange {
  readonly request: IncomingMessage
  readonly body: Buffer
  readonly left: AbortSignal
  /** Undefined until the server was asked; rejects when it breaks the connection. */
  reply: Promise<Reply> | undefined
}

const NUMBER_HEADER = 'x-exchange'
const VIOLATIONS = 'errors#VIOLATIONS'
/** Prism refuses requests without them by itself; how Pollux refuses them is to be judged. */
const CREDENTIALS = { authorization: 'Bearer any', 'x-api-key': 'any' }

/** `target` is the server's URL; `documentPath` the path as the API's document writes it. */
export async function startGateway (target: string, openDoor: OpenDoor, documentPath: (door: Door) => string): Promise<Gateway> {
  const agent = new Agent()
  const judges = new Map<string, string>()
  const exchanges = new Map<string, Exchange>()
  const violations: string[] = []
  const undocumented = new Map<string, number>()
  let shown = 0

  /** Sends the request as it came, once. */
  function ask (exchange: Exchange): Promise<Reply> {
    const { request: { method, url, rawHeaders }, body, left } = exchange
    const { hostname, port } = new URL(target)
    exchange.reply ??= new Promise<Reply>((resolve, reject) => {
      send({ hostname, port, method, path: url, headers: rawHeaders, agent, signal: left }, (incoming) => {
        readAll(incoming).then((bytes) => { resolve({ status: incoming.statusCode ?? 0, rawHeaders: incoming.rawHeaders, headers: incoming.headers, body: bytes }) }, reject)
      }).on('error', reject).end(body)
    })
    return exchange.reply
  }

  /** Prism's error when it finds the exchange wrong. */
  async function verdictOn (exchange: Exchange, door: Door): Promise<string | undefined> {
    const judge = door.api === undefined ? undefined : judges.get(door.api)
    if (judge === undefined) return undefined
    const number = String(exchanges.size)
    exchanges.set(number, exchange)
    const { hostname, port } = new URL(judge)
    const text = await new Promise<string>((resolve, reject) => {
      send({ hostname, port, method: exchange.request.method, path: documentPath(door), agent, headers: { ...CREDENTIALS, [NUMBER_HEADER]: number } }, (incoming) => {
        readAll(incoming).then((bytes) => { resolve(bytes.toString()) }, reject)
      }).on('error', reject).end()
    })
    if (exchange.reply !== undefined) shown++
    else undocumented.set(`${exchange.request.method} ${door.api} ${door.path.replace(/\?.*/, '')}`, (undocumented.get(`${exchange.request.method} ${door.api} ${door.path.replace(/\?.*/, '')}`) ?? 0) + 1)
    if (!text.includes(VIOLATIONS)) return undefined
    violations.push(`${exchange.request.method} ${door.api} ${documentPath(door)}: ${text}`)
    return text
  }

  const front = createServer({ requireHostHeader: false }, (request, response) => {
    void (async () => {
      const left = new AbortController()
      response.once('close', () => { left.abort() })
      const exchange: Exchange = { request, body: await readAll(request), left: left.signal, reply: undefined }
      const violation = await verdictOn(exchange, openDoor(request.url ?? '/', request.headers.host))
      const { status, rawHeaders, body } = await ask(exchange)
      response.sendDate = false
      if (violation === undefined) response.writeHead(status, rawHeaders.slice()).end(body)
      else response.writeHead(500, { 'content-type': 'application/problem+json' }).end(violation)
    })().catch(() => { request.socket.destroy() })
  })
  const back = createServer((request, response) => { void hand(exchanges.get(String(request.headers[NUMBER_HEADER])), response) })

  /** Gives Prism the reply of the server, or breaks its connection as the server did. */
  async function hand (exchange: Exchange | undefined, response: ServerResponse): Promise<void> {
    if (exchange === undefined) return void response.destroy()
    try {
      const { status, headers: { connection, 'keep-alive': keepAlive, 'transfer-encoding': coding, location, ...headers }, body } = await ask(exchange)
      response.writeHead(status, headers).end(body)
    } catch {
      response.destroy()
    }
  }

  return {
    url: await listen(front),
    backUrl: await listen(back),
    judge: (api, url) => { judges.set(api, url) },
    get shown () { return shown },
    violations,
    undocumented,
    close () {
      for (const server of [front, back]) server.close().closeAllConnections()
      agent.destroy()
    },
  }
}

async function listen (server: Server): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // What listens on a port has an address of this form.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

async function readAll (incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer) // as: no encoding is set
  return Buffer.concat(chunks)
}
