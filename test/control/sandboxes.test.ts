/** `/sandboxes`: worlds of one's own, and three ways into them. */
import t from 'tap'
import { NOON, testWorld } from '../world.js'
import { controlOf } from './control.js'

const CONNECT_POLL = '/__api__/v1/tasks/OnlyInTheSandbox'

t.test('a sandbox comes with everything that leads to it', async (t) => {
  const control = controlOf(await testWorld(t))
  const { status, body } = await control('POST /sandboxes', { name: 'mine', seed: 7, clock: { mode: 'running', startAt: '2030-01-01T00:00:00Z', speed: 2, autoSkip: true }, options: { svix: { profile: 'hosted' } } })
  t.equal(status, 201)
  t.match(body, {
    name: 'mine',
    seed: 7,
    baseUrl: 'http://localhost:8080/sandbox/mine',
    hostUrl: 'http://mine.localhost:8080',
    credential: /^[0-9A-Za-z]{32}$/,
    urls: { connect: 'http://localhost:8080/sandbox/mine/connect', cloudcoin: 'http://localhost:8080/sandbox/mine/cloudcoin' },
    clock: { mode: 'running', speed: 2, autoSkip: true },
  })
  t.match(body.clock.now, /^2030-01-01T/)
  t.match((await control('GET /options', undefined, { sandbox: 'mine' })).body, { svix: { profile: 'hosted' } })
  t.match((await control('GET /sandboxes/mine')).body, { name: 'mine', credential: body.credential })
})

t.test('path, host and credential lead into the same world', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { body: { credential } } = await control('POST /sandboxes', { name: 'mine' })
  for (const [api, id] of [['connect', 'OnlyInTheSandbox'], ['svix', 'qtask_onlyInTheSandbox'], ['cognigy', 'aaaaaaaaaaaaaaaaaaaaaaaa']]) await control('POST /tasks', { api, id }, { sandbox: 'mine' })
  const status = async (url: string, headers: Record<string, string>): Promise<number> => (await world.app.inject({ url, headers })).statusCode
  t.equal(await status(CONNECT_POLL, { authorization: 'Key other' }), 404)
  t.equal(await status(`/sandbox/mine${CONNECT_POLL}`, { authorization: 'Key other' }), 200)
  t.equal(await status(CONNECT_POLL, { authorization: 'Key other', host: 'mine.localhost:8080' }), 200)
  t.equal(await status(CONNECT_POLL, { authorization: `Key ${credential}` }), 200)
  t.equal(await status('/api/v1/background-task/qtask_onlyInTheSandbox/', { authorization: `Bearer ${credential}` }), 200)
  t.equal(await status('/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa', { 'x-api-key': credential }), 200)
  t.equal(await status(`/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa?api_key=${String(credential)}`, {}), 200)
  t.equal(await status(`/sandbox/other${CONNECT_POLL}`, { authorization: `Key ${credential}` }), 404, 'a path counts more than a credential')
  await control('DELETE /sandboxes/mine')
  t.equal(await status(CONNECT_POLL, { authorization: `Key ${credential}` }), 404, 'and leads nowhere once the sandbox is gone')
})

t.test('a sandbox\'s credential is let in where only listed keys are', async (t) => {
  const world = await testWorld(t, { options: { connect: { 'api-keys': [{ key: 'listed', username: 'ann', role: 'administrator' }] }, svix: { tokens: [{ token: 'listed', role: 'organization' }] }, cognigy: { 'api-keys': ['listed'] } } })
  const control = controlOf(world)
  const { body: { credential } } = await control('POST /sandboxes', { name: 'mine' })
  const polls = [['/__api__/v1/tasks/PolluxDeployOk01', `Key ${credential}`], ['/api/v1/background-task/', `Bearer ${credential}`], ['/v2.0/tasks', `Bearer ${credential}`]]
  for (const [url = '', authorization = ''] of polls) {
    t.equal((await world.app.inject({ url, headers: { authorization } })).statusCode, 200, url)
    t.equal((await world.app.inject({ url, headers: { authorization: authorization.replace(/.$/, '!') } })).statusCode, 401, `${url} with another`)
  }
})

t.test('sandboxes are named, drawn, listed in order, and one of each', async (t) => {
  const control = controlOf(await testWorld(t))
  const names: string[] = []
  for (const body of [{ name: 'b' }, {}, { name: 'a' }, {}]) names.push((await control('POST /sandboxes', body)).body.name)
  t.same(names, ['b', 's1', 'a', 's2'])
  t.same((await control('GET /sandboxes')).body.items.map(({ name }: { name: string }) => name), ['a', 'b', 'default', 's1', 's2'])
  t.match((await control('GET /sandboxes?limit=2&after=b')).body, { items: [{ name: 'default' }, { name: 's1' }], next: 's1' })
  t.match(await control('POST /sandboxes', { name: 'a' }), { status: 409, body: { detail: 'There is a sandbox a already.' } })
  for (const name of ['', '-a', 'a.b', 'a/b', 'x'.repeat(64), 'ä']) t.match(await control('POST /sandboxes', { name }), { status: 400, body: { errors: [{ path: '/name' }] } }, name)
  t.match(await control('POST /sandboxes', { name: 'c', options: { svix: { profile: 'odd' } } }), { status: 400, body: { errors: [{ path: '/options/svix/profile' }] } })
  t.equal((await control('GET /sandboxes/c')).status, 404, 'what is refused is not made')
  t.equal((await control('DELETE /sandboxes/nobody')).status, 404)
  t.match(await control('DELETE /sandboxes/default'), { status: 409, body: { detail: /reset, not deleted/ } })
})

