/**
 * `/snapshot`: a sandbox mid-flight as one JSON document, and back. Journal and report are left behind: they are about the
 * connections of this process. Polls on an imported sandbox go on as if nothing had happened.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Resources } from '../api.js'
import { FaultJson, parseFault, type Fault } from '../faults/fault.js'
import type { StreamState } from '../ids.js'
import type { Sandbox } from '../sandbox.js'
import { findScript, parseScenario, ScenarioJson, type Scenario } from '../scenarios.js'
import { parseScript, ScriptError, ScriptJson, scriptToJson, TaskErrorJson, type Json, type JsonObject, type Script, type TaskError } from '../simulator/script.js'
import type { NewTask } from '../simulator/simulator.js'
import type { Fact, TaskRecord } from '../simulator/task.js'
import { forEachInSlices, sendInSlices } from '../slices.js'
import { requireApi, toInstant, type ControlContext } from './context.js'
import { checkOptions, optionsOf } from './options.js'
import { badRequest, conflict, Problem } from './problems.js'
import { complaintsAbout, Instant, readInstant, validatorCompiler } from './validation.js'

const VERSION = 1
const LARGEST = 67_108_864
/** More would not be taken back: they are made in one turn, while all other sandboxes wait. */
const MOST_TASKS = 20_000
const Count = Type.Integer({ minimum: 0 })
const CLOSED = { additionalProperties: false }

const FactJson = Type.Union([
  Type.Object({ at: Instant, what: Type.Union([Type.Literal('held'), Type.Literal('released'), Type.Literal('expired')]) }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('cancelled'), by: Type.Optional(Type.Union([Type.Literal('client'), Type.Literal('control')])) }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('finished'), result: Type.Optional(Type.Unknown()) }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('failed'), error: TaskErrorJson }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('reached'), stepIndex: Count }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('skipped'), ms: Count }, CLOSED),
  Type.Object({ at: Instant, what: Type.Literal('appended'), lines: Type.Array(Type.String()), after: Count }, CLOSED),
])

const TaskJson = Type.Object({
  api: Type.String(),
  id: Type.String({ minLength: 1 }),
  kind: Type.String(),
  createdAt: Instant,
  script: Type.Integer({ minimum: 0, description: 'Place in `scripts`' }),
  scenario: Type.Optional(Type.String()),
  label: Type.Optional(Type.String()),
  parameters: Type.Record(Type.String(), Type.Unknown()),
  result: Type.Optional(Type.Unknown({ description: 'What success leaves when the script says nothing of it' })),
  effect: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'What success will bring about; left out once it has' })),
  wire: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  facts: Type.Array(FactJson),
  polls: Count,
  countedPolls: Count,
}, CLOSED)

const RuleJson = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  fault: FaultJson,
  addedAt: Instant,
  task: Type.Optional(Type.Object({ api: Type.String(), id: Type.String() }, CLOSED)),
  matched: Count,
  fired: Count,
}, CLOSED)

const SnapshotJson = Type.Object({
  version: Type.Literal(VERSION, { expects: `${VERSION}, the version of snapshots that this Pollux reads` }),
  sandbox: Type.String({ description: 'Where it was taken' }),
  clock: Type.Object({ now: Instant, mode: Type.Union([Type.Literal('running'), Type.Literal('frozen')]), speed: Type.Number({ exclusiveMinimum: 0, maximum: 1e6 }), autoSkip: Type.Boolean() }, CLOSED),
  options: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown())),
  scenarios: Type.Record(Type.String(), ScenarioJson, { description: 'The sandbox\'s own' }),
  next: Type.Array(Type.Object({ api: Type.String(), kind: Type.Optional(Type.String()), scenario: Type.String(), times: Type.Integer({ minimum: 1 }) }, CLOSED)),
  scripts: Type.Array(ScriptJson),
  tasks: Type.Array(TaskJson, { maxItems: MOST_TASKS, expects: `at most ${MOST_TASKS} tasks` }),
  faults: Type.Array(RuleJson),
  resources: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), { description: 'By API: what it keeps beside its tasks' })),
  random: Type.Record(Type.String(), Type.Array(Type.Integer(), { minItems: 4, maxItems: 4 }), { description: 'Where the random streams stand' }),
}, { additionalProperties: false, title: 'Snapshot' })
type SnapshotJson = Static<typeof SnapshotJson>
type TaskJson = Static<typeof TaskJson>

