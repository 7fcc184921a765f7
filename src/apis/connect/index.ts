/**
 * Posit Connect's API, as far as its tasks go.
 */
import type { ApiPlugin } from '../../api.js'
import { once } from '../../once.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { ConnectResources, Effect } from './resources.js'
import { ConnectOptions } from './schemas.js'

/** The plugin that serves Posit Connect. */
export const connect: ApiPlugin = {
  name: 'connect',
  title: 'Posit Connect',
  nativePort: 3939,
  paths: ['/__api__', '/__ping__', '/content'],
  slashes: 'collapse',
  kinds: ['deploy', 'build', 'render', 'cache-delete', 'git-branches', 'git-dirs', 'git-bundle', 'mail'],
  options: ConnectOptions,
  // Connect lists no tasks: the order of creation is as good as any.
  order: (a, b) => a.seq - b.seq,
  taskPath: (id) => `/__api__/v1/tasks/${id}`,
  resources: ConnectResources,
  effects: Effect,
  createTaskIds,
  retentionMs: (options) => {
    const seconds = options['retention-seconds']
    return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity
  },
  load: once(async () => (await import('./service.js')).service),
  errorReply,
  faultReply,
}
