/**
 * What the OpenAPI document says about the routes, beyond the shapes in `schemas.ts`.
 */
import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import type { OpenApiHead } from '../../api.js'
import { ID_LENGTH } from './ids.js'
import {
  ErrorReply, HalTaskListReply, HalTaskReply, Link, ListTasksQuery, ReadTaskQuery, TASK_EXAMPLE, TaskListReply, TaskParams, TaskReply, TokenErrorReply, TokenReply,
} from './schemas.js'

/** The head of the document. */
export const OPENAPI: OpenApiHead = {
  info: {
    title: 'Cognigy.AI tasks',
    version: '2.0.0',
    description: 'The tasks of the Cognigy.AI REST API v2.0, as Pollux emulates them: work that is started, and polled until it is done, cancelled or in error; and the calls that clients make around it.',
  },
  servers: [
    { url: 'http://localhost:8080/new', description: 'Pollux, by the base path of the vendor\'s documentation' },
    { url: 'http://localhost:8080', description: 'Pollux, by the short base path' },
    { url: 'http://localhost:8080/cognigy', description: 'Pollux, with the whole URL space' },
  ],
  tags: [
    { name: 'Tasks', description: 'Asynchronous work of the platform' },
    { name: 'Snapshots', description: 'States of a project, kept by name' },
    { name: 'Packages', description: 'Resources of a project for another one' },
    { name: 'Projects', description: 'What all else belongs to' },
    { name: 'Training', description: 'Flows, locales and their intents' },
    { name: 'Lexicons', description: 'Keyphrases' },
    { name: 'Playbooks', description: 'Tests of flows' },
    { name: 'Extensions', description: 'Code of one\'s own' },
    { name: 'Knowledge', description: 'Stores of texts, and where they come from' },
    { name: 'Trainer', description: 'What users said' },
    { name: 'Downloads', description: 'Files behind download links' },
    { name: 'OAuth', description: 'Tokens in place of an API key' },
  ],
  securitySchemes: {
    ApiKeyHeader: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'Supply the API Key in the HTTP-Header' },
    OAuth2: { type: 'http', scheme: 'bearer', description: 'The access token received from the authorization server in the OAuth 2.0 flow' },
    ApiKeyQuery: { type: 'apiKey', in: 'query', name: 'api_key', description: 'Supply the API Key in the Url-Query' },
  },
}

/** Any one of the three. */
export const SECURITY = [{ ApiKeyHeader: [] }, { OAuth2: [] }, { ApiKeyQuery: [] }]

const HAL_LINKS = { self: { href: `/v2.0/tasks/${TASK_EXAMPLE._id}` } }

const PROBLEMS = {
  400: error('A parameter is not of its form', 400, 'Bad Request', 400, 'Invalid value for \'taskId\': expected a string of length 24'),
  401: error('There is no credential, or it is not accepted', 401, 'Unauthorized', 401, 'Unauthorized Error'),
  404: error('There is none of that id', 404, 'Not Found', 1002, 'Task does not exist'),
  409: error('Its state does not allow it: the task has ended already, what is to be downloaded is not packaged', 409, 'Conflict', 1004, 'Task has already finished'),
  413: error('The body is larger than 1 MiB, or an upload than Pollux may take', 413, 'Payload Too Large', 413, 'Payload Too Large Error'),
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

export const ISSUE_TOKEN = {
  operationId: 'issueToken',
  'x-emulated': 'partly: whoever asks gets a token',
  tags: ['OAuth'],
  summary: 'Get an access token',
  security: [],
  consumes: ['application/x-www-form-urlencoded'],
  body: Type.Object({
    grant_type: Type.String({ enum: ['password', 'client_credentials', 'authorization_code', 'refresh_token'], description: 'What the token is given for; what else the form has is not looked at' }),
  }),
  response: {
    200: {
      description: 'A token that is accepted in place of an API key',
      content: plainMedia({ schema: TokenReply, example: { access_token: '2f1c6c0c', token_type: 'Bearer', expires_in: 3600, refresh_token: '9b0d11e4' } }),
    },
    400: {
      description: 'The grant is not known',
      content: plainMedia({ schema: TokenErrorReply, example: { error: 'invalid_request', error_description: 'Invalid value for \'grant_type\': expected one of password, client_credentials, authorization_code, refresh_token' } }),
    },
    ...problems(413, 500),
  },
}

export const REVOKE_TOKEN = {
  operationId: 'revokeToken',
  'x-emulated': 'fully',
  tags: ['OAuth'],
  summary: 'Give a token back',
  security: [],
  consumes: ['application/x-www-form-urlencoded'],
  body: Type.Object({ token: Type.String({ description: 'The access or refresh token' }) }),
  response: {
    200: { description: 'It is not accepted any longer, unless every credential is', content: plainMedia({ schema: Type.Object({}), example: {} }) },
    ...problems(413, 500),
  },
}

export const DOWNLOAD = {
  operationId: 'download',
  'x-emulated': 'partly: the files are small',
  tags: ['Downloads'],
  summary: 'Get the file that a download link leads to',
  security: [],
  params: Type.Object({ token: Type.String({ description: 'From the link' }), name: Type.String({ description: 'The file\'s name; not looked at' }) }),
  response: {
    200: { description: 'The file', content: { 'application/octet-stream': { schema: Type.String({ format: 'binary' }) } } },
    ...problems(404, 500),
  },
}

/** Routes that the vendor's own document does not list. */
export const HIDDEN = { hide: true }

/** A shape with an example of it. */
export interface Documented {
  readonly schema: TObject
  readonly example: object
}

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

/** Bodies that exist as JSON and HAL. */
export function jsonMedia (json: Documented, hal: Documented): MediaContent {
  return { ...plainMedia(json), 'application/hal+json': { schema: hal.schema, example: hal.example } }
}

/** Bodies that exist as JSON only. */
export function plainMedia ({ schema, example }: Documented): MediaContent {
  return { 'application/json': { schema, example } }
}

/** The same with its link. */
export function halOf (schema: TObject, example: object, href: string): Documented {
  return {
    schema: Type.Object({ ...schema.properties, _links: Type.Object({ self: Link }) }, { title: `Hal${schema.title ?? ''}` }),
    example: { ...example, _links: { self: { href } } },
  }
}

/** The ids in a path; undefined when there are none. */
export function pathParams (path: string): TObject | undefined {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  return names.length === 0
    ? undefined
    : Type.Object(Object.fromEntries(names.map((name) => [name, Type.String({ minLength: ID_LENGTH, maxLength: ID_LENGTH, description: `The Id of the ${nounOf(name)}`, examples: [TASK_EXAMPLE._id] })])))
}

/** `knowledgeStoreId` → `Knowledge Store` */
function nounOf (name: string): string {
  return name.replace(/Id$/, '').replace(/[A-Z]/g, ' $&').replace(/^./, (letter) => letter.toUpperCase())
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

/** The replies of these statuses. */
export function problems (...statuses: ReadonlyArray<keyof typeof PROBLEMS>): Record<string, ReturnType<typeof error>> {
  return Object.fromEntries(statuses.map((status) => [status, PROBLEMS[status]]))
}
