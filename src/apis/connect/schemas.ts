/**
 * What goes over Connect's wire, and the options of this API. Routes check by the contract's lexical rules; these schemas describe.
 */
import { Type, type Static, type TObject, type TSchema } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'
import { describe } from './documentation.js'

/** One entry of the option `api-keys`. */
const ApiKey = Type.Object({
  key: Type.String({ minLength: 1, pattern: '^\\S+$' }),
  username: Type.String({ minLength: 1 }),
  role: Type.Union([Type.Literal('viewer'), Type.Literal('publisher'), Type.Literal('administrator')]),
}, { additionalProperties: false })
/** A key, whose it is, and what its owner may do. */
export type ApiKey = Static<typeof ApiKey>

/** The options of this API: the contract's table. */
export const ConnectOptions = Type.Object({
  'server-version': Type.String({ pattern: '^\\d{4}\\.(?:0[1-9]|1[0-2])\\.\\d{1,3}$', default: '2026.04.0', expects: 'a version such as 2026.04.0', description: 'Version of Connect that the server says it is' }),
  'api-keys': Type.Union([Type.Literal('any'), Type.Literal('none'), Type.Array(ApiKey, { minItems: 1 })], { default: 'any', expects: 'any, none, or a JSON list of {key, username, role} with a role of viewer, publisher or administrator', description: 'Which keys are accepted; `any`: every one, `none`: a key isn\'t even asked for' }),
  'wait-wakes-on': Type.Union([Type.Literal('finish'), Type.Literal('output')], { default: 'finish', expects: 'finish or output', description: 'What ends a `wait` before its time: the end of the task, or also new output' }),
  'unknown-task-code': Type.Union([Type.Literal(141), Type.Literal(4)], { default: 141, expects: '141 or 4', description: 'Error code for a task that there isn\'t; servers of 2017 said 4' }),
  'session-cookie': Type.Union([Type.Literal('optional'), Type.Literal('required')], { default: 'optional', expects: 'optional or required', description: '`required`: a task is only found by clients that send back the cookie of an earlier reply, as behind a load balancer' }),
  'retention-seconds': Type.Integer({ minimum: 0, maximum: 1_000_000_000, default: 0, expects: 'a whole number of seconds; 0: never forgotten', description: 'How long after its end a task is known' }),
  'cors-origin': Type.Optional(Type.String({ pattern: '^https?://[^\\s/?#]+$', expects: 'an origin such as https://app.example.com', description: 'Origin whose pages may call; without it there are no CORS headers' })),
}, { additionalProperties: false })
export type ConnectOptions = Static<typeof ConnectOptions>

/** What stands in the path of a task. */
export const TaskParams = Type.Object({
  id: Type.String({ description: 'The identifier of the desired task.', examples: ['CmsfmnfDDyRUrsAc'] }),
})
export type TaskParams = Static<typeof TaskParams>

const WAIT_RANGE = { minimum: 0, maximum: 20, default: 0 }
const FIRST_RANGE = { minimum: 0, maximum: 999_999_999, default: 0 }

/** Query of the v1 and the experimental route (contract 4). */
export const TaskQuery = Type.Object({
  first: Type.Optional(Type.Integer({ ...FIRST_RANGE, description: 'The first line of output to include in the response. The value `0` indicates that all lines should be returned. Values less than `0` are not permitted. Values greater than the total number of lines produced by the task are not permitted.' })),
  wait: Type.Optional(Type.Integer({ ...WAIT_RANGE, description: 'The number of seconds to wait for task completion before responding. The current state of the task is returned once the task completes or this time elapses. Values less than `0` or greater than `20` are not permitted.' })),
})

/** Query of the legacy route. */
export const LegacyTaskQuery = Type.Object({
  first_status: Type.Optional(Type.Integer({ ...FIRST_RANGE, description: 'The first line of output to include in the response; above the total there are none.' })),
})

