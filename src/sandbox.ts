/**
 * A sandbox is an isolated world: its own clock, tasks, options and random streams.
 */
import type { Static, TObject } from '@sinclair/typebox'
import type { ApiPlugin } from './api.js'
import { createClock, type Clock, type ClockOptions } from './clock.js'
import type { ApiFixtures, Fixtures } from './fixtures.js'
import { createRandomSource, type RandomSource, type RandomStream } from './ids.js'
import type { JsonObject, Scenario, Script } from './simulator/script.js'
import { Simulator } from './simulator/simulator.js'
import type { TaskSnapshot } from './simulator/task.js'

/** What all worlds of a server have in common. */
export interface World {
  readonly apis: readonly ApiPlugin[]
  readonly fixtures: Fixtures
  readonly seed: number
  readonly clock: ClockOptions
  /** Options in force at the start, by API; each has the shape of that API's schema. */
  readonly options: ReadonlyMap<string, Readonly<Record<string, unknown>>>
}

/** A task to be started: by scenario or script, under an id of its own or one drawn in the vendor's form. */
export interface TaskStart {
  readonly api: string
  readonly kind: string
  /** Default: `success`. Ignored when there is a script. */
  readonly scenario?: string | undefined
  readonly script?: Script | undefined
  readonly id?: string | undefined
  readonly label?: string | undefined
  readonly parameters?: JsonObject | undefined
}

/** No scenario of that name, or none with a script for that kind. */
export class UnknownScenario extends Error {
  override readonly name = 'UnknownScenario'
}

/** What a sandbox keeps per API. */
interface ApiState {
  readonly plugin: ApiPlugin
  readonly fixtures: ApiFixtures
  options: Readonly<Record<string, unknown>>
  drawTaskId: (createdAt: number) => string
}

const NO_FIXTURES: ApiFixtures = { tasks: [], scenarios: new Map() }

export class Sandbox {
  readonly name: string
  readonly clock: Clock
  readonly simulator: Simulator
  /** True once the server closes: replies that still go out should end their connections. */
  isDraining = false
  readonly #seed: number
  readonly #apis: ReadonlyMap<string, ApiState>
  readonly #optionsBySchema = new Map<TObject, unknown>()
  #random: RandomSource

  constructor (name: string, world: World) {
    this.name = name
    this.clock = createClock(world.clock)
    this.simulator = new Simulator({ clock: this.clock, orders: new Map(world.apis.map(({ name: api, order }) => [api, order])) })
    this.#seed = world.seed
    this.#random = createRandomSource(world.seed, name)
    this.#apis = new Map(world.apis.map((plugin) => [plugin.name, {
      plugin,
      fixtures: world.fixtures.get(plugin.name) ?? NO_FIXTURES,
      options: {},
      drawTaskId: plugin.createTaskIds(this.random),
    }]))
    for (const [api, options] of world.options) this.setOptions(api, options)
    this.#loadFixtures()
  }

  /** The sandbox's random stream for a purpose. */
  readonly random = (purpose: string): RandomStream => this.#random(purpose)

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

  /** The API's scenarios by name. */
  scenarios (api: string): ReadonlyMap<string, Scenario> {
    return this.#api(api).fixtures.scenarios
  }

  /** Starts a task now. Throws UnknownScenario, or a Refusal (`task-exists`) when the given id is taken. */
  startTask (start: TaskStart): TaskSnapshot {
    const scenario = start.script === undefined ? start.scenario ?? 'success' : undefined
    // Read once: an id that bears its instant bears the one of the creation.
    const createdAt = this.clock.now()
    return this.simulator.create({
      ...start,
      createdAt,
      id: start.id ?? this.#drawTaskId(start.api, createdAt),
      script: start.script ?? this.#scenarioScript(start.api, scenario ?? '', start.kind),
      scenario,
    })
  }

  /** Back to the fixtures: tasks, ids and random streams as at the start. Held polls have been answered when it resolves. */
  async reset (): Promise<void> {
    this.simulator.reset()
    await this.simulator.answered()
    this.#random = createRandomSource(this.#seed, this.name)
    for (const state of this.#apis.values()) state.drawTaskId = state.plugin.createTaskIds(this.random)
    this.#loadFixtures()
  }

  /** Answers every held poll with the present state of its task, for the last time. */
  async drain (): Promise<void> {
    this.isDraining = true
    await this.clock.wake()
  }

  close (): void {
    this.clock.close()
  }

  #api (api: string): ApiState {
    const state = this.#apis.get(api)
    if (state === undefined) throw new RangeError(`no API is called ${api}`)
    return state
  }

  #drawTaskId (api: string, createdAt: number): string {
    const { drawTaskId } = this.#api(api)
    let id = drawTaskId(createdAt)
    while (this.simulator.has(api, id)) id = drawTaskId(createdAt)
    return id
  }

  #scenarioScript (api: string, name: string, kind: string): Script {
    const scenario = this.scenarios(api).get(name)
    if (scenario === undefined) throw new UnknownScenario(`no ${api} scenario is called ${JSON.stringify(name)}; there are ${[...this.scenarios(api).keys()].join(', ')}`)
    const script = scenario.scriptFor(kind)
    if (script === undefined) throw new UnknownScenario(`the ${api} scenario ${name} has no script for the kind ${JSON.stringify(kind)}`)
    return script
  }

  #loadFixtures (): void {
    const startedAt = this.clock.now()
    for (const [api, { fixtures }] of this.#apis) {
      const tasks = fixtures.tasks.map((task) => ({ task, createdAt: 'at' in task.created ? task.created.at : startedAt - task.created.agoMs }))
      // In the order of creation, because vendors' ids rise with it.
      tasks.sort((a, b) => a.createdAt - b.createdAt)
      for (const { task, createdAt } of tasks) {
        this.simulator.create({ ...task, api, createdAt, id: task.id ?? this.#drawTaskId(api, createdAt) })
      }
    }
  }
}

/** All sandboxes of a server, each made when it is first addressed. */
export class Sandboxes {
  readonly #world: World
  readonly #sandboxes = new Map<string, Sandbox>()
  #isDraining = false

  constructor (world: World) {
    this.#world = world
  }

  get (name: string): Sandbox {
    let sandbox = this.#sandboxes.get(name)
    if (sandbox === undefined) {
      sandbox = new Sandbox(name, this.#world)
      sandbox.isDraining = this.#isDraining
      this.#sandboxes.set(name, sandbox)
    }
    return sandbox
  }

  /** Answers every held poll of every sandbox. */
  async drain (): Promise<void> {
    this.#isDraining = true
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.drain()))
  }

  close (): void {
    for (const sandbox of this.#sandboxes.values()) sandbox.close()
    this.#sandboxes.clear()
  }
}
