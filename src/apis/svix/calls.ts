/**
 * What Svix's requests mean (svix contract, 1.2).
 */
import type { CallPattern } from '../../call.js'
import { LIST_PATH, TASK_PATH, toPattern } from './paths.js'
import { STARTS } from './start.js'

const READ = ['GET', 'HEAD']

export const calls: readonly CallPattern[] = [
  { operation: 'list', methods: READ, path: toPattern(LIST_PATH), query: { cursors: ['iterator'] } },
  { operation: 'poll', methods: READ, path: toPattern(TASK_PATH, '(?<id>[^/]+)') },
  ...STARTS.map(({ method, path }): CallPattern => ({ operation: 'start', methods: [method], path: toPattern(path) })),
]
