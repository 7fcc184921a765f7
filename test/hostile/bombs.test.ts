/**
 * Bodies, rules and queries that are small to send and dear to take: each is refused or answered in its vendor's words, and
 * none holds the event loop up. The limit of 50 ms holds for a machine that reads a megabyte of JSON as fast as ours do when idle.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks'
import t from 'tap'
import { CognigyResources } from '../../src/apis/cognigy/resources.js'
import { testWorld, type TestWorld } from '../world.js'
import { dialectFlaw, ownerOf } from './dialects.js'
import { NAMES } from './malformed.js'

const MOST_MS = 50
const TRIES = 3
const FLOW = '5ce7c2d833ea1e04d7e6c432'

interface Bomb {
  readonly what: string
  readonly method?: 'POST' | 'PUT' | 'GET'
  readonly url: string
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly statuses: readonly number[]
}

const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const list = (count: number, item: (index: number) => string): string => Array.from({ length: count }, (_, index) => item(index)).join(',')
const members = (count: number): string => list(count, (index) => `"k${index}":${index}`)
const twice = (count: number): string => list(count, () => '"name":"x"')

/** Places that take JSON: what stands around the bomb, and the statuses that a refusal may have. */
const PLACES: ReadonlyArray<Omit<Bomb, 'what' | 'body'> & { readonly around: (bomb: string) => string }> = [
  { url: '/__api__/v1/content', headers: { authorization: 'Key k' }, around: (bomb) => `{"name":"abc","description":${bomb}}`, statuses: [200, 400, 409, 413] },
  { url: '/api/v1/msg/broadcast', around: (bomb) => `{"eventType":"e","payload":{"x":${bomb}}}`, statuses: [202, 413, 422] },
  { url: `/v2.0/playbooks/${FLOW}/schedule`, headers: { 'x-api-key': 'k' }, around: (bomb) => `{"entrypoint":"${FLOW}","flowId":"${FLOW}","localeId":"${FLOW}","x":${bomb}}`, statuses: [202, 400, 413] },
  { url: '/api/v1/transfer', around: (bomb) => `{"srcname":"Default","dstname":"x","amount":1,"tag":${bomb}}`, statuses: [200] },
  { url: '/_pollux/tasks', headers: { 'content-type': 'application/json' }, around: (bomb) => `{"api":"connect","parameters":{"x":${bomb}}}`, statuses: [201, 400, 413] },
]

const JSON_BOMBS: Readonly<Record<string, string>> = {
  '60 deep': deep(60),
  '50,000 deep': deep(50_000),
  'open for ever': '['.repeat(100_000),
  '70,000 keys': `{${members(70_000)}}`,
  '9,000 keys': `{${members(9_000)}}`,
  '9,000 times the same key': `{${twice(9_000)}}`,
  '200,000 empty objects': `[${list(200_000, () => '{}')}]`,
  'a long text': `"${'x'.repeat(1_000_000)}"`,
  'a text of escapes': `"${'\\u0000'.repeat(150_000)}"`,
  'a text without an end': `"${'\\"'.repeat(100_000)}`,
  'a long number': '9'.repeat(200_000),
  'a number beyond all': '1e999999999',
  'a prototype': `{${NAMES.map((name) => `"${name}":{"polluted":true}`).join(',')}}`,
  'a prototype within': '{"constructor":{"prototype":{"polluted":true}},"a":{"__proto__":{"polluted":true}}}',
}

const CONTROL = { 'content-type': 'application/json' }

