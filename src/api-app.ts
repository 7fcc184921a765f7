/**
 * One API, or the control plane, as a Fastify application of its own: built when its first request comes, so that nobody
 * waits for the routes of APIs that nobody asks for, and what one vendor needs of Fastify never reaches another.
 */
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { WireReply } from './api.js'
import { problemReply, refusalReply } from './problem-replies.js'
import { flawOf, type RequestFlaw } from './request-flaws.js'
import { NO_COMPILERS } from './schema-compilers.js'
import type { Traffic } from './traffic.js'

export interface ApiAppOptions {
  /** Loads the routes, their errors and misses, and registers them. */
  readonly register: (app: FastifyInstance) => Promise<void>
  /** What every exchange passes. */
  readonly traffic: Traffic
  /** The reply, in the dialect of whose routes these are, to a URL that can't be routed. */
  readonly errorReply: (error: Error, request: FastifyRequest) => WireReply
  /** The reply in that dialect to a request that HTTP has a server refuse. */
  readonly flawReply: (flaw: RequestFlaw, request: FastifyRequest) => WireReply
}

/** Fastify behind the front door: requests come with `door` and `sandbox` set. */
export class ApiApp {
  readonly #app: FastifyInstance
  #isReady = false
  /** Resolves when it can answer. */
  readonly ready: Promise<void>

  constructor ({ register, traffic, errorReply, flawReply }: ApiAppOptions) {
    this.#app = Fastify({
      return503OnClosing: false,
      exposeHeadRoutes: false,
      routerOptions: { maxParamLength: 4096 },
      schemaController: NO_COMPILERS,
      rewriteUrl: ({ door, url = '/' }) => door?.path ?? url,
      frameworkErrors: (error, request, reply) => {
        // No hook has run for a URL that can't be routed.
        try {
          enter(request)
          const wire = errorReply(error, request)
          traffic.note(request, wire.status, wire.headers, wire.body)
          sendReply(reply, wire)
        } catch (refusal) {
          sendReply(reply, refusalReply(refusal))
        }
      },
    })
    this.#app.decorateRequest('abandon', function () { traffic.abandon(this) })
    this.#app.addHook('onRequest', (request, reply, next) => {
      enter(request)
      const flaw = flawOf(request.raw)
      traffic.arrive(request, reply, flaw === undefined ? next : () => { sendReply(reply.header('connection', 'close'), flawReply(flaw, request)) })
    })
    this.#app.addHook('onSend', traffic.leave)
    this.#app.setErrorHandler((error: Error, _request, reply) => {
      const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
      sendReply(reply, problemReply(status, status < 500 ? error.message : 'Pollux failed to answer this request.'))
    })
    this.ready = register(this.#app).then(() => this.#app.ready()).then(() => { this.#isReady = true })
  }

  get isReady (): boolean {
    return this.#isReady
  }

  /** Lets go of what it holds; nobody asks it any more. */
  async close (): Promise<void> {
    // What never became ready holds nothing.
    await this.ready.then(() => this.#app.close(), () => {})
  }

  /** Answers the request, once `ready`. */
  handle (raw: IncomingMessage, response: ServerResponse): void {
    this.#app.routing(raw, response)
  }
}

/** Sets what every request carries; the dispatcher has found it, but for the sandbox of the control plane, which looks first who asks. */
function enter (request: FastifyRequest): void {
  const { door, sandbox } = request.raw
  if (door === undefined) throw new Error('a request came round the front door')
  request.door = door
  if (sandbox !== undefined) request.sandbox = sandbox
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  // As bytes: Fastify adds a charset to the content type of texts, and a content type to empty bytes.
  reply.code(status).headers(headers).send(body === '' ? undefined : Buffer.from(body))
}
