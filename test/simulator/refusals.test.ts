/** What the simulator refuses, in so many words; what it counts; and whom it makes room for. */
import t from 'tap'
import { createClock, type Clock } from '../../src/clock.js'
import { parseScript, type ScriptJson } from '../../src/simulator/script.js'
import { Refusal, Simulator, type NewTask, type TaskEvent } from '../../src/simulator/simulator.js'
import { changesUntil, nextAndLastChange } from './changes.js'

const START = 1_000_000
const TEN_SECONDS: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '10s', state: 'succeeded', result: 'own' }] }

function world (more: { maxTasks?: number } = {}): { clock: Clock, simulator: Simulator, create (id: string, script?: ScriptJson, more?: Partial<NewTask>): void } {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const simulator = new Simulator({ clock, orders: new Map([['svix', (a, b) => a.seq - b.seq], ['connect', (a, b) => b.seq - a.seq]]), ...more })
  return { clock, simulator, create: (id, script = TEN_SECONDS, given = {}) => { simulator.create({ api: 'svix', id, kind: 'k', script: parseScript(script), ...given }) } }
}

function refusal (command: () => unknown): [string, string] {
  try {
    command()
    return ['', 'it was done']
  } catch (error) {
    return error instanceof Refusal ? [error.code, error.message] : ['', String(error)]
  }
}

t.test('each refusal says why, in its code and in words', async (t) => {
  const { clock, simulator, create } = world()
  create('a')
  t.strictSame(refusal(() => { create('a') }), ['task-exists', 'a svix task with the id a exists already'])
  t.strictSame(refusal(() => simulator.hold('svix', 'b')), ['unknown-task', 'no svix task has the id b'])
  t.strictSame(refusal(() => simulator.release('svix', 'a')), ['not-held', 'task a is not held'])
  simulator.hold('svix', 'a')
  t.strictSame(refusal(() => simulator.hold('svix', 'a')), ['already-held', 'task a is held already'])
  t.strictSame(refusal(() => simulator.step('svix', 'a', 2)), ['no-next-step', 'the script of task a has no 2 further steps'])
  simulator.release('svix', 'a')
  simulator.step('svix', 'a')
  t.strictSame(refusal(() => simulator.step('svix', 'a')), ['task-settled', 'task a has already succeeded'])
  create('c', { steps: [{ at: 0, state: 'running' }], cancelAfter: '1s' })
  t.strictSame(refusal(() => simulator.step('svix', 'c')), ['no-next-step', 'the script of task c has no further step'])
  simulator.cancel('svix', 'c')
  await clock.advance(1000)
  t.strictSame(refusal(() => simulator.finish('svix', 'c')), ['task-settled', 'task c has already been cancelled'])
  t.strictSame(refusal(() => simulator.peek('nobody', 'a')), ['', 'RangeError: no API is called nobody'])
})

t.test('a cancel says who asked for it, and is taken once', async (t) => {
  const { simulator, create } = world()
  create('a')
  create('b')
  simulator.cancel('svix', 'a')
  simulator.cancel('svix', 'a', 'control')
  simulator.cancel('svix', 'b', 'control')
  t.strictSame(simulator.peek('svix', 'a')?.task.facts, [{ at: START, what: 'cancelled', by: 'client' }])
  t.strictSame(simulator.peek('svix', 'b')?.task.facts, [{ at: START, what: 'cancelled', by: 'control' }])
})

t.test('a task is what it was given, and what nobody says is left open', async (t) => {
  const { simulator, create } = world()
  create('bare')
  t.match(simulator.peek('svix', 'bare')?.task, { api: 'svix', kind: 'k', createdAt: START, seq: 0, scenario: undefined, label: undefined, parameters: {}, result: undefined, effect: undefined, wire: undefined, facts: [], polls: 0, countedPolls: 0 })
  create('full', TEN_SECONDS, { createdAt: START - 5000, scenario: 's', label: 'l', parameters: { p: 1 }, result: 'r', effect: { e: 1 }, wire: { w: 1 }, facts: [{ at: START - 1000, what: 'held' }], polls: 3, countedPolls: 2 })
  t.match(simulator.peek('svix', 'full')?.task, { createdAt: START - 5000, seq: 1, scenario: 's', label: 'l', parameters: { p: 1 }, result: 'r', effect: { e: 1 }, wire: { w: 1 }, facts: [{ what: 'held' }], polls: 3, countedPolls: 2 })
})

