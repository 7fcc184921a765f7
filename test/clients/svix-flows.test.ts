/** Whole flows of Svix's own JavaScript SDK: it starts its tasks itself, and polls them, over a real socket. */
import { Svix } from 'svix'
import { Svix as SvixWithSlashes } from 'svix-legacy'
import t, { type Test } from 'tap'
import { startServer } from './server.js'

interface Task { readonly id: string, readonly status: string, readonly task: string, readonly data: object }
interface Entry { readonly operation: string, readonly status: number | null, readonly taskId: string | null, readonly headers: Readonly<Record<string, string>> }

const APP = 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m'
const ENDPOINT = 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m'
const SINCE = '2026-11-20T00:00:00Z'

/** So fast that tasks of seconds end while a client polls, on a clock that knows the times above. */
const FAST = ['--start-at', '2026-11-22T12:00:00Z', '--speed', '50']
/** So fast that a few calls fit in before tasks of seconds end. */
const UNHURRIED = ['--start-at', '2026-11-22T12:00:00Z', '--speed', '5']
const FROZEN = ['--start-at', '2026-11-22T12:00:00Z', '--clock', 'frozen']

const current = (url: string): Svix => new Svix('testsk_pollux.eu', { serverUrl: url })
const legacy = (url: string): SvixWithSlashes => new SvixWithSlashes('testsk_pollux.eu', { serverUrl: url })

async function pollToEnd (get: (id: string) => Promise<Task>, id: string): Promise<Task> {
  for (let polls = 0; polls < 20_000; polls++) {
    const task = await get(id)
    if (task.status !== 'running') return task
  }
  throw new Error(`${id} never ended`)
}

/** The exchanges of one operation, the oldest first. */
async function journal (url: string, operation: string): Promise<Entry[]> {
  const reply = await fetch(`${url}/_pollux/journal?operation=${operation}&limit=1000`)
  const { items } = await reply.json() as { items: Entry[] }
  return items
}

/** Tells the control plane of a fault, or of the scenario that comes next. */
async function prepare (url: string, resource: 'faults' | 'next', body: object): Promise<void> {
  const { status } = await fetch(`${url}/_pollux/${resource}`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  if (status !== 201) throw new Error(`refused with ${status}`)
}

/** Every call of the current release that starts a task, and what is left in the end. */
const STARTS: ReadonlyArray<readonly [task: string, start: (svix: Svix) => Promise<{ id: string, status: string, task: string, updatedAt: Date }>, data: object]> = [
  ['endpoint.recover', (svix) => svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) }), { messagesSent: 2 }],
  ['endpoint.recover', (svix) => svix.endpoint.recover('my-app', 'main', { since: new Date(SINCE), until: null }), { messagesSent: 2 }],
  ['endpoint.replay', (svix) => svix.endpoint.replayMissing(APP, ENDPOINT, { since: new Date(SINCE), until: new Date() }), { messagesSent: 2 }],
  ['endpoint.bulk-replay', (svix) => svix.endpoint.bulkReplay(APP, ENDPOINT, { since: new Date(SINCE), eventTypes: ['user.signup'], channel: 'a:b', tag: 'x/y', status: 2, statusCodeClass: 500 }), { messagesSent: 2 }],
  ['application.stats', (svix) => svix.statistics.aggregateAppStats({ since: new Date(SINCE), until: new Date(), appIds: [APP] }), { appStats: [{ messageDestinations: 2, appId: APP, appUid: null }] }],
  ['event-type.aggregate', (svix) => svix.statistics.aggregateEventTypes(), { event_types: [{ appId: APP, explicitlySubscribedEventTypes: ['user.signup'], hasCatchAllEndpoint: false }] }],
  ['application.purge_content', (svix) => svix.message.expungeAllContents(APP), { messagesPurged: 150 }],
]

t.test('svix 1.99 starts a task by each of its calls, finds it in the list, and polls it to its end', async (t) => {
  const { url } = await startServer(t, ...FAST)
  const svix = current(url)
  for (const [task, start, data] of STARTS) {
    const created = await start(svix)
    t.match(created, { id: /^qtask_[0-9A-Za-z]{27}$/, status: 'running', task })
    t.notOk(Number.isNaN(created.updatedAt.getTime()))
    const page = await svix.backgroundTask.list({ task: created.task, limit: 1 } as Parameters<typeof svix.backgroundTask.list>[0])
    t.equal(page.data[0]?.id, created.id)
    t.match(await pollToEnd((id) => svix.backgroundTask.get(id), created.id), { id: created.id, status: 'finished', task, data })
  }
})

