/** Servers that hold polls until they are told to answer them: Pollux in each of its ways, and bare Node. */
import { connectPollux, type Pollux } from '../../src/client/client.js'
import type { FixedReply } from './bare.js'
import { replyTo, type Request } from './contest.js'
import type { RunningServer, Servers } from './servers.js'

/** What ends a held poll: its task, the clock that a test moves, or its time. */
export const RELEASES = ['completion', 'advance', 'time-out'] as const
export type Release = typeof RELEASES[number]

export interface Holder {
  readonly server: RunningServer
  /** The poll that will be held, when the next release is of this kind. */
  prepare (release: Release): Promise<Request>
  heldCount (): Promise<number>
  /** Answers everybody; resolves when the server says so. */
  release (): Promise<void>
}

const HEADERS = { authorization: 'Key load', cookie: 'pollux_node=1' }
const WAIT = '20s'
/** At this speed the wait is over in a millisecond, by the server's own timer. */
const FAST = 20_000

export class PolluxHolder implements Holder {
  readonly server: RunningServer
  readonly #client: Pollux
  #release: () => Promise<unknown> = async () => {}

  constructor (server: RunningServer) {
    this.server = server
    this.#client = connectPollux(server.url)
  }

  /** Time stands still while polls gather, so that all of them wait for the same instant. */
  async prepare (release: Release): Promise<Request> {
    const { clock, tasks } = this.#client
    if ((await clock.get()).mode === 'running') await clock.freeze()
    const task = await tasks.create({ api: 'connect', scenario: 'never-finishes' })
    await clock.set({ speed: release === 'time-out' ? FAST : 1 })
    const ways: Readonly<Record<Release, () => Promise<unknown>>> = {
      completion: () => tasks.finish(task),
      advance: () => clock.advance(WAIT),
      'time-out': () => clock.resume(),
    }
    this.#release = ways[release]
    return { path: `/__api__/v1/tasks/${task.id}?wait=20`, headers: HEADERS }
  }

  async heldCount (): Promise<number> {
    return (await this.#client.clock.get()).heldPolls
  }

  async release (): Promise<void> {
    await this.#release()
  }

  /** What a held poll is answered with. */
  async reply (): Promise<FixedReply> {
    const { id } = await this.#client.tasks.create({ api: 'connect', scenario: 'instant' })
    return replyTo(this.server.url, { path: `/__api__/v1/tasks/${id}?wait=20`, headers: HEADERS })
  }
}

export class BareHolder implements Holder {
  readonly server: RunningServer

  constructor (server: RunningServer) {
    this.server = server
  }

  async prepare (): Promise<Request> {
    return { path: '/task?wait=20', headers: HEADERS }
  }

  async heldCount (): Promise<number> {
    return Number(await (await fetch(`${this.server.url}/held`)).text())
  }

  async release (): Promise<void> {
    await (await fetch(`${this.server.url}/release`)).text()
  }
}

/** One of each, fresh; bare Node answers with the bytes of Pollux. */
export async function startHolders (servers: Servers): Promise<{ readonly pollux: PolluxHolder, readonly bare: BareHolder }> {
  const pollux = new PolluxHolder(await servers.pollux())
  return { pollux, bare: new BareHolder(await servers.bareHolder(await pollux.reply())) }
}
