/** Each effect as a client sees it, over a real socket. */
import t, { type Test } from 'tap'
import type { EffectJson, FaultJson } from '../../src/faults/fault.js'
import type { Entry } from '../../src/journal/entry.js'
import { parseScript } from '../../src/simulator/script.js'
import type { TaskSnapshot } from '../../src/simulator/task.js'
import { testWorld, type TestWorld, type TestWorldOptions } from '../world.js'
import { addFault, eventually, get, rawClient, type RawClient } from './raw-client.js'

const ID = 'qtask_2PolluxSucceedsInTenSeconds'
const PATH = `/api/v1/background-task/${ID}`
const CORS = 'access-control-allow-origin: *\r\nvary: origin, access-control-request-method, access-control-request-headers\r\n'
const KEPT_OPEN = 'Connection: keep-alive\r\nKeep-Alive: timeout=5\r\n'
const BODY = '{"data":{"messagesSent":0},"id":"qtask_2PolluxSucceedsInTenSeconds","status":"running","task":"endpoint.recover","updatedAt":"2026-11-22T12:00:00.000Z"}'

/** An entry of the journal, and the task that its reply showed. */
type Exchange = Entry & { readonly task: TaskSnapshot | undefined }

interface Wire {
  readonly world: TestWorld
  readonly client: RawClient
  readonly exchanges: Exchange[]
}

async function wire (t: Test, faults: readonly FaultJson[], options: TestWorldOptions = {}): Promise<Wire> {
  const world = await testWorld(t, options)
  const exchanges: Exchange[] = []
  const { journal } = world.sandbox
  const add = journal.add.bind(journal)
  journal.add = (entry, task, nextCursor) => {
    exchanges.push({ ...entry, task })
    add(entry, task, nextCursor)
  }
  for (const fault of faults) addFault(world, fault)
  const { url } = await world.listen()
  return { world, client: await rawClient(t, url), exchanges }
}

/** Status line, headers and body of one reply, sorted by header, as parsed from the bytes. */
function parse (text: string): { head: string, headers: Record<string, string>, body: string } {
  const end = text.indexOf('\r\n\r\n')
  const [head = '', ...lines] = text.slice(0, end).split('\r\n')
  return { head, headers: Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)])), body: text.slice(end + 4) }
}

const whole = (text: string): boolean => {
  const { headers, body } = parse(text)
  return text.includes('\r\n\r\n') && body.length >= Number(headers['content-length'] ?? 0)
}

/** One poll under one effect: the reply as parsed. */
async function struck (t: Test, effect: EffectJson, request = get(PATH), match: FaultJson['match'] = {}): Promise<ReturnType<typeof parse>> {
  const { client } = await wire(t, [{ match, effect }])
  client.send(request)
  return parse(await client.until(whole))
}

t.test('without a fault the reply is the vendor\'s', async (t) => {
  const { client } = await wire(t, [])
  client.send(get(PATH))
  t.equal(await client.until(whole), `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${CORS}content-length: ${BODY.length}\r\n${KEPT_OPEN}\r\n${BODY}`)
})

t.test('a status of 400 or more is the vendor\'s own reply, and the request does not reach the service', async (t) => {
  const { world, client } = await wire(t, [{ effect: { status: 500 }, times: 1 }])
  const script = parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 1, state: 'succeeded' }] })
  const { task } = world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', script })
  client.send(get(`/api/v1/background-task/${task.id}`))
  t.equal(await client.until(whole), `HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\n${CORS}content-length: 2\r\n${KEPT_OPEN}\r\n{}`)
  t.equal(task.polls, 0)
})

t.test('a lower status replaces the real one and leaves the rest', async (t) => {
  t.match(await struck(t, { status: 202 }), { head: 'HTTP/1.1 202 Accepted', body: BODY })
  const { head, headers, body } = await struck(t, { status: 204 }, get(PATH))
  t.equal(head, 'HTTP/1.1 204 No Content')
  t.equal(body, '')
  t.notOk('content-length' in headers || 'content-type' in headers)
})

t.test('retry-after comes as seconds, as a date of the sandbox clock, or as it is', async (t) => {
  t.equal((await struck(t, { status: 429, retryAfter: '2s' })).headers['retry-after'], '2', 'and replaces the vendor\'s own')
  t.equal((await struck(t, { status: 503, retryAfter: '1500ms' })).headers['retry-after'], '2')
  t.equal((await struck(t, { status: 429, retryAfter: 'date:90s' })).headers['retry-after'], 'Sun, 22 Nov 2026 12:01:30 GMT')
  t.equal((await struck(t, { status: 429, retryAfter: 'soon, maybe' })).headers['retry-after'], 'soon, maybe')
  t.equal((await struck(t, { retryAfter: '7s' })).headers['retry-after'], '7', 'beside a good reply too')
})

