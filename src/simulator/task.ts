/**
 * What a task looks like at an instant, computed from (script, facts, now) and nothing else.
 */
import { isSettled, type Json, type JsonObject, type Script, type Step, type StepCounts, type TaskError, type TaskState } from './script.js'

/** Something that happened to a task at an instant (epoch ms). Facts are only ever appended. */
export type Fact =
  | { readonly at: number, readonly what: 'held' | 'released' | 'cancelled' | 'expired' }
  | { readonly at: number, readonly what: 'finished', readonly result: Json | undefined }
  | { readonly at: number, readonly what: 'failed', readonly error: TaskError }
  /** A script paced by polls moved on to the step of this index. */
  | { readonly at: number, readonly what: 'reached', readonly stepIndex: number }

/** One simulated job: what never changes, the facts, and how often it was polled. */
export interface TaskRecord {
  readonly api: string
  readonly id: string
  readonly kind: string
  /** Epoch ms. */
  readonly createdAt: number
  /** Place in the order of creation within its sandbox. */
  readonly seq: number
  readonly script: Script
  readonly scenario: string | undefined
  readonly label: string | undefined
  /** What the starting call was given. */
  readonly parameters: JsonObject
  /** Wire keys that replace what the simulator says, for documented examples whose values no script makes. */
  readonly wire: JsonObject | undefined
  readonly facts: readonly Fact[]
  /** Polls that counted: for a script paced by polls, its clock. */
  readonly polls: number
}

/** A task at an instant. Constant between two changes, so the same object serves all reads until `nextChangeAt`. */
export interface TaskSnapshot {
  readonly task: TaskRecord
  readonly state: TaskState
  /** 0..1 */
  readonly progress: number
  readonly stepCounts: StepCounts | undefined
  /** Lines produced so far; `outputLines` reads them. */
  readonly lineCount: number
  /** Keys that the steps so far added to the task's data. */
  readonly data: JsonObject
  readonly result: Json | undefined
  readonly error: TaskError | undefined
  /** When it left the queue; undefined before. */
  readonly startedAt: number | undefined
  /** When it settled; undefined before. */
  readonly settledAt: number | undefined
  /** The latest instant at which anything above changed. */
  readonly changedAt: number
}

/** A line of output and the instant it appeared. */
export interface OutputLine {
  readonly text: string
  readonly at: number
}

/** What the facts say, gathered in one pass. */
interface Course {
  readonly end: Extract<Fact, { what: 'finished' | 'failed' }> | undefined
  readonly cancelledAt: number | undefined
  readonly expiredAt: number | undefined
  readonly holds: ReadonlyArray<{ readonly from: number, readonly to: number }>
}

/** The task at the instant `now`. */
export function snapshotAt (task: TaskRecord, now: number): TaskSnapshot {
  const course = courseOf(task)
  // A cancel, finish or fail wins over the script from its instant on: the script stands still there.
  const scriptNow = Math.min(now, course.end?.at ?? Infinity, course.cancelledAt ?? Infinity)
  const stepIndex = stepIndexAt(task, course, scriptNow)
  const step = stepOf(task.script, stepIndex)
  const reachedAt = stepReachedAt(task, course, stepIndex)
  const startIndex = task.script.steps.findIndex(({ state }) => state !== 'queued')
  const base = {
    task,
    progress: step.progress,
    stepCounts: step.stepCounts,
    lineCount: step.lineCount,
    data: step.data,
    result: undefined,
    error: undefined,
    startedAt: startIndex >= 0 && startIndex <= stepIndex ? stepReachedAt(task, course, startIndex) : undefined,
    settledAt: undefined,
  }

  if (course.end !== undefined) {
    const { at } = course.end
    return course.end.what === 'finished'
      ? { ...base, state: 'succeeded', progress: 1, stepCounts: completed(step.stepCounts), result: course.end.result ?? successOf(task.script)?.result, settledAt: at, changedAt: at }
      : { ...base, state: 'failed', error: course.end.error, settledAt: at, changedAt: at }
  }
  if (course.cancelledAt !== undefined) {
    const cancelledAt = course.cancelledAt + task.script.cancelAfterMs
    return now < cancelledAt
      ? { ...base, state: 'cancelling', changedAt: course.cancelledAt }
      : { ...base, state: 'cancelled', settledAt: cancelledAt, changedAt: cancelledAt }
  }
  return {
    ...base,
    state: step.state,
    result: step.result,
    error: step.error,
    settledAt: isSettled(step.state) ? reachedAt : undefined,
    changedAt: reachedAt,
  }
}

/** The first instant after `now` at which the snapshot differs, given the present facts; Infinity once settled. */
export function nextChangeAt (task: TaskRecord, now: number): number {
  const course = courseOf(task)
  if (course.end !== undefined) return Infinity
  if (course.cancelledAt !== undefined) {
    const cancelledAt = course.cancelledAt + task.script.cancelAfterMs
    return now < cancelledAt ? cancelledAt : Infinity
  }
  const nextIndex = stepIndexAt(task, course, now) + 1
  return nextIndex < task.script.steps.length ? stepReachedAt(task, course, nextIndex) : Infinity
}

