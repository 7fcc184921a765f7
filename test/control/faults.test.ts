/** `/faults`: put in force, listed, looked at, ended. */
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

const POLL = '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds'

t.test('a new fault comes back whole, strikes, and counts', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const created = await control('POST /faults', { match: { api: 'svix', operation: 'poll', nthCall: [2, 3] }, effect: { status: 429, retryAfter: '2s' }, times: 1 })
  t.equal(created.status, 201)
  t.same(created.body, { id: 1, match: { api: 'svix', operation: 'poll' }, when: { nthCall: [2, 3] }, effect: { status: 429, retryAfter: '2s' }, times: 1, fired: 0, matched: 0, taskId: null, scenario: null })
  const statuses = []
  for (let n = 0; n < 4; n++) {
    const { statusCode, headers } = await world.app.inject(POLL)
    statuses.push([statusCode, headers['retry-after']])
  }
  t.same(statuses, [[200, undefined], [429, '2'], [200, undefined], [200, undefined]])
  t.same((await control('GET /faults/1')).body, { ...created.body, fired: 1, matched: 4 })
})

t.test('what is left out is empty: every call, always', async (t) => {
  const control = controlOf(await testWorld(t))
  t.same((await control('POST /faults', { effect: { delay: '1s' } })).body, { id: 1, match: {}, when: {}, effect: { delay: '1s' }, times: null, fired: 0, matched: 0, taskId: null, scenario: null })
})

t.test('faults are listed in pages, ended one by one or all at once', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  for (const status of [500, 501, 502]) await control('POST /faults', { effect: { status } })
  const first = await control('GET /faults?limit=2')
  t.match(first.body, { items: [{ id: 1 }, { id: 2 }], next: '2' })
  t.match((await control('GET /faults?limit=2&after=2')).body, { items: [{ id: 3, effect: { status: 502 } }], next: null })
  t.match(await control('DELETE /faults/1'), { status: 204, body: undefined })
  t.equal((await world.app.inject(POLL)).statusCode, 501)
  t.match(await control('DELETE /faults'), { status: 204, body: undefined })
  t.same((await control('GET /faults')).body, { items: [], next: null })
  t.equal((await world.app.inject(POLL)).statusCode, 200)
  t.equal((await control('POST /faults', { effect: { status: 500 } })).body.id, 1, 'ids begin anew')
})

t.test('a fault of a scenario shows whose it is, and goes with its task', async (t) => {
  const control = controlOf(await testWorld(t))
  await control('PUT /scenarios/shaky', { summary: 'Fails twice.', like: 'success', faults: [{ match: { operation: 'poll' }, when: { first: 2 }, effect: { status: 503 } }] })
  const { body: { id } } = await control('POST /tasks', { api: 'svix', scenario: 'shaky' })
  t.match((await control('GET /faults')).body.items, [{ id: 1, taskId: id, scenario: 'shaky', when: { first: 2 }, effect: { status: 503 } }])
  await control(`DELETE /tasks/${String(id)}`)
  t.same((await control('GET /faults')).body.items, [])
})

t.test('each sandbox has its own', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  await control('POST /faults', { effect: { status: 500 } }, { sandbox: 'other' })
  t.same((await control('GET /faults')).body.items, [])
  t.equal((await world.app.inject(POLL)).statusCode, 200)
  t.equal((await world.app.inject(`/sandbox/other${POLL}`)).statusCode, 500)
})

t.test('a window counts from when the fault was added', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  await world.sandbox.clock.advance(60_000)
  await control('POST /faults', { when: { from: '10s', until: '2026-11-22T12:01:20Z' }, effect: { status: 500 } })
  const statuses = []
  for (let n = 0; n < 3; n++) {
    statuses.push((await world.app.inject(POLL)).statusCode)
    await world.sandbox.clock.advance(10_000)
  }
  t.same(statuses, [200, 500, 200])
})

t.test('what can\'t be put in force is refused by its place, with what is allowed', async (t) => {
  const control = controlOf(await testWorld(t))
  const cases: ReadonlyArray<readonly [body: unknown, path: string, message: RegExp]> = [
    [{}, '/effect', /expected/],
    [{ effect: {} }, '/effect', /expected at least one effect/],
    [{ effect: { status: 199 } }, '/effect/status', /expected a whole number from 200 to 599/],
    [{ effect: { status: '500' } }, '/effect/status', /expected a whole number from 200 to 599/],
    [{ effect: { reset: 'after' } }, '/effect/reset', /expected before or mid-body/],
    [{ effect: { empty: false } }, '/effect/empty', /expected true/],
    [{ effect: { malformed: 'xml' } }, '/effect/malformed', /expected json or html/],
    [{ effect: { truncateAt: -1 } }, '/effect/truncateAt', /expected a whole number of 0 or more/],
    [{ effect: { delay: 'soon' } }, '/effect/delay', /expected a duration such as "200ms"/],
    [{ effect: { delay: { median: 1 } } }, '/effect/delay', /median and p99/],
    [{ effect: { drip: 'fast' } }, '/effect/drip', /expected bytes per second such as "10b\/s"/],
    [{ effect: { contentType: '' } }, '/effect/contentType', /expected a media type/],
    [{ effect: { body: {} } }, '/effect/body', /expected at least one of set, remove, null and lift/],
    [{ effect: { body: { remove: ['status'] } } }, '/effect/body/remove/0', /expected a JSON pointer/],
    [{ effect: { status: 500, nonsense: 1 } }, '/effect/nonsense', /./],
    [{ effect: { reset: 'before', status: 500 } }, '/effect/status', /contradicts reset: "before"/],
    [{ effect: { status: 500 }, times: 0 }, '/times', /expected a whole number of 1 or more/],
    [{ effect: { status: 500 }, match: { operation: 'read' } }, '/match/operation', /expected one of poll, list, start, cancel, other, any/],
    [{ effect: { status: 500 }, match: { state: 'done' } }, '/match/state', /expected one of queued, running/],
    [{ effect: { status: 500 }, match: { api: 'nobody' } }, '/match/api', /expected one of connect, svix, cognigy, cloudcoin, got "nobody"/],
    [{ effect: { status: 500 }, match: { nthCall: 0 } }, '/match/nthCall', /expected a whole number of 1 or more/],
    [{ effect: { status: 500 }, match: { path: 'tasks' } }, '/match/path', /expected a glob/],
    [{ effect: { status: 500 }, when: { probability: 2 } }, '/when/probability', /expected a number from 0 to 1/],
    [{ effect: { status: 500 }, when: { from: 'noon' } }, '/when/from', /expected an RFC 3339 instant/],
  ]
  for (const [body, path, message] of cases) {
    const { status, body: problem, headers } = await control('POST /faults', body)
    t.equal(status, 400, JSON.stringify(body))
    t.match(headers['content-type'], /^application\/problem\+json/)
    t.match(problem.errors?.[0], { path, message }, JSON.stringify(body))
  }
  t.same((await control('GET /faults')).body.items, [], 'none of them is in force')
})

t.test('a fault that is not there is a 404, and an id that is none a 400', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('GET /faults/7'), { status: 404, body: { detail: 'There is no fault 7.' } })
  t.match(await control('DELETE /faults/7'), { status: 404, body: { detail: 'There is no fault 7.' } })
  t.match(await control('GET /faults/x'), { status: 400, body: { errors: [{ message: 'expected the number of a fault' }] } })
})
