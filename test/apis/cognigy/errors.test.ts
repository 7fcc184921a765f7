/** Errors, methods, slashes, letter case and CORS (cognigy contract, 1 and 6). */
import t from 'tap'
import { METHODS } from 'node:http'
import { errorReply } from '../../../src/apis/cognigy/errors.js'
import type { FailedRequest } from '../../../src/api.js'
import { Refusal } from '../../../src/simulator/simulator.js'
import type { TestWorld } from '../../world.js'
import { cognigyWorld, ERROR_HEADERS, errorBodies, exchange, JSON_KEY, KEY, ownHeaders } from './support.js'

const ID = '111111111111111111111111'
const BAD_ID = 'Invalid value for \'taskId\': expected a string of length 24'

const rows: ReadonlyArray<readonly [what: string, method: 'GET' | 'POST', url: string, status: number, title: string, code: number, detail: string, instance: string]> = [
  ['an id that is too short', 'GET', '/v2.0/tasks/short', 400, 'Bad Request', 400, BAD_ID, '/v2.0/tasks/short'],
  ['an id that is too long', 'GET', `/new/v2.0/tasks/${ID}1`, 400, 'Bad Request', 400, BAD_ID, `/v2.0/tasks/${ID}1`],
  ['an id that the router takes for none', 'GET', `/v2.0/tasks/${'x'.repeat(5000)}`, 400, 'Bad Request', 400, BAD_ID, `/v2.0/tasks/${'x'.repeat(5000)}`],
  ['an id that names no task', 'GET', '/new/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa?projectId=1', 404, 'Not Found', 1002, 'Task does not exist', '/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa'],
  ['an id in other letter case', 'GET', '/v2.0/tasks/65004D5C0000000000000001', 404, 'Not Found', 1002, 'Task does not exist', '/v2.0/tasks/65004D5C0000000000000001'],
  ['24 encoded characters that name no task', 'GET', '/v2.0/tasks/%00aaaaaaaaaaaaaaaaaaaaaa%2F', 404, 'Not Found', 1002, 'Task does not exist', '/v2.0/tasks/%00aaaaaaaaaaaaaaaaaaaaaa%2F'],
  ['__proto__', 'GET', '/v2.0/tasks/__proto__', 400, 'Bad Request', 400, BAD_ID, '/v2.0/tasks/__proto__'],
  ['an undecodable id', 'GET', '/v2.0/tasks/%zz?x=1', 400, 'Bad Request', 400, 'Bad Request Error', '/v2.0/tasks/%zz'],
  ['an undecodable path', 'POST', '/new/v2.0/%ff', 400, 'Bad Request', 400, 'Bad Request Error', '/v2.0/%ff'],
  ['an unknown path', 'GET', '/v2.0/nowhere', 404, 'Not Found', 1002, 'Resource Not Found Error', '/v2.0/nowhere'],
  ['an unknown path below a task', 'GET', `/new/v2.0/tasks/${ID}/logs`, 404, 'Not Found', 1002, 'Resource Not Found Error', `/v2.0/tasks/${ID}/logs`],
  ['a version that is not there', 'GET', '/cognigy/v2.1/tasks', 404, 'Not Found', 1002, 'Resource Not Found Error', '/v2.1/tasks'],
  ['the base path', 'GET', '/new', 404, 'Not Found', 1002, 'Resource Not Found Error', '/new'],
  ['the root behind the prefix', 'GET', '/cognigy', 404, 'Not Found', 1002, 'Resource Not Found Error', '/'],
  ['a sandbox', 'GET', '/sandbox/default/new/v2.0/nowhere?api_key=x', 404, 'Not Found', 1002, 'Resource Not Found Error', '/v2.0/nowhere'],
  ['a cancel of a finished task', 'POST', '/v2.0/tasks/222222222222222222222222/cancel', 409, 'Conflict', 1004, 'Task has already finished', '/v2.0/tasks/222222222222222222222222/cancel'],
]

