/**
 * The typed control client: of one sandbox, and of a whole server.
 */
import { API_NAMES, type ApiName } from './api-names.js'
import { ClockControl } from './clock.js'
import { Connection } from './connection.js'
import { PolluxError } from './errors.js'
import { FaultControl } from './faults.js'
import { JournalControl, ReportRuleControl } from './journal.js'
import { OptionControl, SandboxControl, SnapshotControl } from './sandboxes.js'
import { NextControl, ScenarioControl } from './scenarios.js'
import { Tasks } from './tasks.js'
import type { Api, Health, Keepable, NewSandbox, Page, Report, Reset, SandboxInfo } from './types.js'

export interface ConnectOptions {
  /** The sandbox to control; default: `default`. It is made when it is first addressed. */
  readonly sandbox?: string | undefined
  /** The server's `--control-token`, when it has one. */
  readonly token?: string | undefined
}

/** Controls one sandbox. Every call rejects with a PolluxError when it is refused, with an UnreachableError when nobody answers. */
export class SandboxClient {
  /** The sandbox's name. */
  readonly name: string
  /** The sandbox's base URL, in front of any path; without a slash at the end. */
  readonly url: string
  /** Base URL of each API, for its clients. */
  readonly urls: Readonly<Record<ApiName, string>>
  readonly options: OptionControl
  readonly tasks: Tasks
  readonly scenarios: ScenarioControl
  /** Which scenario natively started tasks get next. */
  readonly next: NextControl
  readonly clock: ClockControl
  readonly faults: FaultControl
  readonly journal: JournalControl
  readonly reportRules: ReportRuleControl
  /** All sandboxes of the server. */
  readonly sandboxes: SandboxControl
  readonly snapshot: SnapshotControl
  readonly #connection: Connection

  constructor (serverUrl: string, { sandbox = 'default', token }: ConnectOptions = {}) {
    this.name = sandbox
    this.url = sandbox === 'default' ? serverUrl : `${serverUrl}/sandbox/${sandbox}`
    // Made of the list of names, so that it has each of them.
    this.urls = Object.fromEntries(API_NAMES.map((api) => [api, `${this.url}/${api}`])) as Record<ApiName, string>
    const connection = new Connection(this.url, token)
    this.#connection = connection
    this.options = new OptionControl(connection)
    this.tasks = new Tasks(connection)
    this.scenarios = new ScenarioControl(connection)
    this.next = new NextControl(connection)
    this.clock = new ClockControl(connection)
    this.faults = new FaultControl(connection)
    this.journal = new JournalControl(connection)
    this.reportRules = new ReportRuleControl(connection)
    // Of the server: addressed in a sandbox, it would make the one that it is to delete.
    this.sandboxes = new SandboxControl(new Connection(serverUrl, token))
    this.snapshot = new SnapshotControl(connection)
  }

  /** Who serves; `verbose` adds limits, counts and memory. */
  health (query: { readonly verbose?: boolean } = {}): Promise<Health> {
    return this.#connection.call('GET', '/health', { query })
  }

  /** What is emulated. */
  async apis (): Promise<Api[]> {
    return (await this.#connection.call<Page<Api>>('GET', '/apis')).items
  }

  /** The verdict on the pollers so far. */
  report (): Promise<Report> {
    return this.#connection.call('GET', '/report')
  }

  /** The same for people to read. */
  reportText (): Promise<string> {
    return this.#connection.text('GET', '/report', { query: { format: 'text' } })
  }

  /** Back to the fixtures, but for what is kept; held polls have been answered when it resolves. */
  reset (body: { readonly keep?: readonly Keepable[] } = {}): Promise<Reset> {
    return this.#connection.call('POST', '/reset', { body })
  }
}

/** A sandbox that was made for the caller. */
export class Sandbox extends SandboxClient implements AsyncDisposable {
  /** Shown as key or token of any vendor it leads here, for clients that drop the base path. */
  readonly credential: string
  readonly seed: number
  #isDeleted = false

  constructor (serverUrl: string, { name, credential, seed }: SandboxInfo, token: string | undefined) {
    super(serverUrl, { sandbox: name, token })
    this.credential = credential ?? ''
    this.seed = seed
  }

  /** Deletes the sandbox, once. */
  async close (): Promise<void> {
    if (this.#isDeleted) return
    this.#isDeleted = true
    try {
      await this.sandboxes.delete(this.name)
    } catch (error) {
      // Somebody else deleted it, or it was idle for too long: what was wanted is so.
      if (!(error instanceof PolluxError && error.status === 404)) throw error
    }
  }

  [Symbol.asyncDispose] (): Promise<void> {
    return this.close()
  }
}

/** Controls a server by one of its sandboxes, and makes further ones. */
export class Pollux extends SandboxClient implements AsyncDisposable {
  readonly #serverUrl: string
  readonly #token: string | undefined
  readonly #stop: (() => Promise<void>) | undefined
  readonly #made = new Set<Sandbox>()
  #closed: Promise<void> | undefined

  /** `stop` ends the server with the client; without it the server goes on. */
  constructor (serverUrl: string, options: ConnectOptions, stop?: () => Promise<void>) {
    super(serverUrl, options)
    this.#serverUrl = serverUrl
    this.#token = options.token
    this.#stop = stop
  }

  /** A new world of its own: name, seed, clock and options as given, else as the server's. */
  async sandbox (options: NewSandbox = {}): Promise<Sandbox> {
    const sandbox = new Sandbox(this.#serverUrl, await this.sandboxes.create(options), this.#token)
    this.#made.add(sandbox)
    return sandbox
  }

  /** Ends the server that `startPollux` started; deletes the sandboxes made by `sandbox()` of one that was connected to. */
  close (): Promise<void> {
    this.#closed ??= this.#stop?.() ?? this.#deleteMade()
    return this.#closed
  }

  [Symbol.asyncDispose] (): Promise<void> {
    return this.close()
  }

  async #deleteMade (): Promise<void> {
    await Promise.all([...this.#made].map((sandbox) => sandbox.close()))
  }
}

/** The control client of a running server, such as a container; throws a TypeError for what is no URL. */
export function connectPollux (url: string, options: ConnectOptions = {}): Pollux {
  const { origin, pathname } = new URL(url)
  return new Pollux(origin + pathname.replace(/(?<!\/)\/+$/, ''), options)
}
