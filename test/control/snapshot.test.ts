/** `/snapshot`: a sandbox mid-flight, exported and imported elsewhere. */
import t, { type Test } from 'tap'
import { testWorld, type TestWorld } from '../world.js'
import { controlOf, type Control } from './control.js'

const KEY = { authorization: 'Key k' }
const IDS = { connect: 'SnapshotTask0001', polled: 'SnapshotPolled01', flaky: 'SnapshotFlaky001' }

async function midFlight (t: Test): Promise<{ world: TestWorld, control: Control }> {
  const world = await testWorld(t)
  const control = controlOf(world)
  await control('PATCH /options', { svix: { profile: 'hosted' } })
  await control('PUT /scenarios/mine', { summary: 'Mine', script: { steps: [{ at: 0, state: 'running', output: ['a'] }, { at: '10s', output: ['b'] }, { at: '20s', state: 'succeeded', output: ['c'] }] } })
  await control('POST /next', { api: 'connect', kind: 'render', scenario: 'mine', times: 3 })
  await control('POST /tasks', { api: 'connect', id: IDS.connect, scenario: 'mine', label: 'l', parameters: { owner: 'ada' } })
  await control('POST /tasks', { api: 'cloudcoin', id: '11111111-2222-4333-8444-555555555555', kind: 'echo' })
  await control('POST /tasks', { api: 'connect', id: IDS.polled, script: { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, progress: 0.5, output: ['second'] }, { at: 4, state: 'failed', error: { message: 'fourth' } }] } })
  await control('POST /tasks', { api: 'connect', id: IDS.flaky, scenario: 'never-finishes' })
  await control('POST /faults', { match: { taskId: IDS.flaky, nthCall: [2, 4] }, effect: { status: 503 } })
  await control('POST /clock/advance', { by: '3s' })
  await control(`POST /tasks/${IDS.connect}/output`, { lines: ['x'] })
  await control(`POST /tasks/${IDS.connect}/hold`)
  await control('POST /clock/advance', { by: '2s' })
  await control(`POST /tasks/${IDS.connect}/release`)
  await control(`POST /tasks/${IDS.connect}/step`)
  await control('POST /tasks/11111111-2222-4333-8444-555555555555/cancel')
  for (const id of [IDS.polled, IDS.polled, IDS.flaky]) await world.app.inject({ url: `/__api__/v1/tasks/${id}`, headers: KEY })
  return { world, control }
}

/** What clients see from here on. */
async function course ({ app }: TestWorld, control: Control, sandbox?: string): Promise<unknown[]> {
  const mount = sandbox === undefined ? '' : `/sandbox/${sandbox}`
  const seen: unknown[] = []
  for (let second = 0; second < 30; second += 5) {
    for (const url of [`/__api__/v1/tasks/${IDS.connect}`, `/__api__/v1/tasks/${IDS.polled}`, `/__api__/v1/tasks/${IDS.flaky}`, '/api/v1/task/11111111-2222-4333-8444-555555555555', '/__api__/v1/tasks/PolluxDeployOk01']) {
      const { statusCode, body } = await app.inject({ url: mount + url, headers: KEY })
      seen.push([second, url, statusCode, body])
    }
    seen.push((await app.inject(`${mount}/api/v1/background-task/?limit=100`)).body)
    await control('POST /clock/advance', { by: '5s' }, sandbox === undefined ? {} : { sandbox })
  }
  return seen
}

t.test('polls on an imported sandbox go on as if nothing had happened', async (t) => {
  const { world, control } = await midFlight(t)
  const { status, body: snapshot } = await control('GET /snapshot')
  t.equal(status, 200)
  t.match(snapshot, { version: 1, sandbox: 'default', clock: { now: '2026-11-22T12:00:05.000Z', mode: 'frozen' }, next: [{ api: 'connect', kind: 'render', scenario: 'mine', times: 3 }] })
  const elsewhere = await testWorld(t, { config: { seed: 99 } })
  const there = controlOf(elsewhere)
  t.match(await there('PUT /snapshot', snapshot, { sandbox: 'copy' }), { status: 200, body: { name: 'copy', faults: 1 } })
  t.strictSame(await there('GET /snapshot', undefined, { sandbox: 'copy' }).then(({ body }) => ({ ...body, sandbox: 'default', random: {} })), { ...snapshot, random: {} }, 'an export of the import is the same document, but for ids yet to be drawn')
  t.strictSame(await course(elsewhere, there, 'copy'), await course(world, control))
  t.equal(elsewhere.sandbox.clock.now(), Date.parse('2026-11-22T12:00:00Z'), 'and no other sandbox was touched')
})

