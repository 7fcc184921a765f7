/** How long from process start to the first 200, and how much memory when idle, beside bare Node and bare Fastify? */
import { setTimeout as sleep } from 'node:timers/promises'
import { atMost, judged, type Answer, type Figure } from './figures.js'
import type { Question, Run } from './question.js'
import type { RunningServer } from './servers.js'
import { median } from './statistics.js'

interface Starter {
  readonly name: string
  readonly launch: (run: Run) => Promise<RunningServer>
  readonly path: string
}

interface Start {
  readonly ms: number
  readonly residentBytes: number
}

const STARTERS: readonly Starter[] = [
  { name: 'bare node:http', launch: ({ servers }) => servers.bareNode({ status: 200, headers: {}, body: 'hello' }, { hasProbe: false }), path: '/' },
  { name: 'bare Fastify', launch: ({ servers }) => servers.bareFastify({ hasProbe: false }), path: '/' },
  { name: 'to the first health', launch: ({ servers }) => servers.pollux([], { hasProbe: false }), path: '/_pollux/health' },
  { name: 'to the first status poll', launch: ({ servers }) => servers.pollux([], { hasProbe: false }), path: '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71' },
]

const MOST_START = 1.25
const MOST_MEMORY = 1.5
/** Until what a start leaves to be done is done. */
const IDLE_MS = 500
const MEGABYTE = 1024 ** 2

export const start: Question = {
  asks: 'milliseconds from process start to the first 200, and resident memory half a second later',
  isPinned: false,
  async answer (run): Promise<Answer> {
    const rounds = run.isQuick ? 2 : 20
    const starts = new Map(STARTERS.map(({ name }) => [name, [] as Start[]]))
    for (let round = 0; round <= rounds; round++) {
      for (const starter of STARTERS) {
        const result = await startOnce(starter, run)
        // Round 0 warms the disk cache.
        if (round > 0) starts.get(starter.name)?.push(result)
      }
      run.progress(`start: round ${round} of ${rounds}`)
    }
    return { figures: figuresOf(starts), notes: [`Medians of ${rounds} starts in turn; nothing is pinned.`] }
  },
}

async function startOnce ({ launch, path }: Starter, run: Run): Promise<Start> {
  const startedAt = performance.now()
  const server = await launch(run)
  const { status } = await fetch(server.url + path)
  const ms = performance.now() - startedAt
  await sleep(IDLE_MS)
  const residentBytes = server.residentBytes()
  await server.stop()
  if (status !== 200) throw new Error(`${path} answered ${status}`)
  return { ms, residentBytes }
}

function figuresOf (starts: ReadonlyMap<string, readonly Start[]>): Figure[] {
  const figures: Figure[] = []
  for (const [unit, most, valueOf] of [['ms', MOST_START, ({ ms }: Start) => ms], ['MiB', MOST_MEMORY, ({ residentBytes }: Start) => residentBytes / MEGABYTE]] as const) {
    const medianOf = (name: string): number => median((starts.get(name) ?? []).map(valueOf))
    for (const what of ['to the first health', 'to the first status poll']) {
      for (const beside of ['bare node:http', 'bare Fastify']) {
        const ratio = medianOf(what) / medianOf(beside)
        figures.push({ what: unit === 'ms' ? what : `idle, ${what.replace('to', 'after')}`, unit, pollux: medianOf(what), beside, besideValue: medianOf(beside), ratio, ...(beside === 'bare Fastify' ? judged(atMost(most), ratio) : {}) })
      }
    }
  }
  return figures
}
