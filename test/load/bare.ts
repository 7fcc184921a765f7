/** What the bare servers have in common. */
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FixedReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The environment variable that carries the reply as JSON. */
export const REPLY_VARIABLE = 'BARE_REPLY'

export function readReply (): FixedReply {
  // Written by the suite itself.
  return JSON.parse(process.env[REPLY_VARIABLE] ?? '{"status":200,"headers":{},"body":""}') as FixedReply
}

/** Listens on a free port, with as long a queue as Pollux's, and tells the URL. */
export function announce (server: Server): void {
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 }, () => {
    const { port } = server.address() as AddressInfo // a TCP server's
    console.log(JSON.stringify({ url: `http://127.0.0.1:${port}` }))
  })
}
