/**
 * Runtime caches (contract 7.5); their deletion is a start.
 */
import { Type } from '@sinclair/typebox'
import { resourcesOf } from '../admission.js'
import { describe } from '../documentation.js'
import { sendJson, type Route } from '../replies.js'
import { RuntimeCache } from '../resources.js'

export const cacheRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/v1/system/caches/runtime',
    schema: describe({
      operationId: 'getRuntimeCaches',
      tag: 'Server',
      summary: 'List the runtime caches',
      reply: { description: 'Those that haven\'t been deleted.', schema: Type.Object({ caches: Type.Array(RuntimeCache) }), example: { caches: [{ language: 'R', version: '4.3.0', image_name: 'Local' }] } },
      errors: ['unauthenticated', 'internal'],
    }),
    handler: (request, reply) => { sendJson(request, reply, { caches: resourcesOf(request).caches }) },
  },
]
