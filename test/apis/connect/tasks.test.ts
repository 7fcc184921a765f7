/** The three routes on one store: documented and recorded examples, golden bodies, headers, slashes, mounts. */
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { ExperimentalTaskReply, LegacyTaskReply, TaskReply } from '../../../src/apis/connect/schemas.js'
import { API_HEADERS, connectWorld, KEY, KNOWN, ownHeaders, PAGE_HEADERS, SET_COOKIE, until, UNKNOWN_TASK, type ConnectWorld } from './connect-world.js'

/** A request that waits, with the clock moved on as far as it asks. */
async function waitFor (world: ConnectWorld, url: string, waitMs: number): Promise<Record<string, unknown>> {
  let isAnswered = false
  const pending = world.get(url).finally(() => { isAnswered = true })
  await until(() => isAnswered || world.sandbox.simulator.heldPollCount === 1)
  await world.sandbox.clock.advance(waitMs)
  return (await pending).json()
}

t.test('the documented walk: 23 lines first, more behind them, until the task has finished', async (t) => {
  const world = await connectWorld(t)
  const first = await waitFor(world, '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=0', 5000)
  t.equal(first.last, 23)
  t.equal(first.finished, false)
  t.equal(Array.isArray(first.output) && first.output.length, 23)
  const second = await waitFor(world, '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=23', 5000)
  t.equal(second.last, 25)
  t.equal(second.finished, false)
  t.equal(Array.isArray(second.output) && second.output.length, 2)
  const third = await world.get('/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=25')
  t.equal(third.body, '{"id":"CmsfmnfDDyRUrsAc","output":["Launching FastAPI application...","Using environment Local"],"finished":true,"code":0,"error":"","last":27}')
})

t.test('the documented walk works however late it begins', async (t) => {
  const world = await connectWorld(t)
  await world.sandbox.clock.advance(30 * 86_400_000)
  t.match(await waitFor(world, '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=0', 5000), { last: 23, finished: false })
  t.match(await waitFor(world, '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=23', 5000), { last: 25, finished: false })
  t.match(await waitFor(world, '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc?wait=5&first=25', 0), { last: 27, finished: true })
})

t.test('a refused poll doesn\'t move the documented example', async (t) => {
  const world = await connectWorld(t)
  for (const refused of ['?first=24', '?wait=21', '?first=x']) {
    t.equal((await world.get(`/__api__/v1/tasks/CmsfmnfDDyRUrsAc${refused}`)).statusCode, 400)
  }
  t.equal((await world.get('/__api__/v1/tasks/CmsfmnfDDyRUrsAc', { headers: {} })).statusCode, 401)
  t.match((await world.get('/__api__/v1/tasks/CmsfmnfDDyRUrsAc')).json(), { last: 23 })
})

const GOLDEN = [
  ['v1', '/__api__/v1/tasks/eKm0RFxyzIKR3jnI', '{"id":"eKm0RFxyzIKR3jnI","output":["Deleting runtime cache..."],"result":null,"finished":false,"code":0,"error":"","last":1}'],
  ['experimental', '/__api__/v1/experimental/tasks/eKm0RFxyzIKR3jnI', '{"id":"eKm0RFxyzIKR3jnI","output":["Deleting runtime cache..."],"finished":false,"code":0,"error":"","last":1}'],
  ['legacy', '/__api__/tasks/eKm0RFxyzIKR3jnI', '{"id":"eKm0RFxyzIKR3jnI","user_id":1,"status":["Deleting runtime cache..."],"result":null,"finished":false,"code":0,"error":"","last_status":1}'],
] as const

for (const [shape, url, body] of GOLDEN) {
  t.test(`the golden body of the ${shape} route`, async (t) => {
    const world = await connectWorld(t)
    const reply = await world.get(url)
    t.equal(reply.statusCode, 200)
    t.equal(reply.body, body)
    t.equal((await world.get(url)).body, body, 'and again, from the cache')
    t.equal(reply.headers['content-length'], String(body.length))
  })
}

