/**
 * The routes, under both of the vendor's base paths (cognigy contract, 1.1 and 1.2), and what every request of this API passes.
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import type { ApiRoutesOptions, WireReply } from '../../api.js'
import { requireCredential } from './auth.js'
import { CANCEL_TASK, HIDDEN, LIST_TASKS, READ_TASK } from './documentation.js'
import { CORS_ORIGIN, errorReply, invalidValue, methodNotAllowed, pathNotFound, taskNotFound } from './errors.js'
import { ID_LENGTH } from './ids.js'
import { parseListQuery } from './list-query.js'
import { chooseMedium, MEDIA_HEADERS } from './negotiation.js'
import { listPage } from './pages.js'
import { findPath, type KnownPath } from './paths.js'
import { CognigyOptions, type RawQuery, type TaskParams } from './schemas.js'
import { renderPage, renderTask, type Addressee } from './view.js'

/** As in prefixes, flags and fixture folders. */
export const API = 'cognigy'

interface Route { Params: TaskParams, Querystring: RawQuery }
type Request = FastifyRequest<Route>
/** A reply that is not sent at once is promised. */
type Handler = (request: Request, reply: FastifyReply) => void | PromiseLike<unknown>

const PREFLIGHT_HEADERS = { ...CORS_ORIGIN, 'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE' } as const

/** What Fastify can make sense of; it refuses other content types before any parser has seen them. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/

export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, { document }, done) => {
  const known: Array<KnownPath<Handler>> = []

  function register (url: string, methods: Readonly<Record<string, Handler>>, schemas: Readonly<Record<string, FastifySchema>>): void {
    // `HEAD` is a GET whose body Node leaves out.
    const handlers = new Map(Object.entries(methods).flatMap(([method, handler]) => method === 'GET' ? [[method, handler], ['HEAD', handler]] as const : [[method, handler]] as const))
    for (const [method, handler] of handlers) app.route<Route>({ method, url, schema: schemas[method] ?? HIDDEN, handler })
    known.push({ url, handlers })
  }

  // Bodies come with every content type or none (contract 7.7); an empty one is as good as absent.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, parsed) => { parsed(null, body.length === 0 ? undefined : body) })

  app.addHook<Route>('onRequest', (request, reply, next) => {
    if (request.method === 'OPTIONS') {
      const asked = request.headers['access-control-request-headers']
      reply.code(204).headers(asked === undefined ? PREFLIGHT_HEADERS : { ...PREFLIGHT_HEADERS, 'access-control-allow-headers': asked }).send()
      return
    }
    const contentType = request.headers['content-type']
    if (contentType !== undefined && request.method !== 'GET' && !MEDIA_TYPE.test(contentType)) delete request.headers['content-type']
    requireCredential(request)
    next()
  })

  app.setErrorHandler<Error, Route>((error, request, reply) => {
    sendReply(reply, errorReply(error, { method: request.method, path: request.door.path, mount: request.door.mount, headers: request.headers, sandbox: request.sandbox }))
  })

  app.setNotFoundHandler<Route>((request, reply) => {
    const found = findPath(known, request.door.path)
    if (found === undefined) throw pathNotFound()
    const handler = found.path.handlers.get(request.method)
    if (handler === undefined) throw methodNotAllowed([...found.path.handlers.keys()].join(', '))
    request.params = { taskId: '', ...found.params }
    return handler(request, reply)
  })

  for (const [prefix, schemas] of [['/v2.0', { read: READ_TASK, list: LIST_TASKS, cancel: CANCEL_TASK }], ['/new/v2.0', undefined]] as const) {
    register(`${prefix}/tasks/:taskId`, { GET: readTask }, { GET: schemas?.read ?? HIDDEN })
    register(`${prefix}/tasks`, { GET: listTasks }, { GET: schemas?.list ?? HIDDEN })
    register(`${prefix}/tasks/:taskId/cancel`, { POST: cancelTask }, { POST: schemas?.cancel ?? HIDDEN })
  }
  register('/openapi/openapi-viewer.json', {
    GET: (_request, reply) => document().then((text) => reply.headers(MEDIA_HEADERS['application/json']).send(text)),
  }, {})
  done()
}

function readTask (request: Request, reply: FastifyReply): void | PromiseLike<unknown> {
  const snapshot = request.sandbox.simulator.poll(API, taskIdOf(request))
  if (snapshot === undefined) throw taskNotFound()
  const addressee = addresseeOf(request)
  return sendBody(reply, addressee, renderTask(snapshot, addressee))
}

function listTasks (request: Request, reply: FastifyReply): void | PromiseLike<unknown> {
  const query = parseListQuery(request.query)
  const page = listPage(request.sandbox.simulator, API, query)
  // Backwards there is an earlier page, not a next one.
  if (query.cursor?.towards !== 'previous') request.nextCursor = page.nextCursor
  const addressee = addresseeOf(request)
  return sendBody(reply, addressee, renderPage(page, addressee))
}

function cancelTask (request: Request, reply: FastifyReply): void {
  request.sandbox.simulator.cancel(API, taskIdOf(request))
  reply.code(204).headers(CORS_ORIGIN).send()
}

function taskIdOf ({ params: { taskId } }: Request): string {
  if (taskId.length !== ID_LENGTH) throw invalidValue('taskId', `a string of length ${ID_LENGTH}`)
  return taskId
}

function addresseeOf ({ sandbox, door, headers }: Request): Addressee {
  return { medium: chooseMedium(headers.accept, sandbox.options(CognigyOptions)['default-media']), mount: door.mount, path: door.path }
}

/** Sends a body that is there at once, without a promise on the way; returns one otherwise. */
function sendBody (reply: FastifyReply, { medium }: Addressee, body: string | Promise<string>): void | PromiseLike<unknown> {
  if (typeof body !== 'string') return body.then((text) => reply.headers(MEDIA_HEADERS[medium]).send(text))
  reply.headers(MEDIA_HEADERS[medium]).send(body)
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers).send(body)
}
