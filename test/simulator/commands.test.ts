/** Commands that move a task by hand, and what those who watch are told. */
import fc from 'fast-check'
import t from 'tap'
import { createClock, type Clock } from '../../src/clock.js'
import { parseScript, scriptToJson, type ScriptJson } from '../../src/simulator/script.js'
import { Simulator } from '../../src/simulator/simulator.js'
import { outputLines, stateAt, timelineOf, type TaskSnapshot } from '../../src/simulator/task.js'
import { changesUntil, nextAndLastChange } from './changes.js'

const START = 1_000_000

const TEN_SECONDS: ScriptJson = { steps: [{ at: 0, state: 'running', output: ['begun'] }, { at: '5s', progress: 0.5, output: ['half'] }, { at: '10s', state: 'succeeded', output: ['done'], result: { ok: true } }] }
const THREE_POLLS: ScriptJson = { pace: 'polls', steps: [{ at: 0, state: 'queued' }, { at: 1, state: 'running' }, { at: 3, state: 'succeeded' }] }

interface World {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly create: (script?: ScriptJson) => TaskSnapshot
  /** The output of task a, line by line. */
  readonly output: () => string[]
}

function world (): World {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const simulator = new Simulator({ clock, orders: new Map([['svix', (a, b) => a.seq - b.seq], ['connect', (a, b) => a.seq - b.seq]]) })
  return {
    clock,
    simulator,
    create: (script = TEN_SECONDS) => simulator.create({ api: 'svix', id: 'a', kind: 'k', script: parseScript(script) }),
    output: () => {
      const snapshot = simulator.peek('svix', 'a')
      return snapshot === undefined ? [] : outputLines(snapshot, 0, Infinity).map(({ text }) => text)
    },
  }
}

t.test('a step moves the script on now, and what comes after keeps its distance', async (t) => {
  const { clock, simulator, create } = world()
  create()
  await clock.advance(1000)
  t.match(simulator.step('svix', 'a'), { progress: 0.5, lineCount: 2, changedAt: START + 1000 })
  await clock.advance(4999)
  t.equal(simulator.peek('svix', 'a')?.state, 'running')
  await clock.advance(1)
  t.match(simulator.peek('svix', 'a'), { state: 'succeeded', settledAt: START + 6000 })
})

t.test('several steps are taken at once, and no more than there are', async (t) => {
  const { simulator, create } = world()
  create()
  t.throws(() => simulator.step('svix', 'a', 3), { name: 'Refusal', code: 'no-next-step' })
  t.match(simulator.step('svix', 'a', 2), { state: 'succeeded', startedAt: START, settledAt: START })
  t.throws(() => simulator.step('svix', 'a'), { name: 'Refusal', code: 'task-settled' })
})

t.test('a held task can be stepped, and stays held', async (t) => {
  const { clock, simulator, create } = world()
  create()
  simulator.hold('svix', 'a')
  t.match(simulator.step('svix', 'a'), { progress: 0.5 })
  await clock.advance(60_000)
  t.equal(simulator.peek('svix', 'a')?.state, 'running')
  simulator.release('svix', 'a')
  await clock.advance(5000)
  t.match(simulator.peek('svix', 'a'), { state: 'succeeded', settledAt: START + 65_000 })
})

t.test('a script paced by polls is stepped as if so many had come', async (t) => {
  const { simulator, create } = world()
  create(THREE_POLLS)
  t.equal(simulator.step('svix', 'a').state, 'running')
  t.match(simulator.peek('svix', 'a')?.task, { polls: 0, countedPolls: 1 })
  simulator.poll('svix', 'a')
  t.equal(simulator.poll('svix', 'a')?.state, 'succeeded')
})

t.test('a cancelling task has no next step', async (t) => {
  const { simulator, create } = world()
  create()
  simulator.cancel('svix', 'a')
  t.throws(() => simulator.step('svix', 'a'), { name: 'Refusal', code: 'no-next-step' })
})

