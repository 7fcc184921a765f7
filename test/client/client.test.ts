/** The control client against a real server. */
import type { Test } from 'tap'
import t from 'tap'
import { API_NAMES } from '../../src/client/api-names.js'
import { connectPollux, type Pollux } from '../../src/client/client.js'
import { PolluxError, UnreachableError } from '../../src/client/errors.js'
import { registry } from '../../src/server.js'
import { testWorld, type TestWorld, type TestWorldOptions } from '../world.js'

async function connected (t: Test, options: TestWorldOptions = {}, token?: string): Promise<{ world: TestWorld, pollux: Pollux }> {
  const world = await testWorld(t, options)
  const { url } = await world.listen()
  return { world, pollux: connectPollux(`${url}/`, { token }) }
}

t.test('the client knows the APIs that the server has', async (t) => {
  t.same(API_NAMES, registry.map(({ name }) => name))
})

t.test('a task is made, polled where it says, held waiting, finished and explained', async (t) => {
  const { pollux } = await connected(t)
  const task = await pollux.tasks.create({ api: 'connect', scenario: 'never-finishes', id: 'Mine', label: 'x' })
  t.match(task, { id: 'Mine', api: 'connect', state: /queued|running/, label: 'x', pollUrl: `${pollux.urls.connect}/__api__/v1/tasks/Mine` }, 'made')
  const held = fetch(`${task.pollUrl}?wait=20`, { headers: { authorization: 'Key k' } })
  t.match(await pollux.tasks.wait(task, { waiters: 1, timeout: '5s' }), { id: 'Mine', waiters: 1 })
  t.match(await pollux.tasks.finish(task, { result: { ok: true } }), { state: 'succeeded', snapshot: { result: { ok: true } } })
  t.match(await (await held).json(), { finished: true })
  t.match(await pollux.tasks.get('Mine'), { polls: 1, facts: [{ what: 'finished', by: 'control' }] })
  await pollux.tasks.delete(task)
  await t.rejects(pollux.tasks.get('Mine'), { name: 'PolluxError', status: 404, detail: 'There is no task Mine.' })
})

t.test('each verb on a task does what it says', async (t) => {
  const { pollux } = await connected(t)
  const create = () => pollux.tasks.create({ api: 'connect' })
  t.match(await pollux.tasks.hold(await create()), { held: true })
  const held = await pollux.tasks.create({ api: 'connect', id: 'Held' })
  await pollux.tasks.hold('Held')
  t.match(await pollux.tasks.release(held), { held: false })
  t.match(await pollux.tasks.fail(await create(), { error: 'broken' }), { state: 'failed', snapshot: { error: { message: 'broken' } } })
  t.match(await pollux.tasks.fail(await create(), { error: { message: 'broken', code: 7 } }), { snapshot: { error: { message: 'broken', code: 7 } } })
  t.match(await pollux.tasks.cancel(await create()), { state: 'cancelling' })
  t.match((await pollux.tasks.output(await create(), ['a', 'b'])).snapshot.output.slice(-2), ['a', 'b'])
  t.match((await pollux.tasks.step(await create(), { by: 2 })).timeline.filter(({ past }) => past).length, 3)
  const gone = await create()
  await pollux.tasks.expire(gone)
  await t.rejects(pollux.tasks.get(gone), { name: 'PolluxError', status: 404 })
  const many = await pollux.tasks.create({ api: 'svix', count: 3, label: 'many' })
  t.equal(many.length, 3)
  const page = await pollux.tasks.list({ label: 'many', limit: 2 })
  t.equal(page.items.length, 2)
  t.equal((await pollux.tasks.list({ label: 'many', after: page.next ?? '' })).items.length, 1)
})

t.test('the clock goes by duration, by milliseconds, to an instant, until the next change, and not back', async (t) => {
  const { pollux } = await connected(t)
  t.match(await pollux.clock.get(), { now: '2026-11-22T12:00:00.000Z', mode: 'frozen' })
  t.match(await pollux.clock.advance('20s'), { now: '2026-11-22T12:00:20.000Z' })
  t.match(await pollux.clock.advance(500), { now: '2026-11-22T12:00:20.500Z' })
  t.match(await pollux.clock.advance({ to: '2026-11-22T13:00:00Z' }), { now: '2026-11-22T13:00:00.000Z' })
  await pollux.tasks.create({ api: 'connect', script: { steps: [{ at: '7s', state: 'succeeded' }] } })
  t.match(await pollux.clock.advance({ until: 'next' }), { now: '2026-11-22T13:00:07.000Z', changed: 1 })
  t.match(await pollux.clock.set({ speed: 60, autoSkip: true }), { speed: 60, autoSkip: true })
  t.match(await pollux.clock.resume(), { mode: 'running' })
  t.match(await pollux.clock.freeze(), { mode: 'frozen' })
  await t.rejects(pollux.clock.freeze(), { name: 'PolluxError', status: 409, detail: 'The clock is frozen already.' })
  await t.rejects(pollux.clock.advance({ to: '2026-11-22T12:00:00Z' }), { name: 'PolluxError', status: 409 })
})

