import { Type } from '@sinclair/typebox'
import t from 'tap'
import type { ApiPlugin } from '../src/api.js'
import type { FixtureTask } from '../src/fixtures.js'
import { Sandbox, type World } from '../src/sandbox.js'
import { Sandboxes } from '../src/sandboxes.js'
import { parseScenario, UnknownScenario } from '../src/scenarios.js'
import { parseScript, type ScriptJson } from '../src/simulator/script.js'
import type { TaskSnapshot } from '../src/simulator/task.js'

const START = 1_000_000
const QUICK: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'succeeded' }] }

const options = Type.Object({ 'retention-seconds': Type.Integer({ default: 0 }), mood: Type.String({ default: 'calm' }) })

const toy: ApiPlugin = {
  name: 'toy',
  title: 'A toy',
  nativePort: undefined,
  paths: ['/toy'],
  slashes: 'keep',
  kinds: ['k'],
  options,
  order: (a, b) => a.seq - b.seq,
  taskPath: (id) => `/toy/${id}`,
  createTaskIds: (random) => () => `id-${random('toy ids').below(1000)}`,
  retentionMs: (given) => given['retention-seconds'] === 0 ? Infinity : Number(given['retention-seconds']) * 1000,
  load: async () => ({ routes: (_app, _options, done) => { done() }, calls: [], openapi: { info: { title: 'A toy', version: '1', description: '' }, servers: [] } }),
  errorReply: () => ({ status: 500, headers: {}, body: '' }),
  faultReply: (status) => ({ status, headers: {}, body: '' }),
}

function fixture (more: Partial<FixtureTask>): FixtureTask {
  return { id: undefined, kind: 'k', label: undefined, created: { agoMs: 0 }, scenario: undefined, script: parseScript(QUICK), parameters: undefined, wire: undefined, facts: [], ...more }
}

function world (more: Partial<World> = {}): World {
  return {
    apis: [toy],
    fixtures: new Map([['toy', { tasks: [fixture({ id: 'named' }), fixture({ created: { agoMs: 5000 } }), fixture({ created: { at: 10 } })], scenarios: new Map([['success', parseScenario('success', { summary: 'x', kinds: { k: QUICK } })]]) }]]),
    seed: 1,
    clock: { mode: 'frozen', startAt: START },
    options: new Map([['toy', { 'retention-seconds': 0, mood: 'calm' }]]),
    journal: { entries: 10, bodyBytes: 100 },
    ...more,
  }
}

const listed = (sandbox: Sandbox): string[] => [...sandbox.simulator.list('toy').ascending()].map(({ id, createdAt }) => `${id}@${createdAt}`)

t.test('a world starts with its fixtures, created in order of their instants', async (t) => {
  const sandbox = new Sandbox('a', world())
  t.same(listed(sandbox).map((task) => task.replace(/^id-\d+/, 'drawn')), ['drawn@10', `drawn@${START - 5000}`, `named@${START}`])
})

t.test('the same seed and name draw the same ids; another name others', async (t) => {
  t.same(listed(new Sandbox('a', world())), listed(new Sandbox('a', world())))
  t.notSame(listed(new Sandbox('a', world())), listed(new Sandbox('b', world())))
  t.notSame(listed(new Sandbox('a', world())), listed(new Sandbox('a', world({ seed: 2 }))))
})

t.test('a drawn id that is taken is drawn again', async (t) => {
  const sandbox = new Sandbox('a', world())
  const ids = new Set(Array.from({ length: 900 }, () => sandbox.startTask({ api: 'toy', kind: 'k' }).task.id))
  t.equal(ids.size, 900)
})

t.test('a task starts by scenario, by script, or under an id of its own', async (t) => {
  const sandbox = new Sandbox('a', world())
  t.match(sandbox.startTask({ api: 'toy', kind: 'k' }), { state: 'running', task: { scenario: 'success', createdAt: START } })
  t.match(sandbox.startTask({ api: 'toy', kind: 'other', id: 'mine', label: 'l', parameters: { a: 1 }, script: parseScript({ steps: [{ at: 0, state: 'failed' }] }) }), { state: 'failed', task: { id: 'mine', label: 'l', parameters: { a: 1 } } })
  t.throws(() => sandbox.startTask({ api: 'toy', kind: 'k', id: 'mine' }), { code: 'task-exists' })
  t.throws(() => sandbox.startTask({ api: 'toy', kind: 'k', scenario: 'nope' }), UnknownScenario)
  t.throws(() => sandbox.startTask({ api: 'toy', kind: 'other' }), UnknownScenario)
  t.throws(() => sandbox.startTask({ api: 'nobody', kind: 'k' }), RangeError)
})

t.test('options are read by their schema, and retention follows them', async (t) => {
  const sandbox = new Sandbox('a', world())
  t.equal(sandbox.options(options).mood, 'calm')
  sandbox.setOptions('toy', { 'retention-seconds': 10, mood: 'eager' })
  t.equal(sandbox.options(options).mood, 'eager')
  await sandbox.clock.advance(10_999)
  t.ok(sandbox.simulator.peek('toy', 'named'))
  await sandbox.clock.advance(1)
  t.equal(sandbox.simulator.peek('toy', 'named'), undefined)
})

t.test('reset goes back to the fixtures and the seed, and has answered held polls when it resolves', async (t) => {
  const sandbox = new Sandbox('a', world())
  const before = listed(sandbox)
  const { task } = sandbox.startTask({ api: 'toy', kind: 'k' })
  const answers: Array<TaskSnapshot | undefined> = []
  sandbox.simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: async (snapshot) => { answers.push(snapshot) } })
  sandbox.setOptions('toy', { 'retention-seconds': 0, mood: 'eager' })
  await sandbox.reset()
  t.strictSame(answers, [undefined])
  t.same(listed(sandbox), before)
  t.equal(sandbox.startTask({ api: 'toy', kind: 'k' }).task.id, task.id, 'the stream is back at its start')
  t.equal(sandbox.options(options).mood, 'eager', 'configuration stays')
})

t.test('draining answers every held poll with the present state', async (t) => {
  const sandboxes = new Sandboxes({ world: world(), max: 3, idleMs: Infinity })
  const answers: unknown[] = []
  for (const name of ['a', 'b']) {
    const { simulator } = sandboxes.get(name)
    const task = simulator.peek('toy', 'named')?.task
    if (task === undefined) return t.fail('the fixture is there')
    simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: (snapshot) => { answers.push([name, snapshot?.state]) } })
  }
  await sandboxes.drain()
  t.same(answers, [['a', 'running'], ['b', 'running']])
  t.equal(sandboxes.get('c').isDraining, true, 'a sandbox made afterwards knows')
  sandboxes.close()
})

t.test('sandboxes are made on first use, once, each a world of its own', async (t) => {
  const sandboxes = new Sandboxes({ world: world(), max: 3, idleMs: Infinity })
  const a = sandboxes.get('a')
  t.equal(sandboxes.get('a'), a)
  await a.clock.advance(1000)
  a.simulator.expire('toy', 'named')
  t.equal(sandboxes.get('b').clock.now(), START)
  t.equal(sandboxes.get('b').simulator.peek('toy', 'named')?.state, 'running')
})
