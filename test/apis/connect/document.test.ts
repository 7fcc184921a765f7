/** The OpenAPI document that the routes make. */
import t from 'tap'
import { connect } from '../../../src/apis/connect/index.js'
import { routes } from '../../../src/apis/connect/routes.js'
import { generateDocument } from '../../../src/openapi.js'
import Fastify from 'fastify'

interface Operation {
  readonly operationId: string
  readonly deprecated?: boolean
  readonly security: unknown
  readonly parameters?: ReadonlyArray<{ in: string, name: string }>
  readonly responses: Readonly<Record<string, { readonly headers?: object, readonly content?: Readonly<Record<string, { schema: unknown, example?: unknown, examples?: object }>> }>>
}

t.test('the three task routes stand in it with their parameters and replies', async (t) => {
  const document = JSON.parse(await generateDocument(await connect.load())) as { paths: Record<string, Record<string, Operation>> }
  for (const [path, operationId, query] of [
    ['/__api__/v1/tasks/{id}', 'getTask', ['query first', 'query wait']],
    ['/__api__/v1/experimental/tasks/{id}', 'getTaskExperimental', ['query first', 'query wait']],
    ['/__api__/tasks/{id}', 'getTaskLegacy', ['query first_status']],
  ] as const) {
    t.strictSame(Object.keys(document.paths[path] ?? {}), ['get'], 'HEAD is no entry of its own')
    const operation = document.paths[path]?.['get']
    t.equal(operation?.operationId, operationId)
    t.strictSame(operation?.parameters?.map((parameter) => `${parameter.in} ${parameter.name}`), [...query, 'path id'])
    t.strictSame(Object.keys(operation?.responses ?? {}), ['200', '400', '401', '403', '404', '500'])
    t.strictSame(operation?.security, [{ apiKey: [] }])
    for (const [status, { content }] of Object.entries(operation?.responses ?? {})) if (status !== '200') t.ok(content?.['application/json']?.examples, `${path} ${status}`)
  }
  t.strictSame(Object.keys(document.paths['/__api__/v1/experimental/tasks/{id}']?.['get']?.responses['200']?.headers ?? {}), ['X-Deprecated-Endpoint'])
})

t.test('every route stands in it but twins, and says how far it is emulated', async (t) => {
  const document = JSON.parse(await generateDocument(await connect.load())) as { paths: Record<string, Record<string, Operation>> }
  const documented = Object.entries(document.paths).flatMap(([path, item]) => Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`)).sort()
  const registered: string[] = []
  const app = Fastify({ exposeHeadRoutes: false })
  app.setValidatorCompiler(() => () => true)
  app.setSerializerCompiler(() => (value) => JSON.stringify(value))
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (schema !== undefined && 'hide' in schema) return
    registered.push(`${String(method)} ${url.replace(/:(\w+)/g, '{$1}')}`)
    t.match(schema?.['x-emulated'], /^(?:fully|partly: .+)$/, url)
  })
  await app.register(routes, { document: async () => '', json: { depth: 0, keys: 0 }, maxUploadBytes: 1 })
  await app.ready()
  t.strictSame(documented, registered.sort())
  t.ok(documented.length > 50, `${documented.length} calls`)
  await app.close()
})
