/**
 * The task simulator: commands append facts, queries compute snapshots, and held polls are woken exactly when a fact or the clock changes what they wait for.
 */
import type { Clock, Wait } from '../clock.js'
import { isSettled, type Json, type JsonObject, type Script, type TaskError } from './script.js'
import { expiresAt, isHeld, linesExceedAt, nextChangeAt, settledAt, snapshotAt, stepIndexAfterPolls, type Fact, type TaskRecord, type TaskSnapshot } from './task.js'
import { TaskList, type TaskOrder } from './task-list.js'

/** Why a command can't apply. */
export type RefusalCode = 'unknown-task' | 'task-exists' | 'task-settled' | 'already-held' | 'not-held'

/** A command that can't apply; nothing was changed. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  constructor (code: RefusalCode, message: string) {
    super(message)
    this.code = code
  }
}

export interface NewTask {
  readonly api: string
  readonly id: string
  readonly kind: string
  readonly script: Script
  /** Epoch ms; default: now. */
  readonly createdAt?: number | undefined
  readonly scenario?: string | undefined
  readonly label?: string | undefined
  readonly parameters?: JsonObject | undefined
  readonly wire?: JsonObject | undefined
  /** What has already happened to it. */
  readonly facts?: readonly Fact[] | undefined
}

/** What a held poll waits for, besides its time-out: the end of the task, or more lines than it has seen. */
export type WakeCondition = 'settled' | { readonly linesAbove: number }

export interface PollHold {
  readonly until: number
  readonly condition: WakeCondition
  /** Called once with the task as it then is, or undefined when it is gone. A returned promise tells when the reply is out. */
  readonly answer: (snapshot: TaskSnapshot | undefined) => void | Promise<void>
}

export interface SimulatorOptions {
  readonly clock: Clock
  /** The order of each API's list. */
  readonly orders: ReadonlyMap<string, TaskOrder>
  /** Tasks kept per API; one more drops the oldest settled one. */
  readonly maxTasks?: number
}

/** A record as stored: the same task, with what only the simulator may change. */
interface StoredTask extends TaskRecord {
  facts: readonly Fact[]
  polls: number
  latest: TaskSnapshot | undefined
  /** Until when `latest` holds. */
  latestUntil: number
  held: Set<HeldPoll> | undefined
}

interface HeldPoll extends PollHold {
  wait: Wait
}

interface Store {
  readonly tasks: Map<string, StoredTask>
  readonly list: TaskList
  /** Those whose script forgets them some time after the end. */
  readonly forgetful: Set<StoredTask>
  retentionMs: number
}

const NO_FACTS: readonly Fact[] = Object.freeze([])
const NO_PARAMETERS: JsonObject = Object.freeze({})
const DEFAULT_MAX_TASKS = 2_000_000

export class Simulator {
  readonly #clock: Clock
  readonly #maxTasks: number
  readonly #stores: ReadonlyMap<string, Store>
  readonly #answering = new Set<Promise<void>>()
  #created = 0
  #heldPolls = 0

  constructor ({ clock, orders, maxTasks = DEFAULT_MAX_TASKS }: SimulatorOptions) {
    this.#clock = clock
    this.#maxTasks = maxTasks
    this.#stores = new Map([...orders].map(([api, order]) => [api, { tasks: new Map(), list: new TaskList(order), forgetful: new Set(), retentionMs: Infinity }]))
  }

  /** How many polls are held. */
  get heldPollCount (): number {
    return this.#heldPolls
  }

  // Queries

  /** The task as it is now, without counting a poll; undefined when there is none. */
  peek (api: string, id: string): TaskSnapshot | undefined {
    const task = this.#find(api, id)
    return task && this.#snapshot(task)
  }

  has (api: string, id: string): boolean {
    return this.#find(api, id) !== undefined
  }

  /** The task as it is now: of a record that a list handed out. */
  snapshot (task: TaskRecord): TaskSnapshot {
    return this.#snapshot(this.#stored(task.api, task.id))
  }

  /** The API's tasks in its order, expired ones left out. */
  list (api: string): TaskList {
    const store = this.#store(api)
    const suspects = store.retentionMs === Infinity ? store.forgetful : store.tasks.values()
    for (const task of [...suspects]) this.#dropIfExpired(store, task)
    return store.list
  }

  // Commands