t.test('the recorded failure of a render, in all three shapes', async (t) => {
  const world = await connectWorld(t)
  t.equal((await world.get('/__api__/v1/tasks/jXhOhdm5OOSkGhJw')).body, '{"id":"jXhOhdm5OOSkGhJw","output":["Building static content...","Launching static content..."],"result":null,"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last":2}')
  t.equal((await world.get('/__api__/v1/experimental/tasks/jXhOhdm5OOSkGhJw')).body, '{"id":"jXhOhdm5OOSkGhJw","output":["Building static content...","Launching static content..."],"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last":2}')
  t.equal((await world.get('/__api__/tasks/jXhOhdm5OOSkGhJw')).body, '{"id":"jXhOhdm5OOSkGhJw","user_id":1,"status":["Building static content...","Launching static content..."],"result":null,"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last_status":2}')
})

t.test('the recorded fresh task of user 336', async (t) => {
  const world = await connectWorld(t)
  t.equal((await world.get('/__api__/tasks/v9XYo7OKkAQJPraI')).body, '{"id":"v9XYo7OKkAQJPraI","user_id":336,"status":[],"result":null,"finished":false,"code":0,"error":"","last_status":0}')
  t.equal((await world.get('/__api__/v1/tasks/v9XYo7OKkAQJPraI')).body, '{"id":"v9XYo7OKkAQJPraI","output":[],"result":null,"finished":false,"code":0,"error":"","last":0}')
})

t.test('the replies have the documented shapes', async (t) => {
  const world = await connectWorld(t)
  for (const id of ['CmsfmnfDDyRUrsAc', 'eKm0RFxyzIKR3jnI', 'jXhOhdm5OOSkGhJw', 'PolluxDeployFail']) {
    t.ok(Value.Check(TaskReply, (await world.get(`/__api__/v1/tasks/${id}`)).json()), id)
    t.ok(Value.Check(ExperimentalTaskReply, (await world.get(`/__api__/v1/experimental/tasks/${id}`)).json()), id)
    t.ok(Value.Check(LegacyTaskReply, (await world.get(`/__api__/tasks/${id}`)).json()), id)
  }
})

t.test('`first` cuts the lines that the client has', async (t) => {
  const world = await connectWorld(t)
  const expected = new Map([
    [0, '["Building static content...","Launching static content..."]'],
    [1, '["Launching static content..."]'],
    [2, '[]'],
  ])
  for (const [first, lines] of expected) {
    t.equal((await world.get(`/__api__/v1/experimental/tasks/jXhOhdm5OOSkGhJw?first=${first}`)).body, `{"id":"jXhOhdm5OOSkGhJw","output":${lines},"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last":2}`)
    t.match((await world.get(`/__api__/tasks/jXhOhdm5OOSkGhJw?first_status=${first}`)).body, `"status":${lines},`)
  }
})

t.test('every API reply has the headers of the contract and no others', async (t) => {
  const world = await connectWorld(t)
  for (const url of ['/__api__/v1/tasks/eKm0RFxyzIKR3jnI', '/__api__/tasks/eKm0RFxyzIKR3jnI', '/__api__/v1/tasks/unknown', '/__api__/v1/tasks/eKm0RFxyzIKR3jnI?wait=21']) {
    t.strictSame(ownHeaders(await world.get(url)), API_HEADERS, url)
    t.strictSame(ownHeaders(await world.get(url, { headers: KEY })), { ...API_HEADERS, 'set-cookie': SET_COOKIE }, `${url} without cookie`)
  }
})

t.test('the experimental route names its successor in every reply', async (t) => {
  const world = await connectWorld(t)
  const cases = [
    ['eKm0RFxyzIKR3jnI', KNOWN, 200, 'eKm0RFxyzIKR3jnI'],
    ['eKm0RFxyzIKR3jnI?first=9', KNOWN, 400, 'eKm0RFxyzIKR3jnI'],
    ['eKm0RFxyzIKR3jnI?wait=0', { cookie: 'pollux_node=1' }, 401, 'eKm0RFxyzIKR3jnI'],
    ['unknown', KNOWN, 404, 'unknown'],
    ['%0D%0Ax', KNOWN, 404, '%0D%0Ax'],
    ['%C3%A9', KNOWN, 404, '%C3%A9'],
  ] as const
  for (const [path, headers, status, named] of cases) {
    const reply = await world.get(`/__api__/v1/experimental/tasks/${path}`, { headers })
    t.equal(reply.statusCode, status)
    t.strictSame(ownHeaders(reply), { ...API_HEADERS, 'x-deprecated-endpoint': `/v1/tasks/${named}` })
  }
  t.notOk('x-deprecated-endpoint' in (await world.get('/__api__/v1/tasks/eKm0RFxyzIKR3jnI')).headers)
})

