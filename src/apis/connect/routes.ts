/**
 * Connect's routes: three that read the one store of tasks (contract 1.2), those that start tasks, and their companions.
 */
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify'
import type { ApiRoutesOptions } from '../../api.js'
import { bytesWithin } from '../../json-depth.js'
import { LONGEST_AT_ONCE, sendInTurn } from '../../long-replies.js'
import { isSettled } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { identify, mayRead } from './auth.js'
import { applicationRoutes } from './companions/applications.js'
import { bundleRoutes, uploadRoutes } from './companions/bundles.js'
import { cacheRoutes } from './companions/caches.js'
import { contentRoutes } from './companions/content.js'
import { pageRoutes } from './companions/pages.js'
import { repositoryRoutes } from './companions/repository.js'
import { openServerRoutes, serverRoutes } from './companions/server.js'
import { openUserRoutes, userRoutes } from './companions/users.js'
import { errorReply, invalidParameter, taskOfSomebodyElse, unauthenticated, unknownPath, unknownTask, unsupportedMethod } from './errors.js'
import { apiHeaders, currentEndpoint, hasNodeCookie, preflightHeaders } from './headers.js'
import { holdReply } from './long-poll.js'
import { readLegacyParameters, readParameters, type PollParameters, type ReadParameters } from './parameters.js'
import { addRoutes } from './replies.js'
import { ConnectOptions, getTask, getTaskExperimental, getTaskLegacy, type RawQuery, type TaskParams } from './schemas.js'
import { startRoutes } from './start.js'
import { outputLength, taskBody, type Shape } from './view.js'

type PollRequest = FastifyRequest<{ Params: TaskParams, Querystring: RawQuery }>

/** A poll that may be answered: what it asks for, and the task as it found it. */
interface Poll extends PollParameters {
  readonly snapshot: TaskSnapshot
  readonly options: ConnectOptions
}

/** Calls that need no credential (contract 2.3). */
const OPEN_ROUTES = [...openServerRoutes, ...openUserRoutes, ...pageRoutes]
const GUARDED_ROUTES = [...serverRoutes, ...userRoutes, ...contentRoutes, ...bundleRoutes, ...applicationRoutes, ...repositoryRoutes, ...cacheRoutes, ...startRoutes]

/** The routes, their errors and their misses. */
export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, { maxUploadBytes, json }, done) => {
  const knownPaths: RegExp[] = []
  app.addHook('onRoute', ({ routePath }) => { knownPaths.push(patternOf(routePath)) })

  /** Clients tell by it whether a route is missing or only takes other methods (contract 1.4). */
  function missOf ({ door: { path } }: FastifyRequest): Error {
    const bare = path.replace(/[?#].*/s, '')
    return knownPaths.some((known) => known.test(bare)) ? unsupportedMethod() : unknownPath()
  }

  app.addHook('onRequest', (request, reply, next) => {
    if (request.method === 'OPTIONS' && isPreflight(request)) {
      reply.code(204).headers(preflightHeaders(request.sandbox.options(ConnectOptions))).send()
      return
    }
    // Fastify would refuse the body for a type that can't be read (contract 11.2); what it is decides the call.
    if (request.headers['content-type'] !== undefined) request.raw.headers['content-type'] = 'application/octet-stream'
    // Before the body is read: whatever it holds, it changes nothing about a miss.
    next(request.is404 ? missOf(request) : undefined)
  })
  app.setNotFoundHandler((request) => { throw missOf(request) })
  app.setErrorHandler((error, request, reply) => {
    const { method, door: { path, mount }, headers, sandbox } = request
    const wire = errorReply(error, { method, path, mount, headers, sandbox })
    reply.code(wire.status).headers(wire.headers).send(wire.body)
  })

  const tasks = [
    { url: '/__api__/v1/tasks/:id', schema: getTask, handler: pollHandler('v1', readParameters) },
    { url: '/__api__/v1/experimental/tasks/:id', schema: getTaskExperimental, handler: pollHandler('experimental', readParameters) },
    { url: '/__api__/tasks/:id', schema: getTaskLegacy, handler: pollHandler('legacy', readLegacyParameters) },
  ]
  for (const { url, schema, handler } of tasks) {
    app.get(url, { schema }, handler)
    app.head(url, { schema: { hide: true } }, handler)
  }

  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, bytesWithin(json))
  app.register(async (open) => { addRoutes(open, OPEN_ROUTES) })
  app.register(async (guarded) => {
    addGuard(guarded)
    addRoutes(guarded, GUARDED_ROUTES)
  })
  app.register(async (uploads) => {
    addGuard(uploads)
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_request, stream, parsed) => { parsed(null, stream) })
    addRoutes(uploads, uploadRoutes(maxUploadBytes))
  })
  done()
}

