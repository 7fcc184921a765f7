import t from 'tap'
import { errorReply } from '../../../src/apis/cloudcoin/errors.js'
import type { FailedRequest } from '../../../src/api.js'
import type { TestWorld } from '../../world.js'
import { cloudcoinWorld, inject, INVALID_ID_BODY, jsonHeaders, NOT_FOUND_BODY, openHeaders, poll, send, UNKNOWN_TASK_BODY } from './wire.js'

const UNKNOWN_ID = '11111111-1111-4111-8111-111111111111'
const ORIGIN = 'http://localhost:4200'

function failed (world: TestWorld, request: Partial<FailedRequest> = {}): FailedRequest {
  return { method: 'GET', path: '/api/v1/tasks/x', mount: '', headers: {}, sandbox: world.sandbox, ...request }
}

for (const profile of ['documented', 'recorded'] as const) {
  t.test(`${profile}: an unknown task is an error envelope with HTTP 200`, async (t) => {
    const world = await cloudcoinWorld(t, profile)
    t.strictSame(await inject(world, 'GET', `/api/v1/tasks/${UNKNOWN_ID}`), { status: 200, headers: jsonHeaders(UNKNOWN_TASK_BODY), body: UNKNOWN_TASK_BODY })
    t.equal(UNKNOWN_TASK_BODY, '{"payload":{"code":4105,"message":"Task does not exist","details":null},"status":"error"}\n')
  })

  t.test(`${profile}: an id that is none is an error envelope with HTTP 200`, async (t) => {
    const world = await cloudcoinWorld(t, profile)
    for (const id of ['x', '1', '11111111-1111-4111-8111-11111111111', '11111111-1111-4111-8111-1111111111111', 'g1111111-1111-4111-8111-111111111111', '%20', '%23', '%00', '%2F', '%25', '%C3%A9', '-', '*', `${UNKNOWN_ID}%0A`, 'a'.repeat(4096), 'a'.repeat(8000)]) {
      t.strictSame(await inject(world, 'GET', `/api/v1/tasks/${id}`), { status: 200, headers: jsonHeaders(INVALID_ID_BODY), body: INVALID_ID_BODY }, id.slice(0, 50))
    }
    t.equal(INVALID_ID_BODY, '{"payload":{"code":4121,"message":"Validation error. Id: must be a valid UUID v4.","details":null},"status":"error"}\n')
  })

  t.test(`${profile}: a path that is none is an error envelope with HTTP 200, open to all origins`, async (t) => {
    const world = await cloudcoinWorld(t, profile)
    for (const path of ['/api/v1', '/api/v1/', '/api/v1/task', '/api/v1/task/', '/api/v1/tasks', '/api/v1/tasks/', `/api/v1/tasks/${UNKNOWN_ID}/`, `/api/v1/tasks/${UNKNOWN_ID}/x`, `/cloudcoin/API/v1/tasks/${UNKNOWN_ID}`, '/cloudcoin/api', '/cloudcoin/tasks', '/cloudcoin/favicon.ico', '/api/v1/tasks/?x=1', '/api/v1/nope/?x=/api/v1/tasks/1']) {
      t.strictSame(await inject(world, 'GET', path), { status: 200, headers: openHeaders(NOT_FOUND_BODY), body: NOT_FOUND_BODY }, path)
      t.strictSame(await inject(world, 'POST', path, { origin: ORIGIN }), { status: 200, headers: openHeaders(NOT_FOUND_BODY), body: NOT_FOUND_BODY }, `POST ${path}`)
    }
    t.equal(NOT_FOUND_BODY, '{"payload":{"code":4154,"message":"Service Not Found. Invalid URL","details":null},"status":"error"}\n')
  })
}

t.test('the singular path is none to the recorded server, whatever the method', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  for (const method of ['GET', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
    t.strictSame(await inject(world, method, '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', { origin: ORIGIN }), { status: 200, headers: openHeaders(NOT_FOUND_BODY), body: NOT_FOUND_BODY }, method)
  }
  t.equal((await inject(world, 'GET', `/api/v1/task/${'a'.repeat(5000)}`)).body, NOT_FOUND_BODY)
})

t.test('an error for an allowed origin says so', async (t) => {
  const world = await cloudcoinWorld(t)
  for (const [id, body] of [[UNKNOWN_ID, UNKNOWN_TASK_BODY], ['x', INVALID_ID_BODY], ['a'.repeat(5000), INVALID_ID_BODY]] as const) {
    t.strictSame(await inject(world, 'GET', `/api/v1/task/${id}`, { origin: ORIGIN }), { status: 200, headers: { ...jsonHeaders(body), 'access-control-allow-origin': ORIGIN }, body })
  }
})

t.test('a forgotten task is unknown', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = '22222222-2222-4222-8222-222222222222'
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer', id })
  t.match(await poll(world, id), '"status":"running"')
  world.sandbox.simulator.expire('cloudcoin', id)
  t.equal(await poll(world, id), UNKNOWN_TASK_BODY)
})

