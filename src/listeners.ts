/**
 * Binding servers to addresses.
 */
import { lookup } from 'node:dns/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Thousands that connect at once would wait a second with Node's usual queue. */
const BACKLOG = 4096

/** What a machine says whose resolver knows an address that it has no interface for. */
const NOT_HERE = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

/** The addresses to listen on for a host: clients that are told `localhost` take any that this name has. */
export async function addressesOf (host: string): Promise<readonly string[]> {
  if (host !== 'localhost') return [host]
  return [...new Set((await lookup(host, { all: true })).map(({ address }) => address))]
}

/**
 * Binds the server to the first address, and a twin of it to each further one, on the same port (0: any that is free).
 * Resolves with the URL of the first; rejects when one can't be bound, unless it is a further one that the machine hasn't got.
 */
export async function bind (server: Server, port: number, addresses: readonly string[], makeTwin: () => Server): Promise<string> {
  const [first, ...further] = addresses
  await listen(server, first, port)
  const bound = server.address() as AddressInfo
  for (const address of further) {
    await listen(makeTwin(), address, bound.port).catch((error: unknown) => {
      if (!(error instanceof Error && 'code' in error && NOT_HERE.includes(String(error.code)))) throw error
    })
  }
  return `http://${bound.family === 'IPv6' ? `[${bound.address}]` : bound.address}:${bound.port}`
}

function listen (server: Server, host: string | undefined, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, backlog: BACKLOG }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
