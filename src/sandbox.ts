/**
 * A sandbox is an isolated world: its own clock, tasks, options, scenarios, faults, journal and random streams.
 */
import type { Static, TObject, TSchema } from '@sinclair/typebox'
import { setMaxListeners } from 'node:events'
import type { ApiPlugin, Resources, ResourcesClass } from './api.js'
import { createClock, type Clock, type ClockOptions } from './clock.js'
import type { Fault } from './faults/fault.js'
import { Faults, type FaultRule, type RuleProgress } from './faults/faults.js'
import type { ApiFixtures, Fixtures } from './fixtures.js'
import { BASE62, createRandomSource, createRandomStream, type RandomStream, type SeededSource, type StreamState } from './ids.js'
import { Events } from './journal/events.js'
import { Journal, type JournalLimits } from './journal/journal.js'
import { findScript, scenarioAskedForIn, type Scenario, type Scenarios } from './scenarios.js'
import type { Json, JsonObject, Script } from './simulator/script.js'
import { Simulator } from './simulator/simulator.js'
import type { TaskRecord, TaskSnapshot } from './simulator/task.js'

/** What a world is made of; all sandboxes of a server have it in common but for what each is given of its own. */
export interface World {
  readonly apis: readonly ApiPlugin[]
  readonly fixtures: Fixtures
  readonly seed: number
  readonly clock: ClockOptions
  /** Options in force at the start, by API; each has the shape of that API's schema. */
  readonly options: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  readonly journal: JournalLimits
  /** Tasks of each API, and lines of output of each task; default: the simulator's. */
  readonly limits?: { readonly tasks: number, readonly lines: number }
}

/** A task to be started: by scenario or script, under an id of its own or one drawn in the vendor's form. */
export interface TaskStart {
  readonly api: string
  readonly kind: string
  /** Said outright. Default: the one that the label asks for (`scenario:<name>`), else that queued for the next such task, else the usual one. Ignored when there is a script. */
  readonly scenario?: string | undefined
  readonly script?: Script | undefined
  /** The course it takes when nobody asks for another: a scenario, and maybe a script of this task's own in place of the scenario's. Default: `success`. */
  readonly usual?: { readonly scenario: string, readonly script?: Script | undefined } | undefined
  readonly id?: string | undefined
  /** Free text of the starting call, by which tests may know the task. */
  readonly label?: string | undefined
  readonly parameters?: JsonObject | undefined
  /** What success leaves when the script says nothing of it. */
  readonly result?: Json | undefined
  /** What success brings about: handed to the `apply` of the API's resources, once it has come about. */
  readonly effect?: JsonObject | undefined
}

/** The scenario that natively started tasks get next, so many times. */
export interface NextScenario {
  readonly api: string
  /** Undefined: any kind. */
  readonly kind: string | undefined
  readonly scenario: string
  readonly times: number
}

/** What a reset leaves as it is. */
export const KEEPABLE = ['faults', 'scenarios', 'clock'] as const
export type Keepable = typeof KEEPABLE[number]

/** What a sandbox keeps per API. */
interface ApiState {
  readonly plugin: ApiPlugin
  readonly fixtures: ApiFixtures
  options: Readonly<Record<string, unknown>>
  /** The built-in scenarios and the sandbox's own. */
  scenarios: Scenarios
  drawTaskId: (createdAt: number) => string
}

const NO_FIXTURES: ApiFixtures = { tasks: [], scenarios: new Map() }
const CREDENTIAL_LENGTH = 32

export class Sandbox {
  readonly name: string
  readonly seed: number
  /** What clients may show in place of a vendor's key or token to be sent here. */
  readonly credential: string
  readonly clock: Clock
  readonly simulator: Simulator
  readonly faults: Faults
  readonly journal: Journal
  readonly events: Events
  /** True once the server closes or the sandbox is deleted: nothing is held any more, and replies should end their connections. */
  isDraining = false
  readonly #drained = new AbortController()
  /** Aborts when the sandbox has answered for the last time: who still hangs on it must let go. */
  readonly drained: AbortSignal = this.#drained.signal
  readonly #clockOptions: ClockOptions
  readonly #apis: ReadonlyMap<string, ApiState>
  readonly #optionsBySchema = new Map<TObject, unknown>()
  readonly #ownScenarios = new Map<string, Scenario>()
  readonly #resources = new Map<ResourcesClass, Resources>()
  #next: NextScenario[] = []
  #random: SeededSource
  #unobserve: (() => void) | undefined

