/**
 * From snapshots to Svix's JSON texts (svix contract, 3 and 8).
 */
import type { Json, JsonObject, Script, TaskState } from '../../simulator/script.js'
import { snapshotAt, type TaskSnapshot } from '../../simulator/task.js'
import { creationOf, type Application, type Endpoint } from './applications.js'
import { SLOT_MS } from './ids.js'
import type { Page } from './pages.js'
import { documentedResult } from './results.js'
import type { Status } from './schemas.js'

/** Svix knows three statuses; a cancel ends as `failed`. */
const STATUS_OF: Record<TaskState, Status> = {
  queued: 'running',
  running: 'running',
  cancelling: 'running',
  succeeded: 'finished',
  failed: 'failed',
  cancelled: 'failed',
}

/** What a kind counts while it runs, and up to where when its script doesn't say (svix contract, 7.3). */
interface Counter {
  readonly key: string
  readonly total: number
}

const MESSAGES_SENT: Counter = { key: 'messagesSent', total: 2 }
const COUNTERS: ReadonlyMap<string, Counter> = new Map([
  ['endpoint.recover', MESSAGES_SENT],
  ['endpoint.replay', MESSAGES_SENT],
  ['endpoint.bulk-replay', MESSAGES_SENT],
  ['endpoint.bulk_replay', MESSAGES_SENT],
  ['application.purge_content', { key: 'messagesPurged', total: 150 }],
])

/** Rendered once per snapshot, which stays the same object until the task changes. */
const texts = new WeakMap<TaskSnapshot, string>()

/** The task as `GET` and the list show it. */
export function taskText (snapshot: TaskSnapshot): string {
  let text = texts.get(snapshot)
  if (text === undefined) {
    const { id, kind, wire } = snapshot.task
    text = JSON.stringify({
      data: dataOf(snapshot),
      id,
      status: statusOf(snapshot.state),
      task: kind,
      updatedAt: textOf(updatedAt(snapshot)),
      ...wire,
    })
    texts.set(snapshot, text)
  }
  return text
}

/** A page of the list: `iterator` even on the last page, `prevIterator` on every page that is not empty. */
export function listText ({ tasks, done }: Page): string {
  const first = tasks[0]
  const last = tasks.at(-1)
  if (first === undefined || last === undefined) return `{"data":[],"iterator":null,"done":${done}}`
  return `{"data":[${tasks.map(taskText).join()}],"iterator":${JSON.stringify(last.task.id)},"prevIterator":${JSON.stringify(`-${first.task.id}`)},"done":${done}}`
}

/** What a start is answered: the new task without its data, whatever stands in front of it, and running however short its life is (svix contract, 3.1.4). */
export function createdText ({ task: { id, kind, createdAt } }: TaskSnapshot, leading: JsonObject = {}): string {
  return JSON.stringify({ ...leading, id, status: STATUS_OF.queued, task: kind, updatedAt: textOf(onGrid(createdAt)) })
}

/** An application with the keys that clients require (svix contract, 7.5). */
export function applicationText ({ id, name, uid }: Application): string {
  const createdAt = textOf(creationOf(id))
  return JSON.stringify({ createdAt, id, metadata: {}, name, uid, updatedAt: createdAt })
}

/** An endpoint with the keys that clients require (svix contract, 7.5; Python up to 1.99 asks for a version too). */
export function endpointText ({ id, description, disabled, uid, url }: Endpoint): string {
  const createdAt = textOf(creationOf(id))
  return JSON.stringify({ createdAt, description, disabled, id, metadata: {}, uid, updatedAt: createdAt, url, version: 1 })
}

/** The task's status on the wire. */
export function statusOf (state: TaskState): Status {
  return STATUS_OF[state]
}

/** Always an object: the result of what finished, else how far it got. */
function dataOf (snapshot: TaskSnapshot): JsonObject {
  if (snapshot.state !== 'succeeded') return progressOf(snapshot)
  const { task: { kind }, result = documentedResult(kind) } = snapshot
  if (result === undefined) return progressOf(snapshot)
  return isJsonObject(result) ? result : { result }
}

/** The script's own data, or the kind's counter at this progress. */
function progressOf ({ task, data, progress }: TaskSnapshot): JsonObject {
  if (Object.keys(data).length > 0) return data
  const counter = COUNTERS.get(task.kind)
  if (counter === undefined) return {}
  const total = totalOf(task.script, counter)
  // 0.57 * 10000 is 5699.999…: a hair more, so that whole counts stay whole.
  return { [counter.key]: Math.floor(progress * total + 1e-6) }
}

/** What the counter reaches in the result that the script will leave. */
function totalOf (script: Script, { key, total }: Counter): number {
  const result = script.steps.findLast(({ state }) => state === 'succeeded')?.result
  const counted = isJsonObject(result) ? result[key] : undefined
  return typeof counted === 'number' ? counted : total
}

/**
 * The instant at which status or data last changed (svix contract, 3.1.2): steps and commands that show nowhere don't count.
 * A task that has not changed yet bears the instant of its creation, on the grid of the instants inside ids.
 */
function updatedAt (snapshot: TaskSnapshot): number {
  let shown = snapshot
  for (let earlier = snapshotBefore(shown); earlier !== undefined; earlier = snapshotBefore(shown)) {
    if (!looksAlike(earlier, shown)) return shown.changedAt
    shown = earlier
  }
  return onGrid(snapshot.task.createdAt)
}

/** The instant as ids tell it. */
function onGrid (at: number): number {
  return Math.floor(at / SLOT_MS) * SLOT_MS
}

function textOf (at: number): string {
  return new Date(at).toISOString()
}

/** The task just before its latest change; undefined when that was its creation. */
function snapshotBefore ({ task, changedAt }: TaskSnapshot): TaskSnapshot | undefined {
  if (changedAt <= task.createdAt) return undefined
  const facts = task.facts.filter(({ at }) => at < changedAt)
  const reached = facts.findLast((fact) => fact.what === 'reached')
  // For a script paced by polls: as many as it took to get there.
  const countedPolls = reached === undefined ? 0 : task.script.steps[reached.stepIndex]?.offset ?? 0
  return snapshotAt({ ...task, facts, countedPolls }, changedAt - 1)
}

function looksAlike (a: TaskSnapshot, b: TaskSnapshot): boolean {
  return statusOf(a.state) === statusOf(b.state) && JSON.stringify(dataOf(a)) === JSON.stringify(dataOf(b))
}

function isJsonObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
