/**
 * Posit Connect's task API.
 */
import type { ApiPlugin } from '../../api.js'
import { calls } from './calls.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { routes } from './routes.js'
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
  calls,
  taskPath: (id) => `/__api__/v1/tasks/${id}`,
  createTaskIds,
  retentionMs: (options) => {
    const seconds = options['retention-seconds']
    return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity
  },
  routes,
  errorReply,
  faultReply,
  openapi: {
    info: {
      title: 'Posit Connect task API, as emulated by Pollux',
      version: '2026.04.0',
      description: 'Reading tasks of Posit Connect: deploys, builds, renders and other work that a client polls until it is finished.',
    },
    servers: [
      { url: 'http://localhost:8080', description: 'The shared listener; with the prefix `/connect` also for the paths that other APIs own' },
      { url: 'http://localhost:3939', description: 'Connect\'s own port, with `--listen connect=3939`' },
    ],
    tags: [{ name: 'Tasks', description: 'Work that Connect does in the background.' }],
    securitySchemes: {
      apiKey: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'The word `Key`, a space and an API key.' },
    },
  },
}
