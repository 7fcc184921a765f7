/** What happens in one sandbox is nobody's business in another: nothing is seen, nothing is lost, nobody waits for long. */
import t, { type Test } from 'tap'
import { parseScript } from '../../src/simulator/script.js'
import { controlOf, type Control } from '../control/control.js'
import { get, rawClient } from '../faults/raw-client.js'
import { testWorld, type TestWorld } from '../world.js'
import { makeThings, vendorCalls, type Send } from './vendor-calls.js'

const KEY = { authorization: 'Key k', cookie: 'pollux_node=1' }

function sendTo ({ app }: TestWorld): Send {
  return async ({ method, url, headers, payload }) => {
    const reply = await app.inject({ method: method as 'GET', url, headers: { host: 'localhost', ...headers }, ...(payload === undefined ? {} : { payload }) }) // as: typed for the usual methods only
    return { status: reply.statusCode, body: reply.body }
  }
}

/** Everything that the control plane tells of the sandbox, with what clients get there. */
async function tellings (world: TestWorld, control: Control, sandbox: string): Promise<Record<string, unknown>> {
  const at = { sandbox }
  const told: Record<string, unknown> = {}
  for (const path of ['/snapshot', '/options', '/tasks?limit=1000', '/scenarios?limit=1000', '/next', '/clock', '/faults', '/journal?bodies=true&wall=false', '/report', '/report/rules'] as const) told[path] = (await control(`GET ${path}`, undefined, at)).body
  const send = sendTo(world)
  for (const path of ['/connect/__api__/v1/content', '/connect/__api__/v1/system/caches/runtime', '/cognigy/v2.0/snapshots?projectId=61f25579055c2f43c249a181', '/cognigy/v2.0/tasks', '/svix/api/v1/background-task', '/cloudcoin/api/v1/wallets', '/cloudcoin/api/v1/settings']) {
    told[path] = await send({ method: 'GET', url: `/sandbox/${sandbox}${path}`, headers: { ...KEY, 'x-api-key': 'k', accept: 'application/json' }, payload: undefined })
  }
  await control('DELETE /journal', undefined, at)
  return told
}

/** Changes everything that can be changed. */
async function turnUpsideDown (world: TestWorld, control: Control, sandbox: string): Promise<void> {
  const at = { sandbox }
  const send = sendTo(world)
  const ids = await makeThings(send, `/sandbox/${sandbox}`)
  for (const call of vendorCalls(ids, `/sandbox/${sandbox}`)) await send(call)
  await control('PATCH /options', { svix: { profile: 'hosted', tokens: 'any' }, connect: { 'server-version': '2024.08.0' }, cognigy: { 'api-keys': ['other'] }, cloudcoin: { 'wire-profile': 'recorded' } }, at)
  await control('PUT /scenarios/own', { summary: 'x', like: 'success' }, at)
  await control('POST /next', { api: 'connect', scenario: 'failure', times: 100 }, at)
  await control('POST /faults', { effect: { status: 503 } }, at)
  await control('PATCH /report/rules', { 'busy-loop': { severity: 'off' } }, at)
  await control('POST /tasks', { api: 'connect', count: 50 }, at)
  for (const { id, api } of (await control('GET /tasks?limit=5', undefined, at)).body.items) await control(`DELETE /tasks/${id}?api=${api}`, undefined, at)
  await control('POST /clock/advance', { by: '1h' }, at)
  await control('PATCH /clock', { speed: 5, autoSkip: true }, at)
}

t.test('whatever is done in one sandbox, another is as if it were alone', async (t) => {
  const [busy, quiet] = [await testWorld(t), await testWorld(t)]
  const [control, alone] = [controlOf(busy), controlOf(quiet)]
  // Made before and after, beside it all.
  busy.sandboxes.get('before')
  quiet.sandboxes.get('before')
  await turnUpsideDown(busy, control, 'loud')
  await turnUpsideDown(busy, control, 'default')
  for (const name of ['before', 'after']) t.strictSame(await tellings(busy, control, name), await tellings(quiet, alone, name), name)
  // Its own starts draw the same ids, too.
  for (const [world, name] of [[busy, 'after'], [quiet, 'after']] as const) await makeThings(sendTo(world), `/sandbox/${name}`)
  t.strictSame(await tellings(busy, control, 'after'), await tellings(quiet, alone, 'after'))
  const { body } = await control('GET /snapshot', undefined, { sandbox: 'loud' })
  t.ok(body.faults.length > 0 && body.options.cloudcoin['wire-profile'] === 'recorded', 'the other one was turned upside down')
})

