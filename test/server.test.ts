import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import { registry } from '../src/server.js'
import { testConfig, testWorld } from './world.js'

/** The task that never finishes, and what proves it stands at its first state, on each API. */
const LIVING: Record<string, { path: string, headers?: Record<string, string>, running: RegExp }> = {
  connect: { path: '/__api__/v1/tasks/PolluxDeployOk01', headers: { authorization: 'Key k' }, running: /"finished":false/ },
  svix: { path: '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds', running: /"status":"running"/ },
  cognigy: { path: '/v2.0/tasks/111111111111111111111111', headers: { 'x-api-key': 'k', accept: 'application/json' }, running: /"status":"active"/ },
  cloudcoin: { path: '/api/v1/task/00000000-0000-4000-8000-000000000001', running: /"status":"running"/ },
}

/** Sends raw text and resolves with all that comes back until the server closes. */
async function raw (t: Test, url: string, text: string): Promise<string> {
  const { port, hostname } = new URL(url)
  const socket: Socket = connect(Number(port), hostname)
  t.teardown(() => socket.destroy())
  let received = ''
  socket.on('data', (chunk: Buffer) => { received += chunk.toString() })
  socket.on('error', () => {})
  socket.end(text)
  await once(socket, 'close')
  return received
}

t.test('every API is served on one listener, by its own paths, by prefix, and in any sandbox', async (t) => {
  const { app } = await testWorld(t)
  t.same(Object.keys(LIVING), registry.map(({ name }) => name))
  for (const [api, { path, headers = {}, running }] of Object.entries(LIVING)) {
    for (const prefix of ['', `/${api}`, '/sandbox/a', `/sandbox/a/${api}`]) {
      const reply = await app.inject({ url: prefix + path, headers })
      t.equal(reply.statusCode, 200, prefix + path)
      t.match(reply.body, running, prefix + path)
    }
  }
})

t.test('what happens in one sandbox happens in no other, whether named by path or by host', async (t) => {
  const { app, sandboxes } = await testWorld(t)
  await sandboxes.get('a').clock.advance(60_000)
  for (const [api, { path, headers = {}, running }] of Object.entries(LIVING)) {
    const inA = await app.inject({ url: path, headers: { ...headers, host: 'a.localhost:8080' } })
    t.notMatch(inA.body, running, `${api} in a`)
    t.equal((await app.inject({ url: `/sandbox/a${path}`, headers })).body, inA.body, `${api} by path`)
    t.match((await app.inject({ url: path, headers })).body, running, `${api} in default`)
    t.match((await app.inject({ url: `/sandbox/b${path}`, headers })).body, running, `${api} in b`)
  }
})

t.test('an unknown root path gets a 404 that tells what is served', async (t) => {
  const { app } = await testWorld(t)
  for (const [method, url] of [['GET', '/'], ['POST', '/nothing?x=1'], ['PROPFIND', '/nothing'], ['GET', '/sandbox/a/nothing'], ['GET', '/sandbox/-/x'], ['GET', '/nothing/%zz']] as const) {
    const reply = await app.inject({ method: method as 'GET', url })
    t.equal(reply.statusCode, 404, `${method} ${url}`)
    t.equal(reply.headers['content-type'], 'application/problem+json; charset=utf-8')
    const body: { detail: string, served: Record<string, { prefix: string, paths: string[] }> } = reply.json()
    t.match(body.detail, new RegExp(`^Nothing is served at ${method} /`))
    t.same(Object.keys(body.served), ['connect', 'svix', 'cognigy', 'cloudcoin'])
    t.match(body.served['connect'], { prefix: '/connect', paths: ['/__api__', '/__ping__', '/content'] })
  }
})

t.test('an API\'s own 404 speaks below its prefix', async (t) => {
  const { app } = await testWorld(t)
  t.equal((await app.inject('/connect/__api__/nothing')).body, '404 page not found')
  t.match((await app.inject('/svix/nothing')).json(), { code: 'not_found' })
  t.match((await app.inject({ url: '/cognigy/nothing', headers: { 'x-api-key': 'k' } })).json(), { code: 1002 })
  t.match((await app.inject('/cloudcoin/nothing')).json(), { payload: { code: 4154 } })
})

