/** `/journal`: what clients sent and got, as it is listed, verified and waited for. */
import { request as httpRequest } from 'node:http'
import t, { type Test } from 'tap'
import { NOON, testWorld, type TestWorld, type TestWorldOptions } from '../world.js'

const CONNECT = '/__api__/v1/tasks/PolluxDeployOk01'
const SVIX = '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds'
const AT = '2026-11-22T12:00:00.000Z'

interface Body { readonly items: ReadonlyArray<Record<string, unknown>>, readonly next: string | null }

async function polled (t: Test, options: TestWorldOptions = {}): Promise<TestWorld> {
  const world = await testWorld(t, options)
  await world.app.inject({ url: `${CONNECT}?first=3`, headers: { authorization: 'Key secret', 'user-agent': 'one/1' } })
  await world.app.inject({ url: SVIX, headers: { 'user-agent': 'svix-libs/2.5.0/javascript', 'svix-req-id': '17', 'svix-retry-count': '2' } })
  await world.app.inject({ url: '/api/v1/background-task?limit=2', headers: { 'user-agent': 'svix-libs/2.5.0/javascript' } })
  return world
}

async function journal ({ app }: TestWorld, query = ''): Promise<Body> {
  const { statusCode, body } = await app.inject(`/_pollux/journal${query}`)
  if (statusCode !== 200) throw new Error(body)
  return JSON.parse(body) as Body
}

const seqs = ({ items }: Body): unknown[] => items.map(({ seq }) => seq)

t.test('every exchange has an entry, in the order of replies', async (t) => {
  const world = await polled(t)
  const { items, next } = await journal(world, '?wall=false')
  t.strictSame(items, [
    { seq: 1, at: AT, api: 'connect', operation: 'poll', method: 'GET', path: CONNECT, query: 'first=3', taskId: 'PolluxDeployOk01', status: 400, waited: '0s', client: 'one/1', fault: null, first: 3, last: null, headers: { 'user-agent': 'one/1' } },
    { seq: 2, at: AT, api: 'svix', operation: 'poll', method: 'GET', path: SVIX, query: null, taskId: 'qtask_2PolluxSucceedsInTenSeconds', status: 200, waited: '0s', client: 'svix-libs/2.5.0/javascript', fault: null, first: null, last: null, headers: { 'user-agent': 'svix-libs/2.5.0/javascript', 'svix-req-id': '17', 'svix-retry-count': '2' } },
    { seq: 3, at: AT, api: 'svix', operation: 'list', method: 'GET', path: '/api/v1/background-task', query: 'limit=2', taskId: null, status: 200, waited: '0s', client: 'svix-libs/2.5.0/javascript', fault: null, first: null, last: null, headers: { 'user-agent': 'svix-libs/2.5.0/javascript' } },
  ])
  t.equal(next, null)
})

t.test('what the machine\'s clock said is told unless it is asked to stay away', async (t) => {
  const [entry] = (await journal(await polled(t))).items
  t.match(entry, { wallAt: /^\d{4}-\d\d-\d\dT/, durationMs: Number })
})

t.test('two runs of the same calls give the same bytes', async (t) => {
  const texts = await Promise.all([polled(t), polled(t)].map(async (run) => (await (await run).app.inject('/_pollux/journal?wall=false&bodies=true')).body))
  t.equal(texts[0], texts[1])
  t.match(texts[0], '"response":{')
})

t.test('a held poll tells how long it waited, and which lines it asked for and got', async (t) => {
  const world = await testWorld(t)
  const { task: { id } } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'deploy-static-ok' })
  const reply = world.app.inject({ url: `/__api__/v1/tasks/${id}?wait=20`, headers: { authorization: 'Key k' } })
  await world.app.inject(`/_pollux/tasks/${id}/wait?waiters=1`)
  await world.sandbox.clock.advance(5000)
  await reply
  const [entry] = (await journal(world, '?wall=false')).items
  t.match(entry, { at: AT, waited: '2s', first: 0, last: 2, status: 200 })
})