  constructor (name: string, world: World) {
    this.name = name
    this.seed = world.seed
    this.#clockOptions = world.clock
    this.clock = createClock(world.clock)
    this.simulator = new Simulator({
      clock: this.clock,
      orders: new Map(world.apis.map(({ name: api, order }) => [api, order])),
      ...(world.limits === undefined ? {} : { maxTasks: world.limits.tasks, maxLines: world.limits.lines }),
      onSuccess: (effect, success) => { this.#resourcesOf(success.task.api)?.apply(effect, success) },
    })
    this.#random = createRandomSource(world.seed, name)
    this.faults = new Faults(() => this.#random('faults'))
    this.journal = new Journal(world.journal)
    this.events = new Events(this)
    // One for each that hangs on; Node takes more than ten for a leak.
    setMaxListeners(0, this.drained)
    // A stream of its own, so that asking for it shifts nothing else.
    const letters = createRandomStream(world.seed, name, 'credential')
    this.credential = Array.from({ length: CREDENTIAL_LENGTH }, () => BASE62.charAt(letters.below(BASE62.length))).join('')
    this.#apis = new Map(world.apis.map((plugin) => {
      const fixtures = world.fixtures.get(plugin.name) ?? NO_FIXTURES
      return [plugin.name, { plugin, fixtures, options: {}, scenarios: fixtures.scenarios, drawTaskId: plugin.createTaskIds(this.random) }]
    }))
    for (const [api, options] of world.options) this.setOptions(api, options)
    this.#loadFixtures()
  }

  /** The sandbox's random stream for a purpose. */
  readonly random = (purpose: string): RandomStream => this.#random(purpose)

  /** Where all random streams stand. */
  get randomStates (): Record<string, StreamState> {
    return this.#random.states()
  }

  /** The options in force of the API whose schema this is. */
  options<S extends TObject> (schema: S): Static<S> {
    // Stored under the schema by setOptions, whose callers have checked them against it.
    return this.#optionsBySchema.get(schema) as Static<S>
  }

  /** Puts options in force; the caller has checked them against the API's schema, defaults filled in. */
  setOptions (api: string, options: Readonly<Record<string, unknown>>): void {
    const state = this.#api(api)
    state.options = options
    this.#optionsBySchema.set(state.plugin.options, options)
    this.simulator.setRetention(api, state.plugin.retentionMs?.(options) ?? Infinity)
  }

  /** What the API whose class this is keeps beside its tasks, as it is now: what tasks have brought about included. */
  resources<R extends Resources> (Class: ResourcesClass<R>): R {
    this.simulator.settleEffects()
    return this.#resourcesFor(Class)
  }

  /** By API: what its resources hold now, as JSON; APIs that keep none, and those never asked for, are left out. */
  saveResources (): Record<string, JsonObject> {
    this.simulator.settleEffects()
    return Object.fromEntries([...this.#apis].flatMap(([api, { plugin: { resources } }]) => {
      const kept = resources === undefined ? undefined : this.#resources.get(resources)
      return kept === undefined ? [] : [[api, kept.save()]]
    }))
  }

  /** Resources of the API as `saved` tells of them, for `putResources`; undefined when it keeps none. Throws ScriptError when they can't be that. */
  readResources (api: string, saved: JsonObject): Resources | undefined {
    const { resources: Class } = this.#api(api).plugin
    if (Class === undefined) return undefined
    const resources = new Class(this)
    resources.load(saved)
    return resources
  }

  /** Puts resources in the place of those that there are. */
  putResources (resources: Resources): void {
    for (const { plugin } of this.#apis.values()) {
      if (plugin.resources !== undefined && resources instanceof plugin.resources) this.#resources.set(plugin.resources, resources)
    }
  }

  /** The fixed ids of the tasks that the API starts with. */
  fixtureIds (api: string): string[] {
    return this.#api(api).fixtures.tasks.flatMap(({ id }) => id ?? [])
  }

  /** What the fixtures file of this shape says; undefined when there is none. */
  fixture<S extends TSchema>(schema: S): Static<S> | undefined {
    // Stored under the shape by loadFixtures, which has checked it.
    return [...this.#apis.values()].find(({ fixtures: { files } }) => files?.has(schema))?.fixtures.files?.get(schema) as Static<S> | undefined
  }

  // Scenarios

  /** The API's scenarios by name, the sandbox's own among them. */
  scenarios (api: string): Scenarios {
    return this.#api(api).scenarios
  }

  /** The API's scenarios without the sandbox's own. */
  builtInScenarios (api: string): Scenarios {
    return this.#api(api).fixtures.scenarios
  }

  /** The scenarios that only this sandbox has. */
  get ownScenarios (): Scenarios {
    return this.#ownScenarios
  }

  /** Adds a scenario, or replaces one of that name. */
  putScenario (scenario: Scenario): void {
    this.#ownScenarios.set(scenario.name, scenario)
    this.#mergeScenarios()
  }

  /** Takes one of the sandbox's own away; false when there is none of that name. */
  removeScenario (name: string): boolean {
    const isRemoved = this.#ownScenarios.delete(name)
    this.#mergeScenarios()
    return isRemoved
  }

  /** What natively started tasks get next, the earliest first. */
  get nextScenarios (): readonly NextScenario[] {
    return this.#next
  }

  /** Queues a scenario. Throws UnknownScenario when the API has none of that name, or none for the kind. */
  queueScenario (next: NextScenario): void {
    const kinds = next.kind === undefined ? this.#api(next.api).plugin.kinds.slice(0, 1) : [next.kind]
    for (const kind of kinds) findScript(this.scenarios(next.api), next.scenario, kind)
    this.#next = [...this.#next, next]
  }

  clearNextScenarios (): void {
    this.#next = []
  }

  // Tasks

  /** Starts a task now. Throws UnknownScenario, or a Refusal (`task-exists`) when the given id is taken. */
  startTask (start: TaskStart): TaskSnapshot {
    const asked = start.script === undefined ? start.scenario ?? scenarioAskedForIn(start.label ?? '') ?? this.#takeNextScenario(start) : undefined
    const usual = start.usual ?? { scenario: 'success' }
    const scenario = start.script === undefined ? asked ?? usual.scenario : undefined
    const script = start.script ?? (asked === undefined ? usual.script : undefined) ?? findScript(this.scenarios(start.api), scenario ?? '', start.kind)
    // Read once: an id that bears its instant bears the one of the creation.
    const createdAt = this.clock.now()
    const snapshot = this.simulator.create({ ...start, createdAt, id: start.id ?? this.#drawTaskId(start.api, createdAt), script, scenario })
    this.#bindFaults(snapshot.task)
    return snapshot
  }

  /** The scenario that such a start is asked to take, by its label or by the queue; nothing is taken from the queue. Undefined: the usual one. */
  scenarioAhead ({ label, ...start }: Pick<TaskStart, 'api' | 'kind' | 'label'>): string | undefined {
    return scenarioAskedForIn(label ?? '') ?? this.#nextFor(start)?.scenario
  }

  /** Puts a fault in force; one about a single task goes with it. `progress` is how far it had come elsewhere. */
  addFault (fault: Fault, addedAt: number, task?: TaskRecord, progress?: RuleProgress): FaultRule {
    if (task !== undefined) this.#unobserve ??= this.simulator.observe((event, gone) => { if (event === 'gone') this.faults.removeOf(gone) })
    return this.faults.add(fault, addedAt, task, progress)
  }

  /** Back to the fixtures: tasks, ids, random streams, journal, and what isn't kept, as at the start. Held polls have been answered when it resolves. */
  async reset (keep: readonly Keepable[] = []): Promise<void> {
    this.simulator.reset()
    await Promise.all([this.simulator.answered(), this.clock.wake()])
    // What was started meanwhile belongs to what is left behind.
    this.simulator.reset()
    // Who began to wait meanwhile would never be woken in the new time.
    const late = keep.includes('clock') ? undefined : this.clock.wake(true)
    if (!keep.includes('clock')) this.clock.restart(this.#clockOptions)
    if (!keep.includes('faults')) this.faults.clear()
    if (!keep.includes('scenarios')) {
      this.#ownScenarios.clear()
      this.#mergeScenarios()
      this.#next = []
    }
    this.journal.clear()
    this.#resources.clear()
    this.restart({})
    this.#loadFixtures()
    this.events.clear()
    this.events.tell('sandbox', () => ({ what: 'reset', name: this.name }))
    await late
  }

  /** Begins all random streams anew, or goes on where `states` says. */
  restart (states: Readonly<Record<string, StreamState>>): void {
    this.#random = createRandomSource(this.seed, this.name, states)
    for (const state of this.#apis.values()) state.drawTaskId = state.plugin.createTaskIds(this.random)
  }

  /** Answers every held poll with the present state of its task, for the last time. */
  async drain (): Promise<void> {
    this.isDraining = true
    await this.clock.wake()
    this.#drained.abort()
  }

  close (): void {
    this.#unobserve?.()
    this.events.close()
    this.clock.close()
  }

  #resourcesFor<R extends Resources> (Class: ResourcesClass<R>): R {
    let resources = this.#resources.get(Class)
    if (resources === undefined) {
      resources = new Class(this)
      this.#resources.set(Class, resources)
    }
    // Stored under the class that it is of.
    return resources as R
  }

  #resourcesOf (api: string): Resources | undefined {
    const { resources } = this.#api(api).plugin
    return resources === undefined ? undefined : this.#resourcesFor(resources)
  }

  #api (api: string): ApiState {
    const state = this.#apis.get(api)
    if (state === undefined) throw new RangeError(`no API is called ${api}`)
    return state
  }

  #mergeScenarios (): void {
    for (const [api, state] of this.#apis) {
      const own = [...this.#ownScenarios].filter(([, { json }]) => json.apis?.includes(api) ?? true)
      state.scenarios = new Map([...state.fixtures.scenarios, ...own])
    }
  }

  #nextFor ({ api, kind }: Pick<TaskStart, 'api' | 'kind'>): NextScenario | undefined {
    return this.#next.find((next) => next.api === api && (next.kind ?? kind) === kind)
  }

  #takeNextScenario (start: TaskStart): string | undefined {
    const taken = this.#nextFor(start)
    if (taken === undefined) return undefined
    this.#next = this.#next.flatMap((next) => next !== taken ? [next] : next.times > 1 ? [{ ...next, times: next.times - 1 }] : [])
    return taken.scenario
  }

  #drawTaskId (api: string, createdAt: number): string {
    const { drawTaskId } = this.#api(api)
    let id = drawTaskId(createdAt)
    while (this.simulator.has(api, id)) id = drawTaskId(createdAt)
    return id
  }

  /** Puts the faults of the task's scenario in force for as long as the task is there. */
  #bindFaults (task: TaskRecord): void {
    const scenario = task.scenario === undefined ? undefined : this.scenarios(task.api).get(task.scenario)
    for (const fault of scenario?.faults ?? []) this.addFault(fault, task.createdAt, task)
  }

  #loadFixtures (): void {
    const startedAt = this.clock.now()
    for (const [api, { fixtures }] of this.#apis) {
      const tasks = fixtures.tasks.map((task) => ({ task, createdAt: 'at' in task.created ? task.created.at : startedAt - task.created.agoMs }))
      // In the order of creation, because vendors' ids rise with it.
      tasks.sort((a, b) => a.createdAt - b.createdAt)
      for (const { task, createdAt } of tasks) {
        this.#bindFaults(this.simulator.create({ ...task, api, createdAt, id: task.id ?? this.#drawTaskId(api, createdAt) }).task)
      }
    }
  }
}
