import fc from 'fast-check'
import t from 'tap'
import { createClock } from '../src/clock.js'

const START = 1_000_000

t.test('a frozen clock stands still until it is advanced', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  t.equal(clock.now(), START)
  await clock.advance(1500)
  t.equal(clock.now(), START + 1500)
  t.equal(clock.mode, 'frozen')
})

t.test('advance wakes what is due in time order, each at its own instant, ties by arrival', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const woken: string[] = []
  const note = (name: string) => () => { woken.push(`${name}@${clock.now() - START}`) }
  clock.schedule(START + 30, note('c'))
  clock.schedule(START + 10, note('a'))
  clock.schedule(START + 30, note('d'))
  clock.schedule(START + 20, note('b'))
  clock.schedule(START + 31, note('late'))
  await clock.advance(30)
  t.same(woken, ['a@10', 'b@20', 'c@30', 'd@30'])
  t.equal(clock.waitCount, 1)
})

t.test('advance resolves only when everything it released has been answered', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  let isAnswered = false
  let answer = (): void => {}
  clock.schedule(START + 5, () => new Promise<void>((resolve) => { answer = () => { isAnswered = true; resolve() } }))
  const advanced = clock.advance(10)
  t.equal(isAnswered, false)
  answer()
  await advanced
  t.equal(isAnswered, true)
})

t.test('what a woken wait schedules within the advance is woken too', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const woken: number[] = []
  const tick = (): void => {
    woken.push(clock.now() - START)
    if (woken.length < 3) clock.schedule(clock.now() + 10, tick)
  }
  clock.schedule(START + 10, tick)
  await clock.advance(100)
  t.same(woken, [10, 20, 30])
})

t.test('time never goes back', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  await t.rejects(clock.advanceTo(START - 1), RangeError)
  await t.rejects(clock.advance(-1), RangeError)
  await t.rejects(clock.advance(NaN), RangeError)
  await t.rejects(clock.advance(Infinity), RangeError)
  t.throws(() => createClock({ speed: 0 }), RangeError)
  t.throws(() => clock.setSpeed(-1), RangeError)
  t.equal(clock.now(), START)
})

t.test('a cancelled wait is gone at once and never wakes', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const woken: number[] = []
  const waits = [5, 1, 4, 2, 3].map((ms) => clock.schedule(START + ms, () => { woken.push(ms) }))
  waits[1]?.cancel()
  waits[2]?.cancel()
  waits[2]?.cancel()
  t.equal(clock.waitCount, 3)
  t.equal(clock.nextWaitAt, START + 2)
  await clock.advance(10)
  t.same(woken, [2, 3, 5])
})

t.test('waits of any pattern wake in order, and cancelled ones never (property)', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.record({ ms: fc.nat(50), cancelled: fc.boolean() }), { maxLength: 60 }), async (plan) => {
    const clock = createClock({ mode: 'frozen', startAt: START })
    const woken: number[] = []
    const waits = plan.map(({ ms }, index) => clock.schedule(START + ms, () => { woken.push(index) }))
    plan.forEach(({ cancelled }, index) => { if (cancelled) waits[index]?.cancel() })
    await clock.advance(50)
    const expected = plan.map((wait, index) => ({ ...wait, index })).filter(({ cancelled }) => !cancelled).sort((a, b) => a.ms - b.ms || a.index - b.index).map(({ index }) => index)
    return JSON.stringify(woken) === JSON.stringify(expected)
  }), { seed: 1 })
})

t.test('one jump wakes the same as many small ones (property)', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fc.nat(100), { maxLength: 20 }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 }), async (instants, jumps) => {
    const run = async (advances: readonly number[]): Promise<string> => {
      const clock = createClock({ mode: 'frozen', startAt: START })
      const woken: number[] = []
      for (const ms of instants) clock.schedule(START + ms, () => { woken.push(clock.now()) })
      for (const ms of advances) await clock.advance(ms)
      return JSON.stringify([woken, clock.now(), clock.waitCount])
    }
    return await run(jumps) === await run([jumps.reduce((sum, ms) => sum + ms, 0)])
  }), { seed: 1 })
})

