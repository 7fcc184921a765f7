/**
 * `GET /_pollux/openapi/<api>.json`: the documents of what is served.
 */
import type { FastifyPluginCallback } from 'fastify'

/** The OpenAPI document of an API as JSON text; undefined when there is no such API. */
export type Documents = (api: string) => Promise<string> | undefined

export const openapiRoutes: FastifyPluginCallback<{ readonly documents: Documents }> = (app, { documents }, done) => {
  app.get<{ Params: { api: string } }>('/_pollux/openapi/:api.json', async (request, reply) => {
    const document = documents(request.params.api)
    if (document === undefined) return reply.callNotFound()
    return reply.type('application/json').send(await document)
  })
  done()
}
