/**
 * What goes in and out on the wire, and this API's options. Schemas describe; values are checked by their lexical forms in
 * `list-query.ts` and `routes.ts`.
 */
import { Type, type Static, type TSchema, type TString } from '@sinclair/typebox'
import { ID_LENGTH } from './ids.js'

/** The options of this API (cognigy contract, table of options). */
export const CognigyOptions = Type.Object({
  'api-keys': Type.Union([Type.Literal('any'), Type.Literal('none'), Type.Array(Type.String({ minLength: 1 }))], {
    default: 'any',
    description: 'Which credentials are good: every non-empty one, none is needed, or these',
    expects: 'any, none, or a JSON list of keys such as ["key-1", "key-2"]',
  }),
  'default-media': Type.Union([Type.Literal('hal'), Type.Literal('json')], {
    default: 'hal',
    description: 'What a request without a usable Accept header gets: `application/hal+json`, or `application/json`',
    expects: 'hal or json',
  }),
}, { additionalProperties: false })
export type CognigyOptions = Static<typeof CognigyOptions>

/** A query as it arrives: repeated names are lists, `[]` is part of its name. */
export type RawQuery = Readonly<Record<string, string | readonly string[] | undefined>>

const ID_EXAMPLE = '65004d5c0000000000000001'
const USER_EXAMPLE = '5f8f0c1e2a6b4d0012ab34cd'

const Id = (description: string): TString => Type.String({ minLength: ID_LENGTH, maxLength: ID_LENGTH, description, examples: [ID_EXAMPLE] })
const UnixSeconds = (description: string): TSchema => Type.Integer({ minimum: 0, maximum: 2147483647, description, examples: [1694518620] })
const NullableDateTime = (description: string): TSchema => Type.Union([Type.String({ format: 'date-time' }), Type.Null()], { description })

export const TaskParams = Type.Object({ taskId: Id('The Id of the Task') })

export const TaskStatus = Type.String({
  enum: ['queued', 'active', 'done', 'cancelling', 'cancelled', 'error'], description: 'The status of the task', examples: ['queued'],
})

const TASK_PROPERTIES = {
  name: Type.String({ description: 'The name of the task' }),
  data: Type.Record(Type.String(), Type.Unknown(), { description: 'The parameters of the task; when it is done, also what it has made' }),
  status: TaskStatus,
  currentStep: Type.Integer(),
  totalStep: Type.Integer(),
  failReason: Type.String({ description: 'Empty unless the status is error' }),
  lastRunAt: NullableDateTime('When it began to run'),
  lastFinishedAt: NullableDateTime('When it ended'),
  _id: Id('The Id of the Task'),
  createdAt: UnixSeconds('Unix-timestamp'),
  lastChanged: UnixSeconds('Unix-timestamp'),
  createdBy: Id('The user who started it'),
  lastChangedBy: Id('The user who changed it last'),
}

/** A task as it is read. */
export const TaskReply = Type.Object(TASK_PROPERTIES, { title: 'Task' })

export const Link = Type.Object({ href: Type.String() })

/** The same as HAL. */
export const HalTaskReply = Type.Object({ ...TASK_PROPERTIES, _links: Type.Object({ self: Link }) }, { title: 'HalTask' })

const Cursor = (description: string): TSchema => Type.Union([Type.String(), Type.Null()], { description })

/** A page of tasks. */
export const TaskListReply = Type.Object({
  items: Type.Array(TaskReply),
  total: Type.Integer({ description: 'Matches on all pages' }),
  nextCursor: Cursor('The last item, if more follow'),
  previousCursor: Cursor('The first item, if some precede'),
}, { title: 'TaskList' })

/** The same as HAL. */
export const HalTaskListReply = Type.Object({
  _embedded: Type.Object({ tasks: Type.Array(Type.Object({ ...TASK_PROPERTIES, taskId: Id('The Id of the Task'), _links: Type.Object({ self: Link }) })) }),
  _links: Type.Object({ self: Link, next: Type.Optional(Link), prev: Type.Optional(Link) }),
  total: Type.Integer(),
}, { title: 'HalTaskList' })

