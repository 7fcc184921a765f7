/** What judges that aren't ours say of the documents, and whether these judges are awake. */
import addFormats, { type FormatsPlugin } from 'ajv-formats'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import t from 'tap'

const DOCUMENTS = readdirSync('openapi').map((file) => join('openapi', file))

type Json = any // eslint-disable-line @typescript-eslint/no-explicit-any -- a document of any shape, planted defects included

function run (program: string, ...args: string[]): { status: number | null, stdout: string, stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { encoding: 'utf8', maxBuffer: 2 ** 26, env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' } })
}

/** Rules that were broken, by file. */
type Findings = Readonly<Record<string, readonly string[]>>

function spectral (files: readonly string[]): Findings {
  const { stdout, stderr } = run('node_modules/@stoplight/spectral-cli/dist/index.js', 'lint', '--ruleset', '.spectral.yaml', '--format', 'json', '--quiet', ...files)
  if (!stdout.startsWith('[')) throw new Error(stdout + stderr)
  const found = JSON.parse(stdout) as ReadonlyArray<{ code: string, source: string }>
  return Object.fromEntries(files.map((file) => [file, found.filter(({ source }) => resolve(source) === resolve(file)).map(({ code }) => code)]))
}

interface Problem { readonly ruleId: string, readonly location: ReadonlyArray<{ readonly source: { readonly ref: string } }> }

function redocly (files: readonly string[]): Findings {
  const { stdout, stderr } = run('node_modules/@redocly/cli/bin/cli.js', 'lint', '--config', '.redocly.yaml', '--format', 'json', ...files)
  if (!stdout.includes('"problems"')) throw new Error(stdout + stderr)
  // It writes one object for each file.
  const problems = JSON.parse(`[${stdout.replaceAll(/^\}\s*\{$/gm, '},{')}]`).flatMap(({ problems }: { problems: readonly Problem[] }) => problems) as readonly Problem[]
  return Object.fromEntries(files.map((file) => [file, problems.filter(({ location: [place] }) => resolve(place?.source.ref ?? '') === resolve(file)).map(({ ruleId }) => ruleId)]))
}

/** Every example of the document beside its schema, with where it stands. */
function * examplesOf (value: Json, path = ''): Generator<{ path: string, schema: Json, example: unknown }> {
  if (typeof value !== 'object' || value === null) return
  const isExampleBeside = value.schema !== undefined
  if (isExampleBeside && value.example !== undefined) yield { path: `${path}/example`, schema: value.schema, example: value.example }
  if (isExampleBeside && value.examples !== undefined) for (const [name, { value: example }] of Object.entries<Json>(value.examples)) yield { path: `${path}/examples/${name}`, schema: value.schema, example }
  if (!isExampleBeside && Array.isArray(value.examples)) for (const example of value.examples) yield { path: `${path}/examples`, schema: value, example }
  for (const [key, entry] of Object.entries(value)) if (key !== 'example' && key !== 'examples') yield * examplesOf(entry, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
}

/** Examples that their schemas refuse, and how many there are in all. */
function judgeExamples (file: string): { readonly refused: string[], readonly count: number } {
  const document: Json = JSON.parse(readFileSync(file, 'utf8'))
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  // Its types describe a module of the old kind.
  ;(addFormats as unknown as FormatsPlugin)(ajv)
  const refused: string[] = []
  let count = 0
  for (const { path, schema, example } of examplesOf(document)) {
    count++
    const validate = ajv.compile({ ...schema, components: document.components })
    if (!validate(example)) refused.push(`${path}: ${ajv.errorsText(validate.errors)}`)
  }
  return { refused, count }
}

t.test('spectral and redocly find nothing', async (t) => {
  const clean = Object.fromEntries(DOCUMENTS.map((file) => [file, []]))
  t.strictSame(spectral(DOCUMENTS), clean)
  t.strictSame(redocly(DOCUMENTS), clean)
})

for (const file of DOCUMENTS) {
  t.test(`${file}: every example is what its schema says`, async (t) => {
    const { refused, count } = judgeExamples(file)
    t.strictSame(refused, [])
    t.ok(count > 0 || file === 'openapi/control.json', `${count} examples`)
  })
}

/** What is done to a copy of Svix's document, and by which rule each judge has to notice. */
const DEFECTS: Readonly<Record<string, { plant (document: Json): void, spectral: string, redocly: string }>> = {
  'an example that its schema refuses': {
    plant: ({ paths }) => { paths['/api/v1/background-task/{task_id}'].get.responses[200].content['application/json'].example.status = 'walking' },
    spectral: 'oas3-valid-media-example',
    redocly: 'no-invalid-media-type-examples',
  },
  'two operations of one id': {
    plant: ({ paths }) => { paths['/api/v1/background-task'].get.operationId = paths['/api/v1/background-task/{task_id}'].get.operationId },
    spectral: 'operation-operationId-unique',
    redocly: 'operation-operationId-unique',
  },
  'a parameter of the path that is not described': {
    plant: ({ paths }) => { paths['/api/v1/background-task/{task_id}'].get.parameters = [] },
    spectral: 'path-params',
    redocly: 'path-parameters-defined',
  },
  'a reference to nothing': {
    plant: ({ components }) => { delete components.schemas.BackgroundTaskOut },
    spectral: 'invalid-ref',
    redocly: 'no-unresolved-refs',
  },
  'a type that there is not': {
    plant: ({ components }) => { components.schemas.BackgroundTaskOut.properties.id.type = 'strnig' },
    spectral: 'oas3-schema',
    redocly: 'struct',
  },
}

t.test('the judges are awake: they find what was planted in copies', async (t) => {
  const directory = t.testdir({})
  mkdirSync(directory, { recursive: true })
  const planted = Object.entries(DEFECTS).map(([name, defect], at) => {
    const document = JSON.parse(readFileSync('openapi/svix.json', 'utf8'))
    defect.plant(document)
    const file = join(directory, `defect-${at}.json`)
    writeFileSync(file, JSON.stringify(document))
    return { name, file, ...defect }
  })
  const files = planted.map(({ file }) => file)
  const [bySpectral, byRedocly] = [spectral(files), redocly(files)]
  for (const { name, file, spectral: spectralRule, redocly: redoclyRule } of planted) {
    t.ok(bySpectral[file]?.includes(spectralRule), `spectral finds ${name}: ${String(bySpectral[file])}`)
    t.ok(byRedocly[file]?.includes(redoclyRule), `redocly finds ${name}: ${String(byRedocly[file])}`)
  }
  t.match(judgeExamples(files[0] ?? '').refused, [/must be equal to one of the allowed values/])
})