/** Lets nobody through without a credential, before the body is read (contract 2.6). */
function addGuard (app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, next) => {
    // The router takes nothing at all for a parameter.
    if (isIncomplete(request)) return next(unknownPath())
    const user = identify(request.headers, request.sandbox.options(ConnectOptions), request.sandbox.credential)
    next(typeof user === 'string' ? unauthenticated(user) : undefined)
  })
}

function isIncomplete ({ params }: FastifyRequest): boolean {
  return typeof params === 'object' && params !== null && Object.values(params).includes('')
}

/** Matches the paths of a route. */
function patternOf (routePath: string): RegExp {
  return new RegExp(`^${routePath.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+').replace('*', '.*')}$`)
}

function pollHandler (shape: Shape, readWith: ReadParameters): (request: PollRequest, reply: FastifyReply) => void {
  return (request, reply) => {
    const { first, waitSeconds, snapshot, options } = admit(request, readWith, shape)
    const { sandbox } = request
    // A server that closes answers everybody at once, and HEAD asks for no more than headers (contract 1.4).
    const waitMs = sandbox.isDraining || request.method === 'HEAD' ? 0 : waitSeconds * 1000
    const wakesOnOutput = options['wait-wakes-on'] === 'output'
    if (waitMs === 0 || isSettled(snapshot.state) || (wakesOnOutput && snapshot.lineCount > first)) {
      sendTask(request, reply, shape, first, snapshot, (shown) => { request.repeatable = shown })
      return
    }
    holdReply(request, reply, {
      task: snapshot.task,
      waitMs,
      condition: wakesOnOutput ? { linesAbove: first } : 'settled',
      answer: (later) => {
        if (later === undefined) reply.send(unknownTask(options['unknown-task-code']))
        else sendTask(request, reply, shape, first, later)
      },
    })
  }
}

/** Checks in the contract's order (2.6), then counts the poll. Throws ConnectError. */
function admit ({ sandbox, headers, params: { id }, query }: PollRequest, readWith: ReadParameters, shape: Shape): Poll {
  const options = sandbox.options(ConnectOptions)
  // The router takes nothing at all for an id.
  if (id === '') throw unknownPath()
  const user = identify(headers, options, sandbox.credential)
  if (typeof user === 'string') throw unauthenticated(user)
  const isOnItsNode = options['session-cookie'] === 'optional' || hasNodeCookie(headers.cookie)
  const found = isOnItsNode ? sandbox.simulator.peek('connect', id) : undefined
  const { first, waitSeconds } = readWith(query, found?.lineCount)
  if (found === undefined) throw unknownTask(isOnItsNode ? options['unknown-task-code'] : 141)
  if (!mayRead(user, found.task)) throw taskOfSomebodyElse()
  if (first > found.lineCount && shape !== 'legacy') throw invalidParameter('first', found.lineCount)
  return { first, waitSeconds, snapshot: sandbox.simulator.poll('connect', id) ?? found, options }
}

/** Sends the task, as it is when a reply as long as its output has its turn; tells which snapshot it shows. */
function sendTask (request: PollRequest, reply: FastifyReply, shape: Shape, first: number, snapshot: TaskSnapshot, onShown?: (shown: TaskSnapshot) => void): void {
  const { sandbox, headers, door: { path } } = request
  const send = (shown: TaskSnapshot): void => {
    onShown?.(shown)
    reply.headers(apiHeaders(sandbox.options(ConnectOptions), headers.cookie))
    if (shape === 'experimental') reply.header('x-deprecated-endpoint', currentEndpoint(path))
    if (sandbox.isDraining) reply.header('connection', 'close')
    reply.send(taskBody(shown, shape, first))
  }
  if (outputLength(snapshot, first) <= LONGEST_AT_ONCE) send(snapshot)
  else sendInTurn(() => { send(sandbox.simulator.peek('connect', snapshot.task.id) ?? snapshot) })
}

function isPreflight ({ headers, sandbox }: FastifyRequest): boolean {
  return headers['access-control-request-method'] !== undefined && sandbox.options(ConnectOptions)['cors-origin'] !== undefined
}
