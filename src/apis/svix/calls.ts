/**
 * What Svix's requests mean (svix contract, 1.2).
 */
import type { CallPattern } from '../../call.js'

const READ = ['GET', 'HEAD']

export const calls: readonly CallPattern[] = [
  { operation: 'list', methods: READ, path: /^\/api\/v1\/background-task$/, query: { cursors: ['iterator'] } },
  { operation: 'poll', methods: READ, path: /^\/api\/v1\/background-task\/(?<id>[^/]+)$/ },
]
