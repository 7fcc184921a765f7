/** What the generated document says of this API, and that real replies have the documented shapes. */
import { FormatRegistry } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { svix } from '../../../src/apis/svix/index.js'
import { ApplicationReply, BackgroundTask, BackgroundTaskList, CreatedTask, CreatedUsageTask, EndpointReply } from '../../../src/apis/svix/schemas.js'
import { generateDocument } from '../../../src/openapi.js'
import { APP, CALLS, ENDPOINT, requestOf } from './calls.js'
import { ask, LIST, RECOVER_ID, svixWorld } from './support.js'

interface Operation {
  readonly operationId: string
  readonly parameters: ReadonlyArray<{ readonly name: string, readonly in: string }>
  readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: { readonly required?: readonly string[] }, readonly example: unknown } } }
  readonly responses: Readonly<Record<string, { readonly content: { readonly 'application/json': { readonly example: unknown } } }>>
  readonly security: unknown
  readonly 'x-emulated': string
}

FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))

async function operations (): Promise<Record<string, Operation>> {
  const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(await generateDocument(await svix.load()))
  return Object.fromEntries(Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation])))
}

t.test('the document lists the vendor\'s operations under the vendor\'s ids', async (t) => {
  const documented = await operations()
  t.strictSame(Object.entries(documented).map(([name, { operationId }]) => [name, operationId]), [
    ['get /api/v1/background-task/{task_id}', 'get_background_task_api_v1_background_task__task_id___get'],
    ['get /api/v1/background-task', 'list_background_tasks_api_v1_background_task__get'],
    ['get /api/v1/app/{app_id}', 'get_application_api_v1_app__app_id___get'],
    ['get /api/v1/app/{app_id}/endpoint/{endpoint_id}', 'get_endpoint_api_v1_app__app_id__endpoint__endpoint_id___get'],
    ['get /api/v1/health', 'health_api_v1_health__get'],
    ['post /api/v1/app/{app_id}/endpoint/{endpoint_id}/recover', 'recover_failed_webhooks_api_v1_app__app_id__endpoint__endpoint_id__recover__post'],
    ['post /api/v1/app/{app_id}/endpoint/{endpoint_id}/replay-missing', 'replay_missing_webhooks_api_v1_app__app_id__endpoint__endpoint_id__replay_missing__post'],
    ['post /api/v1/app/{app_id}/endpoint/{endpoint_id}/bulk-replay', 'v1.endpoint.bulk-replay'],
    ['post /api/v1/stats/usage/app', 'v1.statistics.aggregate-app-stats'],
    ['put /api/v1/stats/usage/event-types', 'v1.statistics.aggregate-event-types'],
    ['post /api/v1/app/{app_id}/msg/expunge-all-contents', 'v1.message.expunge-all-contents'],
    ['post /api/v1/msg/broadcast', 'v1.message.broadcast'],
    ['post /api/v1/event-type/export/openapi', 'v1.event-type.export-openapi'],
  ])
})

t.test('each operation has the vendor\'s parameters and statuses', async (t) => {
  const documented = await operations()
  const namesOf = (name: string): string[] => (documented[name]?.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`).sort()
  t.strictSame(namesOf('get /api/v1/background-task/{task_id}'), ['header idempotency-key', 'path task_id'])
  t.strictSame(namesOf('get /api/v1/background-task'), ['header idempotency-key', 'query iterator', 'query limit', 'query order', 'query status', 'query task'])
  t.strictSame(namesOf('post /api/v1/app/{app_id}/endpoint/{endpoint_id}/recover'), ['header idempotency-key', 'path app_id', 'path endpoint_id'])
  for (const [name, { responses, security }] of Object.entries(documented)) {
    if (name === 'get /api/v1/health') continue
    t.strictSame(Object.keys(responses), name.startsWith('get ') ? ['200', '400', '401', '403', '404', '409', '422', '429', '5XX'] : ['202', '400', '401', '403', '404', '409', '413', '422', '429', '5XX'], name)
    t.strictSame(security, [{}, { HTTPBearer: [] }], name)
  }
  t.strictSame(Object.keys(documented['get /api/v1/health']?.responses ?? {}), ['204', '400', '429', '5XX'])
})

t.test('each operation says how much of it is emulated', async (t) => {
  for (const [name, operation] of Object.entries(await operations())) t.match(operation['x-emulated'], /^(?:fully|partly: .{10,})$/, name)
})

t.test('the documented examples have the documented shapes', async (t) => {
  const documented = await operations()
  const exampleOf = (name: string, status = '200'): unknown => documented[name]?.responses[status]?.content['application/json'].example
  t.ok(Value.Check(BackgroundTask, exampleOf('get /api/v1/background-task/{task_id}')))
  t.ok(Value.Check(BackgroundTaskList, exampleOf('get /api/v1/background-task')))
  t.ok(Value.Check(ApplicationReply, exampleOf('get /api/v1/app/{app_id}')))
  t.ok(Value.Check(EndpointReply, exampleOf('get /api/v1/app/{app_id}/endpoint/{endpoint_id}')))
  for (const [name, { responses }] of Object.entries(documented)) {
    if ('202' in responses) t.ok(Value.Check(name.endsWith('usage/app') ? CreatedUsageTask : CreatedTask, exampleOf(name, '202')), name)
  }
})

t.test('bodies are documented with what they need, and with an example that is taken', async (t) => {
  const documented = await operations()
  const world = await svixWorld(t)
  for (const { method, url, body, required } of CALLS) {
    const path = url.replace(APP, '{app_id}').replace(ENDPOINT, '{endpoint_id}')
    const documentedBody = documented[`${method.toLowerCase()} ${path}`]?.requestBody?.content['application/json']
    t.equal(documentedBody === undefined, body === undefined, path)
    if (documentedBody === undefined) continue
    t.strictSame(documentedBody.schema.required, required, path)
    t.equal((await ask(world, { method, url, payload: JSON.stringify(documentedBody.example) })).status, 202, path)
  }
})

t.test('real replies have the documented shapes', async (t) => {
  const world = await svixWorld(t)
  t.strictSame([...Value.Errors(BackgroundTask, JSON.parse((await ask(world, `${LIST}/${RECOVER_ID}`)).body))], [])
  for (const query of ['limit=250', `iterator=${RECOVER_ID}`]) {
    t.strictSame([...Value.Errors(BackgroundTaskList, JSON.parse((await ask(world, `${LIST}?${query}`)).body))], [], query)
  }
  t.strictSame([...Value.Errors(ApplicationReply, JSON.parse((await ask(world, '/api/v1/app/a')).body))], [])
  t.strictSame([...Value.Errors(EndpointReply, JSON.parse((await ask(world, '/api/v1/app/a/endpoint/e')).body))], [])
  for (const call of CALLS) {
    const { body } = await ask(world, requestOf(call))
    t.strictSame([...Value.Errors(call.task === 'application.stats' ? CreatedUsageTask : CreatedTask, JSON.parse(body))], [], call.task)
  }
})
