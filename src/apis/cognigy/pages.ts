/**
 * Pages of the task list (cognigy contract, 5.1).
 */
import type { Json, JsonObject } from '../../simulator/script.js'
import type { Simulator } from '../../simulator/simulator.js'
import type { TaskList, TaskOrder } from '../../simulator/task-list.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { invalidValue } from './errors.js'
import { valueAt, type ListQuery, type SortKey } from './list-query.js'
import { isObject, taskBody, type Page } from './view.js'

/** The order of creation. */
export const byCreation: TaskOrder = (a, b) => a.createdAt - b.createdAt || a.seq - b.seq

/** A stretch of the list, and whether there are tasks on either side of it. */
interface Stretch {
  readonly tasks: readonly TaskRecord[]
  readonly total: number
  readonly follow: boolean
  readonly precede: boolean
}

/** The page that the query means. Throws the 400 for a cursor that names no task. */
export function listPage (simulator: Simulator, api: string, query: ListQuery): Page {
  const list = simulator.list(api)
  const { cursor } = query
  const cursorTask = cursor && simulator.peek(api, cursor.id)?.task
  if (cursor !== undefined && cursorTask === undefined) throw invalidValue(cursor.towards, 'a cursor from an earlier reply')
  const isWhole = isWholeList(query)
  const { tasks, total, follow, precede } = isWhole
    ? walk(list, query, cursorTask)
    : select(list, (task) => simulator.snapshot(task), query, cursorTask)
  const snapshots = tasks.map((task) => simulator.snapshot(task))
  return {
    snapshots,
    // What filters pass and where other orders put it may change with any task.
    state: simulator.listState(api, snapshots, isWhole ? Infinity : -Infinity),
    total,
    nextCursor: follow ? tasks.at(-1)?.id ?? null : null,
    previousCursor: precede ? tasks[0]?.id ?? null : null,
  }
}

/** True when the list as it is kept, in one direction or the other, is what is asked for. */
function isWholeList ({ projectId, filter, fields, sort }: ListQuery): boolean {
  return projectId === undefined && filter === '' && fields.length === 0 && sort.length === 1 && sort[0].path[0] === 'createdAt'
}

/** Walks from the cursor and no further than the page: a million other tasks cost nothing. */
function walk (list: TaskList, { cursor, skip, limit, sort: [{ descending }] }: ListQuery, cursorTask: TaskRecord | undefined): Stretch {
  const isBackward = cursor?.towards === 'previous'
  const along = (isDescending: boolean, from: TaskRecord | undefined): Generator<TaskRecord> => {
    const place = from && ((task: TaskRecord) => byCreation(task, from))
    return isDescending ? list.descending(place) : list.ascending(place)
  }
  const tasks: TaskRecord[] = []
  let skipped = 0
  let isMore = false
  for (const task of along(descending !== isBackward, cursorTask)) {
    if (skipped++ < skip) continue
    isMore = tasks.length === limit
    if (isMore) break
    tasks.push(task)
  }
  const isAnyBehind = tasks[0] !== undefined && along(descending === isBackward, tasks[0]).next().done !== true
  return isBackward
    ? { tasks: tasks.reverse(), total: list.size, follow: isAnyBehind, precede: isMore }
    : { tasks, total: list.size, follow: isMore, precede: isAnyBehind }
}

/** Collects every match and sorts: what filters and other orders cost. */
function select (list: TaskList, snapshotOf: (task: TaskRecord) => TaskSnapshot, query: ListQuery, cursorTask: TaskRecord | undefined): Stretch {
  const order = orderOf(query, snapshotOf)
  const matches = [...list.ascending()].filter((task) => isMatch(task, snapshotOf, query)).sort(order)
  const { cursor, skip, limit } = query
  let start = skip
  let end = skip + limit
  if (cursor !== undefined && cursorTask !== undefined) {
    // The cursor's task itself may match no longer: its place in the order counts.
    const before = matches.filter((task) => order(task, cursorTask) < 0).length
    const through = matches.filter((task) => order(task, cursorTask) <= 0).length
    end = cursor.towards === 'next' ? through + skip + limit : Math.max(before - skip, 0)
    start = cursor.towards === 'next' ? through + skip : Math.max(end - limit, 0)
  }
  return { tasks: matches.slice(start, end), total: matches.length, follow: end < matches.length, precede: start > 0 }
}

function isMatch (task: TaskRecord, snapshotOf: (task: TaskRecord) => TaskSnapshot, { projectId, filter, fields }: ListQuery): boolean {
  // A task that was made without a project is visible in each (contract 5.1.5).
  const project = projectOf(task)
  if (projectId !== undefined && project !== null && project !== projectId) return false
  if (fields.length === 0 && filter === '') return true
  const body = taskBody(snapshotOf(task))
  if (!String(body.name).toLowerCase().includes(filter)) return false
  return fields.every(({ path, accepts }) => accepts.some((accept) => accept(valueAt(body, path))))
}

/** The project that the task was started in, or makes something in. */
function projectOf ({ parameters, effect }: TaskRecord): Json {
  const item = effect?.['item']
  return parameters['projectId'] ?? (isObject(item) ? item['projectId'] : null) ?? null
}

/** By the keys in turn; ties stand in the order of creation, in the direction of the first key. */
function orderOf ({ sort }: ListQuery, snapshotOf: (task: TaskRecord) => TaskSnapshot): TaskOrder {
  const direction = sort[0].descending ? -1 : 1
  return (a, b) => compareBy(sort, taskBody(snapshotOf(a)), taskBody(snapshotOf(b))) || direction * byCreation(a, b)
}

/** The order of two bodies by the keys in turn; 0 when all are equal. */
export function compareBy (sort: readonly SortKey[], a: JsonObject, b: JsonObject): number {
  for (const { path, descending } of sort) {
    const difference = compare(valueAt(a, path), valueAt(b, path))
    if (difference !== 0) return descending ? -difference : difference
  }
  return 0
}

/** Values of one kind by their size, those of different kinds as the vendor's database orders them: null, numbers, texts, objects, booleans. */
function compare (a: Json, b: Json): number {
  const difference = kindRank(a) - kindRank(b)
  if (difference !== 0) return difference
  const [x, y] = [a, b].map((value) => typeof value === 'object' ? JSON.stringify(value) : value)
  if (x === y || x === undefined || y === undefined) return 0
  return x < y ? -1 : 1
}

function kindRank (value: Json): number {
  if (value === null) return 0
  return ['number', 'string', 'object', 'boolean'].indexOf(typeof value) + 1
}
