import t from 'tap'
import { createClock, type Clock } from '../../src/clock.js'
import { parseScript, type ScriptJson } from '../../src/simulator/script.js'
import { Simulator, type NewTask, type RefusalCode } from '../../src/simulator/simulator.js'
import type { TaskSnapshot } from '../../src/simulator/task.js'

const START = 1_000_000

const TEN_SECONDS: ScriptJson = { steps: [{ at: 0, state: 'running', output: ['begun'] }, { at: '5s', progress: 0.5, output: ['half'] }, { at: '10s', state: 'succeeded', result: { ok: true } }] }

function world (maxTasks?: number): { clock: Clock, simulator: Simulator, create (id: string, script?: ScriptJson, more?: Partial<NewTask>): TaskSnapshot } {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const simulator = new Simulator({ clock, orders: new Map([['svix', (a, b) => a.seq - b.seq], ['connect', (a, b) => a.seq - b.seq]]), ...(maxTasks === undefined ? {} : { maxTasks }) })
  return { clock, simulator, create: (id, script = TEN_SECONDS, more = {}) => simulator.create({ api: 'svix', id, kind: 'k', script: parseScript(script), ...more }) }
}

const refused = (code: RefusalCode): { name: string, code: RefusalCode } => ({ name: 'Refusal', code })

t.test('a task advances on the clock whether anyone polls or not, and reads don\'t move it', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  create('b')
  for (let i = 0; i < 100; i++) simulator.poll('svix', 'a')
  t.match(simulator.peek('svix', 'a'), { state: 'running', progress: 0 })
  await clock.advance(10_000)
  t.equal(simulator.peek('svix', 'a')?.state, 'succeeded')
  t.equal(simulator.peek('svix', 'b')?.state, 'succeeded')
})

t.test('the same snapshot object serves all reads between two changes', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  const first = simulator.poll('svix', 'a')
  await clock.advance(4_999)
  t.equal(simulator.poll('svix', 'a'), first)
  await clock.advance(1)
  t.not(simulator.poll('svix', 'a'), first)
})

t.test('ids are unique per API, and an unknown one is undefined', async (t) => {
  const { simulator, create } = world()
  create('a')
  t.throws(() => create('a'), refused('task-exists'))
  t.doesNotThrow(() => simulator.create({ api: 'connect', id: 'a', kind: 'k', script: parseScript(TEN_SECONDS) }))
  for (const id of ['b', '__proto__', 'constructor', 'toString']) t.equal(simulator.poll('svix', id), undefined)
  t.throws(() => simulator.poll('nobody', 'a'), /no API is called nobody/)
})

t.test('a script paced by polls moves by polls alone, and not while held', async (t) => {
  const { clock, simulator, create } = world()
  create('a', { pace: 'polls', steps: [{ at: 0, state: 'queued' }, { at: 1, state: 'running' }, { at: 3, state: 'failed' }] })
  await clock.advance(1e9)
  t.equal(simulator.peek('svix', 'a')?.state, 'queued')
  t.equal(simulator.poll('svix', 'a')?.state, 'running')
  simulator.hold('svix', 'a')
  for (let i = 0; i < 5; i++) t.equal(simulator.poll('svix', 'a')?.state, 'running')
  simulator.release('svix', 'a')
  t.equal(simulator.poll('svix', 'a')?.state, 'running')
  await clock.advance(5)
  t.match(simulator.poll('svix', 'a'), { state: 'failed', settledAt: START + 1e9 + 5 })
  t.equal(simulator.poll('svix', 'a')?.task.countedPolls, 3)
})

t.test('hold stops the script and release lets it go on where it stood', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  await clock.advance(4_000)
  simulator.hold('svix', 'a')
  await clock.advance(100_000)
  t.match(simulator.peek('svix', 'a'), { progress: 0 })
  t.throws(() => simulator.hold('svix', 'a'), refused('already-held'))
  simulator.release('svix', 'a')
  t.throws(() => simulator.release('svix', 'a'), refused('not-held'))
  await clock.advance(999)
  t.match(simulator.peek('svix', 'a'), { progress: 0 })
  await clock.advance(1)
  t.match(simulator.peek('svix', 'a'), { progress: 0.5 })
})

