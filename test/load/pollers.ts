/** Clients that poll as they should: each starts at its own time, waits between polls, and ends when its task has. */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Pollux } from '../../src/client/client.js'

/** What a manner of polling is told. */
export interface Beat {
  readonly intervalMs: number
  /** True: every poller polls at the same instants, as those do that a scheduler starts together. */
  readonly isInStep: boolean
}

export interface Manner {
  readonly name: string
  readonly api: 'connect' | 'svix' | 'cognigy' | 'cloudcoin'
  /** Polls the task until it has settled. */
  readonly follow: (client: PollingClient, taskId: string, beat: Beat) => Promise<void>
}

const REPLY_WITHIN_MS = 30_000
/** More than any of them needs. */
const MOST_POLLS = 1_000
const SETTLED = /"status":"(?:completed|finished|done|error|cancelled|failed)"/

/** One client: connections of its own, and a name by which the report knows it. */
export class PollingClient {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 })
  readonly #url: string
  readonly #name: string

  constructor (url: string, name: string) {
    this.#url = url
    this.#name = name
  }

  /** The body of a success; rejects for anything else. */
  get (path: string, headers: Readonly<Record<string, string>> = {}): Promise<string> {
    return new Promise((resolve, reject) => {
      const poll = request(this.#url + path, { agent: this.#agent, timeout: REPLY_WITHIN_MS, headers: { 'user-agent': this.#name, ...headers } }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (text: string) => { body += text }).on('error', reject).on('end', () => {
          if (response.statusCode === 200) resolve(body)
          else reject(new Error(`${path} answered ${String(response.statusCode)} ${body}`))
        })
      })
      poll.on('timeout', () => { poll.destroy(new Error(`${path} was not answered`)) })
      poll.on('error', (error: NodeJS.ErrnoException) => {
        // The server may end an unused connection in the very moment in which it is used again: any client of HTTP asks anew then.
        if (poll.reusedSocket && error.code === 'ECONNRESET') resolve(this.get(path, headers))
        else reject(error)
      })
      poll.end()
    })
  }

  close (): void {
    this.#agent.destroy()
  }
}

/** Held by the server, and asked for only what is new. */
const longPolls: Manner = {
  name: 'long polls',
  api: 'connect',
  async follow (client, taskId) {
    let first = 0
    for (let polls = 0; polls < MOST_POLLS; polls++) {
      const { finished, last }: { finished: boolean, last: number } = JSON.parse(await client.get(`/__api__/v1/tasks/${taskId}?first=${first}&wait=20`, { authorization: 'Key fleet' }))
      if (finished) return
      first = last
    }
  },
}

const plainPolls: readonly Manner[] = [
  plainManner('svix', (id) => `/api/v1/background-task/${id}`),
  plainManner('cognigy', (id) => `/v2.0/tasks/${id}`, { 'x-api-key': 'fleet', accept: 'application/json' }),
  plainManner('cloudcoin', (id) => `/api/v1/task/${id}`),
]

export const MANNERS: readonly Manner[] = [longPolls, ...plainPolls]
/** What a herd is made of. */
export const [HERD_MANNER = longPolls] = plainPolls

function plainManner (api: Manner['api'], pathOf: (id: string) => string, headers: Readonly<Record<string, string>> = {}): Manner {
  return {
    name: 'plain polls',
    api,
    async follow (client, taskId, beat) {
      for (let polls = 0; polls < MOST_POLLS; polls++) {
        await pause(beat)
        if (SETTLED.test(await client.get(pathOf(taskId), headers))) return
      }
    },
  }
}

/** Follows task upon task until the time is over; the last one to its end. */
export async function keepPolling ({ pollux, manner, name, tasks, beat, untilAt }: {
  readonly pollux: Pollux
  readonly manner: Manner
  readonly name: string
  /** How long each task runs. */
  readonly tasks: { readonly lastMs: number }
  readonly beat: Beat
  readonly untilAt: number
}): Promise<void> {
  const client = new PollingClient(pollux.url, name)
  try {
    if (!beat.isInStep) await sleep(Math.random() * beat.intervalMs)
    while (performance.now() < untilAt) {
      const { id } = await pollux.tasks.create({ api: manner.api, script: { steps: [{ at: 0, state: 'running' }, { at: tasks.lastMs, state: 'succeeded' }] } })
      await manner.follow(client, id, beat)
    }
  } finally {
    client.close()
  }
}

/** Walks Svix's list from its first page to its last, again and again; returns how many pages that took. */
export async function keepPaging ({ pollux, name, beat, untilAt }: { readonly pollux: Pollux, readonly name: string, readonly beat: Beat, readonly untilAt: number }): Promise<number> {
  const client = new PollingClient(pollux.url, name)
  let pages = 0
  try {
    while (performance.now() < untilAt) {
      await pause(beat)
      let iterator: string | null = null
      for (let isDone = false; !isDone; pages++) {
        const page: { iterator: string | null, done: boolean } = JSON.parse(await client.get(`/api/v1/background-task?limit=50${iterator === null ? '' : `&iterator=${iterator}`}`))
        iterator = page.iterator
        isDone = page.done
      }
    }
  } finally {
    client.close()
  }
  return pages
}

/** A quarter more or less, so that clients which began together drift apart; in step, until the next common beat. */
async function pause ({ intervalMs, isInStep }: Beat): Promise<void> {
  await sleep(isInStep ? intervalMs - performance.now() % intervalMs : intervalMs * (0.75 + Math.random() / 2))
}
