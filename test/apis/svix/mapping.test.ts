/** From the simulator's states to the wire (contract, sections 3, 7.3 and 8). */
import t from 'tap'
import { ksuidInstant } from '../../../src/apis/svix/ids.js'
import { parseScript, type ScriptJson } from '../../../src/simulator/script.js'
import { NOON, type TestWorld } from '../../world.js'
import { ask, emptyWorld, LIST } from './support.js'

interface Start {
  readonly kind?: string
  readonly script?: ScriptJson
  readonly scenario?: string
}

/** Starts a task and tells how it is read: everything but id and task name. */
function start ({ sandbox, ...world }: TestWorld, { kind = 'endpoint.recover', script, scenario }: Start): { id: string, read: () => Promise<string> } {
  const { task: { id } } = sandbox.startTask({ api: 'svix', kind, scenario, script: script && parseScript(script) })
  return {
    id,
    read: async () => {
      const { status, body } = await ask({ sandbox, ...world }, `${LIST}/${id}`)
      return status === 200 ? body.replace(`"id":"${id}",`, '').replace(`"task":"${kind}",`, '') : `${status} ${body}`
    },
  }
}

const at = (ms: number): string => new Date(NOON + ms).toISOString()
const shown = (data: string, status: string, ms: number): string => `{"data":${data},"status":"${status}","updatedAt":"${at(ms)}"}`

const COUNTING: ScriptJson = { steps: [{ at: 0, state: 'queued' }, { at: '1s', state: 'running' }, { at: '2s', progress: 0.5 }, { at: '4s', state: 'succeeded', result: { messagesSent: 5 } }] }

t.test('queued and running are running, succeeded is finished with the result', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: COUNTING })
  t.equal(await read(), shown('{"messagesSent":0}', 'running', 0))
  await world.sandbox.clock.advance(1000)
  t.equal(await read(), shown('{"messagesSent":0}', 'running', 0), 'leaving the queue shows nowhere')
  await world.sandbox.clock.advance(1000)
  t.equal(await read(), shown('{"messagesSent":2}', 'running', 2000), 'floor(0.5 × 5)')
  await world.sandbox.clock.advance(1999)
  t.equal(await read(), shown('{"messagesSent":2}', 'running', 2000), 'nothing moves between two steps')
  await world.sandbox.clock.advance(1)
  t.equal(await read(), shown('{"messagesSent":5}', 'finished', 4000))
  await world.sandbox.clock.advance(1e9)
  t.equal(await read(), shown('{"messagesSent":5}', 'finished', 4000), 'nothing moves after the end')
})

t.test('reading never moves a timed task', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: COUNTING })
  for (let n = 0; n < 20; n++) t.equal(await read(), shown('{"messagesSent":0}', 'running', 0))
})

t.test('failed keeps the data as they stood before', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: { steps: [{ at: 0, state: 'running' }, { at: '2s', progress: 0.5 }, { at: '3s', state: 'failed', error: { message: 'no' } }] } })
  await world.sandbox.clock.advance(3000)
  t.equal(await read(), shown('{"messagesSent":1}', 'failed', 3000))
})

t.test('a cancel is running while it lasts and failed in the end', async (t) => {
  const world = await emptyWorld(t)
  const { id, read } = start(world, { script: COUNTING })
  await world.sandbox.clock.advance(2500)
  world.sandbox.simulator.cancel('svix', id)
  t.equal(await read(), shown('{"messagesSent":2}', 'running', 2000), 'cancelling shows nowhere')
  await world.sandbox.clock.advance(1000)
  t.equal(await read(), shown('{"messagesSent":2}', 'failed', 3500))
})

t.test('a script that ends cancelled is failed on the wire', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: { steps: [{ at: 0, state: 'running' }, { at: '2s', state: 'cancelled' }] } })
  await world.sandbox.clock.advance(2000)
  t.equal(await read(), shown('{"messagesSent":0}', 'failed', 2000))
})

t.test('finish and fail by command count as changes of their instant', async (t) => {
  const world = await emptyWorld(t)
  const finished = start(world, { script: COUNTING })
  const given = start(world, { script: COUNTING })
  const failed = start(world, { script: COUNTING })
  await world.sandbox.clock.advance(1234)
  world.sandbox.simulator.finish('svix', finished.id)
  world.sandbox.simulator.finish('svix', given.id, { messagesSent: 99 })
  world.sandbox.simulator.fail('svix', failed.id, { message: 'no' })
  t.equal(await finished.read(), shown('{"messagesSent":5}', 'finished', 1234), 'the result that the script would have left')
  t.equal(await given.read(), shown('{"messagesSent":99}', 'finished', 1234))
  t.equal(await failed.read(), shown('{"messagesSent":0}', 'failed', 1234))
})

t.test('an expired task is not found', async (t) => {
  const world = await emptyWorld(t)
  const { id, read } = start(world, { script: COUNTING })
  world.sandbox.simulator.expire('svix', id)
  t.equal(await read(), '404 {"code":"not_found","detail":"Entity not found"}')
})

