import { METHODS } from 'node:http'
import { connect } from 'node:net'
import t from 'tap'
import { cloudcoinWorld, inject, jsonHeaders, NOT_FOUND_BODY, openHeaders, send, type Reply } from './wire.js'

const ID = 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71'
const ORIGIN = 'http://localhost:4200'
const PROBE_BODY = '{"payload":{},"status":"success"}\n'
/** CONNECT asks for a tunnel, which Node answers before any route; the last one only newer Nodes know. */
const SENDABLE = METHODS.filter((method) => method !== 'CONNECT')
const EMPTY_JSON = { 'content-type': 'application/json', 'content-length': '0' }

t.test('a known path refuses every other method with an empty 405 and without Allow', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  for (const method of SENDABLE.filter((method) => method !== 'GET')) {
    for (const path of [`/api/v1/task/${ID}`, `/api/v1/tasks/${ID}`, '/api/v1/tasks/x?y=1', `/api/v1/t%61sks/${ID}`]) {
      const expected: Reply = { status: 405, headers: EMPTY_JSON, body: '' }
      t.strictSame(await inject(world, method, path), expected, `${method} ${path} in process`)
      t.strictSame(await send(url, { method, path }), expected, `${method} ${path} on the shared listener`)
      t.strictSame(await send(listeners['cloudcoin'] ?? '', { method, path }), expected, `${method} ${path} on its own listener`)
    }
  }
})

t.test('a wrong method from a foreign origin says whom it answers', async (t) => {
  const world = await cloudcoinWorld(t)
  for (const method of ['POST', 'HEAD', 'OPTIONS', 'TRACE']) {
    t.strictSame(await inject(world, method, `/api/v1/task/${ID}`, { origin: ORIGIN }), { status: 405, headers: { ...EMPTY_JSON, 'access-control-allow-origin': ORIGIN }, body: '' }, method)
  }
})

t.test('an unknown path answers every method alike', async (t) => {
  const world = await cloudcoinWorld(t)
  const { listeners } = await world.listen()
  for (const method of SENDABLE) {
    const expected: Reply = { status: 200, headers: openHeaders(NOT_FOUND_BODY), body: method === 'HEAD' ? '' : NOT_FOUND_BODY }
    t.strictSame(await inject(world, method, '/cloudcoin/nowhere'), expected, `${method} in process`)
    t.strictSame(await send(listeners['cloudcoin'] ?? '', { method, path: '/nowhere' }), expected, `${method} on its own listener`)
  }
})

t.test('the root of the mount tells that the server lives, whatever the method', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  for (const method of SENDABLE) {
    const expected: Reply = { status: 200, headers: openHeaders(PROBE_BODY), body: method === 'HEAD' ? '' : PROBE_BODY }
    t.strictSame(await inject(world, method, '/cloudcoin/'), expected, `${method} in process`)
    t.strictSame(await send(listeners['cloudcoin'] ?? '', { method, path: '/' }), expected, `${method} on its own listener`)
    t.strictSame(await send(url, { method, path: '/sandbox/a/cloudcoin', headers: { origin: ORIGIN } }), expected, `${method} in a sandbox, for a foreign origin`)
  }
  t.strictSame((await inject(world, 'GET', '/cloudcoin/?x=1')).body, PROBE_BODY)
  t.equal((await inject(world, 'GET', '/')).status, 404, 'the shared root is nobody\'s')
})

t.test('no body and no content type changes what a miss or a wrong method gets', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url } = await world.listen()
  for (const contentType of ['application/json', 'application/x-www-form-urlencoded', 'nonsense', '', ';;', 'multipart/form-data']) {
    for (const body of ['', '{', 'x'.repeat(100_000)]) {
      t.equal((await send(url, { method: 'POST', path: `/api/v1/task/${ID}`, headers: { 'content-type': contentType }, body })).status, 405, contentType)
      t.equal((await send(url, { method: 'PUT', path: '/api/v1/nope', headers: { 'content-type': contentType }, body })).body, NOT_FOUND_BODY, contentType)
    }
  }
  const large = Buffer.alloc(2 * 1024 * 1024, 'x')
  t.equal((await send(url, { method: 'POST', path: '/api/v1/nope', body: large })).body, NOT_FOUND_BODY)
})

