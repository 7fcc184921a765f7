/**
 * What a route of this API is made of, and what its handlers read off a request.
 */
import type { FastifyReply, FastifyRequest, FastifySchema } from 'fastify'
import { invalidValue } from './errors.js'
import { ID_HINT, ID_LENGTH } from './ids.js'
import { chooseMedium, MEDIA_HEADERS } from './negotiation.js'
import { CognigyOptions, type RawQuery } from './schemas.js'
import type { Addressee } from './view.js'

export type Params = Readonly<Record<string, string>>

/** Request bodies are bytes; those of uploads are streams. */
export interface RouteTypes { Params: Params, Querystring: RawQuery }
export type Request = FastifyRequest<RouteTypes>
/** A reply that is not sent at once is promised. */
export type Handler = (request: Request, reply: FastifyReply) => void | PromiseLike<unknown>

/** One call of the vendor's. */
export interface ApiRoute {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  /** Behind the base path. */
  readonly path: string
  readonly schema: FastifySchema
  readonly handler: Handler
  /** The body is handed over as a stream. */
  readonly isUpload?: boolean
  /** A GET that is not to be taken for a mere look: it has no HEAD (contract 1.5). */
  readonly isStart?: boolean
}

/** The id of this name in the path. Throws the 400 for one of another length. */
export function idIn (params: Params, name: string): string {
  const id = params[name] ?? ''
  if (id.length !== ID_LENGTH) throw invalidValue(name, ID_HINT)
  return id
}

/** Where the reply goes, and in which of the media of tasks. */
export function addresseeOf ({ sandbox, door, headers }: Request): Addressee {
  return { medium: chooseMedium(headers.accept, sandbox.options(CognigyOptions)['default-media']), mount: door.mount, path: door.path }
}

/** The same for what exists as JSON and HAL only: whoever asks for XML or CSV gets JSON (contract 5.2.7). */
export function jsonAddresseeOf (request: Request): Addressee & { readonly medium: 'application/json' | 'application/hal+json' } {
  const addressee = addresseeOf(request)
  return { ...addressee, medium: addressee.medium === 'application/hal+json' ? addressee.medium : 'application/json' }
}

/** Sends JSON that is no entity, so that there is nothing to negotiate (contract 5.2.7). */
export function sendPlain (reply: FastifyReply, body: object, status = 200): void {
  reply.code(status).headers(MEDIA_HEADERS['application/json']).send(JSON.stringify(body))
}
