/**
 * The task simulator: commands append facts, queries compute snapshots.
 */
import type { Clock } from '../clock.js'
import { SortedList } from '../sorted-list.js'
import { appendedCount, courseOf, stepIndexAfterPolls } from './course.js'
import { Effects, type OnSuccess } from './effects.js'
import { Eviction, type Evictable } from './eviction.js'
import { HeldPolls, type PollHold } from './held-polls.js'
import { isSettled, type Json, type JsonObject, type Script, type TaskError, type TaskState } from './script.js'
import { distanceToStep, expiresAt, isHeld, nextChangeAt, scriptLineCount, snapshotAt, stateAt, type Fact, type TaskOrder, type TaskRecord, type TaskSnapshot } from './task.js'

/** Why a command can't apply. */
export type RefusalCode = 'unknown-task' | 'task-exists' | 'task-settled' | 'already-held' | 'not-held' | 'no-next-step' | 'too-much'

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
  readonly result?: Json | undefined
  readonly effect?: JsonObject | undefined
  readonly wire?: JsonObject | undefined
  /** What has already happened to it. */
  readonly facts?: readonly Fact[] | undefined
  /** How often it was polled already, and how far that brought a script paced by polls. */
  readonly polls?: number | undefined
  readonly countedPolls?: number | undefined
}

export interface SimulatorOptions {
  readonly clock: Clock
  /** The order of each API's list. */
  readonly orders: ReadonlyMap<string, TaskOrder>
  /** Tasks kept per API; one more drops the oldest settled one. */
  readonly maxTasks?: number
  /** Lines of output that a task may have. */
  readonly maxLines?: number
  /** Learns what tasks have brought about, when `settleEffects` is called. */
  readonly onSuccess?: OnSuccess
}

/** A record as stored: the same task, with what only the simulator may change. */
interface StoredTask extends Evictable {
  facts: readonly Fact[]
  polls: number
  countedPolls: number
  latest: TaskSnapshot | undefined
  /** Until when `latest` holds: when the task changes next. 0: not known. */
  latestUntil: number
}

interface Store {
  readonly tasks: Map<string, StoredTask>
  readonly list: SortedList<TaskRecord>
  /** Those whose script forgets them some time after the end. */
  readonly forgetful: Set<StoredTask>
  readonly eviction: Eviction<StoredTask>
  retentionMs: number
  /** Rises whenever a task comes, goes, or is changed by a fact. */
  revision: number
}

/** How an API's list stood. */
export interface ListState {
  readonly api: string
  readonly revision: number
  /** Until when what was shown of it looks the same if nothing happens, epoch ms. */
  readonly until: number
}

/** What can happen to a task, for those who watch: it came, a fact changed it, it was polled, polls on it were held or let go, it went. */
export type TaskEvent = 'created' | 'changed' | 'polled' | 'waiters' | 'gone'

export type TaskObserver = (event: TaskEvent, task: TaskRecord) => void

const NO_FACTS: readonly Fact[] = Object.freeze([])
const NO_PARAMETERS: JsonObject = Object.freeze({})
const IGNORE: OnSuccess = () => {}
const DEFAULT_MAX_TASKS = 2_000_000
const DEFAULT_MAX_LINES = 100_000
/** Facts of one task, but for those that end it: each is looked at again and again. */
const MOST_FACTS = 10_000

export class Simulator {
  readonly #clock: Clock
  readonly #maxTasks: number
  readonly #maxLines: number
  readonly #stores: ReadonlyMap<string, Store>
  readonly #heldPolls: HeldPolls
  readonly #effects: Effects
  readonly #observers = new Set<TaskObserver>()
  #created = 0

  constructor ({ clock, orders, maxTasks = DEFAULT_MAX_TASKS, maxLines = DEFAULT_MAX_LINES, onSuccess = IGNORE }: SimulatorOptions) {
    this.#clock = clock
    this.#maxTasks = maxTasks
    this.#maxLines = maxLines
    this.#stores = new Map([...orders].map(([api, order]) => [api, { tasks: new Map(), list: new SortedList(order), forgetful: new Set(), eviction: new Eviction(), retentionMs: Infinity, revision: 0 }]))
    this.#effects = new Effects(onSuccess)
    this.#heldPolls = new HeldPolls({ clock, peek: ({ api, id }) => this.peek(api, id), onChange: (task) => { this.#tell('waiters', task) } })
  }

  /** How many polls are held. */
  get heldPollCount (): number {
    return this.#heldPolls.count
  }