t.test('a date counts from when the reply goes out', async (t) => {
  const { world, client } = await wire(t, [{ effect: { status: 429, retryAfter: 'date:10s', delay: '5s' } }])
  client.send(get(PATH))
  await eventually(() => world.sandbox.clock.waitCount === 1)
  await world.sandbox.clock.advance(5000)
  t.equal(parse(await client.until(whole)).headers['retry-after'], 'Sun, 22 Nov 2026 12:00:15 GMT')
})

t.test('an empty reply has its headers and no body', async (t) => {
  const { client } = await wire(t, [{ effect: { empty: true } }])
  client.send(get(PATH))
  t.equal(await client.until(whole), `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${CORS}content-length: 0\r\n${KEPT_OPEN}\r\n`)
  const { head, headers, body } = await struck(t, { status: 404, empty: true })
  t.same([head, headers['content-length'], body], ['HTTP/1.1 404 Not Found', '0', ''])
})

t.test('a truncated body announces its length, breaks off, and the connection closes', async (t) => {
  const { client, exchanges } = await wire(t, [{ effect: { truncateAt: 20 } }])
  client.send(get(PATH))
  t.equal(await client.over, 'end')
  t.equal(client.text(), `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${CORS}content-length: ${BODY.length}\r\n${KEPT_OPEN}\r\n${BODY.slice(0, 20)}`)
  t.match(exchanges, [{ status: 200, isAbandoned: false, task: undefined, faults: [1] }])
})

t.test('malformed JSON is complete by its length and does not parse', async (t) => {
  const { headers, body } = await struck(t, { malformed: 'json' })
  t.equal(body, BODY.slice(0, Math.floor(BODY.length / 2)))
  t.equal(headers['content-length'], String(body.length))
  t.equal(headers['content-type'], 'application/json')
  t.equal((await struck(t, { status: 500, malformed: 'json' })).body, '{')
})

t.test('a gateway\'s page stands in for any reply, alone or with a status and a media type', async (t) => {
  t.match(await struck(t, { malformed: 'html' }), { head: 'HTTP/1.1 200 OK', headers: { 'content-type': 'text/html', 'content-length': '24' }, body: '<html>Bad Gateway</html>' })
  t.match(await struck(t, { status: 502, contentType: 'application/json', malformed: 'html' }), { head: 'HTTP/1.1 502 Bad Gateway', headers: { 'content-type': 'application/json', 'content-length': '24' }, body: '<html>Bad Gateway</html>' })
})

t.test('a wrong content type leaves the body right', async (t) => {
  t.match(await struck(t, { contentType: 'text/plain' }), { headers: { 'content-type': 'text/plain' }, body: BODY })
})

t.test('edits of the body keep the order and the spelling of the rest', async (t) => {
  const edit = async (body: NonNullable<EffectJson['body']>): Promise<string> => (await struck(t, { body })).body
  t.equal(await edit({ set: { '/status': 'paused' } }), BODY.replace('running', 'paused'))
  t.equal(await edit({ remove: ['/updatedAt'] }), BODY.replace(',"updatedAt":"2026-11-22T12:00:00.000Z"', ''))
  t.equal(await edit({ null: ['/data'] }), BODY.replace('{"messagesSent":0}', 'null'))
  t.equal(await edit({ set: { '/new': [1] }, remove: ['/id', '/none/x'], null: ['/absent'] }), BODY.replace(`"id":"${ID}",`, '').replace(/\}$/, ',"new":[1]}'))
  t.equal(await edit({ set: { '/data/messagesSent': 1 }, lift: '/data' }), '{"messagesSent":1}', 'the lift comes last')
  t.equal(await edit({ lift: '/none' }), BODY, 'what is not there takes no place')
  t.equal(await edit({ set: { '': 'nothing' } }), '"nothing"')
  t.equal(await edit({ set: { '/none/deep': 1 } }), BODY, 'nothing is made up on the way')
})

t.test('an edited body that ends with a line break still does, and keeps its escapes', async (t) => {
  const { world, client } = await wire(t, [{ effect: { body: { set: { '/payload/status': 'cancelled' } } } }], {})
  const script = parseScript({ steps: [{ at: 0, state: 'failed', error: { message: '<a> & b' } }] })
  const { task } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'echo', script })
  client.send(get(`/api/v1/task/${task.id}`))
  const { body } = parse(await client.until(whole))
  t.match(body, /^\{"payload":\{"id":"[^"]+","status":"cancelled",.*"message":"\\u003ca\\u003e \\u0026 b".*\}\n$/)
})