t.test('runs of slashes collapse, without a redirect', async (t) => {
  const world = await connectWorld(t)
  for (const url of ['//__api__/v1/tasks/eKm0RFxyzIKR3jnI', '/__api__//v1///tasks/eKm0RFxyzIKR3jnI', '/connect//__api__/v1/tasks/eKm0RFxyzIKR3jnI']) {
    t.equal((await world.get(url)).body, GOLDEN[0][2], url)
  }
})

t.test('a trailing slash, other case or missing id is an unknown path', async (t) => {
  const world = await connectWorld(t)
  const unknown = ['/__api__/v1/tasks/eKm0RFxyzIKR3jnI/', '/__api__/v1/tasks/', '/__api__/v1/tasks', '/__api__/v1/experimental/tasks/', '/__api__/tasks/', '/__api__/v1/Tasks/eKm0RFxyzIKR3jnI', '/__api__/v1/tasks/eKm0RFxyzIKR3jnI/x', '/__api__', '/__api__/', '/__api__/v2/tasks/eKm0RFxyzIKR3jnI', '/connect/anything', '/connect/v1/tasks/eKm0RFxyzIKR3jnI']
  for (const url of unknown) {
    for (const headers of [KNOWN, {}]) {
      const reply = await world.get(url, { headers })
      t.equal(reply.statusCode, 404, url)
      t.equal(reply.body, '404 page not found')
      t.strictSame(ownHeaders(reply), PAGE_HEADERS)
    }
  }
})

t.test('an id is opaque: whatever is not known is an unknown task', async (t) => {
  const world = await connectWorld(t)
  const ids = ['short', 'task-abc123-def456', 'EKm0RFxyzIKR3jnI', 'a%2Fb', 'a%00b', '%F0%9F%98%80', '..%2e', 'x'.repeat(5000), '__proto__', 'constructor', 'a b', '*']
  for (const id of ids) {
    for (const route of ['/__api__/v1/tasks/', '/__api__/tasks/']) {
      const reply = await world.get(`${route}${id.replaceAll(' ', '%20')}`)
      t.equal(reply.statusCode, 404, id.slice(0, 20))
      t.equal(reply.body, UNKNOWN_TASK)
      t.strictSame(ownHeaders(reply), API_HEADERS)
    }
  }
})

t.test('a task may have any id without a slash', async (t) => {
  const world = await connectWorld(t)
  for (const id of ['task-abc123-def456', 'Grüße', 'a b', '1']) {
    world.sandbox.startTask({ api: 'connect', kind: 'mail', id })
    t.equal((await world.get(`/__api__/v1/tasks/${encodeURIComponent(id)}`)).body, `{"id":"${id}","output":["Sending email..."],"result":null,"finished":false,"code":0,"error":"","last":1}`)
  }
})

t.test('a task of any kind is readable on all three routes, under the mount too', async (t) => {
  const world = await connectWorld(t)
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'render' })
  t.match(task.id, /^[0-9A-Za-z]{16}$/)
  for (const url of [`/__api__/v1/tasks/${task.id}`, `/__api__/v1/experimental/tasks/${task.id}`, `/__api__/tasks/${task.id}`]) {
    t.equal((await world.get(url)).statusCode, 200)
    t.equal((await world.get(`/connect${url}`)).statusCode, 200)
    t.equal((await world.get(`/sandbox/other${url}`)).statusCode, 404, 'another sandbox doesn\'t know it')
  }
})

t.test('after the end the same URL keeps answering with everything', async (t) => {
  const world = await connectWorld(t)
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'cache-delete' })
  await world.sandbox.clock.advance(2000)
  const body = `{"id":"${task.id}","output":["Deleting runtime cache...","Runtime cache deleted."],"result":null,"finished":true,"code":0,"error":"","last":2}`
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}?wait=20`)).body, body, 'a finished task makes nobody wait')
  await world.sandbox.clock.advance(365 * 86_400_000)
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}?first=0`)).body, body)
})

t.test('characters that HTML cares about are left as they are', async (t) => {
  const world = await connectWorld(t)
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', parameters: { guid: '<&>"\\' } })
  await world.sandbox.clock.advance(1000)
  t.match((await world.get(`/__api__/v1/tasks/${task.id}?first=2`)).body, '2026/11/22 12:00:01.000000000 [rsc-session] Content GUID: <&>\\"\\\\"')
})
