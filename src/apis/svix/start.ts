/**
 * The calls that start tasks, as data, and what all of them do (svix contract, 7.1 and 7.2).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sandbox } from '../../sandbox.js'
import type { Json, JsonObject } from '../../simulator/script.js'
import { requireEndpoint, type Application, type Applications } from './applications.js'
import { anyObject, identifier, instant, labelIdentifier, listOf, oneOf, optional, readBody, text, toInstant, wholeNumber, type Fields } from './bodies.js'
import { invalidBody } from './errors.js'
import { APPLICATION_PATH, ENDPOINT_PATH } from './paths.js'
import { repetitionKey } from './repetition.js'
import { sendJson } from './replies.js'
import { SvixResources } from './resources.js'
import { eventTypesOf, messagesTo, usageOf } from './results.js'
import type { TASK_KINDS } from './schemas.js'
import { createdText } from './view.js'

/** A call that starts a task. */
export interface Start {
  readonly method: 'POST' | 'PUT'
  readonly path: string
  readonly kind: typeof TASK_KINDS[number]
  /** Keys of its body; undefined: it has none, and whatever comes is ignored. */
  readonly fields?: Fields
  /** Throws when the body breaks a rule that its keys alone don't tell. */
  readonly rule?: (body: JsonObject, now: number) => void
  /** What depends on the applications that there are. */
  readonly plan?: (given: Given) => Plan
  /** Text of the body in which a scenario may be asked for. */
  readonly label?: (body: JsonObject) => Json | undefined
}

interface Given {
  readonly body: JsonObject
  readonly applications: Applications
  readonly sandbox: Sandbox
}

/** What success leaves unless the scenario says it, and what stands in front of the task in the reply. */
interface Plan {
  readonly result?: Json | undefined
  readonly leading?: JsonObject
}

const DAY_MS = 86_400_000
/** Asked for by id in one call. */
const MOST_APPLICATIONS = 1_000
const LONGEST_RECOVERY_MS = 14 * DAY_MS + 5 * 60_000

const WINDOW: Fields = {
  since: instant('Messages from this time on'),
  until: optional(instant('Messages before this time; default: now')),
}

const BULK_REPLAY: Fields = {
  ...WINDOW,
  eventTypes: optional(listOf('Messages of these types', identifier('The event type\'s name'))),
  channel: optional(text('Messages of this channel', 'a-zA-Z0-9\\-_.:+', 128)),
  tag: optional(text('Messages with this tag', 'a-zA-Z0-9\\-_./\\\\#', 128)),
  status: optional(wholeNumber('Messages in this status: 0 success, 1 pending, 2 fail, 3 sending, 4 canceled', 0, 4)),
  statusCodeClass: optional(oneOf('Messages that were answered so', [0, 100, 200, 300, 400, 500])),
}

const APP_USAGE: Fields = {
  since: instant('Messages from this time on'),
  until: instant('Messages before this time'),
  appIds: optional(listOf('Ids or uids of applications; default: all', identifier('The application\'s id or uid'), { maxItems: MOST_APPLICATIONS, isUnique: true })),
}

const CHANNEL = text('A channel', 'a-zA-Z0-9\\-_.:+', 128)
const BROADCAST: Fields = {
  eventType: identifier('The event type\'s name'),
  payload: anyObject('What every application gets'),
  eventId: optional(labelIdentifier('The message\'s own id. `scenario:<name>` in it asks Pollux for that scenario')),
  channels: optional(listOf('Channels that it is for', CHANNEL, { minItems: 1, maxItems: 10, isUnique: true })),
  payloadRetentionPeriod: optional(wholeNumber('Days for which the payload is kept', 1, 90)),
  payloadRetentionHours: optional(wholeNumber('Hours for which the payload is kept; not beside the days', 1, 2160)),
}

