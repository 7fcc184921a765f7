/**
 * Svix: background tasks of a webhook service, addressed by KSUIDs and listed in pages.
 */
import type { ApiPlugin } from '../../api.js'
import { once } from '../../once.js'
import { AppsFixture } from './applications.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { byId } from './pages.js'
import { SvixResources } from './resources.js'
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
  taskPath: (id) => `/api/v1/background-task/${id}/`,
  resources: SvixResources,
  fixtureFiles: { 'apps.json': AppsFixture },
  createTaskIds,
  load: once(async () => (await import('./service.js')).service),
  errorReply,
  faultReply,
}