t.test('a slash too many is redirected to the clean path, with mount and query', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  const native = listeners['cloudcoin'] ?? ''
  for (const [base, path, location] of [
    [url, `/api//v1/task/${ID}`, `/api/v1/task/${ID}`],
    [url, `//api/v1/task/${ID}`, `/api/v1/task/${ID}`],
    [url, `/api/v1/task//${ID}?a=//b&c`, `/api/v1/task/${ID}?a=//b&c`],
    [url, `/api/v1/task/${ID}//`, `/api/v1/task/${ID}/`],
    [url, `/cloudcoin///api/v1/task/${ID}`, `/cloudcoin/api/v1/task/${ID}`],
    [url, '/cloudcoin//', '/cloudcoin/'],
    [url, '/sandbox/a/cloudcoin//nowhere', '/sandbox/a/cloudcoin/nowhere'],
    [url, `/sandbox/a/api/v1//tasks/${ID}`, `/sandbox/a/api/v1/tasks/${ID}`],
    [url, `/api/v1/task/${'a'.repeat(5000)}//`, `/api/v1/task/${'a'.repeat(5000)}/`],
    [native, `//api/v1//task////${ID}`, `/api/v1/task/${ID}`],
    [native, '//evil.example/x', '/evil.example/x'],
    [native, '//', '/'],
  ] as const) {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS', 'PROPFIND']) {
      t.strictSame(await send(base, { method, path }), { status: 301, headers: { location, ...EMPTY_JSON }, body: '' }, `${method} ${path.slice(0, 60)}`)
    }
  }
  t.strictSame(await send(url, { path: '/cloudcoin//', headers: { origin: ORIGIN } }), { status: 301, headers: { location: '/cloudcoin/', ...EMPTY_JSON, 'access-control-allow-origin': ORIGIN }, body: '' })
  t.equal((await send(url, { path: `/api/v1/task/${ID}?a=//b` })).status, 200, 'slashes in a query are nobody\'s business')
})

t.test('segments are decoded, and case counts', async (t) => {
  const world = await cloudcoinWorld(t)
  const { body } = await inject(world, 'GET', `/api/v1/task/${ID}`)
  t.equal((await inject(world, 'GET', `/api/v1/t%61sk/${ID.replace('b', '%62')}`)).body, body)
  t.equal((await inject(world, 'GET', `/api/v1/Task/${ID}`)).body, NOT_FOUND_BODY)
})

t.test('query, credentials and other headers are ignored', async (t) => {
  const world = await cloudcoinWorld(t)
  const plain = await inject(world, 'GET', `/api/v1/task/${ID}`)
  for (const headers of [{ authorization: 'Bearer x' }, { authorization: '\u00ff' }, { cookie: 'a=b' }, { accept: 'text/html' }, { 'accept-encoding': 'gzip' }, { 'if-none-match': '*' }, { range: 'bytes=0-1' }, { 'x-api-key': '1' }]) {
    t.strictSame(await inject(world, 'GET', `/api/v1/task/${ID}?wait=20&id=x&id=y`, headers), plain, Object.keys(headers).join())
  }
})

t.test('a request with an origin gets it echoed, whatever it is, and nothing else', async (t) => {
  const world = await cloudcoinWorld(t)
  const { body, headers } = await inject(world, 'GET', `/api/v1/task/${ID}`)
  t.strictSame(headers, jsonHeaders(body), 'without an origin there is nothing about it')
  for (const origin of [ORIGIN, 'null', 'https://a.example', 'file://']) {
    t.strictSame(await inject(world, 'GET', `/api/v1/task/${ID}`, { origin }), { status: 200, headers: { ...headers, 'access-control-allow-origin': origin }, body }, origin)
  }
  t.strictSame((await inject(world, 'GET', `/api/v1/task/${ID}`, { origin: '' })).headers, headers, 'an empty one is none')
})

t.test('a preflight is answered on any path', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  const asked = { origin: ORIGIN, 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
  const expected: Reply = {
    status: 200,
    headers: { 'access-control-allow-origin': ORIGIN, 'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE', 'access-control-allow-headers': 'Content-Type,Accept', 'content-length': '0' },
    body: '',
  }
  for (const path of [`/api/v1/task/${ID}`, '/api/v1/tasks/x', '/api/v1/nope', '/api/v1//tasks', '/cloudcoin/', '/cloudcoin/nowhere', `/api/v1/task/${'a'.repeat(5000)}`]) {
    t.strictSame(await inject(world, 'OPTIONS', path, asked), expected, `${path.slice(0, 60)} in process`)
    t.strictSame(await send(url, { method: 'OPTIONS', path, headers: asked }), expected, path.slice(0, 60))
  }
  t.strictSame(await send(listeners['cloudcoin'] ?? '', { method: 'OPTIONS', path: '/', headers: { ...asked, origin: 'null' } }), { ...expected, headers: { ...expected.headers, 'access-control-allow-origin': 'null' } })
})

t.test('an OPTIONS request that asks for nothing is no preflight', async (t) => {
  const world = await cloudcoinWorld(t)
  t.equal((await inject(world, 'OPTIONS', `/api/v1/task/${ID}`, { origin: ORIGIN })).status, 405)
  t.equal((await inject(world, 'OPTIONS', `/api/v1/task/${ID}`, { 'access-control-request-method': 'GET' })).status, 405)
  t.equal((await inject(world, 'GET', `/api/v1/task/${ID}`, { origin: ORIGIN, 'access-control-request-method': 'GET' })).headers['access-control-allow-methods'], undefined)
})

t.test('what is no HTTP is refused in plain text', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url } = await world.listen()
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => { socket.write(`GET /api/v1/task/${ID} HTTP/1.1\r\nbad header\r\n\r\n`) })
    let text = ''
    socket.on('data', (chunk) => { text += chunk.toString() })
    socket.on('end', () => { resolve(text) })
    socket.on('error', reject)
  })
  t.equal(reply, 'HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 15\r\nconnection: close\r\n\r\n400 Bad Request')
})
