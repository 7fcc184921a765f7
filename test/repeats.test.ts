/** A poll that repeats an earlier one to the letter is answered without being looked into anew, and nobody can tell. */
import inject from 'light-my-request'
import t, { type Test } from 'tap'
import { controlOf } from './control/control.js'
import { NOON, testWorld, type TestWorld, type TestWorldOptions } from './world.js'

interface Reply {
  readonly status: number
  readonly body: string
  /** But for the date. */
  readonly headers: object
  /** True when it was answered as an earlier one. */
  readonly isRepeat: boolean
}

type Poll = (url: string, headers?: Readonly<Record<string, string>>, listener?: string) => Promise<Reply>

/** Polls of a world, each with whether it was looked into. */
function pollsOf ({ handle }: TestWorld): Poll {
  return async (url, headers = {}) => {
    let isRepeat = false
    const reply = await inject((raw, response) => {
      handle(raw, response)
      // The dispatcher finds the sandbox of what it looks into.
      isRepeat = raw.sandbox === undefined
    }, { url, headers })
    const { date, ...others } = reply.headers
    return { status: reply.statusCode, body: reply.body, headers: others, isRepeat }
  }
}

/** A task that never finishes, and what its API wants of a poller. */
const POLLS = {
  connect: { url: '/__api__/v1/tasks/PolluxNeverEnds0', headers: { authorization: 'Key k', cookie: 'pollux_node=1' } },
  svix: { url: '/api/v1/background-task/qtask_2PolluxRunsAndNeverFinishes', headers: {} },
  cognigy: { url: '/v2.0/tasks/333333333333333333333333', headers: { 'x-api-key': 'k', accept: 'application/json' } },
  cloudcoin: { url: '/api/v1/task/00000000-0000-4000-8000-000000000003', headers: {} },
} as const

const CLOUDCOIN = POLLS.cloudcoin.url

async function begin (t: Test, options?: TestWorldOptions) {
  const world = await testWorld(t, options)
  return { world, poll: pollsOf(world), control: controlOf(world) }
}

for (const [api, { url, headers }] of Object.entries(POLLS)) {
  t.test(`${api}: a repeated poll gets the same reply, and counts like the first`, async (t) => {
    const { poll, control } = await begin(t)
    const first = await poll(url, headers)
    t.match(first, { status: 200, isRepeat: false })
    for (let n = 0; n < 3; n++) t.strictSame(await poll(url, headers), { ...first, isRepeat: true })

    const { body: journal } = await control('GET /journal?bodies=true&wall=false')
    const [one, ...others] = journal.items
    t.equal(others.length, 3)
    for (const [n, other] of others.entries()) t.strictSame(other, { ...one, seq: n + 2 })
    const id = one.taskId
    t.match((await control(`GET /tasks/${id}?api=${api}`)).body, { polls: 4, lastPoll: { seq: 4 } })
    t.match((await control('GET /report')).body.tasks, [{ taskId: id, polls: 4 }])
    t.match((await control('GET /metrics')).body, new RegExp(`pollux_requests_total\\{api="${api}",operation="poll",status="200"\\} 4`))
  })
}

t.test('another header, or another value of one, is another request', async (t) => {
  const { poll } = await begin(t)
  const { url, headers } = POLLS.cognigy
  t.equal((await poll(url, headers)).isRepeat, false)
  t.match(await poll(url, { ...headers, accept: 'application/xml' }), { isRepeat: false, body: /^<\?xml/ })
  t.match(await poll(url, { ...headers, accept: 'application/xml' }), { isRepeat: true, body: /^<\?xml/ })
  t.match(await poll(url, { accept: 'application/xml' }), { isRepeat: false, status: 401 })
  t.equal((await poll(url, { ...headers, 'x-more': '1' })).isRepeat, false)
})

t.test('what is no GET is looked into', async (t) => {
  const { world: { app }, poll } = await begin(t)
  await poll(CLOUDCOIN)
  t.equal((await app.inject({ method: 'POST', url: CLOUDCOIN })).statusCode, 405)
  const { url, headers } = POLLS.connect
  await poll(url, headers)
  const head = await app.inject({ method: 'HEAD', url, headers })
  t.strictSame([head.statusCode, head.body], [200, ''])
})

