/** The committed OpenAPI documents are what the code generates. */
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { documentedParts } from '../src/documents.js'
import { generateDocument } from '../src/openapi.js'
import { registry } from '../src/server.js'

interface Operation { readonly operationId?: string, readonly summary?: string, readonly responses?: Record<string, { description?: string }> }
interface Document { readonly openapi: string, readonly info: { version: string }, readonly paths: Record<string, Record<string, Operation>> }

const parts = await documentedParts()

for (const [document, part] of parts) {
  t.test(`${document}: the committed document is the generated one (npm run openapi renews it)`, async (t) => {
    t.equal(readFileSync(`openapi/${document}.json`, 'utf8'), await generateDocument(part))
  })

  t.test(`${document}: every operation has an id of its own, a summary and described replies`, async (t) => {
    const { openapi, paths } = JSON.parse(readFileSync(`openapi/${document}.json`, 'utf8')) as Document
    t.match(openapi, /^3\.1\./)
    const operations = Object.entries(paths).flatMap(([path, item]) => Object.entries(item).map(([method, operation]) => ({ name: `${method} ${path}`, operation })))
    t.ok(operations.length > 0)
    for (const { name, operation } of operations) {
      t.ok(operation.operationId, `${name} has an operation id`)
      t.ok(operation.summary, `${name} has a summary`)
      for (const [status, { description }] of Object.entries(operation.responses ?? {})) t.ok(description !== undefined && description !== '' && description !== 'Default Response', `${name} describes ${status}`)
    }
    t.equal(new Set(operations.map(({ operation }) => operation.operationId)).size, operations.length)
  })
}

t.test('there is a document for each API, one for the control plane, and no other', async (t) => {
  t.same(readdirSync('openapi').sort(), [...parts.keys()].map((name) => `${name}.json`).sort())
})

t.test('every fixture names its source in fixtures/README.md', async (t) => {
  const readme = readFileSync('fixtures/README.md', 'utf8')
  for (const { name } of registry) {
    const { tasks } = JSON.parse(readFileSync(`fixtures/${name}/tasks.json`, 'utf8')) as { tasks: ReadonlyArray<{ id?: string }> }
    for (const { id } of tasks) if (id !== undefined) t.match(readme, new RegExp(`\\| \`${id}\` \\|.*\\|.*\\w+.* \\|`), `${name} ${id}`)
  }
  for (const name of ['common', ...registry.map((api) => api.name)]) {
    const section = readme.split(/^## /m).find((text) => text.startsWith(`${name}\n`)) ?? ''
    for (const file of readdirSync(`fixtures/${name}/scenarios`)) t.match(section, `\`${file.replace('.json', '')}\``, `${name} ${file}`)
  }
})