t.test('appended lines stand behind those that are there, and before those to come', async (t) => {
  const { clock, simulator, create, output } = world()
  create()
  t.match(simulator.appendOutput('svix', 'a', ['one', 'two']), { lineCount: 3, changedAt: START })
  await clock.advance(5000)
  simulator.appendOutput('svix', 'a', ['three'])
  await clock.advance(5000)
  t.same(output(), ['begun', 'one', 'two', 'half', 'three', 'done'])
  const end = simulator.peek('svix', 'a')
  t.same(end && outputLines(end, 2, 5), [{ text: 'two', at: START }, { text: 'half', at: START + 5000 }, { text: 'three', at: START + 5000 }])
  t.throws(() => simulator.appendOutput('svix', 'a', ['late']), { name: 'Refusal', code: 'task-settled' })
})

t.test('appended lines wake the polls that wait for output', async (t) => {
  const { clock, simulator, create } = world()
  const { task } = create()
  const answers: unknown[] = []
  simulator.holdPoll(task, { until: START + 20_000, condition: { linesAbove: 1 }, answer: (snapshot) => { answers.push([clock.now(), snapshot?.lineCount]) } })
  await clock.advance(100)
  simulator.appendOutput('svix', 'a', ['more'])
  t.same(answers, [[START + 100, 2]])
  t.equal(simulator.answeredPollCount, 1)
})

t.test('whatever is commanded, a line once shown stays where it is (property)', async () => {
  const commands = fc.array(fc.oneof(
    fc.nat(3000).map((ms) => ({ ms })),
    fc.constantFrom('step', 'append', 'hold', 'release').map((verb) => ({ verb }))
  ), { maxLength: 20 })
  await fc.assert(fc.asyncProperty(commands, async (plan) => {
    const { clock, simulator, create, output } = world()
    create()
    let before = output()
    for (const command of plan) {
      if ('ms' in command) await clock.advance(command.ms)
      else {
        try {
          if (command.verb === 'step') simulator.step('svix', 'a')
          else if (command.verb === 'append') simulator.appendOutput('svix', 'a', [`more ${before.length}`])
          else if (command.verb === 'hold') simulator.hold('svix', 'a')
          else simulator.release('svix', 'a')
        } catch { /* Refused: nothing was changed. */ }
      }
      const after = output()
      if (after.length !== simulator.peek('svix', 'a')?.lineCount) return false
      if (before.some((line, index) => after[index] !== line)) return false
      before = after
    }
    return true
  }), { seed: 1, numRuns: 300 })
})

t.test('whatever is commanded, the state by itself is that of the whole task (property)', async () => {
  const commands = fc.array(fc.oneof(
    fc.nat(4000).map((ms) => ({ ms })),
    fc.constantFrom('step', 'hold', 'release', 'cancel', 'finish', 'fail').map((verb) => ({ verb }))
  ), { maxLength: 12 })
  await fc.assert(fc.asyncProperty(commands, fc.boolean(), async (plan, isSeen) => {
    const { clock, simulator, create } = world()
    const { task } = create()
    for (const command of plan) {
      if ('ms' in command) await clock.advance(command.ms)
      else {
        try {
          if (command.verb === 'step') simulator.step('svix', 'a')
          else if (command.verb === 'hold') simulator.hold('svix', 'a')
          else if (command.verb === 'release') simulator.release('svix', 'a')
          else if (command.verb === 'cancel') simulator.cancel('svix', 'a')
          else if (command.verb === 'finish') simulator.finish('svix', 'a')
          else simulator.fail('svix', 'a', { message: 'no' })
        } catch { /* Refused: nothing was changed. */ }
      }
      if (isSeen) simulator.peek('svix', 'a')
      const state = simulator.stateOf(task)
      if (state !== stateAt(task, clock.now()) || state !== simulator.peek('svix', 'a')?.state) return false
    }
    return true
  }), { seed: 1, numRuns: 500 })
})