  /** How many tasks are stored, expired ones that nobody has asked for included. */
  get taskCount (): number {
    let count = 0
    for (const { tasks } of this.#stores.values()) count += tasks.size
    return count
  }

  /** How many held polls have been answered so far. */
  get answeredPollCount (): number {
    return this.#heldPolls.answeredCount
  }

  // Queries

  /** How many polls are held on the task. */
  heldPollsOf (task: TaskRecord): number {
    return this.#heldPolls.countOf(task)
  }

  /** The APIs that have a task of this id. */
  apisWith (id: string): string[] {
    return [...this.#stores.keys()].filter((api) => this.has(api, id))
  }

  /** Every task of every API, the oldest first within an API; expired ones left out. */
  * tasks (): Generator<TaskRecord> {
    for (const store of this.#stores.values()) {
      for (const task of store.tasks.values()) if (!this.#dropIfExpired(store, task)) yield task
    }
  }

  /** Every task, and the first instant after now at which it changes by itself: Infinity when it does not. */
  * changes (): Generator<{ readonly task: TaskRecord, readonly nextAt: number }> {
    for (const store of this.#stores.values()) {
      for (const task of store.tasks.values()) {
        const now = this.#clock.now()
        if (now >= task.latestUntil) {
          // When it changes next is known without computing what it looks like.
          task.latest = undefined
          task.latestUntil = nextChangeAt(task, now)
        }
        yield { task, nextAt: task.latestUntil }
      }
    }
  }

  /** Calls the observer whenever something happens to a task, until the returned function is called. What only time brings is not told. */
  observe (observer: TaskObserver): () => void {
    this.#observers.add(observer)
    return () => { this.#observers.delete(observer) }
  }

  /** The task as it is now, without counting a poll; undefined when there is none. */
  peek (api: string, id: string): TaskSnapshot | undefined {
    const task = this.#find(api, id)
    return task && this.#snapshot(task)
  }

  /** The task as it was when somebody last looked, in this very turn: no clock is read, nothing is computed. */
  glimpse (api: string, id: string): TaskSnapshot | undefined {
    return this.#store(api).tasks.get(id)?.latest
  }

  has (api: string, id: string): boolean {
    return this.#find(api, id) !== undefined
  }

  /** The task as it is now: of a record that a list handed out. */
  snapshot (task: TaskRecord): TaskSnapshot {
    return this.#snapshot(this.#stored(task.api, task.id))
  }

  /** The task as it is now, for who looks at very many: nothing is kept of it. Undefined when it is gone. */
  glance (task: TaskRecord): TaskSnapshot | undefined {
    const found = this.#find(task.api, task.id)
    return found && (this.#known(found) ?? snapshotAt(found, this.#clock.now()))
  }

  /** The state that the task is in now, for who looks at very many: nothing is kept of it. Undefined when it is gone. */
  stateOf (task: TaskRecord): TaskState | undefined {
    const found = this.#find(task.api, task.id)
    return found && (this.#known(found)?.state ?? stateAt(found, this.#clock.now()))
  }

  /** The API's tasks in its order, expired ones left out. */
  list (api: string): SortedList<TaskRecord> {
    const store = this.#store(api)
    const suspects = store.retentionMs === Infinity ? store.forgetful : store.tasks.values()
    for (const task of [...suspects]) this.#dropIfExpired(store, task)
    return store.list
  }

  /** How the API's list stands; `shown` is what a page of it shows, and `until` when the page would change although none of these does. */
  listState (api: string, shown: readonly TaskSnapshot[], until = Infinity): ListState {
    const { tasks, revision, retentionMs, forgetful } = this.#store(api)
    let least = retentionMs === Infinity && forgetful.size === 0 ? until : -Infinity
    for (const snapshot of shown) {
      const task = tasks.get(snapshot.task.id)
      least = Math.min(least, task?.latest === snapshot ? task.latestUntil : -Infinity)
    }
    return { api, revision, until: least }
  }

  /** True when a page of the list would show the same again. */
  isListUnchanged ({ api, revision, until }: ListState, now: number): boolean {
    return revision === this.#store(api).revision && now < until
  }

  /** The tasks that may still bring something about by succeeding, the next one first. */
  effective (): Generator<TaskRecord> {
    return this.#effects.pending()
  }

  // Commands

  /** Tells what tasks have brought about up to now. */
  settleEffects (): void {
    this.#effects.settle(this.#clock.now())
  }

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
      result: input.result,
      effect: input.effect,
      wire: input.wire,
      facts: input.facts ?? NO_FACTS,
      polls: input.polls ?? 0,
      countedPolls: input.countedPolls ?? 0,
      latest: undefined,
      latestUntil: 0,
      settlesAt: Infinity,
      index: -1,
    }
    store.revision++
    store.tasks.set(task.id, task)
    store.list.add(task)
    if (task.script.expireAfterMs !== Infinity) store.forgetful.add(task)
    store.eviction.follow(task)
    this.#effects.follow(task)
    if (store.tasks.size > this.#maxTasks) this.#evict(store, task)
    this.#tell('created', task)
    // Not kept: until somebody looks, a task is no more than its record.
    return snapshotAt(task, this.#clock.now())
  }

  /** Reads the task as a client does. Only a script paced by polls moves by it. */
  poll (api: string, id: string): TaskSnapshot | undefined {
    const task = this.#find(api, id)
    if (task === undefined) return undefined
    task.polls++
    if (task.script.pace === 'polls') this.#countPoll(task)
    this.#tell('polled', task)
    return this.#snapshot(task)
  }

  /** Counts a poll that shows what an earlier one has shown; false, and nothing is counted, when the task would look otherwise. */
  repeatPoll (snapshot: TaskSnapshot, now: number): boolean {
    const { api, id, script } = snapshot.task
    const store = this.#store(api)
    const task = store.tasks.get(id)
    if (task === undefined || task.latest !== snapshot || now >= task.latestUntil || script.pace === 'polls' || this.#dropIfExpired(store, task)) return false
    task.polls++
    this.#tell('polled', task)
    return true
  }

  /** Holds a poll until the condition or the instant is reached. `cancel` drops it without an answer. */
  holdPoll (task: TaskRecord, hold: PollHold): { cancel (): void } {
    return this.#heldPolls.hold(this.#stored(task.api, task.id), hold)
  }

  /** Stops the script where it stands. */
  hold (api: string, id: string): TaskSnapshot {
    const task = this.#unsettled(api, id)
    if (isHeld(task)) throw new Refusal('already-held', `task ${id} is held already`)
    requireRoom(task)
    return this.#append(task, { at: this.#clock.now(), what: 'held' })
  }

  /** Lets a held script go on; the time it was held does not count. */
  release (api: string, id: string): TaskSnapshot {
    const task = this.#unsettled(api, id)
    if (!isHeld(task)) throw new Refusal('not-held', `task ${id} is not held`)
    return this.#append(task, { at: this.#clock.now(), what: 'released' })
  }

  /** Asks the task to stop. One that is cancelling or cancelled stays so; a script may take no cancel; a finished task is refused. */
  cancel (api: string, id: string, by: 'client' | 'control' = 'client'): TaskSnapshot {
    const snapshot = this.#snapshot(this.#stored(api, id))
    if (snapshot.state === 'cancelling' || snapshot.state === 'cancelled') return snapshot
    const task = this.#unsettled(api, id)
    if (!task.script.cancellable) return snapshot
    return this.#append(task, { at: this.#clock.now(), what: 'cancelled', by })
  }

  /** Ends the task well now, with this result or the one its script would have left. */
  finish (api: string, id: string, result?: Json): TaskSnapshot {
    return this.#append(this.#unsettled(api, id), { at: this.#clock.now(), what: 'finished', result })
  }

  /** Ends the task badly now. */
  fail (api: string, id: string, error: TaskError): TaskSnapshot {
    return this.#append(this.#unsettled(api, id), { at: this.#clock.now(), what: 'failed', error })
  }

  /** Moves the script on to the `by`-th next step now. */
  step (api: string, id: string, by = 1): TaskSnapshot {
    const task = this.#unsettled(api, id)
    const now = this.#clock.now()
    const next = distanceToStep(task, now, by)
    if (next === undefined) throw new Refusal('no-next-step', `the script of task ${id} has no ${by === 1 ? 'further step' : `${by} further steps`}`)
    if (task.script.pace === 'time') return this.#append(task, { at: now, what: 'skipped', ms: next.distance })
    task.countedPolls += next.distance
    return this.#append(task, { at: now, what: 'reached', stepIndex: next.stepIndex })
  }

  /** Adds lines to the output now, behind those that stand there. */
  appendOutput (api: string, id: string, lines: readonly string[]): TaskSnapshot {
    const task = this.#unsettled(api, id)
    const now = this.#clock.now()
    requireRoom(task)
    const lineCount = task.script.lines.length + appendedCount(courseOf(task), now) + lines.length
    if (lineCount > this.#maxLines) throw new Refusal('too-much', `task ${id} would have ${lineCount} lines of output, those to come included, and ${this.#maxLines} are as many as may be`)
    return this.#append(task, { at: now, what: 'appended', lines, after: scriptLineCount(task, now) })
  }

  /** Forgets the task; held polls are answered as for one that is gone. */
  remove (api: string, id: string): void {
    this.#drop(this.#store(api), this.#stored(api, id))
  }

  /** Makes the task vanish now, as if its retention were over. */
  expire (api: string, id: string): void {
    const task = this.#stored(api, id)
    task.facts = [...task.facts, { at: this.#clock.now(), what: 'expired' }]
    this.#drop(this.#store(api), task)
  }

  /** How long a settled task of the API stays known; Infinity: until reset. */
  setRetention (api: string, ms: number): void {
    const store = this.#store(api)
    store.retentionMs = ms
    store.revision++
  }

  /** Forgets every task; held polls are answered as for a task that is gone. */
  reset (): void {
    this.#effects.clear()
    const gone = this.#observers.size === 0 ? [] : [...this.tasks()]
    for (const store of this.#stores.values()) {
      store.revision++
      store.tasks.clear()
      store.list.clear()
      store.forgetful.clear()
      store.eviction.clear()
    }
    this.#heldPolls.releaseAll()
    for (const task of gone) this.#tell('gone', task)
    this.#created = 0
  }

  /** Resolves when the replies to all polls that commands have released are out. */
  async answered (): Promise<void> {
    await this.#heldPolls.answered()
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
    const known = this.#known(task)
    if (known !== undefined) return known
    const now = this.#clock.now()
    task.latest = snapshotAt(task, now)
    task.latestUntil = nextChangeAt(task, now)
    return task.latest
  }

  /** The snapshot that somebody has made, as long as it holds. */
  #known ({ latest, latestUntil }: StoredTask): TaskSnapshot | undefined {
    return latest !== undefined && this.#clock.now() < latestUntil ? latest : undefined
  }

  #append (task: StoredTask, fact: Fact): TaskSnapshot {
    task.facts = [...task.facts, fact]
    task.latest = undefined
    const store = this.#store(task.api)
    store.revision++
    store.eviction.follow(task)
    task.latestUntil = 0
    this.#effects.follow(task)
    this.#heldPolls.wake(task)
    this.#tell('changed', task)
    return this.#snapshot(task)
  }

  #countPoll (task: StoredTask): void {
    if (isHeld(task) || isSettled(this.#snapshot(task).state)) return
    const before = stepIndexAfterPolls(task.script, task.countedPolls)
    task.countedPolls++
    const stepIndex = stepIndexAfterPolls(task.script, task.countedPolls)
    if (stepIndex !== before) this.#append(task, { at: this.#clock.now(), what: 'reached', stepIndex })
  }

  #dropIfExpired (store: Store, task: StoredTask): boolean {
    if (store.retentionMs === Infinity && task.script.expireAfterMs === Infinity) return false
    const isExpired = this.#clock.now() >= expiresAt(task, store.retentionMs)
    if (isExpired) this.#drop(store, task)
    return isExpired
  }

  #drop (store: Store, task: StoredTask): void {
    store.revision++
    store.tasks.delete(task.id)
    store.list.remove(task)
    store.forgetful.delete(task)
    store.eviction.leave(task)
    this.#effects.leave(task, this.#clock.now())
    this.#heldPolls.release(task)
    this.#tell('gone', task)
  }

  #tell (event: TaskEvent, task: TaskRecord): void {
    if (this.#observers.size === 0) return
    for (const observer of [...this.#observers]) observer(event, task)
  }

  /** Makes room: the oldest settled task goes first, else the oldest that nobody waits on. */
  #evict (store: Store, newest: StoredTask): void {
    const settled = store.eviction.oldestSettled(this.#clock.now())
    if (settled !== undefined && settled !== newest) return this.#drop(store, settled)
    // Passes over no more tasks than there are held polls.
    for (const task of store.tasks.values()) {
      if (task !== newest && this.#heldPolls.countOf(task) === 0) return this.#drop(store, task)
    }
  }
}

/** Refuses what would make the task's history endless. */
function requireRoom ({ id, facts }: TaskRecord): void {
  if (facts.length >= MOST_FACTS) throw new Refusal('too-much', `task ${id} has been moved by hand ${facts.length} times, as often as may be`)
}