t.test('credentials are replaced wherever they stand', async (t) => {
  const world = await testWorld(t)
  await world.app.inject({
    method: 'POST',
    url: '/cognigy/v2.0/tasks?api_key=abc&token=abc&access%5Ftoken=abc&x=1',
    headers: {
      authorization: 'Bearer abc',
      'x-api-key': 'abc',
      cookie: 's=abc',
      'proxy-authorization': 'Basic abc',
      'x-auth-token': 'abc',
      'idempotency-key': 'same',
      referer: 'http://a/?api_key=abc',
      'content-type': 'application/json',
    },
    payload: '{"client_secret":"abc","note":"plain","nested":{"access_token":"a\\"bc"}}',
  })
  await world.app.inject({ url: `${CONNECT}`, headers: { authorization: 'Key abc' } })
  const { body } = await world.app.inject('/_pollux/journal?bodies=true')
  t.notMatch(body, /abc|bc"/)
  const [entry] = (JSON.parse(body) as Body).items
  t.match(entry, {
    query: 'api_key=***&token=***&access%5Ftoken=***&x=1',
    headers: { 'idempotency-key': 'same' },
    request: { headers: { authorization: '***', 'x-api-key': '***', cookie: '***', 'proxy-authorization': '***', 'x-auth-token': '***', referer: 'http://a/?api_key=***' }, body: '{"client_secret":"***","note":"plain","nested":{"access_token":"***"}}' },
  })
  const reply = (JSON.parse(body) as Body).items[1]?.['response'] as { headers: Record<string, string> }
  t.equal(reply.headers['set-cookie'], '***')
})

t.test('bodies come when asked for, and no more of them than is kept', async (t) => {
  const world = await polled(t, { config: { journalBodyBytes: 20 } })
  t.notOk('request' in ((await journal(world)).items[0] ?? {}))
  const { items } = await journal(world, '?bodies=true')
  t.strictSame(items[1]?.['request'], { headers: { 'user-agent': 'svix-libs/2.5.0/javascript', 'svix-req-id': '17', 'svix-retry-count': '2', host: 'localhost:80' }, body: null })
  t.match(items[1]?.['response'], { headers: { 'content-type': 'application/json' }, body: '{"data":{"messagesSe', truncated: true })
})

t.test('only the latest entries are kept', async (t) => {
  const world = await polled(t, { config: { journalEntries: 2 } })
  t.strictSame(seqs(await journal(world)), [2, 3])
})

t.test('filters: each alone, and together', async (t) => {
  const world = await polled(t)
  await world.sandbox.clock.advance(1000)
  await world.app.inject({ url: SVIX, headers: { 'user-agent': 'one/1' } })
  const cases: Record<string, number[]> = {
    'api=svix': [2, 3, 4],
    'operation=list': [3],
    'method=GET': [1, 2, 3, 4],
    'taskId=PolluxDeployOk01': [1],
    'status=400': [1],
    'status=2xx': [2, 3, 4],
    'status=none': [],
    'fault=any': [],
    'fault=none': [1, 2, 3, 4],
    'client=svix-libs': [2, 3],
    'since=3': [3, 4],
    'since=2026-11-22T12:00:01Z': [4],
    'api=svix&client=one': [4],
  }
  for (const [query, expected] of Object.entries(cases)) t.strictSame(seqs(await journal(world, `?${query}`)), expected, query)
})

t.test('an entry names the rule that struck it', async (t) => {
  const world = await testWorld(t)
  const fault = await world.app.inject({ method: 'POST', url: '/_pollux/faults', payload: { match: { api: 'svix' }, effect: { status: 503 } } })
  t.equal(fault.statusCode, 201)
  await world.app.inject(SVIX)
  await world.app.inject(CONNECT)
  t.match((await journal(world, '?fault=1')).items, [{ seq: 1, fault: 1, status: 503 }])
  t.strictSame(seqs(await journal(world, '?fault=none')), [2])
})

t.test('pages follow one another', async (t) => {
  const world = await polled(t)
  const first = await journal(world, '?limit=2')
  t.strictSame([seqs(first), first.next], [[1, 2], '2'])
  const second = await journal(world, '?limit=2&after=2')
  t.strictSame([seqs(second), second.next], [[3], null])
})

t.test('what can\'t be meant is refused', async (t) => {
  const { app } = await testWorld(t)
  const cases: Record<string, string> = {
    'status=six': '/status',
    'fault=all': '/fault',
    'operation=read': '/operation',
    'api=nobody': '/api',
    'since=yesterday': '/since',
    'after=x': '/after',
    'wall=maybe': '/wall',
    'colour=red': '/colour',
  }
  for (const [query, path] of Object.entries(cases)) {
    const reply = await app.inject(`/_pollux/journal?${query}`)
    t.equal(reply.statusCode, 400, query)
    t.equal((reply.json() as { errors: Array<{ path: string }> }).errors[0]?.path, path)
  }
})

t.test('a cleared journal begins anew', async (t) => {
  const world = await polled(t)
  t.equal((await world.app.inject({ method: 'DELETE', url: '/_pollux/journal' })).statusCode, 204)
  t.strictSame((await journal(world)).items, [])
  await world.app.inject(SVIX)
  t.strictSame(seqs(await journal(world)), [1])
})

async function verify ({ app }: TestWorld, payload: object): Promise<unknown> {
  return (await app.inject({ method: 'POST', url: '/_pollux/journal/verify', payload })).json()
}

t.test('verify counts what matches', async (t) => {
  const world = await polled(t)
  const match = { api: 'svix' }
  t.strictSame(await verify(world, { match, count: 2 }), { pass: true, count: 2, nearest: [] })
  t.strictSame(await verify(world, { match, atLeast: 1 }), { pass: true, count: 2, nearest: [] })
  t.strictSame(await verify(world, { match, atMost: 2 }), { pass: true, count: 2, nearest: [] })
  t.strictSame(await verify(world, { match: { status: 503 }, never: true }), { pass: true, count: 0, nearest: [] })
  t.match(await verify(world, { match: { ...match, since: 3 }, count: 1 }), { pass: true, count: 1 })
})

t.test('verify shows what came nearest when too few match', async (t) => {
  const world = await polled(t)
  t.match(await verify(world, { match: { api: 'svix', operation: 'poll', status: 404 }, atLeast: 1 }), {
    pass: false,
    count: 0,
    nearest: [{ seq: 2, differs: [{ criterion: 'status', expected: '404', actual: '200' }], entry: { seq: 2, api: 'svix' } }],
  })
  const { nearest } = await verify(world, { match: { api: 'svix', operation: 'poll', status: 404 }, atLeast: 1 }) as { nearest: unknown[] }
  t.equal(nearest.length, 1, 'the list misses by two')
})

t.test('verify shows the matches when there are too many', async (t) => {
  t.match(await verify(await polled(t), { match: { api: 'svix' }, never: true }), { pass: false, count: 2, nearest: [{ seq: 2, differs: [] }, { seq: 3, differs: [] }] })
})

t.test('verify wants exactly one expectation', async (t) => {
  const { app } = await testWorld(t)
  for (const payload of [{ match: {} }, { match: {}, count: 1, never: true }, { count: 1 }, { match: { statuss: 1 }, count: 1 }, { match: {}, never: false }]) {
    t.equal((await app.inject({ method: 'POST', url: '/_pollux/journal/verify', payload })).statusCode, 400, JSON.stringify(payload))
  }
})

t.test('wait answers when so many entries match, those before it included', async (t) => {
  const world = await polled(t)
  const waiting = world.app.inject('/_pollux/journal/wait?api=svix&count=3')
  await world.app.inject(CONNECT)
  await world.app.inject(SVIX)
  const { statusCode, body } = await waiting
  t.equal(statusCode, 200)
  t.match(JSON.parse(body), { count: 3, items: [{ seq: 2 }, { seq: 3 }, { seq: 5 }] })
})

t.test('wait ends with 408 at its time-out', async (t) => {
  const world = await polled(t)
  // The timer alone keeps no process alive.
  await world.listen()
  const reply = await world.app.inject('/_pollux/journal/wait?api=svix&count=3&timeout=1ms')
  t.equal(reply.statusCode, 408)
  t.match(reply.json(), { detail: 'Of the 3 entries waited for there were 2.' })
})

t.test('wait ends when the sandbox goes', async (t) => {
  const world = await testWorld(t)
  const waiting = world.app.inject('/sandbox/a/_pollux/journal/wait')
  await world.app.inject('/_pollux/health')
  t.equal((await world.app.inject({ method: 'DELETE', url: '/_pollux/sandboxes/a' })).statusCode, 204)
  t.equal((await waiting).statusCode, 503)
})

t.test('a client that leaves takes its wait along', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  const { journal } = world.sandbox
  const { observe } = journal
  const left = await new Promise<boolean>((resolve) => {
    const request = httpRequest(`${url}/_pollux/journal/wait`)
    journal.observe = (observer) => {
      const unobserve = observe.call(journal, observer)
      request.destroy()
      return () => {
        unobserve()
        resolve(true)
      }
    }
    request.on('error', () => {})
    request.end()
  })
  t.ok(left)
})

