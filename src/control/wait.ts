/**
 * `GET /tasks/{id}/wait`: answers once a task is as a test needs it.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { Wait } from '../clock.js'
import { TASK_STATES } from '../simulator/script.js'
import { nextChangeAt, type TaskSnapshot } from '../simulator/task.js'
import type { ControlContext } from './context.js'
import { badRequest, notFound } from './problems.js'
import { taskReply, TaskReply } from './task-view.js'
import { findTask } from './tasks.js'
import { QueryDuration } from './validation.js'
import { readTimeout, waitFor, WAIT_REFUSALS } from './waiting.js'

export const waitRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/tasks/:id/wait', {
    schema: {
      operationId: 'waitForTask',
      tags: ['Tasks'],
      summary: 'Answer when the task is in the state, was polled so often, and so many polls wait for it',
      description: 'All that is asked for has to hold at once; after the time-out, which is real time, 408 tells how things stand.',
      params: Type.Object({ id: Type.String() }),
      querystring: Type.Object({
        api: Type.Optional(Type.String()),
        state: Type.Optional(Type.Union(TASK_STATES.map((state) => Type.Literal(state)), { expects: `one of ${TASK_STATES.join(', ')}` })),
        polls: Type.Optional(Type.Integer({ minimum: 0, description: 'At least so many polls so far', expects: 'a whole number of 0 or more' })),
        waiters: Type.Optional(Type.Integer({ minimum: 0, description: 'At least so many polls that wait now', expects: 'a whole number of 0 or more' })),
        timeout: Type.Optional(QueryDuration),
      }, { additionalProperties: false }),
      response: { 200: TaskReply, ...WAIT_REFUSALS },
    },
  }, async (request, reply) => {
    const { state, polls = 0, waiters = 0, timeout } = request.query
    if (state === undefined && request.query.polls === undefined && request.query.waiters === undefined) throw badRequest('/state', 'expected at least one of state, polls and waiters')
    const timeoutMs = readTimeout(timeout)
    const { simulator } = request.sandbox
    const holds = (snapshot: TaskSnapshot): boolean =>
      (state ?? snapshot.state) === snapshot.state && snapshot.task.polls >= polls && simulator.heldPollsOf(snapshot.task) >= waiters
    const snapshot = await taskOnce(request, findTask(request, request.params.id, request.query.api), holds, timeoutMs)
    return reply.send(taskReply(snapshot, request, context))
  })
  done()
}

/** The task as soon as the condition holds. Throws a Problem: 404 when the task goes, and those of `waitFor`. */
function taskOnce (request: FastifyRequest, first: TaskSnapshot, holds: (snapshot: TaskSnapshot) => boolean, timeoutMs: number): Promise<TaskSnapshot> {
  if (holds(first)) return Promise.resolve(first)
  const { clock, simulator } = request.sandbox
  const { api, id } = first.task
  return waitFor<TaskSnapshot>(request, {
    timeoutMs,
    begin: ({ resolve, reject }) => {
      let change: Wait | undefined
      const look = (): void => {
        const snapshot = simulator.peek(api, id)
        if (snapshot === undefined) return reject(notFound(`The task ${id} is gone.`))
        if (holds(snapshot)) return resolve(snapshot)
        change?.cancel()
        const changesAt = nextChangeAt(snapshot.task, clock.now())
        change = changesAt === Infinity ? undefined : clock.watch(changesAt, look)
      }
      const unobserve = simulator.observe((_event, task) => { if (task.id === id && task.api === api) look() })
      look()
      return () => {
        change?.cancel()
        unobserve()
      }
    },
    tellSoFar: () => {
      const now = simulator.peek(api, id)
      return `The task is ${now?.state ?? 'gone'}, was polled ${now?.task.polls ?? 0} times, and ${now === undefined ? 0 : simulator.heldPollsOf(now.task)} polls wait for it.`
    },
  })
}
