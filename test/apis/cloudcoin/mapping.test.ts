import t from 'tap'
import { parseScript, type Script, type ScriptJson } from '../../../src/simulator/script.js'
import type { TestWorld } from '../../world.js'
import { cloudcoinWorld, poll } from './wire.js'

/** Queued for 1 s, half done at 2 s, done at 3 s. */
const COURSE: ScriptJson = {
  steps: [
    { at: 0, state: 'queued' },
    { at: '1s', state: 'running', output: ['Placing Coins'] },
    { at: '2s', progress: 0.5, output: ['Generating Pans', 'Powning'] },
    { at: '3s', state: 'succeeded', result: { amount: 2 } },
  ],
}

function start (world: TestWorld, script: Script = parseScript(COURSE)): string {
  return world.sandbox.startTask({ api: 'cloudcoin', kind: 'transfer', script }).task.id
}

/** The payload behind the id. */
async function shown (world: TestWorld, id: string): Promise<string> {
  const body = await poll(world, id)
  const [, payload] = /^\{"payload":\{"id":"[^"]+",(.*)\},"status":"success"\}\n$/.exec(body) ?? []
  return payload ?? body
}

const FAILURE = { message: 'No coins to detect', code: 4192 }

t.test('queued: running, without progress and message', async (t) => {
  const documented = await cloudcoinWorld(t)
  const recorded = await cloudcoinWorld(t, 'recorded')
  t.equal(await shown(documented, start(documented)), '"status":"running","progress":0,"started":1795348800,"message":""')
  t.equal(await shown(recorded, start(recorded)), '"status":"running","progress":0,"started":1795348800,"finished":0,"message":"","data":null')
  const chatty = parseScript({ steps: [{ at: 0, state: 'queued', progress: 0.3, output: ['waiting'] }] })
  t.equal(await shown(documented, start(documented, chatty)), '"status":"running","progress":0,"started":1795348800,"message":""', 'whatever the script says meanwhile')
})

t.test('running: the newest line is the message', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  await world.sandbox.clock.advance(1000)
  t.equal(await shown(world, id), '"status":"running","progress":0,"started":1795348800,"message":"Placing Coins"')
  await world.sandbox.clock.advance(1000)
  t.equal(await shown(world, id), '"status":"running","progress":50,"started":1795348800,"message":"Powning"')
})

t.test('succeeded: completed with its result; whole seconds are rounded down', async (t) => {
  const world = await cloudcoinWorld(t)
  await world.sandbox.clock.advance(999)
  const id = start(world)
  await world.sandbox.clock.advance(3000)
  t.equal(await shown(world, id), '"status":"completed","progress":100,"started":1795348800,"finished":1795348803,"message":"Command Completed","data":{"amount":2}')
})

t.test('failed: error at 100, however far it was', async (t) => {
  const documented = await cloudcoinWorld(t)
  const recorded = await cloudcoinWorld(t, 'recorded')
  for (const [world, expected] of [
    [documented, '"status":"error","progress":100,"started":1795348800,"finished":1795348802,"message":"No coins to detect"'],
    [recorded, '"status":"error","progress":100,"started":1795348800,"finished":1795348802,"message":"Error Occured","data":{"code":4192,"message":"No coins to detect","details":null}'],
  ] as const) {
    const id = start(world)
    await world.sandbox.clock.advance(2000)
    world.sandbox.simulator.fail('cloudcoin', id, FAILURE)
    t.equal(await shown(world, id), expected)
    await world.sandbox.clock.advance(1_000_000)
    t.equal(await shown(world, id), expected, 'and it stays so')
  }
})

t.test('failed: without a number it is 4100, details are 25 texts or none', async (t) => {
  const world = await cloudcoinWorld(t, 'recorded')
  const details = Array.from({ length: 25 }, (_, n) => n % 2 === 0 ? 'RaidaCode#241' : 'NetworkCode#1: ')
  for (const [error, data] of [
    [{ message: 'x' }, '{"code":4100,"message":"x","details":null}'],
    [{ message: 'x', code: 'nope' }, '{"code":4100,"message":"x","details":null}'],
    [{ message: 'x', code: 4104.5 }, '{"code":4100,"message":"x","details":null}'],
    [{ message: '', code: 4104 }, '{"code":4104,"message":"Task failed","details":null}'],
    [{ message: 'x', code: 4104, details }, `{"code":4104,"message":"x","details":${JSON.stringify(details)}}`],
    [{ message: 'x', code: 4104, details: details.slice(1) }, '{"code":4104,"message":"x","details":null}'],
    [{ message: 'x', code: 4104, details: details.map((_, n) => n) }, '{"code":4104,"message":"x","details":null}'],
    [{ message: 'x', code: 4104, details: { a: 1 } }, '{"code":4104,"message":"x","details":null}'],
  ] as const) {
    const id = start(world)
    world.sandbox.simulator.fail('cloudcoin', id, error)
    t.match(await shown(world, id), `"message":"Error Occured","data":${data}`)
  }
})

