/**
 * Scenarios: named scripts, with the faults that go with them.
 */
import { Type, type Static } from '@sinclair/typebox'
import { FaultJson, parseFault, type Fault } from './faults/fault.js'
import { parseScript, ScriptError, ScriptJson, type Script } from './simulator/script.js'

export const ScenarioJson = Type.Object({
  summary: Type.String({ description: 'One sentence: what a task of this scenario does' }),
  exposes: Type.Optional(Type.String({ description: 'The client bug that it brings to light' })),
  apis: Type.Optional(Type.Array(Type.String(), { minItems: 1, description: 'The APIs it is for; default: all' })),
  like: Type.Optional(Type.String({ description: 'The scenario whose scripts serve where this one has none of its own' })),
  script: Type.Optional(ScriptJson),
  kinds: Type.Optional(Type.Record(Type.String(), ScriptJson, { description: 'Scripts of single task kinds; `script` serves the others' })),
  faults: Type.Optional(Type.Array(FaultJson, { description: 'Faults that strike calls about a task of this scenario; durations count from its creation' })),
}, { additionalProperties: false, title: 'Scenario' })
export type ScenarioJson = Static<typeof ScenarioJson>

/** A named script per task kind, and what goes wrong around it. */
export interface Scenario {
  readonly name: string
  readonly json: ScenarioJson
  /** Its own script for the kind, not one that it borrows. */
  readonly scriptFor: (kind: string) => Script | undefined
  readonly faults: readonly Fault[]
}

export type Scenarios = ReadonlyMap<string, Scenario>

/** No scenario of that name, or none with a script for that kind; `path` is where the name or kind stood. */
export class UnknownScenario extends ScriptError {
  constructor (path: string, message: string) {
    super(path, message)
    this.name = 'UnknownScenario'
  }
}

/** The scenario that a free text asks for by `scenario:<name>`; undefined when it asks for none. */
export function scenarioAskedForIn (text: string): string | undefined {
  return /(?:^|[^\w-])scenario:([A-Za-z0-9][\w.-]{0,99})/.exec(text)?.[1]
}

/** Compiles a scenario of the right shape, whose scripts may bring so many lines each. Throws ScriptError for what the schema can't say. */
export function parseScenario (name: string, json: ScenarioJson, mostLines?: number): Scenario {
  const script = json.script === undefined ? undefined : parseScript(json.script, '/script', mostLines)
  const kinds = new Map(Object.entries(json.kinds ?? {}).map(([kind, kindScript]) => [kind, parseScript(kindScript, `/kinds/${kind}`, mostLines)]))
  if (script === undefined && kinds.size === 0 && json.like === undefined) throw new ScriptError('', 'expected script, kinds with a script each, or like with the name of a scenario that has some')
  return {
    name,
    json,
    scriptFor: (kind) => kinds.get(kind) ?? script,
    faults: (json.faults ?? []).map((fault, index) => parseFault(fault, `/faults/${index}`)),
  }
}

/** A scenario that is known to be sound: read and compiled when it is first asked for something. */
export function soundScenario (name: string, read: () => ScenarioJson): Scenario {
  let compiled: Scenario | undefined
  function own (): Scenario {
    compiled ??= parseScenario(name, read())
    return compiled
  }
  return { name, get json () { return own().json }, scriptFor: (kind) => own().scriptFor(kind), get faults () { return own().faults } }
}

/** The scenario's script for the kind, borrowed ones included. Throws UnknownScenario. */
export function findScript (scenarios: Scenarios, name: string, kind: string): Script {
  const seen = new Set<string>()
  for (let next: string | undefined = name; next !== undefined && !seen.has(next);) {
    seen.add(next)
    const scenario = scenarios.get(next)
    if (scenario === undefined) throw new UnknownScenario('/scenario', `no scenario is called ${JSON.stringify(next)}; there are ${[...scenarios.keys()].join(', ')}`)
    const script = scenario.scriptFor(kind)
    if (script !== undefined) return script
    next = scenario.json.like
  }
  throw new UnknownScenario('/kind', `the scenario ${name} has no script for the kind ${JSON.stringify(kind)}`)
}
