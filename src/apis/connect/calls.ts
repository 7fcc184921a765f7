/**
 * What Connect's requests mean (contract 1.2 and 7).
 */
import type { CallPattern } from '../../call.js'

const READ = ['GET', 'HEAD']

export const calls: readonly CallPattern[] = [
  { operation: 'poll', methods: READ, path: /^\/__api__\/v1\/(?:experimental\/)?tasks\/(?<id>[^/]+)$/, query: { first: 'first', waitSeconds: 'wait' } },
  { operation: 'poll', methods: READ, path: /^\/__api__\/tasks\/(?<id>[^/]+)$/, query: { first: 'first_status' } },
  { operation: 'start', methods: ['POST'], path: /^\/__api__\/v1\/content\/[^/]+\/(?:deploy|build|render|repository\/bundle)$/ },
  { operation: 'start', methods: ['POST'], path: /^\/__api__\/v1\/experimental\/content\/[^/]+\/deploy$/ },
  { operation: 'start', methods: ['POST'], path: /^\/__api__\/applications\/[^/]+\/deploy$/ },
  { operation: 'start', methods: ['POST'], path: /^\/__api__\/variants\/[^/]+\/(?:render|sender)$/ },
  { operation: 'start', methods: ['POST'], path: /^\/__api__\/v1\/tasks\/send-test-email$/ },
  { operation: 'start', methods: ['DELETE'], path: /^\/__api__\/v1\/system\/caches\/runtime$/ },
  { operation: 'start', methods: READ, path: /^\/__api__\/repo\/(?:branches|manifest-dirs)$/ },
]
