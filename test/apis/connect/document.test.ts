/** The OpenAPI document that the routes make. */
import t from 'tap'
import { connect } from '../../../src/apis/connect/index.js'
import { generateDocument } from '../../../src/openapi.js'

t.test('the document lists the three task routes with their parameters and replies', async (t) => {
  const document = JSON.parse(await generateDocument(connect))
  const names = (operation: { parameters: ReadonlyArray<{ in: string, name: string }> }): string[] => operation.parameters.map((parameter) => `${parameter.in} ${parameter.name}`)
  t.strictSame(Object.keys(document.paths), ['/__api__/v1/tasks/{id}', '/__api__/v1/experimental/tasks/{id}', '/__api__/tasks/{id}'])
  for (const [path, operationId, query] of [
    ['/__api__/v1/tasks/{id}', 'getTask', ['query first', 'query wait']],
    ['/__api__/v1/experimental/tasks/{id}', 'getTaskExperimental', ['query first', 'query wait']],
    ['/__api__/tasks/{id}', 'getTaskLegacy', ['query first_status']],
  ] as const) {
    t.strictSame(Object.keys(document.paths[path]), ['get'], 'HEAD is no entry of its own')
    const operation = document.paths[path].get
    t.equal(operation.operationId, operationId)
    t.strictSame(names(operation), [...query, 'path id'])
    t.strictSame(Object.keys(operation.responses), ['200', '400', '401', '403', '404', '500'])
    t.strictSame(operation.security, [{ apiKey: [] }])
    for (const { content } of Object.values<{ content: Record<string, { schema: { examples: unknown[] } }> }>(operation.responses)) {
      t.equal(content['application/json']?.schema.examples.length, 1)
    }
  }
  t.strictSame(Object.keys(document.paths['/__api__/v1/experimental/tasks/{id}'].get.responses['200'].headers), ['X-Deprecated-Endpoint'])
})
