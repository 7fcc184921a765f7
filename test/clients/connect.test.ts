/** A Connect client as rsconnect-python and the vendor's page describe it, over a real socket: `first`, `last` and `wait`. */
import t from 'tap'
import { startServer } from './server.js'

interface Task { readonly id: string, readonly output: readonly string[], readonly finished: boolean, readonly code: number, readonly error: string, readonly last: number }

interface Followed { readonly lines: readonly string[], readonly task: Task, readonly polls: number }

/** Polls `?first=<last>&wait=1` until finished, as every current client does, cookie included. */
async function follow (url: string, route: string, id: string): Promise<Followed> {
  const lines: string[] = []
  let cookie = ''
  for (let first = 0, polls = 1; polls < 1000; polls++) {
    const reply = await fetch(`${url}/__api__/${route}/${id}?first=${first}&wait=1`, { headers: { authorization: 'Key pollux', cookie } })
    if (reply.status !== 200) throw new Error(`${reply.status} ${await reply.text()}`)
    cookie = reply.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
    const task = await reply.json() as Task
    lines.push(...task.output)
    if (task.last !== first + task.output.length) throw new Error(`last ${task.last} after ${first} and ${task.output.length} lines`)
    if (task.finished) return { lines, task, polls }
    first = task.last
  }
  throw new Error(`${id} never finished`)
}

for (const route of ['v1/tasks', 'v1/experimental/tasks']) {
  t.test(`${route}: a poller that follows first and last collects every line exactly once`, async (t) => {
    const { url } = await startServer(t, '--speed', '20')
    const { lines, task, polls } = await follow(url, route, 'PolluxDeployOk01')
    t.match(task, { finished: true, code: 0, error: '' })
    t.ok(polls > 1, `${polls} polls`)
    const replay = await fetch(`${url}/__api__/${route}/PolluxDeployOk01?first=0`, { headers: { authorization: 'Key pollux' } })
    t.same(lines, (await replay.json() as Task).output)
    t.ok(lines.length >= 40, `${lines.length} lines`)
  })

  t.test(`${route}: the poller meets a failed build`, async (t) => {
    const { url } = await startServer(t, '--speed', '20')
    const { task, lines } = await follow(url, route, 'PolluxDeployFail')
    t.match(task, { finished: true, code: 1, error: /Error code: python-package-version-not-available/ })
    t.match(lines.at(-1), /Build error/)
  })
}

t.test('a wait of 20 seconds is held until the task ends', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const reply = await fetch(`${url}/__api__/v1/tasks/PolluxDeployOk01?wait=20`, { headers: { authorization: 'Key pollux' } })
  t.match(await reply.json(), { finished: true })
})

t.test('a task that is not there is a 404 that names the sticky session', async (t) => {
  const { url } = await startServer(t)
  const reply = await fetch(`${url}/__api__/v1/tasks/nothing?wait=20`, { headers: { authorization: 'Key pollux' } })
  t.equal(reply.status, 404)
  t.match(await reply.json(), { code: 141, payload: null })
})
