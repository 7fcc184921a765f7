/** One list of behaviours, run over every API: where the vendors differ is in the table, that they all behave is in the tests. */
import t, { type Test } from 'tap'
import { registry } from '../src/server.js'
import { parseScript } from '../src/simulator/script.js'
import { testWorld, type TestWorld } from './world.js'

interface Reply { readonly status: number, readonly body: string }

interface Behaviour {
  readonly kind: string
  readonly path: (id: string) => string
  readonly headers?: Record<string, string>
  /** An id of the vendor's form that names no task. */
  readonly unknownId: string
  /** What the body of a poll shows in each state. */
  readonly running: RegExp
  readonly succeeded: RegExp
  readonly failed: RegExp
  readonly cancelled: RegExp
  readonly unknownTask: Reply
  /** Options under which a request without credential is refused; undefined: the vendor asks nobody. */
  readonly refusal: { readonly options: Record<string, unknown>, readonly reply: Reply } | undefined
  readonly badInput: { readonly path: string, readonly reply: Reply }
  readonly unknownPath: { readonly path: string, readonly reply: Reply }
  readonly wrongMethod: Reply
}

const CLOUDCOIN_ERROR = (code: number, message: string): string => `{"payload":{"code":${code},"message":"${message}","details":null},"status":"error"}\n`
const COGNIGY_ERROR = (title: string, detail: string, instance: string, status: number, code: number): string =>
  `{"type":"about:blank","title":"${title}","detail":"${detail}","instance":"${instance}","status":${status},"traceId":"TRACE","code":${code},"details":{}}`