t.test('a request with a body is looked into each time', async (t) => {
  const { world, poll } = await begin(t)
  for (let n = 0; n < 2; n++) {
    let isRepeat = true
    await inject((raw, response) => {
      world.handle(raw, response)
      isRepeat = raw.sandbox === undefined
    }, { url: CLOUDCOIN, payload: 'x' })
    t.equal(isRepeat, false)
  }
  t.equal((await poll(CLOUDCOIN)).isRepeat, false)
})

t.test('a task that has moved, changed or gone is looked into', async (t) => {
  const { poll, control } = await begin(t)
  const { body: { id, pollUrl } } = await control('POST /tasks', { api: 'cloudcoin', scenario: 'success' })
  const url = new URL(String(pollUrl)).pathname
  const repeats = async (): Promise<boolean> => {
    await poll(url)
    return (await poll(url)).isRepeat
  }
  t.equal(await repeats(), true)
  for (const move of ['POST /clock/advance', `POST /tasks/${id}/hold`, `POST /tasks/${id}/release`, `POST /tasks/${id}/finish`] as const) {
    t.equal((await control(move, move.endsWith('advance') ? { by: '400ms' } : {})).status, 200, move)
    t.equal((await poll(url)).isRepeat, false, move)
    t.equal(await repeats(), true)
  }
  await control(`DELETE /tasks/${id}`)
  t.match(await poll(url), { isRepeat: false, body: /"status":"error"/ })
  await control('POST /tasks', { api: 'cloudcoin', id, scenario: 'failure' })
  t.match(await poll(url), { isRepeat: false, body: /"status":"running"/ })
})

t.test('a script that moves by polls moves by each', async (t) => {
  const { poll, control } = await begin(t)
  const script = { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 3, state: 'succeeded' }] }
  const { body: { pollUrl } } = await control('POST /tasks', { api: 'cloudcoin', script })
  const states: unknown[] = []
  for (let n = 0; n < 4; n++) states.push(/"status":"(running|completed)"/.exec((await poll(new URL(String(pollUrl)).pathname)).body)?.[1])
  t.strictSame(states, ['running', 'running', 'completed', 'completed'])
})

t.test('a task that has outlived its retention is not found, however often it was', async (t) => {
  const { world, poll } = await begin(t, { options: { connect: { 'retention-seconds': 60 } } })
  const { headers } = POLLS.connect
  const task = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'instant' })
  const url = `/__api__/v1/tasks/${task.task.id}`
  await world.sandbox.clock.advance(30_000)
  await poll(url, headers)
  t.match(await poll(url, headers), { status: 200, isRepeat: true })
  await world.sandbox.clock.advance(60_000)
  t.match(await poll(url, headers), { status: 404, isRepeat: false })
})

t.test('options count from the next poll on', async (t) => {
  const { poll, control } = await begin(t)
  await poll(CLOUDCOIN)
  t.equal((await poll(CLOUDCOIN)).isRepeat, true)
  await control('PATCH /options', { cloudcoin: { 'wire-profile': 'recorded' } })
  t.match(await poll(CLOUDCOIN), { isRepeat: false, body: /Service not found|4154/ })
})

t.test('a fault strikes the next poll, and one that is about others costs no look', async (t) => {
  const { poll, control } = await begin(t)
  await poll(CLOUDCOIN)
  await control('POST /faults', { match: { api: 'svix' }, effect: { status: 503 } })
  t.match(await poll(CLOUDCOIN), { status: 200, isRepeat: true })
  const { body: { id } } = await control('POST /faults', { match: { api: 'cloudcoin', nthCall: [2] }, effect: { status: 503 } })
  t.match(await poll(CLOUDCOIN), { status: 200, isRepeat: false })
  t.match(await poll(CLOUDCOIN), { status: 503, isRepeat: false })
  await control(`DELETE /faults/${id}`)
  await poll(CLOUDCOIN)
  t.match(await poll(CLOUDCOIN), { status: 200, isRepeat: true })
})

