/** What becomes of connections: real sockets, short time-outs. */
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import t, { type Test } from 'tap'
import { connectionsAllowed } from '../src/descriptors.js'
import { DEFAULT_LIMITS, type ConnectionLimits } from '../src/limits.js'
import { testWorld, type TestWorld } from './world.js'

const HELD = 'GET /__api__/v1/tasks/PolluxNeverEnds0?wait=20 HTTP/1.1\r\nHost: x\r\nAuthorization: Key k\r\n\r\n'
const HEALTH = 'GET /_pollux/health HTTP/1.1\r\nHost: x\r\n\r\n'

interface Client {
  readonly socket: Socket
  /** All that has come. */
  text (): string
  /** Resolves when the text has come, or the connection has ended. */
  until (text: string): Promise<string>
  /** All that came until the connection ended. */
  readonly ended: Promise<string>
}

function dial (t: Test, url: string, sent: string): Client {
  const { port, hostname } = new URL(url)
  const socket = connect(Number(port), hostname, () => { socket.write(sent) })
  t.teardown(() => socket.destroy())
  let received = ''
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1')
    socket.emit('read')
  })
  socket.on('error', () => {})
  const ended = new Promise<string>((resolve) => { socket.once('close', () => { resolve(received) }) })
  const until = async (text: string): Promise<string> => {
    while (!received.includes(text) && !socket.destroyed) await Promise.race([once(socket, 'read'), ended])
    return received
  }
  return { socket, text: () => received, until, ended }
}

async function listening (t: Test, limits: Partial<ConnectionLimits>, listen: ReadonlyMap<string, number> = new Map()): Promise<TestWorld & { url: string, native: Readonly<Record<string, string>>, notices: string[] }> {
  const notices: string[] = []
  const world = await testWorld(t, { config: { listen, limits: { ...DEFAULT_LIMITS, connections: { ...DEFAULT_LIMITS.connections, ...limits } } }, onNotice: (text) => { notices.push(text) } })
  const { url, listeners } = await world.listen()
  return { ...world, url, native: listeners, notices }
}

async function untilHeld (world: TestWorld, count: number): Promise<void> {
  while (world.sandbox.simulator.heldPollCount !== count) await new Promise(setImmediate)
}

t.test('a held poll outlasts every time-out of its connection, which idle ones do not', async (t) => {
  const world = await listening(t, { idleTimeoutMs: 500, keepAliveMs: 100, headerTimeoutMs: 100, requestTimeoutMs: 100, checkEveryMs: 20 })
  const held = dial(t, world.url, HELD)
  await untilHeld(world, 1)
  const unused = dial(t, world.url, HEALTH)
  const silent = dial(t, world.url, '')
  const halfSent = dial(t, world.url, 'GET /_pollux/health HTTP/1.1\r\nHost: x\r\n')
  const bodiless = dial(t, world.url, 'POST /_pollux/tasks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n{')
  t.match(await unused.ended, /^HTTP\/1\.1 200 OK/, 'a used connection ends after keep-alive')
  for (const [name, client] of Object.entries({ silent, halfSent, bodiless })) {
    t.match(await client.ended, /^HTTP\/1\.1 408 Request Timeout\r\ncontent-type: application\/problem\+json[^]*--request-timeout/, name)
  }
  // Longer than any of them.
  for (let round = 0; round < 8; round++) await dial(t, world.url, HEALTH).ended
  t.equal(held.socket.destroyed, false)
  t.equal(world.sandbox.simulator.heldPollCount, 1)
  await world.sandbox.clock.advance(20_000)
  t.match(await held.until('"finished"'), /^HTTP\/1\.1 200 OK[^]*"finished":false/)
})

t.test('a client that reads nothing of its reply is closed, and its neighbour served', async (t) => {
  const world = await listening(t, { idleTimeoutMs: 2000 })
  // More than the system keeps for a client that doesn't read.
  const line = 'x'.repeat(1000)
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'LargeOutput00001', script: { pace: 'time', steps: [{ offset: 0, state: 'running', progress: 0, stepCounts: undefined, lineCount: 16_000, data: {}, result: undefined, error: undefined }], lines: Array.from({ length: 16_000 }, () => line), cancelAfterMs: 1000, cancellable: true, expireAfterMs: Infinity } })
  const poll = (path = ''): string => `GET ${path}/__api__/v1/tasks/LargeOutput00001 HTTP/1.1\r\nHost: x\r\nAuthorization: Key k\r\n\r\n`
  const greedy = dial(t, world.url, poll())
  greedy.socket.pause()
  const reading = dial(t, world.url, poll())
  while (reading.socket.bytesRead < 16_000_000) await once(reading.socket, 'read')
  t.pass('who reads gets it all')
  reading.socket.destroy()
  while ((await health(world)).counts.connections > 0) await new Promise(setImmediate)
  t.pass('nobody is left')
})

