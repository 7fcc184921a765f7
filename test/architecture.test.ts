/** The house plan, read from the sources: who imports whom, and where time and randomness come from. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const SRC = fileURLToPath(new URL('../src', import.meta.url))

interface SourceFile {
  /** Relative to src, without ending. */
  readonly name: string
  readonly text: string
  readonly imports: ReadonlyArray<{ readonly target: string, readonly typeOnly: boolean }>
}

function sources (): SourceFile[] {
  return readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts')).map((file) => {
    const text = readFileSync(join(SRC, file), 'utf8')
    const statements = [
      ...text.matchAll(/^(?:import|export)\s+(type\s)?[^'"]*?from\s+['"](\.[^'"]+)['"]/gm),
      ...text.matchAll(/()import\(['"](\.[^'"]+)['"]\)/g),
    ]
    return {
      name: file.replace(/\.ts$/, '').replaceAll('\\', '/'),
      text,
      imports: statements.map(([statement, typeOnly, path = '']) => ({
        target: relative(SRC, resolve(join(SRC, dirname(file)), path)).replace(/\.js$/, ''),
        typeOnly: typeOnly !== undefined && typeOnly !== '' && statement.includes('type'),
      })),
    }
  })
}

/** What a module may import; a trailing `:type` allows its types only. */
const ALLOWED: ReadonlyArray<readonly [module: RegExp, allowed: readonly string[]]> = [
  [/^(call|ids|front-door|heap|sorted-list|descriptors|listeners|once|own-headers|released-reply|request-flaws|schema-compilers|turns)$/, []],
  [/^limits$/, ['simulator/']],
  [/^slices$/, ['clock', 'turns']],
  [/^json-depth$/, ['limits:type']],
  [/^connections$/, ['api:type', 'clock', 'descriptors', 'limits:type', 'long-replies', 'slices']],
  [/^long-replies$/, ['turns']],
  [/^clock$/, ['wait-queue']],
  [/^wait-queue$/, ['clock:type', 'heap']],
  [/^simulator\//, ['simulator/', 'heap', 'sorted-list', 'clock:type', 'ids:type']],
  [/^faults\//, ['faults/', 'simulator/', 'call', 'clock:type', 'ids:type']],
  [/^journal\//, ['journal/', 'simulator/', 'call', 'clock:type', 'ids:type']],
  [/^api$/, ['call:type', 'faults/:type', 'front-door:type', 'ids:type', 'limits:type', 'sandbox:type', 'simulator/:type']],
  [/^scenarios$/, ['simulator/', 'faults/']],
  [/^fixtures$/, ['scenarios', 'simulator/']],
  [/^config$/, ['fixtures', 'limits', 'simulator/']],
  [/^sandbox$/, ['api:type', 'clock', 'ids', 'fixtures:type', 'scenarios', 'simulator/', 'faults/', 'journal/']],
  [/^sandboxes$/, ['clock', 'front-door', 'sandbox']],
  [/^traffic$/, ['api:type', 'call', 'clock', 'faults/', 'front-door:type', 'journal/', 'released-reply', 'repeats', 'sandbox:type', 'sandboxes:type', 'simulator/:type']],
  [/^repeats$/, ['api:type', 'call:type', 'clock', 'front-door:type', 'journal/', 'sandbox:type', 'sandboxes:type', 'simulator/:type']],
  [/^client-errors$/, ['api:type', 'clock']],
  [/^problem-replies$/, ['api:type', 'front-door:type', 'journal/', 'own-headers', 'sandboxes']],
  [/^api-app$/, ['api:type', 'problem-replies', 'request-flaws', 'schema-compilers', 'traffic:type']],
  [/^dispatcher$/, ['api:type', 'api-app:type', 'clock', 'front-door', 'journal/', 'problem-replies', 'request-flaws', 'sandboxes:type', 'traffic:type']],
  [/^openapi$/, ['api:type', 'schema-compilers']],
  [/^apis\//, ['<own folder>', 'api:type', 'call:type', 'front-door:type', 'ids', 'json-depth', 'long-replies', 'once', 'released-reply', 'sandbox:type', 'simulator/', 'slices', 'sorted-list']],
  [/^control\//, ['control/', 'api:type', 'call', 'clock', 'fixtures', 'front-door', 'ids:type', 'json-depth', 'limits:type', 'own-headers', 'sandbox', 'sandboxes', 'scenarios', 'simulator/', 'slices', 'faults/', 'journal/']],
  [/^server$/, ['']],
  [/^documents$/, ['control/', 'journal/', 'limits', 'openapi:type', 'sandboxes', 'server']],
  [/^client\//, ['client/', 'control/:type', 'faults/:type', 'journal/:type', 'scenarios:type']],
  [/^start-options$/, ['config:type']],
  [/^index$/, ['client/', 'config', 'server', 'start-options:type']],
  [/^commands\//, ['commands/', 'call', 'client/', 'fixtures', 'server']],
  [/^shutdown$/, ['clock']],
  [/^serve$/, ['config', 'server', 'shutdown:type']],
  [/^cli$/, ['commands/', 'config', 'serve', 'shutdown']],
]

function isAllowed (file: SourceFile, target: string, typeOnly: boolean, allowed: readonly string[]): boolean {
  return allowed.some((entry) => {
    const onlyTypes = entry.endsWith(':type')
    // An API's folder may have folders of its own.
    const place = entry === '<own folder>' ? `${file.name.split('/', 2).join('/')}/` : entry.replace(/:type$/, '')
    const matches = place.endsWith('/') || place === '' ? target.startsWith(place) : target === place
    return matches && (!onlyTypes || typeOnly)
  })
}

t.test('every module imports only what the plan lets it import', async (t) => {
  const files = sources()
  t.ok(files.length > 10, 'the sources were found')
  for (const file of files) {
    const rule = ALLOWED.find(([module]) => module.test(file.name))
    t.ok(rule, `${file.name} has a place in the plan`)
    for (const { target, typeOnly } of file.imports) {
      t.ok(isAllowed(file, target, typeOnly, rule?.[1] ?? []), `${file.name} may import ${typeOnly ? 'types of ' : ''}${target}`)
    }
  }
})

t.test('the judge is awake: a forbidden import and a stray clock are found', async (t) => {
  const planted: SourceFile = { name: 'apis/svix/view', text: '', imports: [] }
  const rule = ALLOWED.find(([module]) => module.test(planted.name))?.[1] ?? []
  t.notOk(isAllowed(planted, 'apis/connect/view', false, rule))
  t.notOk(isAllowed(planted, 'sandbox', false, rule))
  t.ok(isAllowed(planted, 'sandbox', true, rule))
  t.match('const at = Date.now()', STRAY_TIME)
  t.match('setTimeout(() => {}, 5)', STRAY_TIME)
  t.notMatch('new Date(at)', STRAY_TIME)
})

const STRAY_TIME = /Date\.now|new Date\(\)|\bsetTimeout\(|\bsetInterval\(|performance\.now/
const STRAY_RANDOMNESS = /Math\.random|randomUUID|randomBytes/

t.test('time comes from clock.ts and randomness from ids.ts alone', async (t) => {
  for (const { name, text } of sources()) {
    if (name !== 'clock') t.notMatch(text, STRAY_TIME, `${name} reads no clock and arms no timer`)
    if (name !== 'ids') t.notMatch(text, STRAY_RANDOMNESS, `${name} draws nothing`)
  }
})

t.test('the simulator knows no HTTP, no Fastify and no Node API', async (t) => {
  for (const { name, text } of sources().filter((file) => file.name.startsWith('simulator/'))) {
    t.notMatch(text, /from '(?:node:|fastify)/, name)
  }
})

t.test('only the command line ends the process', async (t) => {
  for (const { name, text } of sources()) {
    if (name !== 'cli') t.notMatch(text, /process\.exit\(/, name)
  }
})