t.test('faults that a scenario brought go on counting with their task', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  await control('POST /tasks', { api: 'cloudcoin', id: '11111111-2222-4333-8444-555555555555', scenario: 'flaky-502' })
  const poll = async (sandbox = ''): Promise<number> => (await world.app.inject(`${sandbox}/api/v1/task/11111111-2222-4333-8444-555555555555`)).statusCode
  await poll()
  const { body } = await control('GET /snapshot')
  await control('PUT /snapshot', body, { sandbox: 'copy' })
  const [here, there] = [[], []] as number[][]
  for (let i = 0; i < 6; i++) {
    here?.push(await poll())
    there?.push(await poll('/sandbox/copy'))
  }
  t.same(there, here)
  t.ok(here?.includes(502))
  await control('DELETE /tasks/11111111-2222-4333-8444-555555555555', undefined, { sandbox: 'copy' })
  t.same((await control('GET /faults', undefined, { sandbox: 'copy' })).body.items, [], 'and go with it')
})

t.test('a snapshot that is not whole changes nothing, and says where it is wrong', async (t) => {
  const { control } = await midFlight(t)
  const { body: snapshot } = await control('GET /snapshot')
  const broken: ReadonlyArray<readonly [path: string, change: (copy: typeof snapshot) => void]> = [
    ['/version', (copy) => { copy.version = 2 }],
    ['/odd', (copy) => { copy.odd = 1 }],
    ['/clock/now', (copy) => { copy.clock.now = 'noon' }],
    ['/options/svix/profile', (copy) => { copy.options.svix.profile = 'odd' }],
    ['/scenarios/mine/script/steps/1/at', (copy) => { copy.scenarios.mine.script.steps[1].at = 'x' }],
    ['/next/0/scenario', (copy) => { copy.next[0].scenario = 'nope' }],
    ['/scripts/0/steps/0/at', (copy) => { copy.scripts[0].steps[0].at = 'x' }],
    ['/tasks/0/script', (copy) => { copy.tasks[0].script = 9999 }],
    ['/tasks/0/api', (copy) => { copy.tasks[0].api = 'nobody' }],
    ['/tasks/1/id', (copy) => { copy.tasks[1] = copy.tasks[0] }],
    ['/tasks/0/createdAt', (copy) => { copy.tasks[0].createdAt = 'x' }],
    ['/tasks/0/facts/0/at', (copy) => { copy.tasks[0].facts = [{ at: 'x', what: 'held' }] }],
    ['/tasks/0/facts', (copy) => { copy.tasks[0].facts = [{ at: '2026-01-02T00:00:00Z', what: 'held' }, { at: '2026-01-01T00:00:00Z', what: 'released' }] }],
    ['/tasks/0/facts/0/stepIndex', (copy) => { copy.tasks[0].facts = [{ at: '2026-01-02T00:00:00Z', what: 'reached', stepIndex: 9999 }] }],
    ['/faults/0/task', (copy) => { copy.faults[0].task = { api: 'svix', id: 'nobody' } }],
    ['/faults/0/fault/effect', (copy) => { copy.faults[0].fault.effect = {} }],
  ]
  for (const [path, change] of broken) {
    const copy = structuredClone(snapshot)
    change(copy)
    const { status, body } = await control('PUT /snapshot', copy)
    t.equal(status, 400, path)
    t.ok(body.errors?.some((error: { path: string }) => error.path.startsWith(path)), `${path}: ${String(body.detail)}`)
  }
  t.strictSame((await control('GET /snapshot')).body, snapshot)
})

t.test('an import answers the polls that wait', async (t) => {
  const { world, control } = await midFlight(t)
  const { body: snapshot } = await control('GET /snapshot')
  const poll = world.app.inject({ url: '/__api__/v1/tasks/PolluxNeverEnds0?wait=20', headers: KEY })
  await control('GET /tasks/PolluxNeverEnds0/wait?waiters=1')
  t.equal((await control('PUT /snapshot', snapshot)).status, 200)
  t.equal((await poll).statusCode, 404)
  t.equal(world.sandbox.simulator.heldPollCount, 0)
})
