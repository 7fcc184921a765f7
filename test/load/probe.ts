/**
 * Loaded into each server before its own code: answers its parent's questions about the process, and ends it with the parent.
 * Without a question it does nothing, so what is measured is the server as users run it.
 */
import { monitorEventLoopDelay, type IntervalHistogram } from 'node:perf_hooks'

export interface Ask {
  readonly id: number
  /** Collects garbage before memory is read. */
  readonly collect: boolean
  /** Watches the event loop from now on. */
  readonly watch: boolean
}

export interface Reading {
  readonly id: number
  /** Processor time of the process so far. */
  readonly cpuMicros: number
  readonly rssBytes: number
  /** Of the heap and what hangs on it outside. */
  readonly heapBytes: number
  /** Longer than the event loop ought to take, since the reading before; undefined unless it was watched. */
  readonly delayMs: { readonly median: number, readonly p99: number, readonly max: number } | undefined
}

const RESOLUTION_MS = 10
const NANOSECONDS_PER_MS = 1e6
let delays: IntervalHistogram | undefined

process.on('message', ({ id, collect, watch }: Ask) => {
  const delayMs = readDelays()
  if (collect) {
    // Twice: what the first run finalizes, the second frees.
    globalThis.gc?.()
    globalThis.gc?.()
  }
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  if (watch && delays === undefined) {
    delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS })
    delays.enable()
  }
  // The collection was ours, not the server's.
  delays?.reset()
  const reading: Reading = { id, cpuMicros: user + system, rssBytes: rss, heapBytes: heapUsed + external, delayMs }
  process.send?.(reading)
})
process.once('disconnect', () => { process.exit() })
// A server that has nothing else to do may end.
process.channel?.unref()

/** The histogram counts from one sample to the next, which are its resolution apart when nothing is late. */
function readDelays (): Reading['delayMs'] {
  if (delays === undefined || delays.count === 0) return undefined
  const late = (nanoseconds: number): number => Math.max(nanoseconds / NANOSECONDS_PER_MS - RESOLUTION_MS, 0)
  return { median: late(delays.percentile(50)), p99: late(delays.percentile(99)), max: late(delays.max) }
}
