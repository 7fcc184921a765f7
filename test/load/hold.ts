/** What does a poll cost that waits, and how soon is everybody answered once the wait is over? */
import { execFileSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { Crowd } from './crowd.js'
import { atMost, judged, type Answer, type Figure } from './figures.js'
import { RELEASES, startHolders, type Holder, type Release } from './holders.js'
import type { Question, Run } from './question.js'
import { median, percentile } from './statistics.js'

interface Waves {
  readonly counts: readonly number[]
  readonly rounds: number
  readonly idleMs: number
}

/** How one wave of polls went. */
interface Wave {
  /** From the release to the reply: of the median poll, of all but a hundredth, and of the last. */
  readonly medianMs: number
  readonly p99Ms: number
  readonly lastMs: number
  /** Processor time of holding, as a part of one core. */
  readonly load: number
}

const MOST_MEMORY = 1.2
const MOST_TIME = 2
/** Descriptors that a server, or its client, needs beside its connections. */
const RESERVE = 300
const HELD_WITHIN_MS = 60_000
const LOOK_EVERY_MS = 20

export const hold: Question = {
  asks: 'polls of Connect with wait=20 that are held at once',
  isPinned: true,
  async answer (run): Promise<Answer> {
    const { counts, rounds, idleMs } = wavesOf(run.isQuick)
    const notes: string[] = []
    const figures: Figure[] = []
    for (const wanted of counts) {
      const count = Math.min(wanted, mostConnections())
      if (count < wanted) notes.push(`${wanted.toLocaleString('en')} connections are more than a process may have here: ${count.toLocaleString('en')} were held.`)
      figures.push(...await times(run, count, rounds, idleMs), ...await memory(run, count))
    }
    return { figures, notes: [...notes, 'Times run from the call that releases to the reply at the client; bare Node answers all in one loop. Bytes: with the socket, after a collection.'] }
  },
}

function wavesOf (isQuick: boolean): Waves {
  return isQuick ? { counts: [500], rounds: 1, idleMs: 300 } : { counts: [10_000, 20_000], rounds: 5, idleMs: 2_000 }
}

function mostConnections (): number {
  try {
    // Node raises its soft limit to the hard one.
    const limit = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim()
    return limit === 'unlimited' ? Infinity : Number(limit) - RESERVE
  } catch {
    return Infinity
  }
}

async function times ({ servers, progress }: Run, count: number, rounds: number, idleMs: number): Promise<Figure[]> {
  const { pollux, bare } = await startHolders(servers)
  const waves = RELEASES.map((release) => ({ release, pollux: [] as Wave[], bare: [] as Wave[] }))
  try {
    // Round 0 warms both up.
    for (let round = 0; round <= rounds; round++) {
      for (const { release, ...results } of waves) {
        for (const [name, holder] of Object.entries({ bare, pollux })) {
          const wave = await waveOf(holder, release, count, idleMs)
          if (round > 0) results[name as 'bare' | 'pollux'].push(wave) // one of the keys above
        }
        progress(`${count} held polls, release by ${release}: round ${round} of ${rounds}`)
      }
    }
  } finally {
    await Promise.all([pollux, bare].map(({ server }) => server.stop()))
  }
  const held = count.toLocaleString('en')
  return waves.flatMap(({ release, ...results }) => [
    waveFigure(`${held} released by ${release}, median`, 'ms', results, ({ medianMs }) => medianMs),
    waveFigure(`${held} released by ${release}, p99`, 'ms', results, ({ p99Ms }) => p99Ms),
    waveFigure(`${held} released by ${release}, last`, 'ms', results, ({ lastMs }) => lastMs, MOST_TIME),
  ]).concat({
    what: `${held} held, processor`,
    unit: '% of a core',
    pollux: 100 * median(waves.flatMap(({ pollux }) => pollux.map(({ load }) => load))),
    beside: 'bare node:http',
    besideValue: 100 * median(waves.flatMap(({ bare }) => bare.map(({ load }) => load))),
  })
}

function waveFigure (what: string, unit: string, { pollux, bare }: Readonly<Record<'pollux' | 'bare', readonly Wave[]>>, valueOf: (wave: Wave) => number, most?: number): Figure {
  const ratio = median(pollux.map((wave, round) => valueOf(wave) / (bare[round] === undefined ? NaN : valueOf(bare[round]))))
  return { what, unit, pollux: median(pollux.map(valueOf)), beside: 'bare node:http', besideValue: median(bare.map(valueOf)), ratio, ...(most === undefined ? {} : judged(atMost(most), ratio)) }
}

async function waveOf (holder: Holder, release: Release, count: number, idleMs: number): Promise<Wave> {
  return withHeld(holder, release, count, async (crowd) => {
    const before = await holder.server.read()
    await sleep(idleMs)
    const after = await holder.server.read()
    const releasedAt = performance.now()
    const [arrivals] = await Promise.all([crowd.replies, holder.release()])
    const spans = arrivals.map((at) => at - releasedAt)
    return { medianMs: median(spans), p99Ms: percentile(spans, 99), lastMs: Math.max(...spans), load: (after.cpuMicros - before.cpuMicros) / 1000 / idleMs }
  })
}

/** Does the work while so many polls are held on fresh connections: a server closes those that wait for the other's turn. */
async function withHeld<T> (holder: Holder, release: Release, count: number, work: (crowd: Crowd) => Promise<T>): Promise<T> {
  const crowd = await Crowd.gather(holder.server.url, count, await holder.prepare(release))
  try {
    const tooEarly = crowd.replies.then(() => { throw new Error('everybody was answered before the release') })
    await Promise.race([tooEarly, until('everybody is held', async () => (await holder.heldCount()) === count)])
    return await work(crowd)
  } finally {
    crowd.disperse()
  }
}

/** On servers of its own: collections change how bare Node runs. */
async function memory ({ servers, progress }: Run, count: number): Promise<Figure[]> {
  const { pollux, bare } = await startHolders(servers)
  const bytes = { pollux: await bytesPerPoll(pollux, count), bare: await bytesPerPoll(bare, count) }
  progress(`${count} held polls: memory is measured`)
  await Promise.all([pollux, bare].map(({ server }) => server.stop()))
  return (['resident', 'heap'] as const).map((kind) => {
    const ratio = bytes.pollux[kind] / bytes.bare[kind]
    return { what: `${count.toLocaleString('en')} held, ${kind} memory of each`, unit: 'bytes', pollux: bytes.pollux[kind], beside: 'bare node:http', besideValue: bytes.bare[kind], ratio, ...judged(atMost(MOST_MEMORY), ratio) }
  })
}

async function bytesPerPoll (holder: Holder, count: number): Promise<{ readonly resident: number, readonly heap: number }> {
  // What comes once is there before.
  await waveOf(holder, 'completion', Math.min(count, 100), 1)
  const before = await holder.server.read({ collect: true })
  const after = await withHeld(holder, 'completion', count, () => holder.server.read({ collect: true }))
  return { resident: (after.rssBytes - before.rssBytes) / count, heap: (after.heapBytes - before.heapBytes) / count }
}

async function until (what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + HELD_WITHIN_MS
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`not so within ${HELD_WITHIN_MS} ms: ${what}`)
    await sleep(LOOK_EVERY_MS)
  }
}
