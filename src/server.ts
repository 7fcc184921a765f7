/**
 * The composition root: builds the server from a configuration, and is the only place that knows all parts.
 */
import { executionAsyncResource } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApiPlugin, WireReply } from './api.js'
import { ApiApp } from './api-app.js'
import { cloudcoin } from './apis/cloudcoin/index.js'
import { cognigy } from './apis/cognigy/index.js'
import { connect } from './apis/connect/index.js'
import { svix } from './apis/svix/index.js'
import { answerForeign, answerUnread, isForeign, type ReplyForUnread, type UnreadRequest } from './client-errors.js'
import { machineTimer } from './clock.js'
import type { Config } from './config.js'
import { Connections } from './connections.js'
import type { ControlContext } from './control/context.js'
import { createDispatcher } from './dispatcher.js'
import { loadFixtures, requireLayout, type FixtureFiles, type Fixtures } from './fixtures.js'
import { CONTROL, createFrontDoor, DEFAULT_SANDBOX } from './front-door.js'
import { Tally } from './journal/tally.js'
import { describeLimits } from './limits.js'
import { addressesOf, bind } from './listeners.js'
import { once } from './once.js'
import { problemReply, refusalReply, unparsableReply } from './problem-replies.js'
import { Sandboxes } from './sandboxes.js'
import { createTraffic, failedRequest } from './traffic.js'

/** Where the package's own files lie; the sources and the build stand at the same depth. */
const PACKAGE_DIRECTORY = fileURLToPath(new URL('..', import.meta.url))

/** The registry of emulated APIs: one line each. */
export const registry: readonly ApiPlugin[] = [
  connect,
  svix,
  cognigy,
  cloudcoin,
]

/** Where a started server can be reached. */
export interface Addresses {
  readonly url: string
  /** Native listeners by API. */
  readonly listeners: Readonly<Record<string, string>>
}

export interface PolluxServer {
  readonly sandboxes: Sandboxes
  /** Answers a request, wherever it comes from. */
  readonly handle: RequestListener
  /** The shared listener. */
  readonly http: Server
  /** Binds every listener; rejects when one can't be bound. */
  listen (): Promise<Addresses>
  /** Stops accepting, answers held polls with the present state, and ends every connection within 1.5 s. */
  close (): Promise<void>
}

export interface ServerOptions {
  readonly config: Config
  /** Default: all. */
  readonly apis?: readonly ApiPlugin[]
  /** Gets one entry per answered request; nothing is measured without it. */
  readonly onRequestDone?: (entry: Readonly<Record<string, unknown>>) => void
  /** Told when a limit is reached that concerns all clients. */
  readonly onNotice?: (text: string, details: Readonly<Record<string, unknown>>) => void
}

/** The package's version. */
export function packageVersion (): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8'))
  return version
}

/** Where the package has the OpenAPI document of an API, or of the control plane. */
export function documentFile (name: string): string {
  return join(PACKAGE_DIRECTORY, 'openapi', `${name}.json`)
}

/** The directory of the fixtures that come with Pollux. */
export const BUILT_IN_FIXTURES = join(PACKAGE_DIRECTORY, 'fixtures')

/** Long enough for who was waiting for the server to have an answer. */
const LOAD_REST_AFTER_MS = 100

/** Loads what answers requests, one after the other: nobody else waits for it then, and it needs no descriptor when there may be none left. */
export async function loadServices (apis: readonly ApiPlugin[]): Promise<void> {
  for (const { load } of apis) await load()
  await loadControl()
}

const loadControl = once(async () => await import('./control/index.js'))

const keptTicks = new Set<object>()

/**
 * V8 forgets the shape of Node's tick objects when a full collection finds none alive, and from then on each
 * `process.nextTick` costs many times more (Node 20: 10 of the 60 microseconds of a poll). One that is kept keeps it.
 */
function keepShapeOfTicks (): void {
  if (keptTicks.size === 0) process.nextTick(() => { keptTicks.add(executionAsyncResource()) })
}

