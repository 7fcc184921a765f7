/**
 * `/tasks`: made, listed, explained, moved by hand, and taken away.
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { parseScript, ScriptJson, TaskErrorJson, TASK_STATES, type Json, type JsonObject, type TaskError } from '../simulator/script.js'
import type { Simulator } from '../simulator/simulator.js'
import type { TaskSnapshot } from '../simulator/task.js'
import { forEachInSlices, sendInSlices } from '../slices.js'
import { requireApi, type ControlContext } from './context.js'
import { PAGE_QUERY, pageOf, PageOf } from './pages.js'
import { badRequest, conflict, notFound } from './problems.js'
import { taskKey, taskReply, TaskReply, taskSummary, TaskSummary } from './task-view.js'

export const NewTask = Type.Object({
  api: Type.String({ description: 'Whose task it is' }),
  kind: Type.Optional(Type.String({ minLength: 1, description: 'Default: the first that `GET /apis` names' })),
  scenario: Type.Optional(Type.String({ description: 'Default: success' })),
  script: Type.Optional(ScriptJson),
  id: Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'Default: drawn in the vendor\'s form' })),
  label: Type.Optional(Type.String({ description: 'For filters and fault rules' })),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'As if a client had started it with them' })),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000, description: 'So many tasks; the reply is then a list of them' })),
}, { additionalProperties: false, title: 'NewTask' })

const TaskParams = Type.Object({ id: Type.String() })
export const ApiQuery = Type.Object({ api: Type.Optional(Type.String({ description: 'Needed when tasks of several APIs share the id' })) }, { additionalProperties: false })
const Nothing = Type.Object({}, { additionalProperties: false })

const VERBS = {
  hold: { summary: 'Stop its script where it stands', description: 'No step is taken until the task is released, however far the clock moves.', body: Nothing, run: (simulator: Simulator, api: string, id: string) => simulator.hold(api, id) },
  release: { summary: 'Let it go on; the time it was held does not count', description: 'The steps to come are put off by as long as the task was held.', body: Nothing, run: (simulator: Simulator, api: string, id: string) => simulator.release(api, id) },
  finish: {
    summary: 'End it well now',
    description: 'Polls that wait for it are answered before this call is. A result may be given; else it is the script\'s.',
    body: Type.Object({ result: Type.Optional(Type.Unknown({ description: 'Default: what its script would have left' })) }, { additionalProperties: false }),
    // A body is JSON, so what the schema leaves unknown is JSON.
    run: (simulator: Simulator, api: string, id: string, body: Body) => simulator.finish(api, id, body.result as Json | undefined),
  },
  fail: {
    summary: 'End it badly now',
    description: 'Polls that wait for it are answered before this call is. An error may be given; else it is a usual one.',
    body: Type.Object({ error: Type.Optional(Type.Union([TaskErrorJson, Type.String()], { description: 'A message, or an object with message, code, details', expects: 'a text, or an object with message and, if need be, code and details' })) }, { additionalProperties: false }),
    run: (simulator: Simulator, api: string, id: string, body: Body) => simulator.fail(api, id, toTaskError(body.error)),
  },
  cancel: {
    summary: 'Ask it to stop, as a client would',
    description: 'It passes through the states that the vendor\'s own cancel leads through.',
    body: Nothing,
    run: (simulator: Simulator, api: string, id: string) => {
      const { state, task: { script } } = requireSnapshot(simulator, api, id)
      if (state === 'cancelling' || state === 'cancelled') throw conflict(`task ${id} is ${state} already`)
      if (!script.cancellable && state !== 'succeeded' && state !== 'failed') throw conflict(`the script of task ${id} takes no cancel`)
      return simulator.cancel(api, id, 'control')
    },
  },
  step: {
    summary: 'Move on to its next step now',
    description: 'Whatever the clock says; later steps follow at their distance from this one.',
    body: Type.Object({ by: Type.Optional(Type.Integer({ minimum: 1, default: 1, description: 'So many steps', expects: 'a whole number of 1 or more' })) }, { additionalProperties: false }),
    run: (simulator: Simulator, api: string, id: string, body: Body) => simulator.step(api, id, body.by),
  },
  output: {
    summary: 'Append lines to its output',
    description: 'Behind what the script has written so far; polls that wait for output are answered.',
    body: Type.Object({ lines: Type.Array(Type.String(), { minItems: 1, maxItems: 10_000, expects: 'a list of 1 to 10000 texts' }) }, { additionalProperties: false }),
    run: (simulator: Simulator, api: string, id: string, body: Body) => simulator.appendOutput(api, id, body.lines ?? []),
  },
} as const

/** What the verbs' bodies may hold between them. */
interface Body { readonly result?: unknown, readonly error?: Static<typeof TaskErrorJson> | string, readonly by?: number, readonly lines?: readonly string[] }

