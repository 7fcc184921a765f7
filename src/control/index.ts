/**
 * The control plane: Pollux's own API under `/_pollux`, one file per resource.
 */
import type { FastifyPluginCallback } from 'fastify'
import { healthRoutes, type HealthFacts } from './health.js'
import { openapiRoutes, type Documents } from './openapi.js'

export interface ControlOptions extends HealthFacts {
  readonly documents: Documents
}

export const controlRoutes: FastifyPluginCallback<ControlOptions> = (app, options, done) => {
  app.register(healthRoutes, options)
  app.register(openapiRoutes, { documents: options.documents })
  done()
}
