/**
 * The routes: validated input, one simulator call, one view call.
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { ApiRoutesOptions, FailedRequest, WireReply } from '../../api.js'
import { hasOrigin, preflightHeaders } from './cors.js'
import { errorReply, invalidTaskId, JSON_TYPE, missReply, PROBE_REPLY, serviceNotFound, taskDoesNotExist } from './errors.js'
import { parseTaskId } from './ids.js'
import { CloudcoinOptions, getTask, getTaskByPluralPath, probe, type TaskParams, type WireProfile } from './schemas.js'
import { taskBody } from './view.js'

type TaskRequest = FastifyRequest<{ Params: TaskParams }>

/** The API's routes, relative to its mount. */
export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, _options, done) => {
  app.addHook('onRequest', admit)
  app.setNotFoundHandler(answerMiss)
  app.setErrorHandler((error, request, reply) => { sendReply(reply, errorReply(error, failedRequest(request))) })

  app.get('/', { schema: probe }, (_request, reply) => { sendReply(reply, PROBE_REPLY) })

  app.get('/api/v1/task/:id', { schema: getTask }, (request: TaskRequest, reply) => {
    const profile = profileOf(request)
    if (profile === 'recorded') throw serviceNotFound()
    sendTask(request, reply, profile)
  })

  app.get('/api/v1/tasks/:id', { schema: getTaskByPluralPath }, (request: TaskRequest, reply) => {
    sendTask(request, reply, profileOf(request))
  })
  done()
}

function sendTask (request: TaskRequest, reply: FastifyReply, profile: WireProfile): void {
  const { params: { id: text }, sandbox: { simulator } } = request
  if (text === '') throw serviceNotFound()
  const id = parseTaskId(text, profile)
  if (id === undefined) throw invalidTaskId()
  // A task that was given another form of id than the canonical one is found under that form.
  const snapshot = simulator.poll('cloudcoin', id) ?? (id === text ? undefined : simulator.poll('cloudcoin', text))
  if (snapshot === undefined) throw taskDoesNotExist()
  reply.type(JSON_TYPE).serializer(asIs).send(taskBody(snapshot, profile))
}

/** Says who may read the reply, and answers before Fastify looks at a body what no route takes: there no content type and no size decides. */
function admit (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void {
  const { origin } = request.headers
  if (hasOrigin(origin)) {
    const preflight = preflightHeaders(request.method, request.headers)
    if (preflight !== undefined) {
      reply.headers(preflight).send()
      return
    }
    reply.header('access-control-allow-origin', origin)
  }
  if (request.is404) answerMiss(request, reply)
  else next()
}

function answerMiss (request: FastifyRequest, reply: FastifyReply): void {
  sendReply(reply, missReply(failedRequest(request)))
}

function profileOf ({ sandbox }: FastifyRequest): WireProfile {
  return sandbox.options(CloudcoinOptions)['wire-profile']
}

function failedRequest ({ method, door: { path, mount }, headers, sandbox }: FastifyRequest): FailedRequest {
  return { method, path, mount, headers, sandbox }
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers).serializer(asIs).send(body)
}

/** With a serializer of its own a reply keeps its content type; Fastify would add a charset (and texts are faster than bytes). */
function asIs (body: string): string {
  return body
}