for (const [what, method, url, status, title, code, detail, instance] of rows) {
  t.test(`${what}: ${status}, code ${code}`, async (t) => {
    const { app, sandbox } = await cognigyWorld(t)
    await sandbox.clock.advance(5000)
    const reply = await app.inject({ method, url, headers: KEY })
    t.equal(reply.statusCode, status)
    t.same(ownHeaders(reply.headers), ERROR_HEADERS)
    t.equal(reply.body, errorBodies()(status, title, code, detail, instance))
  })
}

t.test('a body over 1 MiB: 413', async (t) => {
  const { app } = await cognigyWorld(t)
  const url = `/v2.0/tasks/${ID}/cancel`
  t.equal((await app.inject({ method: 'POST', url, headers: KEY, payload: Buffer.alloc(1_048_576) })).statusCode, 204)
  const reply = await app.inject({ method: 'POST', url, headers: KEY, payload: Buffer.alloc(1_048_577) })
  t.equal(reply.statusCode, 413)
  t.match(ownHeaders(reply.headers), ERROR_HEADERS)
  t.equal(reply.body, errorBodies()(413, 'Payload Too Large', 413, 'Payload Too Large Error', url))
})

t.test('every error has a trace id of its own, the same with the same seed', async (t) => {
  const [first, second] = [await cognigyWorld(t), await cognigyWorld(t)]
  const traces = async ({ app }: TestWorld): Promise<string[]> => [(await app.inject('/v2.0/a')).json().traceId, (await app.inject('/v2.0/a')).json().traceId]
  const [a, b] = await traces(first)
  t.match(a, /^api--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.not(a, b)
  t.same(await traces(second), [a, b])
})

const internal: ReadonlyArray<readonly [what: string, error: unknown, status: number, code: number, detail: string]> = [
  ['an unforeseen error', new TypeError('secret detail'), 500, 1008, 'Internal Server Error'],
  ['something thrown that is no error', 'text', 500, 1008, 'Internal Server Error'],
  ['an error of Fastify\'s own', Object.assign(new Error('x'), { statusCode: 500, code: 'FST_ERR_SEND' }), 500, 1008, 'Internal Server Error'],
  ['a refusal that no call of this API can meet', new Refusal('not-held', 'x'), 500, 1008, 'Internal Server Error'],
  ['an unknown task', new Refusal('unknown-task', 'x'), 404, 1002, 'Task does not exist'],
  ['a settled task', new Refusal('task-settled', 'x'), 409, 1004, 'Task has already finished'],
  ['a body of the wrong length', Object.assign(new Error('x'), { statusCode: 400, code: 'FST_ERR_CTP_INVALID_CONTENT_LENGTH' }), 400, 400, 'Bad Request Error'],
  ['a method whose body needs a type', Object.assign(new Error('x'), { statusCode: 400, code: 'FST_ERR_ROUTE_MISSING_CONTENT_TYPE' }), 400, 400, 'Bad Request Error'],
  ['a request that Node\'s parser refuses', Object.assign(new Error('x'), { code: 'HPE_INVALID_HEADER_TOKEN' }), 400, 400, 'Bad Request Error'],
  ['headers that are too large', Object.assign(new Error('x'), { code: 'HPE_HEADER_OVERFLOW' }), 400, 400, 'Bad Request Error'],
  ['a request that never ended', Object.assign(new Error('x'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), 400, 400, 'Bad Request Error'],
]

for (const [what, error, status, code, detail] of internal) {
  t.test(`${what} is ${status} with code ${code}`, async (t) => {
    const { sandbox } = await cognigyWorld(t)
    const failed: FailedRequest = { method: 'GET', path: '/new/v2.0/x?y', mount: '', headers: {}, sandbox }
    const title = { 400: 'Bad Request', 404: 'Not Found', 409: 'Conflict', 500: 'Internal Server Error' }[status] ?? ''
    t.same(errorReply(error, failed), { status, headers: ERROR_HEADERS, body: errorBodies()(status, title, code, detail, '/v2.0/x') })
  })
}

const paths: ReadonlyArray<readonly [url: string, allow: string]> = [
  ['/v2.0/tasks', 'GET, HEAD'],
  ['/new/v2.0/tasks', 'GET, HEAD'],
  [`/v2.0/tasks/${ID}`, 'GET, HEAD'],
  [`/new/v2.0/tasks/${ID}`, 'GET, HEAD'],
  [`/v2.0/tasks/${ID}/cancel`, 'POST'],
  [`/new/v2.0/tasks/${ID}/cancel`, 'POST'],
  ['/openapi/openapi-viewer.json', 'GET, HEAD'],
  [`/cognigy/V2.0/Tasks/${ID}/Cancel`, 'POST'],
]

t.test('a known path refuses every other method, however unusual, with the ones it takes', async (t) => {
  const { app } = await cognigyWorld(t)
  const errorBody = errorBodies()
  for (const [url, allow] of paths) {
    for (const method of METHODS) {
      if (allow.split(', ').includes(method) || ['OPTIONS', 'CONNECT', 'QUERY'].includes(method)) continue
      // Inject sends any method; its type knows the common ones.
      const reply = await app.inject({ method: method as 'GET', url, headers: KEY })
      t.equal(reply.statusCode, 405, `${method} ${url}`)
      t.same(ownHeaders(reply.headers), { ...ERROR_HEADERS, allow })
      const body = errorBody(405, 'Method Not Allowed', 1013, 'Method Not Allowed Error', url.replace(/^\/(new|cognigy)/, ''))
      t.equal(reply.body, method === 'HEAD' ? '' : body)
    }
  }
})

t.test('HEAD is GET without the body', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const url of ['/v2.0/tasks', `/new/v2.0/tasks/${ID}`, '/openapi/openapi-viewer.json', '/v2.0/tasks/short', '/v2.0/nowhere']) {
    const [head, get] = [await app.inject({ method: 'HEAD', url, headers: JSON_KEY }), await app.inject({ url, headers: JSON_KEY })]
    t.equal(head.statusCode, get.statusCode, url)
    t.equal(head.body, '')
    t.same(ownHeaders(head.headers), ownHeaders(get.headers))
    t.equal(head.headers['content-length'], get.headers['content-length'])
  }
})

