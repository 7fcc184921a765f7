/** How fast is a status poll, beside bare `node:http` sending the same bytes? */
import autocannon from 'autocannon'
import { startBareNode, startPollux } from './servers.js'

interface Case {
  readonly api: string
  readonly task: string
  readonly path: string
  readonly headers?: Record<string, string>
}

/** Ids of the fixtures: one settled task and one that never finishes on each API. */
const CASES: readonly Case[] = [
  { api: 'connect', task: 'settled', path: '/__api__/v1/tasks/jXhOhdm5OOSkGhJw', headers: { authorization: 'Key load', cookie: 'pollux_node=1' } },
  { api: 'connect', task: 'running', path: '/__api__/v1/tasks/PolluxNeverEnds0', headers: { authorization: 'Key load', cookie: 'pollux_node=1' } },
  { api: 'svix', task: 'settled', path: '/api/v1/background-task/qtask_33qen93MNuelBAq1T9G7eHLJRsF' },
  { api: 'svix', task: 'running', path: '/api/v1/background-task/qtask_2PolluxRunsAndNeverFinishes' },
  { api: 'cognigy', task: 'settled', path: '/v2.0/tasks/555555555555555555555555', headers: { 'x-api-key': 'load', accept: 'application/json' } },
  { api: 'cognigy', task: 'running', path: '/v2.0/tasks/333333333333333333333333', headers: { 'x-api-key': 'load', accept: 'application/json' } },
  { api: 'cloudcoin', task: 'settled', path: '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71' },
  { api: 'cloudcoin', task: 'running', path: '/api/v1/task/00000000-0000-4000-8000-000000000003' },
]

const CONNECTIONS = 100

export interface PollOptions {
  readonly rounds: number
  readonly seconds: number
}

export interface PollFigure {
  readonly api: string
  readonly task: string
  readonly bodyBytes: number
  /** Requests per second, median of the rounds. */
  readonly bare: number
  readonly pollux: number
  readonly ratio: number
}

/** Runs every case in rounds of bare node and Pollux in turn; throws when a reply is not a 200. */
export async function poll ({ rounds, seconds }: PollOptions, progress: (line: string) => void): Promise<PollFigure[]> {
  const figures: PollFigure[] = []
  const pollux = await startPollux()
  try {
    // Living tasks settle within seconds of the start.
    for (const { api, task, path, headers = {} } of CASES) {
      const sample = await fetch(pollux.url + path, { headers })
      const body = await sample.text()
      if (sample.status !== 200) throw new Error(`${api}: ${path} answered ${sample.status} ${body}`)
      const bare = await startBareNode({ headers: { ...Object.fromEntries(sample.headers), 'content-length': String(Buffer.byteLength(body)) }, body })
      const rates: Record<'bare' | 'pollux', number[]> = { bare: [], pollux: [] }
      try {
        for (let round = 0; round <= rounds; round++) {
          for (const [name, server] of [['bare', bare], ['pollux', pollux]] as const) {
            const result = await autocannon({ url: server.url + path, headers, connections: CONNECTIONS, duration: seconds })
            if (result.non2xx > 0 || result.errors > 0) throw new Error(`${api} at ${name}: ${result.non2xx} replies were no 200, ${result.errors} errors`)
            // Round 0 warms both up.
            if (round > 0) rates[name].push(result.requests.total / result.duration)
          }
          progress(`${api} ${task}: round ${round} of ${rounds}`)
        }
      } finally {
        await bare.stop()
      }
      // The ratio of each round, because what disturbs a machine disturbs neighbours alike.
      const ratio = median(rates.pollux.map((rate, round) => rate / (rates.bare[round] ?? NaN)))
      figures.push({ api, task, bodyBytes: Buffer.byteLength(body), bare: Math.round(median(rates.bare)), pollux: Math.round(median(rates.pollux)), ratio: Math.round(ratio * 100) / 100 })
    }
  } finally {
    await pollux.stop()
  }
  return figures
}

export function median (values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] ?? NaN : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}