t.test('when all together leave too much unread those that leave the most are cut, and others go on', async (t) => {
  const world = await listening(t, { unreadBytes: 40_000_000, checkEveryMs: 20 })
  const line = 'x'.repeat(1000)
  const state = { offset: 0, state: 'running', progress: 0, stepCounts: undefined, lineCount: 16_000, data: {}, result: undefined, error: undefined } as const
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'LargeOutput00001', script: { pace: 'time', steps: [state], lines: Array.from({ length: 16_000 }, () => line), cancelAfterMs: 1000, cancellable: true, expireAfterMs: Infinity } })
  const poll = 'GET /__api__/v1/tasks/LargeOutput00001 HTTP/1.1\r\nHost: x\r\nAuthorization: Key k\r\n\r\n'
  const held = dial(t, world.url, HELD)
  await untilHeld(world, 1)
  const greedy = Array.from({ length: 8 }, () => dial(t, world.url, poll))
  for (const { socket } of greedy) socket.pause()
  const open = async (): Promise<number> => {
    // Injected requests alone would leave the sockets no turn.
    await new Promise(setImmediate)
    return (await health(world)).counts.connections
  }
  while (world.notices.length === 0) await open()
  t.match(world.notices[0], /more unread than may be kept/)
  let left = await open()
  while (left > 4) left = await open()
  t.ok(left >= 2, `of 8 replies of 16 MB each, ${left - 1} may wait; the held poll stays`)
  t.equal(held.socket.destroyed, false)
  t.equal(world.sandbox.simulator.heldPollCount, 1)
})

async function health (world: TestWorld): Promise<{ counts: { connections: number, heldPolls: number }, limits: Record<string, unknown> }> {
  return (await world.app.inject('/_pollux/health?verbose=true')).json()
}

t.test('a URL that is too long gets 414 in the dialect of its API, whatever the listener', async (t) => {
  const world = await listening(t, { urlLength: 300 }, new Map([['cloudcoin', 0]]))
  const long = 'x'.repeat(300)
  const ask = (path: string, url = world.url): Promise<string> => dial(t, url, `GET ${path}${long} HTTP/1.1\r\nHost: x\r\n\r\n`).ended
  t.match(await ask('/__api__/v1/tasks/'), /^HTTP\/1\.1 414 URI Too Long\r\n[^]*connection: close\r\n[^]*\r\n\r\n414 /)
  t.match(await ask('/api/v1/background-task/'), /^HTTP\/1\.1 414 [^]*"code":"generic_error"/)
  t.match(await ask('/v2.0/tasks?'), /^HTTP\/1\.1 414 [^]*"title":"URI Too Long"[^]*"traceId"/)
  t.match(await ask('/sandbox/none/v2.0/tasks?'), /^HTTP\/1\.1 414 [^]*"traceId"/)
  t.match(await ask('/anything', world.native['cloudcoin']), /^HTTP\/1\.1 414 [^]*\r\n\r\n414 URI Too Long$/)
  t.match(await ask('/_pollux/tasks?'), /^HTTP\/1\.1 414 [^]*application\/problem\+json[^]*longer than the 300 characters/)
  t.equal(world.sandboxes.peek('none'), undefined, 'no sandbox is made for it')
  t.match(await dial(t, world.url, HEALTH.replace('health', `health?${'v'.repeat(200)}`)).until('}'), /^HTTP\/1\.1 400/, 'a shorter one is looked at')
})

