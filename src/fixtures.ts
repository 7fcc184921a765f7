/**
 * Fixtures: the tasks that every world starts with and the scenarios that can be asked for, read from
 * `<dir>/<api>/tasks.json`, `<dir>/<api>/scenarios/*.json` and `<dir>/common/scenarios/*.json`, and the further files that an API
 * asks for. Users' files are checked and compiled at start, Pollux' own scenarios when they are first used.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import { readdirSync, readFileSync, realpathSync, type Dirent } from 'node:fs'
import { basename, dirname, join, resolve, sep } from 'node:path'
import { findScript, parseScenario, ScenarioJson, soundScenario, type Scenario, type Scenarios } from './scenarios.js'
import { parseInstant, parseScript, requireDuration, ScriptError, ScriptJson, TaskErrorJson, type JsonObject, type Script, type TaskError } from './simulator/script.js'
import type { Fact } from './simulator/task.js'

const Instant = Type.String({ description: 'An RFC 3339 instant' })

export const FixtureTaskJson = Type.Object({
  id: Type.Optional(Type.String({ minLength: 1, description: 'Default: drawn, in the vendor\'s form' })),
  kind: Type.String({ minLength: 1 }),
  label: Type.Optional(Type.String()),
  createdAt: Type.Optional(Instant),
  age: Type.Optional(Type.Union([Type.String(), Type.Number()], { description: 'How long before the start of its world the task was created; default 0' })),
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'So many tasks' })),
  every: Type.Optional(Type.Union([Type.String(), Type.Number()], { description: 'Each so much younger than the one before' })),
  scenario: Type.Optional(Type.String({ description: 'Default: success' })),
  script: Type.Optional(ScriptJson),
  parameters: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  wire: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Wire keys that replace what the simulator says' })),
  finished: Type.Optional(Type.Object({ at: Instant, result: Type.Optional(Type.Unknown()) }, { additionalProperties: false, description: 'It ended well at this instant, wherever the clock stands' })),
  failed: Type.Optional(Type.Object({ at: Instant, error: TaskErrorJson }, { additionalProperties: false })),
}, { additionalProperties: false })

export const FixtureTasksJson = Type.Object({
  tasks: Type.Array(FixtureTaskJson),
}, { additionalProperties: false })

/** A task that a world starts with. */
export interface FixtureTask {
  readonly id: string | undefined
  readonly kind: string
  readonly label: string | undefined
  /** Epoch ms, or how many ms before the start of the world. */
  readonly created: { readonly at: number } | { readonly agoMs: number }
  readonly scenario: string | undefined
  readonly script: Script
  readonly parameters: JsonObject | undefined
  readonly wire: JsonObject | undefined
  readonly facts: readonly Fact[]
}

/** What one API starts with. */
export interface ApiFixtures {
  readonly tasks: readonly FixtureTask[]
  readonly scenarios: Scenarios
  /** What the API's further files say, by their shape; of several directories the last one that has the file counts. */
  readonly files?: ReadonlyMap<TSchema, unknown>
}

/** The further files that APIs ask for: their shapes by API and file name. */
export type FixtureFiles = ReadonlyMap<string, Readonly<Record<string, TSchema>>>

/** By API name. */
export type Fixtures = ReadonlyMap<string, ApiFixtures>

/** The folder of what serves every API. */
const COMMON = 'common'
const NO_FILES: FixtureFiles = new Map()

/** A file that can't be used: which, where in it (a JSON pointer), and why. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'
  readonly file: string
  readonly path: string
  readonly reason: string
  constructor (file: string, path: string, reason: string) {
    super(`${file}${path === '' ? '' : ` at ${path}`}: ${reason}`)
    this.file = file
    this.path = path
    this.reason = reason
  }
}

/** A directory whose files are read. */
interface Top {
  readonly path: string
  /** True when its files are known to be sound. */
  readonly isChecked: boolean
}

/**
 * Reads the fixtures of these APIs from each directory in turn: a later directory adds tasks and scenarios, or replaces
 * those of the same id or name. What files in `checkedDirectory` say is taken for granted. Throws FixtureError for the
 * first thing that can't be used.
 */
export function loadFixtures (paths: readonly string[], apis: readonly string[], files: FixtureFiles = NO_FILES, checkedDirectory?: string): Fixtures {
  const directories = paths.map((path) => ({ path, isChecked: path === checkedDirectory }))
  const common = directories.map((directory) => loadScenarios(directory, COMMON))
  return new Map(apis.map((api) => [api, { ...loadApiFixtures(directories, api, common), files: loadFiles(directories, api, files) }]))
}

function loadFiles (directories: readonly Top[], api: string, files: FixtureFiles): Map<TSchema, unknown> {
  const found = new Map<TSchema, unknown>()
  for (const [name, schema] of Object.entries(files.get(api) ?? {})) {
    for (const directory of directories) {
      const json = readJson(join(directory.path, api, name), schema, directory)
      if (json !== undefined) found.set(schema, json)
    }
  }
  return found
}

