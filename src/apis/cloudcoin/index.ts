/**
 * CloudCoin: the local client API of the CloudCoin consortium, whose asynchronous calls are polled as tasks.
 */
import type { ApiPlugin } from '../../api.js'
import { calls } from './calls.js'
import { Effect } from './effects.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { Wallets } from './resources.js'
import { routes } from './routes.js'
import { CloudcoinOptions } from './schemas.js'
import { kinds } from './start.js'

/** The emulated API. */
export const cloudcoin: ApiPlugin = {
  name: 'cloudcoin',
  title: 'CloudCoin local client API',
  nativePort: 8004,
  paths: ['/api/v1'],
  // `//` redirects and a slash at the end misses: every slash counts (contract 1.4).
  slashes: 'keep',
  kinds,
  options: CloudcoinOptions,
  order: (a, b) => a.createdAt - b.createdAt || a.seq - b.seq,
  calls,
  taskPath: (id, { 'wire-profile': profile }) => `/api/v1/${profile === 'recorded' ? 'tasks' : 'task'}/${id}`,
  resources: Wallets,
  effects: Effect,
  createTaskIds,
  retentionMs: ({ 'retention-seconds': seconds }) => typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity,
  routes,
  errorReply,
  faultReply,
  openapi: {
    info: {
      title: 'CloudCoin local client API',
      version: '0.1.127',
      description: 'What Pollux emulates of the API that a CloudCoin client serves on port 8004. Every body is compact JSON and a newline; errors are replied with HTTP 200 and `"status":"error"`, while a task that failed is still a success of the poll.',
    },
    servers: [{ url: 'http://127.0.0.1:8004', description: 'A local client' }],
    tags: [
      { name: 'tasks', description: 'Asynchronous calls return a task, to be polled until it is completed' },
      { name: 'raida', description: 'The 25 RAIDA servers' },
      { name: 'coins', description: 'Checking, importing and repairing coins' },
      { name: 'wallets', description: 'Wallets on this server, and their transactions' },
      { name: 'lockers', description: 'Coins left under a code' },
      { name: 'skywallets', description: 'Wallets on the RAIDA servers themselves' },
      { name: 'server', description: 'The server itself' },
    ],
  },
}
