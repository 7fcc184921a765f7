/**
 * Tasks as Connect shows them (contract 3 and 8). Pure; what is rendered once stays until the task changes.
 */
import type { Json, JsonObject, Script, TaskState } from '../../simulator/script.js'
import { outputLines, type OutputLine, type TaskRecord, type TaskSnapshot } from '../../simulator/task.js'
import { bundleOf, guidOf, jobKeyOf } from './ids.js'

/** The three forms of one task resource, each on its own route. */
export type Shape = 'v1' | 'experimental' | 'legacy'

/** What all three forms say, under whatever names. */
interface TaskFields {
  readonly id: string
  readonly userId: number
  readonly output: readonly string[]
  readonly result: Json
  readonly finished: boolean
  readonly code: number
  readonly error: string
  readonly last: number
}

/** Keys in the order of the wire (contract 3.1). */
const FORMS: Record<Shape, (fields: TaskFields) => Record<string, unknown>> = {
  v1: ({ id, output, result, finished, code, error, last }) => ({ id, output, result, finished, code, error, last }),
  experimental: ({ id, output, finished, code, error, last }) => ({ id, output, finished, code, error, last }),
  legacy: ({ id, userId, output, result, finished, code, error, last }) => ({ id, user_id: userId, status: output, result, finished, code, error, last_status: last }),
}

const FINISHED: Record<TaskState, boolean> = {
  queued: false, running: false, cancelling: false, succeeded: true, failed: true, cancelled: true,
}

const CANCELLED = 'Task was cancelled.'
const DEFAULT_FAILURE = 'An internal failure occurred.'

/** What failures say when their script doesn't (own wording, but for the recorded one of a render). */
const FAILURES: ReadonlyMap<string, string> = new Map([
  ['deploy', 'Content build failed'],
  ['build', 'Content build failed'],
  ['render', 'Unable to render: Rendering exited abnormally: exit status 1'],
])

/** Kinds whose failure leaves a result behind (contract 3.3). */
const BUILDS: ReadonlySet<string> = new Set(['deploy', 'build'])

/** The bodies that nearly every poll wants: all lines, or none because the client has them. */
interface CommonBodies {
  whole: string | undefined
  tail: string | undefined
}

const commonBodies = new WeakMap<TaskSnapshot, Record<Shape, CommonBodies>>()

/** The task's body in that shape with the lines from `first` on. */
export function taskBody (snapshot: TaskSnapshot, shape: Shape, first: number): string {
  if (first > 0 && first < snapshot.lineCount) return render(snapshot, shape, first)
  let shapes = commonBodies.get(snapshot)
  if (shapes === undefined) {
    shapes = { v1: noBodies(), experimental: noBodies(), legacy: noBodies() }
    commonBodies.set(snapshot, shapes)
  }
  const bodies = shapes[shape]
  if (first === 0) {
    bodies.whole ??= render(snapshot, shape, 0)
    return bodies.whole
  }
  bodies.tail ??= render(snapshot, shape, snapshot.lineCount)
  return bodies.tail
}

/** How long the lines of scripts are on average. */
const lineLengths = new WeakMap<Script, number>()

/** About how many characters the lines from `first` on have together; those that were appended by hand count as long as the script's. */
export function outputLength ({ task: { script }, lineCount }: TaskSnapshot, first: number): number {
  if (lineCount <= first) return 0
  let length = lineLengths.get(script)
  if (length === undefined) {
    length = script.lines.reduce((sum, line) => sum + line.length, 0) / Math.max(script.lines.length, 1)
    lineLengths.set(script, length)
  }
  return (lineCount - first) * length
}

function noBodies (): CommonBodies {
  return { whole: undefined, tail: undefined }
}

function render (snapshot: TaskSnapshot, shape: Shape, first: number): string {
  const { task, state, lineCount } = snapshot
  const failure = failureOf(snapshot)
  const body = FORMS[shape]({
    id: task.id,
    userId: userIdOf(task),
    output: filledLines(task, outputLines(snapshot, first, lineCount)),
    result: resultOf(snapshot, failure),
    finished: FINISHED[state],
    code: codeOf(snapshot),
    error: failure,
    last: lineCount,
  })
  for (const [key, value] of Object.entries(task.wire ?? {})) if (Object.hasOwn(body, key)) body[key] = value
  return JSON.stringify(body)
}

