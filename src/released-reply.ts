/**
 * Replies that were held and are let go: what whoever released them has to wait for.
 */
import type { FastifyRequest } from 'fastify'
import type { ServerResponse } from 'node:http'

/**
 * Resolves when the reply is out, or is put off again by a fault. A reply queued behind another of its connection goes out
 * after that one, which may itself wait for the clock: undefined, as there is nothing to await.
 */
export function whenOut (request: FastifyRequest, raw: ServerResponse): Promise<void> | undefined {
  if (raw.socket === null) return undefined
  return new Promise((resolve) => {
    raw.once('close', resolve)
    request.onDeferred = resolve
  })
}
