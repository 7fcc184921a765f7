/** The documented example, and the tasks that every world starts with (cognigy contract, 9). */
import t from 'tap'
import { cognigyWorld, getJson, KEY, ownHeaders } from './support.js'

const EXAMPLE = '{"name":"trainIntents","data":{},"status":"queued","currentStep":123,"totalStep":123,"failReason":"","lastRunAt":"2023-11-07T05:31:56Z","lastFinishedAt":"2023-11-07T05:31:56Z","_id":"65004d5c0000000000000001","createdAt":1694518620,"lastChanged":1694518620,"createdBy":"5f8f0c1e2a6b4d0012ab34cd","lastChangedBy":"5f8f0c1e2a6b4d0012ab34cd"}'

t.test('the request of the vendor\'s page gets the reply of the vendor\'s page', async (t) => {
  const { app } = await cognigyWorld(t)
  const reply = await app.inject({
    url: '/new/v2.0/tasks/65004d5c0000000000000001',
    headers: { authorization: 'Bearer token-1', 'x-api-key': 'key-1', accept: 'application/json' },
  })
  t.equal(reply.statusCode, 200)
  t.same(ownHeaders(reply.headers), { 'content-type': 'application/json; charset=utf-8', vary: 'Accept', 'access-control-allow-origin': '*' })
  t.equal(reply.body, EXAMPLE)
})

t.test('without Accept, as the page\'s curl sends it, the example is HAL', async (t) => {
  const { app } = await cognigyWorld(t)
  const reply = await app.inject({ url: '/new/v2.0/tasks/65004d5c0000000000000001', headers: { authorization: 'Bearer token-1', 'x-api-key': 'key-1' } })
  t.equal(reply.headers['content-type'], 'application/hal+json; charset=utf-8')
  t.equal(reply.body, `${EXAMPLE.slice(0, -1)},"_links":{"self":{"href":"/v2.0/tasks/65004d5c0000000000000001"}}}`)
})

t.test('the example never moves, whatever the clock does and whoever cancels it', async (t) => {
  const { app, sandbox } = await cognigyWorld(t)
  await sandbox.clock.advance(400 * 86_400_000)
  const cancel = await app.inject({ method: 'POST', url: '/v2.0/tasks/65004d5c0000000000000001/cancel', headers: KEY })
  t.equal(cancel.statusCode, 204)
  await sandbox.clock.advance(60_000)
  const reply = await app.inject({ url: '/v2.0/tasks/65004d5c0000000000000001', headers: { ...KEY, accept: 'application/json' } })
  t.equal(reply.body, EXAMPLE)
})

t.test('the example belongs to every project', async (t) => {
  const world = await cognigyWorld(t)
  const list = await getJson(world, '/v2.0/tasks?projectId=abcdefabcdefabcdefabcdef&sort=createdAt:asc')
  t.match(list, { items: [{ _id: '65004d5c0000000000000001' }] })
})

const living: ReadonlyArray<readonly [what: string, id: string, states: ReadonlyArray<readonly [seconds: number, status: string, currentStep: number]>]> = [
  ['one task runs 10 s', '111111111111111111111111', [[0, 'active', 0], [3, 'active', 30], [9.999, 'active', 90], [10, 'done', 100]]],
  ['one is in error after 5 s', '222222222222222222222222', [[0, 'active', 0], [4.999, 'active', 25], [5, 'error', 50]]],
  ['one never finishes', '333333333333333333333333', [[0, 'active', 0], [6, 'active', 75], [10_000_000, 'active', 75]]],
  ['one is queued for 3 s and done after 6', '444444444444444444444444', [[0, 'queued', 0], [2.999, 'queued', 0], [3, 'active', 0], [5.999, 'active', 75], [6, 'done', 100]]],
  ['one is cancelled', '555555555555555555555555', [[0, 'cancelled', 25], [100, 'cancelled', 25]]],
]

for (const [what, id, states] of living) {
  t.test(`of the tasks that a world starts with, ${what}`, async (t) => {
    const world = await cognigyWorld(t)
    let now = 0
    for (const [seconds, status, currentStep] of states) {
      await world.sandbox.clock.advance((seconds - now) * 1000)
      now = seconds
      t.match(await getJson(world, `/v2.0/tasks/${id}`), { _id: id, status, currentStep, totalStep: 100 }, `after ${seconds} s`)
    }
  })
}

t.test('the living tasks carry what their kinds carry', async (t) => {
  const world = await cognigyWorld(t)
  await world.sandbox.clock.advance(10_000)
  t.same((await getJson(world, '/v2.0/tasks/444444444444444444444444'))['data'], {
    projectId: '61f25579055c2f43c249a181', name: 'weekly export', description: '', resourceIds: ['5ce7c2d833ea1e04d7e6c432'], packageId: '61f25699055c2f43c249a1e0',
  })
  t.equal((await getJson(world, '/v2.0/tasks/222222222222222222222222'))['failReason'], 'The uploaded package could not be read')
})
