/**
 * The only source of time for everything simulated: the one file that reads the machine's clock or arms a timer.
 */
import { QueuedWait, WaitQueue } from './wait-queue.js'

/** Reads time; instants are epoch milliseconds, whole numbers, and never go back. */
export interface PassiveClock {
  now (): number
}

/**
 * Called when the instant of a wait is reached, or earlier when the clock is woken.
 * A returned promise says when everything this wake-up released has been answered; `advance` awaits it.
 */
export type OnWake = () => void | Promise<void>

/** What can be done to a clock; that time passes is not among it. */
export type ClockMove = 'frozen' | 'resumed' | 'advanced' | 'changed' | 'restarted'

/** One wait in the clock's queue. `cancel` drops it; afterwards it costs nothing. */
export interface Wait {
  readonly at: number
  cancel (): void
}

/** Reads time, schedules on it, and lets a test move it. */
export interface Clock extends PassiveClock {
  readonly mode: 'running' | 'frozen'
  readonly speed: number
  readonly autoSkip: boolean
  /** How many waits are queued. */
  readonly waitCount: number
  /** The earliest instant that anyone waits for, `Infinity` when nobody does. */
  readonly nextWaitAt: number
  /** Queues `onWake` for the instant `at`; an instant that has passed wakes at the next turn of the event loop. `Infinity` waits for ever. */
  schedule (at: number, onWake: OnWake): Wait
  /** The same for somebody who only looks on: auto-skip jumps for nobody's sake but those who really wait. */
  watch (at: number, onWake: OnWake): Wait
  /** Resolves when `at` is reached; rejects with the signal's reason when it aborts first. */
  waitUntil (at: number, signal?: AbortSignal): Promise<void>
  /** Moves time on by `ms`, waking what is due in time order; resolves when everything released has been answered. */
  advance (ms: number): Promise<void>
  /** The same up to an instant. An instant in the past is a RangeError: time never goes back. */
  advanceTo (at: number): Promise<void>
  freeze (): void
  resume (): void
  /** Simulated milliseconds per real millisecond, greater than 0. */
  setSpeed (speed: number): void
  /** When on, the clock jumps to the earliest instant anyone waits for as soon as somebody waits. */
  setAutoSkip (on: boolean): void
  /** Calls the observer when the clock is moved or set, by auto-skip too, until the returned function is called. */
  observe (observer: (move: ClockMove) => void): () => void
  /** Wakes every wait of this moment, due or not; resolves when everything released has been answered. `atOnce`: before it returns, however many there are. */
  wake (atOnce?: boolean): Promise<void>
  /** Resolves when everybody else has had a turn of the event loop: for work that would otherwise keep all others waiting. */
  turn (): Promise<void>
  /** Drops every wait and begins anew as the options say: the only way back in time. */
  restart (options: ClockOptions): void
  /** Drops every wait and disarms the timer; the clock stays readable. */
  close (): void
}

export interface ClockOptions {
  /** First instant, epoch ms; default: the machine's time. */
  readonly startAt?: number
  readonly mode?: 'running' | 'frozen'
  readonly speed?: number
  readonly autoSkip?: boolean
}

/** So many waits are released in one turn of the event loop: a sandbox with a great many must not keep the others waiting. */
const MOST_PER_TURN = 250

