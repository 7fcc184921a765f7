/**
 * Tasks as the control plane shows them.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { describeFault } from '../faults/describe.js'
import { TASK_STATES } from '../simulator/script.js'
import { isHeld, outputLines, timelineOf, type Fact, type TaskRecord, type TaskSnapshot } from '../simulator/task.js'
import { apiUrlsOf, requireApi, toInstant, type ControlContext } from './context.js'

const Text = Type.Union([Type.String(), Type.Null()])
const State = Type.Union(TASK_STATES.map((state) => Type.Literal(state)))
const Open = { additionalProperties: true }

const SUMMARY = {
  id: Type.String(),
  api: Type.String(),
  kind: Type.String(),
  scenario: Text,
  label: Text,
  state: State,
  progress: Type.Number({ description: '0 to 1' }),
  createdAt: Text,
  startedAt: Text,
  finishedAt: Text,
  held: Type.Boolean(),
  pollUrl: Type.String({ description: 'Where a client polls it' }),
  waiters: Type.Integer({ description: 'Polls that wait for it now' }),
  polls: Type.Integer({ description: 'Polls so far' }),
}

export const TaskSummary = Type.Object(SUMMARY, { title: 'TaskSummary' })

export const TaskReply = Type.Object({
  ...SUMMARY,
  parameters: Type.Record(Type.String(), Type.Unknown()),
  snapshot: Type.Object({
    stepCounts: Type.Union([Type.Object({ current: Type.Integer(), total: Type.Integer() }), Type.Null()]),
    lines: Type.Integer({ description: 'Lines of output so far' }),
    output: Type.Array(Type.String(), { description: 'The last 20 of them' }),
    data: Type.Record(Type.String(), Type.Unknown()),
    result: Type.Unknown(),
    error: Type.Unknown(),
    changedAt: Text,
  }),
  timeline: Type.Array(Type.Object({ at: Type.String({ description: 'After creation' }), state: State, lines: Type.Integer({ description: 'Lines that the script has by then' }), past: Type.Boolean() }, Open), { description: 'Past and coming steps' }),
  facts: Type.Array(Type.Object({ at: Text, what: Type.String(), by: Type.String() }, Open), { description: 'What happened to it' }),
  lastPoll: Type.Union([Type.Object({ seq: Type.Integer(), why: Type.String() }), Type.Null()], { description: 'The latest poll in the journal, and why it got its answer' }),
}, { title: 'Task' })

const LAST_LINES = 20

/** What lists show. */
export function taskSummary (snapshot: TaskSnapshot, request: FastifyRequest, context: ControlContext) {
  const { task, state, progress, startedAt, settledAt } = snapshot
  return {
    id: task.id,
    api: task.api,
    kind: task.kind,
    scenario: task.scenario ?? null,
    label: task.label ?? null,
    state,
    progress,
    createdAt: toInstant(task.createdAt),
    startedAt: toInstant(startedAt),
    finishedAt: toInstant(settledAt),
    held: isHeld(task),
    pollUrl: pollUrlOf(task, request, context),
    waiters: request.sandbox.simulator.heldPollsOf(task),
    polls: task.polls,
  }
}

function pollUrlOf ({ api, id }: TaskRecord, request: FastifyRequest, context: ControlContext): string {
  const { taskPath, options } = requireApi(context, api)
  return `${apiUrlsOf(request, request.sandbox, context)[api] ?? ''}${taskPath(encodeURIComponent(id), request.sandbox.options(options))}`
}

/** Everything about a task: how it came to be as it is, and what comes next. */
export function taskReply (snapshot: TaskSnapshot, request: FastifyRequest, context: ControlContext) {
  const { task, stepCounts, lineCount, data, result, error, changedAt } = snapshot
  const { clock, faults, journal } = request.sandbox
  const now = clock.now()
  return {
    ...taskSummary(snapshot, request, context),
    parameters: task.parameters,
    snapshot: {
      stepCounts: stepCounts ?? null,
      lines: lineCount,
      output: outputLines(snapshot, Math.max(lineCount - LAST_LINES, 0), lineCount).map(({ text }) => text),
      data,
      result: result ?? null,
      error: error ?? null,
      changedAt: toInstant(changedAt),
    },
    timeline: timelineOf(task).map(({ at, step }) => ({
      at: task.script.pace === 'polls' ? `poll ${step.offset}` : `+${(at - task.createdAt) / 1000}s`,
      instant: toInstant(at),
      state: step.state,
      progress: step.progress,
      lines: step.lineCount,
      past: at <= now,
    })),
    facts: task.facts.map(factBody),
    lastPoll: journal.explainLastPoll(task, (id) => {
      const rule = faults.get(id)
      // A rule that is gone has left its number only.
      return rule === undefined ? `fault ${id}` : describeFault(rule)
    }),
  }
}

function factBody (fact: Fact) {
  const by = fact.what === 'reached' ? 'poll' : fact.what === 'cancelled' ? fact.by ?? 'client' : 'control'
  return { ...fact, at: toInstant(fact.at), by }
}

/** The order in which lists show tasks: by API, then by creation. */
export function taskKey (task: TaskRecord, { apis }: ControlContext): number {
  return apis.findIndex(({ name }) => name === task.api) * 2 ** 40 + task.seq
}
