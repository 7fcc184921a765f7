/**
 * The composition root: builds the server from a configuration, and is the only place that knows all parts.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ApiPlugin, FailedRequest, WireReply } from './api.js'
import { cloudcoin } from './apis/cloudcoin/index.js'
import { cognigy } from './apis/cognigy/index.js'
import { connect } from './apis/connect/index.js'
import { svix } from './apis/svix/index.js'
import { answerClientError } from './client-errors.js'
import { machineInterval, machineTimer } from './clock.js'
import type { Config } from './config.js'
import { controlRoutes } from './control/index.js'
import { loadFixtures, requireLayout } from './fixtures.js'
import { createFrontDoor } from './front-door.js'
import { Sandboxes } from './sandbox.js'

/** Where the package's own files lie; the sources and the build stand at the same depth. */
const PACKAGE_DIRECTORY = fileURLToPath(new URL('..', import.meta.url))

/** The registry of emulated APIs: one line each. */
export const registry: readonly ApiPlugin[] = [
  connect,
  svix,
  cognigy,
  cloudcoin,
]

const CLOSE_SWEEP_MS = 50
const CLOSE_ALL_AFTER_MS = 1500

/** Node's limits on slow and dead connections; none of them cuts a held poll (they bound receiving, not answering). */
const HTTP_LIMITS = {
  keepAliveTimeout: 5_000,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16_384,
  // Node would refuse with a body-less 400 of its own; the vendors don't ask for the header.
  requireHostHeader: false,
} as const

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
}

/** The package's version. */
export function packageVersion (): string {
  const { version }: { version: string } = JSON.parse(readFileSync(join(PACKAGE_DIRECTORY, 'package.json'), 'utf8'))
  return version
}

/** The directory of the fixtures that come with Pollux. */
export const BUILT_IN_FIXTURES = join(PACKAGE_DIRECTORY, 'fixtures')