const UncheckedTasks = Type.Object({ ...SnapshotJson.properties, tasks: Type.Array(Type.Unknown(), { maxItems: MOST_TASKS, expects: `at most ${MOST_TASKS} tasks` }) }, { additionalProperties: false })

/** A snapshot that has been checked whole: nothing in it can fail any more. */
interface CheckedSnapshot {
  readonly json: SnapshotJson
  readonly startAt: number
  readonly setOptions: ReturnType<typeof checkOptions>
  readonly scenarios: readonly Scenario[]
  readonly tasks: readonly NewTask[]
  readonly resources: readonly Resources[]
  readonly random: Readonly<Record<string, StreamState>>
  readonly rules: ReadonlyArray<{ readonly json: SnapshotJson['faults'][number], readonly fault: Fault, readonly addedAt: number }>
}

export const snapshotRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/snapshot', {
    schema: { operationId: 'exportSandbox', tags: ['Sandboxes'], summary: 'The sandbox as it is now', description: 'Tasks with what they have brought about, time, faults, scenarios and options, for a later import; not the journal.', response: { 200: SnapshotJson } },
  }, (request, reply) => {
    const { tasks, taskJson, rest } = takeSnapshot(request.sandbox, context)
    sendInSlices(reply, tasks, taskJson, { name: 'tasks', rest })
  })

  app.put('/snapshot', {
    bodyLimit: LARGEST,
    config: { hasAnyKeys: true },
    // Its tasks are checked in slices.
    validatorCompiler: (route) => validatorCompiler({ ...route, schema: UncheckedTasks }),
    schema: {
      operationId: 'importSandbox',
      tags: ['Sandboxes'],
      summary: 'Put the sandbox into the state of a snapshot, all or nothing; held polls are answered first',
      description: 'Ids drawn afterwards are new ones.',
      body: SnapshotJson,
      response: { 200: Type.Object({ name: Type.String(), tasks: Type.Integer(), faults: Type.Integer() }) },
    },
  }, async (request, reply) => {
    const { sandbox } = request
    await restore(sandbox, await checkSnapshot(sandbox, context, request.body))
    return reply.send({ name: sandbox.name, tasks: sandbox.simulator.taskCount, faults: sandbox.faults.ruleCount })
  })
  done()
}

/** All of the sandbox at this very instant, for whoever writes it down bit by bit: `taskJson` for each task, then `rest`. */
function takeSnapshot (sandbox: Sandbox, context: ControlContext) {
  const { clock, simulator, faults } = sandbox
  if (simulator.taskCount > MOST_TASKS) throw conflict(`The sandbox has ${simulator.taskCount} tasks, and a snapshot holds ${MOST_TASKS} at most.`)
  const scripts = new Map<Script, number>()
  const indexOf = (script: Script): number => {
    const index = scripts.get(script) ?? scripts.size
    scripts.set(script, index)
    return index
  }
  const resources = sandbox.saveResources()
  const effective = new Set(simulator.effective())
  // In the order of creation, which lists may go by. What a task bears may be replaced while others are written, never changed.
  const tasks = [...simulator.tasks()].sort((a, b) => a.seq - b.seq).map((task) => ({ ...task, effect: effective.has(task) ? task.effect : undefined }))
  const now: Omit<SnapshotJson, 'tasks' | 'scripts'> = {
    version: VERSION,
    sandbox: sandbox.name,
    clock: { now: instantOf(clock.now()), mode: clock.mode, speed: clock.speed, autoSkip: clock.autoSkip },
    options: optionsOf(sandbox, context),
    scenarios: Object.fromEntries([...sandbox.ownScenarios].map(([name, { json }]) => [name, json])),
    next: sandbox.nextScenarios.map(({ kind, ...next }) => ({ ...next, ...(kind === undefined ? {} : { kind }) })),
    faults: faults.list().map(({ id, fault, addedAt, task, matched, fired }) => ({
      id,
      fault: fault.json,
      addedAt: instantOf(addedAt),
      ...(task === undefined ? {} : { task: { api: task.api, id: task.id } }),
      matched,
      fired,
    })),
    resources,
    random: Object.fromEntries(Object.entries(sandbox.randomStates).map(([purpose, [a, b, c, d]]) => [purpose, [a, b, c, d]])),
  }
  return {
    tasks,
    taskJson: ({ api, id, kind, createdAt, script, scenario, label, parameters, result, effect, wire, facts, polls, countedPolls }: TaskRecord): TaskJson => ({
      api,
      id,
      kind,
      createdAt: instantOf(createdAt),
      script: indexOf(script),
      ...(scenario === undefined ? {} : { scenario }),
      ...(label === undefined ? {} : { label }),
      parameters,
      ...(result === undefined ? {} : { result }),
      ...(effect === undefined ? {} : { effect }),
      ...(wire === undefined ? {} : { wire }),
      facts: facts.map(factToJson),
      polls,
      countedPolls,
    }),
    rest: (): Omit<SnapshotJson, 'tasks'> => ({ ...now, scripts: [...scripts.keys()].map(scriptToJson) }),
  }
}

