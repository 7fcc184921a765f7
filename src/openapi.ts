/**
 * The OpenAPI document of an API, generated from the schemas its routes are registered with.
 */
import swagger from '@fastify/swagger'
import Fastify from 'fastify'
import type { ApiPlugin } from './api.js'

/** The document as JSON text, indented, with a newline at the end: the form in which it is committed and served. */
export async function generateDocument (api: ApiPlugin): Promise<string> {
  const app = Fastify({ exposeHeadRoutes: false })
  // Schemas describe here and nothing is served: compiling them would only cost time.
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...api.openapi.info, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [...api.openapi.servers],
      ...(api.openapi.tags === undefined ? {} : { tags: [...api.openapi.tags] }),
      components: { securitySchemes: api.openapi.securitySchemes ?? {} },
    } as never,
  })
  await app.register(api.routes, { document: async () => '' })
  await app.ready()
  const document = JSON.stringify(app.swagger(), undefined, 2) + '\n'
  await app.close()
  return document
}
