/** The document of this API, and that replies are as it says. */
import { Value } from '@sinclair/typebox/value'
import { FormatRegistry } from '@sinclair/typebox'
import t from 'tap'
import { cognigy } from '../../../src/apis/cognigy/index.js'
import { CANCEL_TASK, LIST_TASKS, READ_TASK, type MediaContent } from '../../../src/apis/cognigy/documentation.js'
import { ErrorReply, HalTaskListReply, HalTaskReply, TaskListReply, TaskReply } from '../../../src/apis/cognigy/schemas.js'
import { generateDocument } from '../../../src/openapi.js'
import { cognigyWorld, getJson, JSON_KEY, KEY } from './support.js'

t.before(() => { FormatRegistry.Set('date-time', (value) => !Number.isNaN(Date.parse(value))) })

t.test('the document lists the vendor\'s three operations once each', async (t) => {
  const { paths } = JSON.parse(await generateDocument(cognigy))
  const operations = Object.entries<Record<string, { operationId: string }>>(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => `${method} ${path} ${operationId}`))
  t.same(operations, ['get /v2.0/tasks/{taskId} readTask', 'get /v2.0/tasks indexTasks', 'post /v2.0/tasks/{taskId}/cancel cancelTask'])
})

t.test('every JSON body of the document has an example of its schema', async (t) => {
  let count = 0
  for (const { response } of [READ_TASK, LIST_TASKS, CANCEL_TASK]) {
    for (const [status, { description, content = {} }] of Object.entries<{ readonly description: string, readonly content?: MediaContent }>(response)) {
      t.match(description, /^[A-Z]/)
      for (const [medium, { schema, example }] of Object.entries(content)) {
        if (!medium.includes('json')) continue
        t.ok(Value.Check(schema, example), `${status} ${medium}`)
        count++
      }
    }
  }
  t.equal(count, 2 + 4 + 2 + 3 + 6)
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
    t.equal(reply.body, await generateDocument(cognigy))
  }
})