t.test('a reset tells of every task that it is gone, and answers what is held', async (t) => {
  const { simulator, create } = world()
  const { task } = create()
  const told: string[] = []
  simulator.observe((event, { id }) => { told.push(`${event} ${id}`) })
  const answers: unknown[] = []
  simulator.holdPoll(task, { until: START + 20_000, condition: 'settled', answer: (snapshot) => { answers.push(snapshot) } })
  simulator.reset()
  t.same(answers, [undefined])
  t.same(told.filter((event) => event !== 'waiters a'), ['gone a'])
  t.equal(simulator.taskCount, 0)
  t.equal(simulator.heldPollCount, 0)
  t.same([...simulator.list('svix').ascending()], [])
  t.equal(create().task.seq, 0)
})

t.test('the timeline shows when each step was or will be reached, and nothing beyond an end', async (t) => {
  const { clock, simulator, create } = world()
  create()
  await clock.advance(2000)
  simulator.hold('svix', 'a')
  const times = (): number[] => timelineOf(simulator.peek('svix', 'a')?.task ?? create().task).map(({ at }) => at - START)
  t.same(times(), [0, Infinity, Infinity])
  await clock.advance(1000)
  simulator.release('svix', 'a')
  t.same(times(), [0, 6000, 11_000])
  simulator.finish('svix', 'a')
  t.same(times(), [0])
})

t.test('a removed task is gone, and its polls are answered', async (t) => {
  const { simulator, create } = world()
  const { task } = create()
  const answers: unknown[] = []
  simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: (snapshot) => { answers.push(snapshot) } })
  simulator.remove('svix', 'a')
  t.strictSame(answers, [undefined])
  t.equal(simulator.has('svix', 'a'), false)
  t.throws(() => { simulator.remove('svix', 'a') }, { name: 'Refusal', code: 'unknown-task' })
})

t.test('the next and the last change of all tasks are known, and how many change until then', async (t) => {
  const { clock, simulator, create } = world()
  t.same(nextAndLastChange(simulator), [Infinity, -Infinity])
  create()
  simulator.create({ api: 'connect', id: 'b', kind: 'k', script: parseScript({ steps: [{ at: 0, state: 'running' }, { at: '7s', progress: 0.5 }] }) })
  t.same(nextAndLastChange(simulator), [START + 5000, START + 10_000])
  t.same([4999, 5000, 7000].map((ms) => changesUntil(simulator, START + ms)), [0, 1, 2])
  await clock.advance(10_000)
  t.same([...nextAndLastChange(simulator), simulator.taskCount], [Infinity, -Infinity, 2])
  t.same([...simulator.tasks()].map(({ id }) => id), ['a', 'b'])
  t.same([simulator.apisWith('a'), simulator.apisWith('b'), simulator.apisWith('c')], [['svix'], ['connect'], []])
})

t.test('observers hear what happens to tasks until they leave', async (t) => {
  const { clock, simulator, create } = world()
  const heard: string[] = []
  const leave = simulator.observe((event, { id }) => { heard.push(`${event} ${id}`) })
  const { task } = create()
  simulator.poll('svix', 'a')
  const { cancel } = simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: () => {} })
  t.equal(simulator.heldPollsOf(task), 1)
  cancel()
  await clock.advance(5000)
  simulator.finish('svix', 'a')
  simulator.expire('svix', 'a')
  leave()
  create()
  t.same(heard, ['created a', 'polled a', 'waiters a', 'waiters a', 'changed a', 'gone a'])
})

t.test('an exported script compiles to the same script', async (t) => {
  for (const json of [TEN_SECONDS, THREE_POLLS, { steps: [{ at: '1s', state: 'running', times: 3, every: '1s', progress: 0.9, output: ['line {n}'], data: { a: 1 } }, { at: '9s', state: 'failed', error: { message: 'no', code: 5, details: [1] } }], cancelAfter: null, cancellable: false, expireAfter: '1m' }] satisfies ScriptJson[]) {
    const script = parseScript(json)
    t.strictSame(parseScript(scriptToJson(script)), script)
  }
})