/** Builds the server without binding anything. Throws FixtureError when a fixture file can't be used. */
export async function buildServer ({ config, apis = registry, onRequestDone }: ServerOptions): Promise<PolluxServer> {
  const byName = new Map(apis.map((api) => [api.name, api]))
  const openDoor = createFrontDoor(apis)
  if (config.fixtures !== undefined) requireLayout(config.fixtures, registry.map(({ name }) => name))
  const sandboxes = new Sandboxes({
    apis,
    fixtures: loadFixtures(config.fixtures === undefined ? [BUILT_IN_FIXTURES] : [BUILT_IN_FIXTURES, config.fixtures], [...byName.keys()]),
    seed: config.seed,
    clock: { mode: config.clock, speed: config.speed, ...(config.startAt === undefined ? {} : { startAt: config.startAt }) },
    options: config.options,
  })
  const listenerApis = new WeakMap<object, string>()

  function doorOf (raw: IncomingMessage): NonNullable<IncomingMessage['door']> {
    raw.door ??= openDoor(raw.url ?? '/', raw.headers.host, listenerApis.get(raw))
    return raw.door
  }

  const app = Fastify({
    http: HTTP_LIMITS,
    keepAliveTimeout: HTTP_LIMITS.keepAliveTimeout,
    requestTimeout: HTTP_LIMITS.requestTimeout,
    return503OnClosing: false,
    exposeHeadRoutes: false,
    routerOptions: { maxParamLength: 4096 },
    // One internal prefix per API; what is nobody's goes where no route is.
    rewriteUrl: (raw) => {
      const door = doorOf(raw)
      if (door.api === undefined) return '/nowhere'
      return door.api === 'control' ? door.path : `/${door.api}${door.path}`
    },
    frameworkErrors: (error, request, reply) => {
      // No hook has run for a URL that can't be routed.
      const { api, failed } = failedRequest(request)
      sendReply(reply, api === undefined ? rootError(error.statusCode ?? 400, error.message) : api.errorReply(error, failed))
    },
    clientErrorHandler: (error, socket) => { answerClientError(error, socket, (...request) => errorReplyFor(undefined, ...request)) },
  })

  function failedRequest (request: FastifyRequest): { api: ApiPlugin | undefined, failed: FailedRequest } {
    const door = doorOf(request.raw)
    return {
      api: byName.get(door.api ?? ''),
      failed: { method: request.method, path: door.path, mount: door.mount, headers: request.headers, sandbox: sandboxes.get(door.sandbox) },
    }
  }

  /** The reply to a request that Node could not parse, by what of its first line is legible. */
  function errorReplyFor (listener: string | undefined, error: Error, method: string, url: string): WireReply {
    const door = openDoor(url, undefined, listener)
    const api = byName.get(door.api ?? '')
    if (api === undefined) return rootError(400, 'The request could not be parsed as HTTP/1.1.')
    return api.errorReply(error, { method, path: door.path, mount: door.mount, headers: {}, sandbox: sandboxes.get(door.sandbox) })
  }

  // Nothing is validated or serialized by schema: the vendors' lexical forms and exact bytes are decided in each API.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.addHook('onRequest', (request, _reply, next) => {
    const door = doorOf(request.raw)
    request.door = door
    request.sandbox = sandboxes.get(door.sandbox)
    next()
  })
  if (onRequestDone !== undefined) {
    app.addHook('onResponse', (request, reply, next) => {
      const { door } = request
      // Without the query: it may carry a credential.
      onRequestDone({ sandbox: door.sandbox, api: door.api, method: request.method, path: door.mount + door.path.replace(/\?.*/s, ''), status: reply.statusCode, ms: Math.round(reply.elapsedTime) })
      next()
    })
  }

  const documents = new Map<string, Promise<string>>()
  function documentOf (name: string): Promise<string> | undefined {
    const api = byName.get(name)
    if (api === undefined) return undefined
    let document = documents.get(name)
    if (document === undefined) {
      // Swagger is loaded when somebody asks for a document, not at every start.
      document = import('./openapi.js').then(({ generateDocument }) => generateDocument(api))
      documents.set(name, document)
    }
    return document
  }

  for (const api of apis) {
    app.register(api.routes, { prefix: `/${api.name}`, document: () => documentOf(api.name) ?? Promise.resolve('') })
  }
  app.register(controlRoutes, { version: packageVersion(), apis: [...byName.keys()], seed: config.seed, documents: documentOf })
  app.setNotFoundHandler((request, reply) => { sendReply(reply, nothingHere(request.method, doorOf(request.raw))) })
  app.setErrorHandler((error: Error, _request, reply) => {
    const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
    sendReply(reply, rootError(status, status < 500 ? error.message : 'Pollux failed to answer this request.'))
  })

  const nativeServers = new Map<string, Server>()
  for (const name of config.listen.keys()) {
    const server = createServer(HTTP_LIMITS, (raw, response) => {
      listenerApis.set(raw, name)
      app.routing(raw, response)
    })
    server.on('clientError', (error, socket) => { answerClientError(error, socket, (...request) => errorReplyFor(name, ...request)) })
    nativeServers.set(name, server)
  }
  const nativeClosed: Promise<void>[] = []
  app.addHook('preClose', async () => {
    for (const server of nativeServers.values()) {
      if (server.listening) nativeClosed.push(new Promise((resolve) => { server.close(() => { resolve() }) }))
    }
    await sandboxes.drain()
  })
  app.addHook('onClose', async () => { sandboxes.close() })
  await app.ready()

  return {
    app,
    sandboxes,
    async listen () {
      await app.listen({ host: config.host, port: config.port, backlog: 4096 })
      const listeners: Record<string, string> = {}
      for (const [name, server] of nativeServers) {
        await new Promise<void>((resolve, reject) => {
          server.once('error', reject)
          server.listen({ host: config.host, port: config.listen.get(name), backlog: 4096 }, resolve)
        })
        listeners[name] = urlOf(server)
      }
      return { url: urlOf(app.server), listeners }
    },
    async close () {
      const servers = [app.server, ...nativeServers.values()]
      // A keep-alive client would otherwise keep the process for its whole time-out; a silent socket for ever.
      const sweep = machineInterval(CLOSE_SWEEP_MS, () => { for (const server of servers) server.closeIdleConnections() })
      const cut = machineTimer(CLOSE_ALL_AFTER_MS, () => { for (const server of servers) server.closeAllConnections() })
      await app.close()
      await Promise.all(nativeClosed)
      sweep.cancel()
      cut.cancel()
    },
  }

  function nothingHere (method: string, door: NonNullable<IncomingMessage['door']>): WireReply {
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
    body: JSON.stringify({ type: 'about:blank', title: status === 404 ? 'Not Found' : status < 500 ? 'Bad Request' : 'Internal Server Error', status, detail, ...more }),
  }
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
