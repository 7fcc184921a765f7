/** Every reachable row of the error table (contract, section 6), and every error that Fastify, Node or the simulator can raise. */
import t from 'tap'
import { svix } from '../../../src/apis/svix/index.js'
import { Refusal } from '../../../src/simulator/simulator.js'
import type { FailedRequest } from '../../../src/api.js'
import { ask, askRaw, FORBIDDEN, JSON_REPLY, LIST, METHOD_NOT_ALLOWED, NOT_FOUND, portOf, reply, svixWorld, UNAUTHENTICATED, violation } from './support.js'

const INVALID_URL = '{"code":"generic_error","detail":"Invalid URL"}'
const INVALID_REQUEST = '{"code":"generic_error","detail":"Invalid request"}'

t.test('400: a URL that can\'t be decoded', async (t) => {
  const world = await svixWorld(t)
  const port = await portOf(world)
  for (const url of [`${LIST}/%zz`, `${LIST}/%`, `${LIST}/%c3`, `${LIST}/%ff/`, '/svix/%zz', '/svix/nowhere/%E0%A4%A']) {
    t.strictSame(await ask(world, url), reply(400, INVALID_URL), url)
    t.strictSame(await askRaw(port, `GET ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), reply(400, INVALID_URL), `${url} over a socket`)
  }
})

t.test('400: what is not HTTP', async (t) => {
  const port = await portOf(await svixWorld(t))
  const requests = [
    `GET ${LIST} HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n`,
    `FOO ${LIST} HTTP/1.1\r\nHost: x\r\n\r\n`,
    `GET ${LIST} HTTP/1.1\r\nHost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    `GET ${LIST} HTTP/9.9\r\nHost: x\r\n\r\n`,
    `POST ${LIST} HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n`,
  ]
  for (const bytes of requests) t.strictSame(await askRaw(port, bytes), reply(400, INVALID_REQUEST), JSON.stringify(bytes.slice(0, 80)))
})

t.test('401 and 403: credential and role', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  t.strictSame(await ask(world, LIST), reply(401, UNAUTHENTICATED))
  t.strictSame(await ask(world, { url: LIST, headers: { authorization: 'Bearer appsk_x' } }), reply(403, FORBIDDEN))
})

t.test('404: a task that is not stored, whatever its id looks like', async (t) => {
  const world = await svixWorld(t)
  const ids = ['qtask_3MSfHRMPI7KfTaheaxjvay9t5fq', 'unknown', 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', '-qtask_33qen93MNuelBAq1T9G7eHLJRsF', '%00', '%20', '..%2F..%2Fetc', '%2F', '__proto__', 'constructor', '%F0%9F%90%B8', 'x'.repeat(256), 'x'.repeat(4096), 'x'.repeat(8000), '{task_id}', '*']
  for (const id of ids) {
    t.strictSame(await ask(world, `${LIST}/${id}`), reply(404, NOT_FOUND), id.slice(0, 60))
    t.strictSame(await ask(world, `${LIST}/${id}/`), reply(404, NOT_FOUND), `${id.slice(0, 60)} with a slash`)
  }
})

t.test('404 and 405: paths and methods', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, '/svix/nowhere'), reply(404, NOT_FOUND))
  t.strictSame(await ask(world, { method: 'DELETE', url: LIST }), reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: 'GET,HEAD' }))
})

t.test('422: a rule of the query', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, `${LIST}?limit=251`), violation([['query', 'limit', 'limit'], 'Given limit must not exceed 250', 'value_error']))
})

t.test('each error that may be thrown has its reply', async (t) => {
  const world = await svixWorld(t)
  const request: FailedRequest = { method: 'GET', path: LIST, mount: '', headers: {}, sandbox: world.sandbox }
  const raised = (code: string, statusCode?: number): Error => Object.assign(new Error('x'), { code }, statusCode === undefined ? {} : { statusCode })
  const cases: Array<[unknown, number, string]> = [
    [new Refusal('unknown-task', 'x'), 404, NOT_FOUND],
    [new Refusal('task-settled', 'x'), 500, '{}'],
    [raised('FST_ERR_BAD_URL', 400), 400, INVALID_URL],
    [raised('FST_ERR_MAX_PARAM_LENGTH', 414), 404, NOT_FOUND],
    [raised('FST_ERR_CTP_BODY_TOO_LARGE', 413), 413, '{"code":"payload_too_large","detail":"Request payload is too large."}'],
    [raised('FST_ERR_CTP_INVALID_MEDIA_TYPE', 415), 400, INVALID_REQUEST],
    [raised('HPE_INVALID_CONSTANT'), 400, INVALID_REQUEST],
    [raised('HPE_HEADER_OVERFLOW'), 400, INVALID_REQUEST],
    [raised('ERR_HTTP_REQUEST_TIMEOUT'), 400, INVALID_REQUEST],
    [raised('FST_ERR_REP_INVALID_PAYLOAD_TYPE', 500), 500, '{}'],
    [raised('EPIPE'), 500, '{}'],
    [new TypeError('a slip of Pollux'), 500, '{}'],
    ['a text', 500, '{}'],
    [undefined, 500, '{}'],
    [null, 500, '{}'],
  ]
  for (const [error, status, body] of cases) t.strictSame(svix.errorReply(error, request), { status, headers: JSON_REPLY, body }, String(error))
})

t.test('500: an internal error is literally an empty object', async (t) => {
  const world = await svixWorld(t)
  const script = { pace: 'time' as const, steps: [], lines: [], cancelAfterMs: 0, cancellable: true, expireAfterMs: Infinity }
  t.throws(() => world.sandbox.startTask({ api: 'svix', kind: 'x', id: 'broken', script }), 'a script without steps can\'t be shown')
  t.strictSame(await ask(world, `${LIST}/broken`), reply(500, '{}'))
})
