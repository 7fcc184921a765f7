/** Pollux and others under the same requests, in rounds in turn. */
import autocannon from 'autocannon'
import type { FixedReply } from './bare.js'
import type { Figure } from './figures.js'
import { within, type RunningServer, type Servers } from './servers.js'
import { median } from './statistics.js'

export interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** A server to send requests to; one of somebody else's can't be asked what it uses. */
export type Rival = Pick<RunningServer, 'url'> & Partial<Pick<RunningServer, 'read'>>

/** The same requests for all its rivals, sent again and again in their order. */
export interface Contest {
  readonly name: string
  readonly requests: readonly Request[]
  readonly pollux: RunningServer
  readonly bare: RunningServer
  readonly other?: Rival | undefined
}

export interface Rounds {
  /** Requests before the first of them: by count, because a busy machine gets too few done in a second for the code to be compiled. */
  readonly warmUp: number
  readonly rounds: number
  readonly seconds: number
  readonly connections: number
}

/** What one round brought. */
interface Round {
  /** Replies per second. */
  readonly rate: number
  readonly cpuMicros: number
}

/** Medians of all rounds. */
export interface Outcome {
  readonly name: string
  readonly pollux: Round
  readonly bare: Round
  readonly ratio: number
  /** Bare Node's processor time per request to Pollux's: 1 when Pollux needs no more. */
  readonly cpuRatio: number
  readonly other?: { readonly rate: number, readonly ratio: number }
}

const CONNECTIONS = 100
/** How much longer than it should a round may last. */
const SAMPLE_MS = 100
/** More than any round takes. */
const FIRED_WITHIN_MS = 120_000

/** As long and as often as a figure needs, or just to see that it runs. */
export function roundsOf (isQuick: boolean): Rounds {
  return isQuick ? { warmUp: 2_000, rounds: 1, seconds: 0.5, connections: CONNECTIONS } : { warmUp: 20_000, rounds: 5, seconds: 1, connections: CONNECTIONS }
}

/** The reply to the request as bare Node is to send it. Throws unless it is a success. */
export async function replyTo (url: string, { method = 'GET', path, headers = {}, body }: Request): Promise<FixedReply> {
  const reply = await fetch(url + path, { method, headers, body: body ?? null })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status} ${text}`)
  // Each server says itself how it treats its connections, and when.
  const own = Object.fromEntries([...reply.headers].filter(([name]) => !['connection', 'keep-alive', 'date', 'transfer-encoding'].includes(name)))
  return { status: reply.status, headers: { ...own, 'content-length': String(Buffer.byteLength(text)) }, body: text }
}

/** A contest between this Pollux and a bare Node that sends what Pollux answers to the first of the requests. */
export async function contestFor (servers: Servers, name: string, pollux: RunningServer, requests: readonly [Request, ...Request[]], other?: Rival): Promise<Contest> {
  return { name, requests, pollux, bare: await servers.bareNode(await replyTo(pollux.url, requests[0])), other }
}

/** Runs one contest after the other, its rivals in turn each round: what idles for long collects garbage when it is asked again. Throws when a reply is no success. */
export async function compare (contests: readonly Contest[], rounds: Rounds, progress: (line: string) => void): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  for (const { name, requests, bare, pollux, other } of contests) {
    const results = { bare: [] as Round[], pollux: [] as Round[], other: [] as Round[] }
    // Round 0 is the warm-up.
    for (let round = 0; round <= rounds.rounds; round++) {
      for (const [rival, server] of Object.entries({ bare, pollux, ...(other === undefined ? {} : { other }) })) {
        const result = await fire(server, requests, rounds.connections, round === 0 ? { amount: rounds.warmUp } : { duration: rounds.seconds }).catch((error: unknown) => { throw new Error(`${name} at ${rival}: ${String(error)}`) })
        if (round > 0) results[rival as keyof typeof results].push(result) // one of the keys above
      }
      progress(`${name}: round ${round} of ${rounds.rounds}`)
    }
    outcomes.push(outcome(name, results))
  }
  return outcomes
}

/** The outcome as the row of a table. */
export function rateFigure ({ name, pollux, bare, ratio, cpuRatio }: Outcome, unit: string): Figure {
  return { what: name, unit, pollux: pollux.rate, beside: 'bare node:http', besideValue: bare.rate, ratio, cpuMicros: pollux.cpuMicros, cpuRatio }
}

/** Until so many requests are done, or for so many seconds. */
async function fire ({ url, read }: Rival, requests: readonly Request[], connections: number, until: { readonly amount: number } | { readonly duration: number }): Promise<Round> {
  const before = await read?.()
  const shots = autocannon({ url, connections, ...until, sampleInt: SAMPLE_MS, requests: requests.map((request) => ({ method: 'GET', ...request })) })
  const result = await within(FIRED_WITHIN_MS, 'the requests were not done', shots)
  const after = await read?.()
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} replies were no success, ${result.errors} errors`)
  if (result.requests.total === 0) throw new Error('there was no reply at all')
  const cpuMicros = after === undefined || before === undefined ? NaN : (after.cpuMicros - before.cpuMicros) / result.requests.total
  return { rate: result.requests.total / ((result.finish.getTime() - result.start.getTime()) / 1000), cpuMicros }
}

function outcome (name: string, { bare, pollux, other }: Readonly<Record<'bare' | 'pollux' | 'other', readonly Round[]>>): Outcome {
  const middle = (all: readonly Round[]): Round => ({
    rate: median(all.map(({ rate }) => rate)),
    cpuMicros: median(all.map(({ cpuMicros }) => cpuMicros)),
  })
  const ratioTo = (beside: readonly Round[], value: (round: Round) => number): number =>
    median(pollux.flatMap((mine, round) => beside[round] === undefined ? [] : [value(mine) / value(beside[round])]))
  return {
    name,
    pollux: middle(pollux),
    bare: middle(bare),
    ratio: ratioTo(bare, ({ rate }) => rate),
    cpuRatio: ratioTo(bare, ({ cpuMicros }) => 1 / cpuMicros),
    ...(other.length === 0 ? {} : { other: { rate: middle(other).rate, ratio: ratioTo(other, ({ rate }) => rate) } }),
  }
}
