/** `/report`: for each finding a poller that gives cause for it, and one that behaves. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import t, { type Test } from 'tap'
import { machineNow } from '../../src/clock.js'
import { parseScript } from '../../src/simulator/script.js'
import { testWorld, type TestWorld } from '../world.js'

interface Finding { readonly rule: string, readonly severity: string, readonly api: string | null, readonly taskId: string | null, readonly client: string | null, readonly count: number, readonly message: string, readonly evidence: Record<string, unknown> }
interface Report { readonly seed: number, readonly from: string | null, readonly to: string, readonly tasks: ReadonlyArray<Record<string, unknown>>, readonly findings: readonly Finding[], readonly verdict: string, readonly pollsLeftOut: number }

const SCRIPT = parseScript({ steps: [{ at: 0, state: 'running', output: ['one', 'two'] }, { at: '5s', output: ['three', 'four'] }, { at: '10s', state: 'succeeded', output: ['five'] }] })

/** A client that polls one Connect task, and the world that it does it in. */
class Client {
  readonly world: TestWorld
  readonly id: string
  readonly name: string
  constructor (world: TestWorld, id: string, name = 'client/1') {
    this.world = world
    this.id = id
    this.name = name
  }

  path (query = ''): string {
    return `/__api__/v1/tasks/${this.id}${query}`
  }

  async poll (query = ''): Promise<number> {
    return (await this.world.app.inject({ url: this.path(query), headers: { authorization: 'Key k', 'user-agent': this.name } })).statusCode
  }

  async sleep (ms: number): Promise<void> {
    await this.world.sandbox.clock.advance(ms)
  }
}

async function started (t: Test): Promise<Client> {
  const world = await testWorld(t)
  return new Client(world, world.sandbox.startTask({ api: 'connect', kind: 'deploy', script: SCRIPT }).task.id)
}

async function reportOf ({ app }: TestWorld): Promise<Report> {
  const { statusCode, body } = await app.inject('/_pollux/report')
  if (statusCode !== 200) throw new Error(body)
  return JSON.parse(body) as Report
}

async function found ({ world }: { readonly world: TestWorld }): Promise<string[]> {
  return (await reportOf(world)).findings.map(({ rule }) => rule)
}

async function setRules ({ app }: TestWorld, rules: object): Promise<void> {
  const reply = await app.inject({ method: 'PATCH', url: '/_pollux/report/rules', payload: rules })
  if (reply.statusCode !== 200) throw new Error(reply.body)
}

async function addFault ({ app }: TestWorld, fault: object): Promise<void> {
  const reply = await app.inject({ method: 'POST', url: '/_pollux/faults', payload: fault })
  if (reply.statusCode !== 201) throw new Error(reply.body)
}

/** Follows a task to its end as one should. */
async function behave (client: Client): Promise<void> {
  let first = 0
  for (const lines of [2, 2, 4, 4, 5]) {
    await client.poll(`?first=${first}`)
    first = lines
    if (lines < 5) await client.sleep(2500)
  }
}

t.test('a client that behaves gives no cause for anything, and its statistics are told', async (t) => {
  const client = await started(t)
  await behave(client)
  await client.sleep(60_000)
  t.strictSame(await reportOf(client.world), {
    seed: 1,
    from: '2026-11-22T12:00:00.000Z',
    to: '2026-11-22T12:01:10.000Z',
    tasks: [{ taskId: client.id, api: 'connect', polls: 5, gapMs: { min: 2500, median: 2500, max: 2500 }, waitSeconds: null, firstPollAt: '2026-11-22T12:00:00.000Z', lastPollAt: '2026-11-22T12:00:10.000Z', noticedAfterMs: 0, findings: [] }],
    pollsLeftOut: 0,
    findings: [],
    verdict: 'pass',
  })
})