t.test('svix 1.99: the published workflow, from the endpoint to the recovered messages', async (t) => {
  const { url } = await startServer(t, ...FAST)
  const svix = current(`${url}/svix/`)
  t.match(await svix.application.get('customer-1'), { uid: 'customer-1', metadata: {} })
  const endpoint = await svix.endpoint.get('customer-1', ENDPOINT)
  t.match(endpoint, { id: ENDPOINT, disabled: false, metadata: {} })
  t.equal(endpoint.createdAt.toISOString(), '2025-10-02T15:11:12.800Z')
  await svix.health.get()
  const { id } = await svix.endpoint.recover('customer-1', endpoint.id, { since: new Date(SINCE) })
  t.match(await pollToEnd((task) => svix.backgroundTask.get(task), id), { status: 'finished', data: { messagesSent: 2 } })
})

t.test('svix 1.21, with its last slashes, starts tasks whose ids it throws away, and finds them in the list', async (t) => {
  const { url } = await startServer(t, ...UNHURRIED)
  const svix = legacy(url)
  const window = { since: new Date(SINCE), until: new Date('2026-11-22T00:00:00Z') }
  const newest = async (): Promise<Task> => {
    const [task] = (await svix.backgroundTask.listByEndpoint({ limit: 1 })).data
    if (task === undefined) throw new Error('the list is empty')
    return task
  }
  t.match(await svix.endpoint.get(APP, ENDPOINT), { id: ENDPOINT })
  await svix.endpoint.recover(APP, ENDPOINT, window)
  const recovering = await newest()
  t.match(recovering, { task: 'endpoint.recover', status: 'running' })
  await svix.endpoint.replayMissing(APP, ENDPOINT, window)
  t.match(await newest(), { task: 'endpoint.replay' })
  const stats = await svix.statistics.aggregateAppStats(window)
  t.match(stats, { task: 'application.stats', status: 'running' })
  t.match(await newest(), { id: stats.id })
  t.match(await svix.statistics.aggregateEventTypes(), { task: 'event-type.aggregate' })
  t.match(await pollToEnd((id) => svix.backgroundTask.get(id), recovering.id), { status: 'finished', data: { messagesSent: 2 } })
})

t.test('svix 1.99 asks for a scenario by its idempotency key, or has one queued for it', async (t) => {
  const { url } = await startServer(t, ...FAST)
  const svix = current(url)
  const failing = await svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) }, { idempotencyKey: 'scenario:failure/1' })
  t.match(await pollToEnd((id) => svix.backgroundTask.get(id), failing.id), { status: 'failed', data: { messagesSent: 1 } })
  await t.rejects(svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) }, { idempotencyKey: 'scenario:nope' }), { code: 400, body: { code: 'generic_error', detail: /^no scenario is called "nope"; there are / } })
  await prepare(url, 'next', { api: 'svix', kind: 'endpoint.recover', scenario: 'large-recover' })
  const large = await svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) })
  t.match(await pollToEnd((id) => svix.backgroundTask.get(id), large.id), { status: 'finished', data: { messagesSent: 10_000 } })
})

t.test('svix 1.99 meets the rules of a recovery as its own errors', async (t) => {
  const { url } = await startServer(t, ...FROZEN)
  const svix = current(url)
  await t.rejects(svix.endpoint.recover(APP, ENDPOINT, { since: new Date('2026-11-01T00:00:00Z') }), { code: 422, body: { detail: [{ loc: ['body', 'since'], msg: 'Cannot recover more than 14 days of messages', type: 'value_error' }] } })
  await t.rejects(svix.endpoint.recover('not a uid', ENDPOINT, { since: new Date(SINCE) }), { code: 404, body: { code: 'not_found', detail: 'Entity not found' } })
})

/** Walks the list to its end and back to its beginning. */
async function walkThereAndBack (t: Test, list: (iterator: string | undefined) => Promise<{ data: readonly Task[], iterator: string | null, prevIterator?: string, done: boolean }>): Promise<void> {
  const forth: string[] = []
  let page = await list(undefined)
  for (;;) {
    forth.push(...page.data.map(({ id }) => id))
    if (page.done) break
    page = await list(page.iterator ?? undefined)
  }
  const back: string[] = page.data.map(({ id }) => id)
  do {
    page = await list(page.prevIterator)
    back.unshift(...page.data.map(({ id }) => id))
  } while (!page.done)
  t.strictSame(back, forth)
  t.equal(new Set(forth).size, forth.length)
}