/** The files that these APIs ask for beside tasks and scenarios. */
export function fixtureFilesOf (apis: readonly ApiPlugin[]): FixtureFiles {
  return new Map(apis.map(({ name, fixtureFiles = {} }) => [name, fixtureFiles]))
}

/** What comes with Pollux, read once: nobody changes it while a process runs. */
let builtInFixtures: Fixtures | undefined

function fixturesOf (config: Config, apis: readonly ApiPlugin[]): Fixtures {
  const load = (...directories: readonly string[]): Fixtures => loadFixtures([BUILT_IN_FIXTURES, ...directories], apis.map(({ name }) => name), fixtureFilesOf(apis), BUILT_IN_FIXTURES)
  if (config.fixtures !== undefined) return load(config.fixtures)
  if (apis !== registry) return load()
  builtInFixtures ??= load()
  return builtInFixtures
}

/** Builds the server without binding anything. Throws FixtureError when a fixture file can't be used. */
export async function buildServer ({ config, apis = registry, onRequestDone, onNotice = () => {} }: ServerOptions): Promise<PolluxServer> {
  keepShapeOfTicks()
  const byName = new Map(apis.map((api) => [api.name, api]))
  const openDoor = createFrontDoor(apis)
  if (config.fixtures !== undefined) requireLayout(config.fixtures, registry.map(({ name }) => name))
  const sandboxes = new Sandboxes({
    world: {
      apis,
      fixtures: fixturesOf(config, apis),
      seed: config.seed,
      clock: { mode: config.clock, speed: config.speed, ...(config.startAt === undefined ? {} : { startAt: config.startAt }) },
      options: config.options,
      journal: { entries: config.journalEntries, bodyBytes: config.journalBodyBytes },
      limits: config.limits,
    },
    max: config.maxSandboxes,
    idleMs: config.sandboxIdleMs,
  })
  const tally = new Tally([...byName.keys()])
  const traffic = createTraffic(byName, tally, sandboxes)
  const connections = new Connections({
    limits: config.limits.connections,
    refusal: (status, detail, { url = '/', method = '', headers, listener }) => {
      const door = openDoor(url, headers.host, listener)
      const api = byName.get(door.api ?? '')
      // A URL too long is the vendor's web server's business; how many connections Pollux can take isn't. No sandbox is made for it.
      return api === undefined || status === 503
        ? problemReply(status, detail)
        : api.faultReply(status, { method, path: door.path, mount: door.mount, headers, sandbox: sandboxes.peek(door.sandbox) ?? sandboxes.get(DEFAULT_SANDBOX) })
    },
    onNotice,
  })

  const documented = new Set([...byName.keys(), CONTROL])
  /** The document as it was generated when the package was made. */
  function documentOf (name: string): Promise<string> | undefined {
    return documented.has(name) ? readFile(documentFile(name), 'utf8') : undefined
  }

  let phase: ReturnType<ControlContext['phase']> = 'ok'
  let listeners: Readonly<Record<string, string>> = {}
  const context: ControlContext = {
    version: packageVersion(),
    seed: config.seed,
    apis,
    sandboxes,
    tally,
    limits: {
      'max-sandboxes': config.maxSandboxes,
      'sandbox-idle': config.sandboxIdleMs,
      'journal-entries': config.journalEntries,
      'journal-body': config.journalBodyBytes,
      'max-upload': config.maxUploadBytes,
      ...describeLimits(config.limits, connections.max),
    },
    bounds: config.limits,
    openConnections: () => connections.openCount,
    controlToken: config.controlToken,
    allowedHosts: config.allowedHosts,
    documents: documentOf,
    phase: () => phase,
    listeners: () => listeners,
  }

  function appOf (name: string): ApiApp {
    const api = byName.get(name)
    if (api === undefined) {
      return new ApiApp({
        traffic,
        async register (app) {
          const { controlRoutes } = await loadControl()
          app.register(controlRoutes, { prefix: '/_pollux', context })
        },
        errorReply: (error) => problemReply(statusOf(error), 'The URL can\'t be decoded, or a part of it is too long.'),
        flawReply: ({ status, why }) => problemReply(status, why),
      })
    }
    return new ApiApp({
      traffic,
      async register (app) {
        const { routes, calls } = await api.load()
        traffic.expect(name, calls)
        app.register(routes, { document: () => documentOf(name) ?? Promise.resolve(''), maxUploadBytes: config.maxUploadBytes, json: config.limits.json })
      },
      errorReply: (error, request) => api.errorReply(error, failedRequest(request)),
      flawReply: ({ status, why }, request) => status === 400
        ? api.errorReply(Object.assign(new Error(why), { code: 'HPE_INVALID_HEADER_TOKEN' }), failedRequest(request))
        : api.faultReply(status, failedRequest(request)),
    })
  }

  const dispatcher = createDispatcher({ apis, openDoor, sandboxes, traffic, appOf, onRequestDone, onNotice })

  /** The reply to a request that could not be read, by what of it is legible. */
  function replyToUnread (listener: string | undefined, { error, method, url, raw }: UnreadRequest): WireReply {
    const door = raw?.door ?? openDoor(url, undefined, listener)
    const api = byName.get(door.api ?? '')
    if (api === undefined) return unparsableReply(error)
    try {
      const sandbox = sandboxes.get(door.sandbox)
      const wire = api.errorReply(error, { method, path: door.path, mount: door.mount, headers: raw?.headers ?? {}, sandbox })
      // One whose head was read is a request like others, and is noted as it fails.
      if (raw === undefined) traffic.noteUnread(sandbox, api, method, door, wire)
      return wire
    } catch (refusal) {
      return refusalReply(refusal)
    }
  }

  const servers: Server[] = []

  /** Listens for one API, or for all. */
  function createListener (listener?: string): Server {
    const replyFor: ReplyForUnread = (request) => replyToUnread(listener, request)
    const server = connections.serve((raw, response) => {
      if (isForeign(raw)) answerForeign(raw, response, replyFor)
      else dispatcher.handle(raw, response)
    }, (raw) => { raw.listener = listener })
    answerUnread(server, replyFor)
    // Node would answer with a body-less 417 of its own.
    server.on('checkExpectation', (raw: IncomingMessage, response: ServerResponse) => { server.emit('request', raw, response) })
    servers.push(server)
    return server
  }

  const http = createListener()
  const nativeServers = new Map([...config.listen.keys()].map((name) => [name, createListener(name)]))
  let closed: Promise<void> | undefined
  let loading: { cancel (): void } | undefined

  async function close (): Promise<void> {
    phase = 'draining'
    loading?.cancel()
    dispatcher.drain()
    const answered = sandboxes.drain()
    const end = connections.end(answered)
    await answered
    await Promise.all(servers.filter((server) => server.listening).map((server) => new Promise<void>((resolve) => { server.close(() => { resolve() }) })))
    await dispatcher.close()
    sandboxes.close()
    end.cancel()
  }

  return {
    sandboxes,
    handle: (raw, response) => { dispatcher.handle(raw, response) },
    http,
    async listen () {
      // Node 20 remembers that a file of code could not be read, and never tries again.
      if (connections.mayExhaustDescriptors) await loadServices(apis)
      const addresses = await addressesOf(config.host)
      const url = await bind(http, config.port, addresses, createListener)
      const bound: Record<string, string> = {}
      for (const [name, server] of nativeServers) bound[name] = await bind(server, config.listen.get(name) ?? 0, addresses, () => createListener(name))
      listeners = bound
      loading = machineTimer(LOAD_REST_AFTER_MS, () => {
        // Such as for want of a descriptor: the first request tries again.
        loadServices(apis).catch(() => {})
      })
      return { url, listeners }
    },
    close () {
      closed ??= close()
      return closed
    },
  }
}

function statusOf (error: Error): number {
  return 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 400
}