  /** Adds a task. Refused with `task-exists` when the id is taken. */
  create (input: NewTask): TaskSnapshot {
    const store = this.#store(input.api)
    if (this.#find(input.api, input.id) !== undefined) throw new Refusal('task-exists', `a ${input.api} task with the id ${input.id} exists already`)
    const task: StoredTask = {
      api: input.api,
      id: input.id,
      kind: input.kind,
      createdAt: input.createdAt ?? this.#clock.now(),
      seq: this.#created++,
      script: input.script,
      scenario: input.scenario,
      label: input.label,
      parameters: input.parameters ?? NO_PARAMETERS,
      wire: input.wire,
      facts: input.facts ?? NO_FACTS,
      polls: 0,
      latest: undefined,
      latestUntil: 0,
      held: undefined,
    }
    store.tasks.set(task.id, task)
    store.list.add(task)
    if (task.script.expireAfterMs !== Infinity) store.forgetful.add(task)
    if (store.tasks.size > this.#maxTasks) this.#evict(store, task)
    return this.#snapshot(task)
  }

  /** Reads the task as a client does. Only a script paced by polls moves by it. */
  poll (api: string, id: string): TaskSnapshot | undefined {
    const task = this.#find(api, id)
    if (task === undefined) return undefined
    if (task.script.pace === 'polls') this.#countPoll(task)
    else task.polls++
    return this.#snapshot(task)
  }

  /** Holds a poll until the condition or the instant is reached. `cancel` drops it without an answer. */
  holdPoll (task: TaskRecord, hold: PollHold): { cancel (): void } {
    const stored = this.#stored(task.api, task.id)
    const heldPoll: HeldPoll = { ...hold, wait: this.#schedule(stored, hold, () => this.#answer(stored, heldPoll)) }
    stored.held ??= new Set()
    stored.held.add(heldPoll)
    this.#heldPolls++
    return {
      cancel: () => {
        heldPoll.wait.cancel()
        this.#forget(stored, heldPoll)
      },
    }
  }

  /** Stops the script where it stands. */
  hold (api: string, id: string): TaskSnapshot {
    const task = this.#unsettled(api, id)
    if (isHeld(task)) throw new Refusal('already-held', `task ${id} is held already`)
    return this.#append(task, { at: this.#clock.now(), what: 'held' })
  }

  /** Lets a held script go on; the time it was held does not count. */
  release (api: string, id: string): TaskSnapshot {
    const task = this.#unsettled(api, id)
    if (!isHeld(task)) throw new Refusal('not-held', `task ${id} is not held`)
    return this.#append(task, { at: this.#clock.now(), what: 'released' })
  }

  /** Asks the task to stop. One that is cancelling or cancelled stays so; a script may take no cancel; a finished task is refused. */
  cancel (api: string, id: string): TaskSnapshot {
    const snapshot = this.#snapshot(this.#stored(api, id))
    if (snapshot.state === 'cancelling' || snapshot.state === 'cancelled') return snapshot
    const task = this.#unsettled(api, id)
    if (!task.script.cancellable) return snapshot
    return this.#append(task, { at: this.#clock.now(), what: 'cancelled' })
  }

  /** Ends the task well now, with this result or the one its script would have left. */
  finish (api: string, id: string, result?: Json): TaskSnapshot {
    return this.#append(this.#unsettled(api, id), { at: this.#clock.now(), what: 'finished', result })
  }

  /** Ends the task badly now. */
  fail (api: string, id: string, error: TaskError): TaskSnapshot {
    return this.#append(this.#unsettled(api, id), { at: this.#clock.now(), what: 'failed', error })
  }

  /** Makes the task vanish now, as if its retention were over. */
  expire (api: string, id: string): void {
    const task = this.#stored(api, id)
    task.facts = [...task.facts, { at: this.#clock.now(), what: 'expired' }]
    this.#drop(this.#store(api), task)
  }

  /** How long a settled task of the API stays known; Infinity: until reset. */
  setRetention (api: string, ms: number): void {
    this.#store(api).retentionMs = ms
  }

  /** Forgets every task; held polls are answered as for a task that is gone. */
  reset (): void {
    for (const store of this.#stores.values()) {
      for (const task of [...store.tasks.values()]) this.#drop(store, task)
    }
    this.#created = 0
  }

  /** Resolves when the replies to all polls that commands have released are out. */
  async answered (): Promise<void> {
    await Promise.all(this.#answering)
  }

  // Inside

  #store (api: string): Store {
    const store = this.#stores.get(api)
    if (store === undefined) throw new RangeError(`no API is called ${api}`)
    return store
  }

  #find (api: string, id: string): StoredTask | undefined {
    const store = this.#store(api)
    const task = store.tasks.get(id)
    return task === undefined || this.#dropIfExpired(store, task) ? undefined : task
  }

  #stored (api: string, id: string): StoredTask {
    const task = this.#find(api, id)
    if (task === undefined) throw new Refusal('unknown-task', `no ${api} task has the id ${id}`)
    return task
  }

  #unsettled (api: string, id: string): StoredTask {
    const task = this.#stored(api, id)
    const { state } = this.#snapshot(task)
    if (isSettled(state)) throw new Refusal('task-settled', `task ${id} has already ${state === 'cancelled' ? 'been cancelled' : state}`)
    return task
  }

  #snapshot (task: StoredTask): TaskSnapshot {
    const now = this.#clock.now()
    if (task.latest === undefined || now >= task.latestUntil) {
      task.latest = snapshotAt(task, now)
      task.latestUntil = nextChangeAt(task, now)
    }
    return task.latest
  }

  #append (task: StoredTask, fact: Fact): TaskSnapshot {
    task.facts = [...task.facts, fact]
    task.latest = undefined
    this.#wake(task)
    return this.#snapshot(task)
  }