t.test('fixed segments match in any letter case, ids and the claimed prefixes don\'t', async (t) => {
  const { app } = await cognigyWorld(t)
  const golden = (await app.inject({ url: '/v2.0/tasks/65004d5c0000000000000001', headers: KEY })).json()
  for (const url of ['/v2.0/Tasks/65004d5c0000000000000001', '/new/V2.0/TASKS/65004d5c0000000000000001', '/cognigy/NEW/v2.0/tASKs/65004d5c0000000000000001', '/v2.0/T%41sks/65004d5c000000000000000%31/?x=%zz', '//v2.0//TASKS//65004d5c0000000000000001//']) {
    const reply = await app.inject({ url, headers: KEY })
    t.equal(reply.statusCode, 200, url)
    t.same({ ...reply.json(), _links: 0 }, { ...golden, _links: 0 })
  }
  t.equal((await app.inject({ url: '/V2.0/Tasks', headers: KEY })).statusCode, 404)
  t.equal((await app.inject({ url: '/v2.0/TASKS?limit=x', headers: KEY })).statusCode, 400)
  t.equal((await app.inject({ url: '/v2.0/TASKS/short', headers: KEY })).statusCode, 400)
  t.equal((await app.inject({ method: 'POST', url: `/v2.0/Tasks/${ID}/CANCEL`, headers: KEY, payload: '{}' })).statusCode, 204)
  t.equal((await app.inject({ url: '/OpenAPI/OpenAPI-Viewer.JSON'.replace('/OpenAPI', '/cognigy/OpenAPI'), headers: KEY })).statusCode, 200)
})

t.test('slashes: runs are one, a last one is none, a bare ? is nothing', async (t) => {
  const { app } = await cognigyWorld(t)
  const body = (await app.inject({ url: `/v2.0/tasks/${ID}`, headers: KEY })).body
  for (const url of [`/v2.0/tasks/${ID}/`, `//new///v2.0//tasks//${ID}`, `/v2.0/tasks/${ID}//?`, `/v2.0/tasks/${ID}?`, `/cognigy//v2.0/tasks/${ID}/`]) {
    const reply = await app.inject({ url, headers: KEY })
    t.equal(reply.statusCode, 200, url)
    t.equal(reply.body.replace('/cognigy', ''), body)
  }
  t.equal((await app.inject({ url: '/v2.0/tasks/?', headers: KEY })).json().total, 6)
  t.equal((await app.inject({ method: 'POST', url: '/v2.0/tasks//cancel', headers: KEY })).statusCode, 405, 'cancel is the id here')
})

