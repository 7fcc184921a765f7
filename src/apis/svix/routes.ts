/**
 * Svix's routes. The front door has collapsed runs of slashes and dropped a last one (svix contract, 1.3).
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { ApiRoutesOptions, FailedRequest } from '../../api.js'
import { bytesWithin } from '../../json-depth.js'
import { getApplication, getEndpoint, health } from './companions.js'
import { documentOf, GET_APPLICATION, GET_ENDPOINT, GET_TASK, HEALTH, LIST_TASKS } from './documentation.js'
import { accessError, entityNotFound, errorReply, invalidQuery, methodNotAllowed, unknownPath } from './errors.js'
import { preflight } from './headers.js'
import { readListQuery } from './list-query.js'
import { readPage } from './pages.js'
import { APPLICATION_PATH, ENDPOINT_PATH, HEALTH_PATH, LIST_PATH, TASK_PATH, toPattern } from './paths.js'
import { answerOnce } from './repetition.js'
import { sendJson, sendReply } from './replies.js'
import { SvixOptions, type ApplicationParams, type EndpointParams, type TaskParams } from './schemas.js'
import { start, STARTS, type StartParams } from './start.js'
import { listText, taskText } from './view.js'

/** Which methods a path takes, for the `Allow` of a 405. */
const ALLOWED: ReadonlyArray<{ readonly path: RegExp, readonly methods: string }> = [
  ...[LIST_PATH, TASK_PATH, APPLICATION_PATH, ENDPOINT_PATH, HEALTH_PATH].map((path) => ({ path: toPattern(path), methods: 'GET,HEAD' })),
  ...STARTS.map(({ method, path }) => ({ path: toPattern(path), methods: method })),
]

const MOST_BODY_BYTES = 2 ** 20

const UNLISTED: RouteShorthandOptions = { schema: { hide: true } }

/** All routes, misses and errors of the Svix API. */
export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, { json }, done) => {
  app.setErrorHandler((error, request, reply) => { sendReply(reply, errorReply(error, failedRequest(request))) })
  app.setNotFoundHandler(answerMiss)
  app.addHook('onRequest', (request, reply, next) => {
    // Before a body is read: no content type turns a 404 or 405 into a 415 (svix contract, 6).
    if (request.is404) return answerMiss(request, reply)
    next(accessError(request.sandbox, request.door.path, request.headers.authorization))
  })

  app.get<{ Params: TaskParams }>(TASK_PATH, GET_TASK, getTask)
  app.head<{ Params: TaskParams }>(TASK_PATH, UNLISTED, getTask)
  app.get<{ Querystring: Record<string, unknown> }>(LIST_PATH, LIST_TASKS, listTasks)
  app.head<{ Querystring: Record<string, unknown> }>(LIST_PATH, UNLISTED, listTasks)
  app.get<{ Params: ApplicationParams }>(APPLICATION_PATH, GET_APPLICATION, getApplication)
  app.head<{ Params: ApplicationParams }>(APPLICATION_PATH, UNLISTED, getApplication)
  app.get<{ Params: EndpointParams }>(ENDPOINT_PATH, GET_ENDPOINT, getEndpoint)
  app.head<{ Params: EndpointParams }>(ENDPOINT_PATH, UNLISTED, getEndpoint)
  app.get(HEALTH_PATH, HEALTH, health)
  app.head(HEALTH_PATH, UNLISTED, health)
  app.register(startRoutes, { json })
  done()
}

/** The starting calls, in a scope in which a body is so many bytes, whatever its content type says (svix contract, 7.2.1 and 11). */
const startRoutes: FastifyPluginCallback<Pick<ApiRoutesOptions, 'json'>> = (app, { json }, done) => {
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MOST_BODY_BYTES }, bytesWithin(json))
  app.addHook('onRequest', (request, _reply, next) => {
    // One that can't be understood would be refused with a 415.
    delete request.headers['content-type']
    next()
  })
  app.addHook('preHandler', answerOnce)
  for (const row of STARTS) {
    app.route<{ Params: StartParams }>({ method: row.method, url: row.path, bodyLimit: MOST_BODY_BYTES, ...documentOf(row), handler: (request, reply) => { start(row, request, reply) } })
  }
  done()
}

function getTask (request: FastifyRequest<{ Params: TaskParams }>, reply: FastifyReply): void {
  const snapshot = request.sandbox.simulator.poll('svix', request.params.task_id)
  if (snapshot === undefined) throw entityNotFound()
  request.repeatable = snapshot
  sendJson(reply, taskText(snapshot))
}

async function listTasks (request: FastifyRequest<{ Querystring: Record<string, unknown> }>, reply: FastifyReply): Promise<FastifyReply> {
  const { sandbox } = request
  const { query, violations } = readListQuery(request.query)
  if (violations.length > 0) throw invalidQuery(violations, sandbox.options(SvixOptions).profile)
  const page = await readPage(sandbox.simulator, 'svix', query, sandbox.clock.now())
  request.repeatable = page.state
  // Backwards there is an earlier page, not a next one.
  if (query.iterator?.isBackwards !== true) request.nextCursor = page.done ? null : page.tasks.at(-1)?.task.id ?? null
  sendJson(reply, listText(page))
  return reply
}

/** `OPTIONS` anywhere, another method on a known path, or a path that nothing is served at; none of them needs a credential. */
function answerMiss (request: FastifyRequest, reply: FastifyReply): void {
  const { door, method, headers, sandbox } = request
  if (method === 'OPTIONS') return sendReply(reply, preflight(headers))
  const { profile } = sandbox.options(SvixOptions)
  const path = door.path.replace(/\?.*/s, '')
  const allow = ALLOWED.find((known) => known.path.test(path))?.methods
  sendReply(reply, (allow === undefined ? unknownPath(profile) : methodNotAllowed(profile, allow)).reply)
}

function failedRequest ({ method, door, headers, sandbox }: FastifyRequest): FailedRequest {
  return { method, path: door.path, mount: door.mount, headers, sandbox }
}
