/**
 * Faults: data that says which exchanges go wrong, when, and how. Here are the JSON form and the parser that compiles it.
 */
import { Type, type Static } from '@sinclair/typebox'
import { OPERATIONS } from '../call.js'
import { DURATION_HINT, ScriptError, TASK_STATES } from '../simulator/script.js'
import { parseEffect, type Effect } from './effect.js'
import { parseMatch, type Matcher } from './match.js'
import { parseWhen, type When } from './when.js'

const Duration = Type.Union([Type.String(), Type.Number()], { expects: DURATION_HINT })
const Moment = [Type.String(), Type.Number()]
const MOMENT_HINT = 'an RFC 3339 instant such as 2026-11-22T12:00:00Z, or a duration such as "2s"'
const FAULT_OPERATIONS = [...OPERATIONS, 'any'] as const

const NthCall = Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), Type.Array(Type.Integer({ minimum: 1 }), { minItems: 1 })], { description: 'Those of the matching calls, counted from 1', expects: 'a whole number of 1 or more, or a list of such' }))
const Probability = Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'Drawn from the sandbox\'s seeded stream', expects: 'a number from 0 to 1' }))
const Pointers = Type.Array(Type.String({ expects: 'a JSON pointer such as /data/0/status' }), { minItems: 1, description: 'JSON pointers', expects: 'a list of JSON pointers such as /data/0/status' })

export const FaultMatchJson = Type.Object({
  api: Type.Optional(Type.String()),
  operation: Type.Optional(Type.Union(FAULT_OPERATIONS.map((operation) => Type.Literal(operation)), { expects: `one of ${FAULT_OPERATIONS.join(', ')}` })),
  taskId: Type.Optional(Type.String()),
  label: Type.Optional(Type.String({ description: 'Tasks with this label' })),
  state: Type.Optional(Type.Union(TASK_STATES.map((state) => Type.Literal(state)), { description: 'The task is in this state', expects: `one of ${TASK_STATES.join(', ')}` })),
  afterLine: Type.Optional(Type.Integer({ minimum: 0, description: 'The task has at least so many lines of output', expects: 'a whole number of 0 or more' })),
  afterProgress: Type.Optional(Type.Number({ minimum: 0, maximum: 1, description: 'The task has come at least so far', expects: 'a number from 0 to 1' })),
  method: Type.Optional(Type.String()),
  path: Type.Optional(Type.String({ description: 'A glob over the vendor\'s path without query: `*` within a segment, `**` across' })),
  nthCall: NthCall,
  probability: Probability,
}, { additionalProperties: false, description: 'The calls that it is about; all must hold. `nthCall` and `probability` are short forms of those in `when`' })

export const FaultWhenJson = Type.Object({
  nthCall: NthCall,
  every: Type.Optional(Type.Integer({ minimum: 1, description: 'Every so-manieth matching call', expects: 'a whole number of 1 or more' })),
  first: Type.Optional(Type.Integer({ minimum: 1, description: 'So many matching calls, from the first', expects: 'a whole number of 1 or more' })),
  probability: Probability,
  from: Type.Optional(Type.Union(Moment, { description: 'An RFC 3339 instant of the sandbox clock, or a duration after the rule was added (in a scenario: after the task was created)', expects: MOMENT_HINT })),
  until: Type.Optional(Type.Union(Moment, { description: 'The same; from then on the rule fires no more', expects: MOMENT_HINT })),
}, { additionalProperties: false, description: 'Which of the matching calls it strikes; all must hold' })

export const DelayJson = Type.Union([
  Type.String(),
  Type.Number(),
  Type.Object({ median: Duration, p99: Duration }, { additionalProperties: false }),
], { description: 'The reply goes out so much later on the sandbox clock; or log-normally distributed', expects: `${DURATION_HINT}; or median and p99, two such` })