t.test('OPTIONS anywhere: 204 without a credential, echoing the headers asked for', async (t) => {
  const { app } = await cognigyWorld(t)
  const methods = 'GET,HEAD,PUT,PATCH,POST,DELETE'
  for (const url of ['/v2.0/tasks', `/new/v2.0/tasks/${ID}`, `/v2.0/tasks/${ID}/cancel`, '/v2.0/nowhere', '/cognigy/', '/openapi/openapi-viewer.json', '/v2.0/tasks/short?limit=x']) {
    const asked = await app.inject({ method: 'OPTIONS', url, headers: { origin: 'https://a.example', 'access-control-request-method': 'GET', 'access-control-request-headers': 'X-API-Key, content-type' } })
    t.equal(asked.statusCode, 204, url)
    t.equal(asked.body, '')
    t.same(ownHeaders(asked.headers), { 'access-control-allow-origin': '*', 'access-control-allow-methods': methods, 'access-control-allow-headers': 'X-API-Key, content-type' })
    t.same(ownHeaders((await app.inject({ method: 'OPTIONS', url })).headers), { 'access-control-allow-origin': '*', 'access-control-allow-methods': methods })
  }
})

t.test('a GET with a body is answered as without', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const contentType of ['application/json', 'nonsense', '']) {
    t.equal((await app.inject({ method: 'GET', url: '/v2.0/tasks', headers: { ...KEY, 'content-type': contentType }, payload: '{' })).statusCode, 200)
  }
})

t.test('over a socket', async (t) => {
  const world = await cognigyWorld(t)
  const { url } = await world.listen()
  const port = Number(new URL(url).port)
  const send = (lines: string): Promise<string> => exchange(port, `${lines}\r\nhost: localhost\r\nx-api-key: k\r\nconnection: close\r\n\r\n`)

  await t.test('unusual methods get the 405', async (t) => {
    for (const method of ['PROPFIND', 'TRACE', 'MKCOL', 'DELETE', 'PATCH', 'PURGE', 'SEARCH']) {
      const reply = await send(`${method} /v2.0/tasks HTTP/1.1`)
      t.match(reply, /^HTTP\/1\.1 405 Method Not Allowed\r\n/, method)
      t.match(reply, /\r\nallow: GET, HEAD\r\n/)
      t.match(reply, '"code":1013')
    }
  })
  await t.test('and the 404', async (t) => {
    for (const method of ['PROPFIND', 'TRACE']) t.match(await send(`${method} /v2.0/nowhere HTTP/1.1`), '"code":1002', method)
  })
  await t.test('HEAD has a length and no body', async (t) => {
    t.match(await send(`HEAD /v2.0/tasks/${ID} HTTP/1.1`), /^HTTP\/1\.1 200 OK\r\n(?:[^\r]+\r\n)*content-length: [1-9]\d+\r\n(?:[^\r]+\r\n)*\r\n$/)
  })
  await t.test('a 204 has neither length nor type', async (t) => {
    const reply = await send(`POST /v2.0/tasks/${ID}/cancel HTTP/1.1`)
    t.match(reply, /^HTTP\/1\.1 204 No Content\r\n/)
    t.notMatch(reply, /content-/i)
    t.match(reply, /\r\n\r\n$/)
  })
  await t.test('what Node\'s parser refuses is refused in this dialect', async (t) => {
    const reply = await send('GET /v2.0/tasks HTTP/1.1\r\nbad header: x')
    t.match(reply, /^HTTP\/1\.1 400 Bad Request\r\n/)
    t.match(reply, '"title":"Bad Request","detail":"Bad Request Error"')
    t.match(reply, /\r\naccess-control-allow-origin: \*\r\n/)
  })
  await t.test('an upload of an unreadable type is taken as bytes', async (t) => {
    t.match(await send('POST /v2.0/tasks/444444444444444444444444/cancel HTTP/1.1\r\ncontent-type: \r\ncontent-length: 0'), /^HTTP\/1\.1 204/)
  })
})
