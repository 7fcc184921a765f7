/** Each fault effect a thousand times over real connections: the client sees exactly it, and after a reset nothing is left of it. */
import { connect } from 'node:net'
import t from 'tap'
import type { FaultJson } from '../../src/faults/fault.js'
import { addFault, eventually, get, rawClient } from '../faults/raw-client.js'
import { testWorld, type TestWorld } from '../world.js'

const TIMES = 1000
/** Connections at a time. */
const ABREAST = 25

/** What a client gets on a connection of its own: every byte but the date, and how it ended. */
interface Seen {
  readonly bytes: string
  readonly end: string
}

/** A reply's parts, as the client without any fault sees them. */
interface Sound {
  readonly head: string
  readonly body: string
}

const POLL = '/__api__/v1/tasks/PolluxNeverEnds0'
const POLLS: NonNullable<FaultJson['match']> = { operation: 'poll' }
const PAGES = '/api/v1/background-task/?limit=2'
const HEADERS = 'Authorization: Key k\r\nCookie: pollux_node=1\r\nConnection: close\r\n'

function exchange (port: number, path: string, headers = HEADERS): Promise<Seen> {
  return new Promise((resolve) => {
    let received = ''
    const socket = connect(port, '127.0.0.1', () => { socket.write(get(path, headers)) })
    const over = (end: string): void => { resolve({ bytes: received.replace(/^date: .*\r\n/im, ''), end }) }
    socket.setEncoding('latin1').on('data', (chunk: string) => { received += chunk }).once('end', () => { over('end') }).once('error', (error: Error & { code?: string }) => { over(error.code ?? error.message) })
  })
}

/** So many exchanges, each on a connection of its own, the paths drawn in turn; each result with how often it came. */
async function tally (port: number, times: number, pathOf: (nth: number) => string, abreast = ABREAST): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  let nth = 0
  await Promise.all(Array.from({ length: abreast }, async () => {
    while (nth < times) {
      const { bytes, end } = await exchange(port, pathOf(nth++))
      const key = `${bytes}<${end}>`
      counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }))
  return counts
}

function withHeader (head: string, name: string, value: string): string {
  const line = new RegExp(`^${name}: .*\r\n`, 'm')
  return line.test(head) ? head.replace(line, `${name}: ${value}\r\n`) : head.replace('Connection: close\r\n', `${name}: ${value}\r\nConnection: close\r\n`)
}

const sized = (head: string, body: string): string => withHeader(head, 'content-length', String(Buffer.byteLength(body))) + body
const status = (head: string, line: string): string => head.replace(/^HTTP\/1\.1 200 OK/, `HTTP/1.1 ${line}`)

interface Row {
  readonly name: string
  readonly effect: FaultJson['effect']
  readonly match?: FaultJson['match']
  readonly path?: string
  /** What the client sees, from what it would have seen. */
  readonly seen: (sound: Sound) => string | RegExp
}

