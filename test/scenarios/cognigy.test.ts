/** What a client of Cognigy's sees of each scenario. */
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { isObject } from '../../src/apis/cognigy/view.js'
import type { JsonObject } from '../../src/simulator/script.js'
import { makePackage, makeSnapshot, post, PROJECT } from '../apis/cognigy/starting.js'
import { JSON_KEY } from '../apis/cognigy/support.js'
import { NOON, testWorld, type TestWorld } from '../world.js'
import { createTask, dripping, late, NOTHING, testScenarios, type Course, type Moment, type Reply } from './poller.js'

interface Shown {
  readonly name?: string
  readonly status: string
  readonly step?: number
  readonly total?: number
  readonly reason?: string
  /** ms after the creation; null: not yet. */
  readonly ran?: number | null
  readonly finished?: number
  readonly changed: number
}

const seconds = (ms: number): number => Math.floor((NOON + ms) / 1000)
const instant = (ms: number | null | undefined): string | null => typeof ms === 'number' ? new Date(NOON + ms).toISOString() : null
const reply = (body: string, status = 200): Reply => ({ status, contentType: 'application/json; charset=utf-8', retryAfter: undefined, body, end: 'whole' })

const shown = (id: string, { name = 'createSnapshot', status, step = 0, total = 100, reason = '', ran = 0, finished, changed }: Shown): Reply => reply(JSON.stringify({
  name,
  data: {},
  status,
  currentStep: step,
  totalStep: total,
  failReason: reason,
  lastRunAt: instant(ran),
  lastFinishedAt: instant(finished),
  _id: id,
  createdAt: seconds(0),
  lastChanged: seconds(changed),
  createdBy: '5f8f0c1e2a6b4d0012ab34cd',
  lastChangedBy: '5f8f0c1e2a6b4d0012ab34cd',
}))
const edited = (sound: Reply, ...edits: ReadonlyArray<readonly [from: string, to: string]>): Reply =>
  ({ ...sound, body: edits.reduce((body, [from, to]) => body.replace(from, to), sound.body) })

/** An error; its trace is drawn. */
const error = (id: string, status: number, title: string, code: number, detail: string): Reply =>
  reply(`{"type":"about:blank","title":"${title}","detail":"${detail}","instance":"/v2.0/tasks/${id}","status":${status},"traceId":"TRACE","code":${code},"details":{}}`, status)

/** A page of tasks that have just begun. */
const page = (ids: readonly string[], { total = 3, next, previous }: { total?: number, next?: string, previous?: string }): Reply =>
  reply(`{"items":[${ids.map((id) => start(id).body).join()}],"total":${total},"nextCursor":${JSON.stringify(next ?? null)},"previousCursor":${JSON.stringify(previous ?? null)}}`)

// The usual snapshot at its telling moments: 0 s, 2 s and 4 s.
const start = (id: string): Reply => shown(id, { status: 'active', changed: 0 })
const half = (id: string): Reply => shown(id, { status: 'active', step: 50, changed: 2000 })
const end = (id: string): Reply => shown(id, { status: 'done', step: 100, finished: 4000, changed: 4000 })
const rest = (id: string): readonly Moment[] => [[2000, half(id)], [2000, end(id)]]

const course = (moments: Course['moments'], kind?: string): Course => kind === undefined ? { moments } : { kind, moments }
/** The first poll gets this, or the first two, and the rest goes well. */
const first = (fault: (id: string) => Reply): Course => course((id) => [[0, fault(id)], ...rest(id)])
const firstTwo = (fault: (id: string) => Reply): Course => course((id) => [[0, fault(id)], [0, fault(id)], ...rest(id)])
/** The second poll gets this, and the rest goes well. */
const second = (fault: (sound: Reply, id: string) => Reply): Course => course((id) => [[0, start(id)], [0, fault(start(id), id)], ...rest(id)])

