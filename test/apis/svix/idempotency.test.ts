/** Calls that are made again under their idempotency key (contract, section 5.4), and replies that get lost (section 10). */
import type { InjectOptions } from 'fastify'
import t, { type Test } from 'tap'
import { Idempotency } from '../../../src/apis/svix/idempotency.js'
import { controlOf } from '../../control/control.js'
import { addFault, eventually, rawClient, type RawClient } from '../../faults/raw-client.js'
import { NOON, type TestWorld } from '../../world.js'
import { APP, CALLS, ENDPOINT, recover, requestOf, WINDOW } from './calls.js'
import { ask, emptyWorld, LIST, reply, svixWorld, type Wire } from './support.js'

const HOUR_MS = 3_600_000
const URL = `/api/v1/app/${APP}/endpoint/${ENDPOINT}/recover`

const idIn = (text: string): string => /"id":"(qtask_[0-9A-Za-z]{27})"/.exec(text)?.[1] ?? ''
const keyed = (key: string, more: InjectOptions = {}): InjectOptions => ({ ...recover(WINDOW), ...more, headers: { 'idempotency-key': key, ...more.headers } })
const count = ({ sandbox }: TestWorld): number => [...sandbox.simulator.tasks()].length

for (const call of CALLS.filter(({ method }) => method === 'POST')) {
  t.test(`${call.task}: a repetition is answered byte for byte as the first call, and starts nothing`, async (t) => {
    const world = await emptyWorld(t)
    const first = await ask(world, requestOf(call, { 'idempotency-key': 'auto_1' }))
    t.equal(first.status, 202)
    await world.sandbox.clock.advance(12 * HOUR_MS - 1)
    t.strictSame(await ask(world, requestOf(call, { 'idempotency-key': 'auto_1' })), first)
    t.equal(count(world), 1)
    await world.sandbox.clock.advance(1)
    const later = await ask(world, requestOf(call, { 'idempotency-key': 'auto_1' }))
    t.not(idIn(later.body), idIn(first.body), 'after 12 hours it is a new call')
    t.equal(count(world), 2)
  })
}

t.test('credential, key and URL tell calls apart, the body does not', async (t) => {
  const world = await emptyWorld(t)
  const id = async (request: InjectOptions): Promise<string> => idIn((await ask(world, request)).body)
  const first = await id(keyed('a'))
  t.equal(await id(keyed('a', { payload: '{"since":"2026-11-20T00:00:00Z"}' })), first, 'another body')
  t.equal(await id(keyed('a', { payload: '{' })), first, 'no body that could be read')
  t.equal(await id(keyed('a', { url: `/svix//${URL}/` })), first, 'slashes and prefix')
  t.equal(await id(keyed('a', { headers: { 'content-type': ';', 'svix-retry-count': '1' } })), first, 'other headers')
  const others: InjectOptions[] = [keyed('b'), keyed('A'), keyed('a', { headers: { authorization: 'Bearer x' } }), keyed('a', { url: `${URL}?x=1` }), keyed('a', { url: URL.replace('recover', 'replay-missing') }), keyed('__proto__'), keyed('a'.repeat(8000))]
  const ids = new Set([first])
  for (const other of others) ids.add(await id(other))
  t.equal(ids.size, others.length + 1)
  for (const other of others) t.ok(ids.has(await id(other)), 'each is kept for itself')
  t.equal(count(world), others.length + 1)
})

t.test('without a key, and for PUT, every call is a new one', async (t) => {
  const world = await emptyWorld(t)
  await ask(world, recover(WINDOW))
  await ask(world, recover(WINDOW))
  await ask(world, keyed(''))
  await ask(world, keyed(''))
  const put: InjectOptions = { method: 'PUT', url: '/api/v1/stats/usage/event-types', headers: { 'idempotency-key': 'a' } }
  await ask(world, put)
  await ask(world, put)
  t.equal(count(world), 6)
})