t.test('tasks are counted over all APIs, and found by id in each', async (t) => {
  const { simulator, create } = world()
  t.equal(simulator.taskCount, 0)
  create('a')
  create('b')
  create('a', TEN_SECONDS, { api: 'connect' })
  t.equal(simulator.taskCount, 3)
  t.strictSame(simulator.apisWith('a'), ['svix', 'connect'])
  t.strictSame(simulator.apisWith('b'), ['svix'])
  t.strictSame(simulator.apisWith('c'), [])
  t.strictSame([...simulator.tasks()].map(({ api, id }) => `${api} ${id}`), ['svix a', 'svix b', 'connect a'])
  simulator.reset()
  t.equal(simulator.taskCount, 0)
  create('a')
  t.equal(simulator.peek('svix', 'a')?.task.seq, 0, 'a reset begins to count anew')
})

t.test('a glimpse is what was last seen, however late it is', async (t) => {
  const { clock, simulator, create } = world()
  t.equal(simulator.glimpse('svix', 'a'), undefined)
  create('a')
  t.equal(simulator.glimpse('svix', 'a'), undefined, 'nobody has looked')
  t.equal(simulator.peek('svix', 'a')?.state, 'running')
  await clock.advance(10_000)
  t.equal(simulator.glimpse('svix', 'a')?.state, 'running')
  t.equal(simulator.peek('svix', 'a')?.state, 'succeeded')
  t.equal(simulator.glimpse('svix', 'a')?.state, 'succeeded')
})

t.test('what is to change is known: the first and the last instant, and how many tasks until then', async (t) => {
  const { clock, simulator, create } = world()
  t.strictSame([...nextAndLastChange(simulator), changesUntil(simulator, Infinity)], [Infinity, -Infinity, 0])
  create('a', { steps: [{ at: 0 }, { at: 100 }, { at: 300, state: 'succeeded' }] })
  create('b', { steps: [{ at: 0 }, { at: 200 }] })
  create('c', { steps: [{ at: 0 }] })
  t.strictSame(nextAndLastChange(simulator), [START + 100, START + 300])
  t.strictSame([99, 100, 199, 200, 1000].map((ms) => changesUntil(simulator, START + ms)), [0, 1, 1, 2, 2])
  await clock.advance(150)
  t.strictSame(nextAndLastChange(simulator), [START + 200, START + 300])
  await clock.advance(150)
  t.strictSame(nextAndLastChange(simulator), [Infinity, -Infinity])
})

t.test('polls are counted while a script paced by polls runs, not while it is held, nor once it has settled', async (t) => {
  const { simulator, create } = world()
  create('a', { pace: 'polls', steps: [{ at: 0 }, { at: 2, state: 'running' }, { at: 3, state: 'succeeded' }] })
  const states = (): string[] => Array.from({ length: 2 }, () => simulator.poll('svix', 'a')?.state ?? '')
  t.strictSame(states(), ['queued', 'running'])
  simulator.hold('svix', 'a')
  t.strictSame(states(), ['running', 'running'])
  simulator.release('svix', 'a')
  t.strictSame(states(), ['succeeded', 'succeeded'])
  t.match(simulator.peek('svix', 'a')?.task, { polls: 6, countedPolls: 3 })
  t.equal(simulator.poll('svix', 'nobody'), undefined)
})