/** Where the head is told whole, headers may stand in another order. */
const ROWS: readonly Row[] = [
  { name: 'a status of the vendor\'s own', effect: { status: 503 }, seen: () => /^HTTP\/1\.1 503 Service Unavailable\r\n(?!.*retry-after)[^]*\r\n\r\n[^]+<end>$/ },
  { name: 'Retry-After in seconds', effect: { status: 429, retryAfter: '2s' }, seen: () => /^HTTP\/1\.1 429 Too Many Requests\r\n[^]*\r\nretry-after: 2\r\n[^]*\r\n\r\n[^]+<end>$/ },
  { name: 'Retry-After as a date', effect: { status: 503, retryAfter: 'date:2s' }, seen: () => /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*\r\nretry-after: Sun, 22 Nov 2026 12:00:02 GMT\r\n[^]+<end>$/ },
  { name: 'Retry-After that is garbage', effect: { status: 503, retryAfter: 'soon' }, seen: () => /^HTTP\/1\.1 503 Service Unavailable\r\n[^]*\r\nretry-after: soon\r\n[^]+<end>$/ },
  { name: 'a status with the real reply', effect: { status: 202 }, seen: ({ head, body }) => `${status(head, '202 Accepted')}${body}<end>` },
  { name: 'a status without body', effect: { status: 204 }, seen: ({ head }) => `${status(head, '204 No Content').replace(/content-(?:type|length): .*\r\n/g, '')}<end>` },
  { name: 'a reset before the reply', effect: { reset: 'before' }, seen: () => '<ECONNRESET>' },
  { name: 'a reset in the middle of the body', effect: { reset: 'mid-body' }, seen: ({ head, body }) => `${head}${body.slice(0, Math.floor(body.length / 2))}<ECONNRESET>` },
  { name: 'a body that breaks off', effect: { truncateAt: 20 }, seen: ({ head, body }) => `${head}${body.slice(0, 20)}<end>` },
  { name: 'no body', effect: { empty: true }, seen: ({ head }) => `${sized(head, '')}<end>` },
  { name: 'half of the JSON', effect: { malformed: 'json' }, seen: ({ head, body }) => `${sized(head, body.slice(0, Math.floor(body.length / 2)))}<end>` },
  { name: 'a gateway\'s page', effect: { malformed: 'html' }, seen: ({ head }) => `${sized(withHeader(head, 'content-type', 'text/html'), '<html>Bad Gateway</html>')}<end>` },
  { name: 'another content type', effect: { contentType: 'text/plain' }, seen: ({ head, body }) => `${withHeader(head, 'content-type', 'text/plain')}${body}<end>` },
  { name: 'values set, nulled and removed', effect: { body: { set: { '/code': 7, '/new': ['x'] }, null: ['/output'], remove: ['/last'] } }, seen: ({ head, body }) => `${sized(head, body.replace(/"output":\[.*?\]/, '"output":null').replace('"code":0', '"code":7').replace(/,"last":\d+\}/, ',"new":["x"]}'))}<end>` },
  { name: 'a part in the place of the whole', effect: { body: { lift: '/output' } }, seen: ({ head, body }) => `${sized(head, JSON.stringify(JSON.parse(body).output))}<end>` },
  { name: 'a cursor that is ignored', effect: { cursor: 'ignored' }, match: { operation: 'list' }, path: `${PAGES}&iterator=CURSOR`, seen: ({ head, body }) => `${head}${body}<end>` },
  { name: 'a cursor that has expired', effect: { cursor: 'expired' }, match: { operation: 'list' }, path: `${PAGES}&iterator=CURSOR`, seen: () => /^HTTP\/1\.1 422 Unprocessable Entity\r\n[^]*"iterator"[^]*<end>$/ },
]

interface Bench {
  readonly world: TestWorld
  readonly url: string
  readonly port: number
}

async function bench (t: Parameters<typeof testWorld>[0]): Promise<Bench> {
  const world = await testWorld(t)
  const { url } = await world.listen()
  return { world, url, port: Number(new URL(url).port) }
}

async function soundOf (port: number, path: string): Promise<Sound> {
  const { bytes, end } = await exchange(port, path)
  const at = bytes.indexOf('\r\n\r\n') + 4
  if (end !== 'end' || !bytes.startsWith('HTTP/1.1 200 OK')) throw new Error(`without a fault ${path} gives ${bytes}`)
  return { head: bytes.slice(0, at), body: bytes.slice(at) }
}

/** The parts of replies in any order of their headers. */
function inOrder (seen: string): string {
  const at = seen.indexOf('\r\n\r\n')
  if (at < 0) return seen
  const [first, ...headers] = seen.slice(0, at).split('\r\n')
  return [first, ...headers.sort()].join('\r\n') + seen.slice(at)
}

/** So many exchanges on one connection that is kept; what differs from the first, on a connection of its own, counts as another result. */
async function tallyKept (t: Parameters<typeof testWorld>[0], { url, port }: Bench, times: number, path: string): Promise<Map<string, number>> {
  const { bytes, end } = await exchange(port, path)
  const kept = bytes.replace('Connection: close', 'Connection: keep-alive\r\nKeep-Alive: timeout=5')
  const client = await rawClient(t, url)
  // No more at once than may queue on a connection.
  let all = ''
  for (let asked = 0; asked < times - 1;) {
    const count = Math.min(200, times - 1 - asked)
    asked += count
    client.send(...Array.from({ length: count }, () => get(path, HEADERS.replace('Connection: close\r\n', ''))))
    all = await client.until((text) => text.length >= kept.length * asked)
  }
  client.socket.destroy()
  const one = all.slice(0, kept.length)
  const counts = new Map([[`${bytes}<${end}>`, times]])
  return inOrder(one) === inOrder(kept) && all === one.repeat(times - 1) ? counts : counts.set(all, times)
}

/** After a reset a thousand polls, all on one connection, find nothing of what was. */
async function leavesNoTrace (t: Parameters<typeof testWorld>[0], server: Bench, path: string, sound: Sound): Promise<void> {
  const { world, port } = server
  await world.sandbox.reset()
  t.equal(world.sandbox.faults.ruleCount, 0)
  t.same([...await tallyKept(t, server, TIMES, path)], [[`${sound.head}${sound.body}<end>`, TIMES]], 'after a reset there is no trace of it in a thousand replies')
  t.notOk([...world.sandbox.journal.entries()].some(({ faults, status }) => faults.length > 0 || status !== 200), 'nor in the journal')
  t.same(await soundOf(port, path), sound)
}