t.test('a refusal carries status, detail and what is wrong where', async (t) => {
  const { pollux } = await connected(t)
  const error = await pollux.clock.advance('5 parsecs').catch((reason: unknown) => reason)
  t.ok(error instanceof PolluxError)
  t.match(error, { name: 'PolluxError', status: 400, message: /\/by: expected a duration/, errors: [{ path: '/by', message: /expected a duration such as "200ms"/ }] })
})

t.test('scenarios of one\'s own are put, used next, and taken away', async (t) => {
  const { pollux } = await connected(t)
  t.ok((await pollux.scenarios.list({ api: 'svix' })).items.some(({ name, builtIn }) => name === 'success' && builtIn))
  t.match(await pollux.scenarios.put('mine', { summary: 'Fails at once.', script: { steps: [{ at: 0, state: 'failed' }] } }), { name: 'mine', builtIn: false })
  t.match(await pollux.scenarios.get('mine'), { summary: 'Fails at once.' })
  t.same(await pollux.next.add({ api: 'svix', scenario: 'mine', times: 2 }), [{ api: 'svix', kind: null, scenario: 'mine', times: 2 }])
  t.equal((await pollux.next.list()).length, 1)
  await pollux.next.clear()
  t.same(await pollux.next.list(), [])
  await pollux.scenarios.delete('mine')
  await t.rejects(pollux.scenarios.get('mine'), { name: 'PolluxError', status: 404 })
})

t.test('faults are put in force, counted and ended', async (t) => {
  const { pollux } = await connected(t)
  const task = await pollux.tasks.create({ api: 'connect' })
  const poll = async () => (await fetch(task.pollUrl, { headers: { authorization: 'Key k' } })).status
  const fault = await pollux.faults.add({ match: { taskId: task.id }, when: { nthCall: 2 }, effect: { status: 503, retryAfter: '2s' } })
  t.same([await poll(), await poll(), await poll()], [200, 503, 200])
  t.match(await pollux.faults.get(fault.id), { fired: 1, matched: 3, effect: { status: 503 } })
  t.match((await pollux.faults.list()).items, [{ id: fault.id }])
  await pollux.faults.delete(fault.id)
  await t.rejects(pollux.faults.get(fault.id), { name: 'PolluxError', status: 404 })
  await pollux.faults.add({ effect: { empty: true } })
  await pollux.faults.clear()
  t.same((await pollux.faults.list()).items, [])
})

t.test('the journal is listed, verified, waited for and cleared; the report judges by rules that can be changed', async (t) => {
  const { pollux } = await connected(t)
  const task = await pollux.tasks.create({ api: 'connect', scenario: 'instant' })
  const poll = () => fetch(task.pollUrl, { headers: { authorization: 'Key k', 'user-agent': 'poller/1' } })
  const awaited = pollux.journal.wait({ taskId: task.id, count: 2, timeout: '5s' })
  await poll()
  await poll()
  t.match(await awaited, { count: 2, items: [{ seq: 1 }, { seq: 2 }] })
  t.match(await pollux.journal.list({ taskId: task.id, status: 200, bodies: true, wall: false, limit: 1 }), { items: [{ seq: 1, operation: 'poll', client: 'poller/1', response: { body: /"finished":true/ } }], next: /./ })
  t.match(await pollux.journal.verify({ match: { taskId: task.id }, atLeast: 2 }), { pass: true, count: 2 })
  t.match(await pollux.journal.verify({ match: { taskId: task.id }, never: true }), { pass: false, count: 2, nearest: [{ seq: 1, entry: { status: 200 } }, { seq: 2 }] })
  await t.rejects(pollux.journal.wait({ taskId: task.id, count: 3, timeout: 10 }), { name: 'PolluxError', status: 408 })
  t.match(await pollux.report(), { verdict: 'pass', tasks: [{ taskId: task.id, polls: 2 }] })
  t.match(await pollux.reportRules.get(), { 'polled-after-settled': { severity: 'warning', allowed: 0 } })
  t.match(await pollux.reportRules.set({ 'polled-after-settled': { severity: 'error' }, 'busy-loop': { minGap: '50ms' } }), { 'polled-after-settled': { severity: 'error' }, 'busy-loop': { minGap: '50ms', count: 20 } })
  t.match((await pollux.report()).verdict, 'fail')
  t.match(await pollux.reportText(), /^FAIL/)
  await pollux.journal.clear()
  t.same((await pollux.journal.list()).items, [])
})