/** The calls that start tasks, by value. */
export const STARTS: readonly Start[] = [
  { method: 'POST', path: `${ENDPOINT_PATH}/recover`, kind: 'endpoint.recover', fields: WINDOW, rule: withinFourteenDays },
  { method: 'POST', path: `${ENDPOINT_PATH}/replay-missing`, kind: 'endpoint.replay', fields: WINDOW },
  { method: 'POST', path: `${ENDPOINT_PATH}/bulk-replay`, kind: 'endpoint.bulk-replay', fields: BULK_REPLAY },
  { method: 'POST', path: '/api/v1/stats/usage/app', kind: 'application.stats', fields: APP_USAGE, plan: planUsage },
  { method: 'PUT', path: '/api/v1/stats/usage/event-types', kind: 'event-type.aggregate', plan: ({ applications: { listed } }) => ({ result: listed.length > 0 ? eventTypesOf(listed) : undefined }) },
  { method: 'POST', path: `${APPLICATION_PATH}/msg/expunge-all-contents`, kind: 'application.purge_content' },
  { method: 'POST', path: '/api/v1/msg/broadcast', kind: 'message.broadcast', fields: BROADCAST, rule: oneRetention, plan: planBroadcast, label: ({ eventId }) => eventId },
  { method: 'POST', path: '/api/v1/event-type/export/openapi', kind: 'sdk.generate' },
]

/** Params of any starting call. */
export interface StartParams {
  readonly app_id?: string
  readonly endpoint_id?: string
}

/** What a starting call does: the application, the body, its rules and the endpoint are looked at in this order (svix contract, 2.5). */
export function start ({ kind, fields, rule, plan, label }: Start, request: FastifyRequest<{ Params: StartParams }>, reply: FastifyReply): void {
  const { sandbox, params: { app_id: appId, endpoint_id: endpointId } } = request
  const { applications, idempotency } = sandbox.resources(SvixResources)
  const now = sandbox.clock.now()
  const application = appId === undefined ? undefined : applications.require(appId)
  const body = fields === undefined ? {} : readBody(fields, request.body)
  rule?.(body, now)
  const { result, leading } = plan?.({ body, applications, sandbox }) ?? {}
  const endpoint = application === undefined || endpointId === undefined ? undefined : requireEndpoint(application, endpointId)

  const labels = [request.headers['idempotency-key'], label?.(body)].filter((words) => typeof words === 'string')
  const snapshot = sandbox.startTask({
    api: 'svix',
    kind,
    label: labels.length === 0 ? undefined : labels.join(' '),
    parameters: { ...(application === undefined ? {} : { appId: application.id }), ...(endpoint === undefined ? {} : { endpointId: endpoint.id }), ...body },
    result,
  })
  request.startedTask = snapshot
  const created = createdText(snapshot, leading)
  const key = repetitionKey(request)
  // A fault may yet keep it from the client: what counts is what was said here (svix contract, 5.4.3).
  if (key !== undefined) idempotency.keep(key, { body: created, taskId: snapshot.task.id }, now)
  sendJson(reply, created, 202)
}

/** Five minutes of grace, as in the open-source server. */
function withinFourteenDays ({ since, until }: JsonObject, now: number): void {
  const end = until === undefined ? now : toInstant(String(until)) ?? now
  if ((toInstant(String(since)) ?? end) < end - LONGEST_RECOVERY_MS) throw invalidBody(['body', 'since'], 'Cannot recover more than 14 days of messages', 'value_error')
}

function oneRetention ({ payloadRetentionPeriod, payloadRetentionHours }: JsonObject): void {
  if (payloadRetentionPeriod === undefined || payloadRetentionHours === undefined) return
  throw invalidBody(['body', 'payloadRetentionHours'], 'payloadRetentionPeriod and payloadRetentionHours can\'t be given both', 'value_error')
}

/** An empty list of ids asks for all, as none does. */
function planUsage ({ body: { appIds }, applications }: Given): Plan {
  const asked = Array.isArray(appIds) ? appIds.map(String) : []
  if (asked.length === 0) return { leading: { unresolvedAppIds: [] }, result: applications.listed.length > 0 ? usageOf(applications.listed) : undefined }
  const byId = asked.map((id) => ({ id, application: applications.find(id) }))
  const found = byId.flatMap(({ application }) => application ?? [])
  if (found.length === 0) throw invalidBody(['body', 'appIds'], 'None of the given app IDs were found', 'value_error')
  return { leading: { unresolvedAppIds: byId.flatMap(({ id, application }) => application === undefined ? [id] : []) }, result: usageOf(withoutRepeats(found)) }
}

/** One may have been asked for by id and by uid. */
function withoutRepeats (applications: readonly Application[]): Application[] {
  return [...new Map(applications.map((application) => [application.id, application])).values()]
}

function planBroadcast ({ applications: { listed }, sandbox }: Given): Plan {
  return { result: listed.length > 0 ? messagesTo(listed, sandbox.random('svix message ids'), sandbox.clock.now()) : undefined }
}
