/**
 * Fixtures: the tasks that every world starts with and the scenarios that can be asked for, read from
 * `<dir>/<api>/tasks.json` and `<dir>/<api>/scenarios/*.json`, checked and compiled once at start.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'
import { readdirSync, readFileSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { parseScenario, parseScript, requireDuration, ScenarioJson, ScriptError, ScriptJson, TaskErrorJson, type JsonObject, type Scenario, type Script, type TaskError } from './simulator/script.js'
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
  readonly scenarios: ReadonlyMap<string, Scenario>
}

/** By API name. */
export type Fixtures = ReadonlyMap<string, ApiFixtures>

/** A file that can't be used: which, where in it (a JSON pointer), and why. */
export class FixtureError extends Error {
  override readonly name = 'FixtureError'
  constructor (file: string, path: string, reason: string) {
    super(`${file}${path === '' ? '' : ` at ${path}`}: ${reason}`)
  }
}

/**
 * Reads the fixtures of these APIs from each directory in turn: a later directory adds tasks and scenarios, or replaces
 * those of the same id or name. Throws FixtureError for the first thing that can't be used.
 */
export function loadFixtures (directories: readonly string[], apis: readonly string[]): Fixtures {
  return new Map(apis.map((api) => [api, loadApiFixtures(directories.map((directory) => join(directory, api)))]))
}

/**
 * Throws FixtureError when the directory is not there, or has a folder that no API would read: a slip, because nothing
 * in it would take effect.
 */
export function requireLayout (directory: string, apis: readonly string[]): void {
  for (const entry of readDirectory(directory)) {
    if (entry.isDirectory() && !apis.includes(entry.name)) throw new FixtureError(join(directory, entry.name), '', `no API is called ${entry.name}; there are ${apis.join(', ')}`)
  }
}

function readDirectory (directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
  } catch (error) {
    throw new FixtureError(directory, '', isAbsent(error) ? 'no such directory' : String(error))
  }
}

function loadApiFixtures (directories: readonly string[]): ApiFixtures {
  const scenarios = new Map<string, Scenario>()
  for (const directory of directories) {
    for (const name of scenarioNames(join(directory, 'scenarios'))) {
      const file = join(directory, 'scenarios', `${name}.json`)
      scenarios.set(name, located(file, '', () => parseScenario(name, readJson(file, ScenarioJson) ?? missing(file))))
    }
  }
  const named = new Map<string, FixtureTask>()
  const anonymous: FixtureTask[] = []
  for (const directory of directories) {
    const file = join(directory, 'tasks.json')
    const { tasks } = readJson(file, FixtureTasksJson) ?? { tasks: [] }
    tasks.forEach((json, index) => {
      for (const task of located(file, `/tasks/${index}`, () => toFixtureTasks(json, scenarios))) {
        if (task.id === undefined) anonymous.push(task)
        else named.set(task.id, task)
      }
    })
  }
  return { tasks: [...named.values(), ...anonymous], scenarios }
}

function toFixtureTasks (json: Static<typeof FixtureTaskJson>, scenarios: ReadonlyMap<string, Scenario>): FixtureTask[] {
  const count = json.count ?? 1
  if (json.id !== undefined && count > 1) throw new ScriptError('/count', 'several tasks can\'t share one id')
  if (json.createdAt !== undefined && json.age !== undefined) throw new ScriptError('/age', 'expected either createdAt or age, got both')
  if (json.script !== undefined && json.scenario !== undefined) throw new ScriptError('/scenario', 'expected either script or scenario, got both')
  if (json.finished !== undefined && json.failed !== undefined) throw new ScriptError('/failed', 'expected either finished or failed, got both')
  const scenario = json.script === undefined ? json.scenario ?? 'success' : undefined
  const script = json.script === undefined ? scenarioScript(scenarios, scenario ?? '', json.kind) : parseScript(json.script, '/script')
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

function scenarioScript (scenarios: ReadonlyMap<string, Scenario>, name: string, kind: string): Script {
  const scenario = scenarios.get(name)
  if (scenario === undefined) throw new ScriptError('/scenario', `no scenario is called ${JSON.stringify(name)}; there are ${[...scenarios.keys()].join(', ')}`)
  const script = scenario.scriptFor(kind)
  if (script === undefined) throw new ScriptError('/kind', `the scenario ${name} has no script for the kind ${JSON.stringify(kind)}`)
  return script
}

function requireInstant (value: string, path: string): number {
  const at = parseInstant(value)
  if (at === undefined) throw new ScriptError(path, `expected an RFC 3339 instant such as 2026-11-22T12:00:00Z, got ${JSON.stringify(value)}`)
  return at
}

/** Epoch ms of an RFC 3339 instant, fractions of a millisecond cut off; undefined for anything else. */
export function parseInstant (value: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.floor(at)
}

function scenarioNames (directory: string): string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith('.json')).map((name) => name.slice(0, -'.json'.length)).sort()
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/** The file's JSON once it has the schema's shape; undefined when there is no such file. */
function readJson<S extends TSchema> (file: string, schema: S): Static<S> | undefined {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw new FixtureError(file, '', error instanceof Error ? error.message : String(error))
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new FixtureError(file, '', error instanceof Error ? error.message : String(error))
  }
  if (Value.Check(schema, json)) return json
  const first = Value.Errors(schema, json).First()
  throw new FixtureError(file, first?.path ?? '', `${first?.message ?? 'unexpected value'}, got ${JSON.stringify(first?.value)}`)
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
