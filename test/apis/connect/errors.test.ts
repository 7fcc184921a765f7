/** Misses, methods, CORS, cookies, options and what the server itself refuses: every reachable row of the contract's sections 1, 5 and 6. */
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { errorReply } from '../../../src/apis/connect/errors.js'
import { API_HEADERS, connectTo, connectWorld, KEY, KNOWN, openConnection, ownHeaders, PAGE_HEADERS, raw, SET_COOKIE, UNKNOWN_TASK, UNSUPPORTED, until } from './connect-world.js'

const TASK = '/__api__/v1/tasks/eKm0RFxyzIKR3jnI'
const TASK_ROUTES = [TASK, '/__api__/v1/experimental/tasks/eKm0RFxyzIKR3jnI', '/__api__/tasks/eKm0RFxyzIKR3jnI']
const OTHER_METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'LOCK', 'PURGE', 'M-SEARCH', 'QUERY']

const CORS = {
  'access-control-allow-origin': 'https://app.example.com',
  'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD',
  'access-control-allow-headers': 'Origin, Content-Length, Content-Type',
  'access-control-max-age': '43200',
  'access-control-allow-credentials': 'true',
}

/** Inject knows fewer methods by type than Node's parser does. */
function withMethod (method: string): InjectOptions {
  return { method: method as NonNullable<InjectOptions['method']> } // as: see above
}

for (const method of OTHER_METHODS) {
  t.test(`${method} is no method of a task`, async (t) => {
    const world = await connectWorld(t)
    for (const url of TASK_ROUTES) {
      const reply = await world.get(`${url}?wait=20`, withMethod(method))
      t.equal(reply.statusCode, 404)
      t.equal(reply.body, UNSUPPORTED)
      t.strictSame(ownHeaders(reply), API_HEADERS, 'and no Allow')
    }
    t.equal((await world.get('/__api__/v1/nothing', withMethod(method))).body, '404 page not found')
  })
}

t.test('over a real connection, every method is answered as in process', async (t) => {
  const world = await connectWorld(t)
  const { url } = await world.listen()
  const port = Number(new URL(url).port)
  for (const method of OTHER_METHODS) {
    const { socket, received } = await connectTo(t, port)
    socket.write(raw(method, TASK, method === 'QUERY' || method === 'POST' ? { ...KNOWN, 'content-length': '0' } : KNOWN))
    await until(() => received().endsWith(UNSUPPORTED))
    t.match(received(), /^HTTP\/1\.1 404 Not Found\r\ncontent-type: application\/json; charset=utf-8\r\n/, method)
    socket.destroy()
  }
})

t.test('a body doesn\'t change a miss, whatever its type', async (t) => {
  const world = await connectWorld(t)
  const types = ['application/json', 'text/plain', 'application/x-gzip', 'multipart/form-data', 'nonsense', '', ';;;', 'a/b/c', 'application/json; charset=']
  for (const type of types) {
    for (const method of ['POST', 'DELETE', 'QUERY']) {
      const reply = await world.get(TASK, { ...withMethod(method), headers: { ...KNOWN, 'content-type': type }, payload: '{"broken' })
      t.equal(reply.statusCode, 404, `${method} ${type}`)
      t.equal(reply.body, UNSUPPORTED)
    }
  }
  t.equal((await world.get(TASK, { method: 'POST', headers: KNOWN, payload: Buffer.alloc(3 << 20) })).body, UNSUPPORTED)
  t.equal((await world.get('/__api__/v1/nothing', { method: 'POST', headers: { ...KNOWN, 'content-type': '' }, payload: 'x' })).body, '404 page not found')
})

t.test('GET with a content type and no body, and with a body, is a poll', async (t) => {
  const world = await connectWorld(t)
  for (const type of ['application/json', '', 'nonsense', ';;;']) {
    t.equal((await world.get(TASK, { headers: { ...KNOWN, 'content-type': type } })).statusCode, 200, type)
    t.equal((await world.get(TASK, { headers: { ...KNOWN, 'content-type': type }, payload: '{"broken' })).statusCode, 200, type)
  }
})

t.test('HEAD answers as GET does, without a body and without waiting', async (t) => {
  const world = await connectWorld(t)
  const rows = [
    [`${TASK}?wait=20`, 200, '124'],
    [`${TASK}?wait=21`, 400, undefined],
    ['/__api__/v1/tasks/unknown', 404, String(UNKNOWN_TASK.length)],
    ['/__api__/v1/nothing', 404, '18'],
    ['/__api__/v1/tasks/%zz', 400, '15'],
  ] as const
  for (const [url, status, length] of rows) {
    const head = await world.get(url, { method: 'HEAD' })
    t.equal(head.statusCode, status, url)
    t.equal(head.body, '')
    if (length !== undefined) t.equal(head.headers['content-length'], length)
    if (!url.endsWith('wait=20')) t.strictSame(ownHeaders(head), ownHeaders(await world.get(url)))
  }
  t.equal((await world.get(TASK, { method: 'HEAD', headers: {} })).statusCode, 401)
  t.match((await world.get('/__api__/v1/experimental/tasks/eKm0RFxyzIKR3jnI', { method: 'HEAD' })).headers, { 'x-deprecated-endpoint': '/v1/tasks/eKm0RFxyzIKR3jnI' })
  t.equal(world.sandbox.simulator.heldPollCount, 0)
})

