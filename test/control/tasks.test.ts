/** `/tasks`: made, listed, explained, moved by hand. */
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

t.test('a created task comes with everything a test needs', async (t) => {
  const world = await testWorld(t)
  const { status, body } = await controlOf(world)('POST /tasks', { api: 'cloudcoin', kind: 'echo', label: 'mine', parameters: { a: 1 } })
  t.equal(status, 201)
  t.match(body, {
    api: 'cloudcoin',
    kind: 'echo',
    scenario: 'success',
    label: 'mine',
    state: 'running',
    progress: 0,
    createdAt: '2026-11-22T12:00:00.000Z',
    startedAt: '2026-11-22T12:00:00.000Z',
    finishedAt: null,
    held: false,
    waiters: 0,
    polls: 0,
    parameters: { a: 1 },
    facts: [],
    lastPoll: null,
    pollUrl: `http://localhost:8080/cloudcoin/api/v1/task/${String(body.id)}`,
  })
  t.match((await world.app.inject(new URL(body.pollUrl).pathname)).body, /"status":"running"/)
})

t.test('each API\'s task can be polled where it says', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const shown = { connect: /"finished":false/, svix: /"status":"running"/, cognigy: /"status":"active"/, cloudcoin: /"status":"running"/ }
  for (const [api, running] of Object.entries(shown)) {
    for (const sandbox of [undefined, 'own']) {
      const { body } = await control('POST /tasks', { api }, sandbox === undefined ? {} : { sandbox })
      t.ok(String(body.pollUrl).startsWith(`http://localhost:8080${sandbox === undefined ? '' : '/sandbox/own'}/${api}/`))
      const poll = await world.app.inject({ url: new URL(body.pollUrl).pathname, headers: { authorization: 'Key x', 'x-api-key': 'x', accept: 'application/json' } })
      t.match(poll.body, running, api)
    }
  }
})

t.test('a task starts by scenario, by script, under an id of its own, or many at once', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match((await control('POST /tasks', { api: 'svix', scenario: 'failure' })).body, { scenario: 'failure' })
  const scripted = await control('POST /tasks', { api: 'connect', id: 'MyTask0000000001', script: { steps: [{ at: '1s', state: 'running', output: ['a'] }, { at: 3000, state: 'succeeded' }] } })
  t.match(scripted.body, { id: 'MyTask0000000001', scenario: null, state: 'queued', timeline: [{ at: '+0s', state: 'queued', past: true }, { at: '+1s', instant: '2026-11-22T12:00:01.000Z', state: 'running', lines: 1, past: false }, { at: '+3s', state: 'succeeded' }] })
  const { status, body } = await control('POST /tasks', { api: 'svix', count: 3 })
  t.equal(status, 201)
  t.equal(new Set(body.map(({ id }: { id: string }) => id)).size, 3)
  t.match((await control('POST /tasks', { api: 'connect', id: 'MyTask0000000001' })), { status: 409, body: { detail: 'a connect task with the id MyTask0000000001 exists already' } })
})

t.test('what can\'t be started is refused by place', async (t) => {
  const control = controlOf(await testWorld(t))
  const complaint = async (body: unknown): Promise<unknown> => {
    const { status, body: problem } = await control('POST /tasks', body)
    t.equal(status, 400)
    return problem.errors?.[0]
  }
  t.match(await complaint({}), { path: '/api' })
  t.strictSame(await complaint({ api: 'x' }), { path: '/api', message: 'expected one of connect, svix, cognigy, cloudcoin, got "x"' })
  t.match(await complaint({ api: 'svix', scenario: 'nope' }), { path: '/scenario', message: /there are .*success/ })
  t.match(await complaint({ api: 'svix', scenario: 'success', script: { steps: [{ at: 0 }] } }), { path: '/scenario' })
  t.match(await complaint({ api: 'svix', script: { steps: [{ at: '1 s' }] } }), { path: '/script/steps/0/at', message: /expected a duration such as "200ms"/ })
  t.match(await complaint({ api: 'svix', script: { steps: [{ at: 0, state: 'succeeded' }, { at: 1 }] } }), { path: '/script/steps/1' })
  t.match(await complaint({ api: 'svix', id: 'a', count: 2 }), { path: '/count' })
  t.match(await complaint({ api: 'svix', kind: '' }), { path: '/kind' })
})

t.test('lists are filtered, come in pages, and leave out what only one task needs', async (t) => {
  const control = controlOf(await testWorld(t))
  for (const label of ['x', 'y', 'x']) await control('POST /tasks', { api: 'cognigy', label })
  await control('POST /tasks', { api: 'svix', label: 'x' })
  const { body } = await control('GET /tasks?label=x')
  t.same(body.items.map(({ api }: { api: string }) => api), ['svix', 'cognigy', 'cognigy'])
  t.equal(body.next, null)
  t.strictSame(Object.keys(body.items[0]), ['id', 'api', 'kind', 'scenario', 'label', 'state', 'progress', 'createdAt', 'startedAt', 'finishedAt', 'held', 'pollUrl', 'waiters', 'polls'])
  const first = (await control('GET /tasks?label=x&limit=2')).body
  const second = (await control(`GET /tasks?label=x&limit=2&after=${String(first.next)}`)).body
  t.same([...first.items, ...second.items], body.items)
  t.equal(second.next, null)
  const queued = (await control('GET /tasks?state=queued&api=connect')).body.items
  t.same(queued.map(({ id }: { id: string }) => id), ['v9XYo7OKkAQJPraI', 'PolluxQueued3Sec'])
  t.equal((await control('GET /tasks?api=svix&kind=endpoint.recover&scenario=success&limit=1000')).status, 200)
  t.equal((await control('GET /tasks?state=odd')).status, 400)
})