t.test('a credential leads into its sandbox from the moment it is issued, and out of it when that is gone', async (t) => {
  const { world, poll, control } = await begin(t)
  const { url } = POLLS.connect
  const { credential } = world.sandboxes.get('mine')
  const headers = { authorization: `Key ${credential}`, cookie: 'pollux_node=1' }
  await poll(url, headers)
  t.equal((await poll(url, headers)).isRepeat, true, 'in the default sandbox any key will do')
  await world.sandboxes.delete('mine')
  await control('POST /sandboxes', { name: 'mine', fixtures: false })
  t.match(await poll(url, headers), { status: 404, isRepeat: false })
  await world.sandboxes.delete('mine')
  t.match(await poll(url, headers), { status: 200, isRepeat: false })
})

t.test('a sandbox that was made anew under its name is another one', async (t) => {
  const { world, poll, control } = await begin(t)
  const url = `/sandbox/mine${CLOUDCOIN}`
  await poll(url)
  t.equal((await poll(url)).isRepeat, true)
  await world.sandboxes.delete('mine')
  await control('POST /sandboxes', { name: 'mine', fixtures: false })
  t.match(await poll(url), { isRepeat: false, body: /"status":"error"/ })
})

t.test('a token that was issued is looked up each time', async (t) => {
  const { world, poll } = await begin(t, { options: { cognigy: { 'api-keys': ['listed'] } } })
  const { url } = POLLS.cognigy
  const issued = await world.app.inject({ method: 'POST', url: '/auth/oauth2/token', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: 'grant_type=client_credentials&client_id=a&client_secret=b' })
  const { access_token: token }: { access_token?: string } = issued.json()
  t.equal(issued.statusCode, 200, issued.body)
  const headers = { authorization: `Bearer ${token}` }
  await poll(url, headers)
  t.match(await poll(url, headers), { status: 200, isRepeat: false })
  await poll(url, { 'x-api-key': 'listed' })
  t.match(await poll(url, { 'x-api-key': 'listed' }), { status: 200, isRepeat: true })
})

t.test('a long poll waits however often it was answered, and does not once its task has settled', async (t) => {
  const { world, poll } = await begin(t)
  const { headers } = POLLS.connect
  const { task: { id } } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' })
  const url = `/__api__/v1/tasks/${id}?wait=5`
  for (let n = 1; n <= 2; n++) {
    const held = poll(url, headers)
    while (world.sandbox.simulator.heldPollCount === 0) await new Promise(setImmediate)
    await world.sandbox.clock.advance(5_000)
    t.match(await held, { status: 200, isRepeat: false })
    t.equal(world.sandbox.clock.now(), NOON + n * 5_000)
  }
  world.sandbox.simulator.finish('connect', id)
  t.match(await poll(url, headers), { isRepeat: false, body: /"finished":true/ })
  t.match(await poll(url, headers), { isRepeat: true, body: /"finished":true/ })
})

const LISTS = {
  svix: { url: '/api/v1/background-task?limit=5', headers: {}, kind: 'endpoint.replay' },
  cognigy: { url: '/v2.0/tasks?limit=5', headers: { 'x-api-key': 'k', accept: 'application/json' }, kind: 'train' },
} as const

for (const [api, { url, headers }] of Object.entries(LISTS)) {
  t.test(`${api}: a page is the same until any task of the API comes, changes or goes`, async (t) => {
    const { world, poll, control } = await begin(t)
    const first = await poll(url, headers)
    t.match(first, { status: 200, isRepeat: false })
    t.strictSame(await poll(url, headers), { ...first, isRepeat: true })
    const { body: { items: [one, two] } } = await control('GET /journal?bodies=true&wall=false')
    t.strictSame(two, { ...one, seq: 2 })

    const { body: { id } } = await control('POST /tasks', { api, scenario: 'never-finishes' })
    const news = await poll(url, headers)
    t.equal(news.isRepeat, false, 'another task')
    t.match(news.body, id)
    t.equal((await poll(url, headers)).isRepeat, true)
    await control(`POST /tasks/${id}/finish`, {})
    t.equal((await poll(url, headers)).isRepeat, false, 'a changed task')
    await control(`DELETE /tasks/${id}`)
    t.strictSame(await poll(url, headers), first, 'a task less')
    world.sandbox.startTask({ api: api === 'svix' ? 'cognigy' : 'svix', kind: LISTS[api === 'svix' ? 'cognigy' : 'svix'].kind, scenario: 'instant' })
    t.equal((await poll(url, headers)).isRepeat, true, 'a task of another API')
  })

  t.test(`${api}: a page that shows a task on the move is the same until it moves`, async (t) => {
    const { world, poll, control } = await begin(t)
    const script = { steps: [{ at: 0, state: 'running' }, { at: '10s', state: 'succeeded' }] }
    await control('POST /tasks', { api, script })
    // Other living tasks of the fixtures move sooner.
    const newest = url.replace('limit=5', 'limit=1')
    await poll(newest, headers)
    await world.sandbox.clock.advance(9_999)
    t.equal((await poll(newest, headers)).isRepeat, true)
    const before = await poll(newest, headers)
    await world.sandbox.clock.advance(1)
    const after = await poll(newest, headers)
    t.equal(after.isRepeat, false)
    t.not(after.body, before.body)
  })
}

