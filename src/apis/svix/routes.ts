/**
 * Svix's background-task routes. The front door has collapsed runs of slashes and dropped a last one (svix contract, 1.3).
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, RouteShorthandOptions } from 'fastify'
import type { ApiRoutesOptions, FailedRequest, WireReply } from '../../api.js'
import { accessError, entityNotFound, errorReply, invalidQuery, methodNotAllowed, unknownPath } from './errors.js'
import { JSON_HEADERS, preflight } from './headers.js'
import { readListQuery } from './list-query.js'
import { readPage } from './pages.js'
import { BackgroundTask, BackgroundTaskList, documented, ERROR_REPLIES, RequestHeaders, SvixOptions, TaskListQuery, TaskParams } from './schemas.js'
import { listText, taskText } from './view.js'

const LIST_PATH = '/api/v1/background-task'
const TASK_PATH = `${LIST_PATH}/:task_id`

/** Which methods a path takes, for the `Allow` of a 405. */
const ALLOWED: ReadonlyArray<{ readonly path: RegExp, readonly methods: string }> = [
  { path: /^\/api\/v1\/background-task(?:\/[^/]+)?$/, methods: 'GET,HEAD' },
]

const EXAMPLE_TASK = { data: { messagesSent: 2 }, id: 'qtask_33qen93MNuelBAq1T9G7eHLJRsF', status: 'finished', task: 'endpoint.recover', updatedAt: '2025-10-09T22:33:13.400Z' }

// The documented service asks for no credential, the hosted one does (svix contract, 2).
const security = [{}, { HTTPBearer: [] }]

const GET_TASK: RouteShorthandOptions = {
  schema: {
    operationId: 'get_background_task_api_v1_background_task__task_id___get',
    'x-emulated': 'fully',
    tags: ['Background Tasks'],
    summary: 'Get Background Task',
    description: 'Get a background task by ID.',
    params: TaskParams,
    headers: RequestHeaders,
    response: { 200: documented('Successful Response', BackgroundTask, EXAMPLE_TASK), ...ERROR_REPLIES },
    security,
  },
}

const LIST_TASKS: RouteShorthandOptions = {
  schema: {
    operationId: 'list_background_tasks_api_v1_background_task__get',
    'x-emulated': 'fully',
    tags: ['Background Tasks'],
    summary: 'List Background Tasks',
    description: 'List background tasks executed in the past 90 days.',
    querystring: TaskListQuery,
    headers: RequestHeaders,
    response: {
      200: documented('Successful Response', BackgroundTaskList, { data: [EXAMPLE_TASK], iterator: EXAMPLE_TASK.id, prevIterator: `-${EXAMPLE_TASK.id}`, done: true }),
      ...ERROR_REPLIES,
    },
    security,
  },
}

const UNLISTED: RouteShorthandOptions = { schema: { hide: true } }

/** All routes, misses and errors of the Svix API. */
export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, _options, done) => {
  app.setErrorHandler((error, request, reply) => { sendReply(reply, errorReply(error, failedRequest(request))) })
  app.setNotFoundHandler(answerMiss)
  app.addHook('onRequest', (request, reply, next) => {
    // Before a body is read: no content type turns a 404 or 405 into a 415 (svix contract, 6).
    if (request.is404) return answerMiss(request, reply)
    next(accessError(request.sandbox, request.headers.authorization))
  })

  app.get<{ Params: TaskParams }>(TASK_PATH, GET_TASK, getTask)
  app.head<{ Params: TaskParams }>(TASK_PATH, UNLISTED, getTask)
  app.get<{ Querystring: Record<string, unknown> }>(LIST_PATH, LIST_TASKS, listTasks)
  app.head<{ Querystring: Record<string, unknown> }>(LIST_PATH, UNLISTED, listTasks)
  done()
}

function getTask (request: FastifyRequest<{ Params: TaskParams }>, reply: FastifyReply): void {
  const snapshot = request.sandbox.simulator.poll('svix', request.params.task_id)
  if (snapshot === undefined) throw entityNotFound()
  sendJson(reply, taskText(snapshot))
}

function listTasks (request: FastifyRequest<{ Querystring: Record<string, unknown> }>, reply: FastifyReply): void {
  const { sandbox } = request
  const { query, violations } = readListQuery(request.query)
  if (violations.length > 0) throw invalidQuery(violations, sandbox.options(SvixOptions).profile)
  const page = readPage(sandbox.simulator, 'svix', query, sandbox.clock.now())
  // Backwards there is an earlier page, not a next one.
  if (query.iterator?.isBackwards !== true) request.nextCursor = page.done ? null : page.tasks.at(-1)?.task.id ?? null
  sendJson(reply, listText(page))
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

function sendJson (reply: FastifyReply, text: string): void {
  // A serializer of its own, because Fastify would add a charset to the content type of a text.
  reply.headers(JSON_HEADERS).serializer(asIs).send(text)
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers)
  // An empty text would get a content type.
  if (body === '') reply.header('content-length', '0').send()
  else reply.serializer(asIs).send(body)
}

function asIs (text: string): string {
  return text
}
