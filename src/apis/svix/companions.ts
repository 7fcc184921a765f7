/**
 * Calls that start nothing, but that clients make around those that do (svix contract, 1.2 and 7.5).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { requireEndpoint } from './applications.js'
import { CORS_HEADERS } from './headers.js'
import { sendJson } from './replies.js'
import { SvixResources } from './resources.js'
import type { ApplicationParams, EndpointParams } from './schemas.js'
import { applicationText, endpointText } from './view.js'

export function getApplication ({ sandbox, params: { app_id: appId } }: FastifyRequest<{ Params: ApplicationParams }>, reply: FastifyReply): void {
  sendJson(reply, applicationText(sandbox.resources(SvixResources).applications.require(appId)))
}

export function getEndpoint ({ sandbox, params: { app_id: appId, endpoint_id: endpointId } }: FastifyRequest<{ Params: EndpointParams }>, reply: FastifyReply): void {
  const application = sandbox.resources(SvixResources).applications.require(appId)
  sendJson(reply, endpointText(requireEndpoint(application, endpointId)))
}

/** All is well as long as anybody answers. */
export function health (_request: FastifyRequest, reply: FastifyReply): void {
  reply.code(204).headers(CORS_HEADERS).send()
}
