/** A poller on a real socket, which tells all that came back and how the connection ended, and the runner of the scenarios' tables. */
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { registry } from '../../src/server.js'
import { testWorld, type TestWorld } from '../world.js'

/** A reply as it came over the wire. */
export interface Reply {
  /** Undefined when nothing came at all. */
  readonly status: number | undefined
  readonly contentType: string | undefined
  readonly retryAfter: string | undefined
  readonly body: string
  /** `short`: closed before so much had come as `content-length` says. */
  readonly end: 'whole' | 'short' | 'reset'
}

/** What comes when the connection is reset before anything came. */
export const NOTHING: Reply = { status: undefined, contentType: undefined, retryAfter: undefined, body: '', end: 'reset' }

/** One moment of a task's life: so many ms after the one before, a poll gets this reply. */
export type Moment = readonly [afterMs: number, expected: Reply, path?: string]

/** A task of one scenario, its client, and the clock. */
export interface Poller {
  readonly world: TestWorld
  readonly id: string
  /** GETs the task, or another path of the API. */
  readonly poll: (path?: string) => Promise<Reply>
  readonly advance: (ms: number) => Promise<void>
  /** Polls, moves the clock on in such steps while the reply is on its way, and tells how many simulated ms it took. */
  readonly pollSlowly: (stepMs: number) => Promise<{ readonly reply: Reply, readonly tookMs: number }>
}

/** How a task of a scenario is started. */
export interface Start {
  /** Default: the API's first kind. */
  readonly kind?: string
  /** Of the API. */
  readonly options?: Readonly<Record<string, unknown>>
  /** True: in a world without any other task. */
  readonly isAlone?: boolean
}

/** A scenario of which each poll tells all. */
export interface Course extends Start {
  readonly moments: (id: string) => readonly Moment[]
}

/** A scenario that needs more than polls one after the other. */
export type Play = (t: Test, start: (how?: Start) => Promise<Poller>) => Promise<void>

/** An API as the table's client calls it. */
interface Client {
  readonly api: string
  readonly headers: Readonly<Record<string, string>>
  /** Takes drawn ids out of a body. */
  readonly normalised?: (body: string) => string
}

/** The scenarios of one API, run over real sockets. */
export function testScenarios ({ courses, plays, ...client }: Client & {
  readonly courses: Readonly<Record<string, Course>>
  readonly plays: Readonly<Record<string, Play>>
}): void {
  const { api } = client
  for (const [scenario, { moments, ...how }] of Object.entries(courses)) {
    t.test(`${api}: ${scenario} shows itself to a client`, async (t) => {
      const { id, poll, advance } = await startPoller(t, client, scenario, how)
      for (const [index, [afterMs, expected, path]] of moments(id).entries()) {
        if (afterMs > 0) await advance(afterMs)
        t.strictSame(await poll(path), expected, `poll ${index + 1}`)
      }
    })
  }
  for (const [scenario, play] of Object.entries(plays)) {
    t.test(`${api}: ${scenario} shows itself to a client`, (t) => play(t, (how) => startPoller(t, client, scenario, how)))
  }

  t.test(`${api}: every scenario has a test`, async (t) => {
    const { sandbox } = await testWorld(t)
    t.strictSame([...Object.keys(courses), ...Object.keys(plays)].sort(), [...sandbox.scenarios(api).keys()].sort())
  })
}

/** The second poll is answered so late, with what was true when it was asked. */
export function late (ms: number, expected: (id: string) => Reply, how?: Start): Play {
  return async (t, start) => {
    const { id, poll, pollSlowly } = await start(how)
    t.strictSame(await poll(), expected(id))
    t.strictSame(await pollSlowly(1000), { reply: expected(id), tookMs: ms })
    const isOver = await poll()
    t.equal(isOver.end, 'whole', 'the next one is not late')
  }
}

/** The second poll's reply comes at so many bytes a second. */
export function dripping (bytesPerSecond: number, expected: (id: string) => Reply, how?: Start): Play {
  return async (t, start) => {
    const { id, poll, pollSlowly } = await start(how)
    t.strictSame(await poll(), expected(id))
    const bodyMs = Math.ceil(Buffer.byteLength(expected(id).body) * 1000 / bytesPerSecond)
    t.strictSame(await pollSlowly(1000 / bytesPerSecond), { reply: expected(id), tookMs: bodyMs })
    const isOver = await poll()
    t.equal(isOver.end, 'whole', 'the next one does not drip')
  }
}

async function startPoller (t: Test, { api, headers, normalised = (body) => body }: Client, scenario: string, { kind, options = {}, isAlone = false }: Start = {}): Promise<Poller> {
  const world = await testWorld(t, { apis: registry.filter(({ name }) => name === api), options: { [api]: options } })
  if (isAlone) world.sandbox.simulator.reset()
  const { url } = await world.listen()
  const { id, pollUrl } = await createTask(world, { api, scenario, ...(kind === undefined ? {} : { kind }) })
  const base = new URL(url)
  const poll = async (path = new URL(pollUrl).pathname): Promise<Reply> => {
    const reply = await get(Number(base.port), path, headers)
    return { ...reply, body: normalised(reply.body) }
  }
  const { clock } = world.sandbox
  return {
    world,
    id,
    poll,
    advance: (ms) => clock.advance(ms),
    async pollSlowly (stepMs) {
      const askedAt = clock.now()
      const reply = poll()
      while (clock.waitCount === 0) await setImmediate()
      while (clock.waitCount > 0) await clock.advance(stepMs)
      const tookMs = clock.now() - askedAt
      return { reply: await reply, tookMs }
    },
  }
}

/** Starts a task through the control plane. */
export async function createTask ({ app }: TestWorld, body: object): Promise<{ readonly id: string, readonly pollUrl: string }> {
  const { statusCode, json } = await app.inject({ method: 'POST', url: '/_pollux/tasks', payload: body })
  if (statusCode !== 201) throw new Error(`the task could not be started: ${JSON.stringify(json())}`)
  return json()
}

/** A GET whose answer is read byte by byte: Node's own client would hide how a connection ends. */
function get (port: number, path: string, headers: Readonly<Record<string, string>>): Promise<Reply> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => {
      socket.write([`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'Connection: close', ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', ''].join('\r\n'))
    })
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => { text += chunk })
    socket.on('end', () => { resolve(toReply(text, false)) })
    socket.on('error', () => { resolve(toReply(text, true)) })
  })
}

function toReply (text: string, isReset: boolean): Reply {
  const bodyAt = text.indexOf('\r\n\r\n')
  if (bodyAt < 0) return { ...NOTHING, end: isReset ? 'reset' : 'short' }
  const [statusLine = '', ...lines] = text.slice(0, bodyAt).split('\r\n')
  const fields = new Map(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  const body = text.slice(bodyAt + 4)
  return {
    status: Number(statusLine.split(' ')[1]),
    contentType: fields.get('content-type'),
    retryAfter: fields.get('retry-after'),
    body,
    end: isReset ? 'reset' : Buffer.byteLength(body) < Number(fields.get('content-length') ?? NaN) ? 'short' : 'whole',
  }
}
