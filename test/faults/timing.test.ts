/** Faults that take time: delays and drips on the sandbox's clock, with clients that leave, queue or hang meanwhile. */
import t, { type Test } from 'tap'
import type { FaultJson } from '../../src/faults/fault.js'
import type { Entry } from '../../src/journal/entry.js'
import { parseScript } from '../../src/simulator/script.js'
import type { TaskSnapshot } from '../../src/simulator/task.js'
import { NOON, testWorld, type TestWorld } from '../world.js'
import { addFault, eventually, get, rawClient } from './raw-client.js'

const SVIX = '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds'
const KEY = 'Authorization: Key k\r\nCookie: pollux_node=1\r\n'
const CONNECT = '/__api__/v1/tasks/Endless'

/** An entry of the journal, and the task that its reply showed. */
type Exchange = Entry & { readonly task: TaskSnapshot | undefined }

async function listening (t: Test, faults: readonly FaultJson[]): Promise<{ world: TestWorld, url: string, exchanges: Exchange[] }> {
  const world = await testWorld(t)
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'Endless', script: parseScript({ steps: [{ at: 0, state: 'running' }] }) })
  const exchanges: Exchange[] = []
  const { journal } = world.sandbox
  const add = journal.add.bind(journal)
  journal.add = (entry, task, nextCursor) => {
    exchanges.push({ ...entry, task })
    add(entry, task, nextCursor)
  }
  for (const fault of faults) addFault(world, fault)
  const { url } = await world.listen()
  return { world, url, exchanges }
}

const bodyOf = (text: string): string => text.slice(text.indexOf('\r\n\r\n') + 4)
const isWhole = (text: string): boolean => text.includes('\r\n\r\n') && bodyOf(text).length >= Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0)
const waits = (world: TestWorld, count: number) => eventually(() => world.sandbox.clock.waitCount === count)

t.test('a delayed reply goes out when the clock says so, and shows what was true when it was asked', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { delay: '20s' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  await waits(world, 1)
  await world.sandbox.clock.advance(19_999)
  t.equal(client.text(), '')
  t.equal(exchanges.length, 0)
  await world.sandbox.clock.advance(1)
  t.match(exchanges, [{ status: 200, arrivedAt: NOON, answeredAt: NOON + 20_000, isAbandoned: false, task: { state: 'running' }, faults: [1] }], 'answered when advance returns')
  t.match(await client.until(isWhole), /"status":"running"/)
})

t.test('auto-skip jumps over a delay and through a drip', async (t) => {
  const { world, url } = await listening(t, [{ effect: { delay: '1h', drip: '1b/s' } }])
  world.sandbox.clock.setAutoSkip(true)
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  const text = await client.until(isWhole)
  t.equal(world.sandbox.clock.now(), NOON + 3_600_000 + bodyOf(text).length * 1000)
})

t.test('a client that leaves during a delay has abandoned the call, and nothing waits for it any more', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { delay: '20s', status: 500 } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  await waits(world, 1)
  await world.sandbox.clock.advance(5000)
  client.socket.destroy()
  await waits(world, 0)
  t.match(exchanges, [{ status: null, isAbandoned: true, task: undefined, answeredAt: NOON + 5000, faults: [1] }])
  await world.sandbox.clock.advance(60_000)
  t.equal(exchanges.length, 1)
})

t.test('a reset that is delayed comes late, or never when the client leaves before', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { delay: '5s', reset: 'before' } }])
  const [patient, impatient] = [await rawClient(t, url), await rawClient(t, url)]
  patient.send(get(SVIX))
  impatient.send(get(SVIX))
  await waits(world, 2)
  impatient.socket.destroy()
  await waits(world, 1)
  await world.sandbox.clock.advance(5000)
  t.equal(await patient.over, 'ECONNRESET')
  t.equal(patient.text(), '')
  t.match(exchanges, [{ status: null, isAbandoned: true }, { status: null, isAbandoned: false }])
})

t.test('a held poll whose reply is then delayed holds nobody up', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { delay: '7s' } }])
  const client = await rawClient(t, url)
  client.send(get(`${CONNECT}?wait=2`, KEY))
  await eventually(() => world.sandbox.simulator.heldPollCount === 1)
  await world.sandbox.clock.advance(2000)
  t.equal(exchanges.length, 0, 'released, and put off')
  await world.sandbox.clock.advance(6999)
  t.equal(exchanges.length, 0)
  await world.sandbox.clock.advance(1)
  t.match(exchanges, [{ status: 200, answeredAt: NOON + 9000 }])
  t.match(await client.until(isWhole), /"finished":false/)
})