t.test('both releases walk the list forth and back over tasks that they have started', async (t) => {
  const { url } = await startServer(t, ...FROZEN)
  const svix = current(url)
  const started: string[] = []
  for (let n = 0; n < 12; n++) started.push((await svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) })).id)
  const { data } = await svix.backgroundTask.list({ limit: 12 })
  t.strictSame(data.map(({ id }) => id), started.reverse(), 'the newest first, and all of the same instant in the order of their calls')
  await walkThereAndBack(t, (iterator) => svix.backgroundTask.list({ limit: 25, ...(iterator === undefined ? {} : { iterator }) }) as ReturnType<Parameters<typeof walkThereAndBack>[1]>)
  const old = legacy(url)
  await walkThereAndBack(t, (iterator) => old.backgroundTask.listByEndpoint({ limit: 25, ...(iterator === undefined ? {} : { iterator }) }) as ReturnType<Parameters<typeof walkThereAndBack>[1]>)
})

for (const scenario of ['lost-reply', 'lost-reply-500']) {
  t.test(`svix 1.99: after ${scenario} its second try finds the task of the first`, async (t) => {
    const { url } = await startServer(t, ...FROZEN)
    const svix = current(url)
    const { id } = await svix.endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) }, { idempotencyKey: `scenario:${scenario}` })
    const [first, second, ...others] = await journal(url, 'start')
    t.match([first, second], [{ status: scenario === 'lost-reply' ? null : 500, taskId: id }, { status: 202, taskId: id, headers: { 'svix-retry-count': '1' } }])
    t.strictSame(others, [])
    t.equal((await svix.backgroundTask.list({ limit: 1 })).data[0]?.id, id)
  })

  t.test(`svix 1.99: after ${scenario} the key that it made up itself finds the task too`, async (t) => {
    const { url } = await startServer(t, ...FROZEN)
    await prepare(url, 'next', { api: 'svix', scenario })
    const { id } = await current(url).endpoint.recover(APP, ENDPOINT, { since: new Date(SINCE) })
    const tries = await journal(url, 'start')
    t.strictSame(tries.map(({ taskId }) => taskId), [id, id])
    t.match(tries[0]?.headers['idempotency-key'], /^auto_[0-9a-f-]{36}$/)
    t.equal(tries[1]?.headers['idempotency-key'], tries[0]?.headers['idempotency-key'])
    t.equal(tries[1]?.headers['svix-req-id'], tries[0]?.headers['svix-req-id'])
  })

  t.test(`svix 1.21: after ${scenario} it has two tasks, unless it is given a key`, async (t) => {
    const { url } = await startServer(t, ...FROZEN)
    const svix = legacy(url)
    const window = { since: new Date(SINCE), until: new Date('2026-11-22T00:00:00Z') }
    const { id } = await svix.statistics.aggregateAppStats(window, { idempotencyKey: `scenario:${scenario}` })
    t.strictSame((await journal(url, 'start')).map(({ taskId }) => taskId), [id, id])
    await prepare(url, 'next', { api: 'svix', scenario })
    const other = await svix.statistics.aggregateAppStats(window)
    const [, , lost, found] = await journal(url, 'start')
    t.equal(found?.taskId, other.id)
    t.not(lost?.taskId, other.id, 'no key, so the try after it starts another')
  })
}

t.test('svix 1.99 and 1.21 get over two failures of the server by their third try, which starts the only task', async (t) => {
  const { url } = await startServer(t, ...FROZEN)
  for (const start of [() => current(url).statistics.aggregateAppStats({ since: new Date(SINCE), until: new Date() }), () => legacy(url).statistics.aggregateAppStats({ since: new Date(SINCE), until: new Date() }, { idempotencyKey: 'mine' })]) {
    await prepare(url, 'faults', { match: { api: 'svix', operation: 'start' }, effect: { status: 500 }, times: 2 })
    await fetch(`${url}/_pollux/journal`, { method: 'DELETE' })
    const { id } = await start()
    t.strictSame((await journal(url, 'start')).map(({ status, taskId }) => [status, taskId]), [[500, null], [500, null], [202, id]])
  }
})

t.test('plain HTTP broadcasts, exports and polls', async (t) => {
  const { url } = await startServer(t, ...FAST)
  const headers = { authorization: 'Bearer testsk_pollux.eu' }
  for (const [path, body, data] of [
    ['/api/v1/msg/broadcast', '{"eventType":"user.signup","payload":{"id":1}}', { messagesCreated: [{ appId: /^app_/, msgId: /^msg_/ }, { appId: /^app_/, msgId: /^msg_/ }] }],
    ['/api/v1/event-type/export/openapi', '', { schemaZip: 'https://example.com/schema.zip' }],
  ] as const) {
    const reply = await fetch(url + path, { method: 'POST', headers, body })
    t.equal(reply.status, 202)
    const { id } = await reply.json() as Task
    const end = await pollToEnd(async (task) => await (await fetch(`${url}/api/v1/background-task/${task}`, { headers })).json() as Task, id)
    t.match(end, { status: 'finished', data })
  }
})