t.test('time spent held does not count, and the end bears its true instant', async (t) => {
  const world = await emptyWorld(t)
  const { id, read } = start(world, { script: COUNTING })
  await world.sandbox.clock.advance(2500)
  world.sandbox.simulator.hold('svix', id)
  await world.sandbox.clock.advance(10_000)
  t.equal(await read(), shown('{"messagesSent":2}', 'running', 2000))
  world.sandbox.simulator.release('svix', id)
  await world.sandbox.clock.advance(1500)
  t.equal(await read(), shown('{"messagesSent":5}', 'finished', 14_000))
})

t.test('updatedAt is the last visible change, however late it is read', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: { steps: [{ at: 0, state: 'running' }, { at: '1s', progress: 0.5 }, { at: '2s', progress: 0.6 }, { at: '3s', progress: 0.7, output: ['x'] }, { at: '1h', state: 'succeeded', result: { messagesSent: 2 } }] } })
  await world.sandbox.clock.advance(60_000)
  t.equal(await read(), shown('{"messagesSent":1}', 'running', 1000), '0.6 and 0.7 of 2 are 1 as well')
})

t.test('a script paced by polls bears the instants of the polls that moved it visibly', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: { pace: 'polls', steps: [{ at: 0, state: 'queued' }, { at: 2, state: 'running' }, { at: 3, progress: 0.5 }, { at: 4, progress: 0.6 }, { at: 5, state: 'succeeded', result: { messagesSent: 2 } }] } })
  const expected = [['{"messagesSent":0}', 'running', 0], ['{"messagesSent":0}', 'running', 0], ['{"messagesSent":1}', 'running', 3000], ['{"messagesSent":1}', 'running', 3000], ['{"messagesSent":2}', 'finished', 5000], ['{"messagesSent":2}', 'finished', 5000]] as const
  for (const [data, status, ms] of expected) {
    await world.sandbox.clock.advance(1000)
    t.equal(await read(), shown(data, status, ms))
  }
})

t.test('at creation updatedAt is the instant inside the id, on its 4 ms grid', async (t) => {
  const world = await emptyWorld(t)
  await world.sandbox.clock.advance(7)
  const { id, read } = start(world, {})
  t.equal(await read(), shown('{"messagesSent":0}', 'running', 4))
  t.equal(ksuidInstant(id.slice('qtask_'.length)), NOON + 4)
})

t.test('what the script says itself goes before the derived counter', async (t) => {
  const world = await emptyWorld(t)
  const { read } = start(world, { script: { steps: [{ at: 0, state: 'running', data: { messages_sent: 7, since: 'x' } }, { at: '1s', progress: 0.5, data: { messages_sent: 8 } }, { at: '2s', state: 'succeeded', result: { messagesSent: 9 } }] } })
  t.equal(await read(), shown('{"messages_sent":7,"since":"x"}', 'running', 0))
  await world.sandbox.clock.advance(1000)
  t.equal(await read(), shown('{"messages_sent":8,"since":"x"}', 'running', 1000))
  await world.sandbox.clock.advance(1000)
  t.equal(await read(), shown('{"messagesSent":9}', 'finished', 2000))
})

t.test('only kinds that count derive a counter, up to the documented result when the script has none', async (t) => {
  const world = await emptyWorld(t)
  const script: ScriptJson = { steps: [{ at: 0, state: 'running', progress: 0.5 }] }
  const expected: Record<string, string> = {
    'endpoint.recover': '{"messagesSent":1}',
    'endpoint.replay': '{"messagesSent":1}',
    'endpoint.bulk-replay': '{"messagesSent":1}',
    'endpoint.bulk_replay': '{"messagesSent":1}',
    'application.purge_content': '{"messagesPurged":75}',
    'application.stats': '{}',
    'event-type.aggregate': '{}',
    'message.broadcast': '{}',
    'sdk.generate': '{}',
    'endpoint.rewind': '{}',
    ['__proto__']: '{}',
    constructor: '{}',
  }
  for (const kind of Object.keys(expected)) t.equal(await start(world, { kind, script }).read(), shown(expected[kind] ?? '', 'running', 0), kind)
})

t.test('the kind is the task name verbatim', async (t) => {
  const world = await emptyWorld(t)
  const { task: { id } } = world.sandbox.startTask({ api: 'svix', kind: 'endpoint."rewind"', script: parseScript({ steps: [{ at: 0, state: 'running' }] }) })
  t.equal((await ask(world, `${LIST}/${id}`)).body, `{"data":{},"id":"${id}","status":"running","task":"endpoint.\\"rewind\\"","updatedAt":"${at(0)}"}`)
})

t.test('data is an object whatever the result is', async (t) => {
  const world = await emptyWorld(t)
  const cases: Array<[unknown, string]> = [[{}, '{}'], [{ a: null }, '{"a":null}'], [null, '{"result":null}'], [[1], '{"result":[1]}'], ['ü', '{"result":"ü"}'], [0, '{"result":0}'], [false, '{"result":false}'], [undefined, '{"messagesSent":2}']]
  for (const [result, data] of cases) {
    t.equal(await start(world, { script: { steps: [{ at: 0, state: 'succeeded', result }] } }).read(), shown(data, 'finished', 0), data)
  }
})
