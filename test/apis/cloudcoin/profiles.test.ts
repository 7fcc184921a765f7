import t from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import { parseScript, type ScriptJson } from '../../../src/simulator/script.js'
import { testWorld } from '../../world.js'
import { cloudcoinWorld, inject, INVALID_ID_BODY, poll, UNKNOWN_TASK_BODY } from './wire.js'

/** The instants of the golden bodies (contract 3.3). */
const STARTED = 1795315162
const FAILED = 1795315194

const RUNNING_ID = '035738cd-f1ab-46e1-bbcd-b37f6f691e40'

t.test('documented: the golden body of a task that has just started', async (t) => {
  const world = await cloudcoinWorld(t, 'documented', STARTED)
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'health', id: RUNNING_ID })
  t.equal(await poll(world, RUNNING_ID), '{"payload":{"id":"035738cd-f1ab-46e1-bbcd-b37f6f691e40","status":"running","progress":0,"started":1795315162,"message":""},"status":"success"}\n')
})

t.test('documented: the golden body of a task that failed', async (t) => {
  const world = await cloudcoinWorld(t, 'documented', FAILED)
  const id = 'cc9ef60e-4b20-4ca0-a11e-820d602bfbec'
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer', id, scenario: 'fail-coins' })
  await world.sandbox.clock.advance(300)
  t.equal(await poll(world, id), '{"payload":{"id":"cc9ef60e-4b20-4ca0-a11e-820d602bfbec","status":"error","progress":100,"started":1795315194,"finished":1795315194,"message":"Not enough CloudCoins"},"status":"success"}\n')
})

t.test('recorded: the golden body of a task that has just started', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded', STARTED)
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'health', id: RUNNING_ID })
  t.equal(await poll(world, RUNNING_ID), '{"payload":{"id":"035738cd-f1ab-46e1-bbcd-b37f6f691e40","status":"running","progress":0,"started":1795315162,"finished":0,"message":"","data":null},"status":"success"}\n')
})

t.test('recorded: the golden body of a running task, its replies given', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded', STARTED)
  const script = world.sandbox.scenarios('cloudcoin').get('echo-ok')?.scriptFor('echo')
  if (script === undefined) throw new Error('the scenario echo-ok has no script')
  // Which servers reply is drawn from the id; these are the real server's.
  world.sandbox.simulator.create({ api: 'cloudcoin', kind: 'echo', id: RUNNING_ID, script, wire: { message: 'Last received response was from Raida 13', data: '0110100111000110100110101' } })
  await world.sandbox.clock.advance(13 * 76)
  t.equal(await poll(world, RUNNING_ID), '{"payload":{"id":"035738cd-f1ab-46e1-bbcd-b37f6f691e40","status":"running","progress":52,"started":1795315162,"finished":0,"message":"Last received response was from Raida 13","data":"0110100111000110100110101"},"status":"success"}\n')
})

t.test('recorded: the golden body of a task that failed', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded', FAILED)
  const id = '213856dd-1086-4f37-af78-b183b608a806'
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer', id, scenario: 'fail-coins' })
  await world.sandbox.clock.advance(300)
  t.equal(await poll(world, id), '{"payload":{"id":"213856dd-1086-4f37-af78-b183b608a806","status":"error","progress":100,"started":1795315194,"finished":1795315194,"message":"Error Occured","data":{"code":4135,"message":"Not enough CloudCoins","details":null}},"status":"success"}\n')
})

t.test('documented: any spelling of 32 hex digits finds the task, and the id is always canonical', async (t) => {
  const world = await cloudcoinWorld(t)
  const canonical = (await inject(world, 'GET', '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71')).body
  for (const id of ['bdc8e99ddd8a40e98840f9f8eef16c71', 'BDC8E99DDD8A40E98840F9F8EEF16C71', 'BDC8E99D-DD8A-40E9-8840-F9F8EEF16C71', 'bdc8e99d-dd8a40e98840f9f8eef16c71', '-bdc8e99d-dd8a-40e9-8840-f9f8eef16c71-']) {
    t.equal((await inject(world, 'GET', `/api/v1/task/${id}`)).body, canonical, id)
  }
  t.equal(await poll(world, 'ffffffffffffffffffffffffffffffff'), UNKNOWN_TASK_BODY, 'a version 4 is not asked for')
})

t.test('documented: a task that was given a compact id is found under it and shows the canonical one', async (t) => {
  const world = await cloudcoinWorld(t)
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer', id: 'ABCDEF00000000000000000000000001' })
  t.match(await poll(world, 'ABCDEF00000000000000000000000001'), '{"payload":{"id":"abcdef00-0000-0000-0000-000000000001","status":"running"')
})

