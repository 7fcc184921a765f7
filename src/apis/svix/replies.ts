/**
 * How replies go out: exactly these bytes under exactly these headers (svix contract, 1.7).
 */
import type { FastifyReply } from 'fastify'
import type { WireReply } from '../../api.js'
import { JSON_HEADERS } from './headers.js'

/** Sends a JSON text. */
export function sendJson (reply: FastifyReply, text: string, status = 200): void {
  if (status !== 200) reply.code(status)
  // A serializer of its own, because Fastify would add a charset to the content type of a text.
  reply.headers(JSON_HEADERS).serializer(asIs).send(text)
}

/** Sends a reply as it is told. */
export function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  reply.code(status).headers(headers)
  // An empty text would get a content type.
  if (body === '') reply.header('content-length', '0').send()
  else reply.serializer(asIs).send(body)
}

function asIs (text: string): string {
  return text
}
