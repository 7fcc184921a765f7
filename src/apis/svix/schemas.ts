/**
 * Shapes of Svix's parameters and replies as the vendor documents them, and the options of this API.
 */
import { Type, type Static } from '@sinclair/typebox'

/** Names of tasks, by the calls that start them (svix contract, 7.1). */
export const TASK_KINDS = [
  'endpoint.recover',
  'endpoint.replay',
  'endpoint.bulk-replay',
  'application.stats',
  'event-type.aggregate',
  'application.purge_content',
  'message.broadcast',
  'sdk.generate',
] as const

/** What the list's `task` filter takes: the names, and the one that SDK 1.84 to 1.89 had for bulk replays. */
export const TASK_FILTERS = [...TASK_KINDS, 'endpoint.bulk_replay'] as const

export const STATUSES = ['running', 'finished', 'failed'] as const
export type Status = typeof STATUSES[number]

export const ORDERINGS = ['ascending', 'descending'] as const
export type Ordering = typeof ORDERINGS[number]

const BackgroundTaskStatus = Type.String({ enum: [...STATUSES], title: 'BackgroundTaskStatus' })
const BackgroundTaskType = Type.String({ enum: [...TASK_FILTERS], title: 'BackgroundTaskType' })
const Ordering = Type.String({ enum: [...ORDERINGS], title: 'Ordering', default: 'descending' })

const Role = Type.Union([Type.Literal('organization'), Type.Literal('application')])
export type Role = Static<typeof Role>

const Profile = Type.Union([Type.Literal('seed'), Type.Literal('hosted')], {
  default: 'seed',
  expects: 'seed or hosted',
  description: 'Whose manners: those of the documented 2022 client (`seed`), or those of the hosted service (`hosted`: 400 for a query that can\'t be parsed, empty bodies of 404 and 405 for unknown paths and methods, tokens needed)',
})
export type Profile = Static<typeof Profile>

/** The options of this API (svix contract, head). */
export const SvixOptions = Type.Object({
  // Without a default of its own: the profile decides (svix contract, 5.5).
  tokens: Type.Optional(Type.Union([
    Type.Literal('none'),
    Type.Literal('any'),
    Type.Array(Type.Object({ token: Type.String({ minLength: 1 }), role: Role }, { additionalProperties: false })),
  ], {
    expects: 'none, any, or a JSON list of {token, role} with role organization or application',
    description: 'Bearer tokens that are accepted: `none` checks nothing, `any` takes every token (`appsk_…` has the role application), a list takes these. Default: `none`; with the profile `hosted`: `any`',
  })),
  profile: Profile,
}, { additionalProperties: false })
export type SvixOptions = Static<typeof SvixOptions>

export const TaskParams = Type.Object({
  task_id: Type.String({ description: 'The task\'s id. Any text is taken; one that is not stored is not found' }),
})
export type TaskParams = Static<typeof TaskParams>

const AppId = Type.String({ description: 'The application\'s id or uid: 1 to 256 of `a-zA-Z0-9-_.`; any other is not found' })

export const ApplicationParams = Type.Object({ app_id: AppId })
export type ApplicationParams = Static<typeof ApplicationParams>

export const EndpointParams = Type.Object({
  app_id: AppId,
  endpoint_id: Type.String({ description: 'The endpoint\'s id or uid, likewise' }),
})
export type EndpointParams = Static<typeof EndpointParams>

/** Lexical forms and violations: `list-query.ts`. */
export const TaskListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 250, default: 50, description: 'Limit the number of returned items' })),
  iterator: Type.Optional(Type.String({ pattern: '^-?qtask_[0-9A-Za-z]{27}$', description: 'The iterator returned from a prior invocation; with a leading `-` the page before it' })),
  order: Type.Optional(Ordering),
  status: Type.Optional(BackgroundTaskStatus),
  task: Type.Optional(BackgroundTaskType),
})

/** Documented on reads too, where nothing heeds it. */
export const RequestHeaders = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ description: 'The request\'s idempotency key' })),
})

/** On starting calls. */
export const StartHeaders = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ description: 'A `POST` that is repeated under its key within 12 hours is answered as the first one was, and starts nothing. `scenario:<name>` in it asks Pollux for that scenario' })),
})

const TASK_HEAD = {
  id: Type.String({ pattern: '^qtask_[0-9A-Za-z]{27}$' }),
  status: BackgroundTaskStatus,
  task: BackgroundTaskType,
  updatedAt: Type.String({ format: 'date-time' }),
}

export const BackgroundTask = Type.Object({
  data: Type.Record(Type.String(), Type.Unknown(), { description: 'The result of a finished task; of any other how far it got' }),
  ...TASK_HEAD,
}, { title: 'BackgroundTaskOut' })

export const BackgroundTaskList = Type.Object({
  data: Type.Array(BackgroundTask),
  iterator: Type.Union([Type.String(), Type.Null()], { description: 'The id of the last item, on the last page too; null when there is none' }),
  prevIterator: Type.Optional(Type.String({ description: '`-` and the id of the first item; left out when there is none' })),
  done: Type.Boolean({ description: 'Nothing more in the direction of the walk' }),
}, { title: 'ListResponseBackgroundTaskOut' })

/** What a start is answered: the task without its data. */
export const CreatedTask = Type.Object(TASK_HEAD, { title: 'CreatedBackgroundTaskOut' })

/** The same, and the applications that were asked for in vain. */
export const CreatedUsageTask = Type.Object({ unresolvedAppIds: Type.Array(Type.String()), ...TASK_HEAD }, { title: 'AppUsageStatsOut' })

const Uid = Type.Union([Type.String(), Type.Null()])

export const ApplicationReply = Type.Object({
  createdAt: Type.String({ format: 'date-time' }),
  id: Type.String({ pattern: '^app_[0-9A-Za-z]{27}$' }),
  metadata: Type.Record(Type.String(), Type.String()),
  name: Type.String(),
  uid: Uid,
  updatedAt: Type.String({ format: 'date-time' }),
}, { title: 'ApplicationOut' })

export const EndpointReply = Type.Object({
  createdAt: Type.String({ format: 'date-time' }),
  description: Type.String(),
  disabled: Type.Boolean(),
  id: Type.String({ pattern: '^ep_[0-9A-Za-z]{27}$' }),
  metadata: Type.Record(Type.String(), Type.String()),
  uid: Uid,
  updatedAt: Type.String({ format: 'date-time' }),
  url: Type.String(),
  version: Type.Integer(),
}, { title: 'EndpointOut' })

export const HttpError = Type.Object({ code: Type.String(), detail: Type.String() }, { title: 'HttpErrorOut' })

export const ValidationErrors = Type.Object({
  detail: Type.Array(Type.Object({ loc: Type.Array(Type.String()), msg: Type.String(), type: Type.String() }, { title: 'ValidationError' })),
}, { title: 'HTTPValidationError' })