/** Checks all that the schema can't. Throws a Problem or ScriptError that says where something is wrong. */
async function checkSnapshot (sandbox: Sandbox, context: ControlContext, json: SnapshotJson): Promise<CheckedSnapshot> {
  const setOptions = checkOptions(sandbox, context, json.options, '/options')
  const scenarios = Object.entries(json.scenarios).map(([name, scenario]) => at(`/scenarios/${name}`, () => parseScenario(name, scenario, context.bounds.lines)))
  json.next.forEach(({ api, kind, scenario }, index) => {
    const { kinds } = requireApi(context, api, `/next/${index}/api`)
    const known = new Map([...sandbox.builtInScenarios(api), ...scenarios.map((own) => [own.name, own] as const)])
    at(`/next/${index}`, () => findScript(known, scenario, kind ?? kinds[0] ?? ''))
  })
  const scripts = json.scripts.map((script, index) => parseScript(script, `/scripts/${index}`, context.bounds.lines))
  const seen = new Set<string>()
  const tasks: NewTask[] = []
  await forEachInSlices(json.tasks, (task, index) => {
    const place = `/tasks/${index}`
    requireTask(task, place)
    const { effects } = requireApi(context, task.api, `${place}/api`)
    if (task.effect !== undefined) requireEffect(task.api, effects, task.effect, `${place}/effect`)
    const script = scripts[task.script]
    if (script === undefined) throw badRequest(`${place}/script`, `expected a place in scripts, which has ${scripts.length}`)
    const key = JSON.stringify([task.api, task.id])
    if (seen.has(key)) throw badRequest(`${place}/id`, `there is another ${task.api} task of this id`)
    seen.add(key)
    const facts = task.facts.map((fact, factIndex) => factFromJson(fact, script, `${place}/facts/${factIndex}`))
    if (facts.some((fact, factIndex) => factIndex > 0 && fact.at < (facts[factIndex - 1]?.at ?? 0))) throw badRequest(`${place}/facts`, 'facts come in the order of time')
    tasks.push({
      ...task,
      script,
      createdAt: readInstant(task.createdAt, `${place}/createdAt`),
      // The body was JSON, so what the schema left unknown is JSON.
      parameters: task.parameters as JsonObject,
      result: task.result as Json | undefined,
      effect: task.effect as JsonObject | undefined,
      wire: task.wire as JsonObject | undefined,
      facts,
    })
  })
  const ruleIds = new Set<number>()
  const rules = json.faults.map((rule, index) => {
    if (ruleIds.has(rule.id)) throw badRequest(`/faults/${index}/id`, 'there is another rule of this id')
    ruleIds.add(rule.id)
    if (rule.task !== undefined && !seen.has(JSON.stringify([rule.task.api, rule.task.id]))) throw badRequest(`/faults/${index}/task`, 'there is no such task in tasks')
    return { json: rule, fault: parseFault(rule.fault, `/faults/${index}/fault`), addedAt: readInstant(rule.addedAt, `/faults/${index}/addedAt`) }
  })
  const resources = Object.entries(json.resources ?? {}).flatMap(([api, saved]) => {
    requireApi(context, api, `/resources/${api}`)
    // The body was JSON, so what the schema left unknown is JSON.
    return at(`/resources/${api}`, () => sandbox.readResources(api, saved as JsonObject)) ?? []
  })
  const random = Object.fromEntries(Object.entries(json.random).map(([purpose, [a = 0, b = 0, c = 0, d = 0]]): [string, StreamState] => [purpose, [a, b, c, d]]))
  return { json, startAt: readInstant(json.clock.now, '/clock/now'), setOptions, scenarios, tasks, rules, resources, random }
}

