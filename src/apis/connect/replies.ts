/**
 * Replies as Connect sends them (contract 1.6), and the routes that send them.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { optionsOf } from './admission.js'
import { apiHeaders, pageHeaders } from './headers.js'

/** A call that the server takes. */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  readonly url: string
  readonly schema: FastifySchema
  readonly handler: (request: FastifyRequest, reply: FastifyReply) => unknown
}

/** Registers the routes; what can be got can be asked for by HEAD (contract 1.4). */
export function addRoutes (app: FastifyInstance, routes: readonly Route[]): void {
  for (const { method, url, schema, handler } of routes) {
    app.route({ method, url, schema, handler })
    if (method === 'GET') app.head(url, { schema: { hide: true } }, handler)
  }
}

/** Sends the body as compact JSON. */
export function sendJson (request: FastifyRequest, reply: FastifyReply, body: unknown, status = 200): void {
  prepare(request, reply, status).send(JSON.stringify(body))
}

/** Sends bytes of that type. */
export function sendBytes (request: FastifyRequest, reply: FastifyReply, contentType: string, bytes: Buffer): void {
  prepare(request, reply, 200).header('content-type', contentType).send(bytes)
}

/** Tells that it is done, and nothing else: rsconnect-python would parse the body that a content type promises. */
export function sendDone (request: FastifyRequest, reply: FastifyReply): void {
  prepare(request, reply, 204).removeHeader('content-type').send()
}

/** Sends a page for browsers, and for clients that look whether content is there. */
export function sendPage (request: FastifyRequest, reply: FastifyReply, status: number, title: string, text: string): void {
  const page = `<!DOCTYPE html>\n<html>\n<head><title>${escaped(title)}</title></head>\n<body><h1>${escaped(title)}</h1><p>${escaped(text)}</p></body>\n</html>\n`
  reply.code(status).headers({ ...pageHeaders(optionsOf(request)), 'content-type': 'text/html; charset=utf-8' })
  if (request.sandbox.isDraining) reply.header('connection', 'close')
  reply.send(page)
}

/** The URL by which the client came, without the path of a call: what URLs in replies begin with. */
export function baseUrlOf ({ protocol, host, door: { mount } }: FastifyRequest): string {
  return `${protocol}://${host || 'localhost'}${mount}`
}

function prepare (request: FastifyRequest, reply: FastifyReply, status: number): FastifyReply {
  reply.code(status).headers(apiHeaders(optionsOf(request), request.headers.cookie))
  return request.sandbox.isDraining ? reply.header('connection', 'close') : reply
}

function escaped (text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
