/** What every natively started task has in common, whoever's API it is: how it finds its scenario, what it leaves, how faults strike its start. */
import { Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import type { ApiPlugin, Resources } from '../src/api.js'
import type { TaskStart } from '../src/sandbox.js'
import { parseScenario, scenarioAskedForIn } from '../src/scenarios.js'
import { parseScript, ScriptError, type JsonObject } from '../src/simulator/script.js'
import { controlOf } from './control/control.js'
import { testWorld, type TestWorld, type TestWorldOptions } from './world.js'

/** Counts what has been built. */
class Buildings implements Resources {
  built: string[] = []
  apply (effect: JsonObject): void {
    this.built.push(String(effect['name']))
  }

  save (): JsonObject {
    return { built: this.built }
  }

  load ({ built }: JsonObject): void {
    if (!Array.isArray(built)) throw new ScriptError('/built', 'expected a list')
    this.built = built.map(String)
  }
}

const toy: ApiPlugin = {
  name: 'toy',
  title: 'A toy',
  nativePort: undefined,
  paths: ['/work'],
  slashes: 'keep',
  kinds: ['k'],
  options: Type.Object({}),
  order: (a, b) => a.seq - b.seq,
  taskPath: (id) => `/work/${id}`,
  resources: Buildings,
  effects: Type.Object({ name: Type.String() }),
  createTaskIds: (random) => () => `id-${random('toy ids').below(100_000)}`,
  load: async () => ({
    routes: (app, _options, done) => {
      app.post('/work/build', (request, reply) => {
        const { body, sandbox } = request
        request.startedTask = sandbox.startTask({ api: 'toy', kind: 'k', effect: { name: 'hut' }, ...(body as Partial<TaskStart>) })
        reply.code(202).send(request.startedTask.task.id)
      })
      app.get('/work/:id', (request, reply) => { reply.send(request.sandbox.simulator.poll('toy', String((request.params as { id: string }).id))?.state) })
      done()
    },
    calls: [{ operation: 'start', methods: ['POST'], path: /^\/work\/build$/ }, { operation: 'poll', methods: ['GET'], path: /^\/work\/(?<id>[^/]+)$/ }],
    openapi: { info: { title: 'A toy', version: '1', description: '' }, servers: [] },
  }),
  errorReply: (error) => ({ status: 400, headers: {}, body: String(error) }),
  faultReply: (status) => ({ status, headers: { 'content-type': 'text/plain' }, body: `toy ${status}` }),
}

async function toyWorld (t: Test, more: TestWorldOptions = {}): Promise<TestWorld & { start: (body?: object) => Promise<{ status: number, body: string }> }> {
  const world = await testWorld(t, { apis: [toy], ...more })
  for (const [name, state] of [['success', 'succeeded'], ['slow', 'succeeded'], ['failure', 'failed']] as const) {
    world.sandbox.putScenario(parseScenario(name, { summary: 'x', script: { steps: [{ at: 0, state: 'running' }, { at: '1s', state, ...(state === 'failed' ? { error: { message: 'no' } } : {}) }] } }))
  }
  const start = async (body: object = {}): Promise<{ status: number, body: string }> => {
    const { statusCode, body: text } = await world.app.inject({ method: 'POST', url: '/work/build', payload: body })
    return { status: statusCode, body: text }
  }
  return { ...world, start }
}

t.test('a scenario comes from who says it outright, the label, the queue, the start\'s own choice, in this order', async (t) => {
  const { sandbox, start } = await toyWorld(t)
  const scenarioOf = async (body: object): Promise<string | undefined> => sandbox.simulator.peek('toy', (await start(body)).body)?.task.scenario
  const usual = { scenario: 'slow', script: parseScript({ steps: [{ at: 0, state: 'failed', error: { message: 'usual' } }] }) }
  t.equal(await scenarioOf({}), 'success')
  t.equal(await scenarioOf({ usual: { scenario: 'slow' } }), 'slow')
  const own = sandbox.startTask({ api: 'toy', kind: 'k', usual })
  t.match([own.state, own.task.scenario], ['failed', 'slow'], 'the start\'s own script takes the place of the scenario\'s')
  sandbox.queueScenario({ api: 'toy', kind: undefined, scenario: 'failure', times: 2 })
  t.equal(await scenarioOf({ label: 'my scenario:instant here', usual: { scenario: 'slow' } }), 'instant')
  t.equal(await scenarioOf({ scenario: 'cancelled', label: 'scenario:instant' }), 'cancelled')
  t.equal(await scenarioOf({ usual: { scenario: 'slow' } }), 'failure')
  t.not(sandbox.startTask({ api: 'toy', kind: 'k', usual }).task.script, usual.script, 'what is queued has a script of its own')
  t.equal(await scenarioOf({}), 'success', 'the queue is empty')
  t.throws(() => sandbox.startTask({ api: 'toy', kind: 'k', label: 'scenario:nope' }), { name: 'UnknownScenario', message: /^no scenario is called "nope"; there are / })
})

t.test('a text asks for a scenario by a word of its own', async (t) => {
  for (const [text, asked] of [['scenario:failure', 'failure'], ['x scenario:slow y', 'slow'], ['a/scenario:my_own.v2', 'my_own.v2'], ['scenario:Failure#7', 'Failure'], ['myscenario:x', undefined], ['scenario: x', undefined], ['', undefined]] as const) {
    t.equal(scenarioAskedForIn(text), asked, text)
  }
})

t.test('the resources show what tasks have brought about, and a reset forgets them', async (t) => {
  const { sandbox, start } = await toyWorld(t)
  await start()
  t.same(sandbox.resources(Buildings).built, [])
  await sandbox.clock.advance(60_000)
  t.same(sandbox.resources(Buildings).built, ['hut'])
  await sandbox.reset()
  t.same(sandbox.resources(Buildings).built, [])
})

t.test('a snapshot carries the resources, what tasks will leave, and what they have still to bring about', async (t) => {
  const world = await toyWorld(t)
  const control = controlOf(world)
  await world.start({ effect: { name: 'old' } })
  await world.sandbox.clock.advance(60_000)
  const { body: id } = await world.start({ effect: { name: 'new' }, result: 'left' })
  const { body: snapshot } = await control('GET /snapshot')
  t.equal((await control('PUT /snapshot', snapshot, { sandbox: 'copy' })).status, 200)
  const copy = world.sandboxes.get('copy')
  t.same(copy.resources(Buildings).built, ['old'])
  await copy.clock.advance(60_000)
  t.same(copy.resources(Buildings).built, ['old', 'new'])
  t.equal(copy.simulator.peek('toy', id)?.result, 'left')
  const refused = await control('PUT /snapshot', { ...snapshot, resources: { toy: { built: 1 } } }, { sandbox: 'copy' })
  t.match(refused, { status: 400, body: { errors: [{ path: '/resources/toy/built' }] } })
  t.same(copy.resources(Buildings).built, ['old', 'new'], 'nothing has changed')
})

const LOST: Record<string, object> = { 'lost-500': { status: 500 }, 'lost-reset': { reset: 'before' }, 'lost-body': { body: { set: { '/x': 1 } } } }

t.test('a scenario may strike the reply that tells of its task\'s start; the task is there all the same', async (t) => {
  const world = await toyWorld(t)
  for (const [name, effect] of Object.entries(LOST)) world.sandbox.putScenario(parseScenario(name, { summary: 'x', like: 'success', faults: [{ match: { operation: 'start' }, effect }] }))
  t.match(await world.start({ label: 'scenario:lost-500' }), { status: 500, body: 'toy 500' })
  const [task] = world.sandbox.simulator.tasks()
  const { body: { items } } = await controlOf(world)('GET /journal')
  t.match(items, [{ operation: 'start', status: 500, taskId: task?.id, fault: 1 }])
  await t.rejects(world.start({ label: 'scenario:lost-reset' }))
  t.equal([...world.sandbox.simulator.tasks()].length, 2)
  const poll = await world.app.inject({ url: `/work/${task?.id ?? ''}` })
  t.equal(poll.body, 'running', 'polls are not struck by it')
})

t.test('a rule about starts strikes before anything is started, and the journal knows which task a start has made', async (t) => {
  const world = await toyWorld(t)
  const control = controlOf(world)
  await control('POST /faults', { match: { operation: 'start', nthCall: 1 }, effect: { status: 503 } })
  t.match(await world.start(), { status: 503 })
  t.equal([...world.sandbox.simulator.tasks()].length, 0)
  const { status, body: id } = await world.start()
  t.equal(status, 202)
  t.match((await control('GET /journal')).body.items, [{ operation: 'start', status: 503, taskId: null, fault: 1 }, { operation: 'start', status: 202, taskId: id, fault: null }])
})
