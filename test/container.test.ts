/** The container image and the compose file of the README, as far as they can be judged without running them. */
import addFormats, { type FormatsPlugin } from 'ajv-formats'
import { Ajv } from 'ajv'
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parseDocument } from 'yaml'
// @ts-expect-error -- a script, without types
import { contentComplaints } from '../.build/image-contents.js'

const dockerfile = readFileSync('Dockerfile', 'utf8')
const readme = readFileSync('README.md', 'utf8')
const [composeText = ''] = [...readme.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)

t.test('the image takes the build, fixtures, documents, manifest and licence, and nothing else', async (t) => {
  const [, ...lines] = (dockerfile.split(/^FROM /m).at(-1) ?? '').split('\n')
  t.strictSame(lines.filter((line) => /^(?:COPY|ADD|RUN)\b/.test(line)), [
    'COPY package.json LICENSE ./',
    'COPY fixtures ./fixtures',
    'COPY openapi ./openapi',
    'COPY --from=build /build/dist ./dist',
  ])
  t.match(lines, ['WORKDIR /app'].map((line) => new RegExp(`^${line}$`)))
})

t.test('what the build may see is listed, so that nothing slips in', async (t) => {
  const [everything, ...admitted] = readFileSync('.dockerignore', 'utf8').trim().split('\n')
  t.equal(everything, '*')
  t.strictSame(admitted, ['!package.json', '!package-lock.json', '!tsconfig.json', '!LICENSE', '!src', '!fixtures', '!openapi'])
})

t.test('the image runs as somebody, by node itself, and tells of its health', async (t) => {
  const last = dockerfile.split(/^FROM /m).at(-1) ?? ''
  t.match(last, /^USER node$/m)
  t.match(last, /^CMD \["node", "dist\/cli\.js"\]$/m)
  t.match(last, /^HEALTHCHECK .*CMD \["node", "dist\/cli\.js", "healthcheck"\]$/m)
  t.match(dockerfile, /npm ci --ignore-scripts/)
})

t.test('a look into the image finds what does not belong there, what is missing, and what is another', async (t) => {
  const app = join(t.testdir({}), 'app')
  for (const name of ['package.json', 'LICENSE', 'fixtures', 'openapi']) cpSync(name, join(app, name), { recursive: true })
  mkdirSync(join(app, 'dist'))
  for (const name of ['cli.js', 'index.js', 'chunk-ABC.js']) writeFileSync(join(app, 'dist', name), '')
  t.strictSame(contentComplaints(app, '.'), [])
  writeFileSync(join(app, '.npmrc'), '')
  writeFileSync(join(app, 'dist', 'cli.js.map'), '')
  rmSync(join(app, 'openapi', 'svix.json'))
  writeFileSync(join(app, 'LICENSE'), 'mine')
  t.strictSame((contentComplaints(app, '.') as string[]).sort(), ['.npmrc does not belong there', 'LICENSE is another', 'dist/cli.js.map does not belong there', 'openapi/svix.json is missing'])
})

/** What the specification of compose files says against a text, by the schema that dclint brings. */
function composeComplaints (text: string): string[] {
  const document = parseDocument(text, { strict: true, uniqueKeys: true })
  if (document.errors.length > 0) return document.errors.map(({ message }) => message)
  const ajv = new Ajv({ strict: false, allErrors: true })
  // Its types describe a module of the old kind.
  ;(addFormats as unknown as FormatsPlugin)(ajv)
  ajv.addFormat('ports', true).addFormat('expose', true)
  // It names its own draft by an address that nobody else uses.
  const { $schema: _, ...schema } = JSON.parse(readFileSync('node_modules/dclint/schemas/compose.schema.json', 'utf8')) as Record<string, unknown>
  const validate = ajv.compile(schema)
  return validate(document.toJS()) ? [] : [ajv.errorsText(validate.errors)]
}

t.test('the README\'s compose file is one, and waits for health as the image tells it', async (t) => {
  t.strictSame(composeComplaints(composeText), [])
  const { services } = parseDocument(composeText).toJS() as { services: Record<string, { healthcheck?: { test: string[] }, depends_on?: Record<string, { condition: string }> }> }
  t.strictSame(services['pollux']?.healthcheck?.test, ['CMD', 'node', 'dist/cli.js', 'healthcheck'])
  t.ok(Object.values(services).some(({ depends_on: needed }) => needed?.['pollux']?.condition === 'service_healthy'))
})

for (const [sound, broken] of [['interval:', 'intervall:'], ['condition: service_healthy', 'condition: service_well'], ['services:', 'servces:'], ['    healthcheck:', '    healthcheck: 5\n    healthcheck:'], ['    ports:', '   ports:']] as const) {
  t.test(`the judge is awake: ${JSON.stringify(broken)}`, async (t) => {
    t.match(composeText, sound)
    t.not(composeComplaints(composeText.replace(sound, broken)).length, 0)
  })
}
