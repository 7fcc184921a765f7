/**
 * `GET /_pollux/health`: who this is and whether it serves.
 */
import type { FastifyPluginCallback } from 'fastify'

export interface HealthFacts {
  readonly version: string
  readonly apis: readonly string[]
  readonly seed: number
}

export const healthRoutes: FastifyPluginCallback<HealthFacts> = (app, { version, apis, seed }, done) => {
  app.get('/_pollux/health', (_request, reply) => {
    reply.send({ name: 'pollux', version, status: 'ok', uptimeMs: Math.round(process.uptime() * 1000), apis, seed })
  })
  done()
}
