/** How long from process start to the first 200, beside a bare Fastify? */
import { median } from './poll.js'
import { startBareFastify, startPollux, type RunningServer } from './servers.js'

export interface StartFigure {
  readonly server: string
  /** Milliseconds, median. */
  readonly ms: number
  readonly ratio: number
}

/** Starts both in turn, `rounds` times each. */
export async function start (rounds: number, progress: (line: string) => void): Promise<StartFigure[]> {
  const spans: Record<'bare Fastify' | 'Pollux', number[]> = { 'bare Fastify': [], Pollux: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, launch, path] of [['bare Fastify', startBareFastify, '/'], ['Pollux', startPollux, '/_pollux/health']] as const) {
      const span = await spanToFirstReply(launch, path)
      // Round 0 warms the disk cache.
      if (round > 0) spans[name].push(span)
    }
    progress(`start: round ${round} of ${rounds}`)
  }
  const unit = median(spans['bare Fastify'])
  return Object.entries(spans).map(([server, all]) => ({ server, ms: Math.round(median(all)), ratio: Math.round(median(all) / unit * 100) / 100 }))
}

async function spanToFirstReply (launch: () => Promise<RunningServer>, path: string): Promise<number> {
  const startedAt = process.hrtime.bigint()
  const server = await launch()
  const { status } = await fetch(server.url + path)
  const span = Number(process.hrtime.bigint() - startedAt) / 1e6
  await server.stop()
  if (status !== 200) throw new Error(`${path} answered ${status}`)
  return span
}