t.test('retention and a script\'s own forgetting each take a task away at their instant', async (t) => {
  const { clock, simulator, create } = world()
  create('script', { ...TEN_SECONDS, expireAfter: '5s' })
  create('plain')
  await clock.advance(14_999)
  t.ok(simulator.has('svix', 'script'))
  t.strictSame([...simulator.list('svix').ascending()].map(({ id }) => id), ['script', 'plain'])
  await clock.advance(1)
  t.strictSame([...simulator.list('svix').ascending()].map(({ id }) => id), ['plain'])
  t.notOk(simulator.has('svix', 'script'))
  simulator.setRetention('svix', 6000)
  t.ok(simulator.has('svix', 'plain'))
  await clock.advance(1000)
  t.strictSame([...simulator.list('svix').ascending()], [])
  t.strictSame([...simulator.tasks()], [])
})

t.test('observers hear what happens, each in its word, until they leave', async (t) => {
  const { simulator, create } = world()
  const heard: Array<[TaskEvent, string]> = []
  const leave = simulator.observe((event, { id }) => { heard.push([event, id]) })
  create('a')
  const [task] = simulator.tasks()
  if (task === undefined) throw new Error('it is there')
  simulator.holdPoll(task, { until: Infinity, condition: 'settled', answer: () => undefined })
  t.equal(simulator.heldPollCount, 1)
  t.equal(simulator.heldPollsOf(task), 1)
  simulator.poll('svix', 'a')
  simulator.finish('svix', 'a')
  t.equal(simulator.heldPollCount, 0)
  t.equal(simulator.answeredPollCount, 1)
  simulator.remove('svix', 'a')
  t.strictSame(heard, [['created', 'a'], ['waiters', 'a'], ['polled', 'a'], ['waiters', 'a'], ['changed', 'a'], ['gone', 'a']])
  leave()
  create('b')
  t.equal(heard.length, 6)
})

t.test('expiring leaves a fact, and nothing to be found', async (t) => {
  const { simulator, create } = world()
  create('a')
  const gone: unknown[] = []
  simulator.observe((event, { facts }) => { if (event === 'gone') gone.push(facts) })
  simulator.expire('svix', 'a')
  t.strictSame(gone, [[{ at: START, what: 'expired' }]])
  t.equal(simulator.peek('svix', 'a'), undefined)
})

t.test('room is made at the cap and not before; the newest is never the one to go', async (t) => {
  const { simulator, create } = world({ maxTasks: 2 })
  const held = { until: Infinity, condition: 'settled', answer: () => undefined } as const
  create('a')
  create('b')
  t.equal(simulator.taskCount, 2)
  for (const task of simulator.tasks()) simulator.holdPoll(task, held)
  create('c')
  t.equal(simulator.taskCount, 3, 'each but the newest is waited for, and the newest stays')
  simulator.finish('svix', 'b')
  create('d')
  t.strictSame([...simulator.tasks()].map(({ id }) => id), ['a', 'c', 'd'], 'the settled one went')
  create('e')
  t.strictSame([...simulator.tasks()].map(({ id }) => id), ['a', 'd', 'e'], 'the oldest that nobody waits for went')
})

t.test('a lines\' condition and a settled one each wake their poll', async (t) => {
  const { clock, simulator, create } = world()
  create('a', { steps: [{ at: 0, state: 'running', output: ['x'] }, { at: 100, output: ['y'] }, { at: 200, state: 'succeeded' }] })
  const [task] = simulator.tasks()
  if (task === undefined) throw new Error('it is there')
  const answered: string[] = []
  const hold = (name: string, condition: 'settled' | { linesAbove: number }, until = Infinity): { cancel (): void } =>
    simulator.holdPoll(task, { until, condition, answer: (snapshot) => { answered.push(`${name} ${snapshot?.lineCount ?? 'gone'} at ${clock.now() - START}`) } })
  hold('more than 1', { linesAbove: 1 })
  hold('more than 9', { linesAbove: 9 })
  hold('settled', 'settled')
  hold('until', 'settled', START + 50)
  const cancelled = hold('cancelled', 'settled')
  cancelled.cancel()
  cancelled.cancel()
  t.equal(simulator.heldPollCount, 4)
  await clock.advance(500)
  t.strictSame(answered, ['until 1 at 50', 'more than 1 2 at 100', 'more than 9 2 at 200', 'settled 2 at 200'])
  t.equal(simulator.heldPollCount, 0)
  t.equal(simulator.answeredPollCount, 4)
})