t.test('only what went well is kept', async (t) => {
  const world = await emptyWorld(t)
  t.equal((await ask(world, keyed('a', { payload: '{}' }))).status, 422)
  t.equal((await ask(world, keyed('a', { payload: '{"since":"2020-01-01T00:00:00Z"}' }))).status, 422)
  t.equal((await ask(world, keyed('a'))).status, 202)
  t.equal((await ask(world, keyed('scenario:nope'))).status, 400)
  const control = controlOf(world)
  await control('PUT /scenarios/nope', { summary: 'x', like: 'success' })
  t.equal((await ask(world, keyed('scenario:nope'))).status, 202)
})

t.test('a credential that is not good any more opens no kept reply', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  const headers = { authorization: 'Bearer x' }
  t.equal((await ask(world, keyed('a', { headers }))).status, 202)
  world.sandbox.setOptions('svix', { profile: 'seed', tokens: [] })
  t.equal((await ask(world, keyed('a', { headers }))).status, 401)
})

t.test('a repetition is answered although its task is gone', async (t) => {
  const world = await emptyWorld(t)
  const first = await ask(world, keyed('a'))
  world.sandbox.simulator.expire('svix', idIn(first.body))
  t.strictSame(await ask(world, keyed('a')), first)
})

t.test('the journal tells of which task a repetition was about', async (t) => {
  const world = await emptyWorld(t)
  const id = idIn((await ask(world, keyed('a'))).body)
  await ask(world, keyed('a', { headers: { 'svix-retry-count': '1' } }))
  const { body: { items } } = await controlOf(world)('GET /journal')
  t.match(items, [{ operation: 'start', status: 202, taskId: id }, { operation: 'start', status: 202, taskId: id }])
})

t.test('a reset forgets all keys; other sandboxes know none of them', async (t) => {
  const world = await emptyWorld(t)
  const first = await ask(world, keyed('a'))
  await ask(world, keyed('a', { url: `/sandbox/other${URL}` }))
  t.ok(world.sandboxes.get('other').simulator.list('svix'), 'it started one of its own')
  await world.sandbox.reset()
  world.sandbox.simulator.reset()
  const second = await ask(world, keyed('a'))
  t.equal(count(world), 1)
  t.strictSame(second, first, 'a new task of the same bytes, as the random streams begin anew')
})

t.test('a snapshot carries the kept replies, but no credential', async (t) => {
  const world = await emptyWorld(t)
  const control = controlOf(world)
  const headers = { authorization: 'Bearer secret-token' }
  const first = await ask(world, keyed('a', { headers }))
  await world.sandbox.clock.advance(HOUR_MS)
  const { body: snapshot } = await control('GET /snapshot')
  t.notMatch(JSON.stringify(snapshot), /secret-token/)
  t.equal((await control('PUT /snapshot', snapshot, { sandbox: 'copy' })).status, 200)
  const inCopy = keyed('a', { url: `/sandbox/copy${URL}`, headers })
  t.strictSame(await ask(world, inCopy), first)
  const copy = world.sandboxes.get('copy')
  await copy.clock.advance(11 * HOUR_MS)
  t.not(idIn((await ask(world, inCopy)).body), idIn(first.body), 'its 12 hours are over')
  const [kept] = snapshot.resources.svix.keptReplies
  for (const [keptReplies, path] of [[5, '/resources/svix/keptReplies'], [[{ ...kept, keptUntil: 'soon' }], '/resources/svix/keptReplies/0/keptUntil'], [[{ ...kept, more: 1 }], '/resources/svix/keptReplies/0/more']] as const) {
    t.match(await control('PUT /snapshot', { ...snapshot, resources: { svix: { keptReplies } } }, { sandbox: 'copy' }), { status: 400, body: { errors: [{ path }] } })
  }
})

t.test('the oldest kept reply goes when there are 10,000', async (t) => {
  const idempotency = new Idempotency()
  for (let n = 0; n <= 10_000; n++) idempotency.keep(`key ${n}`, { body: String(n), taskId: '' }, NOON)
  t.equal(idempotency.find('key 0', NOON), undefined)
  t.equal(idempotency.find('key 1', NOON)?.body, '1')
  t.equal(idempotency.find('key 10000', NOON)?.body, '10000')
  idempotency.keep('late', { body: '', taskId: '' }, NOON + 12 * HOUR_MS)
  t.match(idempotency.save(), [{ key: 'late' }], 'what is over goes')
})

