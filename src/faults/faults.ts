/**
 * The fault rules of one sandbox: which are in force, and which of them strike an exchange.
 */
import type { RandomStream } from '../ids.js'
import type { TaskRecord } from '../simulator/task.js'
import { drawDelay } from './delay.js'
import { ONLY_LATER, type Effect } from './effect.js'
import type { Fault } from './fault.js'
import type { Subject } from './match.js'
import { isDue } from './when.js'

/** What strikes an exchange. */
export interface Firing {
  /** Ids of the rules that fired, in the order of creation. */
  readonly ruleIds: readonly number[]
  readonly effect: Effect
  /** All delays together, ms on the sandbox clock. */
  readonly delayMs: number
}

/** A fault in force. */
export interface FaultRule {
  readonly id: number
  readonly fault: Fault
  /** Sandbox clock: what durations in `from` and `until` count from. */
  readonly addedAt: number
  /** The one task it is about, when a scenario brought it; a fault of lists strikes those of the task's API while the task is there. */
  readonly task: TaskRecord | undefined
  /** Calls that matched it. */
  readonly matched: number
  readonly fired: number
}

/** How far a rule had come elsewhere, when it goes on here. */
export interface RuleProgress {
  /** Default: the next one. */
  readonly id?: number
  readonly matched: number
  readonly fired: number
}

interface StoredRule extends FaultRule {
  matched: number
  fired: number
}

const UNTRIED: RuleProgress = { matched: 0, fired: 0 }
const NONE: readonly StoredRule[] = []

export class Faults {
  /** Rules in force: with 0 an exchange costs nothing but this comparison. */
  ruleCount = 0
  /** Rises whenever a rule comes or goes. */
  revision = 0
  readonly #random: () => RandomStream
  readonly #rules = new Map<number, StoredRule>()
  #unbound: readonly StoredRule[] = NONE
  /** Those that a task's scenario brought for lists, which are about no single task. */
  readonly #ofLists = new Set<StoredRule>()
  readonly #byTask = new Map<TaskRecord, readonly StoredRule[]>()
  #lastId = 0

  /** `random` gives the stream that probabilities and distributions are drawn from. */
  constructor (random: () => RandomStream) {
    this.#random = random
  }

  /**
   * Puts a fault in force: for every exchange that it matches, or for those about one task only (and, when it matches lists, those of
   * the task's API). An id that is taken is a RangeError.
   */
  add (fault: Fault, addedAt: number, task?: TaskRecord, { id = this.#lastId + 1, matched, fired }: RuleProgress = UNTRIED): FaultRule {
    if (this.#rules.has(id)) throw new RangeError(`there is a fault ${id} already`)
    const rule: StoredRule = { id, fault, addedAt, task, matched, fired }
    this.#lastId = Math.max(this.#lastId, id)
    this.#rules.set(id, rule)
    if (task === undefined) this.#unbound = [...this.#unbound, rule]
    else this.#byTask.set(task, [...this.#byTask.get(task) ?? NONE, rule])
    if (task !== undefined && fault.json.match?.operation === 'list') this.#ofLists.add(rule)
    this.#onChange()
    return rule
  }

  /** How many rules are about no single task. */
  get unboundCount (): number {
    return this.#unbound.length
  }

  /** The rules in force, in the order of creation. */
  list (): readonly FaultRule[] {
    return [...this.#rules.values()]
  }

  get (id: number): FaultRule | undefined {
    return this.#rules.get(id)
  }

  /** False when there is no such rule. */
  remove (id: number): boolean {
    const rule = this.#rules.get(id)
    if (rule === undefined) return false
    this.#rules.delete(id)
    if (rule.task === undefined) {
      this.#unbound = this.#unbound.filter((other) => other !== rule)
    } else {
      this.#ofLists.delete(rule)
      const left = (this.#byTask.get(rule.task) ?? NONE).filter((other) => other !== rule)
      if (left.length === 0) this.#byTask.delete(rule.task)
      else this.#byTask.set(rule.task, left)
    }
    this.#onChange()
    return true
  }

  /** Drops the rules that a scenario brought for this task. */
  removeOf (task: TaskRecord): void {
    for (const rule of this.#byTask.get(task) ?? NONE) {
      this.#rules.delete(rule.id)
      this.#ofLists.delete(rule)
    }
    this.#byTask.delete(task)
    this.#onChange()
  }

  /** Drops all rules; ids begin anew. */
  clear (): void {
    this.#rules.clear()
    this.#unbound = NONE
    this.#ofLists.clear()
    this.#byTask.clear()
    this.#lastId = 0
    this.#onChange()
  }

  /** True when any rule matches the call, whether it would fire now or not; nothing is counted. */
  areAbout (subject: Subject): boolean {
    return this.#rulesAbout(subject).some((rule) => isAbout(rule, subject))
  }

  /** Counts the call for every rule that matches it, and says what strikes it. */
  strike (subject: Subject): Firing | undefined {
    return this.#strike(subject, this.#rulesAbout(subject))
  }

  /** The same for the call that has just started `subject.task`: by the rules about starts that the task's scenario brought, as all others had their turn. */
  strikeStart (subject: Subject): Firing | undefined {
    const bound = subject.task === undefined ? NONE : this.#byTask.get(subject.task.task) ?? NONE
    return this.#strike(subject, bound.filter(({ fault }) => fault.json.match?.operation === 'start'))
  }

  #strike (subject: Subject, rules: readonly StoredRule[]): Firing | undefined {
    let effect: Effect | undefined
    let delayMs = 0
    let ruleIds: number[] | undefined
    for (const rule of rules) {
      const { fault } = rule
      if (!isAbout(rule, subject)) continue
      rule.matched++
      // The first that fires wins; a mere delay goes with it.
      if (effect !== undefined && !fault.effect.isPureDelay) continue
      if (rule.fired >= fault.times || !isDue(fault.when, { matched: rule.matched, now: subject.now, addedAt: rule.addedAt }, this.#random)) continue
      rule.fired++
      ruleIds ??= []
      ruleIds.push(rule.id)
      if (fault.effect.delay !== undefined) delayMs += drawDelay(fault.effect.delay, this.#random)
      if (!fault.effect.isPureDelay) effect = fault.effect
    }
    return ruleIds === undefined ? undefined : { ruleIds, effect: effect ?? ONLY_LATER, delayMs }
  }

  #onChange (): void {
    this.ruleCount = this.#rules.size
    this.revision++
  }

  /** Those that may match, in the order of creation: never the many that are about other tasks. */
  #rulesAbout ({ task, call }: Subject): readonly StoredRule[] {
    const bound = call.operation === 'list' ? [...this.#ofLists] : task === undefined ? NONE : this.#byTask.get(task.task) ?? NONE
    if (bound.length === 0) return this.#unbound
    return this.#unbound.length === 0 ? bound : [...this.#unbound, ...bound].sort((a, b) => a.id - b.id)
  }
}

function isAbout ({ fault, task }: FaultRule, subject: Subject): boolean {
  return fault.matches(subject) && (task ?? subject).api === subject.api
}