t.test('a body that is no JSON is not edited', async (t) => {
  const { body } = await struck(t, { body: { set: { '/status': 'x' }, remove: ['/data'] } }, get('/v2.0/tasks/111111111111111111111111', 'X-API-Key: k\r\nAccept: text/csv\r\n'))
  t.match(body, /^name,data,status,.*\r\ntrainIntents,.*,active,0,100,,/)
  t.match(await struck(t, { body: { set: { '/code': 9 } } }, get('/__api__/v1/nothing')), { head: 'HTTP/1.1 404 Not Found', body: '404 page not found' })
})

t.test('a vanished task is a miss from that call on, and its waiting polls are answered as such', async (t) => {
  const { client, world } = await wire(t, [{ match: { operation: 'poll' }, when: { nthCall: 2 }, effect: { vanish: true } }])
  client.send(get(PATH))
  t.match(parse(await client.until(whole)), { head: 'HTTP/1.1 200 OK' })
  const second = await rawClient(t, world.app.listeningOrigin)
  second.send(get(PATH))
  t.match(parse(await second.until(whole)), { head: 'HTTP/1.1 404 Not Found', body: '{"code":"not_found","detail":"Entity not found"}' })
  t.notOk(world.sandbox.simulator.has('svix', ID))
})

t.test('a reset before the reply sends not one byte', async (t) => {
  const { world, client, exchanges } = await wire(t, [{ effect: { reset: 'before' } }])
  client.send(get(PATH))
  t.equal(await client.over, 'ECONNRESET')
  t.equal(client.text(), '')
  t.match(exchanges, [{ status: null, isAbandoned: false, task: undefined, faults: [1] }])
  t.equal(world.sandbox.simulator.peek('svix', ID)?.task.polls, 0)
})

t.test('a reset in the middle comes after the headers and half of the body', async (t) => {
  const { client, exchanges } = await wire(t, [{ effect: { reset: 'mid-body' } }])
  client.send(get(PATH))
  t.equal(await client.over, 'ECONNRESET')
  t.equal(client.text(), `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${CORS}content-length: ${BODY.length}\r\n${KEPT_OPEN}\r\n${BODY.slice(0, Math.floor(BODY.length / 2))}`)
  t.match(exchanges, [{ status: 200, task: undefined, faults: [1] }])
})

t.test('the in-process client sees a reset as a reply that breaks', async (t) => {
  const world = await testWorld(t)
  addFault(world, { effect: { reset: 'before' }, times: 1 })
  await t.rejects(world.app.inject(PATH), { code: 'LIGHT_ECONNRESET' })
  addFault(world, { effect: { truncateAt: 3 }, times: 1 })
  await t.rejects(world.app.inject(PATH), { code: 'LIGHT_ECONNRESET' })
  t.equal((await world.app.inject(PATH)).statusCode, 200)
})

t.test('a HEAD gets the headers of the fault and no body', async (t) => {
  const { client } = await wire(t, [{ effect: { status: 500 }, times: 1 }, { effect: { malformed: 'html' }, times: 1 }, { effect: { drip: '1b/s' }, times: 1 }, { effect: { truncateAt: 5 } }])
  client.send(get(PATH, '', 'HEAD'))
  const first = await client.until((text) => text.endsWith('\r\n\r\n'))
  t.match(parse(first), { head: 'HTTP/1.1 500 Internal Server Error', headers: { 'content-length': '2' }, body: '' })
  client.send(get(PATH, '', 'HEAD'))
  const second = (await client.until((text) => text.length > first.length && text.endsWith('\r\n\r\n'))).slice(first.length)
  t.match(parse(second), { head: 'HTTP/1.1 200 OK', headers: { 'content-type': 'text/html', 'content-length': '24' }, body: '' })
  client.send(get(PATH, '', 'HEAD'))
  const third = (await client.until((text) => text.length > first.length + second.length && text.endsWith('\r\n\r\n'))).slice(first.length + second.length)
  t.match(parse(third), { headers: { 'content-length': String(BODY.length) }, body: '' }, 'nothing to drip')
  client.send(get(PATH, '', 'HEAD'))
  t.equal(await client.over, 'end')
  t.match(parse(client.text().slice(first.length + second.length + third.length)), { headers: { 'content-length': String(BODY.length) }, body: '' })
})

t.test('the connection of a shaped reply serves on', async (t) => {
  const { client } = await wire(t, [{ effect: { status: 503, empty: true }, times: 1 }, { effect: { malformed: 'json' }, times: 1 }])
  client.send(get(PATH))
  const first = await client.until(whole)
  client.send(get(PATH))
  const second = (await client.until((text) => whole(text.slice(first.length)))).slice(first.length)
  client.send(get(PATH))
  const third = (await client.until((text) => whole(text.slice(first.length + second.length)))).slice(first.length + second.length)
  t.same([first, second, third].map((text) => parse(text).head), ['HTTP/1.1 503 Service Unavailable', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK'])
  t.equal(parse(third).body, BODY)
})
