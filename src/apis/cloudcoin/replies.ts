/**
 * How replies are sent: exact bytes under an exact content type.
 */
import type { FastifyReply } from 'fastify'
import type { WireReply } from '../../api.js'

export const JSON_TYPE = 'application/json'

/** Sends a body of this API. */
export function sendBody (reply: FastifyReply, body: string): void {
  reply.type(JSON_TYPE).serializer(asIs).send(body)
}

export function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers).serializer(asIs).send(body)
}

/** With a serializer of its own a reply keeps its content type; Fastify would add a charset (and texts are faster than bytes). */
function asIs (body: string): string {
  return body
}
