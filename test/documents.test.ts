/** The committed OpenAPI documents are what the code generates. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { generateDocument } from '../src/openapi.js'
import { registry } from '../src/server.js'

interface Operation { readonly operationId?: string, readonly summary?: string, readonly responses?: Record<string, { description?: string }> }
interface Document { readonly openapi: string, readonly info: { version: string }, readonly paths: Record<string, Record<string, Operation>> }

for (const api of registry) {
  t.test(`${api.name}: the committed document is the generated one (npm run openapi renews it)`, async (t) => {
    t.equal(readFileSync(`openapi/${api.name}.json`, 'utf8'), await generateDocument(api))
  })

  t.test(`${api.name}: every operation has an id of its own, a summary and described replies`, async (t) => {
    const document = JSON.parse(readFileSync(`openapi/${api.name}.json`, 'utf8')) as Document
    t.match(document.openapi, /^3\.1\./)
    const operations = Object.entries(document.paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })))
    t.ok(operations.length > 0)
    for (const { name, operation } of operations) {
      t.ok(operation.operationId, `${name} has an operation id`)
      t.ok(operation.summary, `${name} has a summary`)
      for (const [status, { description }] of Object.entries(operation.responses ?? {})) t.ok(description !== undefined && description !== '' && description !== 'Default Response', `${name} describes ${status}`)
    }
    t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
  })
}

t.test('there is a document for each API and no other', async (t) => {
  t.same(readdirSync('openapi').sort(), registry.map(({ name }) => `${name}.json`).sort())
})

t.test('every fixture names its source in fixtures/README.md', async (t) => {
  const readme = readFileSync('fixtures/README.md', 'utf8')
  for (const { name } of registry) {
    const { tasks } = JSON.parse(readFileSync(`fixtures/${name}/tasks.json`, 'utf8')) as { tasks: ReadonlyArray<{ id?: string }> }
    for (const { id } of tasks) if (id !== undefined) t.match(readme, new RegExp(`\\| \`${id}\` \\|.*\\|.*\\w+.* \\|`), `${name} ${id}`)
    const scenarios = `fixtures/${name}/scenarios`
    t.ok(existsSync(scenarios))
    for (const file of readdirSync(scenarios)) t.match(readme, `\`${file.replace('.json', '')}\``, `${name} ${file}`)
  }
})