  #countPoll (task: StoredTask): void {
    if (isHeld(task) || isSettled(this.#snapshot(task).state)) return
    const before = stepIndexAfterPolls(task.script, task.polls)
    task.polls++
    const stepIndex = stepIndexAfterPolls(task.script, task.polls)
    if (stepIndex !== before) this.#append(task, { at: this.#clock.now(), what: 'reached', stepIndex })
  }

  #wakesAt (task: StoredTask, { condition }: PollHold): number {
    return condition === 'settled' ? settledAt(task) : Math.min(settledAt(task), linesExceedAt(task, condition.linesAbove))
  }

  #schedule (task: StoredTask, hold: PollHold, onWake: () => void | Promise<void>): Wait {
    return this.#clock.schedule(Math.min(hold.until, this.#wakesAt(task, hold)), onWake)
  }

  /** A fact changed the task: answers the polls whose condition holds now, and sets the others' waits anew. */
  #wake (task: StoredTask): void {
    if (task.held === undefined) return
    const now = this.#clock.now()
    for (const heldPoll of [...task.held]) {
      heldPoll.wait.cancel()
      if (this.#wakesAt(task, heldPoll) <= now) this.#track(this.#answer(task, heldPoll))
      else heldPoll.wait = this.#schedule(task, heldPoll, () => this.#answer(task, heldPoll))
    }
  }

  #answer (task: StoredTask, heldPoll: HeldPoll): void | Promise<void> {
    this.#forget(task, heldPoll)
    return heldPoll.answer(this.peek(task.api, task.id))
  }

  #forget (task: StoredTask, heldPoll: HeldPoll): void {
    if (task.held?.delete(heldPoll) !== true) return
    this.#heldPolls--
    if (task.held.size === 0) task.held = undefined
  }

  #track (answered: void | Promise<void>): void {
    if (answered === undefined) return
    const tracked = answered.finally(() => this.#answering.delete(tracked))
    this.#answering.add(tracked)
  }

  #dropIfExpired (store: Store, task: StoredTask): boolean {
    if (store.retentionMs === Infinity && task.script.expireAfterMs === Infinity) return false
    const isExpired = this.#clock.now() >= expiresAt(task, store.retentionMs)
    if (isExpired) this.#drop(store, task)
    return isExpired
  }

  #drop (store: Store, task: StoredTask): void {
    store.tasks.delete(task.id)
    store.list.remove(task)
    store.forgetful.delete(task)
    for (const heldPoll of [...task.held ?? []]) {
      heldPoll.wait.cancel()
      this.#track(this.#answer(task, heldPoll))
    }
  }

  /** Makes room: the oldest settled task goes first, else the oldest that nobody waits on. */
  #evict (store: Store, newest: StoredTask): void {
    let unwatched: StoredTask | undefined
    for (const task of store.tasks.values()) {
      if (task === newest) continue
      if (isSettled(this.#snapshot(task).state)) return this.#drop(store, task)
      if (task.held === undefined) unwatched ??= task
    }
    if (unwatched !== undefined) this.#drop(store, unwatched)
  }
}
