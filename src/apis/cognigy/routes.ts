/**
 * The routes, under both of the vendor's base paths (cognigy contract, 1.1 and 1.2), and what every request of this API passes.
 */
import type { FastifyInstance, FastifyPluginCallback, FastifyReply } from 'fastify'
import type { ApiRoutesOptions, WireReply } from '../../api.js'
import { bytesWithin } from '../../json-depth.js'
import { isAlwaysAccepted, requireCredential } from './auth.js'
import { refuseBodyOfGet } from './get-bodies.js'
import { companionRoute, COMPANIONS } from './companions.js'
import { CANCEL_TASK, HIDDEN, LIST_TASKS, READ_TASK } from './documentation.js'
import { DOWNLOAD_ROUTE } from './downloads.js'
import { CORS_ORIGIN, errorReply, methodNotAllowed, pathNotFound, taskNotFound } from './errors.js'
import { parseListQuery } from './list-query.js'
import { MEDIA_HEADERS } from './negotiation.js'
import { OAUTH_ROUTES } from './oauth.js'
import { listPage } from './pages.js'
import { findPath, type KnownPath } from './paths.js'
import { addresseeOf, idIn, type ApiRoute, type Handler, type Request, type RouteTypes } from './route.js'
import { startRoute, STARTS } from './start.js'
import { renderPage, renderTask, type Addressee } from './view.js'

/** As in prefixes, flags and fixture folders. */
const API = 'cognigy'

const PREFLIGHT_HEADERS = { ...CORS_ORIGIN, 'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE' } as const

/** In the order in which `Allow` names them. */
const METHODS = ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']

/** What Fastify can make sense of; it refuses other content types before any parser has seen them. */
const MEDIA_TYPE = /^[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+\s*(?:;|$)/

/** The routes of tasks. */
const TASK_ROUTES: readonly ApiRoute[] = [
  { method: 'GET', path: '/tasks/:taskId', schema: READ_TASK, handler: readTask },
  { method: 'GET', path: '/tasks', schema: LIST_TASKS, handler: listTasks },
  { method: 'POST', path: '/tasks/:taskId/cancel', schema: CANCEL_TASK, handler: cancelTask },
]

/** A path that only this vendor's own command line knows, beside the two base paths (contract 1.1). */
const BETA_UPLOAD = '/knowledgestores/:knowledgeStoreId/sources/upload'

export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, { document, maxUploadBytes, json }, done) => {
  const known = new Map<string, KnownPath<Handler>>()

  function register (scope: FastifyInstance, url: string, { method, schema, handler, isStart = false }: ApiRoute): void {
    // `HEAD` is a GET whose body Node leaves out.
    const methods = method === 'GET' && !isStart ? ['GET', 'HEAD'] as const : [method]
    const handlers = new Map(known.get(url)?.handlers)
    for (const name of methods) {
      scope.route<RouteTypes>({ method: name, url, schema: name === 'HEAD' ? HIDDEN : schema, handler })
      handlers.set(name, handler)
    }
    known.set(url, { url, handlers })
  }

  // Bodies come with every content type or none (contract 7.7); an empty one is as good as absent.
  app.removeAllContentTypeParsers()
  const takeBytes = bytesWithin(json)
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (request, body: Buffer, parsed) => { takeBytes(request, body, (error, bytes) => { parsed(error, bytes?.length === 0 ? undefined : bytes) }) })

  app.addHook<RouteTypes>('onRequest', (request, reply, next) => {
    if (request.method === 'OPTIONS') {
      const asked = request.headers['access-control-request-headers']
      reply.code(204).headers(asked === undefined ? PREFLIGHT_HEADERS : { ...PREFLIGHT_HEADERS, 'access-control-allow-headers': asked }).send()
      return
    }
    const contentType = request.headers['content-type']
    if (contentType !== undefined && request.method !== 'GET' && !MEDIA_TYPE.test(contentType)) delete request.headers['content-type']
    requireCredential(request)
    refuseBodyOfGet(request)
    next()
  })

  app.setErrorHandler<Error, RouteTypes>((error, request, reply) => {
    sendReply(reply, errorReply(error, { method: request.method, path: request.door.path, mount: request.door.mount, headers: request.headers, sandbox: request.sandbox }))
  })

  app.setNotFoundHandler<RouteTypes>((request, reply) => {
    const found = findPath([...known.values()], request.door.path, request.method)
    if (found === undefined) throw pathNotFound()
    const handler = found.path.handlers.get(request.method)
    if (handler === undefined) throw methodNotAllowed(METHODS.filter((method) => found.path.handlers.has(method)).join(', '))
    request.params = found.params
    return handler(request, reply)
  })

  const native = [...TASK_ROUTES, ...STARTS.map((row) => startRoute(row, maxUploadBytes)), ...COMPANIONS.map(companionRoute), DOWNLOAD_ROUTE]
  const hidden = native.map((route) => ({ ...route, schema: HIDDEN }))
  const placed: ReadonlyArray<readonly [url: string, route: ApiRoute]> = [
    ...native.map((route) => [`/v2.0${route.path}`, route] as const),
    ...hidden.map((route) => [`/new/v2.0${route.path}`, route] as const),
    ...hidden.filter(({ path }) => path === BETA_UPLOAD).map((route) => [`/new/beta${route.path}`, route] as const),
    ...OAUTH_ROUTES.map((route) => [route.path, route] as const),
  ]
  app.register((uploads, _options, ready) => {
    uploads.removeAllContentTypeParsers()
    uploads.addContentTypeParser('*', (_request, payload, parsed) => { parsed(null, payload) })
    for (const [url, route] of placed) if (route.isUpload === true) register(uploads, url, route)
    ready()
  })
  for (const [url, route] of placed) if (route.isUpload !== true) register(app, url, route)
  register(app, '/openapi/openapi-viewer.json', {
    method: 'GET',
    path: '',
    schema: HIDDEN,
    handler: (_request, reply) => document().then((text) => reply.headers(MEDIA_HEADERS['application/json']).send(text)),
  })
  done()
}

function readTask (request: Request, reply: FastifyReply): void | PromiseLike<unknown> {
  const snapshot = request.sandbox.simulator.poll(API, idIn(request.params, 'taskId'))
  if (snapshot === undefined) throw taskNotFound()
  if (isAlwaysAccepted(request)) request.repeatable = snapshot
  const addressee = addresseeOf(request)
  return sendBody(reply, addressee, renderTask(snapshot, addressee))
}

async function listTasks (request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const query = parseListQuery(request.query)
  const page = await listPage(request.sandbox.simulator, API, query)
  // Backwards there is an earlier page, not a next one.
  if (query.cursor?.towards !== 'previous') request.nextCursor = page.nextCursor
  if (isAlwaysAccepted(request)) request.repeatable = page.state
  const addressee = addresseeOf(request)
  await sendBody(reply, addressee, renderPage(page, addressee))
  return reply
}

function cancelTask (request: Request, reply: FastifyReply): void {
  request.sandbox.simulator.cancel(API, idIn(request.params, 'taskId'))
  reply.code(204).headers(CORS_ORIGIN).send()
}

/** Sends a body that is there at once, without a promise on the way; returns one otherwise. */
function sendBody (reply: FastifyReply, { medium }: Addressee, body: string | Promise<string>): void | PromiseLike<unknown> {
  if (typeof body !== 'string') return body.then((text) => reply.headers(MEDIA_HEADERS[medium]).send(text))
  reply.headers(MEDIA_HEADERS[medium]).send(body)
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers).send(body)
}
