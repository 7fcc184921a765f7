/**
 * Scripts: data that says how a task unfolds. Here are their schema, the duration grammar, and the parser
 * that turns the JSON form (fixtures, control plane) into the compiled form that the simulator computes with.
 */
import { Type, type Static } from '@sinclair/typebox'

export const TASK_STATES = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled'] as const
export type TaskState = typeof TASK_STATES[number]

/** A value as JSON carries it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export interface JsonObject { readonly [key: string]: Json }

/** States that a task never leaves. */
const SETTLED: Record<TaskState, boolean> = {
  queued: false, running: false, cancelling: false, succeeded: true, failed: true, cancelled: true,
}

/** How far along a state is; a script never goes back. */
const STATE_RANK: Record<TaskState, number> = {
  queued: 0, running: 1, cancelling: 2, succeeded: 3, failed: 3, cancelled: 3,
}

export function isSettled (state: TaskState): boolean {
  return SETTLED[state]
}

const DURATION_UNITS_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What a duration looks like, for error messages. */
export const DURATION_HINT = 'a duration such as "200ms", "1.5s", "2m", "1h", "3d" or a number of milliseconds'

/** Milliseconds of a duration (`"1.5s"`, or a number of ms), rounded to whole ones; undefined for anything else or below 0. */
export function parseDuration (value: unknown): number | undefined {
  if (typeof value === 'number') return value >= 0 && value <= Number.MAX_SAFE_INTEGER ? Math.round(value) : undefined
  if (typeof value !== 'string') return undefined
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h|d)$/.exec(value)
  const unitMs = DURATION_UNITS_MS[match?.[2] ?? '']
  return unitMs === undefined ? undefined : Math.round(Number(match?.[1]) * unitMs)
}

/** Epoch ms of an RFC 3339 instant, fractions of a millisecond cut off; undefined for anything else. */
export function parseInstant (value: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(value)) return undefined
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.floor(at)
}

const Duration = Type.Union([Type.String(), Type.Number()], { description: DURATION_HINT })

export const TaskErrorJson = Type.Object({
  message: Type.String({ description: 'What went wrong, as the vendor would say it' }),
  code: Type.Optional(Type.Union([Type.Integer(), Type.String()])),
  details: Type.Optional(Type.Unknown()),
}, { additionalProperties: false })

export const StepJson = Type.Object({
  at: Type.Union([Type.String(), Type.Number()], { description: 'Paced by time: a duration after creation. Paced by polls: the number of the poll that sees this step first (0: before any poll)' }),
  state: Type.Optional(Type.Union(TASK_STATES.map((state) => Type.Literal(state)), { description: 'Default: as in the step before, queued at first' })),
  progress: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  stepCounts: Type.Optional(Type.Object({ current: Type.Integer({ minimum: 0 }), total: Type.Integer({ minimum: 0 }) }, { additionalProperties: false, description: 'For vendors that count steps; default: derived from progress' })),
  output: Type.Optional(Type.Array(Type.String(), { description: 'Lines that this step appends. `{n}` is the number of the repetition; other placeholders are the API\'s own' })),
  data: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Keys that this step adds to the task\'s data' })),
  result: Type.Optional(Type.Unknown({ description: 'With a settled state: what the task leaves behind' })),
  error: Type.Optional(TaskErrorJson),
  times: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Repeats the step; progress rises evenly from the step before to `progress`' })),
  every: Type.Optional(Type.Union([Type.String(), Type.Number()], { description: 'Distance between two repetitions' })),
}, { additionalProperties: false })

export const ScriptJson = Type.Object({
  pace: Type.Optional(Type.Union([Type.Literal('time'), Type.Literal('polls')], { default: 'time' })),
  steps: Type.Array(StepJson, { minItems: 1 }),
  cancelAfter: Type.Optional(Type.Union([Duration, Type.Null()], { description: 'How long a cancelled task stays `cancelling` (default 1s); null: for ever' })),
  cancellable: Type.Optional(Type.Boolean({ default: true, description: 'false: a cancel is accepted and does nothing' })),
  expireAfter: Type.Optional(Type.Union([Duration, Type.Null()], { description: 'How long after it settled the task is forgotten; null: never' })),
  unchecked: Type.Optional(Type.Boolean({ default: false, description: 'true: progress may fall' })),
}, { additionalProperties: false, title: 'Script' })
export type ScriptJson = Static<typeof ScriptJson>

