/**
 * What the OpenAPI document says about the routes, beyond the shapes in `schemas.ts`. Ids of operations are those of the vendor's
 * specification 1.4, and of its current one for what is younger.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import type { RouteShorthandOptions } from 'fastify'
import type { JsonObject } from '../../simulator/script.js'
import { bodySchema } from './bodies.js'
import { ApplicationParams, ApplicationReply, BackgroundTask, BackgroundTaskList, CreatedTask, CreatedUsageTask, EndpointParams, EndpointReply, HttpError, RequestHeaders, StartHeaders, TaskListQuery, TaskParams, ValidationErrors, type TASK_KINDS } from './schemas.js'
import type { Start } from './start.js'

/** The error replies that the vendor documents on every call. */
const ERROR_REPLIES = {
  400: documented('Bad Request: an undecodable URL; with the profile `hosted`, an unparsable query; an unknown scenario', HttpError, { code: 'generic_error', detail: 'Invalid URL' }),
  401: documented('Unauthorized', HttpError, { code: 'authentication_failed', detail: 'Invalid token' }),
  403: documented('Forbidden', HttpError, { code: 'insufficient access', detail: 'Insufficient access for the given operation.' }),
  404: documented('Not Found', HttpError, { code: 'not_found', detail: 'Entity not found' }),
  409: documented('Conflict', HttpError, { code: 'conflict', detail: 'A conflict has occurred' }),
  422: documented('Validation Error', ValidationErrors, { detail: [{ loc: ['query', 'limit', 'limit'], msg: 'Given limit must not exceed 250', type: 'value_error' }] }),
  429: documented('Too Many Requests', HttpError, { code: 'rate_limit', detail: 'Rate limit exceeded' }),
  '5XX': {
    description: 'A failure of the server, when a scenario or a fault asks for one: by the service `{}`, or by the gateway before it a page',
    content: { 'application/json': { schema: Type.Object({}), example: {} }, 'text/html': { schema: Type.String(), example: '<html>Bad Gateway</html>' } },
  },
} as const

const PAYLOAD_TOO_LARGE = documented('Payload Too Large: over 1 MiB', HttpError, { code: 'payload_too_large', detail: 'Request payload is too large.' })
const INVALID_BODY = documented('Validation Error', ValidationErrors, { detail: [{ loc: ['body', '', ''], msg: 'missing field `since`', type: 'value_error.jsondecode' }] })

const EXAMPLE_TASK = { data: { messagesSent: 2 }, id: 'qtask_33qen93MNuelBAq1T9G7eHLJRsF', status: 'finished', task: 'endpoint.recover', updatedAt: '2025-10-09T22:33:13.400Z' }

// The documented service asks for no credential, the hosted one does (svix contract, 2).
const security = [{}, { HTTPBearer: [] }]

export const GET_TASK = {
  schema: {
    operationId: 'get_background_task_api_v1_background_task__task_id___get',
    'x-emulated': 'fully',
    tags: ['Background Tasks'],
    summary: 'Get Background Task',
    description: 'Get a background task by ID.',
    params: TaskParams,
    headers: RequestHeaders,
    response: { 200: documented('Successful Response', BackgroundTask, EXAMPLE_TASK), ...ERROR_REPLIES },
    security,
  },
}

export const LIST_TASKS = {
  schema: {
    operationId: 'list_background_tasks_api_v1_background_task__get',
    'x-emulated': 'fully',
    tags: ['Background Tasks'],
    summary: 'List Background Tasks',
    description: 'List background tasks executed in the past 90 days.',
    querystring: TaskListQuery,
    headers: RequestHeaders,
    response: {
      200: documented('Successful Response', BackgroundTaskList, { data: [EXAMPLE_TASK], iterator: EXAMPLE_TASK.id, prevIterator: `-${EXAMPLE_TASK.id}`, done: true }),
      ...ERROR_REPLIES,
    },
    security,
  },
}