t.test('an URL that can\'t be decoded is refused in plain text', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  const headers = { 'content-type': 'text/plain; charset=utf-8', 'content-length': '15' }
  for (const [base, path] of [[url, '/api/v1/task/%zz'], [url, '/cloudcoin/%'], [url, '/api/v1/nope/%c3'], [listeners['cloudcoin'], '/%zz'], [listeners['cloudcoin'], '/api/v1/tasks/%ff']] as const) {
    for (const method of ['GET', 'POST', 'PROPFIND']) {
      t.strictSame(await send(base ?? '', { method, path }), { status: 400, headers, body: '400 Bad Request' }, `${method} ${path}`)
    }
    t.strictSame(await send(base ?? '', { path, headers: { origin: ORIGIN } }), { status: 400, headers: { ...headers, 'access-control-allow-origin': ORIGIN }, body: '400 Bad Request' })
  }
})

t.test('what is wrong behind the path does not matter', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url } = await world.listen()
  t.equal((await send(url, { path: `/api/v1/task/${UNKNOWN_ID}?x=%zz` })).body, UNKNOWN_TASK_BODY)
  t.equal((await send(url, { path: `/api/v1/task/${UNKNOWN_ID}#%zz` })).body, UNKNOWN_TASK_BODY)
  t.equal((await send(url, { path: '/api/v1/nope#%zz' })).body, NOT_FOUND_BODY)
  t.equal((await send(url, { method: 'POST', path: `/api/v1/task/${UNKNOWN_ID}#%zz` })).status, 405)
})

t.test('what Node\'s parser refuses is refused in plain text', async (t) => {
  const world = await cloudcoinWorld(t)
  for (const [code, status, body] of [
    ['HPE_INVALID_METHOD', 400, '400 Bad Request'],
    ['HPE_INVALID_HEADER_TOKEN', 400, '400 Bad Request'],
    ['HPE_HEADER_OVERFLOW', 431, '431 Request Header Fields Too Large'],
    ['HPE_CHUNK_EXTENSIONS_OVERFLOW', 413, '413 Payload Too Large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', 408, '408 Request Timeout'],
  ] as const) {
    t.strictSame(errorReply(Object.assign(new Error('Parse Error'), { code }), failed(world)), { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body }, code)
  }
})

t.test('what Fastify refuses keeps its status, in plain text', async (t) => {
  const world = await cloudcoinWorld(t)
  const tooLarge = Object.assign(new Error('Request body is too large'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })
  t.strictSame(errorReply(tooLarge, failed(world, { headers: { origin: ORIGIN } })), { status: 413, headers: { 'content-type': 'text/plain; charset=utf-8', 'access-control-allow-origin': ORIGIN }, body: '413 Payload Too Large' })
})

t.test('an error nobody knows is an empty 500', async (t) => {
  const world = await cloudcoinWorld(t)
  for (const error of [new Error('boom'), 'boom', undefined, null, Object.assign(new Error('boom'), { code: 'FST_ERR_HOOK_TIMEOUT' }), Object.assign(new Error('boom'), { statusCode: 400 })]) {
    t.strictSame(errorReply(error, failed(world)), { status: 500, headers: { 'content-type': 'application/json' }, body: '' })
  }
  world.sandbox.simulator.poll = () => { throw new Error('boom') }
  t.strictSame(await inject(world, 'GET', `/api/v1/task/${UNKNOWN_ID}`, { origin: ORIGIN }), { status: 500, headers: { 'content-type': 'application/json', 'content-length': '0', 'access-control-allow-origin': ORIGIN }, body: '' })
})

t.test('errors of tasks carry number and text, and the poll is a success', async (t) => {
  const world = await cloudcoinWorld(t)
  const recorded = await cloudcoinWorld(t, 'recorded')
  for (const [code, message] of [
    [4106, 'Task timed out'],
    [4115, 'Wallet not found'],
    [4115, 'SkyWallet ID coin not found'],
    [4123, 'Failed to unpack a coin: too short'],
    [4135, 'Not enough CloudCoins'],
    [4192, 'No coins to detect'],
    [4097, 'Failed to read file: open /nope/x: no such file or directory'],
    [4193, 'Failed to stat folder stat /nope: no such file or directory'],
    [4208, 'Suspect item can\'t be mixed with others'],
  ] as const) {
    for (const w of [world, recorded]) {
      const { task: { id } } = w.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer' })
      w.sandbox.simulator.fail('cloudcoin', id, { code, message })
      const ends = '"progress":100,"started":1795348800,"finished":1795348800'
      t.equal(await poll(w, id), w === world
        ? `{"payload":{"id":"${id}","status":"error",${ends},"message":"${message}"},"status":"success"}\n`
        : `{"payload":{"id":"${id}","status":"error",${ends},"message":"Error Occured","data":{"code":${code},"message":"${message}","details":null}},"status":"success"}\n`)
    }
  }
})