t.test('busy-loop: so many polls in a row without a pause', async (t) => {
  const bad = await started(t)
  for (let i = 0; i < 21; i++) {
    await bad.sleep(40)
    await bad.poll()
  }
  const report = await reportOf(bad.world)
  const finding = report.findings.find(({ rule }) => rule === 'busy-loop')
  t.match(finding, { severity: 'error', api: 'connect', taskId: bad.id, client: 'client/1', count: 20, message: '20 polls came less than 100ms after the one before, 20 or more in a row.' })
  t.strictSame(finding?.evidence['seqs'], [2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
  t.equal(report.verdict, 'fail')
})

t.test('busy-loop: one pause in between, long enough on the sandbox\'s clock, and there is none', async (t) => {
  const good = await started(t)
  for (let i = 0; i < 40; i++) {
    await good.sleep(i === 20 ? 100 : 1)
    await good.poll()
  }
  t.notOk((await found(good)).includes('busy-loop'))
})

t.test('busy-loop: a pause that only the machine\'s clock saw is one too', async (t) => {
  const good = await started(t)
  await setRules(good.world, { 'busy-loop': { minGap: '1ms', count: 5 } })
  for (let i = 0; i < 10; i++) {
    await good.poll()
    const polledAt = machineNow()
    while (machineNow() < polledAt + 2) await new Promise((resolve) => { setImmediate(resolve) })
  }
  t.notOk((await found(good)).includes('busy-loop'))
})

t.test('ignored-retry-after: the next poll comes before the time, in seconds or as a date', async (t) => {
  for (const retryAfter of ['2s', 'date:2s']) {
    const bad = await started(t)
    await addFault(bad.world, { match: { operation: 'poll' }, when: { first: 1 }, effect: { status: 429, retryAfter } })
    t.equal(await bad.poll(), 429)
    await bad.sleep(1500)
    t.equal(await bad.poll(), 200)
    const { findings } = await reportOf(bad.world)
    t.match(findings, [{ rule: 'ignored-retry-after', severity: 'error', count: 1, evidence: { seqs: [2], at: ['2026-11-22T12:00:01.500Z'], retryAfterMs: [2000], pausesMs: [1500] } }])
  }
})

t.test('ignored-retry-after: who waits gives no cause, nor who can\'t make sense of the value', async (t) => {
  for (const [retryAfter, ms] of [['2s', 2000], ['date:2s', 2000], ['soon', 1]] as const) {
    const good = await started(t)
    await addFault(good.world, { match: { operation: 'poll' }, when: { first: 1 }, effect: { status: 429, retryAfter } })
    await good.poll()
    await good.sleep(ms)
    await good.poll()
    t.strictSame(await found(good), [], retryAfter)
  }
})

t.test('polled-after-settled: who knows the end asks again; another client may ask for the first time', async (t) => {
  const client = await started(t)
  await client.sleep(10_000)
  await client.poll('?first=5')
  await new Client(client.world, client.id, 'other/1').poll()
  t.strictSame(await found(client), [])
  await client.poll('?first=5')
  t.match((await reportOf(client.world)).findings, [{ rule: 'polled-after-settled', severity: 'warning', client: 'client/1', count: 1, evidence: { seqs: [3] } }])
})

t.test('polled-after-settled: a task that begins anew under the same id is another one', async (t) => {
  const client = await started(t)
  await client.sleep(10_000)
  await client.poll()
  client.world.sandbox.simulator.remove('connect', client.id)
  client.world.sandbox.startTask({ api: 'connect', kind: 'deploy', script: SCRIPT, id: client.id })
  await client.poll()
  t.strictSame(await found(client), [])
})

t.test('stopped-before-settled: nobody polled for long enough to see the end', async (t) => {
  const bad = await started(t)
  await bad.poll()
  await bad.sleep(2000)
  await bad.poll('?first=2')
  t.strictSame(await found(bad), [], 'the task runs, so there is time')
  await bad.sleep(17_000)
  t.strictSame(await found(bad), [], 'it has settled, but the client may come back')
  await bad.sleep(1000)
  const { findings } = await reportOf(bad.world)
  t.match(findings, [
    { rule: 'stopped-before-settled', severity: 'warning', evidence: { seqs: [2], settledAt: ['2026-11-22T12:00:10.000Z'] } },
    { rule: 'tail-never-fetched', evidence: { missedLines: ['2 to 4'] } },
  ])
})

t.test('stopped-before-settled: one error is no reason to give up, but a task that is not there is', async (t) => {
  for (const [status, expected] of [[503, ['stopped-before-settled']], [404, []]] as const) {
    const client = await started(t)
    await addFault(client.world, { match: { operation: 'poll' }, effect: { status } })
    t.equal(await client.poll(), status)
    await client.sleep(60_000)
    t.strictSame(await found(client), expected, String(status))
  }
})

t.test('stopped-before-settled: a task that never ends may be given up', async (t) => {
  const world = await testWorld(t)
  const client = new Client(world, world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' }).task.id)
  await client.poll()
  await client.sleep(3_600_000)
  t.strictSame(await found(client), [])
})

t.test('overlapping-polls: the same client asks while it is being answered, another may', async (t) => {
  const client = await started(t)
  const held = client.poll('?wait=20')
  await client.world.app.inject(`/_pollux/tasks/${client.id}/wait?waiters=1`)
  const other = new Client(client.world, client.id, 'other/1').poll('?wait=20')
  await client.world.app.inject(`/_pollux/tasks/${client.id}/wait?waiters=2`)
  await client.sleep(10_000)
  await Promise.all([held, other])
  t.strictSame(await found(client), [])

  const bad = await started(t)
  const polls = [bad.poll('?wait=20'), bad.poll('?wait=20')]
  await bad.world.app.inject(`/_pollux/tasks/${bad.id}/wait?waiters=2`)
  await bad.sleep(10_000)
  await Promise.all(polls)
  t.match((await reportOf(bad.world)).findings[0], { rule: 'overlapping-polls', severity: 'warning', count: 1, evidence: { seqs: [2] } })
})

t.test('abandoned-wait: the client leaves before the time is over that it asked to wait', async (t) => {
  const bad = await started(t)
  const { url } = await bad.world.listen()
  const request = httpRequest(url + bad.path('?wait=20'), { headers: { authorization: 'Key k', 'user-agent': 'client/1' } })
  request.on('error', () => {})
  request.end()
  await bad.world.app.inject(`/_pollux/tasks/${bad.id}/wait?waiters=1`)
  await bad.sleep(3000)
  const seen = bad.world.app.inject(`/_pollux/journal/wait?taskId=${bad.id}&wall=false`)
  request.destroy()
  t.match((await seen).json(), { items: [{ seq: 1, status: null, abandoned: true, waited: '3s', first: 0, last: null }] })
  t.match((await reportOf(bad.world)).findings, [{ rule: 'abandoned-wait', severity: 'warning', evidence: { seqs: [1], waitsMs: [20_000], stayedMs: [3000] } }])
})

t.test('abandoned-wait: who stays until the reply gives no cause', async (t) => {
  const good = await started(t)
  const { url } = await good.world.listen()
  const request = httpRequest(url + good.path('?wait=2'), { headers: { authorization: 'Key k' } })
  request.end()
  await good.world.app.inject(`/_pollux/tasks/${good.id}/wait?waiters=1`)
  await Promise.all([once(request, 'response'), good.sleep(2000)])
  request.destroy()
  t.strictSame(await found(good), [])
  t.match((await reportOf(good.world)).tasks, [{ waitSeconds: { polls: 1, min: 2, max: 2 } }])
})

t.test('output-reread: lines that were sent are asked for again', async (t) => {
  const bad = await started(t)
  await bad.poll()
  await bad.sleep(5000)
  await bad.poll('?first=1')
  t.match((await reportOf(bad.world)).findings, [{ rule: 'output-reread', severity: 'warning', count: 1, evidence: { seqs: [2], rereadLines: ['1 to 1'] } }])
})

t.test('output-reread: what a fault has destroyed may be asked for again', async (t) => {
  const good = await started(t)
  await addFault(good.world, { match: { operation: 'poll' }, when: { first: 1 }, effect: { malformed: 'json' } })
  await good.poll()
  await good.sleep(1000)
  await good.poll()
  t.strictSame(await found(good), [])
})

t.test('output-skipped: lines come without those before them', async (t) => {
  const bad = await started(t)
  await bad.poll()
  await bad.sleep(5000)
  await bad.poll('?first=3')
  t.match((await reportOf(bad.world)).findings, [{ rule: 'output-skipped', severity: 'error', count: 1, evidence: { seqs: [2], skippedLines: ['2 to 2'] } }])

  const good = await started(t)
  await good.poll('?first=1')
  await good.sleep(5000)
  await good.poll('?first=2')
  t.strictSame(await found(good), [], 'the first poll may begin anywhere')
})

t.test('tail-never-fetched: the end is known, the last lines are not', async (t) => {
  const bad = await started(t)
  await bad.poll()
  await bad.sleep(10_000)
  await bad.poll('?first=5')
  t.match((await reportOf(bad.world)).findings, [{ rule: 'tail-never-fetched', severity: 'warning', evidence: { seqs: [2], missedLines: ['2 to 4'] } }])
  const good = await started(t)
  await behave(good)
  t.strictSame(await found(good), [])
})

/** Svix's list, read by pages of two. */
class Lister {
  readonly world: TestWorld
  constructor (world: TestWorld) {
    this.world = world
  }

  async page (iterator?: string): Promise<{ readonly iterator: string, readonly done: boolean }> {
    const { body } = await this.world.app.inject({ url: `/api/v1/background-task?limit=2${iterator === undefined ? '' : `&iterator=${iterator}`}`, headers: { 'user-agent': 'lister/1' } })
    return JSON.parse(body) as { iterator: string, done: boolean }
  }
}

async function lister (t: Test): Promise<Lister> {
  const world = await testWorld(t)
  world.sandbox.simulator.reset()
  for (let i = 0; i < 6; i++) {
    await world.sandbox.clock.advance(1000)
    world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover' })
  }
  return new Lister(world)
}

t.test('pages that are read one after the other, twice over, give no cause', async (t) => {
  const good = await lister(t)
  for (let walk = 0; walk < 2; walk++) {
    let page = await good.page()
    while (!page.done) page = await good.page(page.iterator)
  }
  await good.page()
  await good.page()
  t.strictSame(await found(good), [], 'nor does who only looks at the first page')
})

t.test('page-reread: a page comes a second time in the same walk', async (t) => {
  const bad = await lister(t)
  const { iterator } = await bad.page()
  await bad.page(iterator)
  await bad.page(iterator)
  t.match((await reportOf(bad.world)).findings, [{ rule: 'page-reread', severity: 'warning', api: 'svix', taskId: null, client: 'lister/1', count: 1, evidence: { seqs: [3], asked: [iterator] } }])
})

t.test('page-skipped: the walk leaps, or begins anew before its end', async (t) => {
  const bad = await lister(t)
  const first = await bad.page()
  const second = await bad.page(first.iterator)
  await bad.page()
  t.match((await reportOf(bad.world)).findings, [{ rule: 'page-skipped', count: 1, evidence: { seqs: [3], expected: [second.iterator], asked: ['the first page'] } }])
  await bad.page(second.iterator)
  t.match((await reportOf(bad.world)).findings, [{ rule: 'page-skipped', count: 2, evidence: { seqs: [3, 4], expected: [second.iterator, first.iterator], asked: ['the first page', second.iterator] } }])
})

t.test('Cognigy\'s pages are followed too, and backwards nothing is said', async (t) => {
  const world = await testWorld(t)
  const page = async (query: string): Promise<{ nextCursor: string, previousCursor: string }> =>
    (await world.app.inject({ url: `/v2.0/tasks?limit=1${query}`, headers: { 'x-api-key': 'k', accept: 'application/json' } })).json()
  const first = await page('')
  const second = await page(`&next=${first.nextCursor}`)
  await page(`&previous=${second.previousCursor}`)
  await page('')
  t.strictSame(await found({ world }), [])
  await page(`&next=${first.nextCursor}`)
  await page(`&next=${first.nextCursor}`)
  t.strictSame(await found({ world }), ['page-reread'])
})

t.test('synchronised-herd: many poll in step, again and again', async (t) => {
  const world = await testWorld(t)
  await setRules(world, { 'synchronised-herd': { pollers: 5, window: '10s', quiet: '20s', times: 2 } })
  const clients = Array.from({ length: 5 }, () => new Client(world, world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' }).task.id))
  for (const client of clients) await client.poll()
  await world.sandbox.clock.advance(20_000)
  t.strictSame(await found({ world }), [])
  for (const client of clients) await client.poll()
  t.match((await reportOf(world)).findings.filter(({ rule }) => rule === 'synchronised-herd'), [
    { severity: 'warning', api: null, taskId: null, count: 2, evidence: { seqs: [1, 6], at: ['2026-11-22T12:00:00.000Z', '2026-11-22T12:00:20.000Z'], pollers: [5, 5] } },
  ])
})

t.test('synchronised-herd: pollers spread over time are none, nor is one that polls alone', async (t) => {
  const world = await testWorld(t)
  await setRules(world, { 'synchronised-herd': { pollers: 5, window: '10s', quiet: '20s', times: 1 } })
  const clients = Array.from({ length: 5 }, () => new Client(world, world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' }).task.id))
  for (const client of clients) {
    await client.poll()
    await world.sandbox.clock.advance(3000)
  }
  await world.sandbox.clock.advance(20_000)
  for (let i = 0; i < 5; i++) await clients[0]?.poll('?first=1')
  t.notOk((await found({ world })).includes('synchronised-herd'))
})

t.test('noticing takes as long as it took on the sandbox\'s clock', async (t) => {
  const client = await started(t)
  await client.poll()
  await client.sleep(13_000)
  await client.poll('?first=2')
  t.match((await reportOf(client.world)).tasks, [{ noticedAfterMs: 3000 }])
})

t.test('the report outlives what the journal keeps', async (t) => {
  const world = await testWorld(t, { config: { journalEntries: 1 } })
  const client = new Client(world, world.sandbox.startTask({ api: 'connect', kind: 'deploy', script: SCRIPT }).task.id)
  for (let i = 0; i < 30; i++) await client.poll('?first=2')
  const report = await reportOf(world)
  t.match(report.tasks, [{ polls: 30 }])
  t.match(report.findings, [{ rule: 'busy-loop', count: 29, evidence: { seqs: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11] } }])
})

t.test('tasks beyond ten thousand are counted, not judged', async (t) => {
  const world = await testWorld(t)
  const report = world.sandbox.journal.report
  for (let i = 0; i < 10_001; i++) {
    report.count({ seq: i + 1, api: 'svix', call: { operation: 'poll', taskId: `t${i}` }, method: 'GET', url: '/', client: 'c', arrivedAt: 0, answeredAt: 0, arrivedMachineAt: i, answeredMachineAt: i, status: 404, isAbandoned: false, lineCount: undefined, faults: [], requestHeaders: [], requestBody: undefined, replyHeaders: {}, replyBody: '' }, undefined, undefined)
  }
  const { tasks, pollsLeftOut } = await reportOf(world)
  t.strictSame([tasks.length, pollsLeftOut], [10_000, 1])
})

t.test('a reset and a cleared journal begin the report anew, the rules stay', async (t) => {
  const client = await started(t)
  await setRules(client.world, { 'output-reread': { lines: 3 } })
  await client.poll()
  await client.world.app.inject({ method: 'DELETE', url: '/_pollux/journal' })
  t.match(await reportOf(client.world), { from: null, tasks: [], findings: [] })
  await client.poll()
  await client.world.sandbox.reset()
  t.strictSame((await reportOf(client.world)).tasks, [])
  t.match((await client.world.app.inject('/_pollux/report/rules')).json(), { 'output-reread': { lines: 3 } })
})

t.test('the rules are told with their thresholds', async (t) => {
  const { app } = await testWorld(t)
  t.strictSame((await app.inject('/_pollux/report/rules')).json(), {
    'busy-loop': { severity: 'error', minGap: '100ms', count: 20 },
    'ignored-retry-after': { severity: 'error', tolerance: '10ms' },
    'polled-after-settled': { severity: 'warning', allowed: 0 },
    'stopped-before-settled': { severity: 'warning', after: '10s' },
    'overlapping-polls': { severity: 'warning', count: 1 },
    'abandoned-wait': { severity: 'warning', count: 1 },
    'output-reread': { severity: 'warning', lines: 1 },
    'output-skipped': { severity: 'error', lines: 1 },
    'tail-never-fetched': { severity: 'warning', lines: 1 },
    'page-reread': { severity: 'warning', count: 1 },
    'page-skipped': { severity: 'warning', count: 1 },
    'synchronised-herd': { severity: 'warning', pollers: 20, window: '100ms', quiet: '500ms', times: 3 },
  })
})

t.test('severities decide over the verdict, also afterwards', async (t) => {
  const client = await started(t)
  await client.poll()
  await client.sleep(1000)
  await client.poll()
  t.match(await reportOf(client.world), { verdict: 'pass', findings: [{ rule: 'output-reread', severity: 'warning' }] })
  await setRules(client.world, { 'output-reread': { severity: 'error' } })
  t.match(await reportOf(client.world), { verdict: 'fail', findings: [{ severity: 'error' }] })
  await setRules(client.world, { 'output-reread': { severity: 'off' } })
  t.match(await reportOf(client.world), { verdict: 'pass', findings: [], tasks: [{ findings: [] }] })
})

t.test('thresholds are changed one by one, unknown ones refused, and then none is changed', async (t) => {
  const { app } = await testWorld(t)
  const patch = (payload: object) => app.inject({ method: 'PATCH', url: '/_pollux/report/rules', payload })
  t.match((await patch({ 'busy-loop': { minGap: '1.5s' } })).json(), { 'busy-loop': { severity: 'error', minGap: '1.5s', count: 20 } })
  const cases = [
    [{ 'busy-loop': { minGap: 'long' } }, '/busy-loop/minGap'],
    [{ 'busy-loop': { count: 0 } }, '/busy-loop/count'],
    [{ 'busy-loop': { gap: 1 } }, '/busy-loop/gap'],
    [{ 'busy-lop': {} }, '/busy-lop'],
    [{ 'busy-loop': { severity: 'fatal' } }, '/busy-loop/severity'],
    [{ 'overlapping-polls': { count: 7 }, 'busy-loop': { minGap: '-1s' } }, '/busy-loop/minGap'],
  ] as const
  for (const [payload, path] of cases) {
    const reply = await patch(payload)
    t.equal(reply.statusCode, 400, path)
    t.equal((reply.json() as { errors: Array<{ path: string }> }).errors[0]?.path, path)
  }
  t.match((await app.inject('/_pollux/report/rules')).json(), { 'busy-loop': { minGap: '1.5s', count: 20 }, 'overlapping-polls': { count: 1 } })
})

t.test('people get a text', async (t) => {
  const client = await started(t)
  await client.poll()
  await client.sleep(1000)
  await client.poll()
  const { headers, body } = await client.world.app.inject('/_pollux/report?format=text')
  t.equal(headers['content-type'], 'text/plain; charset=utf-8')
  t.equal(body, `PASS: 1 finding in 2 polls of 1 task, 2026-11-22T12:00:00.000Z to 2026-11-22T12:00:01.000Z (seed 1)

warning  output-reread  connect ${client.id}  by client/1
  1 poll asked for lines of output that the client had already.
  requests 2; first at 2026-11-22T12:00:01.000Z
  rereadLines 0 to 1

task  polls  gaps in ms (min/median/max)  noticed after
connect ${client.id}  2  1000/1000/1000  -
`)
  t.equal((await client.world.app.inject('/_pollux/report?format=xml')).statusCode, 400)
})

t.test('a terminal that shows the report acts on nothing that a client has put into an id', async (t) => {
  const world = await testWorld(t)
  await world.app.inject({ url: '/__api__/v1/tasks/%1b%5B2J%0aforged%c2%9b?wait=0', headers: { authorization: 'Key k' } })
  const { body } = await world.app.inject('/_pollux/report?format=text')
  t.match(body, 'connect \\u001b[2J\\u000aforged\\u009b')
  t.notMatch(body, /[^\n\P{Cc}]/u)
})
