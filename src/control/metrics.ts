/**
 * `GET /metrics`: the whole server in Prometheus' text format.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { machineInterval, machineNow } from '../clock.js'
import { TASK_STATES } from '../simulator/script.js'
import { forEachInSlices } from '../slices.js'
import type { ControlContext } from './context.js'
import { memoryNow } from './memory.js'

/** One value of a metric, told apart from others by its labels. */
interface Sample {
  readonly labels?: Readonly<Record<string, string>>
  readonly value: number
}

const QUANTILES = [50, 90, 99]
const TICK_MS = 10
const MICROSECONDS_PER_MS = 1000
const MICROSECONDS_PER_S = 1e6

export const metricRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  // Measuring costs a timer, so it begins when somebody looks for the first time.
  let delays: RecordableHistogram | undefined
  let ticker: { cancel (): void } | undefined
  app.addHook('onClose', async () => { ticker?.cancel() })

  function delaySamples (): Sample[] {
    const histogram = delays ??= measureDelays()
    const samples = histogram.count === 0
      ? []
      : [...QUANTILES.map((percent) => ({ labels: { quantile: String(percent / 100) }, value: histogram.percentile(percent) / MICROSECONDS_PER_S })), { labels: { quantile: '1' }, value: histogram.max / MICROSECONDS_PER_S }]
    histogram.reset()
    return samples
  }

  /** From tick to tick, in microseconds. Node's own measure loses what begins between a reset and its next tick. */
  function measureDelays (): RecordableHistogram {
    const histogram = createHistogram()
    let tickedAt = machineNow()
    ticker = machineInterval(TICK_MS, () => {
      const now = machineNow()
      histogram.record(Math.max(Math.round((now - tickedAt) * MICROSECONDS_PER_MS), 1))
      tickedAt = now
    })
    return histogram
  }

  app.get('/metrics', {
    schema: {
      operationId: 'getMetrics',
      tags: ['Server'],
      summary: 'Prometheus metrics of the whole server',
      description: 'Counters cover all sandboxes since the server started, deleted ones included. Counting tasks by state looks at each of them. Event loop delays are those since the scrape before.',
      response: { 200: { description: 'Prometheus text', content: { 'text/plain': { schema: Type.String() } } } },
    },
  }, async (_request, reply) => {
    const { sandboxes, tally } = context
    const tasks = await taskSamples(context)
    const all = sandboxes.list()
    const { rss, heapUsed, external } = memoryNow()
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send([
      metric('pollux_requests_total', 'counter', 'Requests to emulated APIs by API, operation and status (none: no reply went out).', [...tally.rows()].map(({ api, operation, status, count }) => ({ labels: { api, operation, status: String(status ?? 'none') }, value: count }))),
      metric('pollux_faults_fired_total', 'counter', 'How often fault rules have fired.', [{ value: tally.faultsFired }]),
      metric('pollux_held_polls', 'gauge', 'Polls whose reply is held.', [{ value: all.reduce((sum, { simulator }) => sum + simulator.heldPollCount, 0) }]),
      metric('pollux_tasks', 'gauge', 'Tasks by API and state.', tasks),
      metric('pollux_sandboxes', 'gauge', 'Sandboxes.', [{ value: all.length }]),
      metric('pollux_event_loop_delay_seconds', 'gauge', 'Event loop delay since the last scrape (quantile 1: the longest).', delaySamples()),
      metric('pollux_memory_bytes', 'gauge', 'Memory of the process.', Object.entries({ rss, heap_used: heapUsed, external }).map(([kind, value]) => ({ labels: { kind }, value }))),
    ].join(''))
  })
  done()
}

async function taskSamples ({ apis, sandboxes }: ControlContext): Promise<Sample[]> {
  const counts = new Map(apis.map(({ name }) => [name, { queued: 0, running: 0, cancelling: 0, succeeded: 0, failed: 0, cancelled: 0 }]))
  for (const { simulator } of sandboxes.list()) {
    await forEachInSlices(simulator.tasks(), (task) => {
      const byState = counts.get(task.api)
      const state = simulator.stateOf(task)
      if (byState !== undefined && state !== undefined) byState[state]++
    })
  }
  return [...counts].flatMap(([api, byState]) => TASK_STATES.map((state) => ({ labels: { api, state }, value: byState[state] })))
}

/** One metric with its values, in the text format 0.0.4. */
export function metric (name: string, type: 'counter' | 'gauge', help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
    return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}\n`
  })
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`
}

function escapeLabel (text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