t.test('a head that is too long gets 431, and the limit is the setting', async (t) => {
  const world = await listening(t, { headerBytes: 2048 })
  const ask = (path: string, length: number): Promise<string> => dial(t, world.url, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Long: ${'x'.repeat(length)}\r\n\r\n`).ended
  t.match(await ask('/_pollux/health', 1500), /^HTTP\/1\.1 200/)
  t.match(await ask('/_pollux/health', 2500), /^HTTP\/1\.1 431 [^]*problem\+json[^]*--max-header/)
  t.match(await ask('/__api__/v1/tasks/x', 2500), /^HTTP\/1\.1 431 [^]*\r\n\r\n431 /)
})

t.test('connections beyond the limit are told so, then closed at once; who is there goes on, and room is used', async (t) => {
  const world = await listening(t, { count: 8 })
  const held = Array.from({ length: 8 }, () => dial(t, world.url, HELD))
  await untilHeld(world, 8)
  const [first, second, third] = [dial(t, world.url, HEALTH), dial(t, world.url, ''), dial(t, world.url, HEALTH)]
  t.match(await first.ended, /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*connection: close\r\n[^]*more connections than the 8/)
  t.match(await third.ended, /^(?:HTTP\/1\.1 503|$)/, 'beyond a quarter more there may be no word')
  t.equal(world.notices.length, 1, 'said once')
  held[0]?.socket.destroy()
  second.socket.destroy()
  await untilHeld(world, 7)
  while ((await health(world)).counts.connections > 7) await new Promise(setImmediate)
  t.match(await dial(t, world.url, HEALTH).until('}'), /^HTTP\/1\.1 200/)
  await world.sandbox.clock.advance(20_000)
  for (const client of held.slice(1)) t.match(await client.until('"finished"'), /^HTTP\/1\.1 200/)
})

t.test('requests queued without end behind a held poll end their connection', async (t) => {
  const world = await listening(t, {})
  const patient = dial(t, world.url, HELD + HEALTH.repeat(200))
  const greedy = dial(t, world.url, HELD + HELD.repeat(300))
  await greedy.ended
  await untilHeld(world, 1)
  t.equal(patient.socket.destroyed, false)
  await world.sandbox.clock.advance(20_000)
  while (patient.text().split('HTTP/1.1 200').length < 202) await once(patient.socket, 'read')
  t.pass('all 201 were answered in turn')
})

t.test('health tells the limits in force, and the connections', async (t) => {
  const world = await listening(t, { count: 123 })
  const client = dial(t, world.url, HEALTH)
  await client.until('}')
  const { counts, limits } = await health(world)
  t.equal(counts.connections, 1)
  t.same(limits, {
    'max-sandboxes': 1000,
    'sandbox-idle': null,
    'journal-entries': 1000,
    'journal-body': 8192,
    'max-upload': 536_870_912,
    'max-tasks': 2_000_000,
    'max-lines': 100_000,
    'max-body': 262_144,
    'max-depth': 64,
    'max-keys': 50_000,
    'max-header': 16_384,
    'max-url': 8192,
    'max-connections': 123,
    'max-unread': 268_435_456,
    'header-timeout': 10_000,
    'request-timeout': 30_000,
    'keep-alive': 5000,
    'idle-timeout': 30_000,
    'check-every': 1000,
  })
})

t.test('descriptors leave room for other things than connections', async (t) => {
  t.same([64, 256, 512, 1024, 20_000, Infinity].map((limit) => connectionsAllowed(limit)), [32, 128, 256, 768, 19_744, Infinity])
  t.ok(connectionsAllowed() > 0)
})

t.test('JSON with too many levels or keys is refused by every API that takes bodies', async (t) => {
  const { app } = await testWorld(t, { config: { limits: { ...DEFAULT_LIMITS, json: { depth: 8, keys: 100 }, bodyBytes: 2048 } } })
  const deep = '['.repeat(9) + ']'.repeat(9)
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, 1])))
  const calls: ReadonlyArray<readonly [url: string, headers: Record<string, string>, body: RegExp]> = [
    ['/__api__/v1/content', { authorization: 'Key k' }, /^400 Bad Request$|"code":/],
    ['/api/v1/app/a/endpoint/e/recover', {}, /recursion limit exceeded/],
    ['/v2.0/snapshots', { 'x-api-key': 'k' }, /"title":"Bad Request Error"|"status":400/],
    ['/api/v1/detect', {}, /"code":4110/],
    ['/_pollux/tasks', { host: 'localhost' }, /--max-(?:depth|keys) allows/],
  ]
  for (const [url, headers, expected] of calls) {
    for (const payload of [deep, wide]) {
      const reply = await app.inject({ method: 'POST', url, headers: { ...headers, 'content-type': 'application/json' }, payload })
      // CloudCoin tells every error of its service with 200.
      t.match(reply, { statusCode: url === '/api/v1/detect' ? 200 : url.startsWith('/api/v1/app') ? 422 : 400, body: expected }, url)
    }
  }
  t.match(await app.inject({ method: 'POST', url: '/_pollux/tasks', headers: { host: 'localhost', 'content-type': 'application/json' }, payload: `{"api":"${'x'.repeat(2048)}"}` }), { statusCode: 413, headers: { 'content-type': /problem/ } })
  t.match(await app.inject({ method: 'PUT', url: '/_pollux/snapshot', headers: { host: 'localhost', 'content-type': 'application/json' }, payload: wide }), { statusCode: 400, body: /tasks/ }, 'a snapshot may have as many keys as it likes')
})
