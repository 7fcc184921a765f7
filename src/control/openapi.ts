/**
 * `GET /openapi/<name>.json`: the documents of what is served.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { ControlContext } from './context.js'
import { notFound } from './problems.js'

export const openapiRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/openapi/:document', {
    schema: {
      operationId: 'getOpenApiDocument',
      tags: ['Server'],
      summary: 'An OpenAPI document',
      description: 'Of the control plane or of an API, as it is generated from the schemas of what is served.',
      params: Type.Object({ document: Type.String({ description: '`control.json`, or the name of an API with `.json` behind it' }) }),
      response: { 200: Type.Unknown({ description: 'OpenAPI 3.1' }), 404: Type.Unknown({ description: 'No such document' }) },
    },
  }, async (request, reply) => {
    const document = context.documents(request.params.document.replace(/\.json$/, ''))
    if (document === undefined || !request.params.document.endsWith('.json')) throw notFound(`There is no document ${request.params.document}, only ${['control', ...context.apis.map(({ name }) => name)].map((name) => `${name}.json`).join(', ')}.`)
    return reply.type('application/json').send(await document)
  })
  done()
}
