/** `/events`: what happens in a sandbox, told as it happens. */
import { once } from 'node:events'
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { parseFault } from '../../src/faults/fault.js'
import { testWorld, type TestWorld } from '../world.js'

interface Told { readonly id: number, readonly event: string, readonly data: Record<string, unknown> }

interface Listener {
  readonly request: ClientRequest
  readonly response: IncomingMessage
  /** Everything that came so far, comments included. */
  text (): string
  /** Resolves with so many events as soon as they are there. */
  events (count: number): Promise<Told[]>
}

const SVIX = '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds'

async function listen (t: Test, world: TestWorld & { readonly url: string }, { path = '/_pollux/events', lastEventId }: { path?: string, lastEventId?: string } = {}): Promise<Listener> {
  const request = httpRequest(world.url + path, { headers: lastEventId === undefined ? {} : { 'last-event-id': lastEventId } })
  request.on('error', () => {})
  t.teardown(() => { request.destroy() })
  request.end()
  const [response] = await once(request, 'response') as [IncomingMessage]
  let text = ''
  let more = (): void => {}
  response.setEncoding('utf8')
  response.on('error', () => {})
  response.on('data', (chunk: string) => {
    text += chunk
    more()
  })
  const told = (): Told[] => [...text.matchAll(/id: (\d+)\nevent: (\w+)\ndata: (.+)\n\n/g)].map(([, id, event = '', data = '']) => ({ id: Number(id), event, data: JSON.parse(data) as Record<string, unknown> }))
  return {
    request,
    response,
    text: () => text,
    events: (count) => new Promise((resolve) => {
      more = () => { if (told().length >= count) resolve(told()) }
      more()
    }),
  }
}

async function world (t: Test): Promise<TestWorld & { readonly url: string }> {
  const made = await testWorld(t)
  return { ...made, ...await made.listen() }
}

async function until (condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => { setImmediate(resolve) })
}

t.test('requests are told with their journal entries, faults beside them', async (t) => {
  const w = await world(t)
  const listener = await listen(t, w)
  t.equal(listener.response.headers['content-type'], 'text/event-stream; charset=utf-8')
  w.sandbox.faults.add(parseFault({ effect: { status: 503 }, match: { api: 'svix' } }), 0)
  await w.app.inject(SVIX)
  t.match(await listener.events(2), [
    { id: 1, event: 'request', data: { seq: 1, api: 'svix', operation: 'poll', status: 503, fault: 1 } },
    { id: 2, event: 'fault', data: { at: '2026-11-22T12:00:00.000Z', fault: 1, seq: 1, api: 'svix', operation: 'poll', taskId: 'qtask_2PolluxSucceedsInTenSeconds', status: 503 } },
  ])
})

t.test('tasks are told as they come, change and go, and by time alone too', async (t) => {
  const w = await world(t)
  w.sandbox.simulator.reset()
  const listener = await listen(t, w)
  const { task: { id } } = w.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'deploy-static-ok' })
  await w.sandbox.clock.advance(60_000)
  w.sandbox.simulator.remove('connect', id)
  const events = (await listener.events(5)).map(({ event, data: { at, what, state, lines } }) => [event, String(at ?? '').slice(14, 19), what, state, lines])
  t.strictSame(events, [
    ['task', '00:00', 'created', 'running', 1],
    ['task', '00:01', 'changed', 'running', 2],
    ['task', '00:02', 'changed', 'succeeded', 2],
    ['clock', '', 'advanced', undefined, undefined],
    ['task', '01:00', 'gone', 'succeeded', 2],
  ])
})

t.test('looking on does not make an auto-skipping clock jump', async (t) => {
  const w = await world(t)
  w.sandbox.clock.setAutoSkip(true)
  await listen(t, w)
  const before = w.sandbox.clock.now()
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => { setImmediate(resolve) })
  t.equal(w.sandbox.clock.now(), before)
})

t.test('what is done to the clock is told', async (t) => {
  const w = await world(t)
  w.sandbox.simulator.reset()
  const listener = await listen(t, w)
  await w.app.inject({ method: 'POST', url: '/_pollux/clock/advance', payload: { by: '5s' } })
  await w.app.inject({ method: 'PATCH', url: '/_pollux/clock', payload: { speed: 60 } })
  await w.app.inject({ method: 'POST', url: '/_pollux/clock/resume' })
  await w.app.inject({ method: 'POST', url: '/_pollux/clock/freeze' })
  t.match((await listener.events(4)).map(({ data }) => data), [
    { what: 'advanced', now: '2026-11-22T12:00:05.000Z', mode: 'frozen', speed: 1, autoSkip: false },
    { what: 'changed', speed: 60 },
    { what: 'resumed', mode: 'running' },
    { what: 'frozen', mode: 'frozen' },
  ])
})

