/**
 * What a task looks like at an instant, computed from (script, facts, now) and nothing else.
 */
import type { Order } from '../sorted-list.js'
import { appendedCount, courseOf, elapsedAt, stepIndexAt, stepOf, stepReachedAt, type Course } from './course.js'
import { isSettled, type Json, type JsonObject, type Script, type Step, type StepCounts, type TaskError, type TaskState } from './script.js'

/** Something that happened to a task at an instant (epoch ms). Facts are only ever appended. */
export type Fact =
  | { readonly at: number, readonly what: 'held' | 'released' }
  | { readonly at: number, readonly what: 'cancelled', readonly by?: 'client' | 'control' }
  | { readonly at: number, readonly what: 'expired' }
  | { readonly at: number, readonly what: 'finished', readonly result: Json | undefined }
  | { readonly at: number, readonly what: 'failed', readonly error: TaskError }
  /** A script paced by polls moved on to the step of this index. */
  | { readonly at: number, readonly what: 'reached', readonly stepIndex: number }
  /** A script paced by time was moved on by so much at once. */
  | { readonly at: number, readonly what: 'skipped', readonly ms: number }
  /** Lines came into the output behind the script's first `after` ones. */
  | { readonly at: number, readonly what: 'appended', readonly lines: readonly string[], readonly after: number }

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
  /** What success leaves when the script says nothing of it. */
  readonly result: Json | undefined
  /** What its success brings about, in the words of the API that started it. */
  readonly effect: JsonObject | undefined
  /** Wire keys that replace what the simulator says, for documented examples whose values no script makes. */
  readonly wire: JsonObject | undefined
  readonly facts: readonly Fact[]
  /** How often it was polled. */
  readonly polls: number
  /** How far a script paced by polls has come: the polls that counted, those skipped included. */
  readonly countedPolls: number
}

/** The order of an API's task list. */
export type TaskOrder = Order<TaskRecord>

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
    lineCount: step.lineCount + appendedCount(course, now),
    data: step.data,
    result: undefined,
    error: undefined,
    startedAt: startIndex >= 0 && startIndex <= stepIndex ? stepReachedAt(task, course, startIndex) : undefined,
    settledAt: undefined,
  }

  if (course.end !== undefined) {
    const { at } = course.end
    return course.end.what === 'finished'
      ? { ...base, state: 'succeeded', progress: 1, stepCounts: completed(step.stepCounts), result: course.end.result ?? successOf(task.script)?.result ?? task.result, settledAt: at, changedAt: at }
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
    result: step.state === 'succeeded' && step.result === undefined ? task.result : step.result,
    error: step.error,
    settledAt: isSettled(step.state) ? reachedAt : undefined,
    changedAt: Math.max(reachedAt, course.appends.findLast(({ at }) => at <= now)?.at ?? reachedAt),
  }
}

/** The state of the task at the instant `now`, for who needs nothing else of it. */
export function stateAt (task: TaskRecord, now: number): TaskState {
  const course = courseOf(task)
  if (course.end !== undefined) return course.end.what === 'finished' ? 'succeeded' : 'failed'
  if (course.cancelledAt !== undefined) return now < course.cancelledAt + task.script.cancelAfterMs ? 'cancelling' : 'cancelled'
  return stepOf(task.script, stepIndexAt(task, course, now)).state
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

/** The last instant at which the task changes by itself, given the present facts and that it does so at `from`. */
export function lastChangeAt (task: TaskRecord, from: number): number {
  const { script: { pace, steps }, facts } = task
  // Most tasks run undisturbed: the end of their script is known without going through it.
  if (facts.length === 0 && pace === 'time') return Math.max(from, task.createdAt + stepOf(task.script, steps.length - 1).offset)
  let lastAt = from
  for (let at = from; at !== Infinity; at = nextChangeAt(task, at)) lastAt = at
  return lastAt
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
  // What was appended stands there already, so the script has so much less to bring.
  const missing = count - appendedCount(course, Infinity)
  const index = task.script.steps.findIndex(({ lineCount }) => lineCount > missing)
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
  return courseOf(task).isHeld
}

/** The lines `first` .. `end` - 1, each with the instant at which it appeared. */
export function outputLines (snapshot: TaskSnapshot, first: number, end: number): OutputLine[] {
  const { task } = snapshot
  const course = courseOf(task)
  const { steps, lines } = task.script
  const found: OutputLine[] = []
  let stepIndex = 0
  for (let line = first; line < Math.min(end, snapshot.lineCount); line++) {
    const { append, index } = placeOf(line, course.appends)
    if (append !== undefined) {
      found.push({ text: append.lines[index] ?? '', at: append.at })
      continue
    }
    while (stepOf(task.script, stepIndex).lineCount <= index && stepIndex < steps.length - 1) stepIndex++
    found.push({ text: lines[index] ?? '', at: stepReachedAt(task, course, stepIndex) })
  }
  return found
}

/** Whose line it is: of which append, or of the script itself, and the how-manieth there. */
function placeOf (line: number, appends: Course['appends']): { readonly append: Course['appends'][number] | undefined, readonly index: number } {
  let appended = 0
  for (const append of appends) {
    const startsAt = append.after + appended
    if (line < startsAt) break
    if (line < startsAt + append.lines.length) return { append, index: line - startsAt }
    appended += append.lines.length
  }
  return { append: undefined, index: line - appended }
}

/** One step of a task's script, and when it was or will be reached: Infinity when it never is. */
export interface TimelineStep {
  readonly at: number
  readonly step: Step
}

/** The steps that the task has seen and will see, given the present facts; what an end cut off is left out. */
export function timelineOf (task: TaskRecord): TimelineStep[] {
  const course = courseOf(task)
  const cutAt = Math.min(course.end?.at ?? Infinity, course.cancelledAt ?? Infinity)
  return task.script.steps
    .map((step, index) => ({ at: stepReachedAt(task, course, index), step }))
    .filter(({ at }) => at <= cutAt)
}

/** How many lines of the script itself stand in the output at `now`. */
export function scriptLineCount (task: TaskRecord, now: number): number {
  const course = courseOf(task)
  return stepOf(task.script, stepIndexAt(task, course, Math.min(now, course.cancelledAt ?? Infinity))).lineCount
}

/** What it takes to reach the `by`-th next step at `now`: milliseconds, or polls that count; undefined when there are not so many. */
export function distanceToStep (task: TaskRecord, now: number, by: number): { readonly stepIndex: number, readonly distance: number } | undefined {
  const course = courseOf(task)
  const stepIndex = stepIndexAt(task, course, now) + by
  if (course.cancelledAt !== undefined || stepIndex >= task.script.steps.length) return undefined
  const { offset } = stepOf(task.script, stepIndex)
  return { stepIndex, distance: offset - (task.script.pace === 'polls' ? task.countedPolls : elapsedAt(task, course, now)) }
}

/** The step in which the script succeeds by itself, if it does. */
function successOf (script: Script): Step | undefined {
  return script.steps.findLast(({ state }) => state === 'succeeded')
}

function completed (counts: StepCounts | undefined): StepCounts | undefined {
  return counts === undefined ? undefined : { current: counts.total, total: counts.total }
}