t.test('waitUntil resolves at its instant and rejects with the reason of its signal', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const reached = clock.waitUntil(START + 5)
  const controller = new AbortController()
  const aborted = clock.waitUntil(START + 5, controller.signal)
  controller.abort(new Error('the client left'))
  await t.rejects(aborted, { message: 'the client left' })
  t.equal(clock.waitCount, 1)
  await clock.advance(5)
  await t.resolves(reached)
  await t.rejects(clock.waitUntil(START + 5, controller.signal), { message: 'the client left' })
})

t.test('wake releases every wait of the moment, due or not, and none that is scheduled meanwhile', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const woken: string[] = []
  clock.schedule(Infinity, () => { woken.push('for ever') })
  clock.schedule(START + 9, () => {
    woken.push('soon')
    clock.schedule(START + 9, () => { woken.push('again') })
  })
  await clock.wake()
  t.same(woken, ['soon', 'for ever'])
  t.equal(clock.waitCount, 1)
  t.equal(clock.now(), START)
})

t.test('auto-skip jumps to the earliest instant that anyone waits for', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START, autoSkip: true })
  const instants = await Promise.all([20_000, 5_000].map(async (ms) => {
    await clock.waitUntil(START + ms)
    return clock.now() - START
  }))
  t.same(instants, [20_000, 5_000])
  clock.setAutoSkip(false)
  clock.schedule(START + 90_000, () => { t.fail('nobody advances now') })
  await new Promise(setImmediate)
  t.equal(clock.waitCount, 1)
})

t.test('auto-skip jumps for nobody who only watches, but passes them on its way', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START, autoSkip: true })
  const woken: string[] = []
  clock.watch(START + 1000, () => { woken.push(`watch@${clock.now() - START}`) })
  clock.watch(START + 9000, () => { woken.push('far') }).cancel()
  const turn = (): Promise<void> => new Promise((resolve) => { setImmediate(resolve) })
  for (let i = 0; i < 5; i++) await turn()
  t.equal(clock.now(), START)
  await clock.waitUntil(START + 5000)
  t.same(woken, ['watch@1000'])
  t.equal(clock.now(), START + 5000)
})

t.test('a restart drops every wait and begins anew, back in time if need be', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  clock.schedule(START + 1, () => { t.fail('dropped') })
  clock.watch(START + 1, () => { t.fail('dropped') })
  await clock.advanceTo(START)
  clock.restart({ mode: 'frozen', startAt: 5, speed: 2, autoSkip: false })
  t.match(clock, { mode: 'frozen', speed: 2, autoSkip: false, waitCount: 0 })
  t.equal(clock.now(), 5)
  await clock.advance(1e9)
  t.equal(clock.now(), 5 + 1e9)
})

t.test('a clock in motion keeps its instant through freeze, resume and a change of speed', async (t) => {
  const clock = createClock({ startAt: START })
  clock.freeze()
  const frozenAt = clock.now()
  await clock.advance(60_000)
  t.equal(clock.now(), frozenAt + 60_000)
  clock.resume()
  clock.setSpeed(2)
  t.equal(clock.speed, 2)
  t.equal(clock.mode, 'running')
  t.ok(clock.now() >= frozenAt + 60_000)
})

t.test('a delay beyond what timers take does not fire at once', async (t) => {
  const clock = createClock({ startAt: START })
  let isWoken = false
  const wait = clock.schedule(START + 30 * 86_400_000, () => { isWoken = true })
  await new Promise(setImmediate)
  await clock.waitUntil(clock.now() + 5)
  t.equal(isWoken, false)
  wait.cancel()
})

