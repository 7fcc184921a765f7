/** What the generated document says of this API, and that real replies have the documented shapes. */
import { FormatRegistry } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { svix } from '../../../src/apis/svix/index.js'
import { BackgroundTask, BackgroundTaskList } from '../../../src/apis/svix/schemas.js'
import { generateDocument } from '../../../src/openapi.js'
import { ask, LIST, RECOVER_ID, svixWorld } from './support.js'

interface Operation {
  readonly operationId: string
  readonly parameters: ReadonlyArray<{ readonly name: string, readonly in: string }>
  readonly responses: Readonly<Record<string, { readonly content: { readonly 'application/json': { readonly example: unknown } } }>>
  readonly security: unknown
}

FormatRegistry.Set('date-time', (text) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text))

async function operations (): Promise<Record<string, Operation>> {
  const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(await generateDocument(svix))
  return Object.fromEntries(Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation])))
}

t.test('the document lists the vendor\'s operations under the vendor\'s ids', async (t) => {
  const documented = await operations()
  t.strictSame(Object.entries(documented).map(([name, { operationId }]) => [name, operationId]), [
    ['get /api/v1/background-task/{task_id}', 'get_background_task_api_v1_background_task__task_id___get'],
    ['get /api/v1/background-task', 'list_background_tasks_api_v1_background_task__get'],
  ])
})

t.test('each operation has the vendor\'s parameters and statuses', async (t) => {
  const documented = await operations()
  const namesOf = (name: string): string[] => (documented[name]?.parameters ?? []).map((parameter) => `${parameter.in} ${parameter.name}`).sort()
  t.strictSame(namesOf('get /api/v1/background-task/{task_id}'), ['header idempotency-key', 'path task_id'])
  t.strictSame(namesOf('get /api/v1/background-task'), ['header idempotency-key', 'query iterator', 'query limit', 'query order', 'query status', 'query task'])
  for (const [name, { responses, security }] of Object.entries(documented)) {
    t.strictSame(Object.keys(responses), ['200', '400', '401', '403', '404', '409', '422', '429'], name)
    t.strictSame(security, [{}, { HTTPBearer: [] }], name)
  }
})

t.test('the documented examples have the documented shapes', async (t) => {
  const documented = await operations()
  const exampleOf = (name: string): unknown => documented[name]?.responses['200']?.content['application/json'].example
  t.ok(Value.Check(BackgroundTask, exampleOf('get /api/v1/background-task/{task_id}')))
  t.ok(Value.Check(BackgroundTaskList, exampleOf('get /api/v1/background-task')))
})

t.test('real replies have the documented shapes', async (t) => {
  const world = await svixWorld(t)
  t.strictSame([...Value.Errors(BackgroundTask, JSON.parse((await ask(world, `${LIST}/${RECOVER_ID}`)).body))], [])
  for (const query of ['limit=250', `iterator=${RECOVER_ID}`]) {
    t.strictSame([...Value.Errors(BackgroundTaskList, JSON.parse((await ask(world, `${LIST}?${query}`)).body))], [], query)
  }
})