const BEHAVIOURS: Record<string, Behaviour> = {
  connect: {
    kind: 'deploy',
    path: (id) => `/__api__/v1/tasks/${id}`,
    headers: { authorization: 'Key k' },
    unknownId: 'AAAAAAAAAAAAAAAA',
    running: /"finished":false,"code":0,"error":""/,
    succeeded: /"finished":true,"code":0,"error":""/,
    failed: /"finished":true,"code":1,"error":"it broke"/,
    cancelled: /"result":null,"finished":true,"code":1,"error":"Task was cancelled\."/,
    unknownTask: { status: 404, body: '{"code":141,"error":"Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/","payload":null}' },
    refusal: { options: {}, reply: { status: 401, body: '{"code":24,"error":"The requested operation requires authentication.","payload":null}' } },
    badInput: { path: '/__api__/v1/tasks/PolluxDeployOk01?wait=21', reply: { status: 400, body: '{"code":25,"error":"Invalid value for parameter \\"wait\\": expected an integer between 0 and 20.","payload":null}' } },
    unknownPath: { path: '/__api__/v1/nothing', reply: { status: 404, body: '404 page not found' } },
    wrongMethod: { status: 404, body: '{"code":2,"error":"The requested method or endpoint is not supported.","payload":null}' },
  },
  svix: {
    kind: 'endpoint.recover',
    path: (id) => `/api/v1/background-task/${id}/`,
    unknownId: 'qtask_000000000000000000000000000',
    running: /"status":"running"/,
    succeeded: /"status":"finished"/,
    failed: /"status":"failed"/,
    cancelled: /"status":"failed"/,
    unknownTask: { status: 404, body: '{"code":"not_found","detail":"Entity not found"}' },
    refusal: { options: { tokens: 'any' }, reply: { status: 401, body: '{"code":"authentication_failed","detail":"Invalid token"}' } },
    badInput: { path: '/api/v1/background-task/?limit=0', reply: { status: 422, body: '{"detail":[{"loc":["query","limit"],"msg":"ensure this value is greater than or equal to 1","type":"value_error.number.not_ge"}]}' } },
    unknownPath: { path: '/api/v1/app/nothing/nothing', reply: { status: 404, body: '{"code":"not_found","detail":"Entity not found"}' } },
    wrongMethod: { status: 405, body: '{"code":"method_not_allowed","detail":"Method Not Allowed"}' },
  },
  cognigy: {
    kind: 'trainIntents',
    path: (id) => `/new/v2.0/tasks/${id}`,
    headers: { 'x-api-key': 'k', accept: 'application/json' },
    unknownId: 'ffffffffffffffffffffffff',
    running: /"status":"active"/,
    succeeded: /"status":"done"/,
    failed: /"status":"error".*"failReason":"it broke"/,
    cancelled: /"status":"cancelled"/,
    unknownTask: { status: 404, body: COGNIGY_ERROR('Not Found', 'Task does not exist', '/v2.0/tasks/ffffffffffffffffffffffff', 404, 1002) },
    refusal: { options: {}, reply: { status: 401, body: COGNIGY_ERROR('Unauthorized', 'Unauthorized Error', '/v2.0/tasks/111111111111111111111111', 401, 401) } },
    badInput: { path: '/v2.0/tasks/short', reply: { status: 400, body: COGNIGY_ERROR('Bad Request', "Invalid value for 'taskId': expected a string of length 24", '/v2.0/tasks/short', 400, 400) } },
    unknownPath: { path: '/v2.0/nothing', reply: { status: 404, body: COGNIGY_ERROR('Not Found', 'Resource Not Found Error', '/v2.0/nothing', 404, 1002) } },
    wrongMethod: { status: 405, body: COGNIGY_ERROR('Method Not Allowed', 'Method Not Allowed Error', '/v2.0/tasks/111111111111111111111111', 405, 1013) },
  },
  cloudcoin: {
    kind: 'echo',
    path: (id) => `/api/v1/task/${id}`,
    unknownId: 'ffffffff-ffff-4fff-8fff-ffffffffffff',
    running: /"status":"running"/,
    succeeded: /"status":"completed","progress":100/,
    failed: /"status":"error","progress":100.*"message":"it broke"/,
    cancelled: /"status":"error".*"message":"Task was cancelled"/,
    unknownTask: { status: 200, body: CLOUDCOIN_ERROR(4105, 'Task does not exist') },
    refusal: undefined,
    badInput: { path: '/api/v1/task/short', reply: { status: 200, body: CLOUDCOIN_ERROR(4121, 'Validation error. Id: must be a valid UUID v4.') } },
    unknownPath: { path: '/api/v1/nothing', reply: { status: 200, body: CLOUDCOIN_ERROR(4154, 'Service Not Found. Invalid URL') } },
    wrongMethod: { status: 405, body: '' },
  },
}

const LIVING: Record<string, string> = {
  connect: 'PolluxDeployOk01',
  svix: 'qtask_2PolluxSucceedsInTenSeconds',
  cognigy: '111111111111111111111111',
  cloudcoin: '00000000-0000-4000-8000-000000000001',
}

/** Traces of errors are drawn: they have a form, not a fixed text. */
async function ask (world: TestWorld, url: string, { method = 'GET', headers = {} }: { method?: 'GET' | 'POST' | 'DELETE', headers?: Record<string, string> | undefined } = {}): Promise<Reply> {
  const { statusCode: status, body } = await world.app.inject({ method, url, headers })
  return { status, body: body.replace(/api--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/, 'TRACE') }
}

t.test('the list covers every API', async (t) => {
  t.same(Object.keys(BEHAVIOURS), registry.map(({ name }) => name))
})