t.test('the verbs move a task at once, and it tells what was done to it', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const id = 'VerbTask00000001'
  await control('POST /tasks', { api: 'connect', id, script: { steps: [{ at: 0, state: 'running', output: ['one'] }, { at: '5s', progress: 0.5 }, { at: '10s', state: 'succeeded' }] } })
  t.match(await control(`POST /tasks/${id}/hold`), { status: 200, body: { held: true, timeline: [{ at: '+0s', past: true }, { instant: null, past: false }, {}] } })
  t.match(await control(`POST /tasks/${id}/hold`), { status: 409, body: { detail: `task ${id} is held already` } })
  t.match(await control(`POST /tasks/${id}/release`, {}), { status: 200, body: { held: false } })
  t.match(await control(`POST /tasks/${id}/output`, { lines: ['two', 'three'] }), { status: 200, body: { snapshot: { lines: 3, output: ['one', 'two', 'three'] } } })
  t.match(await control(`POST /tasks/${id}/step`), { status: 200, body: { progress: 0.5 } })
  t.match(await control(`POST /tasks/${id}/step`, { by: 2 }), { status: 409, body: { detail: /has no 2 further steps/ } })
  t.match(await control(`POST /tasks/${id}/fail`, { error: { message: 'it broke', code: 7 } }), { status: 200, body: { state: 'failed', finishedAt: '2026-11-22T12:00:00.000Z', snapshot: { error: { message: 'it broke', code: 7 } } } })
  t.match(await control(`POST /tasks/${id}/finish`), { status: 409, body: { detail: `task ${id} has already failed` } })
  const { facts } = (await control(`GET /tasks/${id}`)).body
  t.same(facts.map(({ what, by }: { what: string, by: string }) => `${what} by ${by}`), ['held', 'released', 'appended', 'skipped', 'failed'].map((what) => `${what} by control`))
})

t.test('finish, cancel and expire end a task as clients see it', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const [finished, cancelled, expired] = (await control('POST /tasks', { api: 'svix', count: 3 })).body.map(({ id }: { id: string }) => id)
  t.match((await control(`POST /tasks/${finished}/finish`, { result: { messagesSent: 7 } })).body, { state: 'succeeded', snapshot: { result: { messagesSent: 7 } } })
  t.match((await world.app.inject(`/api/v1/background-task/${finished}/`)).body, /"messagesSent":7.*"status":"finished"/)
  t.match((await control(`POST /tasks/${cancelled}/cancel`)).body, { state: 'cancelling', facts: [{ what: 'cancelled', by: 'control' }] })
  t.match(await control(`POST /tasks/${cancelled}/cancel`), { status: 409, body: { detail: /is cancelling already/ } })
  t.match(await control(`POST /tasks/${expired}/expire`), { status: 200, body: { id: expired } })
  t.equal((await world.app.inject(`/api/v1/background-task/${expired}/`)).statusCode, 404)
  t.equal((await control(`POST /tasks/${expired}/expire`)).status, 404)
})

t.test('a script that takes no cancel says so', async (t) => {
  const control = controlOf(await testWorld(t))
  const { body: { id } } = await control('POST /tasks', { api: 'cognigy', script: { steps: [{ at: 0, state: 'running' }], cancellable: false } })
  t.match(await control(`POST /tasks/${String(id)}/cancel`), { status: 409, body: { detail: /takes no cancel/ } })
})

t.test('a deleted task is gone', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('DELETE /tasks/PolluxDeployOk01'), { status: 204, body: undefined })
  t.match(await control('GET /tasks/PolluxDeployOk01'), { status: 404, body: { detail: 'There is no task PolluxDeployOk01.' } })
  t.equal((await control('DELETE /tasks/PolluxDeployOk01')).status, 404)
})

t.test('an id that several APIs have is told apart by the API', async (t) => {
  const control = controlOf(await testWorld(t))
  for (const api of ['connect', 'svix']) await control('POST /tasks', { api, id: 'twin' })
  t.match(await control('GET /tasks/twin'), { status: 409, body: { detail: /\?api= takes connect or svix/ } })
  t.match((await control('GET /tasks/twin?api=svix')).body, { api: 'svix' })
  t.equal((await control('DELETE /tasks/twin?api=connect')).status, 204)
  t.match((await control('GET /tasks/twin')).body, { api: 'svix' })
})

t.test('polls are counted, and a script paced by them tells its steps by them', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { body: { id } } = await control('POST /tasks', { api: 'cloudcoin', script: { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, state: 'succeeded' }] } })
  for (let i = 0; i < 3; i++) await world.app.inject(`/api/v1/task/${String(id)}`)
  t.match((await control(`GET /tasks/${String(id)}`)).body, { polls: 3, state: 'succeeded', timeline: [{ at: 'poll 0', past: true }, { at: 'poll 2', past: true }], facts: [{ what: 'reached', by: 'poll', stepIndex: 1 }] })
})
