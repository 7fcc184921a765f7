/**
 * What the OpenAPI document says about the routes, beyond the shapes in `schemas.ts`.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import type { OpenApiHead } from '../../api.js'
import { ErrorReply, HalTaskListReply, HalTaskReply, ListTasksQuery, ReadTaskQuery, TASK_EXAMPLE, TaskListReply, TaskParams, TaskReply } from './schemas.js'

/** The head of the document. */
export const OPENAPI: OpenApiHead = {
  info: {
    title: 'Cognigy.AI tasks',
    version: '2.0.0',
    description: 'The tasks of the Cognigy.AI REST API v2.0, as Pollux emulates them: started work that is polled until it is done, cancelled or in error.',
  },
  servers: [
    { url: 'http://localhost:8080/new', description: 'Pollux, by the base path of the vendor\'s documentation' },
    { url: 'http://localhost:8080', description: 'Pollux, by the short base path' },
    { url: 'http://localhost:8080/cognigy', description: 'Pollux, with the whole URL space' },
  ],
  tags: [{ name: 'Tasks', description: 'Asynchronous work of the platform' }],
  securitySchemes: {
    ApiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Supply the API Key in the HTTP-Header' },
    OAuth2: { type: 'http', scheme: 'bearer', description: 'The access token received from the authorization server in the OAuth 2.0 flow' },
    ApiKeyQuery: { type: 'apiKey', in: 'query', name: 'api_key', description: 'Supply the API Key in the Url-Query' },
  },
}

/** Any one of the three. */
const SECURITY = [{ ApiKeyHeader: [] }, { OAuth2: [] }, { ApiKeyQuery: [] }]

const HAL_LINKS = { self: { href: `/v2.0/tasks/${TASK_EXAMPLE._id}` } }

const PROBLEMS = {
  400: error('A parameter is not of its form', 400, 'Bad Request', 400, 'Invalid value for \'taskId\': expected a string of length 24'),
  401: error('There is no credential, or it is not accepted', 401, 'Unauthorized', 401, 'Unauthorized Error'),
  404: error('There is no such task', 404, 'Not Found', 1002, 'Task does not exist'),
  409: error('The task has ended already', 409, 'Conflict', 1004, 'Task has already finished'),
  413: error('The body is larger than 1 MiB', 413, 'Payload Too Large', 413, 'Payload Too Large Error'),
  500: error('Pollux failed', 500, 'Internal Server Error', 1008, 'Internal Server Error'),
}

export const READ_TASK = {
  operationId: 'readTask',
  'x-emulated': 'fully',
  tags: ['Tasks'],
  summary: 'Get a Task',
  description: 'The task as it is now. Reading never moves it.',
  security: SECURITY,
  params: TaskParams,
  querystring: ReadTaskQuery,
  response: {
    200: {
      description: 'Returns Task Object',
      content: media(TaskReply, TASK_EXAMPLE, HalTaskReply, { ...TASK_EXAMPLE, _links: HAL_LINKS }),
    },
    ...problems(400, 401, 404, 500),
  },
}

export const LIST_TASKS = {
  operationId: 'indexTasks',
  'x-emulated': 'fully',
  tags: ['Tasks'],
  summary: 'List Tasks',
  description: 'The newest tasks first, unless sorted otherwise.',
  security: SECURITY,
  querystring: ListTasksQuery,
  response: {
    200: {
      description: 'Returns a page of Task Objects',
      content: media(
        TaskListReply,
        { items: [TASK_EXAMPLE], total: 1, nextCursor: null, previousCursor: null },
        HalTaskListReply,
        { _embedded: { tasks: [{ ...TASK_EXAMPLE, taskId: TASK_EXAMPLE._id, _links: HAL_LINKS }] }, _links: { self: { href: '/v2.0/tasks' } }, total: 1 }
      ),
    },
    ...problems(400, 401, 500),
  },
}

export const CANCEL_TASK = {
  operationId: 'cancelTask',
  'x-emulated': 'fully',
  tags: ['Tasks'],
  summary: 'Cancel a Task',
  description: 'Asks a task that has not ended to stop: it is `cancelling` at once and `cancelled` later. A body is ignored.',
  security: SECURITY,
  params: TaskParams,
  response: {
    204: { description: 'The task has been asked to stop, or was already', type: 'null' },
    ...problems(400, 401, 404, 409, 413, 500),
  },
}

/** Routes that the vendor's own document does not list. */
export const HIDDEN = { hide: true }

/** Bodies as the document shows them, by media type. */
export type MediaContent = Readonly<Record<string, { readonly schema: TSchema, readonly example?: object }>>

function media (json: TSchema, example: object, hal: TSchema, halExample: object): MediaContent {
  const text = { schema: Type.String() }
  return {
    'application/hal+json': { schema: hal, example: halExample },
    'application/json': { schema: json, example },
    'application/xml': text,
    'text/xml': text,
    'text/csv': text,
  }
}

function error (description: string, status: number, title: string, code: number, detail: string): { readonly description: string, readonly content: MediaContent } {
  const example = {
    type: 'about:blank',
    title,
    detail,
    instance: `/v2.0/tasks/${TASK_EXAMPLE._id}`,
    status,
    traceId: 'api--3f0c8a52-6a0e-4b9f-8b53-1a2f4a7d9c10',
    code,
    details: {},
  }
  return { description, content: { 'application/json': { schema: ErrorReply, example } } }
}

function problems (...statuses: ReadonlyArray<keyof typeof PROBLEMS>): Record<string, ReturnType<typeof error>> {
  return Object.fromEntries(statuses.map((status) => [status, PROBLEMS[status]]))
}
