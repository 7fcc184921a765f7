/** What a clock tells of its moves, for whom it skips, what it refuses, and the machine's own time beside it. */
import t from 'tap'
import { createClock, machineInterval, machineNow, machineTimer, type ClockMove } from '../src/clock.js'

const START = 1_000_000

/** The next turns of the event loop, in which a clock that would skip has skipped. */
async function turns (): Promise<void> {
  for (let n = 0; n < 3; n++) await new Promise((resolve) => { setImmediate(resolve) })
}

t.test('observers are told of every move, in its word, until they stop listening', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const told: ClockMove[] = []
  const stop = clock.observe((move) => { told.push(move) })
  clock.resume()
  t.equal(clock.mode, 'running')
  clock.freeze()
  t.equal(clock.mode, 'frozen')
  clock.setSpeed(2)
  clock.setAutoSkip(true)
  await clock.advance(1)
  clock.restart({ mode: 'frozen', startAt: START })
  t.strictSame(told, ['resumed', 'frozen', 'changed', 'changed', 'advanced', 'restarted'])
  stop()
  await clock.advance(1)
  t.equal(told.length, 6)
})

t.test('a new clock runs at the machine\'s pace, from the machine\'s time, and skips nothing', async (t) => {
  const before = Date.now()
  const clock = createClock()
  t.match(clock, { mode: 'running', speed: 1, autoSkip: false, waitCount: 0, nextWaitAt: Infinity })
  t.ok(clock.now() >= before && clock.now() <= Date.now() + 1)
  clock.close()
})

t.test('a running clock counts from where it was set, by its speed', async (t) => {
  const clock = createClock({ startAt: START, speed: 1000 })
  const machineBefore = performance.now()
  const first = clock.now()
  t.ok(first - START < 1000 * (performance.now() - machineBefore + 50), `${first - START}`)
  await clock.waitUntil(START + 20_000)
  t.ok(clock.now() >= START + 20_000)
  t.ok(Number.isInteger(clock.now()))
  clock.freeze()
  const stood = clock.now()
  await turns()
  t.equal(clock.now(), stood)
})

t.test('auto-skip jumps for who waits, and for nobody who only looks on', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START, autoSkip: true })
  clock.watch(START + 500, () => undefined)
  await turns()
  t.equal(clock.now(), START, 'nobody waits')
  clock.schedule(Infinity, () => undefined)
  await turns()
  t.equal(clock.now(), START + 500, 'somebody waits, if for ever: what comes first is the looker-on\'s instant')
  t.equal(clock.waitCount, 1)
  await turns()
  t.equal(clock.now(), START + 500, 'nobody waits for an instant')
})

t.test('auto-skip jumps to the earliest wait, one after the other, and not when it is off', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const woken: number[] = []
  for (const ms of [300, 100, 200]) clock.schedule(START + ms, () => { woken.push(clock.now() - START) })
  await turns()
  t.strictSame(woken, [], 'it is off')
  clock.setAutoSkip(true)
  clock.setAutoSkip(false)
  await turns()
  t.strictSame(woken, [], 'off again before it came to it')
  clock.setAutoSkip(true)
  for (let n = 0; n < 3; n++) await turns()
  t.strictSame(woken, [100, 200, 300])
})

t.test('who waited and left before it came to the jump is nobody to jump for', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START, autoSkip: true })
  clock.watch(START + 500, () => undefined)
  clock.schedule(START + 900, () => undefined).cancel()
  await turns()
  t.equal(clock.now(), START)
  clock.schedule(Infinity, () => undefined)
  clock.restart({ mode: 'frozen', startAt: START, autoSkip: true })
  clock.schedule(Infinity, () => undefined)
  await turns()
  t.equal(clock.now(), START, 'nobody waits for an instant')
})

t.test('a cancelled looker-on is no looker-on any more', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START, autoSkip: true })
  const watch = clock.watch(START + 900, () => undefined)
  watch.cancel()
  watch.cancel()
  const wait = clock.waitUntil(START + 100)
  await wait
  t.equal(clock.now(), START + 100)
})

t.test('what no clock can do is refused with what was asked for', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  for (const ms of [-1, NaN, Infinity]) await t.rejects(clock.advance(ms), { name: 'RangeError', message: `expected a finite number of milliseconds of 0 or more, got ${ms}` })
  for (const at of [START - 1, NaN, Infinity]) await t.rejects(clock.advanceTo(at), { name: 'RangeError', message: `time never goes back: it is ${START}, asked for ${at}` })
  for (const speed of [0, -1, NaN, Infinity]) {
    t.throws(() => { clock.setSpeed(speed) }, { name: 'RangeError', message: `expected a speed greater than 0, got ${speed}` })
    t.throws(() => createClock({ speed }), RangeError)
  }
  await clock.advance(0)
  await clock.advanceTo(START)
  t.equal(clock.now(), START)
})

t.test('waking resolves when all that was released has been answered', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const order: string[] = []
  let answer = (): void => undefined
  clock.schedule(START + 10, () => new Promise<void>((resolve) => { answer = () => { order.push('answered'); resolve() } }))
  clock.schedule(START + 20, () => undefined)
  const woken = clock.wake().then(() => { order.push('woken') })
  await turns()
  t.strictSame(order, [])
  answer()
  await woken
  t.strictSame(order, ['answered', 'woken'])
})

t.test('a wait that ended leaves nothing on its signal, and an aborted one says why', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const controller = new AbortController()
  const removed: string[] = []
  const { signal } = controller
  const remove = signal.removeEventListener.bind(signal)
  signal.removeEventListener = (type: string, ...rest: [never]) => { removed.push(type); remove(type, ...rest) }
  const wait = clock.waitUntil(START + 5, signal)
  await clock.advance(5)
  await wait
  t.strictSame(removed, ['abort'])
  const aborted = clock.waitUntil(START + 50, signal)
  controller.abort(new Error('left'))
  await t.rejects(aborted, { message: 'left' })
  t.equal(clock.waitCount, 0)
  await t.rejects(clock.waitUntil(START + 60, signal), { message: 'left' })
  t.equal(clock.waitCount, 0)
})

t.test('a wait further away than timers reach is no reason for a timer that fires at once', async (t) => {
  const warnings: Error[] = []
  const onWarning = (warning: Error): void => { warnings.push(warning) }
  process.on('warning', onWarning)
  t.teardown(() => { process.off('warning', onWarning) })
  const clock = createClock({ startAt: START })
  clock.schedule(START + 2 ** 33, () => { t.fail('woken years too early') })
  await turns()
  clock.close()
  t.strictSame(warnings, [])
})

t.test('the machine\'s time is its own, and its timers can be cancelled', async (t) => {
  t.ok(Math.abs(machineNow() - Date.now()) < 1000)
  const first = machineNow()
  t.ok(machineNow() >= first)
  // The timers below don't keep a process alive.
  const alive = setInterval(() => undefined, 1000)
  t.teardown(() => { clearInterval(alive) })
  const calls: string[] = []
  machineTimer(0, () => { calls.push('cancelled') }).cancel()
  machineInterval(1, () => { calls.push('cancelled') }).cancel()
  await new Promise<void>((resolve) => { machineTimer(5, () => { calls.push('timer'); resolve() }) })
  await new Promise<void>((resolve) => {
    let ticks = 0
    const interval = machineInterval(1, () => {
      if (++ticks < 2) return
      calls.push('interval')
      interval.cancel()
      resolve()
    })
  })
  t.strictSame(calls, ['timer', 'interval'])
})
