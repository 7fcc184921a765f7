/**
 * Pages of the task list, which is ordered by id (svix contract, 5.1 and 5.3).
 */
import type { ListState, Simulator } from '../../simulator/simulator.js'
import type { TaskOrder, TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { forEachInSlices } from '../../slices.js'
import { ksuid, ksuidInstant, MAX_PAYLOAD, SLOT_MS, TASK_ID_PREFIX } from './ids.js'
import type { ListQuery } from './list-query.js'
import { statusOf } from './view.js'

/** A page in the order that was asked for. */
export interface Page {
  readonly tasks: readonly TaskSnapshot[]
  /** Nothing more in the direction of the walk: backwards that is not the end of the list. */
  readonly done: boolean
  /** How the list stood that it is a page of; undefined when that changed while it was read. */
  readonly state: ListState | undefined
}

/** Ids as byte strings: their order is that of creation. */
export const byId: TaskOrder = (a, b) => a.id < b.id ? -1 : a.id > b.id ? 1 : 0

const WINDOW_MS = 90 * 86_400_000
const AHEAD_MS = 3_600_000

/** The page that the query asks for at the instant `now`. What a filter leaves out may be very much. */
export async function readPage (simulator: Simulator, api: string, { limit, iterator, order, status, task }: ListQuery, now: number): Promise<Page> {
  const isBackwards = iterator?.isBackwards ?? false
  const isAscending = (order === 'ascending') !== isBackwards
  // Both bounds are exclusive: ids inside (now - 90 d, now + 1 h] lie between the last one of the first instant and the
  // first one after the last instant.
  let after = TASK_ID_PREFIX + ksuid(now - WINDOW_MS, MAX_PAYLOAD)
  const end = TASK_ID_PREFIX + ksuid(now + AHEAD_MS + SLOT_MS, 0n)
  let before = end
  if (iterator !== undefined) {
    if (isAscending && iterator.id > after) after = iterator.id
    if (!isAscending && iterator.id < before) before = iterator.id
  }
  const list = simulator.list(api)
  const { revision } = simulator.listState(api, [])

  const tasks: TaskSnapshot[] = []
  function * candidates (): Generator<TaskRecord> {
    const walk = isAscending ? list.ascending(({ id }) => id <= after ? -1 : 1) : list.descending(({ id }) => id < before ? -1 : 1)
    for (const record of walk) {
      if (isAscending ? record.id >= before : record.id <= after) return
      yield record
      // One row more than asked for tells whether the walk goes on.
      if (tasks.length > limit) return
    }
  }
  await forEachInSlices(candidates(), (record) => {
    if (task !== undefined && record.kind !== task) return
    if (status !== undefined) {
      const state = simulator.stateOf(record)
      if (state === undefined || statusOf(state) !== status) return
    }
    const snapshot = simulator.peek(api, record.id)
    if (snapshot !== undefined) tasks.push(snapshot)
  })
  // Time takes the oldest out of the window, and brings in what is ahead of it; which tasks the status passes may change with any of them.
  const newest = list.descending().next()
  const isMovedByOthers = status !== undefined || (newest.done !== true && newest.value.id >= end)
  const oldest = isAscending ? tasks[0] : tasks.at(-1)
  const until = isMovedByOthers ? -Infinity : oldest === undefined ? Infinity : leavesAt(oldest.task.id)
  const done = tasks.length <= limit
  if (!done) tasks.pop()
  if (isBackwards) tasks.reverse()
  const state = simulator.listState(api, tasks, until)
  return { tasks, done, state: state.revision === revision ? state : undefined }
}

/** When the window has moved past the task. */
function leavesAt (id: string): number {
  const at = ksuidInstant(id.slice(TASK_ID_PREFIX.length))
  return at === undefined ? -Infinity : at + WINDOW_MS
}
