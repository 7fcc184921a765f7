/** Clients that ask for much and read nothing, and those that send as slowly as they can: others don't notice, and the time-outs end them. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import t, { type Test } from 'tap'
import { Client, crowd, HEALTH, IS_SOAK, request, startServer, timed, until, type Server } from './crowd.js'

t.setTimeout(300_000)

/** More than the system holds for a client that doesn't read. */
const LINE = 'x'.repeat(1000)
const LINES = 7_000
/** Shorter delays than this are what two processes on one core do to each other. */
const LEAST_JUDGED_MS = 5
/** Who asks without a pause is felt by others. */
const PAUSE_MS = 20

/** True once there were more connections than `many`, and there are no more than `few` now. */
function comeAndGone (many: number, few = 0): (connections: number) => boolean {
  let haveCome = false
  return (connections) => {
    haveCome ||= connections > many
    return haveCome && connections <= few
  }
}

/** Asks for health again and again until the count of the other connections is as wanted; resolves with the milliseconds that all but a hundredth took. */
async function serveUntil (t: Test, server: Server, isOver: (connections: number) => boolean): Promise<number> {
  const client = new Client(server.url, '')
  t.teardown(() => client.socket.destroy())
  const times: number[] = []
  for (let connections = NaN; !isOver(connections);) {
    await new Promise((resolve) => { setTimeout(resolve, PAUSE_MS) })
    const startedAt = performance.now()
    const reply = await client.exchange(HEALTH.replace('health', 'health?verbose=true'))
    times.push(performance.now() - startedAt)
    t.match(reply, /^HTTP\/1\.1 200/)
    connections = Number(/"connections":(\d+)/.exec(reply ?? '')?.[1]) - 1
  }
  client.socket.destroy()
  times.sort((a, b) => a - b)
  const p99 = times[Math.floor(times.length * 0.99)] ?? NaN
  t.comment(`${times.length} other requests were all served, half of them within ${times[times.length >> 1]?.toFixed(1)} ms, all but a hundredth within ${p99.toFixed(1)} ms`)
  return p99
}

t.test('clients that never read a large reply are closed, and others are served meanwhile', async (t) => {
  const count = IS_SOAK ? 500 : 40
  const server = await startServer(t, { args: IS_SOAK ? [] : ['--idle-timeout', '2s'] })
  const { body } = await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output: [LINE], times: LINES, every: '1ms' }, { at: '1h', state: 'succeeded' }] } } })
  t.match(body, { id: 'LargeOutput00001' })
  const poll = request('/__api__/v1/tasks/LargeOutput00001')
  await server.ask('/_pollux/clock/advance', { method: 'POST', json: { by: '10s' } })
  const aloneUntil = performance.now() + (IS_SOAK ? 30_000 : 1000)
  const alone = await serveUntil(t, server, () => performance.now() >= aloneUntil)
  const before = server.descriptors()
  const greedy = crowd(t, server.url, count, poll)
  for (const { socket } of greedy) socket.pause()
  await timed(t, `${count} clients that read nothing are gone`, async () => {
    const beside = await serveUntil(t, server, comeAndGone(0))
    // The instants of a machine that others share: judged only where nothing else runs.
    t.comment(`beside them all but a hundredth of the others took ${(beside / alone).toFixed(1)} times what they take alone`)
    if (IS_SOAK) t.ok(beside <= 2 * Math.max(alone, LEAST_JUDGED_MS), `${beside.toFixed(1)} ms beside ${alone.toFixed(1)} ms`)
  }, 35_000)
  await until(server, ({ connections }) => connections === 0)
  t.ok(Math.abs(server.descriptors() - before) <= 5)
  t.equal(server.stderr(), '')
})

/** The most memory that the process has had so far. */
function peakBytes (pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024
}

t.test('clients that ask for as many different large replies, and read none, fill no memory', async (t) => {
  const maxUnread = 64 * 2 ** 20
  const server = await startServer(t, { args: ['--idle-timeout', '2s', '--max-unread', String(maxUnread)] })
  await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output: [LINE], times: LINES, every: '1ms' }, { at: '1h', state: 'succeeded' }] } } })
  await server.ask('/_pollux/clock/advance', { method: 'POST', json: { by: '10s' } })
  // Several hundred megabytes of replies in all, none of which is like another.
  const greedy = Array.from({ length: 120 }, (_, first) => new Client(server.url, request(`/__api__/v1/tasks/LargeOutput00001?first=${first}`)))
  t.teardown(() => { for (const { socket } of greedy) socket.destroy() })
  for (const { socket } of greedy) socket.pause()
  await serveUntil(t, server, comeAndGone(0))
  const peak = peakBytes(server.pid)
  t.ok(peak < 7 * maxUnread, `${Math.round(peak / 2 ** 20)} MiB at most`)
  t.equal(server.stderr(), '')
  t.equal(server.log.filter(({ level }) => level === 40).length, 1, 'said once')
})

