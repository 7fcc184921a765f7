/**
 * What CloudCoin's requests mean (contract 1.2).
 */
import type { CallPattern } from '../../call.js'
import { parseTaskId } from './ids.js'

export const calls: readonly CallPattern[] = [
  { operation: 'poll', methods: ['GET'], path: /^\/api\/v1\/tasks?\/(?<id>[^/]+)$/, toTaskId: (written) => parseTaskId(written, 'documented') ?? written },
]
