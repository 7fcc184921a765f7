/** Does a server that has all it keeps, and is asked all day, stay as it is? */
import autocannon from 'autocannon'
import { connectPollux } from '../../src/client/client.js'
import { Crowd } from './crowd.js'
import { atMost, judged, type Answer, type Figure } from './figures.js'
import type { Reading } from './probe.js'
import type { Question, Run } from './question.js'
import type { RunningServer } from './servers.js'
import { median, slope } from './statistics.js'
import { fill } from './store.js'

interface Course {
  readonly stretches: number
  readonly seconds: number
  /** Tasks before it begins. */
  readonly tasks: number
  readonly waitSeconds: number
  readonly heldPolls: number
}

/** What a stretch ends with. */
interface Milestone extends Reading {
  readonly minute: number
  /** Requests so far. */
  readonly requests: number
}

const CONNECTIONS = 100
const PER_SECOND = 2_000
const MEGABYTE = 1024 ** 2
/** Of the heap over 1,000,000 requests. */
const MOST_GROWTH = 20

const CONNECT = { authorization: 'Key load', cookie: 'pollux_node=1' }
const COGNIGY = { 'x-api-key': 'load', accept: 'application/json' }

/** Polls of tasks that no eviction takes, pages, and starts, each of which has the oldest settled task evicted. */
const MIX: readonly autocannon.Request[] = [
  { method: 'GET', path: '/__api__/v1/tasks/PolluxNeverEnds0', headers: CONNECT },
  { method: 'GET', path: '/api/v1/background-task/qtask_2PolluxRunsAndNeverFinishes' },
  { method: 'GET', path: '/v2.0/tasks/333333333333333333333333', headers: COGNIGY },
  { method: 'GET', path: '/api/v1/task/00000000-0000-4000-8000-000000000003' },
  { method: 'GET', path: '/api/v1/background-task?limit=50' },
  { method: 'GET', path: '/v2.0/tasks?limit=50', headers: COGNIGY },
  { method: 'GET', path: '/api/v1/task/no-such-task' },
  { method: 'GET', path: '/api/v1/echo' },
]

export const soak: Question = {
  asks: `${PER_SECOND} requests per second of every kind, with all that is kept at its cap: how memory and event loop fare`,
  isPinned: true,
  async answer (run): Promise<Answer> {
    const course = courseOf(run.isQuick)
    const server = await run.servers.pollux()
    // The cap on tasks is each API's.
    await fill(server, { api: 'cloudcoin', scenario: 'instant' }, course.tasks, run.progress)
    const milestones = await walk(run, server, course)
    const { items: [oldest] } = await connectPollux(server.url).journal.list({ limit: 1 })
    return {
      figures: figuresOf(milestones, run.isQuick),
      notes: [
        `${course.stretches} stretches of ${course.seconds} s after ${course.tasks.toLocaleString('en')} CloudCoin tasks were made; ${course.heldPolls} held polls beside. Memory is read after a collection at the end of each stretch, and the first is left out.`,
        ...(run.isQuick ? ['Quick: the tasks are not at their cap, and so short a run says nothing of slopes.'] : []),
        `The oldest exchange that the journal has kept is number ${oldest?.seq ?? 0}.`,
      ],
    }
  },
}

function courseOf (isQuick: boolean): Course {
  return isQuick
    ? { stretches: 3, seconds: 2, tasks: 20_000, waitSeconds: 1, heldPolls: 50 }
    : { stretches: 10, seconds: 30, tasks: 2_000_000, waitSeconds: 20, heldPolls: 1_000 }
}

async function walk ({ progress }: Run, server: RunningServer, { stretches, seconds, waitSeconds, heldPolls }: Course): Promise<Milestone[]> {
  const milestones: Milestone[] = []
  let requests = 0
  const startedAt = performance.now()
  await server.read({ watch: true })
  for (let stretch = 1; stretch <= stretches; stretch++) {
    const crowd = await Crowd.gather(server.url, heldPolls, { path: `/__api__/v1/tasks/PolluxNeverEnds0?wait=${waitSeconds}`, headers: CONNECT })
    try {
      const result = await autocannon({ url: server.url, connections: CONNECTIONS, overallRate: PER_SECOND, duration: seconds, requests: [...MIX] })
      if (result.errors > 0 || result['5xx'] > 0) throw new Error(`${result.errors} errors, ${result['5xx']} replies of a server that failed`)
      requests += result.requests.total + (await crowd.replies).length
    } finally {
      crowd.disperse()
    }
    milestones.push({ ...await server.read({ collect: true, watch: true }), minute: (performance.now() - startedAt) / 60_000, requests })
    progress(`soak: stretch ${stretch} of ${stretches}`)
  }
  return milestones
}

function figuresOf (milestones: readonly Milestone[], isQuick: boolean): Figure[] {
  const settled = milestones.slice(1)
  const first = settled[0]
  const last = settled.at(-1)
  const slopeOf = (valueOf: (milestone: Milestone) => number, over: (milestone: Milestone) => number): number =>
    slope(settled.map((milestone) => ({ x: over(milestone), y: valueOf(milestone) / MEGABYTE })))
  const perMillion = slopeOf(({ heapBytes }) => heapBytes, ({ requests }) => requests / 1_000_000)
  const delays = settled.flatMap(({ delayMs }) => delayMs ?? [])
  return [
    { what: 'requests', unit: 'requests', pollux: milestones.at(-1)?.requests ?? 0 },
    { what: 'heap at first', unit: 'MiB', pollux: (first?.heapBytes ?? NaN) / MEGABYTE },
    { what: 'heap at last', unit: 'MiB', pollux: (last?.heapBytes ?? NaN) / MEGABYTE },
    { what: 'heap grows', unit: 'MiB/min', pollux: slopeOf(({ heapBytes }) => heapBytes, ({ minute }) => minute) },
    { what: 'heap grows', unit: 'MiB per million requests', pollux: perMillion, ...(isQuick ? {} : judged(atMost(MOST_GROWTH), perMillion)) },
    { what: 'resident memory grows', unit: 'MiB/min', pollux: slopeOf(({ rssBytes }) => rssBytes, ({ minute }) => minute) },
    { what: 'processor', unit: '% of a core', pollux: 100 * ((last?.cpuMicros ?? NaN) - (first?.cpuMicros ?? NaN)) / 60e6 / ((last?.minute ?? NaN) - (first?.minute ?? NaN)) },
    { what: 'event loop late, median', unit: 'ms', pollux: median(delays.map((delay) => delay.median)) },
    { what: 'event loop late, p99', unit: 'ms', pollux: median(delays.map((delay) => delay.p99)) },
    { what: 'event loop late, at most', unit: 'ms', pollux: Math.max(...delays.map((delay) => delay.max)) },
  ]
}