const OTHERS: readonly Bomb[] = [
  { what: 'ids by the thousands', url: '/api/v1/stats/usage/app', body: `{"since":"2026-11-22T12:00:00Z","until":"2026-11-22T12:00:00Z","appIds":[${list(9_000, (index) => `"a${index}"`)}]}`, statuses: [422] },
  { what: 'coins by the thousands', url: '/api/v1/detect', body: `{"coins":[${list(50_000, (index) => `{"sn":${index}}`)}]}`, statuses: [200] },
  { what: 'files of a thousand coins', url: '/api/v1/import', body: `{"name":"Default","items":[${list(4_000, (index) => `{"type":"file","data":"/999.CloudCoin.${index}"}`)}]}`, statuses: [200] },
  { what: 'coins to be fixed', url: '/api/v1/fix', body: `{"name":"Default","pown_items":[${list(4_900, (index) => `{"sn":${index + 1},"pownstring":"${'p'.repeat(24)}f"}`)}]}`, statuses: [200] },
  { what: 'an address that is none', url: '/api/v1/wallets', body: JSON.stringify({ name: 'ab', email: `a@${'a.'.repeat(500_000)}`, password: 'abcde' }), statuses: [200] },
  { what: 'Base64 that is none', url: '/api/v1/unpack', body: JSON.stringify({ data: `${'A'.repeat(3_900_000)}!` }), statuses: [200] },
  { what: 'quotes without an end', url: '/api/v1/transfer', body: `{${'"a":"'.repeat(150_000)}`, statuses: [200] },
  { what: 'a script of millions of lines', url: '/_pollux/tasks', headers: CONTROL, body: JSON.stringify({ api: 'connect', script: { steps: Array.from({ length: 50 }, (_, index) => ({ at: `${index * 200_000}s`, state: 'running', times: 100_000, every: '1s', output: ['a', 'b'] })) } }), statuses: [400] },
  { what: 'a script of gigabytes', url: '/_pollux/tasks', headers: CONTROL, body: JSON.stringify({ api: 'connect', script: { steps: [{ at: 0, state: 'running', times: 1_000, every: '1s', output: [`{n}${'x'.repeat(200_000)}`] }] } }), statuses: [400] },
  { what: 'data again in each repetition', url: '/_pollux/tasks', headers: CONTROL, body: JSON.stringify({ api: 'connect', script: { steps: [{ at: 0, state: 'running', times: 1_000, every: '1s', data: Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`k${index}`, index])) }] } }), statuses: [201] },
  { what: 'ten thousand tasks', url: '/_pollux/tasks', headers: CONTROL, body: '{"api":"connect","count":10000}', statuses: [201] },
  { what: 'a field asked for a thousand times', method: 'GET', url: `/v2.0/tasks?api_key=k&${'status=q&'.repeat(800)}`, statuses: [200] },
  { what: 'a thousand keys to sort by', method: 'GET', url: `/v2.0/tasks?api_key=k&sort=${'data.a.b:desc,'.repeat(500)}`, statuses: [200] },
]

/** What a megabyte of JSON takes here, of the 10 ms that it takes on an idle machine. */
function slowness (): number {
  const json = `[${list(100_000, (index) => `"${index}"`)}]`
  const before = performance.now()
  JSON.parse(json)
  return Math.max((performance.now() - before) / 10, 1)
}

async function ask ({ app }: TestWorld, { method = 'POST', url, headers = {}, body }: Bomb) {
  const reply = await app.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) })
  return { status: reply.statusCode, headers: Object.fromEntries(Object.entries(reply.headers).map(([name, value]) => [name, String(value)])), body: reply.body }
}

/** The longest that the event loop stood still during the best of some tries, which others' work has disturbed the least. */
async function longestDelay<Reply> (attempt: () => Promise<Reply>): Promise<{ delayMs: number, reply: Reply }> {
  let best = Infinity
  // Code that runs for the first time is slower.
  let reply = await attempt()
  for (let n = 0; n < TRIES; n++) {
    const delays = monitorEventLoopDelay({ resolution: 1 })
    delays.enable()
    // What begins before the first tick is not measured, nor what begins between a reset and the next one.
    await new Promise((resolve) => { setTimeout(resolve, 5) })
    reply = await attempt()
    await new Promise((resolve) => { setTimeout(resolve, 5) })
    delays.disable()
    best = Math.min(best, delays.max / 1e6)
  }
  return { delayMs: best, reply }
}

t.test('the judge is awake: who holds the event loop up is seen', async (t) => {
  const { delayMs } = await longestDelay(async () => {
    const until = performance.now() + 100
    while (performance.now() < until);
  })
  t.ok(delayMs >= 100, `${delayMs.toFixed(1)} ms`)
})

t.test('no body and no query holds the event loop up, or is answered in foreign words', { timeout: 110_000 }, async (t) => {
  const world = await testWorld(t)
  const prototype = JSON.stringify(Object.getOwnPropertyNames(Object.prototype))
  const bombs: Bomb[] = [
    ...PLACES.flatMap(({ around, ...place }) => Object.entries(JSON_BOMBS).map(([what, bomb]) => ({ ...place, what, body: around(bomb) }))),
    ...OTHERS,
  ]
  const factor = slowness()
  let worst = { what: '', url: '', delayMs: 0 }
  for (const bomb of bombs) {
    const name = `${bomb.what} at ${bomb.url.slice(0, 60)}`
    const { delayMs, reply } = await longestDelay(() => ask(world, bomb))
    if (delayMs > worst.delayMs) worst = { what: bomb.what, url: bomb.url.slice(0, 60), delayMs }
    t.ok(bomb.statuses.includes(reply.status), `${name}: ${reply.status} ${reply.body.slice(0, 100)}`)
    if (reply.status >= 400) t.equal(dialectFlaw(ownerOf(bomb.url), reply), undefined, name)
    t.ok(delayMs <= MOST_MS * factor, `${name}: ${delayMs.toFixed(1)} ms`)
  }
  t.comment(`slowness ${factor.toFixed(1)}; the worst: ${worst.what} at ${worst.url}, ${worst.delayMs.toFixed(1)} ms`)
  t.equal(JSON.stringify(Object.getOwnPropertyNames(Object.prototype)), prototype, 'Object.prototype is as it was')
  t.notOk('polluted' in {})
})