t.test('one advance goes through the wait, the delay and the drip of a poll', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { delay: '7s', drip: '100b/s' } }])
  const client = await rawClient(t, url)
  client.send(get(`${CONNECT}?wait=2`, KEY))
  await eventually(() => world.sandbox.simulator.heldPollCount === 1)
  await world.sandbox.clock.advance(60_000)
  const { length } = bodyOf(await client.until(isWhole))
  t.match(exchanges, [{ status: 200, isAbandoned: false, answeredAt: NOON + 9000 + length * 10, task: { state: 'running' } }])
})

t.test('a command releases a held poll whose reply drips, and does not wait for the clock', async (t) => {
  const { world, url } = await listening(t, [{ effect: { drip: '10b/s' } }])
  const client = await rawClient(t, url)
  client.send(get(`${CONNECT}?wait=20`, KEY))
  await eventually(() => world.sandbox.simulator.heldPollCount === 1)
  world.sandbox.simulator.finish('connect', 'Endless')
  await world.sandbox.simulator.answered()
  t.equal(bodyOf(await client.until((text) => text.includes('\r\n\r\n'))), '')
})

t.test('a drip comes byte by byte on a frozen clock', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { drip: '10b/s' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  const head = await client.until((text) => text.includes('\r\n\r\n'))
  t.match(head, /content-length: 152\r\n/)
  t.equal(bodyOf(head), '')
  await world.sandbox.clock.advance(99)
  await world.sandbox.clock.advance(1)
  t.equal(bodyOf(await client.until((text) => bodyOf(text).length > 0)), '{')
  await world.sandbox.clock.advance(1050)
  t.equal(bodyOf(await client.until((text) => bodyOf(text).length > 10)), '{"data":{"m')
  t.equal(exchanges.length, 0)
  await world.sandbox.clock.advance(15_200 - 1150)
  t.match(bodyOf(await client.until(isWhole)), /^\{.*\}$/)
  t.match(exchanges, [{ status: 200, isAbandoned: false, answeredAt: NOON + 15_200, task: { state: 'running' } }])
  t.equal(world.sandbox.clock.waitCount, 0)
  client.send(get(SVIX))
  await client.until((text) => text.split('HTTP/1.1').length === 3)
  t.pass('the connection serves on')
})

t.test('a drip may break off, or end in a reset', async (t) => {
  const { world, url } = await listening(t, [{ effect: { drip: '1kb/s', truncateAt: 30 }, times: 1 }, { effect: { drip: '1kb/s', reset: 'mid-body' }, times: 1 }])
  const first = await rawClient(t, url)
  first.send(get(SVIX))
  await waits(world, 1)
  await world.sandbox.clock.advance(30)
  t.equal(await first.over, 'end')
  t.equal(bodyOf(first.text()).length, 30)
  const second = await rawClient(t, url)
  second.send(get(SVIX))
  await waits(world, 1)
  await world.sandbox.clock.advance(76)
  t.equal(await second.over, 'ECONNRESET')
  t.equal(bodyOf(second.text()).length, 76)
})

t.test('a client that leaves during a drip has abandoned the call after its status', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ effect: { drip: '10b/s' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  await waits(world, 1)
  await world.sandbox.clock.advance(1000)
  client.socket.destroy()
  await waits(world, 0)
  t.match(exchanges, [{ status: 200, isAbandoned: true, task: undefined, answeredAt: NOON + 1000 }])
  await world.sandbox.clock.advance(60_000)
  t.equal(exchanges.length, 1)
})

t.test('delayed replies of one connection come in the order of their requests', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '5s' } }, { when: { nthCall: 2 }, effect: { delay: '2s', contentType: 'text/second' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX), get(SVIX), get(SVIX))
  await waits(world, 2)
  await world.sandbox.clock.advance(3000)
  t.equal(client.text(), '')
  await world.sandbox.clock.advance(2000)
  const text = await client.until((seen) => seen.split('"updatedAt"').length === 4)
  t.same([...text.matchAll(/content-type: (.*)\r/g)].map(([, type]) => type), ['application/json', 'text/second', 'application/json'])
  t.equal(exchanges.length, 3)
})

t.test('a fault on the wire waits for the replies before it', async (t) => {
  for (const [effect, over, cutBody] of [[{ reset: 'before' }, 'ECONNRESET', undefined], [{ truncateAt: 10 }, 'end', '{"data":{"']] as const) {
    const { world, url } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '5s' } }, { when: { nthCall: 2 }, effect }])
    const client = await rawClient(t, url)
    client.send(get(SVIX), get(SVIX))
    await waits(world, 1)
    t.equal(client.text(), '')
    await world.sandbox.clock.advance(5000)
    const ended = await client.over
    // A reset may overtake the bytes before it, but never the clock.
    if (over === 'end') t.equal(ended, over)
    if (cutBody !== undefined) t.equal(client.text().split('HTTP/1.1 200 OK').map(bodyOf).at(-1), cutBody)
  }
})

