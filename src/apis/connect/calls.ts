/**
 * What Connect's requests mean (contract 1.2).
 */
import type { CallPattern } from '../../call.js'

const READ = ['GET', 'HEAD']

export const calls: readonly CallPattern[] = [
  { operation: 'poll', methods: READ, path: /^\/__api__\/v1\/(?:experimental\/)?tasks\/(?<id>[^/]+)$/, query: { first: 'first', waitSeconds: 'wait' } },
  { operation: 'poll', methods: READ, path: /^\/__api__\/tasks\/(?<id>[^/]+)$/, query: { first: 'first_status' } },
]