t.test('a credential leads to its own sandbox and to no other', async (t) => {
  const world = await testWorld(t, { options: { connect: { 'api-keys': [{ key: 'known', username: 'ada', role: 'administrator' }] } } })
  const control = controlOf(world)
  const [a, b] = [(await control('POST /sandboxes', { name: 'a' })).body.credential, (await control('POST /sandboxes', { name: 'b' })).body.credential]
  t.not(a, b)
  const { task: { id } } = world.sandboxes.get('a').startTask({ api: 'connect', kind: 'deploy' })
  const poll = async (credential: string, mount = ''): Promise<number> => (await world.app.inject({ url: `${mount}/__api__/v1/tasks/${id}`, headers: { ...KEY, authorization: `Key ${credential}` } })).statusCode
  t.equal(await poll(a), 200, 'its own')
  t.equal(await poll(b), 404, 'b knows no such task')
  t.equal(await poll(a, '/sandbox/b'), 401, 'and in b the key of a is nobody\'s')
  t.equal(await poll('known', '/sandbox/a'), 200)
  for (const path of ['/_pollux/tasks', '/_pollux/sandboxes']) t.equal((await controlOf(await testWorld(t, { config: { controlToken: 'token' } }))(`GET ${path.slice(8)}` as 'GET /tasks', undefined, { headers: { authorization: `Bearer ${a}` } })).status, 401, 'nor does it open the control plane')
  await control('DELETE /sandboxes/a')
  t.equal(await poll(a), 401, 'when its sandbox is gone it leads nowhere')
  t.equal(world.sandboxes.peek('a'), undefined)
  await control('POST /sandboxes', { name: 'a', seed: 99 })
  t.equal(await poll(a), 401, 'nor into another of that name')
})

/** Polls that wait for the task, each on a connection of its own. */
async function hold (t: Test, url: string, path: string, count: number): Promise<Array<Awaited<ReturnType<typeof rawClient>>>> {
  const clients = []
  for (let nth = 0; nth < count; nth++) {
    const client = await rawClient(t, url)
    client.send(get(path, 'Authorization: Key k\r\nCookie: pollux_node=1\r\n'))
    clients.push(client)
  }
  return clients
}

const ROUNDS = 12
const HELD = 100