t.test('a snapshot goes on in another sandbox', async (t) => {
  const { pollux } = await connected(t)
  const task = await pollux.tasks.create({ api: 'connect' })
  await pollux.clock.advance('1s')
  await using copy = await pollux.sandbox()
  t.match(await copy.snapshot.put(await pollux.snapshot.get()), { name: copy.name, faults: 0 })
  t.match(await copy.tasks.get(task.id), { id: task.id, state: 'running', createdAt: '2026-11-22T12:00:00.000Z' })
})

t.test('options are read and changed', async (t) => {
  const { pollux } = await connected(t)
  t.match(await pollux.options.set({ connect: { 'retention-seconds': 60 } }), { connect: { 'retention-seconds': 60 } })
  t.match(await pollux.options.get(), { connect: { 'retention-seconds': 60 }, svix: { profile: 'seed' } })
})

t.test('health and APIs tell what serves', async (t) => {
  const { pollux } = await connected(t)
  t.match(await pollux.health({ verbose: true }), { name: 'pollux', status: 'ok', counts: { sandboxes: 1 } })
  t.match((await pollux.apis()).map(({ name, baseUrl }) => [name, baseUrl]), Object.entries(pollux.urls))
})

t.test('a sandbox is a world of its own, reached by its URLs and its credential, and gone when closed', async (t) => {
  const { pollux, world } = await connected(t)
  const sandbox = await pollux.sandbox({ name: 'mine', seed: 7, fixtures: false })
  t.match(sandbox, { name: 'mine', seed: 7, url: `${pollux.url}/sandbox/mine`, urls: { svix: `${pollux.url}/sandbox/mine/svix` } })
  const task = await sandbox.tasks.create({ api: 'cloudcoin' })
  await sandbox.clock.advance('1m')
  t.match(await pollux.clock.get(), { now: '2026-11-22T12:00:00.000Z' })
  const path = `/api/v1/background-task/${(await sandbox.tasks.create({ api: 'svix' })).id}`
  t.equal((await fetch(`${pollux.url}${path}`, { headers: { authorization: `Bearer ${sandbox.credential}` } })).status, 200)
  t.equal((await fetch(`${pollux.url}${path}`)).status, 404)
  await t.rejects(pollux.tasks.get(task), { name: 'PolluxError', status: 404 })
  t.match(await sandbox.reset(), { name: 'mine', tasks: 0 })
  await sandbox.close()
  await sandbox.close()
  t.same((await pollux.sandboxes.list()).items.map(({ name }) => name), ['default'])
  t.equal(world.sandboxes.size, 1)
})

t.test('a client is disposed of with the sandboxes it made, and the server goes on', async (t) => {
  const { world, pollux: { url } } = await connected(t)
  {
    await using pollux = connectPollux(url)
    await using sandbox = await pollux.sandbox()
    const other = await pollux.sandbox()
    // One that somebody else has deleted is no trouble.
    await pollux.sandboxes.delete(sandbox.name)
    t.equal((await pollux.sandboxes.get(other.name)).name, other.name)
    t.equal(world.sandboxes.size, 2)
  }
  t.equal(world.sandboxes.size, 1)
  t.match(await connectPollux(url).health(), { status: 'ok' })
})

t.test('a client may be about a sandbox that is made when it is first addressed', async (t) => {
  const { pollux, world } = await connected(t)
  const mine = connectPollux(pollux.url, { sandbox: 'mine' })
  await mine.tasks.create({ api: 'svix', id: 'qtask_x' })
  t.ok(world.sandboxes.peek('mine')?.simulator.has('svix', 'qtask_x'))
})

t.test('the token opens a control plane that asks for one', async (t) => {
  const { pollux } = await connected(t, { config: { controlToken: 'secret' } }, 'secret')
  t.match(await pollux.clock.get(), { mode: 'frozen' })
  const sandbox = await pollux.sandbox()
  t.match(await sandbox.clock.get(), { mode: 'frozen' })
  await t.rejects(connectPollux(pollux.url).clock.get(), { name: 'PolluxError', status: 401 })
})

t.test('who is no Pollux, or nobody, is called unreachable', async (t) => {
  const { pollux, world } = await connected(t)
  const stranger = connectPollux(`${pollux.url}/svix/nothing`)
  await t.rejects(stranger.clock.get(), { name: 'UnreachableError', message: `no Pollux answers at ${pollux.url}/svix/nothing: got 404 of something else` })
  await world.close()
  const error = await pollux.clock.get().catch((reason: unknown) => reason)
  t.ok(error instanceof UnreachableError)
  t.match(error, { message: /^no Pollux answers at http:\/\/127\.0\.0\.1:\d+: connect ECONNREFUSED/ })
})