export const GET_APPLICATION = {
  schema: {
    operationId: 'get_application_api_v1_app__app_id___get',
    'x-emulated': 'partly: there are only the applications of the fixtures file `apps.json`, or one for every id',
    tags: ['Application'],
    summary: 'Get Application',
    description: 'Get an application.',
    params: ApplicationParams,
    headers: RequestHeaders,
    response: {
      200: documented('Successful Response', ApplicationReply, { createdAt: '2025-10-02T15:11:12.800Z', id: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', metadata: {}, name: 'Pollux app', uid: null, updatedAt: '2025-10-02T15:11:12.800Z' }),
      ...ERROR_REPLIES,
    },
    security,
  },
}

export const GET_ENDPOINT = {
  schema: {
    operationId: 'get_endpoint_api_v1_app__app_id__endpoint__endpoint_id___get',
    'x-emulated': 'partly: there are only the endpoints of the fixtures file `apps.json`, or one for every id',
    tags: ['Endpoint'],
    summary: 'Get Endpoint',
    description: 'Get an endpoint.',
    params: EndpointParams,
    headers: RequestHeaders,
    response: {
      200: documented('Successful Response', EndpointReply, { createdAt: '2025-10-02T15:11:12.800Z', description: '', disabled: false, id: 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m', metadata: {}, uid: null, updatedAt: '2025-10-02T15:11:12.800Z', url: 'https://example.com/webhook/', version: 1 }),
      ...ERROR_REPLIES,
    },
    security,
  },
}

export const HEALTH = {
  schema: {
    operationId: 'health_api_v1_health__get',
    'x-emulated': 'fully',
    tags: ['Health'],
    summary: 'Health',
    description: 'Verify the API server is up and running. Behind the prefix `/svix`, or on a port of its own: elsewhere the path is CloudCoin\'s.',
    headers: RequestHeaders,
    response: { 204: { description: 'No Content', type: 'null' }, 400: ERROR_REPLIES[400], 429: ERROR_REPLIES[429], '5XX': ERROR_REPLIES['5XX'] },
    security: [],
  },
}

/** What the document says of a starting call, and how its body may look. */
interface StartDocument {
  readonly operationId: string
  readonly tag: string
  readonly summary: string
  readonly description: string
  readonly isMissing: string
  readonly body?: { readonly title: string, readonly example: JsonObject }
}

const NOTHING_IS_SENT = 'nothing is sent, and the count is the scenario\'s'
const A_WINDOW = { since: '2026-11-15T00:00:00Z', until: '2026-11-22T00:00:00Z' }

const START_DOCUMENTS: Readonly<Record<typeof TASK_KINDS[number], StartDocument>> = {
  'endpoint.recover': {
    operationId: 'recover_failed_webhooks_api_v1_app__app_id__endpoint__endpoint_id__recover__post',
    tag: 'Endpoint',
    summary: 'Recover Failed Webhooks',
    description: 'Resend all failed messages since a given time, at most 14 days ago.',
    isMissing: NOTHING_IS_SENT,
    body: { title: 'RecoverIn', example: A_WINDOW },
  },
  'endpoint.replay': {
    operationId: 'replay_missing_webhooks_api_v1_app__app_id__endpoint__endpoint_id__replay_missing__post',
    tag: 'Endpoint',
    summary: 'Replay Missing Webhooks',
    description: 'Replays messages to the endpoint. Only messages that were created after `since` will be sent.',
    isMissing: NOTHING_IS_SENT,
    body: { title: 'ReplayIn', example: A_WINDOW },
  },
  'endpoint.bulk-replay': {
    operationId: 'v1.endpoint.bulk-replay',
    tag: 'Endpoint',
    summary: 'Bulk Replay',
    description: 'Replays messages to the endpoint, those of a given kind only.',
    isMissing: NOTHING_IS_SENT,
    body: { title: 'BulkReplayIn', example: { ...A_WINDOW, eventTypes: ['user.signup'], status: 2 } },
  },
  'application.stats': {
    operationId: 'v1.statistics.aggregate-app-stats',
    tag: 'Statistics',
    summary: 'Aggregate App Stats',
    description: 'Creates a background task to calculate the message destinations for all applications, or for those that are named.',
    isMissing: 'every application has two destinations',
    body: { title: 'AppUsageStatsIn', example: { ...A_WINDOW, appIds: ['app_33W1An2Zz5cO9SWbhHsYyDmVC6m'] } },
  },
  'event-type.aggregate': {
    operationId: 'v1.statistics.aggregate-event-types',
    tag: 'Statistics',
    summary: 'Aggregate Event Types',
    description: 'Creates a background task to calculate the listed event types for all applications.',
    isMissing: 'every application listens to the same event type',
  },
  'application.purge_content': {
    operationId: 'v1.message.expunge-all-contents',
    tag: 'Message',
    summary: 'Delete all message payloads',
    description: 'Delete all message payloads for the application.',
    isMissing: 'there are no payloads, and the count is the scenario\'s',
  },
  'message.broadcast': {
    operationId: 'v1.message.broadcast',
    tag: 'Message',
    summary: 'Broadcast Message',
    description: 'Creates a background task that sends a message to every application.',
    isMissing: 'nothing is sent, and the messages that it tells of can\'t be read',
    body: { title: 'BroadcastIn', example: { eventType: 'user.signup', payload: { username: 'test_user' }, channels: ['project_1337'] } },
  },
  'sdk.generate': {
    operationId: 'v1.event-type.export-openapi',
    tag: 'Event Type',
    summary: 'Event Type Export OpenAPI',
    description: 'Exports the event types as an OpenAPI document, as a background task.',
    isMissing: 'nothing lies at the link that it leaves',
  },
}

/** What the document says of a starting call. */
export function documentOf ({ kind, path, fields }: Start): RouteShorthandOptions {
  const { operationId, tag, summary, description, isMissing, body } = START_DOCUMENTS[kind]
  const created = { id: 'qtask_3MSfHRMPI7KfTaheaxjvay9t5fq', status: 'running', task: kind, updatedAt: '2026-11-22T12:00:01.000Z' }
  const params = path.includes(':endpoint_id') ? EndpointParams : path.includes(':app_id') ? ApplicationParams : undefined
  return {
    schema: {
      operationId,
      'x-emulated': `partly: ${isMissing}`,
      tags: [tag],
      summary,
      description,
      ...(params === undefined ? {} : { params }),
      headers: StartHeaders,
      ...(fields === undefined || body === undefined ? {} : { body: bodySchema(body.title, fields, body.example) }),
      response: {
        202: kind === 'application.stats'
          ? documented('Accepted', CreatedUsageTask, { unresolvedAppIds: [], ...created })
          : documented('Accepted', CreatedTask, created),
        ...ERROR_REPLIES,
        413: PAYLOAD_TOO_LARGE,
        422: INVALID_BODY,
      },
      security,
    },
  }
}

/** One reply in a route's schema. */
interface DocumentedReply {
  readonly description: string
  readonly content: { readonly 'application/json': { readonly schema: TSchema, readonly example: unknown } }
}

/** A reply with its schema and an example, as OpenAPI wants it. */
function documented (description: string, schema: TSchema, example: unknown): DocumentedReply {
  return { description, content: { 'application/json': { schema, example } } }
}