/** Throws a Problem when the task hasn't the shape of one. */
function requireTask (task: TaskJson, path: string): void {
  const complaints = complaintsAbout(TaskJson, task).map((complaint) => ({ ...complaint, path: path + complaint.path }))
  if (complaints.length > 0) throw new Problem(400, complaints.map((complaint) => `${complaint.path}: ${complaint.message}`).join('; '), complaints)
}

/** Throws a Problem when no task of the API could bear this effect: it would do harm only once it came about. */
function requireEffect (api: string, effects: TSchema | undefined, effect: object, path: string): void {
  if (effects === undefined) throw badRequest(path, `tasks of ${api} bring nothing about`)
  if (!Check(effects, effect)) throw badRequest(path, `expected what a task of ${api} brings about, got ${JSON.stringify(effect).slice(0, 200)}`)
}

async function restore (sandbox: Sandbox, { json, startAt, setOptions, scenarios, tasks, rules, resources, random }: CheckedSnapshot): Promise<void> {
  const { clock, simulator, faults } = sandbox
  await sandbox.reset()
  simulator.reset()
  faults.clear()
  const { mode, speed, autoSkip } = json.clock
  clock.restart({ startAt, mode, speed, autoSkip })
  for (const setOption of setOptions) setOption()
  for (const scenario of scenarios) sandbox.putScenario(scenario)
  for (const { api, kind, scenario, times } of json.next) sandbox.queueScenario({ api, kind, scenario, times })
  for (const kept of resources) sandbox.putResources(kept)
  for (const task of tasks) simulator.create(task)
  for (const { json: { id, task, matched, fired }, fault, addedAt } of rules) {
    sandbox.addFault(fault, addedAt, task === undefined ? undefined : simulator.peek(task.api, task.id)?.task, { id, matched, fired })
  }
  sandbox.restart(random)
}

function factToJson (fact: Fact): SnapshotJson['tasks'][number]['facts'][number] {
  const when = { at: instantOf(fact.at) }
  switch (fact.what) {
    case 'appended': return { ...fact, ...when, lines: [...fact.lines] }
    case 'finished': return { what: 'finished', ...when, ...(fact.result === undefined ? {} : { result: fact.result }) }
    case 'failed': return { ...fact, ...when, error: { ...fact.error } }
    case 'held': case 'released': case 'expired': case 'cancelled': case 'reached': case 'skipped': return { ...fact, ...when }
  }
}

function factFromJson (fact: SnapshotJson['tasks'][number]['facts'][number], script: Script, path: string): Fact {
  const factAt = readInstant(fact.at, `${path}/at`)
  switch (fact.what) {
    // The body was JSON, so what the schema left unknown is JSON.
    case 'finished': return { what: 'finished', at: factAt, result: fact.result as Json | undefined }
    case 'failed': return { what: 'failed', at: factAt, error: fact.error as TaskError }
    case 'reached':
      if (fact.stepIndex >= script.steps.length) throw badRequest(`${path}/stepIndex`, `the script has ${script.steps.length} steps`)
      return { ...fact, at: factAt }
    case 'appended':
      if (fact.after > script.lines.length) throw badRequest(`${path}/after`, `the script has ${script.lines.length} lines`)
      return { ...fact, at: factAt }
    case 'held': case 'released': case 'expired': case 'cancelled': case 'skipped': return { ...fact, at: factAt }
  }
}

function instantOf (instant: number): string {
  return toInstant(instant) ?? ''
}

/** What `read` gives; places in its complaints stand below `path`. */
function at<T> (path: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw error instanceof ScriptError ? new ScriptError(path + error.path, error.message) : error
  }
}
