/** Cancelling (cognigy contract, 5.3). */
import t from 'tap'
import type { ScriptJson } from '../../../src/simulator/script.js'
import type { TestWorld } from '../../world.js'
import { cognigyWorld, ERROR_HEADERS, errorBodies, getJson, JSON_KEY, KEY, ownHeaders, startTask } from './support.js'

const RUNNING: ScriptJson = { steps: [{ at: 0, state: 'running', progress: 0.25 }, { at: '5s', state: 'succeeded' }] }

async function cancel ({ app }: TestWorld, id: string, prefix = '/v2.0') {
  return await app.inject({ method: 'POST', url: `${prefix}/tasks/${id}/cancel`, headers: KEY })
}

async function statusOf (world: TestWorld, id: string): Promise<unknown> {
  return (await getJson(world, `/v2.0/tasks/${id}`))['status']
}

const QUEUED: ScriptJson = { steps: [{ at: 0 }] }

for (const [what, script, prefix] of [['an active', RUNNING, '/v2.0'], ['a queued', QUEUED, '/new/v2.0']] as const) {
  t.test(`${what} task is cancelling at once and cancelled after the second that scripts take by default`, async (t) => {
    const world = await cognigyWorld(t)
    const id = startTask(world, { script })
    const reply = await cancel(world, id, prefix)
    t.equal(reply.statusCode, 204)
    t.equal(reply.body, '')
    t.same(ownHeaders(reply.headers), { 'access-control-allow-origin': '*' })
    t.equal(reply.headers['content-length'], undefined)
    t.equal(await statusOf(world, id), 'cancelling')
    await world.sandbox.clock.advance(999)
    t.equal(await statusOf(world, id), 'cancelling')
    await world.sandbox.clock.advance(1)
    t.equal(await statusOf(world, id), 'cancelled')
    await world.sandbox.clock.advance(100_000)
    t.equal(await statusOf(world, id), 'cancelled')
  })
}

t.test('a script says how long cancelling takes', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: { ...RUNNING, cancelAfter: '3s' } })
  await cancel(world, id)
  await world.sandbox.clock.advance(2999)
  t.equal(await statusOf(world, id), 'cancelling')
  await world.sandbox.clock.advance(1)
  t.equal(await statusOf(world, id), 'cancelled')
})

t.test('a cancel that never comes through stays cancelling', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: { ...RUNNING, cancelAfter: null } })
  await cancel(world, id)
  await world.sandbox.clock.advance(1_000_000_000)
  t.equal(await statusOf(world, id), 'cancelling')
})

t.test('a second cancel changes nothing, while cancelling and afterwards', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: RUNNING })
  await cancel(world, id)
  await world.sandbox.clock.advance(600)
  t.equal((await cancel(world, id)).statusCode, 204)
  await world.sandbox.clock.advance(400)
  const body = (await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: JSON_KEY })).body
  t.match(body, '"status":"cancelled"')
  t.equal((await cancel(world, id)).statusCode, 204)
  t.equal((await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: JSON_KEY })).body, body)
})

t.test('a task that can\'t be cancelled answers 204 and runs on', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: { ...RUNNING, cancellable: false } })
  t.equal((await cancel(world, id)).statusCode, 204)
  t.equal(await statusOf(world, id), 'active')
  await world.sandbox.clock.advance(5000)
  t.equal(await statusOf(world, id), 'done')
})

for (const state of ['succeeded', 'failed'] as const) {
  t.test(`a task that has ${state} can't be cancelled any more`, async (t) => {
    const world = await cognigyWorld(t)
    const id = startTask(world, { script: { steps: [{ at: 0, state }] } })
    const reply = await cancel(world, id, '/new/v2.0')
    t.equal(reply.statusCode, 409)
    t.same(ownHeaders(reply.headers), ERROR_HEADERS)
    t.equal(reply.body, errorBodies()(409, 'Conflict', 1004, 'Task has already finished', `/v2.0/tasks/${id}/cancel`))
  })
}

t.test('bad and unknown ids are refused like on reading', async (t) => {
  const world = await cognigyWorld(t)
  const errorBody = errorBodies()
  const bad = await cancel(world, 'short')
  t.equal(bad.statusCode, 400)
  t.equal(bad.body, errorBody(400, 'Bad Request', 400, 'Invalid value for \'taskId\': expected a string of length 24', '/v2.0/tasks/short/cancel'))
  const unknown = await cancel(world, 'aaaaaaaaaaaaaaaaaaaaaaaa')
  t.equal(unknown.statusCode, 404)
  t.equal(unknown.body, errorBody(404, 'Not Found', 1002, 'Task does not exist', '/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa/cancel'))
})

const bodies: ReadonlyArray<readonly [what: string, payload: string | Buffer | undefined, headers: Record<string, string>]> = [
  ['none', undefined, {}],
  ['none, announced as JSON', undefined, { 'content-type': 'application/json' }],
  ['an empty one, announced as JSON', '', { 'content-type': 'application/json', 'content-length': '0' }],
  ['JSON', '{}', { 'content-type': 'application/json' }],
  ['broken JSON', '{', { 'content-type': 'application/json' }],
  ['multipart without a boundary', 'x', { 'content-type': 'multipart/form-data' }],
  ['a form', 'a=b', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['bytes of no type', Buffer.from([0, 255]), {}],
  ['an empty type', 'x', { 'content-type': '' }],
  ['a type that is none', 'x', { 'content-type': 'json' }],
  ['a type that is none, and no body', undefined, { 'content-type': ';;;' }],
]

t.test('any body is ignored', async (t) => {
  const world = await cognigyWorld(t)
  for (const [what, payload, headers] of bodies) {
    const id = startTask(world)
    const reply = await world.app.inject({ method: 'POST', url: `/v2.0/tasks/${id}/cancel`, headers: { ...KEY, ...headers }, ...(payload === undefined ? {} : { payload }) })
    t.equal(reply.statusCode, 204, what)
    t.equal(await statusOf(world, id), 'cancelling', what)
  }
})
