/** Thousands of polls that wait: all are woken, none is lost, none is left behind. */
import t from 'tap'
import { Client, crowd, POLL, request, startServer, timed, until } from './crowd.js'

t.setTimeout(240_000)

t.test('5,000 polls on one task are all answered when it ends', async (t) => {
  const server = await startServer(t, { args: ['--clock', 'frozen'] })
  const clients = crowd(t, server.url, 5000, POLL)
  await until(server, ({ heldPolls }) => heldPolls === 5000)
  await timed(t, '5,000 polls answered', async () => {
    const [finish, ...replies] = await Promise.all([server.ask('/_pollux/tasks/PolluxNeverEnds0/finish', { method: 'POST', json: {} }), ...clients.map((client) => client.reply())])
    t.equal(finish.status, 200)
    t.equal(replies.filter((reply) => /^HTTP\/1\.1 200 [^]*"finished":true/.test(reply ?? '')).length, 5000)
  }, 500)
  t.equal((await server.counts()).heldPolls, 0)
  t.equal(server.stderr(), '')
})

t.test('in 1,000 rounds of 50 polls that race the end of their task none misses it', async (t) => {
  const server = await startServer(t, { args: ['--clock', 'frozen'] })
  const clients = crowd(t, server.url, 50, '')
  const control = new Client(server.url, '')
  t.teardown(() => control.socket.destroy())
  const post = (path: string, json: unknown): Promise<string | undefined> => {
    const body = JSON.stringify(json)
    return control.exchange(`POST /_pollux${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
  }
  let missed = 0
  // Time stands still: who misses the end waits for ever, and the test with it.
  await timed(t, '1,000 rounds', async () => {
    for (let round = 0; round < 1000; round++) {
      const id = `Race${String(round).padStart(12, '0')}`
      await post('/tasks', { api: 'connect', id, scenario: 'never-finishes' })
      const half = round % 51
      const poll = request(`/__api__/v1/tasks/${id}?wait=20`)
      const early = clients.slice(0, half).map((client) => client.exchange(poll))
      const finished = post(`/tasks/${id}/finish`, {})
      const replies = await Promise.all([...early, ...clients.slice(half).map((client) => client.exchange(poll))])
      missed += replies.filter((reply) => reply?.includes('"finished":true') !== true).length
      await finished
    }
  })
  t.equal(missed, 0)
  t.equal((await server.counts()).heldPolls, 0)
})

t.test('of 20,000 polls that their clients give up nothing is left', async (t) => {
  const server = await startServer(t, { args: ['--clock', 'frozen'] })
  const before = server.descriptors()
  await timed(t, '20,000 polls given up', async () => {
    for (let round = 0; round < 20; round++) {
      const clients = crowd(t, server.url, 1000, POLL)
      await until(server, ({ heldPolls }) => heldPolls === 1000)
      // Half say goodbye, half are just gone.
      clients.forEach(({ socket }, index) => index % 2 === 0 ? socket.destroy() : socket.resetAndDestroy())
      await until(server, ({ heldPolls, connections }) => heldPolls === 0 && connections === 0)
    }
  })
  const left = server.descriptors() - before
  t.ok(Math.abs(left) <= 5, `${left} descriptors more than before`)
  t.equal(server.stderr(), '')
  t.match(await server.ask('/_pollux/tasks/PolluxNeverEnds0'), { status: 200, body: { waiters: 0 } })
})