t.test('however many tasks there are, nobody who looks at all of them holds the event loop up', { timeout: 110_000 }, async (t) => {
  const world = await testWorld(t)
  for (const api of ['svix', 'cognigy']) {
    for (let n = 0; n < 3; n++) await ask(world, { what: 'tasks', url: '/_pollux/tasks', headers: CONTROL, body: JSON.stringify({ api, count: 10_000, scenario: n % 2 === 0 ? 'success' : 'never-finishes' }), statuses: [] })
  }
  // As many as are kept of a noun.
  const { snapshots } = world.sandbox.resources(CognigyResources)
  for (let n = 0; n < 10_000; n++) {
    const _id = n.toString(16).padStart(24, '0')
    snapshots.put(_id, { _id, createdAt: n, conflicts: 0, placeholders: 0, projectId: FLOW, name: `s${n * 7919 % 10_000}`, description: '', packagedAt: null })
  }
  const factor = slowness()
  for (const url of [
    '/v2.0/snapshots?api_key=k&sort=name:asc,createdAt:desc&limit=100', `/v2.0/snapshots?api_key=k&projectId=${FLOW}&filter=9&skip=1000`,
    '/_pollux/metrics', '/_pollux/clock', '/_pollux/sandboxes', '/_pollux/tasks?state=failed', '/_pollux/tasks?label=none',
    '/api/v1/background-task?status=failed', '/api/v1/background-task?status=finished&order=ascending', '/api/v1/background-task?task=message.broadcast',
    '/v2.0/tasks?api_key=k&filter=none', '/v2.0/tasks?api_key=k&sort=name:asc', '/v2.0/tasks?api_key=k&status=active&sort=currentStep:desc', '/v2.0/tasks?api_key=k&projectId=61f25579055c2f43c249a181&skip=25000',
  ]) {
    const { delayMs, reply } = await longestDelay(() => ask(world, { what: 'all', method: 'GET', url, statuses: [] }))
    t.equal(reply.status, 200, url)
    t.ok(delayMs <= MOST_MS * factor, `${url}: ${delayMs.toFixed(1)} ms`)
  }
  for (const [url, body] of [['/_pollux/clock/advance', '{"by":"1s"}'], ['/_pollux/clock/advance', '{"until":"idle"}'], ['/_pollux/reset', '{}']] as const) {
    const { delayMs, reply } = await longestDelay(() => ask(world, { what: 'all', url, headers: CONTROL, body, statuses: [] }))
    t.equal(reply.status, 200, url)
    t.ok(delayMs <= MOST_MS * factor, `${url}: ${delayMs.toFixed(1)} ms`)
  }
})

t.test('a glob of many wildcards takes no longer than the path is long', async (t) => {
  const world = await testWorld(t)
  const rule = { match: { path: `/**${'*a'.repeat(12)}${'**a'.repeat(12)}b` }, effect: { status: 500 } }
  t.equal((await world.app.inject({ method: 'POST', url: '/_pollux/faults', headers: CONTROL, payload: rule })).statusCode, 201)
  const { delayMs, reply } = await longestDelay(() => ask(world, { what: 'a path', method: 'GET', url: `/api/v1/background-task/${'a'.repeat(2000)}`, statuses: [] }))
  t.equal(reply.status, 404)
  t.ok(delayMs <= MOST_MS * slowness(), `${delayMs.toFixed(1)} ms`)
  t.equal((await world.app.inject({ method: 'POST', url: '/_pollux/faults', headers: CONTROL, payload: { match: { path: `/${'*a'.repeat(200)}` }, effect: { status: 500 } } })).statusCode, 400)
})

t.test('the clock goes no further than there are dates', async (t) => {
  const { app } = await testWorld(t)
  const advance = (body: object) => app.inject({ method: 'POST', url: '/_pollux/clock/advance', headers: CONTROL, payload: body })
  t.equal((await advance({ by: Number.MAX_SAFE_INTEGER })).statusCode, 409)
  t.equal((await advance({ by: '2912000d' })).statusCode, 200)
  for (const url of ['/_pollux/clock', '/_pollux/tasks', '/api/v1/background-task', '/v2.0/tasks?api_key=k', '/__api__/v1/tasks/PolluxNeverEnds0?wait=0', '/api/v1/echo']) {
    t.ok((await app.inject({ url, headers: { authorization: 'Key k' } })).statusCode < 500, url)
  }
  const far = { api: 'connect', script: { steps: [{ at: Number.MAX_SAFE_INTEGER, state: 'succeeded' }] } }
  t.equal((await app.inject({ method: 'POST', url: '/_pollux/tasks', headers: CONTROL, payload: far })).statusCode, 201, 'what comes after that has no date')
})
