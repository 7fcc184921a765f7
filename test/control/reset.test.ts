/** `/reset` and `/options`. */
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf, type Control } from './control.js'

async function stirred (control: Control): Promise<void> {
  await control('POST /tasks', { api: 'svix', id: 'qtask_extra' })
  await control('DELETE /tasks/PolluxDeployOk01')
  await control('PATCH /clock', { speed: 5 })
  await control('POST /clock/advance', { by: '1h' })
  await control('PUT /scenarios/mine', { summary: 'Mine', like: 'success' })
  await control('POST /next', { api: 'connect', scenario: 'failure' })
  await control('POST /faults', { effect: { status: 503 } })
}

const state = async (control: Control): Promise<Record<string, unknown>> => ({
  clock: (await control('GET /clock')).body,
  tasks: (await control('GET /tasks?limit=1000')).body.items,
  scenario: (await control('GET /scenarios/mine')).status,
  next: (await control('GET /next')).body.items,
  faults: (await control('GET /faults')).body.items.length,
})

t.test('a reset leaves no trace of what was done', async (t) => {
  const control = controlOf(await testWorld(t))
  const before = await state(control)
  await stirred(control)
  t.notSame(await state(control), before)
  t.match(await control('POST /reset'), { status: 200, body: { name: 'default', clock: { now: '2026-11-22T12:00:00.000Z', speed: 1 } } })
  t.strictSame(await state(control), before)
})

t.test('ids and faults drawn after a reset are those drawn before', async (t) => {
  const control = controlOf(await testWorld(t))
  const drawn = async (): Promise<unknown> => (await control('POST /tasks', { api: 'cloudcoin' })).body.id
  const first = await drawn()
  t.not(await drawn(), first)
  await control('POST /reset')
  t.equal(await drawn(), first)
})

t.test('what is to be kept stays', async (t) => {
  const control = controlOf(await testWorld(t))
  await stirred(control)
  t.match(await control('POST /reset', { keep: ['faults', 'scenarios', 'clock'] }), { status: 200 })
  t.match(await state(control), { clock: { now: '2026-11-22T13:00:00.000Z', speed: 5 }, scenario: 200, next: [{ scenario: 'failure' }], faults: 1 })
  t.equal((await control('GET /tasks/PolluxDeployOk01')).status, 200, 'tasks are the fixtures again')
  t.match(await control('POST /reset', { keep: ['tasks'] }), { status: 400, body: { errors: [{ path: '/keep/0' }] } })
})

t.test('polls that wait have their answers when the reset has its own', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const statuses: number[] = []
  for (let i = 0; i < 30; i++) {
    void world.app.inject({ url: '/__api__/v1/tasks/PolluxNeverEnds0?wait=20', headers: { authorization: 'Key k' } }).then(({ statusCode }) => statuses.push(statusCode))
  }
  await control('GET /tasks/PolluxNeverEnds0/wait?waiters=30')
  await control('POST /reset')
  t.same(statuses, Array(30).fill(404), 'as for a task that is gone')
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('what is started while a reset answers held polls goes with all the rest', async (t) => {
  const { sandbox } = await testWorld(t)
  let isStarted = false
  sandbox.clock.schedule(Infinity, () => {
    sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'Late' })
    isStarted = true
  })
  await sandbox.reset()
  t.ok(isStarted)
  t.notOk(sandbox.simulator.has('connect', 'Late'))
  t.ok(sandbox.simulator.has('connect', 'PolluxDeployOk01'))
})

t.test('options are read and changed by sandbox, all or none', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  t.match((await control('GET /options')).body, { connect: { 'unknown-task-code': 141 }, svix: { profile: 'seed' }, cognigy: {}, cloudcoin: { 'wire-profile': 'documented' } })
  t.match((await control('PATCH /options', { connect: { 'unknown-task-code': 4 } }, { sandbox: 'own' })).body, { connect: { 'unknown-task-code': 4 } })
  t.match((await world.app.inject({ url: '/sandbox/own/__api__/v1/tasks/x', headers: { authorization: 'Key k' } })).body, /"code":4,/)
  t.match((await world.app.inject({ url: '/__api__/v1/tasks/x', headers: { authorization: 'Key k' } })).body, /"code":141,/)
  const refused = await control('PATCH /options', { connect: { 'unknown-task-code': 141, odd: 1 }, svix: { profile: 'odd' } }, { sandbox: 'own' })
  t.match(refused, { status: 400, body: { errors: [{ path: '/connect/odd', message: /no such option; there are server-version/ }, { path: '/svix/profile', message: /got "odd"/ }] } })
  t.match((await control('GET /options', undefined, { sandbox: 'own' })).body, { connect: { 'unknown-task-code': 4 } })
  t.match(await control('PATCH /options', { nobody: {} }), { status: 400, body: { errors: [{ path: '/nobody' }] } })
  t.match((await control('PATCH /options', { connect: { 'unknown-task-code': null } }, { sandbox: 'own' })).body, { connect: { 'unknown-task-code': 141 } }, 'null gives the default back')
})
