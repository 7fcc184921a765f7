/**
 * `GET /health` and `GET /ready`: who this is, and whether it serves.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { ControlContext } from './context.js'
import { memoryNow } from './memory.js'

const PHASES = ['starting', 'ok', 'draining'] as const

export const HealthReply = Type.Object({
  name: Type.Literal('pollux'),
  version: Type.String(),
  status: Type.Union(PHASES.map((phase) => Type.Literal(phase))),
  uptimeMs: Type.Integer(),
  apis: Type.Array(Type.String()),
  seed: Type.Integer(),
  limits: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Settings in force that bound what clients may do' })),
  counts: Type.Optional(Type.Object({ tasks: Type.Integer(), sandboxes: Type.Integer(), heldPolls: Type.Integer(), connections: Type.Integer({ description: 'Open now, on all listeners' }) })),
  memory: Type.Optional(Type.Object({ rssBytes: Type.Integer(), heapUsedBytes: Type.Integer() })),
}, { title: 'Health' })

export const healthRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  const { version, apis, seed, sandboxes, limits, openConnections, phase } = context

  function health (isVerbose: boolean) {
    const basics = { name: 'pollux' as const, version, status: phase(), uptimeMs: Math.round(process.uptime() * 1000), apis: apis.map(({ name }) => name), seed }
    if (!isVerbose) return basics
    const all = sandboxes.list()
    const { rss, heapUsed } = memoryNow()
    return {
      ...basics,
      limits,
      counts: {
        tasks: all.reduce((sum, { simulator }) => sum + simulator.taskCount, 0),
        sandboxes: all.length,
        heldPolls: all.reduce((sum, { simulator }) => sum + simulator.heldPollCount, 0),
        connections: openConnections(),
      },
      memory: { rssBytes: rss, heapUsedBytes: heapUsed },
    }
  }

  app.get('/health', {
    schema: {
      operationId: 'getHealth',
      tags: ['Server'],
      summary: 'Who serves',
      description: 'Name, version and settings that matter, of the process that answers. Asks nobody for the token.',
      querystring: Type.Object({ verbose: Type.Optional(Type.Boolean({ description: 'Adds limits, counts and memory', expects: 'true or false' })) }, { additionalProperties: false }),
      response: { 200: HealthReply },
    },
  }, (request, reply) => { reply.send(health(request.query.verbose ?? false)) })

  app.get('/ready', {
    schema: { operationId: 'getReadiness', tags: ['Server'], summary: 'Whether it serves', description: '200 while requests are taken, 503 while the server starts or ends.', response: { 200: HealthReply, 503: HealthReply } },
  }, (_request, reply) => {
    reply.code(phase() === 'ok' ? 200 : 503).send(health(false))
  })
  done()
}