// Replies that get lost

for (const [scenario, expected] of [['lost-reply', ''], ['lost-reply-500', 'HTTP/1.1 500 Internal Server Error\r\n']] as const) {
  t.test(`${scenario}: the same call again finds the task whose reply was lost`, async (t) => {
    const world = await emptyWorld(t)
    const { url } = await world.listen()
    const lost = await rawClient(t, url)
    lost.send(raw(`scenario:${scenario}/1`))
    if (expected === '') t.equal(await lost.over, 'ECONNRESET')
    else await lost.until((text) => text.endsWith('{}'))
    t.match(lost.text(), expected)
    const [task] = [...world.sandbox.simulator.tasks()]
    const again = await rawClient(t, url)
    again.send(raw(`scenario:${scenario}/1`))
    t.match(await again.until((text) => text.endsWith('}')), `{"id":"${task?.id ?? ''}","status":"running",`)
    t.equal(count(world), 1)
    const other = await rawClient(t, url)
    other.send(raw('auto_other'))
    t.notMatch(await other.until((text) => text.endsWith('}')), task?.id ?? '', 'under another key it is another task')
    t.equal(count(world), 2)
    t.match(await ask(world, `${LIST}/${task?.id ?? ''}`), { status: 200, body: '"status":"running"' }, 'polls are well')
  })
}

t.test('a rule that refuses starts keeps nothing, so the try after it starts the one task', async (t) => {
  const world = await emptyWorld(t)
  addFault(world, { match: { operation: 'start' }, effect: { status: 500 }, times: 2 })
  t.strictSame(await ask(world, keyed('auto_1')), reply(500, '{}'))
  t.strictSame(await ask(world, keyed('auto_1')), reply(500, '{}'))
  t.equal(count(world), 0)
  const third = await ask(world, keyed('auto_1'))
  t.equal(third.status, 202)
  t.strictSame(await ask(world, keyed('auto_1')), third)
  t.equal(count(world), 1)
})

