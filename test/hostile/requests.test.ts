/** Requests that HTTP has a server refuse, and that Node's parser lets through or leaves unanswered. */
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { testWorld, type TestWorld } from '../world.js'
import { dialectFlaw, ownerOf } from './dialects.js'
import { send } from './raw.js'

/** A path of each owner that answers without more ado. */
const PATHS = ['/__api__/server_settings', '/api/v1/background-task', '/v2.0/tasks?api_key=k', '/api/v1/echo', '/_pollux/health', '/nowhere']

/** Heads without their request line, and the status that they get everywhere; undefined: that of the path. */
const HEADS: ReadonlyArray<readonly [what: string, head: string, status: number | undefined]> = [
  ['no Host', 'Accept: */*', 400],
  ['two Hosts', 'Host: localhost\r\nhost: localhost', 400],
  ['two different Hosts', 'Host: localhost\r\nHost: evil.example', 400],
  ['a Host with a path', 'Host: localhost/x', 400],
  ['a Host with a blank', 'Host: local host', 400],
  ['a Host with credentials', 'Host: me@localhost', 400],
  ['a Host with a port that is none', 'Host: localhost:8o', 400],
  ['an expectation that is none', 'Host: localhost\r\nExpect: 200-ok', 417],
  ['an unknown transfer coding', 'Host: localhost\r\nTransfer-Encoding: xchunked', 400],
  ['a transfer coding behind chunked', 'Host: localhost\r\nTransfer-Encoding: chunked, identity', 400],
  ['a transfer coding in front of chunked', 'Host: localhost\r\nTransfer-Encoding: gzip, chunked', 400],
  ['a folded header', 'Host: localhost\r\nX: a\r\n b', 400],
  ['an empty Host', 'Host:', undefined],
  ['a Host in IPv6', 'Host: [::1]:80', undefined],
  ['a Host with an underscore', 'Host: my_service:8080', undefined],
  ['an expectation that can be met', 'Host: localhost\r\nExpect: 100-Continue', undefined],
]

async function listening (t: Test, options: Parameters<typeof testWorld>[1] = {}): Promise<TestWorld & { url: string }> {
  const world = await testWorld(t, options)
  const { url } = await world.listen()
  return { ...world, url }
}

for (const [what, head, wanted] of HEADS) {
  t.test(`${what} is ${wanted === undefined ? 'no reason for a refusal' : `refused with ${wanted}, in the words of who the path belongs to`}`, async (t) => {
    const { url } = await listening(t)
    for (const path of PATHS) {
      const { replies: [reply, ...more], isClosed } = await send(url, `GET ${path} HTTP/1.1\r\n${head}\r\nConnection: close\r\n\r\n`)
      t.ok(isClosed)
      t.same(more, [], 'one reply')
      if (wanted === undefined) t.not(reply?.status, 400, path)
      else t.equal(reply?.status, wanted, path)
      if (wanted !== undefined && reply !== undefined) t.equal(dialectFlaw(ownerOf(path), reply), undefined, `${path}: ${reply.body}`)
      if (wanted !== undefined) t.equal(reply?.headers['connection'], 'close')
    }
  })
}

t.test('HTTP/1.0 has no Host', async (t) => {
  const { url } = await listening(t)
  t.equal((await send(url, 'GET /_pollux/health HTTP/1.0\r\n\r\n')).replies[0]?.status, 200)
})

t.test('CONNECT is answered, and an upgrade is a request like others', async (t) => {
  const { url } = await listening(t)
  const { replies: [tunnel], isClosed } = await send(url, 'CONNECT example.test:443 HTTP/1.1\r\nHost: example.test:443\r\n\r\n', { staysOpen: true })
  t.match(tunnel, { status: 400, headers: { 'content-type': 'application/problem+json; charset=utf-8', connection: 'close' } })
  t.ok(isClosed)
  t.equal((await send(url, 'GET /_pollux/health HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n')).replies[0]?.status, 200)
})

t.test('unreadable requests never end the process, however many sandboxes they name', async (t) => {
  const { url, app } = await listening(t, { config: { maxSandboxes: 2 } })
  for (let i = 0; i < 5; i++) {
    const { replies: [reply] } = await send(url, `GET /sandbox/s${i}/api/v1/background-task HTTP/1.1\r\nBad Header: y\r\n\r\n`)
    t.equal(reply?.status, i < 1 ? 400 : 503)
  }
  t.equal((await app.inject('/_pollux/health')).statusCode, 200)
})

t.test('the journal shows a request that could not be read, once, and without what it could not tell', async (t) => {
  const { url, sandbox } = await listening(t)
  await send(url, 'GET /api/v1/background-task?limit=5 HTTP/1.1\r\nAuthorization: Bearer s3cret\r\nBad Header: y\r\n\r\n')
  await send(url, 'GET /nowhere HTTP/1.1\r\nBad Header: y\r\n\r\n')
  const [entry, ...others] = [...sandbox.journal.entries()]
  t.same(others, [])
  t.match(entry, { seq: 1, api: 'svix', call: { operation: 'other' }, method: 'GET', url: '/api/v1/background-task?limit=5', status: 400, requestHeaders: [], requestBody: undefined, client: '' })
})

t.test('a body that breaks off is answered in the words of the path, and noted once', async (t) => {
  const { url, sandbox } = await listening(t)
  const { replies } = await send(url, 'POST /api/v1/app/a/endpoint/b/recover HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{}')
  t.match(replies, [{ status: 400, body: /"code":"generic_error"/ }])
  t.equal([...sandbox.journal.entries()].length, 1)
})

t.test('who has had a reply gets no second one for the rest of the same request', async (t) => {
  const { url } = await listening(t)
  const { replies, isClosed } = await send(url, 'POST /api/v1/nothing HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcdeZZ\r\n', { staysOpen: true })
  t.equal(replies.length, 1)
  t.ok(isClosed)
})

t.test('a client that never closes its side loses the connection all the same', async (t) => {
  const { url, app } = await listening(t)
  const { hostname, port } = new URL(url)
  const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true })
  t.teardown(() => socket.destroy())
  socket.on('error', () => {})
  socket.write('NONSENSE\r\n\r\n')
  const count = (): Promise<number> => new Promise((resolve, reject) => { app.server.getConnections((error, connections) => { if (error === null) resolve(connections); else reject(error) }) })
  while (await count() === 0) await new Promise(setImmediate)
  while (await count() > 0) await new Promise(setImmediate)
  t.pass('the server let go of it')
})
