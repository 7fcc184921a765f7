/**
 * CloudCoin: the local client API of the CloudCoin consortium, whose asynchronous calls are polled as tasks.
 */
import type { ApiPlugin } from '../../api.js'
import { once } from '../../once.js'
import { Effect } from './effects.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { Wallets } from './resources.js'
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
  taskPath: (id, { 'wire-profile': profile }) => `/api/v1/${profile === 'recorded' ? 'tasks' : 'task'}/${id}`,
  resources: Wallets,
  effects: Effect,
  createTaskIds,
  retentionMs: ({ 'retention-seconds': seconds }) => typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : Infinity,
  load: once(async () => (await import('./service.js')).service),
  errorReply,
  faultReply,
}
