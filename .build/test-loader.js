/* c8 ignore start: as in test-bundle.js */
/** Has node load the bundle of a test in place of its source: tap starts the processes of its tests with it. */
import * as module from 'node:module'
import { resolve } from './test-hooks.js'

// Hooks in the same thread where node has them: the others cost a thread.
if (module.registerHooks === undefined) module.register('./test-hooks.js', import.meta.url)
else module.registerHooks({ resolve })

// It has kept tap's translator away. On Node 22 it would go on to hand flags to each process that a test starts.
delete process.env.TAP_TYPE_STRIP_ONLY