t.test('a cancelled task stays cancelled however far the clock moves', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  t.equal(simulator.cancel('svix', 'a').state, 'cancelling')
  t.equal(simulator.cancel('svix', 'a').state, 'cancelling')
  await clock.advance(1_000)
  t.equal(simulator.cancel('svix', 'a').state, 'cancelled')
  await clock.advance(1e10)
  t.equal(simulator.peek('svix', 'a')?.state, 'cancelled')
  t.equal(simulator.peek('svix', 'a')?.task.facts.length, 1)
})

t.test('a task that takes no cancel runs on', async (t) => {
  const { clock, simulator, create } = world()
  create('a', { ...TEN_SECONDS, cancellable: false })
  t.equal(simulator.cancel('svix', 'a').state, 'running')
  await clock.advance(10_000)
  t.equal(simulator.peek('svix', 'a')?.state, 'succeeded')
})

t.test('finish and fail end a task now, even one that is held or cancelling', async (t) => {
  const { simulator, create } = world()
  create('a')
  t.match(simulator.finish('svix', 'a'), { state: 'succeeded', result: { ok: true }, settledAt: START })
  create('b')
  simulator.hold('svix', 'b')
  t.match(simulator.finish('svix', 'b', 7), { state: 'succeeded', result: 7 })
  create('c')
  simulator.cancel('svix', 'c')
  t.match(simulator.fail('svix', 'c', { message: 'no', code: 9 }), { state: 'failed', error: { message: 'no', code: 9 } })
})

t.test('a settled task takes no command, and nothing changes', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  await clock.advance(10_000)
  const before = simulator.peek('svix', 'a')
  for (const command of ['hold', 'release', 'cancel', 'finish'] as const) t.throws(() => simulator[command]('svix', 'a'), refused('task-settled'), command)
  t.throws(() => simulator.fail('svix', 'a', { message: 'no' }), refused('task-settled'))
  t.equal(simulator.peek('svix', 'a'), before)
})

t.test('an unknown task takes no command', async (t) => {
  const { simulator } = world()
  for (const command of ['hold', 'release', 'cancel', 'finish', 'expire'] as const) t.throws(() => simulator[command]('svix', 'x'), refused('unknown-task'), command)
})

t.test('an expired task is simply not found, nor listed', async (t) => {
  const { clock, simulator, create } = world()
  create('by command')
  create('by script', { ...TEN_SECONDS, expireAfter: '1m' })
  create('stays')
  simulator.expire('svix', 'by command')
  t.equal(simulator.poll('svix', 'by command'), undefined)
  await clock.advance(69_999)
  t.equal(simulator.list('svix').size, 2)
  await clock.advance(1)
  t.same([...simulator.list('svix').ascending()].map(({ id }) => id), ['stays'])
  t.equal(simulator.peek('svix', 'by script'), undefined)
  t.doesNotThrow(() => create('by script'), 'the id is free again')
})

t.test('retention of an API counts from the end of each task', async (t) => {
  const { clock, simulator, create } = world()
  simulator.setRetention('svix', 5_000)
  create('a')
  await clock.advance(14_999)
  t.ok(simulator.peek('svix', 'a'))
  await clock.advance(1)
  t.equal(simulator.list('svix').size, 0)
  t.equal(simulator.peek('svix', 'a'), undefined)
})

interface Answer { readonly at: number, readonly snapshot: TaskSnapshot | undefined }

function held (clock: Clock, simulator: Simulator, id: string, waitMs: number, condition: 'settled' | { linesAbove: number } = 'settled'): { answers: Answer[], cancel (): void } {
  const answers: Answer[] = []
  const task = simulator.peek('svix', id)?.task
  if (task === undefined) throw new Error('no such task')
  const { cancel } = simulator.holdPoll(task, { until: clock.now() + waitMs, condition, answer: (snapshot) => { answers.push({ at: clock.now() - START, snapshot }) } })
  return { answers, cancel }
}

t.test('a held poll is answered when the task settles, or at its time-out', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  const patient = held(clock, simulator, 'a', 20_000)
  const hasty = held(clock, simulator, 'a', 3_000)
  t.equal(simulator.heldPollCount, 2)
  await clock.advance(60_000)
  t.match(patient.answers, [{ at: 10_000, snapshot: { state: 'succeeded' } }])
  t.match(hasty.answers, [{ at: 3_000, snapshot: { state: 'running' } }])
  t.equal(simulator.heldPollCount, 0)
  t.equal(clock.waitCount, 0)
})

