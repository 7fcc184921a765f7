/**
 * What happens in a sandbox, told as it happens to those who listen. Nothing is made before somebody does; from then on the
 * latest events are kept, so that who comes back misses nothing.
 */
import type { Clock, ClockMove, Wait } from '../clock.js'
import { nextChangeAt, snapshotAt, type TaskRecord } from '../simulator/task.js'
import type { Simulator, TaskEvent } from '../simulator/simulator.js'
import { entryBody, type Entry } from './entry.js'
import type { Journal } from './journal.js'
import { redactPath } from './redaction.js'

export type EventType = 'task' | 'request' | 'fault' | 'clock' | 'sandbox'

/** An event in the form of a server-sent one; made when somebody listens or comes back. */
interface KeptEvent {
  readonly id: number
  readonly render: () => string
}

export interface EventsOptions {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly journal: Journal
}

const KEPT_EVENTS = 1000

export class Events {
  readonly #clock: Clock
  readonly #simulator: Simulator
  readonly #journal: Journal
  readonly #subscribers = new Set<(text: string) => void>()
  /** Grows up to the limit; then the newest event takes the place of the oldest. */
  readonly #ring: KeptEvent[] = []
  readonly #watches = new Map<TaskRecord, Wait>()
  #unobserve: Array<() => void> = []
  #lastId = 0

  constructor ({ clock, simulator, journal }: EventsOptions) {
    this.#clock = clock
    this.#simulator = simulator
    this.#journal = journal
  }

  get subscriberCount (): number {
    return this.#subscribers.size
  }

  /** Sends every event from now on, before that those kept behind the one of id `after`, until the returned function is called. */
  subscribe (after: number | undefined, send: (text: string) => void): () => void {
    if (this.#unobserve.length === 0) this.#start()
    if (after !== undefined) this.#replay(after, send)
    this.#subscribers.add(send)
    return () => { this.#subscribers.delete(send) }
  }

  /** Tells an event, if anybody listens or has listened; `body` is rendered only then. */
  tell (type: EventType, body: () => object): void {
    if (this.#unobserve.length === 0) return
    const id = ++this.#lastId
    let text: string | undefined
    const render = (): string => {
      text ??= `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify(body())}\n\n`
      return text
    }
    this.#ring[(id - 1) % KEPT_EVENTS] = { id, render }
    for (const send of [...this.#subscribers]) send(render())
  }

  /** Forgets what was kept; without listeners nothing is made any more. */
  clear (): void {
    this.#ring.length = 0
    if (this.#subscribers.size === 0) this.close()
  }

  /** Stops listening to the sandbox. */
  close (): void {
    for (const unobserve of this.#unobserve) unobserve()
    for (const watch of this.#watches.values()) watch.cancel()
    this.#unobserve = []
    this.#watches.clear()
  }

  #replay (after: number, send: (text: string) => void): void {
    // A number of a life that this sandbox has not had yet: whatever there is comes later.
    const from = after > this.#lastId ? 0 : after
    const kept = this.#ring.filter(({ id }) => id > from).sort((a, b) => a.id - b.id)
    const lost = (kept[0]?.id ?? this.#lastId + 1) - 1 - from
    if (lost > 0) send(`: ${lost} earlier events are not kept any more\n\n`)
    for (const { render } of kept) send(render())
  }

  #start (): void {
    this.#unobserve = [
      this.#simulator.observe((event, task) => { this.#onTask(event, task) }),
      this.#journal.observe((entry) => { this.#onEntry(entry) }),
      this.#clock.observe((move) => { this.#onClock(move) }),
    ]
    this.#watchAll()
  }

  #onTask (event: TaskEvent, task: TaskRecord): void {
    if (event === 'polled' || event === 'waiters') return
    if (event === 'gone') {
      this.#watches.get(task)?.cancel()
      this.#watches.delete(task)
    } else {
      this.#watch(task)
    }
    this.#tellTask(event, task)
  }

  #tellTask (what: TaskEvent, task: TaskRecord): void {
    const now = this.#clock.now()
    const { state, progress, lineCount } = snapshotAt(task, now)
    this.tell('task', () => ({ at: instant(now), what, api: task.api, id: task.id, kind: task.kind, label: task.label ?? null, state, progress, lines: lineCount }))
  }

  /** Waits for the task's next change by itself, as somebody who only looks on. */
  #watch (task: TaskRecord): void {
    this.#watches.get(task)?.cancel()
    this.#watches.delete(task)
    const changesAt = nextChangeAt(task, this.#clock.now())
    if (changesAt === Infinity) return
    this.#watches.set(task, this.#clock.watch(changesAt, () => {
      this.#watches.delete(task)
      this.#watch(task)
      // A clock that is woken wakes everybody, due or not.
      if (this.#clock.now() >= changesAt) this.#tellTask('changed', task)
    }))
  }

  #watchAll (): void {
    for (const task of this.#simulator.tasks()) this.#watch(task)
  }

  #onEntry (entry: Entry): void {
    this.tell('request', () => entryBody(entry))
    const { seq, arrivedAt, api, call: { operation, taskId }, status } = entry
    for (const id of entry.faults) this.tell('fault', () => ({ at: instant(arrivedAt), fault: id, seq, api, operation, taskId: taskId === undefined ? null : redactPath(taskId), status }))
  }

  #onClock (what: ClockMove): void {
    // A clock that begins anew has dropped every wait.
    if (what === 'restarted') this.#watchAll()
    const { mode, speed, autoSkip } = this.#clock
    const now = this.#clock.now()
    this.tell('clock', () => ({ what, now: instant(now), mode, speed, autoSkip }))
  }
}

function instant (at: number): string {
  return new Date(at).toISOString()
}
