/**
 * What the OpenAPI documents are made of: for those who generate them, never for who serves.
 */
import { CONTROL_OPENAPI, controlRoutes } from './control/index.js'
import { Tally } from './journal/tally.js'
import { DEFAULT_LIMITS } from './limits.js'
import type { Documented } from './openapi.js'
import { Sandboxes } from './sandboxes.js'
import { registry } from './server.js'

/** The control plane as its document shows it: generating one calls no handler, so there is nothing to work on. */
function controlDocument (): Documented {
  const routes: Documented['routes'] = (app, _options, done) => {
    const sandboxes = new Sandboxes({ world: { apis: [], fixtures: new Map(), seed: 0, clock: {}, options: new Map(), journal: { entries: 1, bodyBytes: 0 } }, max: 1, idleMs: Infinity })
    controlRoutes(app, { context: { version: '', seed: 0, apis: [], sandboxes, tally: new Tally([]), limits: {}, bounds: DEFAULT_LIMITS, openConnections: () => 0, controlToken: undefined, allowedHosts: [], documents: () => undefined, phase: () => 'ok', listeners: () => ({}) } }, done)
  }
  return { openapi: CONTROL_OPENAPI, routes }
}

/** What each document is made of, by its name. */
export async function documentedParts (): Promise<ReadonlyMap<string, Documented>> {
  return new Map([...await Promise.all(registry.map(async ({ name, load }) => [name, await load()] as const)), ['control', controlDocument()]])
}
