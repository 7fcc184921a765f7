/** From the simulator's states to the wire (cognigy contract, 3.1 and 8). */
import t from 'tap'
import type { ScriptJson } from '../../../src/simulator/script.js'
import { cognigyWorld, getJson, JSON_KEY, KEY, startTask, USER } from './support.js'

const ID = '6b02d940a1b2c3d4e5000001'
const GOLDEN_PARAMETERS = { flowId: '5ce7c2d833ea1e04d7e6c432', localeId: '5ce7c2d833ea1e04d7e6c433', mode: 'full' }
const GOLDEN_SCRIPT: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '2s', progress: 0.4 }] }
const GOLDEN = '{"name":"trainIntents","data":{"flowId":"5ce7c2d833ea1e04d7e6c432","localeId":"5ce7c2d833ea1e04d7e6c433","mode":"full"},"status":"active","currentStep":40,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":null,"_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348802,"createdBy":"5f8f0c1e2a6b4d0012ab34cd","lastChangedBy":"5f8f0c1e2a6b4d0012ab34cd"}'

const GOLDEN_BODIES: Record<string, string> = {
  'application/json': GOLDEN,
  'application/hal+json': `${GOLDEN.slice(0, -1)},"_links":{"self":{"href":"/v2.0/tasks/6b02d940a1b2c3d4e5000001"}}}`,
  'application/xml': '<?xml version="1.0" encoding="UTF-8"?><task><name>trainIntents</name><data><flowId>5ce7c2d833ea1e04d7e6c432</flowId><localeId>5ce7c2d833ea1e04d7e6c433</localeId><mode>full</mode></data><status>active</status><currentStep>40</currentStep><totalStep>100</totalStep><failReason/><lastRunAt>2026-11-22T12:00:00.000Z</lastRunAt><lastFinishedAt/><_id>6b02d940a1b2c3d4e5000001</_id><createdAt>1795348800</createdAt><lastChanged>1795348802</lastChanged><createdBy>5f8f0c1e2a6b4d0012ab34cd</createdBy><lastChangedBy>5f8f0c1e2a6b4d0012ab34cd</lastChangedBy></task>',
  'text/csv': 'name,data,status,currentStep,totalStep,failReason,lastRunAt,lastFinishedAt,_id,createdAt,lastChanged,createdBy,lastChangedBy\r\n' +
    'trainIntents,"{""flowId"":""5ce7c2d833ea1e04d7e6c432"",""localeId"":""5ce7c2d833ea1e04d7e6c433"",""mode"":""full""}",active,40,100,,2026-11-22T12:00:00.000Z,,6b02d940a1b2c3d4e5000001,1795348800,1795348802,5f8f0c1e2a6b4d0012ab34cd,5f8f0c1e2a6b4d0012ab34cd\r\n',
}
GOLDEN_BODIES['text/xml'] = GOLDEN_BODIES['application/xml'] ?? ''

for (const [medium, body] of Object.entries(GOLDEN_BODIES)) {
  t.test(`the golden body in ${medium}`, async (t) => {
    const world = await cognigyWorld(t)
    startTask(world, { id: ID, parameters: GOLDEN_PARAMETERS, script: GOLDEN_SCRIPT })
    await world.sandbox.clock.advance(2000)
    for (const poll of ['first', 'second']) {
      const reply = await world.app.inject({ url: `/v2.0/tasks/${ID}`, headers: { ...KEY, accept: medium } })
      t.equal(reply.headers['content-type'], `${medium}; charset=utf-8`)
      t.equal(reply.body, body, `${poll} poll`)
    }
  })
}

interface Row { readonly what: string, readonly script: ScriptJson, readonly cancelledAfterMs?: number, readonly atMs: number, readonly expected: string }

