/**
 * The course of a task: what its facts say, gathered in one pass, and where its script stands by them. Pure.
 */
import type { Script, Step } from './script.js'
import type { Fact, TaskRecord } from './task.js'

type FactOf<What extends Fact['what']> = Extract<Fact, { what: What }>

/** What the facts say. */
export interface Course {
  readonly end: FactOf<'finished' | 'failed'> | undefined
  readonly cancelledAt: number | undefined
  readonly expiredAt: number | undefined
  readonly isHeld: boolean
  /** What made the script stand, go on or leap, in the order of time. */
  readonly tempo: ReadonlyArray<FactOf<'held' | 'released' | 'skipped'>>
  readonly appends: ReadonlyArray<FactOf<'appended'>>
}

const UNDISTURBED: Course = { end: undefined, cancelledAt: undefined, expiredAt: undefined, isHeld: false, tempo: [], appends: [] }

export function courseOf (task: TaskRecord): Course {
  if (task.facts.length === 0) return UNDISTURBED
  let end: Course['end']
  let cancelledAt: number | undefined
  let expiredAt: number | undefined
  let isHeld = false
  const tempo: Array<Course['tempo'][number]> = []
  const appends: Array<Course['appends'][number]> = []
  for (const fact of task.facts) {
    switch (fact.what) {
      case 'held':
      case 'released':
        isHeld = fact.what === 'held'
        tempo.push(fact)
        break
      case 'skipped': tempo.push(fact); break
      case 'appended': appends.push(fact); break
      case 'cancelled': cancelledAt ??= fact.at; break
      case 'expired': expiredAt ??= fact.at; break
      case 'finished':
      case 'failed': end ??= fact; break
      case 'reached': break
    }
  }
  return { end, cancelledAt, expiredAt, isHeld, tempo, appends }
}

/** How many lines have been appended up to `now`, beside the script's own. */
export function appendedCount ({ appends }: Course, now: number): number {
  let count = 0
  for (const { at, lines } of appends) if (at <= now) count += lines.length
  return count
}

/** How far a script paced by time has come at `now`, ms: time spent held does not count, leaps do. */
export function elapsedAt (task: TaskRecord, { tempo }: Course, now: number): number {
  let elapsedMs = 0
  let at = task.createdAt
  let held = false
  for (const fact of tempo) {
    if (fact.at > now) break
    if (!held) elapsedMs += fact.at - at
    at = fact.at
    if (fact.what === 'skipped') elapsedMs += fact.ms
    else held = fact.what === 'held'
  }
  return held ? elapsedMs : elapsedMs + now - at
}

/** The index of the step that the script stands at. */
export function stepIndexAt (task: TaskRecord, course: Course, now: number): number {
  return lastIndexUpTo(task.script.steps, task.script.pace === 'polls' ? task.countedPolls : elapsedAt(task, course, now))
}

/** The instant a step was or will be reached; Infinity when nothing foreseeable brings it about. */
export function stepReachedAt (task: TaskRecord, { tempo }: Course, stepIndex: number): number {
  if (task.script.pace === 'polls') {
    if (stepIndex <= stepIndexAfterPolls(task.script, 0)) return task.createdAt
    for (const fact of task.facts) if (fact.what === 'reached' && fact.stepIndex >= stepIndex) return fact.at
    return Infinity
  }
  const { offset } = stepOf(task.script, stepIndex)
  let elapsedMs = 0
  let at = task.createdAt
  let held = false
  for (const fact of tempo) {
    if (!held) {
      const reachedAt = at + offset - elapsedMs
      // A hold delays only what had not been reached when it began.
      if (reachedAt <= fact.at) return reachedAt
      elapsedMs += fact.at - at
    }
    at = fact.at
    if (fact.what === 'skipped') {
      elapsedMs += fact.ms
      if (elapsedMs >= offset) return at
    } else {
      held = fact.what === 'held'
    }
  }
  return held ? Infinity : at + offset - elapsedMs
}

/** The index of the step that a script paced by polls stands at after `polls` of them. */
export function stepIndexAfterPolls (script: Script, polls: number): number {
  return lastIndexUpTo(script.steps, polls)
}

export function stepOf (script: Script, index: number): Step {
  const step = script.steps[index]
  if (step === undefined) throw new RangeError(`a script of ${script.steps.length} steps has no step ${index}`)
  return step
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