/** The longest delay Node's timers take; a longer one would fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1

class SimulatedClock implements Clock {
  readonly #queue = new WaitQueue()
  #waits = 0
  #mode: 'running' | 'frozen' = 'running'
  #speed = 1
  #autoSkip = false
  /** Simulated instant and monotonic machine time that belong together; while frozen only the first counts. */
  #anchorAt = 0
  #anchorMachineMs = 0
  /** How many of the queued waits are lookers-on. */
  #watchers = 0
  readonly #observers = new Set<(move: ClockMove) => void>()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Infinity
  #skip: NodeJS.Immediate | undefined
  /** While a move takes more than one turn: settles when it has released all. Moves come one after the other, and no timer comes between. */
  #moving: Promise<void> | undefined
  /** Counts the time lines: a move ends with the one that it began on. */
  #era = 0

  constructor (options: ClockOptions) {
    this.#begin(options)
  }

  get mode (): 'running' | 'frozen' { return this.#mode }
  get speed (): number { return this.#speed }
  get autoSkip (): boolean { return this.#autoSkip }
  get waitCount (): number { return this.#queue.size }
  get nextWaitAt (): number { return this.#queue.first?.at ?? Infinity }

  now (): number {
    if (this.#mode === 'frozen') return this.#anchorAt
    // Monotonic time, so a machine whose wall clock is set back changes no poll.
    return Math.floor(this.#anchorAt + (performance.now() - this.#anchorMachineMs) * this.#speed)
  }

  schedule (at: number, onWake: OnWake): Wait {
    return this.#add(new QueuedWait(this.#queue, at, this.#waits++, onWake, this.#arm))
  }

  watch (at: number, onWake: OnWake): Wait {
    this.#watchers++
    return this.#add(new QueuedWait(this.#queue, at, this.#waits++, () => {
      this.#watchers--
      return onWake()
    }, () => {
      this.#watchers--
      this.#arm()
    }))
  }

  waitUntil (at: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason)
      const abort = (): void => {
        wait.cancel()
        reject(signal?.reason)
      }
      const wait = this.schedule(at, () => {
        signal?.removeEventListener('abort', abort)
        resolve()
      })
      signal?.addEventListener('abort', abort, { once: true })
    })
  }

  async advance (ms: number): Promise<void> {
    if (!(ms >= 0) || ms === Infinity) throw new RangeError(`expected a finite number of milliseconds of 0 or more, got ${ms}`)
    if (this.#moving !== undefined) await this.#untilStill()
    await this.advanceTo(this.now() + ms)
  }

  async advanceTo (at: number): Promise<void> {
    if (!(at >= this.now()) || at === Infinity) throw new RangeError(`time never goes back: it is ${this.now()}, asked for ${at}`)
    if (this.#moving !== undefined) await this.#untilStill()
    const target = Math.floor(at)
    const answers: Promise<void>[] = []
    await this.#inTurns(() => {
      const due = this.#queue.first
      if (due === undefined || due.at > target) return false
      // Time stands at each wait's own instant while it is answered, as it would have in real time.
      this.#moveTo(Math.max(due.at, this.now()))
      this.#release(due, answers)
      return true
    }, () => {
      this.#moveTo(Math.max(target, this.now()))
      this.#tell('advanced')
    })
    await Promise.all(answers)
  }

  freeze (): void {
    this.#moveTo(this.now())
    this.#mode = 'frozen'
    this.#arm()
    this.#tell('frozen')
  }

  resume (): void {
    this.#moveTo(this.now())
    this.#mode = 'running'
    this.#arm()
    this.#tell('resumed')
  }

  setSpeed (speed: number): void {
    assertSpeed(speed)
    this.#moveTo(this.now())
    this.#speed = speed
    this.#arm()
    this.#tell('changed')
  }

  setAutoSkip (on: boolean): void {
    this.#autoSkip = on
    this.#arm()
    this.#tell('changed')
  }

  observe (observer: (move: ClockMove) => void): () => void {
    this.#observers.add(observer)
    return () => { this.#observers.delete(observer) }
  }

  async wake (atOnce = false): Promise<void> {
    if (!atOnce && this.#moving !== undefined) await this.#untilStill()
    const answers: Promise<void>[] = []
    // Only the waits of this moment: what a woken one schedules anew waits for its own time.
    const waits = this.#queue.inOrder().values()
    await this.#inTurns(() => {
      for (const wait of waits) {
        // It may have been released or cancelled since.
        if (wait.index < 0) continue
        this.#release(wait, answers)
        return true
      }
      return false
    }, () => {}, atOnce ? Infinity : MOST_PER_TURN)
    await Promise.all(answers)
  }

  turn (): Promise<void> {
    return new Promise((resolve) => { setImmediate(resolve) })
  }

  restart (options: ClockOptions): void {
    this.close()
    this.#begin(options)
    this.#tell('restarted')
  }

  close (): void {
    this.#era++
    this.#queue.clear()
    this.#watchers = 0
    clearImmediate(this.#skip)
    this.#skip = undefined
    this.#arm()
  }

  #begin ({ startAt = Date.now(), mode = 'running', speed = 1, autoSkip = false }: ClockOptions): void {
    assertSpeed(speed)
    this.#mode = mode
    this.#speed = speed
    this.#autoSkip = autoSkip
    this.#moveTo(startAt)
  }

  #tell (move: ClockMove): void {
    for (const observer of [...this.#observers]) observer(move)
  }

  #add (wait: QueuedWait): Wait {
    this.#queue.add(wait)
    this.#arm()
    return wait
  }

  /** Sets the time line anew from here; an armed timer counted on the old one. */
  #moveTo (at: number): void {
    this.#anchorAt = at
    this.#anchorMachineMs = performance.now()
    this.#timerAt = NaN
  }

  #release (wait: QueuedWait, answers?: Promise<void>[]): void {
    this.#queue.remove(wait)
    const answered = wait.onWake()
    if (answered !== undefined) answers?.push(answered)
  }

  async #untilStill (): Promise<void> {
    while (this.#moving !== undefined) await this.#moving
  }

  /** Calls `step` until there is no more to do, so many times in each turn, then `finish`; when time begins anew meanwhile, neither any more. */
  async #inTurns (step: () => boolean, finish: () => void, mostPerTurn = MOST_PER_TURN): Promise<void> {
    const era = this.#era
    let settle: (() => void) | undefined
    try {
      for (let count = 1; step(); count++) {
        if (count % mostPerTurn !== 0) continue
        if (settle === undefined) this.#moving = new Promise((resolve) => { settle = resolve })
        await this.turn()
        if (this.#era !== era) return
      }
      finish()
    } finally {
      if (settle !== undefined) {
        this.#moving = undefined
        settle()
      }
      this.#arm()
    }
  }

  /** Keeps exactly one timer, armed for the earliest wait, however many there are. */
  readonly #arm = (): void => {
    if (this.#moving !== undefined) return
    const nextAt = this.nextWaitAt
    if (this.#autoSkip && nextAt !== Infinity && this.#queue.size > this.#watchers) {
      // A turn of the event loop later, so that requests arriving together are all held before time jumps.
      this.#skip ??= setImmediate(this.#onSkip)
    }
    const timerAt = this.#mode === 'frozen' && nextAt > this.#anchorAt ? Infinity : nextAt
    if (timerAt === this.#timerAt && this.#timer !== undefined) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#timerAt = timerAt
    if (timerAt === Infinity) return
    const machineMs = Math.ceil((timerAt - this.now()) / this.#speed)
    this.#timer = setTimeout(this.#onTimer, Math.min(Math.max(machineMs, 0), MAX_TIMER_MS))
  }

  readonly #onTimer = (): void => {
    this.#timer = undefined
    if (this.#moving !== undefined) return
    const now = this.now()
    // What is left over is due already, so that the timer comes again at once.
    for (let left = MOST_PER_TURN, due = this.#queue.first; left > 0 && due !== undefined && due.at <= now; left--, due = this.#queue.first) this.#release(due)
    this.#arm()
  }

  readonly #onSkip = (): void => {
    this.#skip = undefined
    if (!this.#autoSkip || this.nextWaitAt === Infinity || this.#queue.size <= this.#watchers) return
    // Nobody awaits the answers here; a failure surfaces as an unhandled rejection, as it must.
    void this.advanceTo(Math.max(this.nextWaitAt, this.now()))
  }
}

function assertSpeed (speed: number): void {
  if (!(speed > 0) || speed === Infinity) throw new RangeError(`expected a speed greater than 0, got ${speed}`)
}

/** A clock that runs from the machine's time, or as the options say. */
export function createClock (options: ClockOptions = {}): Clock {
  return new SimulatedClock(options)
}

/** The machine's time, epoch ms with fractions; it never goes back. For what is told of the machine itself, never for anything simulated. */
export function machineNow (): number {
  return TIME_ORIGIN + performance.now()
}

/** Read once: the getter costs more than the clock. */
const TIME_ORIGIN = performance.timeOrigin

/** Calls `onTimer` once after so many milliseconds of the machine's time: for shutdown deadlines, never for anything simulated. */
export function machineTimer (ms: number, onTimer: () => void): { cancel (): void } {
  const timer = setTimeout(onTimer, ms).unref()
  return { cancel: () => clearTimeout(timer) }
}

/** Calls `onTimer` every so many milliseconds of the machine's time. */
export function machineInterval (ms: number, onTimer: () => void): { cancel (): void } {
  const timer = setInterval(onTimer, ms).unref()
  return { cancel: () => clearInterval(timer) }
}
