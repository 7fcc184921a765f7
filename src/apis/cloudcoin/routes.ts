/**
 * The routes: those of polls here, those of other calls from their tables.
 */
import type { FastifyPluginCallback, FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import type { ApiRoutesOptions, FailedRequest } from '../../api.js'
import { bytesWithin } from '../../json-depth.js'
import { companionRoutes } from './companions.js'
import { hasOrigin, preflightHeaders } from './cors.js'
import { errorReply, missReply, PROBE_REPLY } from './errors.js'
import { parseTaskId } from './ids.js'
import { JSON_TYPE, sendBody, sendReply } from './replies.js'
import { CloudcoinOptions, getTask, getTaskByPluralPath, probe, type TaskParams, type WireProfile } from './schemas.js'
import { invalidTaskId, serviceNotFound, taskDoesNotExist } from './service-error.js'
import { startRoutes } from './start.js'
import { taskBody } from './view.js'

/** A body of more coins than any client sends at once. */
const LARGEST_BODY_BYTES = 4 * 1024 * 1024

type TaskRequest = FastifyRequest<{ Params: TaskParams }>

/** The API's routes, relative to its mount. */
export const routes: FastifyPluginCallback<ApiRoutesOptions> = (app, { json }, done) => {
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

  // Bodies are JSON whatever their content type says.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: LARGEST_BODY_BYTES }, bytesWithin(json))
  startRoutes(app)
  companionRoutes(app)
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
  request.repeatable = snapshot
  sendBody(reply, taskBody(snapshot, profile))
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
  if (request.is404) {
    answerMiss(request, reply)
    return
  }
  // Fastify refuses a content type that is none; this server looks at none.
  if (request.headers['content-type'] !== undefined) request.raw.headers['content-type'] = JSON_TYPE
  next()
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