/**
 * Throws FixtureError when the directory is not there, or has a folder that no API would read: a slip, because nothing
 * in it would take effect.
 */
export function requireLayout (directory: string, apis: readonly string[]): void {
  for (const entry of readDirectory(directory)) {
    if (entry.isDirectory() && entry.name !== COMMON && !apis.includes(entry.name)) throw new FixtureError(join(directory, entry.name), '', `no API is called ${entry.name}; there are ${apis.join(', ')}`)
  }
}

function readDirectory (directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    throw new FixtureError(directory, '', isAbsent(error) ? 'no such directory' : String(error))
  }
}

function loadApiFixtures (directories: readonly Top[], api: string, common: ReadonlyArray<readonly Scenario[]>): ApiFixtures {
  const scenarios = scenariosOf(directories, api, common)
  const named = new Map<string, FixtureTask>()
  const anonymous: FixtureTask[] = []
  for (const directory of directories) {
    for (const task of loadTasks(join(directory.path, api, 'tasks.json'), scenarios, directory)) {
      if (task.id === undefined) anonymous.push(task)
      else named.set(task.id, task)
    }
  }
  return { tasks: [...named.values(), ...anonymous], scenarios }
}

/** The API's scenarios in these directories; what is said for one API counts more than what is said for all. */
function scenariosOf (directories: readonly Top[], api: string, common: ReadonlyArray<readonly Scenario[]>): Map<string, Scenario> {
  const scenarios = new Map<string, Scenario>()
  directories.forEach((directory, index) => {
    const isForApi = ({ json: { apis } }: Scenario): boolean => apis?.includes(api) ?? true
    const own = loadScenarios(directory, api)
    // A sound one in an API's folder is for that API: there is no need to read it yet.
    for (const scenario of [...(common[index] ?? []).filter(isForApi), ...directory.isChecked ? own : own.filter(isForApi)]) scenarios.set(scenario.name, scenario)
  })
  return scenarios
}

/** The tasks of one file; none when it is not there. */
function loadTasks (file: string, scenarios: Scenarios, top: Top): FixtureTask[] {
  const { tasks } = readJson(file, FixtureTasksJson, top) ?? { tasks: [] }
  return tasks.flatMap((json, index) => located(file, `/tasks/${index}`, () => toFixtureTasks(json, scenarios)))
}

/**
 * Checks one file as a start with its directory would: `<dir>/<api>/tasks.json`, a further file of that folder, or a scenario wherever
 * it lies. Names of scenarios are looked up in its directory and in the built-in one. Throws FixtureError for the first thing that can't be used.
 */
export function checkFixtureFile (file: string, builtIn: string, apis: readonly string[], files: FixtureFiles = NO_FILES): void {
  const folder = dirname(resolve(file))
  const shape = files.get(basename(folder))?.[basename(file)]
  if (shape !== undefined) {
    if (readJson(file, shape, toBeChecked(dirname(folder))) === undefined) throw new FixtureError(file, '', 'no such file')
    return
  }
  const isTasks = basename(file) === 'tasks.json'
  const home = isTasks ? folder : dirname(folder)
  const ownApi = apis.find((api) => api === basename(home))
  const isLaidOut = isTasks || (basename(folder) === 'scenarios' && (ownApi !== undefined || basename(home) === COMMON))
  const directories = (isLaidOut ? [builtIn, dirname(home)] : [builtIn]).map(toBeChecked)
  const knownTo = (api: string): Scenarios => scenariosOf(directories, api, directories.map((directory) => loadScenarios(directory, COMMON)))
  if (isTasks) {
    if (ownApi === undefined) throw new FixtureError(file, '', `no API is called ${basename(home)}; tasks lie in a folder of ${apis.join(', ')}`)
    const top = toBeChecked(dirname(home))
    if (readJson(file, FixtureTasksJson, top) === undefined) throw new FixtureError(file, '', 'no such file')
    loadTasks(file, knownTo(ownApi), top)
    return
  }
  // Elsewhere a file is where its name says.
  const top = isLaidOut ? toBeChecked(dirname(home)) : undefined
  if (readJson(file, Type.Unknown(), top) === undefined) throw new FixtureError(file, '', 'no such file')
  const { json } = loadScenario(file, basename(file, '.json'), top)
  const unknown = json.apis?.findIndex((api) => !apis.includes(api)) ?? -1
  if (unknown >= 0) throw new FixtureError(file, `/apis/${unknown}`, `no API is called ${json.apis?.[unknown] ?? ''}; there are ${apis.join(', ')}`)
  const served = json.apis ?? (ownApi === undefined ? apis : [ownApi])
  const { like } = json
  if (like !== undefined && !served.some((api) => knownTo(api).has(like))) throw new FixtureError(file, '/like', `no scenario is called ${JSON.stringify(like)}; there are ${[...knownTo(served[0] ?? '').keys()].join(', ')}`)
}