t.test('recorded: only a UUID of version 4 in lower case with hyphens is an id', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  for (const id of ['bdc8e99ddd8a40e98840f9f8eef16c71', 'BDC8E99D-DD8A-40E9-8840-F9F8EEF16C71', 'bdc8e99d-dd8a-10e9-8840-f9f8eef16c71', 'bdc8e99d-dd8a-40e9-7840-f9f8eef16c71', 'bdc8e99d-dd8a-40e9-c840-f9f8eef16c71', ' bdc8e99d-dd8a-40e9-8840-f9f8eef16c71'.replace(' ', '%20')]) {
    t.equal(await poll(world, id), INVALID_ID_BODY, id)
  }
  t.match(await poll(world, 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71'), '"status":"completed"')
})

function progressAt (progress: number): ScriptJson {
  return { steps: [{ at: 0, state: 'running', progress }] }
}

t.test('progress: a whole number of at most 99 as documented, two decimals as recorded', async (t) => {
  const documented = await cloudcoinWorld(t)
  const recorded = await cloudcoinWorld(t, 'recorded')
  for (const [progress, whole, decimals] of [[0, 0, 0], [0.0001, 0, 0.01], [0.00004, 0, 0], [1 / 75, 1, 1.33], [2 / 75, 2, 2.67], [0.07, 7, 7], [0.29, 29, 29], [0.57, 57, 57], [0.58, 58, 58], [0.5099, 50, 50.99], [0.99, 99, 99], [0.996, 99, 99.6], [1, 99, 100]] as const) {
    for (const [world, shown] of [[documented, whole], [recorded, decimals]] as const) {
      const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'echo', script: parseScript(progressAt(progress)) })
      t.match(await poll(world, id), `"status":"running","progress":${shown},"started":`, `${progress} is shown as ${shown}`)
    }
  }
})

t.test('a completed task shows data also when there is none, in both profiles', async (t) => {
  for (const profile of ['documented', 'recorded'] as const) {
    const world = await cloudcoinWorld(t, profile)
    const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'export' })
    await world.sandbox.clock.advance(1000)
    t.equal(await poll(world, id), `{"payload":{"id":"${id}","status":"completed","progress":100,"started":1795348800,"finished":1795348801,"message":"Command Completed","data":null},"status":"success"}\n`)
  }
})

t.test('health leaves TotalAlreadyLimbo out as recorded', async (t) => {
  for (const [profile, shown] of [['documented', '"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":0'], ['recorded', '"TotalAlreadyFracked":0,"TotalFracked":0']] as const) {
    const world = await cloudcoinWorld(t, profile)
    const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'health' })
    await world.sandbox.clock.advance(1000)
    t.match(await poll(world, id), shown)
  }
})

t.test('results that are no check of coins are shown as they are', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  for (const result of [{ total: 1 }, [1, 2], 'OK', 5, false, { TotalCoins: 1 }]) {
    const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'detect' })
    world.sandbox.simulator.finish('cloudcoin', id, result)
    t.match(await poll(world, id), `"message":"Command Completed","data":${JSON.stringify(result)}},"status":"success"}`)
  }
})

t.test('recorded: other kinds keep their totals as they are', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer' })
  world.sandbox.simulator.finish('cloudcoin', id, { TotalCoins: 1, TotalAuthentic: 1, TotalAlreadyLimbo: 0 })
  t.match(await poll(world, id), '"data":{"TotalCoins":1,"TotalAuthentic":1,"TotalAlreadyLimbo":0}}')
})

t.test('retention: by default a task is never forgotten', async (t) => {
  const world = await cloudcoinWorld(t)
  const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer' })
  await world.sandbox.clock.advance(1e12)
  t.match(await poll(world, id), '"status":"completed"')
})

t.test('retention: so many seconds after its end a task is forgotten', async (t) => {
  const world = await testWorld(t, { apis: [cloudcoin], options: { cloudcoin: { 'retention-seconds': 600 } } })
  const { task: { id } } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer' })
  await world.sandbox.clock.advance(1000 + 599_999)
  t.match(await poll(world, id), '"status":"completed"')
  await world.sandbox.clock.advance(1)
  t.equal(await poll(world, id), UNKNOWN_TASK_BODY)
  t.match(await poll(world, '00000000-0000-4000-8000-000000000003'), '"status":"running"', 'what has not ended is kept')
})

t.test('ids are drawn as UUIDs of version 4, the same ones for the same seed', async (t) => {
  const [one, other] = [await cloudcoinWorld(t), await cloudcoinWorld(t)]
  for (let n = 0; n < 20; n++) {
    const { task: { id } } = one.sandbox.startTask({ api: 'cloudcoin', kind: 'echo' })
    t.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
    t.equal(other.sandbox.startTask({ api: 'cloudcoin', kind: 'echo' }).task.id, id)
  }
})