const BAD_GATEWAY: Reply = { status: 502, contentType: 'text/html', retryAfter: undefined, body: '<html>Bad Gateway</html>', end: 'whole' }
const unknownTask = (id: string): Reply => error(id, 404, 'Not Found', 1002, 'Task does not exist')
const limited = (retryAfter: string) => (id: string): Reply => ({ ...error(id, 429, 'Too Many Requests Error', 429, 'Too Many Requests Error'), retryAfter })

async function get ({ app }: TestWorld, path: string): Promise<any> { // eslint-disable-line @typescript-eslint/no-explicit-any -- what it holds is what the tests are about
  return (await app.inject({ url: `/v2.0${path}`, headers: JSON_KEY })).json()
}

/** Runs a playbook; its entry point asks for the scenario. */
async function schedule (world: TestWorld, scenario: string): Promise<{ taskId: string, runId: string }> {
  const { body: { _id } } = await post(world, `/playbooks/${PROJECT}/schedule`, { entrypoint: `scenario:${scenario}`, flowId: 'f', localeId: 'l' })
  const result = world.sandbox.simulator.peek('cognigy', String(_id))?.task.result
  return { taskId: String(_id), runId: String(isObject(result) ? result['playbookRunId'] : undefined) }
}

testScenarios({
  api: 'cognigy',
  headers: { 'x-api-key': 'k', accept: 'application/json' },
  normalised: (body) => body.replace(/api--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/, 'TRACE'),
  courses: {
    // Courses
    success: course((id) => [[0, start(id)], [999, start(id)], [1, shown(id, { status: 'active', step: 25, changed: 1000 })], [1000, half(id)], [2000, end(id)], [1e9, end(id)]]),
    failure: course((id) => [[0, start(id)], [1999, shown(id, { status: 'active', step: 25, changed: 1000 })], [1, shown(id, { status: 'error', step: 50, reason: 'Task failed', finished: 2000, changed: 2000 })]]),
    'fail-first': course((id) => [[0, shown(id, { status: 'error', reason: 'Task failed', finished: 0, changed: 0 })]]),
    slow: course((id) => [[0, start(id)], [149_999, shown(id, { status: 'active', step: 75, changed: 112_500 })], [1, shown(id, { status: 'done', step: 100, finished: 150_000, changed: 150_000 })]]),
    instant: course((id) => [[0, shown(id, { status: 'done', step: 100, finished: 0, changed: 0 })]]),
    'never-finishes': course((id) => [[0, start(id)], [6000, shown(id, { status: 'active', step: 75, changed: 6000 })], [1e9, shown(id, { status: 'active', step: 75, changed: 6000 })]]),
    'queued-first': course((id) => [[0, shown(id, { status: 'queued', ran: null, changed: 0 })], [3000, shown(id, { status: 'active', ran: 3000, changed: 3000 })], [2000, shown(id, { status: 'done', step: 100, ran: 3000, finished: 5000, changed: 5000 })]]),
    'queued-forever': course((id) => [[0, shown(id, { status: 'queued', ran: null, changed: 0 })], [1e9, shown(id, { status: 'queued', ran: null, changed: 0 })]]),
    cancelled: course((id) => [[1999, shown(id, { status: 'active', step: 25, changed: 1000 })], [1, shown(id, { status: 'cancelling', step: 25, changed: 2000 })], [1000, shown(id, { status: 'cancelled', step: 25, finished: 3000, changed: 3000 })]]),
    'cancelled-outside': course((id) => [[1999, shown(id, { status: 'active', step: 25, changed: 1000 })], [1, shown(id, { status: 'cancelling', step: 25, changed: 2000 })], [1000, shown(id, { status: 'cancelled', step: 25, finished: 3000, changed: 3000 })]]),
    'stuck-cancelling': course((id) => [[2000, shown(id, { status: 'cancelling', step: 25, changed: 2000 })], [1e9, shown(id, { status: 'cancelling', step: 25, changed: 2000 })]]),
    'full-but-active': course((id) => [[2999, shown(id, { status: 'active', step: 100, changed: 1000 })], [1, shown(id, { status: 'done', step: 100, finished: 3000, changed: 3000 })]]),
    'zero-steps': course((id) => [[0, shown(id, { status: 'active', total: 0, changed: 0 })], [2000, shown(id, { status: 'done', total: 0, finished: 2000, changed: 2000 })]]),
    'snapshot-limit': course((id) => [[0, start(id)], [1000, shown(id, { status: 'error', reason: 'Limit of allowed Snapshots has been reached', finished: 1000, changed: 1000 })]]),
    'name-conflict': course((id) => [[0, start(id)], [1000, shown(id, { status: 'error', reason: 'A Snapshot with the name "" already exists', finished: 1000, changed: 1000 })]]),
    'in-use': course((id) => [[1000, shown(id, { name: 'deleteSnapshot', status: 'error', reason: 'The Snapshot is attached to an endpoint', finished: 1000, changed: 1000 })]], 'deleteSnapshot'),
    'terminal-on-last-poll': course((id) => [
      [0, start(id)],
      ...Array.from({ length: 8 }, (_, n): Moment => [1000, shown(id, { status: 'active', step: Math.floor(90 * (n + 1) / 8 + 1e-9), changed: (n + 1) * 1000 })]),
      [1000, shown(id, { status: 'done', step: 100, finished: 9000, changed: 9000 })],
      [1000, shown(id, { status: 'done', step: 100, finished: 9000, changed: 9000 })],
    ]),
    'progress-backwards': course((id) => [[1000, shown(id, { status: 'active', step: 60, changed: 1000 })], [1000, shown(id, { status: 'active', step: 20, changed: 2000 })], [1000, shown(id, { status: 'active', step: 80, changed: 3000 })], [1000, end(id)]]),

    // Misses and errors
    lost: course((id) => [[0, start(id)], [2999, start(id)], [1, unknownTask(id)], [1000, unknownTask(id)]]),
    'vanished-task': course((id) => [[1000, shown(id, { status: 'active', step: 50, changed: 1000 })], [1999, shown(id, { status: 'done', step: 100, finished: 2000, changed: 2000 })], [1, unknownTask(id)]]),
    'flaky-502': firstTwo(() => BAD_GATEWAY),
    'gateway-html': second(() => BAD_GATEWAY),
    'html-error-page': second(() => ({ ...BAD_GATEWAY, status: 503 })),
    'error-without-code': second(() => ({ ...BAD_GATEWAY, status: 404 })),
    'server-error': firstTwo((id) => error(id, 500, 'Internal Server Error', 1008, 'Internal Server Error')),
    'rate-limit': first(limited('1')),
    'rate-limited': firstTwo(limited('2')),
    'retry-after-date': firstTwo(limited('Sun, 22 Nov 2026 12:00:02 GMT')),
    'retry-after-garbage': firstTwo(limited('soon')),
    'unauthorised-midway': second((_, id) => error(id, 401, 'Unauthorized', 401, 'Unauthorized Error')),

    // Bodies
    'malformed-json': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)) })),
    'unknown-status': course((id) => [[0, start(id)], [1000, edited(shown(id, { status: 'active', step: 25, changed: 1000 }), ['"active"', '"paused"'])], [1000, edited(half(id), ['"active"', '"paused"'])], [2000, end(id)]]),
    'null-field': course((id) => [[0, edited(start(id), ['"data":{}', '"data":null'])], [2000, edited(half(id), ['"data":{}', '"data":null'])], [2000, end(id)]]),
    'null-fields': second((sound) => edited(sound, ['"data":{},"status":"active","currentStep":0', '"data":null,"status":null,"currentStep":null'])),
    'missing-fields': second((sound, id) => edited(sound, ['"status":"active",', ''], ['"totalStep":100,', ''], [`"_id":"${id}",`, ''])),
    'drop-field': course((id) => [[0, edited(start(id), [`"_id":"${id}",`, ''])], [4000, edited(end(id), [`"_id":"${id}",`, ''])]]),

    // Connections
    'truncated-body': second((sound) => ({ ...sound, body: sound.body.slice(0, 20), end: 'short' })),
    'reset-midway': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)), end: 'reset' })),
    'socket-reset': second(() => NOTHING),
  },
  plays: {
    'lost-reply': async (t, begin) => {
      const { world } = await begin({ isAlone: true })
      world.sandbox.simulator.reset()
      const { port } = world.app.server.address() as AddressInfo
      const create = (): Promise<Response> => fetch(`http://127.0.0.1:${port}/new/v2.0/snapshots`, {
        method: 'POST', headers: { 'x-api-key': 'k', 'content-type': 'application/json' }, body: JSON.stringify({ projectId: PROJECT, name: 'scenario:lost-reply', description: '' }),
      })
      await t.rejects(create())
      t.match([...world.sandbox.simulator.tasks()], [{ kind: 'createSnapshot' }], 'the task is there all the same')
    },
    'late-run-id': async (t, begin) => {
      const { world } = await begin()
      const { taskId } = await schedule(world, 'late-run-id')
      t.same((await get(world, `/tasks/${taskId}`)).data.playbookRunId, undefined, 'while it runs')
      await world.sandbox.clock.advance(3000)
      for (let polls = 1; polls <= 3; polls++) t.match(await get(world, `/tasks/${taskId}`), { status: 'done', data: { playbookRunId: undefined } })
      t.match(await get(world, `/tasks/${taskId}`), { status: 'done', data: { playbookRunId: /^[0-9a-f]{24}$/ } })
    },
    'run-missing': async (t, begin) => {
      const { world } = await begin()
      const { taskId, runId } = await schedule(world, 'run-missing')
      await world.sandbox.clock.advance(1e9)
      t.match(await get(world, `/tasks/${taskId}`), { status: 'done' })
      t.match(await get(world, `/playbooks/${PROJECT}/runs/${runId}`), { status: 404, detail: 'Playbook run does not exist' })
    },
    'run-failed': async (t, begin) => {
      const { world } = await begin()
      const { taskId, runId } = await schedule(world, 'run-failed')
      await world.sandbox.clock.advance(3000)
      t.match(await get(world, `/tasks/${taskId}`), { status: 'done' })
      t.match(await get(world, `/playbooks/${PROJECT}/runs/${runId}`), { _id: runId, status: 'failed' })
    },
    'placeholder-download': async (t, begin) => {
      const { world } = await begin()
      const snapshotId = await makeSnapshot(world, 'scenario:placeholder-download')
      const link = (): Promise<{ status: number, body: JsonObject }> => post(world, `/snapshots/${snapshotId}/downloadlink`)
      await post(world, `/snapshots/${snapshotId}/package`)
      await world.sandbox.clock.advance(2000)
      t.same([(await link()).status, (await link()).status], [409, 409])
      const { pathname } = new URL(String((await link()).body['downloadLink']))
      await world.app.inject({ method: 'HEAD', url: pathname })
      t.equal((await world.app.inject(pathname)).body, 'csnap')
      t.equal((await world.app.inject(pathname)).body, '{"name":"scenario:placeholder-download","description":"made"}')
      const packageId = await makePackage(world, 'scenario:placeholder-download')
      const packageLink = (): Promise<{ status: number, body: JsonObject }> => post(world, `/packages/${packageId}/downloadlink`)
      t.same([(await packageLink()).status, (await packageLink()).status], [409, 409])
      const path = new URL(String((await packageLink()).body['downloadLink'])).pathname
      t.equal((await world.app.inject(path)).body, 'csnap')
      t.match((await world.app.inject(path)).rawPayload.subarray(0, 2).toString(), 'PK')
    },
    'strict-restore': async (t, begin) => {
      const { world } = await begin()
      const restore = (id: string, body?: object): Promise<{ status: number, body: JsonObject }> => post(world, `/snapshots/${id}/restore`, body)
      const named = await makeSnapshot(world, 'scenario:strict-restore')
      t.match(await restore(named, { projectId: PROJECT }), { status: 400, body: { code: 400, detail: 'ProjectId was specified in multiple locations' } })
      t.match(await restore(named), { status: 202 })
      const other = await makeSnapshot(world, 'other')
      t.match(await restore(other, { projectId: PROJECT }), { status: 202 }, 'usually both are accepted')
      world.sandbox.queueScenario({ api: 'cognigy', kind: 'restoreSnapshot', scenario: 'strict-restore', times: 1 })
      t.match(await restore(other, { projectId: PROJECT }), { status: 400 })
      t.match(await restore(other), { status: 202 }, 'the refused one has used nothing up')
      t.match(await restore(other, { projectId: PROJECT }), { status: 202 })
    },
    'forbidden-get-body': async (t, begin) => {
      const { world, id } = await begin()
      const list = async (payload?: object): Promise<unknown> => (await world.app.inject({ url: '/v2.0/projects', headers: JSON_KEY, ...(payload === undefined ? {} : { payload }) })).json()
      t.match(await list({ limit: 1 }), { status: 403, code: 403, title: 'Forbidden', detail: 'Forbidden Error' })
      t.match(await list(), { total: 1 })
      world.sandbox.simulator.remove('cognigy', id)
      t.match(await list({ limit: 1 }), { total: 1 }, 'usually it is ignored')
    },
    'slow-response': late(35_000, start),
    'slow-drip': dripping(50, start),
    'not-cancellable': async (t, begin) => {
      const { world, id, poll, advance } = await begin()
      t.strictSame(await poll(), start(id))
      t.equal((await world.app.inject({ method: 'POST', url: `/v2.0/tasks/${id}/cancel`, headers: { 'x-api-key': 'k' } })).statusCode, 204)
      await advance(1500)
      t.strictSame(await poll(), shown(id, { status: 'active', step: 25, changed: 1500 }))
      await advance(4500)
      t.strictSame(await poll(), shown(id, { status: 'done', step: 100, finished: 6000, changed: 6000 }))
    },
    'duplicate-page': async (t, begin) => {
      const { world, id, poll } = await begin({ isAlone: true })
      const { id: second } = await createTask(world, { api: 'cognigy' })
      const { id: third } = await createTask(world, { api: 'cognigy' })
      const [first, last] = [page([third, second], { next: second }), page([id], { previous: id })]
      t.strictSame(await poll('/v2.0/tasks?limit=2'), first)
      t.strictSame(await poll(`/v2.0/tasks?limit=2&next=${second}`), first, 'the same once more')
      t.strictSame(await poll(`/v2.0/tasks?limit=2&next=${second}`), last)
    },
    'expired-cursor': async (t, begin) => {
      const { world, id, poll } = await begin({ isAlone: true })
      const { id: second } = await createTask(world, { api: 'cognigy' })
      const refusal = reply('{"type":"about:blank","title":"Bad Request","detail":"Invalid value for \'next\': expected a cursor from an earlier reply","instance":"/v2.0/tasks","status":400,"traceId":"TRACE","code":400,"details":{}}', 400)
      t.strictSame(await poll('/v2.0/tasks?limit=1'), page([second], { total: 2, next: second }))
      t.strictSame(await poll(`/v2.0/tasks?limit=1&next=${second}`), refusal)
      t.strictSame(await poll('/v2.0/tasks?limit=1'), page([second], { total: 2, next: second }), 'from the start')
      t.strictSame(await poll(`/v2.0/tasks?limit=1&next=${second}`), page([id], { total: 2, previous: id }))
    },
  },
})

t.test('the names of the contract\'s list of scenarios and of its fault menu are all there', async (t) => {
  const { sandbox } = await testWorld(t)
  const names = [
    'success', 'failure', 'fail-first', 'queued-first', 'slow', 'never-finishes', 'cancelled-outside', 'stuck-cancelling', 'full-but-active', 'zero-steps', 'late-run-id', 'run-missing', 'run-failed',
    'snapshot-limit', 'name-conflict', 'in-use', 'not-cancellable', 'placeholder-download',
    'server-error', 'rate-limit', 'vanished-task', 'error-without-code', 'lost-reply', 'unknown-status', 'null-field', 'drop-field', 'forbidden-get-body', 'strict-restore', 'slow-response', 'socket-reset', 'gateway-html',
  ]
  t.same(names.filter((name) => !sandbox.scenarios('cognigy').has(name)), [])
})
