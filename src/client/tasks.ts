/**
 * Tasks: made, explained, moved by hand, waited for.
 */
import type { Connection } from './connection.js'
import type { Duration, NewTask, Page, Paging, Task, TaskState, TaskSummary } from './types.js'

/** A task by its id, or as it came from a call; the API is needed only when tasks of several APIs share the id. */
export type TaskRef = string | { readonly id: string, readonly api?: string }

export interface TaskFilter extends Paging {
  readonly api?: string
  readonly kind?: string
  readonly state?: TaskState
  readonly label?: string
  readonly scenario?: string
}

/** All that are given must hold; at least one is. */
export interface TaskCondition {
  readonly state?: TaskState
  /** At least so many polls so far. */
  readonly polls?: number
  /** At least so many polls that wait now. */
  readonly waiters?: number
  /** Of real time; default 10s, at most 10m. */
  readonly timeout?: Duration
}

export class Tasks {
  readonly #connection: Connection

  constructor (connection: Connection) {
    this.#connection = connection
  }

  /** Starts a task: by scenario (`success` unless told) or script. With `count` it starts so many, and resolves with a list. */
  create (task: NewTask & { count: number }): Promise<Task[]>
  create (task: Omit<NewTask, 'count'>): Promise<Task>
  create (task: NewTask): Promise<Task | Task[]> {
    return this.#connection.call('POST', '/tasks', { body: task })
  }

  /** A page of tasks, by API and then by creation. */
  list (filter: TaskFilter = {}): Promise<Page<TaskSummary>> {
    return this.#connection.call('GET', '/tasks', { query: filter })
  }

  /** A task, and why it is as it is: past and coming steps, what happened to it, its latest poll. */
  get (task: TaskRef): Promise<Task> {
    return this.#connection.call('GET', pathOf(task), { query: apiOf(task) })
  }

  /** Resolves once the condition holds; rejects with a PolluxError of status 408 at the time-out, 404 when the task goes. */
  wait (task: TaskRef, condition: TaskCondition): Promise<Task> {
    return this.#connection.call('GET', `${pathOf(task)}/wait`, { query: { ...apiOf(task), ...condition } })
  }

  /** Takes it away; held polls are answered as for an unknown task. */
  delete (task: TaskRef): Promise<void> {
    return this.#connection.call('DELETE', pathOf(task), { query: apiOf(task) })
  }

  /** Stops its script where it stands. */
  hold (task: TaskRef): Promise<Task> {
    return this.#act(task, 'hold')
  }

  /** Lets it go on; the time it was held does not count. */
  release (task: TaskRef): Promise<Task> {
    return this.#act(task, 'release')
  }

  /** Ends it well now; the result is by default what its script would have left. */
  finish (task: TaskRef, body: { readonly result?: unknown } = {}): Promise<Task> {
    return this.#act(task, 'finish', body)
  }

  /** Ends it badly now. */
  fail (task: TaskRef, body: { readonly error?: string | { readonly message: string, readonly code?: number | string, readonly details?: unknown } } = {}): Promise<Task> {
    return this.#act(task, 'fail', body)
  }

  /** Asks it to stop, as a client would. */
  cancel (task: TaskRef): Promise<Task> {
    return this.#act(task, 'cancel')
  }

  /** Lets it vanish, as if its retention were over; resolves with the last that can be said of it. */
  expire (task: TaskRef): Promise<Task> {
    return this.#act(task, 'expire')
  }

  /** Moves it on by so many steps now. */
  step (task: TaskRef, body: { readonly by?: number } = {}): Promise<Task> {
    return this.#act(task, 'step', body)
  }

  /** Appends lines to its output. */
  output (task: TaskRef, lines: readonly string[]): Promise<Task> {
    return this.#act(task, 'output', { lines })
  }

  #act (task: TaskRef, verb: string, body: object = {}): Promise<Task> {
    return this.#connection.call('POST', `${pathOf(task)}/${verb}`, { query: apiOf(task), body })
  }
}

function pathOf (task: TaskRef): string {
  return `/tasks/${encodeURIComponent(typeof task === 'string' ? task : task.id)}`
}

function apiOf (task: TaskRef): { readonly api?: string | undefined } {
  return typeof task === 'string' ? {} : { api: task.api }
}
