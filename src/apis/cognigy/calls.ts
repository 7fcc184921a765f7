/**
 * What Cognigy's requests mean (cognigy contract, 1.1 to 1.3 and 7.1).
 */
import type { CallPattern } from '../../call.js'
import { STARTS } from './start.js'

const READ = ['GET', 'HEAD']

export const calls: readonly CallPattern[] = [
  { operation: 'poll', methods: READ, path: /^\/(?:new\/)?v2\.0\/tasks\/(?<id>[^/]+)$/i },
  { operation: 'list', methods: READ, path: /^\/(?:new\/)?v2\.0\/tasks$/i, query: { cursors: ['next', 'previous'] } },
  { operation: 'cancel', methods: ['POST'], path: /^\/(?:new\/)?v2\.0\/tasks\/(?<id>[^/]+)\/cancel$/i },
  ...STARTS.map(({ method, path }): CallPattern => ({
    operation: 'start',
    methods: [method],
    path: new RegExp(`^/(?:(?:new/)?v2\\.0|new/beta)${path.replace(/:\w+/g, '[^/]+')}$`, 'i'),
  })),
]