export const taskRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/tasks', {
    schema: {
      operationId: 'listTasks',
      tags: ['Tasks'],
      summary: 'The tasks of the sandbox',
      description: 'Page by page, by filters; each as it stands on the sandbox\'s clock.',
      querystring: Type.Object({
        ...PAGE_QUERY,
        api: Type.Optional(Type.String()),
        kind: Type.Optional(Type.String()),
        state: Type.Optional(Type.Union(TASK_STATES.map((state) => Type.Literal(state)), { expects: `one of ${TASK_STATES.join(', ')}` })),
        label: Type.Optional(Type.String()),
        scenario: Type.Optional(Type.String()),
      }, { additionalProperties: false }),
      response: { 200: PageOf(TaskSummary) },
    },
  }, async (request, reply) => {
    const { sandbox: { simulator }, query } = request
    if (query.api !== undefined) requireApi(context, query.api)
    const page = await pageOf(simulator.tasks(), query, (task) => taskKey(task, context), (task) => {
      if ((query.api ?? task.api) !== task.api || (query.kind ?? task.kind) !== task.kind) return undefined
      if (query.label !== undefined && query.label !== task.label) return undefined
      if (query.scenario !== undefined && query.scenario !== task.scenario) return undefined
      if (query.state !== undefined && query.state !== simulator.stateOf(task)) return undefined
      const snapshot = simulator.peek(task.api, task.id)
      return snapshot && taskSummary(snapshot, request, context)
    })
    return reply.send(page)
  })

  app.post('/tasks', {
    schema: {
      operationId: 'createTask',
      tags: ['Tasks'],
      summary: 'Start a task',
      description: 'By scenario or by a script of its own, under an id of its own or one drawn in the vendor\'s form; several at once with `count`.',
      body: NewTask,
      response: { 201: Type.Union([TaskReply, Type.Array(TaskReply)], { description: 'The task; a list of them when `count` was given' }) },
    },
  }, async (request, reply) => {
    const { api: name, kind, scenario, script: json, count, id, label, parameters } = request.body
    const api = requireApi(context, name)
    if (json !== undefined && scenario !== undefined) throw badRequest('/scenario', 'expected either scenario or script, got both')
    if (id !== undefined && (count ?? 1) > 1) throw badRequest('/count', 'several tasks can\'t share one id')
    const script = json === undefined ? undefined : parseScript(json, '/script', context.bounds.lines)
    const start = (): TaskSnapshot => request.sandbox.startTask({
      api: name,
      kind: kind ?? api.kinds[0] ?? '',
      // Said outright, because what is queued for native starts is not for this one.
      scenario: script === undefined ? scenario ?? 'success' : undefined,
      script,
      id,
      label,
      parameters: parameters as JsonObject | undefined,
    })
    reply.code(201)
    if (count === undefined) return reply.send(taskReply(start(), request, context))
    const started: TaskSnapshot[] = []
    await forEachInSlices(Array(count).keys(), () => { started.push(start()) })
    return sendInSlices(reply, started, (snapshot) => taskReply(snapshot, request, context))
  })

  app.get('/tasks/:id', {
    schema: { operationId: 'explainTask', tags: ['Tasks'], summary: 'A task, and why it is as it is', description: 'The script with past and coming steps, what happened to it, who waits for it, and why the last poll got its answer.', params: TaskParams, querystring: ApiQuery, response: { 200: TaskReply } },
  }, (request, reply) => { reply.send(taskReply(findTask(request, request.params.id, request.query.api), request, context)) })

  app.delete('/tasks/:id', {
    schema: { operationId: 'deleteTask', tags: ['Tasks'], summary: 'Take a task away; held polls are answered as for an unknown one', description: 'From now on the vendor\'s calls don\'t know the id; the journal still does.', params: TaskParams, querystring: ApiQuery, response: { 204: Type.Null({ description: 'Gone' }) } },
  }, async (request, reply) => {
    const { simulator } = request.sandbox
    const { task: { api, id } } = findTask(request, request.params.id, request.query.api)
    simulator.remove(api, id)
    await simulator.answered()
    return reply.code(204).send(null)
  })

  app.post('/tasks/:id/expire', {
    schema: { operationId: 'expireTask', tags: ['Tasks'], summary: 'Let it vanish, as if its retention were over', description: 'Polls find nothing any more, as after the vendor\'s own retention.', params: TaskParams, querystring: ApiQuery, body: Nothing, response: { 200: TaskReply } },
  }, async (request, reply) => {
    const { simulator } = request.sandbox
    const snapshot = findTask(request, request.params.id, request.query.api)
    simulator.expire(snapshot.task.api, snapshot.task.id)
    await simulator.answered()
    // The last that can be said of it.
    return reply.send(taskReply(snapshot, request, context))
  })

  for (const [verb, { summary, description, body, run }] of Object.entries(VERBS)) {
    app.post(`/tasks/:id/${verb}`, {
      schema: { operationId: `${verb}Task`, tags: ['Tasks'], summary, description, params: TaskParams, querystring: ApiQuery, body, response: { 200: TaskReply } },
    }, async (request, reply) => {
      const { simulator } = request.sandbox
      const { task: { api, id } } = findTask(request, request.params.id, request.query.api)
      const snapshot = run(simulator, api, id, request.body)
      await simulator.answered()
      return reply.send(taskReply(snapshot, request, context))
    })
  }
  done()
}

/** The task of that id, whatever its API. Throws a Problem: 404 for none, 409 when the id alone does not tell which. */
export function findTask ({ sandbox: { simulator } }: FastifyRequest, id: string, api: string | undefined): TaskSnapshot {
  const apis = simulator.apisWith(id).filter((name) => (api ?? name) === name)
  if (apis.length > 1) throw conflict(`several APIs have a task ${id}: ?api= takes ${apis.join(' or ')}`)
  if (apis[0] === undefined) throw notFound(`There is no ${api === undefined ? '' : `${api} `}task ${id}.`)
  return requireSnapshot(simulator, apis[0], id)
}

function requireSnapshot (simulator: Simulator, api: string, id: string): TaskSnapshot {
  const snapshot = simulator.peek(api, id)
  if (snapshot === undefined) throw notFound(`There is no ${api} task ${id}.`)
  return snapshot
}

function toTaskError (error: Static<typeof TaskErrorJson> | string | undefined): TaskError {
  if (typeof error === 'string') return { message: error }
  // The vendors' own default texts differ; an empty message lets each API say its own. A body is JSON.
  return { message: '', ...error as Partial<TaskError> }
}
