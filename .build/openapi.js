/**
 * Generates openapi/*.json from the schemas of the routes.
 */
import { build } from 'esbuild'
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}node_modules/.cache/pollux-openapi.mjs`

await build({
  stdin: { contents: "export { generateDocument } from './src/openapi.js'\nexport { documentedParts } from './src/documents.js'", resolveDir: root },
  bundle: true,
  packages: 'external',
  format: 'esm',
  platform: 'node',
  outfile,
})
const { documentedParts, generateDocument } = await import(outfile)
for (const [name, part] of await documentedParts()) {
  writeFileSync(`${root}openapi/${name}.json`, await generateDocument(part))
}