/** Why a task failed. */
export interface TaskError {
  readonly message: string
  readonly code?: number | string
  readonly details?: Json
}

export interface StepCounts {
  readonly current: number
  readonly total: number
}

/** One compiled step: everything that holds from its offset on, what earlier steps said included. */
export interface Step {
  /** Milliseconds after creation, or the count of polls. */
  readonly offset: number
  readonly state: TaskState
  readonly progress: number
  readonly stepCounts: StepCounts | undefined
  /** Lines produced up to and with this step. */
  readonly lineCount: number
  readonly data: JsonObject
  readonly result: Json | undefined
  readonly error: TaskError | undefined
}

/** A compiled script: immutable, shared by all its tasks. */
export interface Script {
  readonly pace: 'time' | 'polls'
  /** Ascending offsets, the first 0. */
  readonly steps: readonly Step[]
  /** Every line the script ever produces, in order. */
  readonly lines: readonly string[]
  /** Infinity: cancelling never ends. */
  readonly cancelAfterMs: number
  readonly cancellable: boolean
  /** Infinity: kept until reset. */
  readonly expireAfterMs: number
}

/** A script, scenario or fault that can't be played: what is wrong, and where (a JSON pointer). */
export class ScriptError extends Error {
  override name = 'ScriptError'
  readonly path: string
  constructor (path: string, message: string) {
    super(message)
    this.path = path
  }
}

const DEFAULT_CANCEL_AFTER_MS = 1000

/** Lines that a script may bring when nobody says otherwise, and steps that it may have. */
const MOST_LINES = 100_000
/** A few words of a script can mean gigabytes of output. */
const MOST_CHARACTERS = 16_777_216
const EMPTY: JsonObject = Object.freeze({})

/**
 * Compiles a script of the right shape (`ScriptJson`). Throws ScriptError for what the schema can't say; `path` is where the script
 * stands, `mostLines` how many lines it may bring, and how many steps it may have.
 */