/** Every error (contract 6). */
export const ErrorReply = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  detail: Type.String(),
  instance: Type.String({ description: 'The path of the request' }),
  status: Type.Integer({ description: 'The HTTP status' }),
  traceId: Type.String(),
  code: Type.Integer({ description: 'Decides the class of the error in the vendor\'s client' }),
  details: Type.Object({}),
}, { title: 'Error' })

export const ReadTaskQuery = Type.Object({
  projectId: Type.Optional(Type.String({ description: 'Ignored' })),
})

const Values = (description: string): TSchema => Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())], { description }))

export const ListTasksQuery = Type.Object({
  filter: Type.Optional(Type.String({ description: 'Part of the name, in any letter case' })),
  limit: Type.Optional(Type.Integer({ default: 25, description: 'Items on a page; held to 1..100' })),
  next: Type.Optional(Id('The page right behind this task')),
  previous: Type.Optional(Id('The page right before this task')),
  projectId: Type.Optional(Id('Tasks of this project')),
  skip: Type.Optional(Type.Integer({ default: 0, description: 'Items to leave out first' })),
  sort: Type.Optional(Type.String({ default: 'createdAt:desc', description: '`field:asc` or `field:desc`, or a comma list of them' })),
  status: Values('Tasks with one of these; likewise every other key of a task, and paths such as `data.flowId`'),
})

/** A task as the call that starts it is answered: under other key names than a polled one (contract 3.2). */
export const CreatedTask = Type.Object({
  _id: Id('The Id of the Task'),
  status: Type.Literal('queued'),
  type: Type.String({ description: 'The name of the task' }),
  parameters: Type.Record(Type.String(), Type.Unknown(), { description: 'What it was given' }),
  createdAt: UnixSeconds('Unix-timestamp'),
  lastCreatedAt: UnixSeconds('The same'),
  lastChangedAt: UnixSeconds('The same'),
  progress: Type.Integer(),
  currentStep: Type.Integer(),
  totalStep: Type.Integer(),
}, { title: 'CreatedTask' })

export const CREATED_TASK_EXAMPLE = {
  _id: '6b02d940a1b2c3d4e5000001',
  status: 'queued',
  type: 'createSnapshot',
  parameters: { properties: { name: 's1', description: 'desc' } },
  createdAt: 1795348800,
  lastCreatedAt: 1795348800,
  lastChangedAt: 1795348800,
  progress: 0,
  currentStep: 0,
  totalStep: 100,
}

/** Query of lists other than that of tasks; what else there is, is ignored. */
export const ListQuery = Type.Object({
  filter: Type.Optional(Type.String({ description: 'Part of the name, in any letter case' })),
  limit: Type.Optional(Type.Integer({ default: 25, description: 'Items on a page; held to 1..100' })),
  next: Type.Optional(Id('The page right behind this item')),
  previous: Type.Optional(Id('The page right before this item')),
  projectId: Type.Optional(Id('Those of this project')),
  skip: Type.Optional(Type.Integer({ default: 0, description: 'Items to leave out first' })),
  sort: Type.Optional(Type.String({ default: 'createdAt:desc', description: '`field:asc` or `field:desc`, or a comma list of them' })),
})

export const TokenReply = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('Bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.String(),
}, { title: 'Token' })

export const TokenErrorReply = Type.Object({ error: Type.Literal('invalid_request'), error_description: Type.String() }, { title: 'TokenError' })

/** The task of the vendor's documentation, its placeholders filled (contract 9.1). */
export const TASK_EXAMPLE = {
  name: 'trainIntents',
  data: {},
  status: 'queued',
  currentStep: 123,
  totalStep: 123,
  failReason: '',
  lastRunAt: '2023-11-07T05:31:56Z',
  lastFinishedAt: '2023-11-07T05:31:56Z',
  _id: ID_EXAMPLE,
  createdAt: 1694518620,
  lastChanged: 1694518620,
  createdBy: USER_EXAMPLE,
  lastChangedBy: USER_EXAMPLE,
}