const rows: readonly Row[] = [
  {
    what: 'queued',
    script: { steps: [{ at: 0 }] },
    atMs: 5000,
    expected: '"data":{"p":1},"status":"queued","currentStep":0,"totalStep":100,"failReason":"","lastRunAt":null,"lastFinishedAt":null,"_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348800',
  },
  {
    what: 'running: active, with the ids known so far',
    script: { steps: [{ at: 0 }, { at: '1.5s', state: 'running', progress: 0.29, data: { playbookRunId: 'r' } }] },
    atMs: 5000,
    expected: '"data":{"p":1,"playbookRunId":"r"},"status":"active","currentStep":29,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:01.500Z","lastFinishedAt":null,"_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348801',
  },
  {
    what: 'succeeded: done, with the result in data',
    script: { steps: [{ at: 0, state: 'running', data: { a: 1 } }, { at: '2999ms', state: 'succeeded', result: { packageId: 'x' } }] },
    atMs: 5000,
    expected: '"data":{"p":1,"a":1,"packageId":"x"},"status":"done","currentStep":100,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:02.999Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348802',
  },
  {
    what: 'succeeded with a result that is no object: data as before',
    script: { steps: [{ at: 0, state: 'succeeded', result: ['x'] }] },
    atMs: 0,
    expected: '"data":{"p":1},"status":"done","currentStep":100,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:00.000Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348800',
  },
  {
    what: 'failed: error, the steps frozen',
    script: { steps: [{ at: 0, state: 'running', progress: 0.25 }, { at: '2s', state: 'failed', error: { message: 'It broke' }, result: { packageId: 'x' } }] },
    atMs: 5000,
    expected: '"data":{"p":1},"status":"error","currentStep":25,"totalStep":100,"failReason":"It broke","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:02.000Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348802',
  },
  {
    what: 'failed without a text: the vendor-neutral one',
    script: { steps: [{ at: 0, state: 'failed' }] },
    atMs: 0,
    expected: '"data":{"p":1},"status":"error","currentStep":0,"totalStep":100,"failReason":"Task failed","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:00.000Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348800',
  },
  {
    what: 'cancelled from the queue: never run',
    script: { steps: [{ at: 0 }] },
    cancelledAfterMs: 1000,
    atMs: 5000,
    expected: '"data":{"p":1},"status":"cancelled","currentStep":0,"totalStep":100,"failReason":"","lastRunAt":null,"lastFinishedAt":"2026-11-22T12:00:02.000Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348802',
  },
  {
    what: 'cancelling: the steps frozen, no end yet',
    script: { steps: [{ at: 0, state: 'running', progress: 0.5 }, { at: '1.5s', progress: 0.9 }] },
    cancelledAfterMs: 1000,
    atMs: 1999,
    expected: '"data":{"p":1},"status":"cancelling","currentStep":50,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":null,"_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348801',
  },
  {
    what: 'step counts of the script\'s own',
    script: { steps: [{ at: 0, state: 'running', stepCounts: { current: 3, total: 7 }, progress: 0.9 }] },
    atMs: 0,
    expected: '"data":{"p":1},"status":"active","currentStep":3,"totalStep":7,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":null,"_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348800',
  },
  {
    what: 'step counts of a task that is done: all of them',
    script: { steps: [{ at: 0, state: 'running', stepCounts: { current: 3, total: 7 } }, { at: '1s', state: 'succeeded' }] },
    atMs: 1000,
    expected: '"data":{"p":1},"status":"done","currentStep":7,"totalStep":7,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:01.000Z","_id":"6b02d940a1b2c3d4e5000001","createdAt":1795348800,"lastChanged":1795348801',
  },
]

for (const { what, script, cancelledAfterMs, atMs, expected } of rows) {
  t.test(what, async (t) => {
    const world = await cognigyWorld(t)
    const { clock } = world.sandbox
    startTask(world, { id: ID, parameters: { p: 1 }, script })
    if (cancelledAfterMs !== undefined) {
      await clock.advance(cancelledAfterMs)
      await world.app.inject({ method: 'POST', url: `/v2.0/tasks/${ID}/cancel`, headers: KEY })
    }
    await clock.advance(atMs - (cancelledAfterMs ?? 0))
    const reply = await world.app.inject({ url: `/v2.0/tasks/${ID}`, headers: JSON_KEY })
    t.equal(reply.body, `{"name":"trainIntents",${expected},"createdBy":"${USER}","lastChangedBy":"${USER}"}`)
  })
}

t.test('currentStep is the whole number that each hundredth of progress means', async (t) => {
  const world = await cognigyWorld(t)
  for (let hundredths = 0; hundredths <= 100; hundredths++) {
    const id = startTask(world, { script: { steps: [{ at: 0, state: 'running', progress: hundredths / 100 }] } })
    t.equal((await getJson(world, `/v2.0/tasks/${id}`))['currentStep'], hundredths)
  }
})

t.test('a task finished by command is done with all its steps', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world)
  world.sandbox.simulator.finish('cognigy', id, { packageId: 'x' })
  t.match(await getJson(world, `/v2.0/tasks/${id}`), { status: 'done', currentStep: 100, data: { packageId: 'x' } })
})

t.test('an expired task is not found and not listed', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world)
  const before = (await getJson(world, '/v2.0/tasks'))['total']
  world.sandbox.simulator.expire('cognigy', id)
  const reply = await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: KEY })
  t.equal(reply.statusCode, 404)
  t.equal(reply.json().code, 1002)
  t.equal((await getJson(world, '/v2.0/tasks'))['total'], Number(before) - 1)
})

t.test('reading never moves a task', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: GOLDEN_SCRIPT })
  const bodies = new Set<string>()
  for (let n = 0; n < 20; n++) bodies.add((await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: KEY })).body)
  t.equal(bodies.size, 1)
})

t.test('a script paced by polls moves with the polls, HEAD among them, and not with the lists', async (t) => {
  const world = await cognigyWorld(t)
  const id = startTask(world, { script: { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 3, state: 'succeeded' }] } })
  t.equal((await getJson(world, `/v2.0/tasks/${id}`))['status'], 'active')
  await world.app.inject({ method: 'HEAD', url: `/v2.0/tasks/${id}`, headers: KEY })
  t.match(await getJson(world, '/v2.0/tasks'), { items: [{ _id: id, status: 'active' }] })
  t.equal((await getJson(world, `/v2.0/tasks/${id}`))['status'], 'done')
})

t.test('links lead back through the sandbox and the prefix that the client came by', async (t) => {
  const world = await cognigyWorld(t)
  const paths = ['/new', '', '/cognigy', '/sandbox/a', '/sandbox/a/new', '/sandbox/a/cognigy/new', '/new']
  const hrefs = await Promise.all(paths.map(async (path) => (await world.app.inject({ url: `${path}/v2.0/tasks/111111111111111111111111`, headers: KEY })).json()._links.self.href))
  t.same(hrefs, ['', '', '/cognigy', '/sandbox/a', '/sandbox/a', '/sandbox/a/cognigy', ''].map((mount) => `${mount}/v2.0/tasks/111111111111111111111111`))
})