t.test('a sandbox without fixtures begins empty, but knows the scenarios', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match((await control('POST /sandboxes', { name: 'bare', fixtures: false })).body, { tasks: 0 })
  t.equal((await control('POST /tasks', { api: 'svix', scenario: 'failure' }, { sandbox: 'bare' })).status, 201)
  await control('POST /reset', {}, { sandbox: 'bare' })
  t.match((await control('GET /sandboxes/bare')).body, { tasks: 0 })
})

t.test('deleting answers the polls that wait, and the next use of the name is a fresh world', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  await control('POST /sandboxes', { name: 'mine' })
  const polls = Array.from({ length: 20 }, () => world.app.inject({ url: '/sandbox/mine/__api__/v1/tasks/PolluxNeverEnds0?wait=20', headers: { authorization: 'Key k' } }))
  await control('GET /tasks/PolluxNeverEnds0/wait?waiters=20', undefined, { sandbox: 'mine' })
  await control('POST /clock/advance', { by: '5s' }, { sandbox: 'mine' })
  t.equal((await control('DELETE /sandboxes/mine')).status, 204)
  for (const { statusCode, body } of await Promise.all(polls)) t.match([statusCode, JSON.parse(body)], [200, { finished: false }])
  t.equal((await control('GET /sandboxes/mine')).status, 404)
  t.equal((await control('GET /clock', undefined, { sandbox: 'mine' })).body.now, '2026-11-22T12:00:00.000Z')
})

t.test('there are no more sandboxes than there may be, and everybody is told', async (t) => {
  const world = await testWorld(t, { config: { maxSandboxes: 3 } })
  const control = controlOf(world)
  for (const name of ['a', 'b']) t.equal((await control('POST /sandboxes', { name })).status, 201)
  t.match(await control('POST /sandboxes', { name: 'c' }), { status: 503, body: { detail: /as many as --max-sandboxes allows/ } })
  const poll = await world.app.inject('/sandbox/c/api/v1/background-task/')
  t.match([poll.statusCode, poll.headers['content-type'], JSON.parse(poll.body)], [503, 'application/problem+json; charset=utf-8', { title: 'Service Unavailable' }])
  t.equal((await world.app.inject('/sandbox/c/api/v1/%zz')).statusCode, 503)
  t.equal((await control('DELETE /sandboxes/a')).status, 204)
  t.equal((await world.app.inject('/sandbox/c/api/v1/background-task/')).statusCode, 200)
})

t.test('a hundred sandboxes in parallel, each with a frozen clock of its own, don\'t influence one another', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const names = Array.from({ length: 100 }, (_, n) => `w${n}`)
  const outcomes = await Promise.all(names.map(async (name, n) => {
    const mine = { sandbox: name }
    await control('POST /sandboxes', { name, clock: { mode: 'frozen', startAt: '2026-11-22T12:00:00Z' } })
    const { body: { id } } = await control('POST /tasks', { api: 'connect', label: name, script: { steps: [{ at: 0, state: 'running' }, { at: `${n + 1}s`, state: n % 2 === 0 ? 'succeeded' : 'failed' }] } }, mine)
    const poll = world.app.inject({ url: `/sandbox/${name}/__api__/v1/tasks/${String(id)}?wait=20`, headers: { authorization: 'Key k' } })
    await control(`GET /tasks/${String(id)}/wait?waiters=1`, undefined, mine)
    if (n % 3 === 0) await control('POST /faults', { match: { operation: 'list' }, effect: { status: 503 } }, mine)
    const { body: { now, answered } } = await control('POST /clock/advance', { by: `${n + 1}s` }, mine)
    // Those whose wait is over before their task is have an answer as well.
    const { finished, code } = JSON.parse((await poll).body)
    const { statusCode: listStatus } = await world.app.inject(`/sandbox/${name}/api/v1/background-task/`)
    const { body: { items } } = await control('GET /tasks?api=connect&limit=1000', undefined, mine)
    const labels = items.flatMap(({ label }: { label: string | null }) => label !== null && /^w\d+$/.test(label) ? label : [])
    return { now: Date.parse(now) - NOON, answered, finished, code, listStatus, labels }
  }))
  outcomes.forEach((outcome, n) => {
    const isInTime = n + 1 <= 20
    t.strictSame(outcome, { now: (n + 1) * 1000, answered: 1, finished: isInTime, code: isInTime && n % 2 === 1 ? 1 : 0, listStatus: n % 3 === 0 ? 503 : 200, labels: [`w${n}`] }, `w${n}`)
  })
  t.equal(world.sandbox.clock.now(), NOON, 'nor the default one')
})