t.test('what a fault makes of the reply on the wire is not what is kept', async (t) => {
  const world = await emptyWorld(t)
  addFault(world, { match: { operation: 'start' }, effect: { body: { remove: ['/id'] } }, times: 1 })
  const edited = await ask(world, keyed('a'))
  t.notMatch(edited.body, '"id"')
  t.match((await ask(world, keyed('a'))).body, /^\{"id":"qtask_/)
  t.equal(count(world), 1)
})

// While the first is still being answered

function raw (key: string, body = WINDOW): string {
  return `POST ${URL} HTTP/1.1\r\nHost: x\r\nIdempotency-Key: ${key}\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

const isAnswered = (text: string): boolean => text.endsWith('}')

/** A call whose reply comes so late, and one that repeats it a second later. */
async function twice (t: Test, delay: string, secondBody = WINDOW): Promise<{ world: TestWorld, first: RawClient, second: RawClient }> {
  const world = await emptyWorld(t)
  const { url } = await world.listen()
  addFault(world, { match: { operation: 'start' }, effect: { delay }, times: 1 })
  const first = await rawClient(t, url)
  first.send(raw('a'))
  await eventually(() => world.sandbox.clock.waitCount === 1)
  await world.sandbox.clock.advance(1000)
  const second = await rawClient(t, url)
  second.send(raw('a', secondBody))
  await eventually(() => world.sandbox.clock.waitCount === 2)
  return { world, first, second }
}

t.test('a repetition waits for the reply to the first call, and gets the same', async (t) => {
  const { world, first, second } = await twice(t, '3s')
  t.equal(second.text(), '')
  await world.sandbox.clock.advance(1999)
  t.equal(first.text() + second.text(), '')
  await world.sandbox.clock.advance(1)
  t.equal(await second.until(isAnswered), await first.until(isAnswered))
  t.equal(count(world), 1)
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('after 5 seconds it waits no longer and runs by itself', async (t) => {
  const { world, first, second } = await twice(t, '10s')
  await world.sandbox.clock.advance(4999)
  t.equal(count(world), 1)
  await world.sandbox.clock.advance(1)
  const own = await second.until(isAnswered)
  t.equal(first.text(), '')
  t.equal(count(world), 2)
  await world.sandbox.clock.advance(10_000)
  t.not(idIn(await first.until(isAnswered)), idIn(own))
  t.equal(idIn((await ask(world, keyed('a'))).body), idIn(own), 'what is kept is the latest')
})

t.test('one that waited for a refusal runs by itself then', async (t) => {
  const world = await emptyWorld(t)
  const { url } = await world.listen()
  addFault(world, { match: { operation: 'start' }, effect: { delay: '3s' }, times: 1 })
  const first = await rawClient(t, url)
  first.send(raw('a', '{}'))
  await eventually(() => world.sandbox.clock.waitCount === 1)
  const others = [await rawClient(t, url), await rawClient(t, url)]
  for (const other of others) other.send(raw('a'))
  await eventually(() => world.sandbox.clock.waitCount === 3)
  await world.sandbox.clock.advance(3000)
  t.match(await first.until(isAnswered), /^HTTP\/1.1 422 /)
  const [second = '', third] = await Promise.all(others.map((other) => other.until(isAnswered)))
  t.match(second, /^HTTP\/1.1 202 /)
  t.equal(third, second, 'the others wait for it in turn')
  t.equal(count(world), 1)
})

t.test('one whose client leaves waits no longer', async (t) => {
  const { world, first, second } = await twice(t, '3s')
  second.socket.destroy()
  await eventually(() => world.sandbox.clock.waitCount === 1)
  await world.sandbox.clock.advance(2000)
  await first.until(isAnswered)
  t.equal(count(world), 1)
  t.match((await controlOf(world)('GET /journal')).body.items, [{ status: null, abandoned: true }, { status: 202 }])
})

t.test('when the first call\'s client leaves, who waited is answered with what it would have got', async (t) => {
  const { world, first, second } = await twice(t, '3s')
  first.socket.destroy()
  t.match(await second.until(isAnswered), /^HTTP\/1.1 202 /)
  t.equal(count(world), 1)
})

t.test('a reset and an end answer both, and start nothing', async (t) => {
  const { world, first, second } = await twice(t, '3s')
  await world.sandbox.reset()
  t.equal(await second.until(isAnswered), await first.until(isAnswered))
  t.notOk(world.sandbox.simulator.has('svix', idIn(first.text())))
  const draining = await twice(t, '3s')
  await draining.world.close()
  t.equal(idIn(await draining.second.until(isAnswered)), idIn(await draining.first.until(isAnswered)))
})

t.test('two of the same on one connection are answered alike, one after the other', async (t) => {
  const world = await emptyWorld(t)
  const { url } = await world.listen()
  addFault(world, { match: { operation: 'start' }, effect: { delay: '3s' }, times: 1 })
  const client = await rawClient(t, url)
  client.send(raw('a'), raw('a'))
  await eventually(() => world.sandbox.clock.waitCount === 2)
  await world.sandbox.clock.advance(3000)
  const both = await client.until((text) => text.split('HTTP/1.1 202').length === 3 && isAnswered(text))
  const [, one, other] = both.split('HTTP/1.1')
  t.equal(idIn(one ?? ''), idIn(other ?? ''))
  t.equal(count(world), 1)
})

t.test('calls with keys leave nothing behind on their connections', async (t) => {
  const world = await emptyWorld(t)
  const { url } = await world.listen()
  const client = await rawClient(t, url)
  client.send(...Array.from({ length: 50 }, (_, n) => raw(`key ${n}`)))
  await client.until((text) => text.split('HTTP/1.1 202').length === 51 && isAnswered(text))
  const answers: Wire[] = []
  for (let n = 0; n < 50; n++) answers.push(await ask(world, keyed(`key ${n}`)))
  t.equal(new Set(answers.map(({ body }) => idIn(body))).size, 50)
  t.equal(count(world), 50)
})
