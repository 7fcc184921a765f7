/**
 * `GET /apis`: what is emulated, and where to poll at once.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { apiUrlsOf, baseUrlOf, type ControlContext } from './context.js'

const EXAMPLES = 10

export const ApiReply = Type.Object({
  name: Type.String(),
  title: Type.String(),
  baseUrl: Type.String({ description: 'The whole URL space behind it is this vendor\'s' }),
  nativeUrl: Type.Union([Type.String(), Type.Null()], { description: 'The listener that is this API\'s alone, when there is one' }),
  kinds: Type.Array(Type.String()),
  scenarios: Type.Array(Type.String()),
  options: Type.Record(Type.String(), Type.Unknown()),
  openapi: Type.String(),
  examples: Type.Array(Type.String(), { description: 'Ids of tasks to poll at once' }),
}, { title: 'Api' })

export const apiRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/apis', {
    schema: { operationId: 'listApis', tags: ['Server'], summary: 'What is emulated', description: 'Each API with its base URLs, the kinds of task, the scenarios, and tasks to poll at once.', response: { 200: Type.Object({ items: Type.Array(ApiReply), next: Type.Null() }) } },
  }, (request, reply) => {
    const { sandbox } = request
    const urls = apiUrlsOf(request, sandbox, context)
    const items = context.apis.map(({ name, title, kinds, options }) => ({
      name,
      title,
      baseUrl: urls[name] ?? '',
      nativeUrl: context.listeners()[name] ?? null,
      kinds: [...kinds],
      scenarios: [...sandbox.scenarios(name).keys()],
      options: sandbox.options(options),
      openapi: `${baseUrlOf(request, sandbox)}/_pollux/openapi/${name}.json`,
      examples: sandbox.fixtureIds(name).slice(0, EXAMPLES),
    }))
    reply.send({ items, next: null })
  })
  done()
}
