/**
 * What answers Svix's requests: loaded when the first one comes.
 */
import type { ApiService } from '../../api.js'
import { calls } from './calls.js'
import { routes } from './routes.js'

export const service: ApiService = {
  routes,
  calls,
  openapi: {
    info: {
      title: 'Svix API (Pollux)',
      version: '1.4',
      description: 'The background tasks of the Svix API, version 1.4, and the calls that start them, younger ones included, as Pollux serves them. Every path answers with and without a trailing slash.',
    },
    servers: [
      { url: 'http://localhost:8080', description: 'Pollux' },
      { url: 'http://localhost:8071', description: 'Pollux on the native port (`--listen svix=8071`)' },
    ],
    tags: [
      { name: 'Background Tasks', description: 'Background tasks of the past 90 days' },
      { name: 'Application', description: 'Whom messages are sent to' },
      { name: 'Endpoint', description: 'Where an application takes messages' },
      { name: 'Statistics', description: 'How much the service is used' },
      { name: 'Message', description: 'What is sent' },
      { name: 'Event Type', description: 'What messages are about' },
      { name: 'Health', description: 'Whether the service is up' },
    ],
    securitySchemes: { HTTPBearer: { type: 'http', scheme: 'bearer' } },
  },
}
