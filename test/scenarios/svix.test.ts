/** What a client of Svix's sees of each scenario. */
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { NOON, testWorld } from '../world.js'
import { createTask, dripping, late, NOTHING, testScenarios, type Course, type Moment, type Play, type Poller, type Reply } from './poller.js'

const LIST = '/api/v1/background-task/'

const at = (ms: number): string => new Date(NOON + ms).toISOString()
const json = (body: string, status = 200): Reply => ({ status, contentType: 'application/json', retryAfter: undefined, body, end: 'whole' })
const shown = (id: string, data: string, status: string, updatedMs: number, kind = 'endpoint.recover'): Reply =>
  json(`{"data":${data},"id":"${id}","status":"${status}","task":"${kind}","updatedAt":"${at(updatedMs)}"}`)
const sent = (id: string, count: number, status: string, updatedMs: number): Reply => shown(id, `{"messagesSent":${count}}`, status, updatedMs)
const edited = (reply: Reply, from: string, to: string): Reply => ({ ...reply, body: reply.body.replace(from, to) })

// The usual course at its telling moments: 0 s, 2 s and 4 s.
const start = (id: string): Reply => sent(id, 0, 'running', 0)
const half = (id: string): Reply => sent(id, 1, 'running', 2000)
const end = (id: string): Reply => sent(id, 2, 'finished', 4000)

/** A page of tasks that have just begun, so many ms after noon. */
const page = (tasks: ReadonlyArray<readonly [id: string, ms: number]>, done: boolean): Reply => {
  const [first = [''], last = ['']] = [tasks[0], tasks.at(-1)]
  return json(`{"data":[${tasks.map(([id, ms]) => sent(id, 0, 'running', ms).body).join()}],"iterator":"${last[0]}","prevIterator":"-${first[0]}","done":${done}}`)
}

/** Two more tasks, the ids of all three being in the order of creation. */
async function joinedByTwo ({ world, id, advance }: Poller): Promise<readonly [string, string, string]> {
  await advance(100)
  const { id: second } = await createTask(world, { api: 'svix' })
  await advance(100)
  const { id: third } = await createTask(world, { api: 'svix' })
  return [id, second, third]
}