/** The task as starting calls show it that answer with a whole one: nothing has happened to it yet (contract 3.6). */
export function freshTaskBody ({ task }: TaskSnapshot, shape: Shape): Record<string, unknown> {
  return FORMS[shape]({ id: task.id, userId: userIdOf(task), output: [], result: null, finished: false, code: 0, error: '', last: 0 })
}

/** The number of who started it; the built-in user has the number 1. */
function userIdOf ({ parameters: { user_id: userId } }: TaskRecord): number {
  return typeof userId === 'number' ? userId : 1
}

/** The sentence of a task that ended badly, else the empty text. */
function failureOf ({ task, state, error }: TaskSnapshot): string {
  if (state === 'cancelled') return CANCELLED
  if (state !== 'failed') return ''
  return error === undefined || error.message === '' ? FAILURES.get(task.kind) ?? DEFAULT_FAILURE : error.message
}

function codeOf ({ state, error }: TaskSnapshot): number {
  if (state === 'cancelled') return 1
  if (state !== 'failed') return 0
  return typeof error?.code === 'number' && Number.isInteger(error.code) && error.code !== 0 ? error.code : 1
}

/** A script that says `null` means it, on a failed deploy too (contract 3.3). */
function resultOf ({ task, state, result }: TaskSnapshot, failure: string): Json {
  if (state !== 'succeeded' && state !== 'failed') return null
  if (result === undefined) return state === 'failed' && BUILDS.has(task.kind) ? { type: 'build-failed-error', data: failure } : null
  if (result === null || typeof result !== 'object' || !('type' in result)) return result === null ? null : { type: '', data: result }
  return task.parameters['branches'] === 'array' ? asArrayOfBranches(result) : result
}

/** What a look at branches left before 2026.01 (contract 7.6, connectapi#524). */
function asArrayOfBranches (result: JsonObject): JsonObject {
  const { type, data } = result
  const branches = typeof data === 'object' && data !== null && 'branches' in data ? data.branches : undefined
  return type === 'git-repo-branches-result' && branches !== undefined ? { type: 'git-repo-ref-branch-array', data: branches } : result
}

/**
 * The lines with their placeholders filled: `{time}`, and what `parameters` say or else the task id fixes. Behind an equals
 * sign stands what there is to say otherwise: `{application=FastAPI application}`.
 */
function filledLines (task: TaskRecord, lines: readonly OutputLine[]): string[] {
  const names = new Map<string, string>()
  return lines.map(({ text, at }) => text.includes('{')
    ? text.replace(/\{(?:(time|guid|bundle|job)|(application|package)=([^{}]*))\}/g, (_, name: string | undefined, detail: string, usual: string) =>
      name === undefined ? textIn(task, detail) ?? usual : name === 'time' ? stampOf(at) : nameIn(task, name, names))
    : text)
}

const NAMES: Readonly<Record<string, (taskId: string) => string>> = { guid: guidOf, bundle: bundleOf, job: jobKeyOf }

function nameIn (task: TaskRecord, name: string, known: Map<string, string>): string {
  let value = known.get(name)
  if (value === undefined) {
    value = textIn(task, name) ?? NAMES[name]?.(task.id) ?? ''
    known.set(name, value)
  }
  return value
}

/** What the parameters say under that name. */
function textIn ({ parameters }: TaskRecord, name: string): string | undefined {
  const given = parameters[name]
  return typeof given === 'string' || typeof given === 'number' ? String(given) : undefined
}

/** `2026/11/22 12:00:00.000000000 `: what job lines start with, in UTC (contract 9.3). */
function stampOf (at: number): string {
  return `${new Date(at).toISOString().replaceAll('-', '/').replace('T', ' ').replace('Z', '')}000000 `
}