t.test('a poll that waits for output wakes with it, or with the end', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  const forHalf = held(clock, simulator, 'a', 20_000, { linesAbove: 1 })
  const forMore = held(clock, simulator, 'a', 20_000, { linesAbove: 2 })
  await clock.advance(60_000)
  t.match(forHalf.answers, [{ at: 5_000, snapshot: { lineCount: 2 } }])
  t.match(forMore.answers, [{ at: 10_000, snapshot: { lineCount: 2, state: 'succeeded' } }])
})

t.test('each command wakes exactly the polls it concerns', async (t) => {
  const { clock, simulator, create } = world()
  const ids = ['finish', 'fail', 'expire', 'cancel', 'hold', 'other']
  for (const id of ids) create(id)
  const polls = Object.fromEntries(ids.map((id) => [id, held(clock, simulator, id, 20_000)]))
  await clock.advance(1_000)
  simulator.finish('svix', 'finish')
  simulator.fail('svix', 'fail', { message: 'no' })
  simulator.expire('svix', 'expire')
  simulator.cancel('svix', 'cancel')
  simulator.hold('svix', 'hold')
  t.match(polls['finish']?.answers, [{ at: 1_000, snapshot: { state: 'succeeded' } }])
  t.match(polls['fail']?.answers, [{ at: 1_000, snapshot: { state: 'failed' } }])
  t.strictSame(polls['expire']?.answers, [{ at: 1_000, snapshot: undefined }])
  t.same(polls['cancel']?.answers, [])
  await clock.advance(30_000)
  t.match(polls['cancel']?.answers, [{ at: 2_000, snapshot: { state: 'cancelled' } }])
  t.match(polls['hold']?.answers, [{ at: 20_000, snapshot: { state: 'running' } }])
  t.match(polls['other']?.answers, [{ at: 10_000, snapshot: { state: 'succeeded' } }])
})

t.test('a release sets the waits of held polls anew', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  simulator.hold('svix', 'a')
  const poll = held(clock, simulator, 'a', 20_000)
  await clock.advance(7_000)
  simulator.release('svix', 'a')
  await clock.advance(20_000)
  t.match(poll.answers, [{ at: 17_000, snapshot: { state: 'succeeded' } }])
})

t.test('a cancelled hold leaves nothing behind and is never answered', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  const polls = Array.from({ length: 100 }, () => held(clock, simulator, 'a', 20_000))
  for (const poll of polls) poll.cancel()
  polls[0]?.cancel()
  t.equal(simulator.heldPollCount, 0)
  t.equal(clock.waitCount, 0)
  simulator.finish('svix', 'a')
  t.ok(polls.every(({ answers }) => answers.length === 0))
})

t.test('a poll by one client wakes the polls that others hold on a script paced by polls', async (t) => {
  const { clock, simulator, create } = world()
  create('a', { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, state: 'succeeded' }] })
  const poll = held(clock, simulator, 'a', 20_000)
  simulator.poll('svix', 'a')
  t.equal(poll.answers.length, 0)
  simulator.poll('svix', 'a')
  t.match(poll.answers, [{ at: 0, snapshot: { state: 'succeeded' } }])
})

t.test('no wake-up is lost or doubled when pollers race the change', async (t) => {
  for (let round = 0; round < 200; round++) {
    const { clock, simulator, create } = world()
    create('a')
    const polls = Array.from({ length: 50 }, (_, n) => held(clock, simulator, 'a', 9_000 + n * 40))
    await clock.advance(9_000 + round * 10)
    if (simulator.peek('svix', 'a')?.state === 'running') simulator.finish('svix', 'a')
    await clock.advance(20_000)
    if (!polls.every(({ answers }) => answers.length === 1)) t.fail(`round ${round}`)
  }
  t.pass()
})

t.test('answered resolves when the replies that commands released are out', async (t) => {
  const { simulator, create } = world()
  const { task } = create('a')
  let reply = (): void => {}
  simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: () => new Promise((resolve) => { reply = resolve }) })
  simulator.finish('svix', 'a')
  let isOut = false
  const out = simulator.answered().then(() => { isOut = true })
  await new Promise(setImmediate)
  t.equal(isOut, false)
  reply()
  await out
  t.equal(isOut, true)
})