export const EffectJson = Type.Object({
  status: Type.Optional(Type.Integer({ minimum: 200, maximum: 599, description: '400 and above: the vendor\'s own reply of this status instead of the real one; below: the real reply with this status', expects: 'a whole number from 200 to 599' })),
  retryAfter: Type.Optional(Type.String({ description: '`2s` as seconds, `date:2s` as an HTTP date on the sandbox clock, any other text as it is (garbage)' })),
  delay: Type.Optional(DelayJson),
  reset: Type.Optional(Type.Union([Type.Literal('before'), Type.Literal('mid-body')], { description: 'The connection is reset: before the request is handled, or in the middle of the reply\'s body', expects: 'before or mid-body' })),
  empty: Type.Optional(Type.Literal(true, { description: 'The reply has no body', expects: 'true' })),
  truncateAt: Type.Optional(Type.Integer({ minimum: 0, description: 'So many bytes of the body are sent, then the connection closes', expects: 'a whole number of 0 or more' })),
  malformed: Type.Optional(Type.Union([Type.Literal('json'), Type.Literal('html')], { description: 'The body is cut-off JSON, or a gateway\'s HTML page', expects: 'json or html' })),
  drip: Type.Optional(Type.String({ description: 'The body comes this fast on the sandbox clock, e.g. `10b/s`, `2kb/s`' })),
  contentType: Type.Optional(Type.String({ minLength: 1, description: 'The reply says it is of this media type', expects: 'a media type such as text/plain' })),
  body: Type.Optional(Type.Object({
    set: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'Values by JSON pointer; in an object that is there they may be new' })),
    remove: Type.Optional(Pointers),
    null: Type.Optional(Pointers),
    lift: Type.Optional(Type.String({ description: 'A JSON pointer: after all other edits what is there takes the place of the whole body', expects: 'a JSON pointer such as /payload' })),
  }, { additionalProperties: false, minProperties: 1, description: 'Edits of a JSON body; other bodies stay as they are', expects: 'at least one of set, remove, null and lift' })),
  vanish: Type.Optional(Type.Literal(true, { description: 'The task is gone from this call on', expects: 'true' })),
  cursor: Type.Optional(Type.Union([Type.Literal('ignored'), Type.Literal('expired')], { description: 'Only calls for a further page of a list: they get the first page again, or are told that their cursor is none', expects: 'ignored or expired' })),
}, { additionalProperties: false, minProperties: 1, description: 'What goes wrong; several may be combined', expects: 'at least one effect' })
export type EffectJson = Static<typeof EffectJson>

export const FaultJson = Type.Object({
  match: Type.Optional(FaultMatchJson),
  when: Type.Optional(FaultWhenJson),
  effect: EffectJson,
  times: Type.Optional(Type.Integer({ minimum: 1, description: 'Fires at most so often', expects: 'a whole number of 1 or more' })),
}, { additionalProperties: false, title: 'Fault' })
export type FaultJson = Static<typeof FaultJson>

/** A compiled fault. */
export interface Fault {
  /** As it was given. */
  readonly json: FaultJson
  readonly matches: Matcher
  readonly when: When
  readonly effect: Effect
  /** How often it fires at most; Infinity: as often as it can. */
  readonly times: number
}

/** Compiles a fault of the right shape. Throws ScriptError for what the schema can't say; `path` is where the fault stands. */
export function parseFault (json: FaultJson, path = ''): Fault {
  const match = json.match ?? {}
  const effect = parseEffect(json.effect, `${path}/effect`)
  const matches = parseMatch(match, `${path}/match`)
  if (effect.vanish && (match.operation === 'list' || match.operation === 'start')) throw new ScriptError(`${path}/effect/vanish`, `calls to ${match.operation} are about no task that could vanish`)
  if (effect.cursor !== undefined && match.operation !== undefined && match.operation !== 'any' && match.operation !== 'list') throw new ScriptError(`${path}/effect/cursor`, `calls to ${match.operation} have no cursor; those to list have`)
  return {
    json,
    // What is not there can't vanish or get lost, and such a call must not use up the rule.
    matches: effect.vanish
      ? (subject) => subject.task !== undefined && matches(subject)
      : effect.cursor !== undefined ? (subject) => subject.call.cursor !== undefined && matches(subject) : matches,
    when: parseWhen(json.when ?? {}, match, path),
    effect,
    times: json.times ?? Infinity,
  }
}
