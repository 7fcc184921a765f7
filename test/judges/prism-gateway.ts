/**
 * A gateway before a server that shows every exchange to Prism. Prism stands in the middle, as a validating proxy, and its verdict
 * counts: a reply that violates the document reaches the client as Prism's error. But Prism reads bodies as text, follows redirects
 * and takes no body with a GET, so that what client and server send goes around it, byte for byte:
 *
 *     client → front → Prism → back
 *                  ↘ server ↗
 *
 * The front sends the request on and keeps the reply; it hands Prism method and path, and the back hands it the reply that was kept;
 * then the front gives the client what was kept, or Prism's error.
 */
import { once } from 'node:events'
import { Agent, createServer, request as send, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Door, OpenDoor } from '../../src/front-door.js'

export interface Gateway {
  /** Where clients come in. */
  readonly url: string
  /** Where each Prism sends what it lets through. */
  readonly backUrl: string
  /** Tells where the Prism of that name listens. */
  judge (name: string, url: string): void
  /** How many exchanges Prism has seen. */
  readonly shown: number
  /** What Prism found wrong. */
  readonly violations: readonly string[]
  /** Calls that stand in no document, and how often they came: Prism has nothing to judge them by, and asks for no reply. */
  readonly undocumented: ReadonlyMap<string, number>
  close (): void
}

export interface Reply {
  readonly status: number
  readonly rawHeaders: readonly string[]
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

const NUMBER_HEADER = 'x-exchange'
const VIOLATIONS = 'errors#VIOLATIONS'
/** Prism refuses requests without them by itself; how Pollux refuses them is to be judged. */
const CREDENTIALS = { authorization: 'Bearer any', 'x-api-key': 'any' }

/** How a call is shown: the path as the document writes it, and the name of the Prism that has the document. */
export type Showing = (door: Door, reply: Reply) => { readonly path: string, readonly judge: string }

/** `target` is the server's URL. */
export async function startGateway (target: string, openDoor: OpenDoor, showing: Showing): Promise<Gateway> {
  const agent = new Agent()
  const judges = new Map<string, string>()
  /** Replies that a Prism is about to ask for. */
  const kept = new Map<string, Reply>()
  const violations: string[] = []
  const undocumented = new Map<string, number>()
  let shown = 0

  /** Sends the request as it came. Rejects when the server breaks the connection, or the client has left. */
  async function ask ({ method, url, rawHeaders }: IncomingMessage, body: Buffer, left: AbortSignal): Promise<Reply> {
    const { hostname, port } = new URL(target)
    const sending = send({ hostname, port, method, path: url, headers: rawHeaders, agent, signal: left }).end(body)
    const [incoming] = await once(sending, 'response') as [IncomingMessage]
    return { status: incoming.statusCode ?? 0, rawHeaders: incoming.rawHeaders, headers: incoming.headers, body: await readAll(incoming) }
  }

  /** Prism's error when it finds the reply wrong. */
  async function verdictOn (method: string, door: Door, reply: Reply): Promise<string | undefined> {
    const { path, judge } = showing(door, reply)
    const url = judges.get(judge)
    if (url === undefined) return undefined
    const number = String(++shown)
    kept.set(number, reply)
    const { hostname, port } = new URL(url)
    const sending = send({ hostname, port, method, path, agent, headers: { ...CREDENTIALS, [NUMBER_HEADER]: number } }).end()
    const [incoming] = await once(sending, 'response') as [IncomingMessage]
    const text = (await readAll(incoming)).toString()
    if (kept.delete(number)) {
      shown--
      const call = `${method} ${judge} ${path.replace(/\?.*/, '')}`
      undocumented.set(call, (undocumented.get(call) ?? 0) + 1)
    }
    if (!text.includes(VIOLATIONS)) return undefined
    violations.push(`${method} ${judge} ${path}: ${text}`)
    return text
  }

  const front = createServer({ requireHostHeader: false }, (request, response) => {
    const left = new AbortController()
    response.once('close', () => { left.abort() })
    void (async () => {
      const reply = await ask(request, await readAll(request), left.signal)
      const violation = await verdictOn(request.method ?? '', openDoor(request.url ?? '/', request.headers.host), reply)
      response.sendDate = false
      if (violation === undefined) response.writeHead(reply.status, reply.rawHeaders.slice()).end(reply.body)
      else response.writeHead(500, { 'content-type': 'application/problem+json' }).end(violation)
    })().catch(() => { request.socket.destroy() })
  })

  const back = createServer((request, response) => {
    const number = String(request.headers[NUMBER_HEADER])
    const reply = kept.get(number)
    kept.delete(number)
    if (reply === undefined) return response.destroy()
    const { connection, 'keep-alive': keepAlive, 'transfer-encoding': coding, location, ...headers } = reply.headers
    return response.writeHead(reply.status, headers).end(reply.body)
  })

  return {
    url: await listen(front),
    backUrl: await listen(back),
    judge: (name, url) => { judges.set(name, url) },
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
