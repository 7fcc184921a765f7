/** Clients that ask for much and read nothing, and those that send as slowly as they can: others don't notice, and the time-outs end them. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import { Client, crowd, HEALTH, IS_SOAK, request, startServer, timed, until, type Server } from './crowd.js'

t.setTimeout(300_000)

/** More than the system holds for a client that doesn't read. */
const LINE = 'x'.repeat(1000)
const LINES = 7_000

/** Asks for health again and again until the promise resolves; tells how long it took, and never judges that. */
async function serveMeanwhile (t: Test, server: Server, end: Promise<unknown>): Promise<void> {
  const client = new Client(server.url, '')
  t.teardown(() => client.socket.destroy())
  const times: number[] = []
  const over = end.then(() => true)
  for (let isOver = false; !isOver;) {
    const startedAt = performance.now()
    t.match(await client.exchange(HEALTH), /^HTTP\/1\.1 200/)
    times.push(performance.now() - startedAt)
    isOver = await Promise.race([over, new Promise<boolean>((resolve) => { setTimeout(resolve, 20, false) })])
  }
  client.socket.destroy()
  times.sort((a, b) => a - b)
  t.comment(`${times.length} other requests were all served, half of them within ${times[times.length >> 1]?.toFixed(1)} ms, all but a hundredth within ${times[Math.floor(times.length * 0.99)]?.toFixed(1)} ms`)
}

t.test('clients that never read a large reply are closed, and others are served meanwhile', async (t) => {
  const count = IS_SOAK ? 200 : 40
  const server = await startServer(t, { args: ['--idle-timeout', '1s'] })
  const { body } = await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output: [LINE], times: LINES, every: '1ms' }, { at: '1h', state: 'succeeded' }] } } })
  t.match(body, { id: 'LargeOutput00001' })
  const poll = request('/__api__/v1/tasks/LargeOutput00001')
  await server.ask('/_pollux/clock/advance', { method: 'POST', json: { by: '10s' } })
  const before = server.descriptors()
  const greedy = crowd(t, server.url, count, poll)
  for (const { socket } of greedy) socket.pause()
  await timed(t, `${count} clients that read nothing are gone`, async () => {
    const gone = until(server, ({ connections }) => connections <= 1)
    await Promise.all([gone, serveMeanwhile(t, server, gone)])
  })
  await until(server, ({ connections }) => connections === 0)
  t.ok(Math.abs(server.descriptors() - before) <= 5)
  t.equal(server.stderr(), '')
})

const TIMEOUTS = ['--header-timeout', '4s', '--request-timeout', '5s', '--idle-timeout', '4s']
const HAS_TOOL = spawnSync('slowhttptest', ['-h']).error === undefined

/** Runs the tool with 1,000 connections for 12 s; resolves with what it printed. */
async function attack (...args: string[]): Promise<string> {
  const child = spawn('slowhttptest', ['-c', '1000', '-r', '500', '-i', '2', '-l', '12', '-p', '5', ...args], { env: { ...process.env, TERM: 'dumb' } })
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => { printed += chunk.toString() })
  await once(child, 'close')
  // It paints.
  return stripVTControlCharacters(printed)
}

for (const [what, path, ...args] of [
  ['heads that never end', '/_pollux/health', '-H'],
  ['bodies that never end', '/_pollux/tasks', '-B', '-t', 'POST', '-s', '8192'],
  ['replies that are never read', '/__api__/v1/tasks/LargeOutput00001', '-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32', '-k', '1'],
] as const) {
  t.test(`1,000 connections with ${what} end, and others are served meanwhile`, { skip: HAS_TOOL ? false : 'slowhttptest is not installed' }, async (t) => {
    const server = await startServer(t, { args: TIMEOUTS })
    await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output: Array.from({ length: 100 }, () => LINE) }, { at: '1h', state: 'succeeded' }] } } })
    const attacked = attack(...args, '-u', server.url + path)
    await serveMeanwhile(t, server, attacked)
    t.same([...new Set([...(await attacked).matchAll(/service available: *(\w+)/g)].map(([, answer]) => answer))], ['YES'], 'the tool itself was served throughout')
    await timed(t, 'what the tool left is gone', async () => { await until(server, ({ connections }) => connections === 0) })
    t.equal(server.stderr(), '')
  })
}
