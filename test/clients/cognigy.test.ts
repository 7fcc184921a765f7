/** Cognigy's own REST client over a real socket. */
import { createRequire } from 'node:module'
import t from 'tap'
import { OWN_PROCESS, startServer } from './server.js'

interface Task { readonly _id: string, readonly name: string, readonly status: string, readonly currentStep: number, readonly totalStep: number, readonly failReason: string }
interface TaskPage { readonly items: readonly Task[], readonly total: number, readonly nextCursor: string | null }

/** The three calls of the client that concern tasks; its own types cover the whole product and don't compile strictly. */
interface Client {
  setCredentials (credentials: { type: 'ApiKey', apiKey: string }): void
  readTask (args: { taskId: string }): Promise<Task>
  indexTasks (args: { limit?: number, skip?: number, next?: string, filter?: string, status?: string[] }): Promise<TaskPage>
  cancelTask (args: { taskId: string }): Promise<unknown>
}

const { RestAPIClient } = createRequire(import.meta.url)('@cognigy/rest-api-client') as { RestAPIClient: new (config: { baseUrl: string, maxRetries: number }) => Client }

function connect (baseUrl: string, apiKey = 'pollux'): Client {
  const client = new RestAPIClient({ baseUrl, maxRetries: 0 })
  client.setCredentials({ type: 'ApiKey', apiKey })
  return client
}

async function pollToEnd (client: Client, taskId: string): Promise<{ task: Task, seen: string[] }> {
  const seen: string[] = []
  for (let polls = 0; polls < 20_000; polls++) {
    const task = await client.readTask({ taskId })
    if (seen.at(-1) !== task.status) seen.push(task.status)
    if (['done', 'error', 'cancelled'].includes(task.status)) return { task, seen }
  }
  throw new Error(`${taskId} never ended: ${seen.join()}`)
}

t.test('the client polls a task to its end', async (t) => {
  const { url } = await startServer(t, '--speed', '10')
  const { task, seen } = await pollToEnd(connect(url), '111111111111111111111111')
  t.same(seen, ['active', 'done'])
  t.match(task, { _id: '111111111111111111111111', name: 'trainIntents', currentStep: 100, totalStep: 100, failReason: '' })
})

t.test('the client sees a queued task become active and done', async (t) => {
  const { url } = await startServer(t, '--speed', '5')
  t.same((await pollToEnd(connect(url), '444444444444444444444444')).seen, ['queued', 'active', 'done'])
})

t.test('the client meets a failure with its reason', async (t) => {
  const { url } = await startServer(t, '--speed', '50')
  const { task } = await pollToEnd(connect(url), '222222222222222222222222')
  t.match(task, { status: 'error', failReason: /\w/ })
})

t.test('the client cancels a task, which passes through cancelling', async (t) => {
  const { url } = await startServer(t, '--speed', '5')
  const client = connect(url)
  await client.cancelTask({ taskId: '333333333333333333333333' })
  t.same((await pollToEnd(client, '333333333333333333333333')).seen, ['cancelling', 'cancelled'])
})

t.test('the client lists by pages, filters and states', async (t) => {
  const { url } = await startServer(t, '--clock', 'frozen')
  const client = connect(url)
  const ids: string[] = []
  for (let next: string | undefined; ;) {
    const page = await client.indexTasks({ limit: 2, ...(next === undefined ? {} : { next }) })
    t.equal(page.total, 6)
    ids.push(...page.items.map(({ _id }) => _id))
    if (page.nextCursor === null) break
    next = page.nextCursor
  }
  t.equal(new Set(ids).size, 6)
  t.equal(ids.length, 6)
  t.same((await client.indexTasks({ filter: 'INTENTS' })).items.map(({ name }) => name), ['trainIntents', 'trainIntents'])
  t.ok((await client.indexTasks({ status: ['queued', 'cancelled'] })).items.every(({ status }) => status === 'queued' || status === 'cancelled'))
})

t.test('the client raises its own error classes', async (t) => {
  const { url } = await startServer(t, '--set', 'cognigy.api-keys=["good"]')
  const failure = async (call: Promise<unknown>): Promise<string> => call.then(() => 'no error', (error: Error) => error.constructor.name)
  t.equal(await failure(connect(url, 'good').readTask({ taskId: 'ffffffffffffffffffffffff' })), 'ResourceNotFoundError')
  t.equal(await failure(connect(url, 'good').readTask({ taskId: 'short' })), 'BadRequestError')
  t.equal(await failure(connect(url, 'bad').readTask({ taskId: '111111111111111111111111' })), 'UnauthorizedError')
  t.equal(await failure(connect(url, 'good').cancelTask({ taskId: '65004d5c0000000000000001' })), 'no error')
})

t.test('the client works inside a sandbox that its base URL names', OWN_PROCESS, async (t) => {
  const { url } = await startServer(t, '--clock', 'frozen')
  await connect(`${url}/sandbox/a`).cancelTask({ taskId: '333333333333333333333333' })
  t.equal((await connect(`${url}/sandbox/a`).readTask({ taskId: '333333333333333333333333' })).status, 'cancelling')
  t.equal((await connect(url).readTask({ taskId: '333333333333333333333333' })).status, 'active')
})