t.test('a running clock wakes in real time, sped up, with one timer however many wait (the one slow test)', async (t) => {
  const clock = createClock({ startAt: START, speed: 100 })
  const startedAt = process.hrtime.bigint()
  const woken = await Promise.all(Array.from({ length: 500 }, async (_, n) => {
    await clock.waitUntil(START + 5_000 + n)
    return clock.now() >= START + 5_000 + n
  }))
  t.ok(woken.every(Boolean), 'nobody woke early')
  t.ok(Number(process.hrtime.bigint() - startedAt) / 1e6 < 5_000, 'five simulated seconds took less than five real ones')
  t.equal(clock.waitCount, 0)
})

t.test('an instant that has passed wakes at the next turn, frozen or not', async (t) => {
  for (const mode of ['running', 'frozen'] as const) await createClock({ mode, startAt: START }).waitUntil(START - 5)
  t.pass()
})

t.test('close drops every wait', async (t) => {
  const clock = createClock({ startAt: START })
  clock.schedule(START + 5, () => { t.fail('woken after close') })
  clock.close()
  t.equal(clock.waitCount, 0)
})

/** So many waits at an instant each, noted when they wake. */
function many (clock: ReturnType<typeof createClock>, count: number, atOf: (nth: number) => number): { woken: number[] } {
  const woken: number[] = []
  for (let nth = 0; nth < count; nth++) clock.schedule(atOf(nth), () => { woken.push(nth) })
  return { woken }
}

/** Counts the turns of the event loop until the promise settles. */
async function turnsUntil (settled: Promise<void>): Promise<number> {
  let turns = 0
  const progress = { isOver: false }
  void settled.finally(() => { progress.isOver = true })
  while (!progress.isOver) {
    await new Promise((resolve) => { setImmediate(resolve) })
    turns++
  }
  return turns
}

t.test('a great many waits are released over many turns, in order all the same', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const { woken } = many(clock, 5000, (nth) => START + 1 + nth % 10)
  t.ok(await turnsUntil(clock.advance(10)) >= 15, 'others have their turns meanwhile')
  t.equal(woken.length, 5000)
  t.same(woken, [...woken].sort((a, b) => a % 10 - b % 10 || a - b))
  const { woken: early } = many(clock, 5000, () => Infinity)
  t.ok(await turnsUntil(clock.wake()) >= 15)
  t.same(early, Array.from({ length: 5000 }, (_, nth) => nth))
  const { woken: atOnce } = many(clock, 5000, () => Infinity)
  void clock.wake(true)
  t.equal(atOnce.length, 5000)
})

t.test('moves come one after the other, however long they take', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const { woken } = many(clock, 1000, () => START + 10)
  const first = clock.advance(10)
  const second = clock.advance(5).then(() => { t.equal(woken.length, 1000) })
  t.equal(clock.now(), START + 10)
  await Promise.all([first, second])
  t.equal(clock.now(), START + 15)
})

t.test('what is cancelled or comes about while a move is under way is heeded', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const { woken } = many(clock, 600, () => START + 10)
  const late = clock.schedule(START + 10, () => { t.fail('it was cancelled') })
  const advanced = clock.advance(20)
  late.cancel()
  let wokenAt = 0
  clock.schedule(START + 15, () => { wokenAt = clock.now() })
  await advanced
  t.equal(woken.length, 600)
  t.equal(wokenAt, START + 15)
  t.equal(clock.waitCount, 0)
})

t.test('a restart ends the move that is under way, and its waits are dropped', async (t) => {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const { woken } = many(clock, 1000, () => START + 10)
  const advanced = clock.advance(1000)
  clock.restart({ mode: 'frozen', startAt: 5 })
  const { woken: anew } = many(clock, 300, () => 6)
  await advanced
  t.equal(clock.now(), 5)
  t.ok(woken.length < 1000)
  await clock.advance(1)
  t.equal(anew.length, 300)
})

t.test('a running clock releases a great many over many turns, and none twice', async (t) => {
  const clock = createClock({ startAt: START })
  const { woken } = many(clock, 2000, () => START + 1)
  while (woken.length < 2000) await new Promise((resolve) => { setImmediate(resolve) })
  await clock.advance(1000)
  t.same(woken, Array.from({ length: 2000 }, (_, nth) => nth))
  clock.close()
})