t.test('the default sandbox tells of all that are made and deleted, each of its own reset', async (t) => {
  const w = await world(t)
  w.sandbox.simulator.reset()
  const listener = await listen(t, w)
  await w.app.inject({ method: 'POST', url: '/_pollux/sandboxes', payload: { name: 'a' } })
  await w.app.inject({ method: 'DELETE', url: '/_pollux/sandboxes/a' })
  t.match(await listener.events(2), [{ event: 'sandbox', data: { what: 'created', name: 'a' } }, { event: 'sandbox', data: { what: 'deleted', name: 'a' } }])
  const inB = await listen(t, w, { path: '/sandbox/b/_pollux/events' })
  await w.app.inject({ method: 'POST', url: '/sandbox/b/_pollux/reset', payload: {} })
  await until(() => inB.text().includes('"reset"'))
  t.match((await inB.events(1)).at(-1), { event: 'sandbox', data: { what: 'reset', name: 'b' } })
})

t.test('nothing is recorded before somebody listens; afterwards who comes back misses nothing', async (t) => {
  const w = await world(t)
  await w.app.inject(SVIX)
  const first = await listen(t, w)
  await w.app.inject(SVIX)
  t.match(await first.events(1), [{ id: 1, data: { seq: 2 } }])
  first.request.destroy()
  await until(() => w.sandbox.events.subscriberCount === 0)
  await w.app.inject(SVIX)
  const second = await listen(t, w, { lastEventId: '1' })
  t.match(await second.events(1), [{ id: 2, data: { seq: 3 } }])
  await w.app.inject(SVIX)
  t.match(await second.events(2), [{ id: 2 }, { id: 3, data: { seq: 4 } }])
})

t.test('who was away too long is told how much is lost', async (t) => {
  const w = await world(t)
  const first = await listen(t, w)
  for (let i = 0; i < 1003; i++) w.sandbox.events.tell('sandbox', () => ({ i }))
  await first.events(1003)
  const second = await listen(t, w, { lastEventId: '1' })
  const events = await second.events(1000)
  t.match(second.text(), /^: events of the sandbox default\n\n: 2 earlier events are not kept any more\n\nid: 4\n/)
  t.strictSame([events.length, events.at(-1)?.id], [1000, 1003])
})

t.test('after a reset nothing of before is told again', async (t) => {
  const w = await world(t)
  const first = await listen(t, w)
  await w.app.inject(SVIX)
  await first.events(1)
  await w.sandbox.reset()
  const second = await listen(t, w, { lastEventId: '1' })
  t.match(await second.events(1), [{ event: 'sandbox', data: { what: 'reset' } }])
  first.request.destroy()
  second.request.destroy()
  await until(() => w.sandbox.events.subscriberCount === 0)
  await w.sandbox.reset()
  t.equal(w.sandbox.clock.waitCount, 0, 'and without listeners nobody watches any more')
})

t.test('streams end with the sandbox and with the server', async (t) => {
  const w = await world(t)
  const inA = await listen(t, w, { path: '/sandbox/a/_pollux/events' })
  const ended = once(inA.response, 'end')
  await w.app.inject({ method: 'DELETE', url: '/_pollux/sandboxes/a' })
  await ended
  t.match((await inA.events(1)).at(-1), { event: 'sandbox', data: { what: 'deleted', name: 'a' } })
  const listener = await listen(t, w)
  const over = once(listener.response, 'end')
  await w.close()
  await over
})

t.test('a client that reads nothing is dropped', async (t) => {
  const w = await world(t)
  const { port } = new URL(w.url)
  const socket = connect(Number(port), '127.0.0.1')
  t.teardown(() => { socket.destroy() })
  socket.on('error', () => {})
  socket.write('GET /_pollux/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
  socket.pause()
  await until(() => w.sandbox.events.subscriberCount === 1)
  const text = 'x'.repeat(65_536)
  let told = 0
  while (w.sandbox.events.subscriberCount === 1 && told < 1000) {
    told++
    w.sandbox.events.tell('sandbox', () => ({ text }))
  }
  t.ok(told < 1000, `dropped after ${told} events`)
  socket.resume()
  await once(socket, 'close')
})

t.test('many may listen at once, and all of them hear the end', async (t) => {
  const w = await world(t)
  const warnings: unknown[] = []
  const onWarning = (warning: unknown): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => process.off('warning', onWarning))
  const listeners = await Promise.all(Array.from({ length: 20 }, () => listen(t, w)))
  await Promise.all([...listeners.map(({ response }) => once(response, 'end')), w.close()])
  t.strictSame(warnings, [])
})

t.test('an id that no event can have is refused', async (t) => {
  const reply = await (await testWorld(t)).app.inject({ url: '/_pollux/events', headers: { 'last-event-id': 'x' } })
  t.equal(reply.statusCode, 400)
  t.match(reply.json(), { errors: [{ path: 'Last-Event-ID' }] })
})
