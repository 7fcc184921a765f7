/** The starting calls as clients make them, and worlds with applications of their own. */
import type { InjectOptions } from 'fastify'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { svix } from '../../../src/apis/svix/index.js'
import { testWorld, type TestWorld } from '../../world.js'

export const APP = 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m'
export const ENDPOINT = 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m'
export const WINDOW = '{"since":"2026-11-15T00:00:00Z","until":"2026-11-22T00:00:00Z"}'

/** One of the eight calls, with the least that it takes. */
export interface Call {
  readonly method: 'POST' | 'PUT'
  readonly url: string
  /** Undefined: it takes none. */
  readonly body?: string
  /** Keys that the body must have. */
  readonly required?: readonly string[]
  readonly task: string
  /** What stands in front of the id in the reply. */
  readonly leading?: string
  /** What a poll shows at first, after half of the time, and at the end. */
  readonly data: readonly [first: string, halfway: string, result: string]
  readonly ms: number
  /** Who may call it beside organizations. */
  readonly isForApplications?: true
}

const SENT = ['{"messagesSent":0}', '{"messagesSent":1}', '{"messagesSent":2}'] as const

export const CALLS: readonly Call[] = [
  { method: 'POST', url: `/api/v1/app/${APP}/endpoint/${ENDPOINT}/recover`, body: WINDOW, required: ['since'], task: 'endpoint.recover', data: SENT, ms: 4000, isForApplications: true },
  { method: 'POST', url: `/api/v1/app/${APP}/endpoint/${ENDPOINT}/replay-missing`, body: WINDOW, required: ['since'], task: 'endpoint.replay', data: SENT, ms: 4000, isForApplications: true },
  { method: 'POST', url: `/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, body: WINDOW, required: ['since'], task: 'endpoint.bulk-replay', data: SENT, ms: 4000, isForApplications: true },
  { method: 'POST', url: '/api/v1/stats/usage/app', body: WINDOW, required: ['since', 'until'], task: 'application.stats', leading: '"unresolvedAppIds":[],', data: ['{}', '{}', `{"appStats":[{"messageDestinations":2,"appId":"${APP}","appUid":null}]}`], ms: 2000 },
  { method: 'PUT', url: '/api/v1/stats/usage/event-types', task: 'event-type.aggregate', data: ['{}', '{}', `{"event_types":[{"appId":"${APP}","explicitlySubscribedEventTypes":["user.signup"],"hasCatchAllEndpoint":false}]}`], ms: 2000 },
  { method: 'POST', url: `/api/v1/app/${APP}/msg/expunge-all-contents`, task: 'application.purge_content', data: ['{"messagesPurged":0}', '{"messagesPurged":50}', '{"messagesPurged":150}'], ms: 6000, isForApplications: true },
  { method: 'POST', url: '/api/v1/msg/broadcast', body: '{"eventType":"user.signup","payload":{"a":[1]}}', required: ['eventType', 'payload'], task: 'message.broadcast', data: ['{}', '{}', '{"messagesCreated":[{"appId":"app_33s1An2Zz5cO9SWbhHsYyDmVC6m","msgId":"msg_33s1An2Zz5cO9SWbhHsYyDmVC6m"},{"appId":"app_33sXYjcO6bkWeZIXDI8w6ZYMivz","msgId":"msg_33sZJfmYMOQGApyIgRdteOX0xlX"}]}'], ms: 3000 },
  { method: 'POST', url: '/api/v1/event-type/export/openapi', task: 'sdk.generate', data: ['{}', '{}', '{"schemaZip":"https://example.com/schema.zip"}'], ms: 5000 },
]

/** The call as a request. */
export function requestOf ({ method, url, body }: Call, headers: Record<string, string> = {}): InjectOptions {
  return { method, url, headers, ...(body === undefined ? {} : { payload: body }) }
}

/** The recover call with this body. */
export function recover (payload: string | Buffer, headers: Record<string, string> = {}): InjectOptions {
  return { method: 'POST', url: `/api/v1/app/${APP}/endpoint/${ENDPOINT}/recover`, headers, payload }
}

/** A world in which these applications exist, and no others. */
export function worldOf (t: Test, apps: readonly object[], options: Readonly<Record<string, unknown>> = {}): Promise<TestWorld> {
  const fixtures = join(t.testdir({}), 'fixtures')
  mkdirSync(join(fixtures, 'svix'), { recursive: true })
  writeFileSync(join(fixtures, 'svix', 'apps.json'), JSON.stringify({ apps }))
  return testWorld(t, { apis: [svix], options: { svix: options }, config: { fixtures } })
}