/** The instant at which the task settles or has settled, given the present facts; Infinity when nothing foreseeable ends it. */
export function settledAt (task: TaskRecord): number {
  const course = courseOf(task)
  if (course.end !== undefined) return course.end.at
  if (course.cancelledAt !== undefined) return course.cancelledAt + task.script.cancelAfterMs
  const lastIndex = task.script.steps.length - 1
  return isSettled(stepOf(task.script, lastIndex).state) ? stepReachedAt(task, course, lastIndex) : Infinity
}

/** The instant at which more than `count` lines stand in the output, given the present facts; Infinity when that never comes. */
export function linesExceedAt (task: TaskRecord, count: number): number {
  const course = courseOf(task)
  const index = task.script.steps.findIndex(({ lineCount }) => lineCount > count)
  const at = index < 0 ? Infinity : stepReachedAt(task, course, index)
  return at <= Math.min(course.end?.at ?? Infinity, course.cancelledAt ?? Infinity) ? at : Infinity
}

/** The instant from which the task is not found any more: expired by command, or forgotten this long after it settled. */
export function expiresAt (task: TaskRecord, retentionMs: number): number {
  const { expiredAt } = courseOf(task)
  return Math.min(expiredAt ?? Infinity, settledAt(task) + Math.min(task.script.expireAfterMs, retentionMs))
}

/** True while a hold lasts. */
export function isHeld (task: TaskRecord): boolean {
  return courseOf(task).holds.at(-1)?.to === Infinity
}

/** The index of the step that a script paced by polls stands at after `polls` of them. */
export function stepIndexAfterPolls (script: Script, polls: number): number {
  return lastIndexUpTo(script.steps, polls)
}

/** The lines `first` .. `end` - 1, each with the instant at which it appeared. */
export function outputLines (snapshot: TaskSnapshot, first: number, end: number): OutputLine[] {
  const { task } = snapshot
  const course = courseOf(task)
  const { steps, lines } = task.script
  const found: OutputLine[] = []
  let stepIndex = 0
  for (let line = first; line < Math.min(end, snapshot.lineCount); line++) {
    while (stepOf(task.script, stepIndex).lineCount <= line && stepIndex < steps.length - 1) stepIndex++
    found.push({ text: lines[line] ?? '', at: stepReachedAt(task, course, stepIndex) })
  }
  return found
}

const NO_HOLDS: Course['holds'] = []
const UNDISTURBED: Course = { end: undefined, cancelledAt: undefined, expiredAt: undefined, holds: NO_HOLDS }

function courseOf (task: TaskRecord): Course {
  if (task.facts.length === 0) return UNDISTURBED
  let end: Course['end']
  let cancelledAt: number | undefined
  let expiredAt: number | undefined
  const holds: Array<{ from: number, to: number }> = []
  for (const fact of task.facts) {
    switch (fact.what) {
      case 'held': holds.push({ from: fact.at, to: Infinity }); break
      case 'released': {
        const hold = holds.at(-1)
        if (hold !== undefined) hold.to = fact.at
        break
      }
      case 'cancelled': cancelledAt ??= fact.at; break
      case 'expired': expiredAt ??= fact.at; break
      case 'finished':
      case 'failed': end ??= fact; break
      case 'reached': break
    }
  }
  return { end, cancelledAt, expiredAt, holds }
}

function stepIndexAt (task: TaskRecord, course: Course, now: number): number {
  if (task.script.pace === 'polls') return stepIndexAfterPolls(task.script, task.polls)
  let elapsedMs = now - task.createdAt
  for (const hold of course.holds) elapsedMs -= Math.max(0, Math.min(hold.to, now) - hold.from)
  return lastIndexUpTo(task.script.steps, elapsedMs)
}

/** The instant a step was or will be reached. */
function stepReachedAt (task: TaskRecord, course: Course, stepIndex: number): number {
  if (task.script.pace === 'polls') {
    if (stepIndex <= stepIndexAfterPolls(task.script, 0)) return task.createdAt
    for (const fact of task.facts) if (fact.what === 'reached' && fact.stepIndex >= stepIndex) return fact.at
    return Infinity
  }
  let at = task.createdAt + stepOf(task.script, stepIndex).offset
  // A hold delays what had not been reached when it began.
  for (const hold of course.holds) if (hold.from < at) at += hold.to - hold.from
  return at
}

/** The last step at or below `offset`; before the first, the first. Binary: scripts may have many thousands of steps. */
function lastIndexUpTo (steps: readonly Step[], offset: number): number {
  let low = 0
  let high = steps.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((steps[middle]?.offset ?? Infinity) <= offset) low = middle
    else high = middle - 1
  }
  return low
}

function stepOf (script: Script, index: number): Step {
  const step = script.steps[index]
  if (step === undefined) throw new RangeError(`a script of ${script.steps.length} steps has no step ${index}`)
  return step
}

/** The step in which the script succeeds by itself, if it does. */
function successOf (script: Script): Step | undefined {
  return script.steps.findLast(({ state }) => state === 'succeeded')
}

function completed (counts: StepCounts | undefined): StepCounts | undefined {
  return counts === undefined ? undefined : { current: counts.total, total: counts.total }
}
