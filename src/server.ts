/**
 * The composition root: builds the server from a configuration, and is the only place that knows all parts.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { executionAsyncResource } from 'node:async_hooks'
import { readFileSync } from 'node:fs'
import { STATUS_CODES, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApiPlugin, WireReply } from './api.js'
import { cloudcoin } from './apis/cloudcoin/index.js'
import { cognigy } from './apis/cognigy/index.js'
import { connect } from './apis/connect/index.js'
import { svix } from './apis/svix/index.js'
import { answerClientError } from './client-errors.js'
import type { Config } from './config.js'
import { Connections } from './connections.js'
import { CONTROL_OPENAPI, controlRoutes } from './control/index.js'
import type { ControlContext } from './control/context.js'
import { loadFixtures, requireLayout, type FixtureFiles, type Fixtures } from './fixtures.js'
import { createFrontDoor, DEFAULT_SANDBOX, shownCredentials, type Door } from './front-door.js'
import { DEFAULT_LIMITS, describeLimits } from './limits.js'
import type { Documented } from './openapi.js'
import { Tally } from './journal/tally.js'
import { Sandboxes, TooManySandboxes } from './sandboxes.js'
import { NO_COMPILERS } from './schema-compilers.js'
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
  readonly app: FastifyInstance
  readonly sandboxes: Sandboxes
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

/** The directory of the fixtures that come with Pollux. */
export const BUILT_IN_FIXTURES = join(PACKAGE_DIRECTORY, 'fixtures')