t.test('each effect in turn on one server', async (t) => {
  const server = await bench(t)
  const { world, port } = server
  for (const { name, effect, match = POLLS, path = POLL, seen } of ROWS) {
    t.comment(`${name}, a thousand times`)
    const soundPath = path === POLL ? POLL : PAGES
    const sound = await soundOf(port, soundPath)
    const asked = path.replace('CURSOR', path === POLL ? '' : String(JSON.parse(sound.body).iterator))
    const { id } = addFault(world, { match, effect })
    const endsConnection = effect.reset !== undefined || effect.truncateAt !== undefined
    const counts = endsConnection ? await tally(port, TIMES, () => asked) : await tallyKept(t, server, TIMES, asked)
    // Node's own client calls it an end when it comes so late to read that bytes and reset are there together: the bytes are the same then.
    for (const [key, count] of effect.reset === 'mid-body' ? [...counts] : []) {
      const late = key.replace(/<ECONNRESET>$/, '<end>')
      if (late !== key && (counts.get(late) ?? 0) < TIMES / 50) {
        counts.set(key, count + (counts.get(late) ?? 0))
        counts.delete(late)
      }
    }
    const [[first] = ['', 0]] = counts
    t.equal(counts.size, 1, `${name}: always the same: ${JSON.stringify([...counts].slice(0, 3))}`)
    const expected = seen(sound)
    if (typeof expected === 'string') t.equal(inOrder(first), inOrder(expected), name)
    else t.match(first, expected, name)
    t.equal(world.sandbox.faults.get(id)?.fired, TIMES)
    await leavesNoTrace(t, server, soundPath, sound)
  }
})

t.test('a thousand tasks vanish, each for good', async (t) => {
  const server = await bench(t)
  const { world, world: { sandbox }, port } = server
  const sound = await soundOf(port, POLL)
  const ids = Array.from({ length: TIMES }, () => sandbox.startTask({ api: 'connect', kind: 'deploy' }).task.id)
  const before = sandbox.simulator.taskCount
  const { bytes: unknown } = await exchange(port, '/__api__/v1/tasks/AAAAAAAAAAAAAAAA')
  addFault(world, { match: { operation: 'poll' }, effect: { vanish: true }, times: TIMES })
  const counts = await tally(port, TIMES, (nth) => `/__api__/v1/tasks/${ids[nth] ?? ''}`)
  t.same([...counts], [[`${unknown}<end>`, TIMES]])
  t.equal(sandbox.simulator.taskCount, before - TIMES)
  t.same([...await tally(port, TIMES, (nth) => `/__api__/v1/tasks/${ids[nth] ?? ''}`)], [[`${unknown}<end>`, TIMES]])
  await leavesNoTrace(t, server, POLL, sound)
})

t.test('a thousand replies come late, not a byte before their time', async (t) => {
  const server = await bench(t)
  const { world, world: { sandbox: { clock } }, port } = server
  const sound = await soundOf(port, POLL)
  addFault(world, { match: { operation: 'poll' }, effect: { delay: '1500ms' } })
  for (let nth = 0; nth < TIMES; nth += 100) {
    let answered = 0
    const replies = Array.from({ length: 100 }, async () => {
      const { bytes, end } = await exchange(port, POLL)
      answered++
      return `${bytes}<${end}>`
    })
    await eventually(() => clock.waitCount === 100)
    await clock.advance(1499)
    t.equal(answered, 0)
    await clock.advance(1)
    t.same(new Set(await Promise.all(replies)), new Set([`${sound.head}${sound.body}<end>`]))
  }
  await leavesNoTrace(t, server, POLL, sound)
})

t.test('a thousand bodies drip, each for as long as it takes', async (t) => {
  const server = await bench(t)
  const { world, world: { sandbox: { clock } }, port } = server
  const sound = await soundOf(port, POLL)
  addFault(world, { match: { operation: 'poll' }, effect: { drip: '5kb/s' } })
  clock.setAutoSkip(true)
  const startedAt = clock.now()
  const counts = await tally(port, TIMES, () => POLL, 1)
  t.same([...counts], [[`${sound.head}${sound.body}<end>`, TIMES]])
  t.equal(clock.now() - startedAt, TIMES * Math.ceil(sound.body.length / 5))
  await leavesNoTrace(t, server, POLL, sound)
})