t.test('HEAD over a real connection ends after its headers', async (t) => {
  const world = await connectWorld(t)
  const { socket, received } = await openConnection(t, world)
  socket.write(raw('HEAD', `${TASK}?wait=20`) + raw('HEAD', '/__api__/v1/tasks/unknown'))
  await until(() => received().split('\r\n\r\n').length === 3)
  t.match(received(), /^HTTP\/1\.1 200 OK\r\n[^{]*content-length: 124\r\n[^{]*\r\n\r\nHTTP\/1\.1 404 Not Found\r\n[^{]*content-length: 231\r\n[^{]*\r\n\r\n$/)
})

t.test('a URL that can\'t be decoded gets the web server\'s own page', async (t) => {
  const world = await connectWorld(t)
  for (const url of ['/__api__/v1/tasks/%zz', '/__api__/v1/tasks/%', '/__api__/%C3/x', '/__api__/v1/tasks/%ff', '/connect/%zz']) {
    for (const method of ['GET', 'POST', 'HEAD']) {
      const reply = await world.get(url, withMethod(method))
      t.equal(reply.statusCode, 400, `${method} ${url}`)
      t.equal(reply.body, method === 'HEAD' ? '' : '400 Bad Request')
      t.strictSame(ownHeaders(reply), PAGE_HEADERS)
    }
  }
})

t.test('what Node can\'t parse is refused in this dialect', async (t) => {
  const world = await connectWorld(t)
  const { url } = await world.listen()
  const cases = [
    ['GET /__api__/v1/tasks/a b c HTTP/1.1\r\nhost: x\r\n\r\n', '400 Bad Request'],
    [`GET ${TASK} HTTP/1.1\r\nhost: x\r\nbad header: 1\r\n\r\n`, '400 Bad Request'],
    [`POST ${TASK} HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`, '400 Bad Request'],
    [`GET ${TASK} HTTP/1.1\r\nhost: x\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, '431 Request Header Fields Too Large'],
  ] as const
  for (const [request, line] of cases) {
    const { socket, received } = await connectTo(t, Number(new URL(url).port))
    socket.write(request)
    await until(() => received().includes('\r\n\r\n'))
    t.equal(received(), `HTTP/1.1 ${line}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${line.length}\r\nconnection: close\r\n\r\n${line}`)
  }
})

t.test('an internal fault is code 1', async (t) => {
  const world = await connectWorld(t)
  world.sandbox.simulator.peek = () => { throw new TypeError('boom') }
  const reply = await world.get(TASK)
  t.equal(reply.statusCode, 500)
  t.equal(reply.body, '{"code":1,"error":"An internal failure occurred.","payload":null}')
  t.strictSame(ownHeaders(reply), API_HEADERS)
})

t.test('errors of the framework have their place', async (t) => {
  const { sandbox } = await connectWorld(t)
  const request = { method: 'POST', path: TASK, mount: '', headers: {}, sandbox }
  const withCode = (code: string, statusCode?: number): Error => Object.assign(new Error(code), { code, statusCode })
  const tooLarge = errorReply(withCode('FST_ERR_CTP_BODY_TOO_LARGE', 413), request)
  t.equal(tooLarge.status, 413)
  t.equal(tooLarge.body, '{"code":87,"error":"The request body cannot be parsed","payload":null}')
  t.strictSame(tooLarge.headers, { ...API_HEADERS, 'set-cookie': SET_COOKIE })
  t.strictSame(errorReply(withCode('FST_ERR_BAD_URL', 400), request), { status: 400, headers: PAGE_HEADERS, body: '400 Bad Request' })
  t.strictSame(errorReply(withCode('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), request), { status: 400, headers: PAGE_HEADERS, body: '400 Bad Request' })
  t.strictSame(errorReply(withCode('HPE_INVALID_METHOD'), request), { status: 400, headers: PAGE_HEADERS, body: '400 Bad Request' })
  t.strictSame(errorReply(withCode('HPE_HEADER_OVERFLOW'), request), { status: 431, headers: PAGE_HEADERS, body: '431 Request Header Fields Too Large' })
  t.strictSame(errorReply(withCode('ERR_HTTP_REQUEST_TIMEOUT'), request), { status: 408, headers: PAGE_HEADERS, body: '408 Request Timeout' })
  for (const unknown of [new Error('x'), 'x', undefined, null, withCode('EIO'), withCode('FST_ERR_X', 500)]) {
    t.equal(errorReply(unknown, request).status, 500)
    t.equal(errorReply(unknown, request).body, '{"code":1,"error":"An internal failure occurred.","payload":null}')
  }
})

t.test('without `cors-origin` there is no CORS header and OPTIONS is just another method', async (t) => {
  const world = await connectWorld(t)
  const reply = await world.get(TASK, { method: 'OPTIONS', headers: { ...KNOWN, origin: 'https://app.example.com', 'access-control-request-method': 'GET' } })
  t.equal(reply.statusCode, 404)
  t.equal(reply.body, UNSUPPORTED)
  t.strictSame(ownHeaders(reply), API_HEADERS)
  t.strictSame(ownHeaders(await world.get(TASK, { headers: { ...KNOWN, origin: 'https://app.example.com' } })), API_HEADERS)
})

t.test('with `cors-origin` every response has the CORS headers', async (t) => {
  const world = await connectWorld(t, { 'cors-origin': 'https://app.example.com' })
  for (const url of [TASK, '/__api__/v1/tasks/unknown', `${TASK}?wait=x`]) t.strictSame(ownHeaders(await world.get(url)), { ...API_HEADERS, ...CORS }, url)
  t.strictSame(ownHeaders(await world.get(TASK, { headers: {} })), { ...API_HEADERS, ...CORS, 'set-cookie': SET_COOKIE })
  t.strictSame(ownHeaders(await world.get(TASK, { method: 'POST' })), { ...API_HEADERS, ...CORS })
  for (const url of ['/__api__/nothing', '/__api__/v1/tasks/%zz', '/connect/nothing']) t.strictSame(ownHeaders(await world.get(url)), { ...PAGE_HEADERS, ...CORS }, url)
  t.strictSame(ownHeaders(await world.get(`/__api__/v1/experimental/tasks/${'x'.repeat(5000)}`)), { ...API_HEADERS, ...CORS, 'x-deprecated-endpoint': `/v1/tasks/${'x'.repeat(5000)}` })
})

t.test('a preflight is answered empty, with Authorization among the headers', async (t) => {
  const world = await connectWorld(t, { 'cors-origin': 'https://app.example.com' })
  for (const url of [...TASK_ROUTES, '/__api__/v1/content']) {
    const reply = await world.get(url, { method: 'OPTIONS', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'GET' } })
    t.equal(reply.statusCode, 204)
    t.equal(reply.body, '')
    t.strictSame(ownHeaders(reply), { ...CORS, 'access-control-allow-headers': 'Origin, Content-Length, Content-Type, Authorization' })
  }
  t.equal((await world.get(TASK, { method: 'OPTIONS', headers: { origin: 'https://app.example.com' } })).body, UNSUPPORTED, 'what is no preflight is another method')
})

t.test('a request without the node\'s cookie gets it, one with it doesn\'t', async (t) => {
  const world = await connectWorld(t)
  const shown = ['pollux_node=1', 'pollux_node=1; Path=/; HttpOnly', 'a=b; pollux_node=1', 'a=b;pollux_node=1', 'pollux_node="1"', 'pollux_node=1, pollux_node=1; Path=/']
  const missing = ['', 'a=b', 'xpollux_node=1', 'pollux_node=2', 'pollux_node=12', 'pollux_node', 'a=pollux_node=1']
  for (const cookie of shown) t.notOk('set-cookie' in (await world.get(TASK, { headers: { ...KEY, cookie } })).headers, cookie)
  for (const cookie of missing) t.equal((await world.get(TASK, { headers: { ...KEY, cookie } })).headers['set-cookie'], SET_COOKIE, cookie)
})

t.test('with `session-cookie: required` a task is only found by who shows the cookie', async (t) => {
  const world = await connectWorld(t, { 'session-cookie': 'required', 'unknown-task-code': 4 })
  for (const url of TASK_ROUTES) {
    const without = await world.get(url, { headers: KEY })
    t.equal(without.statusCode, 404)
    t.equal(without.body, UNKNOWN_TASK)
    t.equal(without.headers['set-cookie'], SET_COOKIE)
    t.equal((await world.get(url, { headers: { ...KEY, cookie: 'pollux_node=1; Path=/; HttpOnly' } })).statusCode, 200)
  }
})

t.test('`unknown-task-code: 4` says it as old servers did', async (t) => {
  const world = await connectWorld(t, { 'unknown-task-code': 4 })
  for (const url of ['/__api__/v1/tasks/unknown', '/__api__/tasks/unknown', `/__api__/v1/tasks/${'x'.repeat(5000)}`]) {
    const reply = await world.get(url)
    t.equal(reply.statusCode, 404)
    t.equal(reply.body, '{"code":4,"error":"The requested object does not exist.","payload":null}')
  }
})

t.test('`retention-seconds` forgets a task so long after its end', async (t) => {
  const world = await connectWorld(t, { 'retention-seconds': 60 })
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'cache-delete' })
  await world.sandbox.clock.advance(2000 + 59_999)
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}`)).statusCode, 200)
  await world.sandbox.clock.advance(1)
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}`)).body, UNKNOWN_TASK)
  t.equal((await world.get(TASK)).statusCode, 200, 'one that never ends stays')
})