/** The reply to a start gets lost; the same call once more finds the task, which then goes well. */
const lostReply = (scenario: string, lost: number | 'reset'): Play => async (t, begin) => {
  const { world: { app, sandbox }, poll, advance } = await begin({ isAlone: true })
  sandbox.simulator.reset()
  const { port } = app.server.address() as AddressInfo
  const start = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/api/v1/app/a/endpoint/e/recover`, { method: 'POST', headers: { 'idempotency-key': `scenario:${scenario}` }, body: '{"since":"2026-11-20T00:00:00Z"}' })
  if (lost === 'reset') await t.rejects(start())
  else t.equal((await start()).status, lost)
  const [task] = [...sandbox.simulator.tasks()]
  const id = task?.id ?? ''
  const again = await start()
  t.strictSame([again.status, await again.text()], [202, `{"id":"${id}","status":"running","task":"endpoint.recover","updatedAt":"${at(0)}"}`])
  t.strictSame(await poll(LIST), page([[id, 0]], true))
  await advance(4000)
  t.strictSame(await poll(`${LIST}${id}`), end(id))
}

const NOT_FOUND = json('{"code":"not_found","detail":"Entity not found"}', 404)
const GATEWAY_PAGE = '<html>Bad Gateway</html>'
const BAD_GATEWAY: Reply = { status: 502, contentType: 'text/html', retryAfter: undefined, body: GATEWAY_PAGE, end: 'whole' }
const limited = (retryAfter: string): Reply => ({ ...json('{"code":"rate_limit","detail":"Rate limit exceeded"}', 429), retryAfter })

const course = (moments: Course['moments'], kind?: string): Course => kind === undefined ? { moments } : { kind, moments }
/** The first poll gets this, or the first two, and the rest goes well. */
const first = (fault: Reply): Course => course((id) => [[0, fault], [2000, half(id)], [2000, end(id)]])
const firstTwo = (fault: Reply): Course => course((id) => [[0, fault], [1000, fault], [1000, half(id)], [2000, end(id)]])
/** The second poll gets this, and the rest goes well. */
const second = (fault: (sound: Reply) => Reply): Course => course((id): Moment[] => [[0, start(id)], [1000, fault(start(id))], [1000, half(id)], [2000, end(id)]])

testScenarios({
  api: 'svix',
  headers: { authorization: 'Bearer testsk_pollux.eu' },
  courses: {
    // Courses
    success: course((id) => [[0, start(id)], [1999, start(id)], [1, half(id)], [2000, end(id)], [1e9, end(id)]]),
    failure: course((id) => [[0, start(id)], [2000, half(id)], [1000, sent(id, 1, 'failed', 3000)], [1e9, sent(id, 1, 'failed', 3000)]]),
    slow: course((id) => [[0, start(id)], [599_999, sent(id, 19, 'running', 570_000)], [1, sent(id, 20, 'finished', 600_000)]]),
    instant: course((id) => [[0, sent(id, 2, 'finished', 0)], [1e9, sent(id, 2, 'finished', 0)]]),
    'never-finishes': course((id) => [[0, start(id)], [2000, half(id)], [1e9, half(id)]]),
    'queued-forever': course((id) => [[0, start(id)], [1e9, start(id)]]),
    cancelled: course((id) => [[0, start(id)], [2999, start(id)], [1, sent(id, 0, 'failed', 3000)]]),
    'stuck-cancelling': course((id) => [[0, start(id)], [1e9, start(id)]]),
    'empty-result': course((id) => [[3999, start(id)], [1, sent(id, 0, 'finished', 4000)]]),
    'internal-data': course((id) => [[0, shown(id, '{"messages_sent":0,"endp_id":"ep_33W1An2Zz5cO9SWbhHsYyDmVC6m","cur_batch_start":"2026-11-08T12:00:00Z","since":"2026-11-08T12:00:00Z","until":"2026-11-22T12:00:00Z"}', 'running', 0)], [1e9, end(id)]]),
    'large-recover': course((id) => [[100, sent(id, 100, 'running', 100)], [9899, sent(id, 9900, 'running', 9900)], [1, sent(id, 10_000, 'finished', 10_000)]]),
    'terminal-on-last-poll': course((id) => [
      ...Array.from({ length: 9 }, (_, n): Moment => [1000, sent(id, [0, 0, 0, 0, 0, 1, 1, 1, 1][n] ?? 0, 'running', n < 5 ? 0 : 6000)]),
      [1000, sent(id, 2, 'finished', 10_000)],
      [1000, sent(id, 2, 'finished', 10_000)],
    ]),
    'progress-backwards': course((id) => [[0, start(id)], [1000, sent(id, 12, 'running', 1000)], [1000, sent(id, 4, 'running', 2000)], [1000, sent(id, 16, 'running', 3000)], [1000, sent(id, 20, 'finished', 4000)]]),
    'null-in-data': course((id) => [[0, shown(id, '{}', 'running', 0, 'application.stats')], [2000, shown(id, '{"appStats":[{"messageDestinations":2,"appId":"app_33W1An2Zz5cO9SWbhHsYyDmVC6m","appUid":null}]}', 'finished', 2000, 'application.stats')]], 'application.stats'),

    // Misses
    lost: course((id) => [[0, start(id)], [2999, start(id)], [1, NOT_FOUND], [1000, NOT_FOUND]]),
    'vanished-task': course((id) => [[0, start(id)], [1000, NOT_FOUND], [1000, NOT_FOUND]]),
    'empty-404': second(() => ({ status: 404, contentType: 'application/json', retryAfter: undefined, body: '', end: 'whole' })),

    // Errors
    'flaky-502': firstTwo(BAD_GATEWAY),
    'gateway-html': second(() => BAD_GATEWAY),
    'html-error-page': second(() => ({ ...BAD_GATEWAY, status: 503 })),
    'server-error': firstTwo(json('{}', 500)),
    'rate-limit': first(limited('1')),
    'rate-limited': firstTwo(limited('2')),
    'retry-after-date': course((id) => [[0, limited('Sun, 22 Nov 2026 12:00:02 GMT')], [1000, limited('Sun, 22 Nov 2026 12:00:03 GMT')], [1000, half(id)], [2000, end(id)]]),
    'retry-after-garbage': firstTwo(limited('soon')),
    'unauthorised-midway': second(() => json('{"code":"authentication_failed","detail":"Invalid token"}', 401)),
    'plain-detail-422': second(() => json('{"code":"validation","detail":"Validation failed"}', 422)),

    // Bodies
    'malformed-json': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)) })),
    'unknown-status': course((id) => [[0, start(id)], [1000, edited(start(id), 'running', 'paused')], [1000, edited(half(id), 'running', 'paused')], [2000, end(id)]]),
    'unknown-task': course((id) => [[0, shown(id, '{"messagesSent":0}', 'running', 0, 'endpoint.rewind')], [4000, shown(id, '{"messagesSent":2}', 'finished', 4000, 'endpoint.rewind')]]),
    'null-field': course((id) => [[0, shown(id, 'null', 'running', 0)], [2000, shown(id, 'null', 'running', 2000)], [2000, end(id)]]),
    'null-fields': course((id) => [[0, start(id)], [1000, json(`{"data":null,"id":"${id}","status":"running","task":null,"updatedAt":null}`)], [1000, half(id)], [2000, end(id)]]),
    'missing-fields': course((id) => [[0, start(id)], [1000, json(`{"id":"${id}","status":"running"}`)], [1000, half(id)], [2000, end(id)]]),
    'extra-field': course((id) => [[0, edited(start(id), '"}', '","progress":"unknown"}')], [4000, edited(end(id), 'Z"}', 'Z","progress":"unknown"}')]]),
    'empty-object': second(() => json('{}')),

    // Connections
    'truncated-body': second((sound) => ({ ...sound, body: sound.body.slice(0, 20), end: 'short' })),
    'reset-midway': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)), end: 'reset' })),
    'socket-reset': second(() => NOTHING),
  },
  plays: {
    'lost-reply': lostReply('lost-reply', 'reset'),
    'lost-reply-500': lostReply('lost-reply-500', 500),
    'slow-response': late(35_000, start),
    'slow-drip': dripping(50, start),
    'duplicate-page': async (t, begin) => {
      const poller = await begin({ isAlone: true })
      const [first, second, third] = await joinedByTwo(poller)
      t.strictSame(await poller.poll(`${LIST}?limit=2`), page([[third, 200], [second, 100]], false))
      t.strictSame(await poller.poll(`${LIST}?limit=2&iterator=${second}`), page([[third, 200], [second, 100]], false), 'the same once more')
      t.strictSame(await poller.poll(`${LIST}?limit=2&iterator=${second}`), page([[first, 0]], true))
    },
    'expired-cursor': async (t, begin) => {
      const poller = await begin({ isAlone: true })
      const [first, second, third] = await joinedByTwo(poller)
      t.strictSame(await poller.poll(`${LIST}?limit=2`), page([[third, 200], [second, 100]], false))
      t.strictSame(await poller.poll(`${LIST}?limit=2&iterator=${second}`), json('{"detail":[{"loc":["query","iterator","__all__"],"msg":"Invalid id. Expected different prefix","type":"value_error"}]}', 422))
      t.strictSame(await poller.poll(`${LIST}?limit=2`), page([[third, 200], [second, 100]], false), 'from the start')
      t.strictSame(await poller.poll(`${LIST}?limit=2&iterator=${second}`), page([[first, 0]], true))
    },
    'empty-not-done': async (t, begin) => {
      const { id, poll } = await begin({ isAlone: true })
      t.strictSame(await poll(LIST), json('{"data":[],"iterator":null,"done":false}'))
      t.strictSame(await poll(LIST), page([[id, 0]], true))
      t.strictSame(await poll(), start(id), 'polls are as ever')
    },
    'null-iterator-page': async (t, begin) => {
      const { id, poll } = await begin({ isAlone: true })
      t.strictSame(await poll(LIST), json('{"data":[],"iterator":null,"done":true}'))
      t.strictSame(await poll(LIST), page([[id, 0]], true))
    },
    'drop-field': async (t, begin) => {
      const { id, poll, advance } = await begin({ isAlone: true })
      t.strictSame(await poll(), start(id))
      t.strictSame(await poll(), json(`{"data":{"messagesSent":0},"id":"${id}","status":"running","task":"endpoint.recover"}`))
      t.strictSame(await poll(LIST), edited(page([[id, 0]], true), `"iterator":"${id}",`, ''))
      t.strictSame(await poll(LIST), page([[id, 0]], true))
      await advance(4000)
      t.strictSame(await poll(), end(id))
    },
  },
})

t.test('svix: every name of the fault menu, and of the contract\'s scenarios, can be asked for', async (t) => {
  const { sandbox } = await testWorld(t)
  const menu = [
    'server-error', 'lost-reply', 'gateway-html', 'rate-limit', 'empty-404', 'unknown-task', 'unknown-status', 'drop-field', 'null-field', 'empty-object', 'empty-not-done',
    'null-iterator-page', 'plain-detail-422', 'extra-field', 'null-in-data', 'vanished-task', 'slow', 'socket-reset',
    // Of the menu's two slownesses, a long course and a late reply, the second has a name of its own.
    'slow-response',
    'success', 'failure', 'never-finishes', 'large-recover', 'internal-data', 'empty-result',
  ]
  t.strictSame(menu.filter((name) => !sandbox.scenarios('svix').has(name)), [])
})

t.test('svix: the faults of a list go with the task that brought them', async (t) => {
  const world = await testWorld(t)
  world.sandbox.simulator.reset()
  const { id } = await createTask(world, { api: 'svix', scenario: 'empty-not-done' })
  // With a fault left in force, lists are looked at all the same.
  const { id: left } = await createTask(world, { api: 'svix', scenario: 'flaky-502' })
  world.sandbox.simulator.expire('svix', id)
  t.equal(world.sandbox.faults.ruleCount, 1)
  t.equal((await world.app.inject(LIST)).body, page([[left, 0]], true).body)
})

t.test('svix: a fault of a list strikes no other API', async (t) => {
  const world = await testWorld(t)
  await createTask(world, { api: 'svix', scenario: 'null-iterator-page' })
  const { body } = await world.app.inject({ url: '/v2.0/tasks', headers: { 'x-api-key': 'k', accept: 'application/json' } })
  t.match(body, /^\{"items":\[\{/)
  t.equal((await world.app.inject(LIST)).body, '{"data":[],"iterator":null,"done":true}', 'and is not used up by its call')
})

t.test('svix: many tasks for paging, 260 of them 5 ms apart, are three lines of a fixtures directory', async (t) => {
  const fixtures = join(t.testdir({}), 'many')
  mkdirSync(join(fixtures, 'svix'), { recursive: true })
  writeFileSync(join(fixtures, 'svix', 'tasks.json'), JSON.stringify({ tasks: [{ kind: 'endpoint.recover', scenario: 'instant', label: 'many', count: 260, every: '5ms', age: '1300ms' }] }))
  const world = await testWorld(t, { config: { fixtures } })
  const found: string[] = []
  for (let iterator = ''; ;) {
    const { data, iterator: next, done } = (await world.app.inject(`${LIST}?limit=50&status=finished&task=endpoint.recover${iterator}`)).json()
    for (const { id, updatedAt } of data) if (Date.parse(updatedAt) >= NOON - 1300) found.push(id)
    if (done === true) break
    iterator = `&iterator=${next}`
  }
  t.equal(new Set(found).size, 260)
  t.strictSame(found, [...found].sort().reverse(), 'the youngest first')
})