export function parseScript (json: ScriptJson, path = '', mostLines = MOST_LINES): Script {
  const pace = json.pace ?? 'time'
  const lines: string[] = []
  const steps: Step[] = []
  let characters = 0
  let previous: Step = { offset: 0, state: 'queued', progress: 0, stepCounts: undefined, lineCount: 0, data: EMPTY, result: undefined, error: undefined }

  json.steps.forEach((step, index) => {
    const at = `${path}/steps/${index}`
    const offset = parseOffset(pace, step.at, `${at}/at`)
    const times = step.times ?? 1
    const every = step.every === undefined ? 0 : parseOffset(pace, step.every, `${at}/every`)
    if (times > 1 && every === 0) throw new ScriptError(`${at}/every`, 'expected a distance greater than 0 beside times')
    const state = step.state ?? previous.state
    if (steps.length > 0 && offset <= previous.offset) throw new ScriptError(`${at}/at`, `steps ascend: expected more than ${previous.offset}, got ${offset}`)
    if (steps.length > 0 && isSettled(previous.state)) throw new ScriptError(`${at}`, `nothing follows a settled step: the one before is ${previous.state}`)
    if (STATE_RANK[state] < STATE_RANK[previous.state]) throw new ScriptError(`${at}/state`, `states follow queued, running, settled: ${state} can't follow ${previous.state}`)
    if (isSettled(state) && times > 1) throw new ScriptError(`${at}/times`, `a step that settles the task (${state}) happens once`)
    // Before anything is made of it: a few bytes can ask for more than there is memory.
    // One step more, that a script of as many lines may settle.
    if (steps.length + times > mostLines + 1) throw new ScriptError(`${at}/times`, `expected at most ${mostLines + 1} steps in all, repetitions counted`)
    if (lines.length + (step.output ?? []).length * times > mostLines) throw new ScriptError(`${at}/output`, `expected at most ${mostLines} lines of output in all, repetitions counted`)
    const startProgress = previous.progress
    const endProgress = step.progress ?? (state === 'succeeded' ? 1 : startProgress)
    if (endProgress < startProgress && json.unchecked !== true) throw new ScriptError(`${at}/progress`, `progress falls from ${startProgress} to ${endProgress}; "unchecked": true allows it`)
    // The schema let through nothing but what JSON.parse makes.
    const data = step.data === undefined ? previous.data : Object.freeze({ ...previous.data, ...step.data as JsonObject })
    const output = step.output ?? []
    characters += times * output.reduce((sum, line) => sum + line.length, 0)
    if (characters > MOST_CHARACTERS) throw new ScriptError(`${at}/output`, `expected at most ${MOST_CHARACTERS} characters of output in all, those of repetitions included`)
    for (let n = 1; n <= times; n++) {
      for (const line of output) lines.push(times > 1 ? line.replaceAll('{n}', String(n)) : line)
      previous = {
        offset: offset + (n - 1) * every,
        state,
        progress: startProgress + (endProgress - startProgress) * n / times,
        stepCounts: step.stepCounts ?? previous.stepCounts,
        lineCount: lines.length,
        data,
        result: step.result as Json | undefined,
        error: state === 'failed' ? toTaskError(step.error) : undefined,
      }
      steps.push(previous)
    }
  })

  const first = steps[0]
  if (first === undefined) throw new ScriptError(`${path}/steps`, 'expected at least one step')
  if (first.offset > 0) steps.unshift({ ...first, offset: 0, state: 'queued', progress: 0, stepCounts: undefined, lineCount: 0, data: EMPTY, result: undefined, error: undefined })
  return Object.freeze({
    pace,
    steps,
    lines,
    cancelAfterMs: parseOptionalDuration(json.cancelAfter, DEFAULT_CANCEL_AFTER_MS, `${path}/cancelAfter`),
    cancellable: json.cancellable ?? true,
    expireAfterMs: parseOptionalDuration(json.expireAfter, Infinity, `${path}/expireAfter`),
  })
}

/** A JSON form that compiles to the same script again: what exports carry. */
export function scriptToJson (script: Script): ScriptJson {
  let lineCount = 0
  return {
    pace: script.pace,
    steps: script.steps.map(({ offset, state, progress, stepCounts, lineCount: endLine, data, result, error }) => {
      const output = script.lines.slice(lineCount, endLine)
      lineCount = endLine
      return {
        at: offset,
        state,
        progress,
        ...(stepCounts === undefined ? {} : { stepCounts }),
        ...(output.length === 0 ? {} : { output: [...output] }),
        ...(Object.keys(data).length === 0 ? {} : { data }),
        ...(result === undefined ? {} : { result }),
        ...(error === undefined ? {} : { error }),
      }
    }),
    cancelAfter: script.cancelAfterMs === Infinity ? null : script.cancelAfterMs,
    cancellable: script.cancellable,
    expireAfter: script.expireAfterMs === Infinity ? null : script.expireAfterMs,
    unchecked: true,
  }
}

function parseOffset (pace: Script['pace'], value: string | number, path: string): number {
  if (pace === 'time') return requireDuration(value, path)
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value
  throw new ScriptError(path, `expected a count of polls (a whole number of 0 or more), got ${JSON.stringify(value)}`)
}

function parseOptionalDuration (value: string | number | null | undefined, absentMs: number, path: string): number {
  if (value === undefined) return absentMs
  return value === null ? Infinity : requireDuration(value, path)
}

/** Milliseconds of a duration; throws ScriptError for what is none. */
export function requireDuration (value: unknown, path: string): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw new ScriptError(path, `expected ${DURATION_HINT}, got ${JSON.stringify(value)}`)
  return ms
}

function toTaskError (error: Static<typeof TaskErrorJson> | undefined): TaskError {
  // The vendors' own default texts differ; an empty message lets each API say its own.
  return { message: '', ...error as Partial<TaskError> }
}
