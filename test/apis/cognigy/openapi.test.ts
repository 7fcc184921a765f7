/** The document of this API, and that replies are as it says. */
import { Value } from '@sinclair/typebox/value'
import { FormatRegistry } from '@sinclair/typebox'
import t from 'tap'
import { cognigy } from '../../../src/apis/cognigy/index.js'
import { COMPANIONS } from '../../../src/apis/cognigy/companions.js'
import { documentCompanion } from '../../../src/apis/cognigy/companions/documentation.js'
import { CANCEL_TASK, DOWNLOAD, ISSUE_TOKEN, LIST_TASKS, READ_TASK, REVOKE_TOKEN, type MediaContent } from '../../../src/apis/cognigy/documentation.js'
import { IMAGE, KEYPHRASES } from '../../../src/apis/cognigy/nouns.js'
import { CreatedTask, ErrorReply, HalTaskListReply, HalTaskReply, TaskListReply, TaskReply } from '../../../src/apis/cognigy/schemas.js'
import { STARTS } from '../../../src/apis/cognigy/start.js'
import { documentStart } from '../../../src/apis/cognigy/start/documentation.js'
import { generateDocument } from '../../../src/openapi.js'
import { cognigyWorld, getJson, JSON_KEY, KEY } from './support.js'

t.before(() => { FormatRegistry.Set('date-time', (value) => !Number.isNaN(Date.parse(value))) })

interface Operation { readonly operationId: string, readonly 'x-emulated': string }

async function operations (): Promise<ReadonlyMap<string, Operation>> {
  const { paths } = JSON.parse(await generateDocument(await cognigy.load()))
  return new Map(Object.entries<Record<string, Operation>>(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const)))
}

t.test('the document lists every call once: tasks, starts, companions, downloads and tokens', async (t) => {
  const listed = await operations()
  const shown = (method: string, path: string): string => `${method} /v2.0${path.replace(/:(\w+)/g, '{$1}')}`
  t.same([...listed.keys()].sort(), [
    'GET /v2.0/tasks/{taskId}', 'GET /v2.0/tasks', 'POST /v2.0/tasks/{taskId}/cancel', 'GET /v2.0/downloads/{token}/{name}', 'POST /auth/oauth2/token', 'POST /auth/oauth2/revoke',
    ...[...STARTS, ...COMPANIONS].map(({ method, path }) => shown(method, path)),
  ].sort())
  for (const [name, { operationId, 'x-emulated': emulated }] of listed) {
    t.match(operationId, /^[a-z][A-Za-z]+$/, name)
    t.match(emulated, /^(?:fully|partly: .+)$/, name)
  }
})

t.test('every JSON body of the document has an example of its schema', async (t) => {
  let count = 0
  const routes = [READ_TASK, LIST_TASKS, CANCEL_TASK, ISSUE_TOKEN, REVOKE_TOKEN, DOWNLOAD, ...STARTS.map(documentStart), ...COMPANIONS.map(documentCompanion)] as ReadonlyArray<{ response: Record<string, { readonly description: string, readonly content?: MediaContent }> }>
  for (const { response } of routes) {
    for (const [status, { description, content = {} }] of Object.entries(response)) {
      t.match(description, /^[A-Z]/)
      for (const [medium, { schema, example }] of Object.entries(content)) {
        if (!medium.includes('json')) continue
        t.ok(Value.Check(schema, example), `${status} ${medium} ${schema.title ?? ''}`)
        count++
      }
    }
  }
  t.ok(count > 300, 'there are many')
})

t.test('what companions and starts answer is as their schemas say', async (t) => {
  const world = await cognigyWorld(t)
  const ids: Record<string, string> = { projectId: IMAGE.project, flowId: IMAGE.flow, localeId: IMAGE.locale, lexiconId: IMAGE.lexicon, playbookId: IMAGE.playbook, knowledgeStoreId: IMAGE.knowledgeStore, connectorId: IMAGE.project, keyphraseId: KEYPHRASES[0]._id }
  for (const { method, path, shows, collection, isPlain } of COMPANIONS) {
    if (method !== 'GET' || shows === undefined || [...path.matchAll(/:(\w+)/g)].some(([, name = '']) => ids[name] === undefined)) continue
    const body = await getJson(world, `/v2.0${path.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? '')}`)
    const [items] = [collection === undefined ? [body] : body['items']]
    t.ok(Array.isArray(items) && items.every((item) => Value.Check(shows.schema, item)), `${path} ${isPlain === true ? 'plain' : ''}`)
  }
  const created = (await world.app.inject({ url: `/v2.0/lexicons/${IMAGE.lexicon}/export`, headers: JSON_KEY })).json()
  t.ok(Value.Check(CreatedTask, created))
})

t.test('replies are as the schemas say', async (t) => {
  const world = await cognigyWorld(t)
  const ids = ['65004d5c0000000000000001', ...[1, 2, 3, 4, 5].map((digit) => String(digit).repeat(24))]
  for (const at of [0, 4000, 10_000]) {
    await world.sandbox.clock.advance(at)
    for (const id of ids) {
      t.ok(Value.Check(TaskReply, await getJson(world, `/v2.0/tasks/${id}`)))
      t.ok(Value.Check(HalTaskReply, await getJson(world, `/v2.0/tasks/${id}`, KEY)))
    }
  }
  t.ok(Value.Check(TaskListReply, await getJson(world, '/v2.0/tasks?limit=2', JSON_KEY)))
  t.ok(Value.Check(HalTaskListReply, await getJson(world, '/v2.0/tasks?limit=2&skip=1', KEY)))
  t.ok(Value.Check(ErrorReply, await getJson(world, '/v2.0/tasks/x')))
  t.notOk(Value.Check(TaskReply, await getJson(world, '/v2.0/tasks/x')), 'the judge is awake')
})

t.test('the viewer\'s document is this document, for everybody', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const url of ['/openapi/openapi-viewer.json', '/cognigy/openapi/openapi-viewer.json']) {
    const reply = await app.inject({ url })
    t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
    t.equal(reply.body, await generateDocument(await cognigy.load()))
  }
})