t.test('one that is flooded, reset and deleted over and over costs the other neither a reply nor a held poll', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { url } = await world.listen()
  const calm = world.sandboxes.get('calm')
  const { task } = calm.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' })
  const path = `/sandbox/calm/__api__/v1/tasks/${task.id}`
  const held = await hold(t, url, `${path}?wait=20`, HELD)
  await control(`GET /tasks/${task.id}/wait?waiters=${HELD}`, undefined, { sandbox: 'calm' })

  const poller = { isOver: false }
  let polls = 0
  const bodies = new Set<string>()
  const polling = Promise.all(Array.from({ length: 4 }, async () => {
    while (!poller.isOver) {
      const reply = await fetch(url + path, { headers: KEY })
      bodies.add(`${reply.status} ${await reply.text()}`)
      polls++
    }
  }))
  const at = { sandbox: 'noisy' }
  for (let round = 0; round < ROUNDS; round++) {
    const { body: [{ id }] } = await control('POST /tasks', { api: 'connect', count: 300, scenario: 'never-finishes' }, at)
    const noise = Array.from({ length: 300 }, () => world.app.inject({ url: `/sandbox/noisy/__api__/v1/tasks/${id}?wait=20`, headers: KEY }))
    await control(`GET /tasks/${id}/wait?waiters=300`, undefined, at)
    await control('POST /faults', { effect: { status: 500 } }, at)
    const flood = Array.from({ length: 300 }, () => world.app.inject({ method: 'POST', url: '/sandbox/noisy/api/v1/msg/broadcast', headers: { 'content-type': 'application/json' }, payload: '{"eventType":"a","payload":{}}' }))
    const { body: snapshot } = await control('GET /snapshot', undefined, at)
    const ending = [() => control('POST /reset', {}, at), () => control('DELETE /sandboxes/noisy'), () => control('PUT /snapshot', snapshot, at), () => control('POST /clock/advance', { by: '20s' }, at)][round % 4]
    t.ok(((await ending?.())?.status ?? 500) < 300)
    const answered = await Promise.all([...noise, ...flood])
    t.equal(answered.length, 600, 'everybody there is answered, too')
    if (round % 4 === 3) await control('DELETE /sandboxes/noisy')
  }
  poller.isOver = true
  await polling
  t.equal(calm.simulator.heldPollCount, HELD, 'nobody has let go of a held poll')
  t.ok(held.every(({ text }) => text() === ''), 'nor sent a byte to one')
  t.equal(bodies.size, 1)
  t.match([...bodies][0], /^200 \{"id":"[^"]+","output":\["Building content\.\.\."\],"result":null,"finished":false/)
  t.ok(polls > ROUNDS)
  t.equal(calm.journal.lastSeq, polls, 'each is in its own journal, and nothing else')
  t.equal(calm.faults.ruleCount, 0)
  t.equal((await control(`POST /tasks/${task.id}/finish`, {}, { sandbox: 'calm' })).status, 200)
  for (const client of held) t.match(await client.until((text) => text.includes('"last":')), /^HTTP\/1\.1 200 OK\r\n[^]*"finished":true/)
})

t.test('a great many polls that are let go, and tasks that are made, leave others their turns', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { simulator, clock } = world.sandboxes.get('big')
  const turnsOf = async (work: () => Promise<unknown>): Promise<number> => {
    let turns = 0
    const progress = { isOver: false }
    const done = work().finally(() => { progress.isOver = true })
    while (!progress.isOver) {
      await new Promise((resolve) => { setImmediate(resolve) })
      turns++
    }
    await done
    return turns
  }
  const MANY = 5000
  const wait = (id: string): Set<number> => {
    const { task } = simulator.create({ api: 'connect', id, kind: 'deploy', script: parseScript({ steps: [{ at: 0, state: 'running' }] }) })
    const answered = new Set<number>()
    for (let nth = 0; nth < MANY; nth++) simulator.holdPoll(task, { until: clock.now() + 20_000, condition: 'settled', answer: () => { answered.add(nth) } })
    return answered
  }
  for (const [id, letGo] of [
    ['finished', () => control('POST /tasks/finished/finish', {}, { sandbox: 'big' })],
    ['deleted', () => control('DELETE /tasks/deleted', undefined, { sandbox: 'big' })],
    ['timed', () => control('POST /clock/advance', { by: '20s' }, { sandbox: 'big' })],
    ['reset', () => control('POST /reset', {}, { sandbox: 'big' })],
  ] as const) {
    const answered = wait(id)
    t.ok(await turnsOf(letGo) >= MANY / 250, `${id}: others have their turns`)
    t.equal(answered.size, MANY, 'all are answered when the call is')
    t.equal(simulator.heldPollCount, 0)
  }
  t.ok(await turnsOf(() => control('POST /tasks', { api: 'connect', count: MANY }, { sandbox: 'big' })) >= MANY / 250)
})

t.test('a sandbox of more tasks than a snapshot holds is told so', async (t) => {
  const world = await testWorld(t)
  const { simulator } = world.sandboxes.get('huge')
  const script = parseScript({ steps: [{ at: 0, state: 'running' }] })
  for (let nth = 0; nth <= 20_000; nth++) simulator.create({ api: 'connect', id: `t${nth}`, kind: 'deploy', script })
  t.match(await controlOf(world)('GET /snapshot', undefined, { sandbox: 'huge' }), { status: 409, body: { detail: /^The sandbox has 20\d{3} tasks, and a snapshot holds 20000 at most\.$/ } })
})
