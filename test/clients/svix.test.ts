/** Svix's own JavaScript SDK, a current release and one that still sends trailing slashes, over a real socket. */
import { Svix } from 'svix'
import { Svix as SvixWithSlashes } from 'svix-legacy'
import t from 'tap'
import { OWN_PROCESS, startServer } from './server.js'

interface Task { readonly id: string, readonly status: string, readonly task: string, readonly data: object }
interface Page { readonly data: readonly Task[], readonly iterator: string | null, readonly done: boolean }

/** What both releases have in common. */
interface BackgroundTasks {
  list (options: { limit?: number, iterator?: string, order?: 'ascending' | 'descending' }): Promise<Page>
  get (id: string): Promise<Task>
}

const SUCCEEDS = 'qtask_2PolluxSucceedsInTenSeconds'
const CRASHES = 'qtask_2PolluxCrashesInFiveSeconds'

const releases: ReadonlyArray<[name: string, connect: (url: string) => BackgroundTasks]> = [
  ['svix 1.99', (url) => {
    const { backgroundTask } = new Svix('testsk_pollux.eu', { serverUrl: url })
    // Its enum of orders is text on the wire; TypeScript sees it as a type of its own.
    return { list: (options) => backgroundTask.list(options as Parameters<typeof backgroundTask.list>[0]) as Promise<Page>, get: (id) => backgroundTask.get(id) }
  }],
  ['svix 1.21', (url) => {
    const { backgroundTask } = new SvixWithSlashes('testsk_pollux.eu', { serverUrl: url })
    return { list: (options) => backgroundTask.listByEndpoint(options as Parameters<typeof backgroundTask.listByEndpoint>[0]) as Promise<Page>, get: (id) => backgroundTask.get(id) }
  }],
]

async function pollToEnd (tasks: BackgroundTasks, id: string): Promise<{ task: Task, polls: number }> {
  for (let polls = 1; polls < 20_000; polls++) {
    const task = await tasks.get(id)
    if (task.status !== 'running') return { task, polls }
  }
  throw new Error(`${id} never ended`)
}

async function walk (tasks: BackgroundTasks, limit: number, order: 'ascending' | 'descending'): Promise<Task[]> {
  const all: Task[] = []
  for (let iterator: string | undefined; ;) {
    const page = await tasks.list({ limit, order, ...(iterator === undefined ? {} : { iterator }) })
    all.push(...page.data)
    if (page.done) return all
    iterator = page.iterator ?? undefined
  }
}

for (const [name, connect] of releases) {
  t.test(`${name} polls a task to its end`, async (t) => {
    const { url } = await startServer(t, '--speed', '50')
    const { task, polls } = await pollToEnd(connect(url), SUCCEEDS)
    t.match(task, { id: SUCCEEDS, status: 'finished', task: 'endpoint.recover', data: { messagesSent: Number } })
    t.ok(polls > 1, 'it was still running at first')
  })

  t.test(`${name} meets a failure`, async (t) => {
    const { url } = await startServer(t, '--speed', '50')
    t.match((await pollToEnd(connect(url), CRASHES)).task, { status: 'failed', task: 'endpoint.replay' })
  })

  t.test(`${name} walks all pages in both orders, every task once`, async (t) => {
    const { url } = await startServer(t)
    const tasks = connect(url)
    const descending = await walk(tasks, 7, 'descending')
    const ids = descending.map(({ id }) => id)
    t.ok(ids.length >= 130, `${ids.length} tasks`)
    t.same(ids, [...new Set(ids)].sort().reverse())
    t.same((await walk(tasks, 50, 'ascending')).map(({ id }) => id), ids.toReversed())
  })

  t.test(`${name} meets a 404 and a 422 as its own errors`, async (t) => {
    const { url } = await startServer(t)
    const tasks = connect(url)
    await t.rejects(tasks.get('qtask_000000000000000000000000000'), { code: 404, body: { code: 'not_found', detail: 'Entity not found' } })
    await t.rejects(tasks.list({ limit: 300 }), { code: 422, body: { detail: [{ loc: ['query', 'limit', 'limit'], msg: 'Given limit must not exceed 250', type: 'value_error' }] } })
  })

  t.test(`${name} is told apart by sandbox, and refused without a token where tokens count`, OWN_PROCESS, async (t) => {
    const { url } = await startServer(t, '--set', 'svix.tokens=[{"token":"other","role":"organization"}]')
    await t.rejects(connect(`${url}/sandbox/a`).get(SUCCEEDS), { code: 401, body: { code: 'authentication_failed' } })
  })
}
