/**
 * The calls that start a task (contract 7): each a row of what it is given, which task it starts and what it answers.
 */
import type { FastifyRequest } from 'fastify'
import type { TaskStart } from '../../sandbox.js'
import type { JsonObject } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { optionsOf, userOf } from './admission.js'
import { userNumberOf } from './auth.js'
import { sendJson, type Route } from './replies.js'
import { applicationStarts } from './start/applications.js'
import { contentStarts } from './start/content.js'
import { systemStarts } from './start/system.js'

/** What a call starts. */
export interface Plan extends Pick<TaskStart, 'label' | 'usual' | 'result' | 'effect'> {
  /** What the task's views need to know of the start. */
  readonly parameters?: JsonObject
  /** What the reply says beside the task. */
  readonly told?: JsonObject
  /** True: it only says what it would do. */
  readonly isRehearsal?: boolean
}

/** A call that starts a task. */
export interface Start extends Pick<Route, 'method' | 'url' | 'schema'> {
  readonly kind: string
  /** Default: 200. */
  readonly status?: 200 | 202
  /** Checks the request and makes a plan of it. Throws ConnectError. */
  readonly plan: (request: FastifyRequest) => Plan
  /** The reply's body; there is no task when the plan was a rehearsal. */
  readonly reply: (started: TaskSnapshot | undefined, plan: Plan) => unknown
}

/** The routes of all starting calls. */
export const startRoutes: readonly Route[] = [...contentStarts, ...applicationStarts, ...systemStarts].map(routeOf)

function routeOf ({ method, url, schema, kind, status, plan: makePlan, reply: bodyOf }: Start): Route {
  return {
    method,
    url,
    schema,
    handler: (request, reply) => {
      const plan = makePlan(request)
      if (plan.isRehearsal !== true) request.startedTask = start(request, kind, plan)
      sendJson(request, reply, bodyOf(request.startedTask, plan), status)
    },
  }
}

function start (request: FastifyRequest, kind: string, { label, usual, parameters, result, effect }: Plan): TaskSnapshot {
  const user = userOf(request)
  const about = { owner: user.username, user_id: userNumberOf(user, optionsOf(request)), ...parameters }
  return request.sandbox.startTask({ api: 'connect', kind, label, usual, parameters: about, result, effect })
}
