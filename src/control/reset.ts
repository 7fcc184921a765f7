/**
 * `POST /reset`: the sandbox as it was at its start.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { KEEPABLE } from '../sandbox.js'
import { clockReply } from './clock.js'
import type { ControlContext } from './context.js'

export const ResetReply = Type.Object({ name: Type.String(), tasks: Type.Integer(), clock: Type.Unknown() }, { title: 'Reset' })

export const ResetBody = Type.Object({
  keep: Type.Optional(Type.Array(Type.Union(KEEPABLE.map((what) => Type.Literal(what))), { description: 'What stays as it is', expects: `a list of ${KEEPABLE.join(', ')}` })),
}, { additionalProperties: false })

export const resetRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, _options, done) => {
  app.post('/reset', {
    schema: {
      operationId: 'resetSandbox',
      tags: ['Sandboxes'],
      summary: 'Back to the fixtures; held polls have been answered when it answers',
      description: 'Tasks, clock, faults, scenarios, journal and random streams, but for what is to be kept. Options stay.',
      body: ResetBody,
      response: { 200: ResetReply },
    },
  }, async (request, reply) => {
    const { sandbox, body: { keep } } = request
    await sandbox.reset(keep)
    return reply.send({ name: sandbox.name, tasks: sandbox.simulator.taskCount, clock: await clockReply(sandbox) })
  })
  done()
}