for (const [api, behaviour] of Object.entries(BEHAVIOURS)) {
  const { kind, path, headers } = behaviour

  async function started (t: Test): Promise<{ world: TestWorld, id: string, poll: () => Promise<Reply> }> {
    const world = await testWorld(t)
    const { task: { id } } = world.sandbox.startTask({ api, kind })
    return { world, id, poll: () => ask(world, path(id), { headers }) }
  }

  t.test(`${api}: a task that was started runs, and succeeds by itself`, async (t) => {
    const { world, poll } = await started(t)
    t.match((await poll()).body, behaviour.running)
    await world.sandbox.clock.advance(60_000)
    const end = await poll()
    t.equal(end.status, 200)
    t.match(end.body, behaviour.succeeded)
    await world.sandbox.clock.advance(86_400_000)
    t.same(await poll(), end, 'and stays as it is')
  })

  t.test(`${api}: polling does not move a task`, async (t) => {
    const { poll } = await started(t)
    const first = await poll()
    for (let i = 0; i < 20; i++) await poll()
    t.same(await poll(), first)
  })

  t.test(`${api}: finish, fail and cancel show at once, or after the cancel's time`, async (t) => {
    const finished = await started(t)
    finished.world.sandbox.simulator.finish(api, finished.id)
    t.match((await finished.poll()).body, behaviour.succeeded)
    const failed = await started(t)
    failed.world.sandbox.simulator.fail(api, failed.id, { message: 'it broke' })
    t.match((await failed.poll()).body, behaviour.failed)
    const cancelled = await started(t)
    cancelled.world.sandbox.simulator.cancel(api, cancelled.id)
    t.notMatch((await cancelled.poll()).body, behaviour.cancelled)
    await cancelled.world.sandbox.clock.advance(1000)
    t.match((await cancelled.poll()).body, behaviour.cancelled)
  })

  t.test(`${api}: a held task stands still until it is released`, async (t) => {
    const { world, id, poll } = await started(t)
    world.sandbox.simulator.hold(api, id)
    await world.sandbox.clock.advance(60_000)
    t.match((await poll()).body, behaviour.running)
    world.sandbox.simulator.release(api, id)
    await world.sandbox.clock.advance(60_000)
    t.match((await poll()).body, behaviour.succeeded)
  })

  t.test(`${api}: an unknown task, and one that expired, are the same miss`, async (t) => {
    const { world, id, poll } = await started(t)
    t.same(await ask(world, path(behaviour.unknownId), { headers }), behaviour.unknownTask)
    world.sandbox.simulator.expire(api, id)
    const expired = await poll()
    t.same({ ...expired, body: expired.body.replace(id, behaviour.unknownId) }, behaviour.unknownTask)
  })

  t.test(`${api}: a request without credential is refused where the vendor asks for one`, async (t) => {
    const { refusal } = behaviour
    const world = await testWorld(t, { options: { [api]: refusal?.options ?? {} } })
    const reply = await ask(world, path(LIVING[api] ?? ''))
    if (refusal === undefined) t.match(reply.body, behaviour.running)
    else t.same(reply, refusal.reply)
  })

  t.test(`${api}: bad input, an unknown path and a wrong method get the vendor's own words`, async (t) => {
    const world = await testWorld(t)
    t.same(await ask(world, behaviour.badInput.path, { headers }), behaviour.badInput.reply)
    t.same(await ask(world, behaviour.unknownPath.path, { headers }), behaviour.unknownPath.reply)
    t.same(await ask(world, path(LIVING[api] ?? ''), { method: 'DELETE', headers }), behaviour.wrongMethod)
  })

  t.test(`${api}: a script paced by polls shows each step to the poll of its number`, async (t) => {
    const world = await testWorld(t)
    const script = parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 3, state: 'succeeded', result: {} }] })
    const { task: { id } } = world.sandbox.startTask({ api, kind, script })
    for (const expected of [behaviour.running, behaviour.running, behaviour.succeeded, behaviour.succeeded]) {
      t.match((await ask(world, path(id), { headers })).body, expected)
    }
  })

  t.test(`${api}: the same seed and the same requests give the same bytes`, async (t) => {
    const bytes = async (): Promise<string> => {
      const { world, poll } = await started(t)
      const replies = [(await poll()).body]
      await world.sandbox.clock.advance(60_000)
      return [...replies, (await poll()).body].join()
    }
    t.equal(await bytes(), await bytes())
  })
}