function toBeChecked (path: string): Top {
  return { path, isChecked: false }
}

/** The scenarios of one folder of the directory. */
function loadScenarios (directory: Top, folder: string): Scenario[] {
  const scenarios = join(directory.path, folder, 'scenarios')
  return scenarioNames(scenarios).map((name) => loadScenario(join(scenarios, `${name}.json`), name, directory))
}

/** Reads one scenario file, which must lie below `top` when that is given. Throws FixtureError. */
export function loadScenario (file: string, name: string, top?: Top): Scenario {
  const read = (): ScenarioJson => readJson(file, ScenarioJson, top) ?? missing(file)
  return top?.isChecked === true ? soundScenario(name, read) : located(file, '', () => parseScenario(name, read()))
}

function toFixtureTasks (json: Static<typeof FixtureTaskJson>, scenarios: Scenarios): FixtureTask[] {
  const count = json.count ?? 1
  if (json.id !== undefined && count > 1) throw new ScriptError('/count', 'several tasks can\'t share one id')
  if (json.createdAt !== undefined && json.age !== undefined) throw new ScriptError('/age', 'expected either createdAt or age, got both')
  if (json.script !== undefined && json.scenario !== undefined) throw new ScriptError('/scenario', 'expected either script or scenario, got both')
  if (json.finished !== undefined && json.failed !== undefined) throw new ScriptError('/failed', 'expected either finished or failed, got both')
  const scenario = json.script === undefined ? json.scenario ?? 'success' : undefined
  const script = json.script === undefined ? findScript(scenarios, scenario ?? '', json.kind) : parseScript(json.script, '/script')
  const everyMs = json.every === undefined ? 0 : requireDuration(json.every, '/every')
  const ageMs = json.age === undefined ? 0 : requireDuration(json.age, '/age')
  const createdAt = json.createdAt === undefined ? undefined : requireInstant(json.createdAt, '/createdAt')
  return Array.from({ length: count }, (_, n) => ({
    id: json.id,
    kind: json.kind,
    label: json.label,
    created: createdAt === undefined ? { agoMs: ageMs - n * everyMs } : { at: createdAt + n * everyMs },
    scenario,
    script,
    // The file was JSON, so what the schema left unknown is JSON.
    parameters: json.parameters as JsonObject | undefined,
    wire: json.wire as JsonObject | undefined,
    facts: endFacts(json),
  }))
}

function endFacts ({ finished, failed }: Static<typeof FixtureTaskJson>): Fact[] {
  if (finished !== undefined) return [{ at: requireInstant(finished.at, '/finished/at'), what: 'finished', result: finished.result as JsonObject | undefined }]
  if (failed !== undefined) return [{ at: requireInstant(failed.at, '/failed/at'), what: 'failed', error: failed.error as TaskError }]
  return []
}

function requireInstant (value: string, path: string): number {
  const at = parseInstant(value)
  if (at === undefined) throw new ScriptError(path, `expected an RFC 3339 instant such as 2026-11-22T12:00:00Z, got ${JSON.stringify(value)}`)
  return at
}

function scenarioNames (directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw new FixtureError(directory, '', error instanceof Error ? error.message : String(error))
  }
}

/** The file's JSON once it has the schema's shape; undefined when there is no such file. Below `top` no link may lead out of it. */
function readJson<S extends TSchema> (file: string, schema: S, top?: Top): Static<S> | undefined {
  let text: string
  try {
    if (top?.isChecked === false && !realpathSync.native(file).startsWith(withSlash(realpathSync.native(top.path)))) throw new FixtureError(file, '', `the link leads out of ${top.path}`)
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof FixtureError) throw error
    if (isAbsent(error)) return undefined
    throw new FixtureError(file, '', error instanceof Error ? error.message : String(error))
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new FixtureError(file, '', error instanceof Error ? error.message : String(error))
  }
  // What is checked already need not be, and validating would be most of a start.
  if (top?.isChecked === true) return json as Static<S>
  if (Check(schema, json)) return json
  const first = Errors(schema, json).First()
  throw new FixtureError(file, first?.path ?? '', `${first?.message ?? 'unexpected value'}, got ${JSON.stringify(first?.value)}`)
}

function withSlash (directory: string): string {
  return directory.endsWith(sep) ? directory : directory + sep
}

function located<T> (file: string, path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof ScriptError) throw new FixtureError(file, path + error.path, error.message)
    throw error
  }
}

function missing (file: string): never {
  throw new FixtureError(file, '', 'it vanished while it was read')
}

function isAbsent (error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
