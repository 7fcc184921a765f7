/**
 * `/next`: which scenario the tasks get that clients start natively.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Sandbox } from '../sandbox.js'
import { requireApi, type ControlContext } from './context.js'
import { conflict } from './problems.js'

export const NextReply = Type.Object({
  api: Type.String(),
  kind: Type.Union([Type.String(), Type.Null()], { description: 'null: any' }),
  scenario: Type.String(),
  times: Type.Integer({ description: 'For so many tasks yet' }),
}, { title: 'Next' })

const MOST_QUEUED = 1000

const NextList = Type.Object({ items: Type.Array(NextReply), next: Type.Null() })

export const nextRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/next', {
    schema: { operationId: 'listNextScenarios', tags: ['Scenarios'], summary: 'What natively started tasks get next, the earliest first', description: 'One entry for each call that queued something and isn\'t used up.', response: { 200: NextList } },
  }, (request, reply) => { reply.send(nextReply(request.sandbox)) })

  app.post('/next', {
    schema: {
      operationId: 'queueScenario',
      tags: ['Scenarios'],
      summary: 'Give the next natively started tasks a scenario',
      description: 'Those of the API, and of the kind if one is named, so many times; each start takes one.',
      body: Type.Object({
        api: Type.String(),
        kind: Type.Optional(Type.String({ description: 'Default: any' })),
        scenario: Type.String(),
        times: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, expects: 'a whole number of 1 to 1000000' })),
      }, { additionalProperties: false }),
      response: { 201: NextList },
    },
  }, (request, reply) => {
    const { sandbox, body: { api, kind, scenario, times = 1 } } = request
    requireApi(context, api)
    if (sandbox.nextScenarios.length >= MOST_QUEUED) throw conflict(`There are ${MOST_QUEUED} scenarios queued, as many as may be: clear them, or use times.`)
    sandbox.queueScenario({ api, kind, scenario, times })
    reply.code(201).send(nextReply(sandbox))
  })

  app.delete('/next', {
    schema: { operationId: 'clearNextScenarios', tags: ['Scenarios'], summary: 'Back to success', description: 'Forgets everything that was queued for natively started tasks.', response: { 204: Type.Null({ description: 'Cleared' }) } },
  }, (request, reply) => {
    request.sandbox.clearNextScenarios()
    reply.code(204).send(null)
  })
  done()
}

function nextReply ({ nextScenarios }: Sandbox) {
  return { items: nextScenarios.map(({ api, kind, scenario, times }) => ({ api, kind: kind ?? null, scenario, times })), next: null }
}
