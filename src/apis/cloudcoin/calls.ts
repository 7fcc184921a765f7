/**
 * What CloudCoin's requests mean (contract 1.2).
 */
import type { CallPattern } from '../../call.js'
import { pathsOf } from './endpoint.js'
import { parseTaskId } from './ids.js'
import { patternOf } from './paths.js'
import { starts } from './start.js'

export const calls: readonly CallPattern[] = [
  // First, because polls are by far the most.
  { operation: 'poll', methods: ['GET'], path: /^\/api\/v1\/tasks?\/(?<id>[^/]+)$/, toTaskId: (written) => parseTaskId(written, 'documented') ?? written },
  ...starts.flatMap((start) => pathsOf(start).map((path): CallPattern => ({ operation: 'start', methods: [start.method], path: patternOf(path) }))),
]