t.test('health names who answers', async (t) => {
  const { app } = await testWorld(t, { config: { seed: 9 } })
  t.match((await app.inject('/_pollux/health')).json(), { name: 'pollux', version: /^\d+\.\d+\.\d+$/, status: 'ok', uptimeMs: Number, apis: ['connect', 'svix', 'cognigy', 'cloudcoin'], seed: 9 })
  t.equal((await app.inject('/sandbox/a/_pollux/health')).statusCode, 200)
})

t.test('an undecodable URL is refused in the dialect of the API it belongs to', async (t) => {
  const { app } = await testWorld(t)
  t.equal((await app.inject('/__api__/v1/tasks/%zz')).body, '400 Bad Request')
  t.match((await app.inject('/api/v1/background-task/%zz')).json(), { code: 'generic_error' })
  t.match((await app.inject('/v2.0/tasks/%zz')).json(), { code: 400, status: 400 })
  t.equal((await app.inject('/api/v1/task/%zz')).body, '400 Bad Request')
})

t.test('bytes that are no HTTP are answered and the connection ends, in the dialect of the path where one is legible', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  const svix = await raw(t, url, 'GET /api/v1/background-task HTTP/1.1\r\nHost: x\r\nBad Header: y\r\n\r\n')
  t.match(svix, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(svix, /connection: close\r\n/)
  t.match(svix, /"code":"generic_error"/)
  t.match(await raw(t, url, 'NONSENSE\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json/)
  t.equal((await world.app.inject('/_pollux/health')).statusCode, 200, 'the server goes on')
})

t.test('on a native listener they are answered in the dialect of its API, whatever the path', async (t) => {
  const world = await testWorld(t, { config: { listen: new Map([['cloudcoin', 0]]) } })
  const { listeners } = await world.listen()
  t.match(await raw(t, listeners['cloudcoin'] ?? '', 'GET /anything HTTP/1.1\r\nBad Header: y\r\n\r\n'), /^HTTP\/1\.1 400 Bad Request\r\ncontent-type: text\/plain/)
})

t.test('a request without Host and one in absolute form are served', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  t.match(await raw(t, url, 'GET /_pollux/health HTTP/1.0\r\n\r\n'), /^HTTP\/1\.1 200 OK/)
  t.match(await raw(t, url, `GET ${url}/_pollux/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), /^HTTP\/1\.1 200 OK/)
})

t.test('Fastify gathers the headers of a reply where the journal reads them without copying', async (t) => {
  const app = Fastify()
  app.get('/', (_request, reply) => reply.header('x', 'y').send('z'))
  app.addHook('onSend', (_request, reply, payload, done) => {
    const gathered = Object.getOwnPropertySymbols(reply).find(({ description }) => description === 'fastify.reply.headers')
    t.same(gathered === undefined ? undefined : Reflect.get(reply, gathered), reply.getHeaders())
    done(null, payload)
  })
  t.match((await app.inject('/')).headers, { x: 'y' })
})

t.test('closing answers held polls and lets nobody wait for keep-alive', async (t) => {
  const world = await testWorld(t)
  const { url, listeners } = await world.listen()
  t.same(listeners, {})
  const held = Array.from({ length: 50 }, () => fetch(`${url}/__api__/v1/tasks/PolluxNeverEnds0?wait=20`, { headers: { authorization: 'Key k' } }))
  while (world.sandbox.simulator.heldPollCount < 50) await new Promise(setImmediate)
  const closed = world.close()
  const replies = await Promise.all(held)
  t.ok(replies.every(({ status, headers }) => status === 200 && headers.get('connection') === 'close'))
  await closed
  await t.rejects(fetch(url))
})

t.test('the configuration of tests is one that a user could have', async (t) => {
  t.same([...testConfig().options.keys()], registry.map(({ name }) => name))
})