t.test('failed without a word: the text is Pollux\'s own', async (t) => {
  const world = await cloudcoinWorld(t)
  t.match(await shown(world, start(world, parseScript({ steps: [{ at: 0, state: 'failed' }] }))), '"finished":1795348800,"message":"Task failed"')
})

t.test('cancelling: running, unchanged', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  await world.sandbox.clock.advance(2000)
  const before = await shown(world, id)
  world.sandbox.simulator.cancel('cloudcoin', id)
  t.equal(await shown(world, id), before)
  await world.sandbox.clock.advance(999)
  t.equal(await shown(world, id), before)
})

t.test('cancelled: error 4100', async (t) => {
  const documented = await cloudcoinWorld(t)
  const recorded = await cloudcoinWorld(t, 'recorded')
  for (const [world, expected] of [
    [documented, '"status":"error","progress":100,"started":1795348800,"finished":1795348803,"message":"Task was cancelled"'],
    [recorded, '"status":"error","progress":100,"started":1795348800,"finished":1795348803,"message":"Error Occured","data":{"code":4100,"message":"Task was cancelled","details":null}'],
  ] as const) {
    const id = start(world)
    await world.sandbox.clock.advance(2000)
    world.sandbox.simulator.cancel('cloudcoin', id)
    await world.sandbox.clock.advance(1000)
    t.equal(await shown(world, id), expected)
  }
})

t.test('held: it stays where it is', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  await world.sandbox.clock.advance(2000)
  world.sandbox.simulator.hold('cloudcoin', id)
  await world.sandbox.clock.advance(60_000)
  t.equal(await shown(world, id), '"status":"running","progress":50,"started":1795348800,"message":"Powning"')
})

t.test('reading changes nothing, and a result can be read for ever', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  await world.sandbox.clock.advance(1500)
  const running = await poll(world, id)
  for (let n = 0; n < 5; n++) t.equal(await poll(world, id), running)
  await world.sandbox.clock.advance(1500)
  const completed = await poll(world, id)
  await world.sandbox.clock.advance(1e10)
  t.equal(await poll(world, id), completed)
})

t.test('a script paced by polls moves with them', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world, parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, state: 'succeeded', result: null }] }))
  t.match(await shown(world, id), '"status":"running"')
  t.match(await shown(world, id), '"status":"completed"')
})

t.test('the profile of the moment decides how the same task is shown', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  const documented = await poll(world, id)
  world.sandbox.setOptions('cloudcoin', { 'wire-profile': 'recorded', 'retention-seconds': 0 })
  t.match(await poll(world, id), '"finished":0,"message":"","data":null')
  world.sandbox.setOptions('cloudcoin', { 'wire-profile': 'documented', 'retention-seconds': 0 })
  t.equal(await poll(world, id), documented)
})

t.test('texts are escaped as Go does', async (t) => {
  const world = await cloudcoinWorld(t)
  const id = start(world)
  world.sandbox.simulator.finish('cloudcoin', id, { '<a>': 'b & c </script> \u2028\u2029 " \\ é 💰' })
  t.match(await shown(world, id), '"data":{"\\u003ca\\u003e":"b \\u0026 c \\u003c/script\\u003e \\u2028\\u2029 \\" \\\\ é 💰"}')
})

t.test('wire keys of a fixture replace what the simulator says', async (t) => {
  const world = await cloudcoinWorld(t)
  const { task: { id } } = world.sandbox.simulator.create({ api: 'cloudcoin', kind: 'fix', id: '33333333-3333-4333-8333-333333333333', script: parseScript(COURSE), wire: { progress: 120, status: 'finished' } })
  t.equal(await shown(world, id), '"status":"finished","progress":120,"started":1795348800,"message":""')
})
