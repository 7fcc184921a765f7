/**
 * Svix: background tasks of a webhook service, addressed by KSUIDs and listed in pages.
 */
import type { ApiPlugin } from '../../api.js'
import { AppsFixture } from './applications.js'
import { calls } from './calls.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { byId } from './pages.js'
import { SvixResources } from './resources.js'
import { routes } from './routes.js'
import { SvixOptions, TASK_KINDS } from './schemas.js'

/** The Svix API. */
export const svix: ApiPlugin = {
  name: 'svix',
  title: 'Svix',
  nativePort: 8071,
  paths: ['/api/v1/background-task', '/api/v1/app', '/api/v1/stats', '/api/v1/msg', '/api/v1/event-type'],
  slashes: 'collapse-and-trim',
  kinds: TASK_KINDS,
  options: SvixOptions,
  order: byId,
  calls,
  taskPath: (id) => `/api/v1/background-task/${id}/`,
  resources: SvixResources,
  fixtureFiles: { 'apps.json': AppsFixture },
  createTaskIds,
  routes,
  errorReply,
  faultReply,
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