t.test('reset forgets every task and answers held polls as for one that is gone', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  const poll = held(clock, simulator, 'a', 20_000)
  simulator.reset()
  t.strictSame(poll.answers, [{ at: 0, snapshot: undefined }])
  t.equal(simulator.list('svix').size, 0)
  t.equal(clock.waitCount, 0)
  t.equal(create('a').task.seq, 0)
})

t.test('at the cap the oldest settled task goes first, then the oldest that nobody waits on', async (t) => {
  const { clock, simulator, create } = world(3)
  create('running and watched')
  create('running')
  create('settled', { steps: [{ at: 0, state: 'succeeded' }] })
  const poll = held(clock, simulator, 'running and watched', 20_000)
  create('fourth')
  t.equal(simulator.peek('svix', 'settled'), undefined)
  create('fifth')
  t.equal(simulator.peek('svix', 'running'), undefined)
  t.ok(simulator.peek('svix', 'running and watched'))
  t.equal(poll.answers.length, 0)
  t.equal(simulator.list('svix').size, 3)
})

t.test('of the settled ones the oldest goes first, whenever and by whatever it settled', async (t) => {
  const { clock, simulator, create } = world(4)
  const after = (at: number): ScriptJson => ({ steps: [{ at: 0, state: 'running' }, { at, state: 'succeeded' }] })
  create('late', after(2000))
  create('held', after(1000))
  create('early', after(1000))
  create('stopped')
  simulator.hold('svix', 'held')
  await clock.advance(2000)
  simulator.fail('svix', 'stopped', { message: '' })
  const gone = (id: string): boolean => simulator.peek('svix', id) === undefined
  for (const [index, evicted] of ['late', 'early', 'stopped'].entries()) {
    create(`new ${index}`)
    t.ok(gone(evicted), evicted)
  }
  t.notOk(gone('held'), 'what is held has not settled')
  create('new 3')
  t.ok(gone('held'), 'of those that run the oldest')
  simulator.finish('svix', 'new 2')
  create('born settled', { steps: [{ at: 0, state: 'succeeded' }] })
  t.ok(gone('new 2'))
  simulator.remove('svix', 'born settled')
  create('new 4')
  t.notOk(gone('new 0'), 'who has gone already makes room too')
})

t.test('nobody who waits loses the task, however many that makes', async (t) => {
  const { clock, simulator, create } = world(2)
  for (let n = 0; n < 5; n++) {
    create(`watched ${n}`)
    held(clock, simulator, `watched ${n}`, 20_000)
  }
  t.equal(simulator.taskCount, 5)
  create('newest')
  t.ok(simulator.peek('svix', 'newest'), 'the newest is never the one')
  t.equal(simulator.taskCount, 6)
})

t.test('making room costs the same however many tasks run', async (t) => {
  const { clock, simulator, create } = world(20_000)
  for (let n = 0; n < 20_000; n++) create(`t${n}`)
  // Looking at a task reads the clock.
  let readings = 0
  const { now } = clock
  Object.defineProperty(clock, 'now', {
    value () {
      readings++
      return now.call(clock)
    }
  })
  for (let n = 0; n < 100; n++) create(`more${n}`)
  t.equal(simulator.taskCount, 20_000)
  t.ok(readings < 2000, `${readings} readings`)
})

t.test('the history and the output of a task have an end', async (t) => {
  const { simulator, create } = world()
  create('a')
  t.throws(() => simulator.appendOutput('svix', 'a', Array.from({ length: 99_999 }, () => '')), { name: 'Refusal', code: 'too-much', message: /would have 100001 lines/ })
  simulator.appendOutput('svix', 'a', Array.from({ length: 99_998 }, () => ''))
  t.throws(() => simulator.appendOutput('svix', 'a', ['']), { code: 'too-much' })
  create('b', undefined, { facts: Array.from({ length: 10_000 }, (_, n) => ({ at: 0, what: n % 2 === 0 ? 'held' : 'released' })) })
  t.throws(() => simulator.hold('svix', 'b'), { code: 'too-much', message: /moved by hand 10000 times/ })
  t.throws(() => simulator.appendOutput('svix', 'b', ['']), { code: 'too-much' })
  t.equal(simulator.finish('svix', 'b').state, 'succeeded', 'it can always end')
})