/** A query as Fastify hands it over: one text per name, or all of them when the name is repeated. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>

const id = Type.String({ description: 'Identifier of the task.' })
const output = Type.Array(Type.String(), { description: 'Lines of output from `first` on; empty when there are none.' })
const result = Type.Union([Type.Object({
  type: Type.String({ description: 'What `data` is.' }),
  data: Type.Unknown({ description: 'A value that depends on the type.' }),
}), Type.Null()], { description: 'What the task leaves behind, if anything.' })
const finished = Type.Boolean({ description: 'Whether the task is over, well or badly.' })
const code = Type.Integer({ description: 'Numerical indication as to the cause of an error; 0 as long as there is none.' })
const error = Type.String({ description: 'Description of the error; empty as long as there is none.' })
const last = Type.Integer({ description: 'Total lines of output produced so far: the `first` of the next request.' })

/** A task on the v1 route (contract 3.1). */
export const TaskReply = Type.Object({ id, output, result, finished, code, error, last }, {
  title: 'Task',
  examples: [{ id: 'eKm0RFxyzIKR3jnI', output: ['Deleting runtime cache...'], result: null, finished: false, code: 0, error: '', last: 1 }],
})

/** A task on the experimental route, as the seed documents it. */
export const ExperimentalTaskReply = Type.Object({ id, output, finished, code, error, last }, {
  title: 'ExperimentalTask',
  examples: [{ id: 'eKm0RFxyzIKR3jnI', output: ['Deleting runtime cache...'], finished: false, code: 0, error: '', last: 1 }],
})

/** A task on the legacy route. */
export const LegacyTaskReply = Type.Object({
  id,
  user_id: Type.Integer({ description: 'Number of the user who started the task.' }),
  status: output,
  result,
  finished,
  code,
  error,
  last_status: last,
}, {
  title: 'LegacyTask',
  examples: [{ id: 'eKm0RFxyzIKR3jnI', user_id: 1, status: ['Deleting runtime cache...'], result: null, finished: false, code: 0, error: '', last_status: 1 }],
})

interface TaskOperation {
  readonly operationId: string
  readonly summary: string
  readonly description: string
  readonly querystring: TObject
  readonly reply: TSchema
  readonly isDeprecated: boolean
  /** Response headers worth telling of. */
  readonly headers?: Readonly<Record<string, object>>
}

/** The document's entry for one of the task routes. */
function taskRoute ({ querystring, reply, ...operation }: TaskOperation): FastifySchema {
  return describe({
    ...operation,
    tag: 'Tasks',
    params: TaskParams,
    query: querystring,
    reply: { description: 'The task as it is now.', schema: reply, ...(operation.headers === undefined ? {} : { headers: operation.headers }) },
    errors: ['parameter', 'unauthenticated', 'taskOfSomebodyElse', 'unknownTask', 'internal'],
  })
}

/** `GET /__api__/v1/tasks/{id}` in the document. */
export const getTask = taskRoute({
  operationId: 'getTask',
  summary: 'Get task details',
  description: 'Returns the current state of a task and any output lines past the requested initial position (`first`). When `wait` is non-zero, will wait up to that number of seconds for the task to complete before responding. Incrementally receive task output by using the `last` response field value as the `first` value in a subsequent query.',
  querystring: TaskQuery,
  reply: TaskReply,
  isDeprecated: false,
})

/** `GET /__api__/v1/experimental/tasks/{id}` in the document. */
export const getTaskExperimental = taskRoute({
  operationId: 'getTaskExperimental',
  summary: 'Get task details (experimental route)',
  description: 'The same task without `result`, as documented before the route left its experimental state.',
  querystring: TaskQuery,
  reply: ExperimentalTaskReply,
  isDeprecated: true,
  headers: { 'X-Deprecated-Endpoint': { type: 'string', description: 'The path that takes the place of this one.' } },
})

/** `GET /__api__/tasks/{id}` in the document. */
export const getTaskLegacy = taskRoute({
  operationId: 'getTaskLegacy',
  summary: 'Get task details (before v1)',
  description: 'The same task under the names that clients used before there was a `v1`; it never waits. The vendor never documented it.',
  querystring: LegacyTaskQuery,
  reply: LegacyTaskReply,
  isDeprecated: true,
})