/** The control plane as its document shows it: generating one calls no handler, so there is nothing to work on. */
export const CONTROL_DOCUMENT: Documented = {
  openapi: CONTROL_OPENAPI,
  routes: (app, _options, done) => {
    const sandboxes = new Sandboxes({ world: { apis: [], fixtures: new Map(), seed: 0, clock: {}, options: new Map(), journal: { entries: 1, bodyBytes: 0 } }, max: 1, idleMs: Infinity })
    controlRoutes(app, { context: { version: '', seed: 0, apis: [], sandboxes, tally: new Tally([]), limits: {}, bounds: DEFAULT_LIMITS, openConnections: () => 0, controlToken: undefined, allowedHosts: [], documents: () => undefined, phase: () => 'ok', listeners: () => ({}) } }, done)
  },
}

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
  const load = (...directories: readonly string[]): Fixtures => loadFixtures([BUILT_IN_FIXTURES, ...directories], apis.map(({ name }) => name), fixtureFilesOf(apis))
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
  const traffic = createTraffic(byName, tally)
  const listenerApis = new WeakMap<object, string>()

  function doorOf (raw: IncomingMessage): Door {
    raw.door ??= throughCredential(openDoor(raw.url ?? '/', raw.headers.host, listenerApis.get(raw)), raw)
    return raw.door
  }

  /** The same door into the sandbox that the client's credential was issued for. */
  function throughCredential (door: Door, { headers, url = '/' }: IncomingMessage): Door {
    if (sandboxes.credentialCount === 0 || door.sandbox !== DEFAULT_SANDBOX || door.mount.startsWith('/sandbox/')) return door
    for (const credential of shownCredentials(headers, url)) {
      const sandbox = sandboxes.nameByCredential(credential)
      if (sandbox !== undefined) return { ...door, sandbox }
    }
    return door
  }

  const connections = new Connections({
    limits: config.limits.connections,
    refusal: (status, detail, raw) => {
      const door = doorOf(raw)
      const api = byName.get(door.api ?? '')
      // A URL too long is the vendor's web server's business; how many connections Pollux can take isn't. No sandbox is made for it.
      return api === undefined || status === 503
        ? rootError(status, detail)
        : api.faultReply(status, { method: raw.method ?? '', path: door.path, mount: door.mount, headers: raw.headers, sandbox: sandboxes.peek(door.sandbox) ?? sandboxes.get(DEFAULT_SANDBOX) })
    },
    onNotice,
  })

  const app = Fastify({
    serverFactory: (handler) => connections.serve(handler),
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
    schemaController: NO_COMPILERS,
    // One internal prefix per API; what is nobody's goes where no route is.
    rewriteUrl: (raw) => {
      const door = doorOf(raw)
      if (door.api === undefined) return '/nowhere'
      return door.api === 'control' ? door.path : `/${door.api}${door.path}`
    },
    frameworkErrors: (error, request, reply) => {
      // No hook has run for a URL that can't be routed.
      try {
        const api = enter(request)
        const wire = api === undefined ? rootError(error.statusCode ?? 400, error.message) : api.errorReply(error, failedRequest(request))
        traffic.note(request, wire.status, wire.headers, wire.body)
        sendReply(reply, wire)
      } catch (refusal) {
        sendReply(reply, rootErrorOf(refusal))
      }
    },
    clientErrorHandler: (error, socket) => { answerClientError(error, socket, (...request) => errorReplyFor(undefined, ...request)) },
  })

  /** Sets what every request carries, and returns the API it is for. Throws TooManySandboxes. */
  function enter (request: FastifyRequest): ApiPlugin | undefined {
    const door = doorOf(request.raw)
    request.door = door
    request.sandbox = sandboxes.get(door.sandbox)
    return door.api === undefined ? undefined : byName.get(door.api)
  }

  /** The reply to a request that Node could not parse, by what of its first line is legible. */
  function errorReplyFor (listener: string | undefined, error: Error, method: string, url: string): WireReply {
    const door = openDoor(url, undefined, listener)
    const api = byName.get(door.api ?? '')
    if (api === undefined) return unparsableError(error)
    return api.errorReply(error, { method, path: door.path, mount: door.mount, headers: {}, sandbox: sandboxes.get(door.sandbox) })
  }

  app.decorateRequest('abandon', function () { traffic.abandon(this) })
  app.addHook('onRequest', (request, reply, next) => {
    try {
      enter(request)
    } catch (refusal) {
      // Not the vendor's business, so not in its dialect, and no exchange with it.
      request.door = { ...request.door, api: undefined }
      sendReply(reply, rootErrorOf(refusal))
      return
    }
    traffic.arrive(request, reply, next)
  })
  app.addHook('onSend', traffic.leave)
  if (onRequestDone !== undefined) {
    app.addHook('onResponse', (request, reply, next) => {
      const { door } = request
      // Without the query: it may carry a credential.
      onRequestDone({ sandbox: door.sandbox, api: door.api, method: request.method, path: door.mount + door.path.replace(/\?.*/s, ''), status: reply.statusCode, ms: Math.round(reply.elapsedTime) })
      next()
    })
  }

  const documented: ReadonlyMap<string, Documented> = new Map<string, Documented>([...byName, ['control', CONTROL_DOCUMENT]])
  const documents = new Map<string, Promise<string>>()
  function documentOf (name: string): Promise<string> | undefined {
    const part = documented.get(name)
    if (part === undefined) return undefined
    let document = documents.get(name)
    if (document === undefined) {
      // Swagger is loaded when somebody asks for a document, not at every start.
      document = import('./openapi.js').then(({ generateDocument }) => generateDocument(part))
      documents.set(name, document)
      // A failure, such as for want of descriptors, need not be the last word.
      document.catch(() => { documents.delete(name) })
    }
    return document
  }

  let phase: ReturnType<ControlContext['phase']> = 'starting'
  let listeners: Readonly<Record<string, string>> = {}
  for (const api of apis) {
    app.register(api.routes, { prefix: `/${api.name}`, document: () => documentOf(api.name) ?? Promise.resolve(''), maxUploadBytes: config.maxUploadBytes, json: config.limits.json })
  }
  app.register(controlRoutes, {
    prefix: '/_pollux',
    context: {
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
    },
  })
  app.setNotFoundHandler((request, reply) => { sendReply(reply, nothingHere(request.method, doorOf(request.raw))) })
  app.setErrorHandler((error: Error, _request, reply) => {
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
    sendReply(reply, rootError(status, status < 500 ? error.message : 'Pollux failed to answer this request.'))
  })

  const nativeServers = new Map<string, Server>()
  for (const name of config.listen.keys()) {
    const server = connections.serve((raw, response) => { app.routing(raw, response) }, (raw) => { listenerApis.set(raw, name) })
    server.on('clientError', (error, socket) => { answerClientError(error, socket, (...request) => errorReplyFor(name, ...request)) })
    nativeServers.set(name, server)
  }
  const nativeClosed: Promise<void>[] = []
  app.addHook('preClose', async () => {
    phase = 'draining'
    for (const server of nativeServers.values()) {
      if (server.listening) nativeClosed.push(new Promise((resolve) => { server.close(() => { resolve() }) }))
    }
    await sandboxes.drain()
  })
  app.addHook('onClose', async () => { sandboxes.close() })
  await app.ready()
  phase = 'ok'

  return {
    app,
    sandboxes,
    async listen () {
      await app.listen({ host: config.host, port: config.port, backlog: 4096 })
      const bound: Record<string, string> = {}
      for (const [name, server] of nativeServers) {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen({ host: config.host, port: config.listen.get(name), backlog: 4096 }, resolve)
        })
        bound[name] = urlOf(server)
      }
      listeners = bound
      return { url: urlOf(app.server), listeners }
    },
    async close () {
      const end = connections.end()
      await app.close()
      await Promise.all(nativeClosed)
      end.cancel()
    },
  }

  function nothingHere (method: string, door: Door): WireReply {
    return rootError(404, `Nothing is served at ${method} ${door.path.replace(/\?.*/s, '')}.`, {
      served: Object.fromEntries(apis.map(({ name, title, paths }) => [name, { title, prefix: `/${name}`, paths }])),
      control: '/_pollux/health',
    })
  }
}

/** Pollux's own errors: problem documents (RFC 9457), because no vendor is concerned. */
function rootError (status: number, detail: string, more: Record<string, unknown> = {}): WireReply {
  return {
    status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status] ?? 'Error', status, detail, ...more }),
  }
}

/** What Node's parser says of a request that is nobody's. */
function unparsableError (error: Error): WireReply {
  switch ('code' in error ? error.code : undefined) {
    case 'HPE_HEADER_OVERFLOW': return rootError(431, 'The head of the request is longer than --max-header allows.')
    case 'ERR_HTTP_REQUEST_TIMEOUT': return rootError(408, 'The request did not arrive within the time that --header-timeout and --request-timeout allow.')
    default: return rootError(400, 'The request could not be parsed as HTTP/1.1.')
  }
}

function rootErrorOf (error: unknown): WireReply {
  return error instanceof TooManySandboxes ? rootError(503, error.message) : rootError(500, 'Pollux failed to answer this request.')
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  // As bytes: Fastify adds a charset to the content type of texts, and a content type to empty bytes.
  reply.code(status).headers(headers).send(body === '' ? undefined : Buffer.from(body))
}

function urlOf (server: Server): string {
  const address = server.address() as AddressInfo
  const host = address.family === 'IPv6' ? `[${address.address}]` : address.address
  return `http://${host}:${address.port}`
}