t.test('explain tells why the last poll got its answer', async (t) => {
  const world = await testWorld(t)
  const lastPoll = async (id: string): Promise<unknown> => ((await world.app.inject(`/_pollux/tasks/${id}`)).json() as { lastPoll: unknown }).lastPoll
  const { task: { id } } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'deploy-static-ok' })
  t.equal(await lastPoll(id), null)
  await world.app.inject({ url: `/__api__/v1/tasks/${id}`, headers: { authorization: 'Key k' } })
  t.strictSame(await lastPoll(id), { seq: 1, why: 'step 1 of 3 (running) at 12:00:00.000Z' })
  await world.sandbox.clock.advance(2000)
  await world.app.inject(`/__api__/v1/tasks/${id}`)
  t.strictSame(await lastPoll(id), { seq: 2, why: 'step 3 of 3 (succeeded) at 12:00:02.000Z; status 401' })
  await world.app.inject({ method: 'POST', url: '/_pollux/faults', payload: { match: { operation: 'poll' }, effect: { status: 503 } } })
  await world.app.inject({ url: `/__api__/v1/tasks/${id}`, headers: { authorization: 'Key k' } })
  t.strictSame(await lastPoll(id), { seq: 3, why: 'step 3 of 3 (succeeded) at 12:00:02.000Z; fault 1 (status 503)' })
  t.equal(NOON + 2000, world.sandbox.clock.now())
})
