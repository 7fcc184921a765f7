/** Where servers listen, seen from clients that connect. */
import { createServer, type Server } from 'node:http'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { addressesOf, bind } from '../src/listeners.js'
import { testWorld } from './world.js'

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses = []) => addresses.some(({ address }) => address === '::1'))
/** Of the block for documentation (RFC 5737): no machine has it. */
const NOWHERE = '192.0.2.199'

function serverOf (t: Test, text: string): Server {
  const server = createServer((_request, response) => response.setHeader('connection', 'close').end(text))
  t.teardown(() => server.close())
  return server
}

async function textAt (url: string): Promise<string> {
  return await (await fetch(url)).text()
}

t.test('a host is an address of its own, localhost those that the machine knows by that name', async (t) => {
  t.same(await addressesOf('0.0.0.0'), ['0.0.0.0'])
  const addresses = await addressesOf('localhost')
  t.ok(addresses.length > 0 && addresses.every((address) => ['127.0.0.1', '::1'].includes(address)), addresses.join())
  t.equal(new Set(addresses).size, addresses.length)
})

t.test('a further address gets a twin on the same port', { skip: !HAS_IPV6 && 'the machine has no IPv6' }, async (t) => {
  const url = await bind(serverOf(t, 'first'), 0, ['127.0.0.1', '::1'], () => serverOf(t, 'twin'))
  const { port, hostname } = new URL(url)
  t.equal(hostname, '127.0.0.1')
  t.equal(await textAt(url), 'first')
  t.equal(await textAt(`http://[::1]:${port}`), 'twin')
})

t.test('an address that the machine has not got is left out when it is a further one, and an error when it is the first', async (t) => {
  const url = await bind(serverOf(t, 'first'), 0, ['127.0.0.1', NOWHERE], () => serverOf(t, 'twin'))
  t.equal(await textAt(url), 'first')
  await t.rejects(bind(serverOf(t, ''), 0, [NOWHERE], () => serverOf(t, '')), { code: 'EADDRNOTAVAIL' })
})

t.test('a port that somebody else has is an error at every address', { skip: !HAS_IPV6 && 'the machine has no IPv6' }, async (t) => {
  const url = await bind(serverOf(t, 'other'), 0, ['::1'], () => serverOf(t, ''))
  await t.rejects(bind(serverOf(t, ''), Number(new URL(url).port), ['127.0.0.1', '::1'], () => serverOf(t, '')), { code: 'EADDRINUSE' })
})

t.test('localhost is served at all its addresses, each API\'s own port too, until Pollux closes', async (t) => {
  const world = await testWorld(t, { config: { host: 'localhost', listen: new Map([['svix', 0]]) } })
  const { url, listeners } = await world.listen()
  const hosts = (await addressesOf('localhost')).filter((address) => HAS_IPV6 || address !== '::1').map((address) => address.includes(':') ? `[${address}]` : address)
  for (const host of hosts) {
    t.equal((await fetch(`http://${host}:${new URL(url).port}/_pollux/health`)).status, 200)
    t.match(await textAt(`http://${host}:${new URL(listeners['svix'] ?? '').port}/nothing`), /not_found/)
  }
  await world.close()
  for (const host of hosts) await t.rejects(fetch(`http://${host}:${new URL(url).port}/_pollux/health`))
})