t.test('a drip that is queued begins when its turn comes, and nobody waits for it in vain', async (t) => {
  const { world, url } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '5s' } }, { when: { nthCall: 2 }, effect: { delay: '1s', drip: '1kb/s' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX), get(SVIX))
  await waits(world, 2)
  await world.sandbox.clock.advance(1000)
  await world.sandbox.clock.advance(4000)
  await waits(world, 1)
  await client.until((text) => text.split('HTTP/1.1 200 OK').length === 3)
  t.equal(client.text().split('"updatedAt"').length, 2, 'the first is whole, of the second there is the head')
  await world.sandbox.clock.advance(152)
  t.match(bodyOf(await client.until((text) => text.endsWith('Z"}'))), /^\{.*\}$/s)
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('many calls in one go are no leak', async (t) => {
  const { world, url } = await listening(t, [{ effect: { delay: '5s' } }])
  const warnings: string[] = []
  const warn = ({ message }: Error): void => { warnings.push(message) }
  process.on('warning', warn)
  t.teardown(() => process.off('warning', warn))
  const client = await rawClient(t, url)
  client.send(...Array.from({ length: 40 }, () => get(SVIX)))
  await waits(world, 40)
  await world.sandbox.clock.advance(5000)
  await client.until((text) => text.split('"updatedAt"').length === 41)
  t.same(warnings, [])
})

t.test('a client that leaves takes all its queued calls along', async (t) => {
  const { world, url, exchanges } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '5s' } }, { when: { nthCall: 2 }, effect: { delay: '9s' } }, { when: { nthCall: 3 }, effect: { reset: 'before' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX), get(SVIX), get(SVIX))
  await waits(world, 2)
  client.socket.destroy()
  await waits(world, 0)
  await eventually(() => exchanges.length === 3)
  t.match(exchanges, [{ isAbandoned: true }, { isAbandoned: true }, { isAbandoned: true }])
})

t.test('a sandbox that is deleted answers delayed calls and finishes drips at once', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  const sandbox = world.sandboxes.get('own')
  addFault({ sandbox }, { when: { nthCall: 1 }, effect: { delay: '1h' } })
  addFault({ sandbox }, { when: { nthCall: 2 }, effect: { drip: '1b/s' } })
  const clients = [await rawClient(t, url), await rawClient(t, url)]
  for (const [index, client] of clients.entries()) {
    client.send(get(`/sandbox/own${SVIX}`))
    await eventually(() => sandbox.clock.waitCount === index + 1)
  }
  await world.sandboxes.delete('own')
  for (const client of clients) t.match(bodyOf(await client.until(isWhole)), /^\{.*\}$/)
})

t.test('a reset answers delayed calls and finishes drips, and leaves no rule', async (t) => {
  const { world, url } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '1h' } }, { when: { nthCall: 2 }, effect: { drip: '1b/s' } }])
  const clients = [await rawClient(t, url), await rawClient(t, url)]
  for (const [index, client] of clients.entries()) {
    client.send(get(SVIX))
    await waits(world, index + 1)
  }
  await world.sandbox.reset()
  for (const client of clients) t.match(bodyOf(await client.until(isWhole)), /^\{.*\}$/)
  t.equal(world.sandbox.clock.waitCount, 0)
  t.equal(world.sandbox.faults.list().length, 0)
  t.equal(addFault(world, { effect: { empty: true } }).id, 1)
})

t.test('a call that comes while a reset is answering others does not wait for a time that never comes', async (t) => {
  const { world, url } = await listening(t, [{ effect: { delay: '1h' } }])
  const client = await rawClient(t, url)
  client.send(get(SVIX))
  await waits(world, 1)
  const reset = world.sandbox.reset()
  const late = world.app.inject(SVIX)
  await reset
  t.equal(world.sandbox.clock.waitCount, 0)
  t.equal((await late).statusCode, 404, 'at that moment there was no task')
})

t.test('a server that closes keeps nobody waiting', async (t) => {
  const { world, url } = await listening(t, [{ when: { nthCall: 1 }, effect: { delay: '1h' } }, { when: { nthCall: 2 }, effect: { drip: '1b/s' } }])
  const clients = [await rawClient(t, url), await rawClient(t, url)]
  for (const [index, client] of clients.entries()) {
    client.send(get(SVIX))
    await waits(world, index + 1)
  }
  await world.close()
  for (const client of clients) t.match(bodyOf(await client.until(isWhole)), /^\{.*\}$/)
})

t.test('500 delayed replies are out when one advance returns', async (t) => {
  const { world, exchanges } = await listening(t, [{ effect: { delay: { median: '2s', p99: '9s' } } }])
  const replies = Array.from({ length: 500 }, () => world.app.inject(SVIX))
  await waits(world, 500)
  await world.sandbox.clock.advance(600_000)
  t.equal(exchanges.length, 500)
  for (const { statusCode } of await Promise.all(replies)) if (statusCode !== 200) t.fail(`got ${statusCode}`)
})