t.test('svix: a page that a filter may change with any task, or time by itself, is looked into', async (t) => {
  const { world, poll, control } = await begin(t)
  const filtered = `${LISTS.svix.url}&status=finished`
  await poll(filtered)
  t.equal((await poll(filtered)).isRepeat, false)
  const oldest = `${LISTS.svix.url}&order=ascending`
  const first = await poll(oldest)
  t.equal((await poll(oldest)).isRepeat, true)
  await world.sandbox.clock.advance(90 * 86_400_000)
  t.not((await poll(oldest)).body, first.body, 'the window has moved past them')
  await control('POST /reset')
  t.strictSame(await poll(oldest), first)
})

t.test('cognigy: a page in another order, or with a filter, is looked into', async (t) => {
  const { poll } = await begin(t)
  for (const more of ['&sort=name:asc', '&filter=a']) {
    await poll(LISTS.cognigy.url + more, LISTS.cognigy.headers)
    t.equal((await poll(LISTS.cognigy.url + more, LISTS.cognigy.headers)).isRepeat, false, more)
  }
})

t.test('a fault of lists takes the cursor away from a page that was served before', async (t) => {
  const { poll, control } = await begin(t)
  await poll(LISTS.svix.url)
  t.equal((await poll(LISTS.svix.url)).isRepeat, true)
  await control('POST /faults', { match: { api: 'svix', operation: 'list' }, effect: { status: 429 } })
  t.match(await poll(LISTS.svix.url), { status: 429, isRepeat: false })
})

t.test('a walk over pages is judged alike when its pages repeat', async (t) => {
  const { poll, control } = await begin(t)
  const { body } = await poll(LISTS.svix.url)
  const { iterator }: { iterator: string } = JSON.parse(body)
  for (let n = 0; n < 2; n++) {
    await poll(LISTS.svix.url)
    await poll(`${LISTS.svix.url}&iterator=${iterator}`)
    await poll(`${LISTS.svix.url}&iterator=${iterator}`)
  }
  const { body: { findings } } = await control('GET /report')
  t.match(findings, [{ rule: 'page-reread' }])
})

t.test('a native listener knows its own polls', async (t) => {
  const world = await testWorld(t, { config: { listen: new Map([['cloudcoin', 0]]) } })
  const { url, listeners } = await world.listen()
  for (let n = 0; n < 2; n++) {
    // Elsewhere the path is nobody's.
    t.match(await (await fetch(`${listeners['cloudcoin']}/api/v1/task/00000000-0000-4000-8000-000000000003`)).text(), /"status":"running"/)
    t.match(await (await fetch(`${listeners['cloudcoin']}/v2.0/tasks/333333333333333333333333`)).text(), /"status":"error"/)
    t.equal((await fetch(`${url}/v2.0/tasks/333333333333333333333333`, { headers: { 'x-api-key': 'k' } })).status, 200)
  }
})

t.test('a server that closes ends its connections with every reply', async (t) => {
  const { world, poll } = await begin(t)
  await poll(CLOUDCOIN)
  await world.close()
  t.match(await poll(CLOUDCOIN), { isRepeat: false, headers: { connection: 'close' } })
})
