/**
 * Pages of the task list (cognigy contract, 5.1).
 */
import type { Json, JsonObject } from '../../simulator/script.js'
import type { Simulator } from '../../simulator/simulator.js'
import type { TaskOrder, TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { forEachInSlices } from '../../slices.js'
import { SortedList } from '../../sorted-list.js'
import { invalidValue } from './errors.js'
import { valueAt, type ListQuery } from './list-query.js'
import { compareValues, cursorsOf, valuesOf, walk } from './paging.js'
import { isObject, taskBody, type Page } from './view.js'

/** The order of creation. */
export const byCreation: TaskOrder = (a, b) => a.createdAt - b.createdAt || a.seq - b.seq

/** A task that is on the list that was asked for. */
interface Match {
  readonly task: TaskRecord
  /** As it was when it was found to match; undefined when that can't change. */
  readonly snapshot: TaskSnapshot | undefined
  /** What it is sorted by. */
  readonly values: readonly Json[]
}

/** The page that the query means. Throws the 400 for a cursor that names no task. */
export async function listPage (simulator: Simulator, api: string, query: ListQuery): Promise<Page> {
  const { cursor } = query
  const cursorTask = cursor && simulator.peek(api, cursor.id)
  if (cursor !== undefined && cursorTask === undefined) throw invalidValue(cursor.towards, 'a cursor from an earlier reply')
  if (isUnfiltered(query) && isByCreation(query)) {
    const list = simulator.list(api)
    const stretch = walk(list, query, query.sort[0].descending, cursorTask && list.placeOf(cursorTask.task))
    const snapshots = stretch.items.map((task) => simulator.snapshot(task))
    return { snapshots, state: simulator.listState(api, snapshots), total: list.size, ...cursorsOf(stretch, (task) => task.id) }
  }
  const matches = await select(simulator, api, query)
  // The cursor's task itself may match no longer: its place in the order counts.
  const stretch = walk(matches, query, false, cursorTask && matches.placeOf(toMatch(cursorTask, query)))
  const snapshots = stretch.items.flatMap(({ task, snapshot }) => snapshot ?? simulator.peek(api, task.id) ?? [])
  // What filters pass and where other orders put it may change with any task.
  return { snapshots, state: simulator.listState(api, snapshots, -Infinity), total: matches.size, ...cursorsOf(stretch, ({ task }) => task.id) }
}

/** True when every task is asked for. */
function isUnfiltered ({ projectId, filter, fields }: ListQuery): boolean {
  return projectId === undefined && filter === '' && fields.length === 0
}

/** True when the list's own order is asked for, in one direction or the other. */
function isByCreation ({ sort }: ListQuery): boolean {
  return sort.length === 1 && sort[0].path[0] === 'createdAt'
}

/** Looks at every task, a slice at a time: what filters and other orders cost. */
async function select (simulator: Simulator, api: string, query: ListQuery): Promise<SortedList<Match>> {
  const { projectId, filter, fields, sort } = query
  const isDescending = sort[0].descending
  const keys = isByCreation(query) ? [] : sort
  const list = simulator.list(api)
  // Those that differ in nothing else stand in the order of creation, in the direction of the first key.
  const matches = new SortedList<Match>((a, b) => compareValues(keys, a.values, b.values) || (isDescending ? byCreation(b.task, a.task) : byCreation(a.task, b.task)))
  const isTimeless = filter === '' && fields.length === 0 && isByCreation(query)
  await forEachInSlices(isDescending ? list.descending() : list.ascending(), (task) => {
    if (projectId !== undefined && !isIn(projectId, task)) return
    if (isTimeless) return matches.add({ task, snapshot: undefined, values: [] })
    const snapshot = simulator.glance(task)
    if (snapshot !== undefined && isMatch(taskBody(snapshot), query)) matches.add(toMatch(snapshot, query))
  })
  return matches
}

function toMatch (snapshot: TaskSnapshot, query: ListQuery): Match {
  // The order of creation is that of all ties.
  return { task: snapshot.task, snapshot, values: isByCreation(query) ? [] : valuesOf(query.sort, taskBody(snapshot)) }
}

function isMatch (body: JsonObject, { filter, fields }: ListQuery): boolean {
  return String(body['name']).toLowerCase().includes(filter) && fields.every(({ path, accepts }) => accepts.some((accept) => accept(valueAt(body, path))))
}

/** A task that was made without a project is visible in each (contract 5.1.5). */
function isIn (projectId: string, task: TaskRecord): boolean {
  const project = projectOf(task)
  return project === null || project === projectId
}

/** The project that the task was started in, or makes something in. */
function projectOf ({ parameters, effect }: TaskRecord): Json {
  const item = effect?.['item']
  return parameters['projectId'] ?? (isObject(item) ? item['projectId'] : null) ?? null
}