t.test('between two large replies others have theirs, and those who read lose nothing', async (t) => {
  const server = await startServer(t, { args: ['--clock', 'frozen'] })
  const output = Array.from({ length: 100 }, (_, n) => `${n}: ü ${LINE}`)
  const { status } = await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output, times: 10, every: '1ms' }, { at: '1h', state: 'succeeded' }] } } })
  t.equal(status, 201)
  await server.ask('/_pollux/clock/advance', { method: 'POST', json: { by: '10s' } })
  const [other] = crowd(t, server.url, 1, '')
  const readers = crowd(t, server.url, 40, '')
  await until(server, ({ connections }) => connections === 41)
  readers.forEach(({ socket }, first) => { socket.write(request(`/__api__/v1/tasks/LargeOutput00001?first=${first}`)) })
  t.match(await other?.exchange(HEALTH), /^HTTP\/1\.1 200/)
  const before = readers.filter(({ replies }) => replies.length > 0).length
  t.ok(before < 20, `${before} of 40 were answered before who asked last`)
  for (const [first, reader] of readers.entries()) {
    const [, body = ''] = (await reader.reply() ?? '').split('\r\n\r\n')
    t.ok(body.endsWith('}'))
    t.ok(JSON.stringify(JSON.parse(Buffer.from(body, 'latin1').toString()).output) === JSON.stringify(Array.from({ length: 10 }, () => output).flat().slice(first)), 'line by line')
  }
})

const TIMEOUTS = ['--header-timeout', '4s', '--request-timeout', '5s', '--idle-timeout', '4s']
const LONGEST_TIMEOUT_MS = 5000
const HAS_TOOL = spawnSync('slowhttptest', ['-h']).error === undefined

/** Many times what the time-outs leave a connection. */
const ATTACK_SECONDS = 60

/** Starts the tool with 1,000 connections that it never ends by itself. */
function attack (t: Test, ...args: string[]): { readonly stop: () => Promise<string> } {
  const child = spawn('slowhttptest', ['-c', '1000', '-r', '500', '-i', '2', '-l', String(ATTACK_SECONDS), '-p', '5', ...args], { env: { ...process.env, TERM: 'dumb' } })
  t.teardown(() => child.kill('SIGKILL'))
  let printed = ''
  child.stdout.on('data', (chunk: Buffer) => { printed += chunk.toString() })
  const closed = once(child, 'close')
  return {
    /** Resolves with what it printed. */
    async stop () {
      child.kill('SIGINT')
      await closed
      // It paints.
      return stripVTControlCharacters(printed)
    },
  }
}

for (const [what, path, ...args] of [
  ['heads that never end', '/_pollux/health', '-H'],
  ['bodies that never end', '/_pollux/tasks', '-B', '-t', 'POST', '-s', '8192', '-f', 'application/json'],
  ['replies that are never read', '/__api__/v1/tasks/LargeOutput00001', '-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32', '-k', '1'],
] as const) {
  t.test(`1,000 connections with ${what} are ended by the time-outs, and others are served meanwhile`, { skip: HAS_TOOL ? false : 'slowhttptest is not installed' }, async (t) => {
    const server = await startServer(t, { args: TIMEOUTS })
    await server.ask('/_pollux/tasks', { method: 'POST', json: { api: 'connect', id: 'LargeOutput00001', script: { steps: [{ at: 0, state: 'running', output: Array.from({ length: 100 }, () => LINE) }, { at: '1h', state: 'succeeded' }] } } })
    const attacker = attack(t, ...args, '-u', server.url + path)
    await serveUntil(t, server, (connections) => connections > 500)
    // Half of them came in the second before; the tool itself looks each second whether it is still served.
    await timed(t, 'all of them were gone after', async () => { await serveUntil(t, server, comeAndGone(0, 1)) }, LONGEST_TIMEOUT_MS + 3000)
    t.same([...new Set([...(await attacker.stop()).matchAll(/service available: *(\w+)/g)].map(([, answer]) => answer))], ['YES'], 'the tool itself was served throughout')
    await until(server, ({ connections }) => connections === 0)
    t.equal(server.stderr(), '')
  })
}
