/** What a repeated look may be spared: the same poll again, the same page again; and when it may not. */
import t from 'tap'
import { createClock, type Clock } from '../../src/clock.js'
import { parseScript, type ScriptJson } from '../../src/simulator/script.js'
import { Simulator, type ListState } from '../../src/simulator/simulator.js'
import type { TaskSnapshot } from '../../src/simulator/task.js'

const START = 1_000_000
const TEN_SECONDS: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '10s', state: 'succeeded' }] }

interface World {
  readonly clock: Clock
  readonly simulator: Simulator
  readonly create: (id: string, script?: ScriptJson) => TaskSnapshot
  /** The state of the whole list, as a page that shows all of it. */
  readonly page: (until?: number) => ListState
  readonly isUnchanged: (state: ListState) => boolean
}

function world (): World {
  const clock = createClock({ mode: 'frozen', startAt: START })
  const simulator = new Simulator({ clock, orders: new Map([['svix', (a, b) => a.seq - b.seq], ['connect', (a, b) => a.seq - b.seq]]) })
  return {
    clock,
    simulator,
    create: (id, script = TEN_SECONDS) => {
      const { task } = simulator.create({ api: 'svix', id, kind: 'k', script: parseScript(script) })
      // As somebody who polls has seen it: only such a look can be repeated.
      return simulator.snapshot(task)
    },
    page: (until) => simulator.listState('svix', [...simulator.list('svix').ascending()].map((task) => simulator.snapshot(task)), until),
    isUnchanged: (state) => simulator.isListUnchanged(state, clock.now()),
  }
}

t.test('a poll that shows the same again counts, and is told of', async (t) => {
  const { simulator, create } = world()
  const snapshot = create('a')
  const told: string[] = []
  simulator.observe((event, { id, polls }) => { told.push(`${event} ${id} ${polls}`) })
  t.equal(simulator.repeatPoll(snapshot, START), true)
  t.equal(simulator.repeatPoll(snapshot, START + 9999), true)
  t.equal(snapshot.task.polls, 2)
  t.strictSame(told, ['polled a 1', 'polled a 2'])
})

t.test('a poll whose task looks otherwise is not repeated, and nothing is counted', async (t) => {
  const { clock, simulator, create } = world()
  const snapshot = create('a')
  t.equal(simulator.repeatPoll(snapshot, START + 10_000), false, 'from its next step on')
  simulator.hold('svix', 'a')
  t.equal(simulator.repeatPoll(snapshot, START), false, 'a fact has changed it')
  t.equal(snapshot.task.polls, 0)
  const held = simulator.peek('svix', 'a')
  t.ok(held !== undefined && simulator.repeatPoll(held, START))
  simulator.remove('svix', 'a')
  t.ok(held !== undefined && !simulator.repeatPoll(held, START), 'it is gone')
  const counting = create('b', { pace: 'polls', steps: [{ at: 0 }, { at: 1, state: 'running' }] })
  t.equal(simulator.repeatPoll(counting, START), false, 'each poll moves it')
  t.equal(counting.task.countedPolls, 0)
  const forgetful = create('c', { steps: [{ at: 0, state: 'succeeded' }], expireAfter: '1s' })
  t.equal(simulator.repeatPoll(forgetful, START), true)
  await clock.advance(1000)
  t.equal(simulator.repeatPoll(forgetful, clock.now()), false, 'it is forgotten')
})

t.test('a page shows the same until one of its tasks changes', async (t) => {
  const { clock, create, page, isUnchanged } = world()
  create('a')
  create('b', { steps: [{ at: 0 }, { at: '4s', state: 'running' }] })
  const state = page()
  t.strictSame(state, { api: 'svix', revision: state.revision, until: START + 4000 })
  t.ok(isUnchanged(state))
  await clock.advance(3999)
  t.ok(isUnchanged(state))
  await clock.advance(1)
  t.notOk(isUnchanged(state))
})

t.test('a page shows something else once a task has come, gone or changed by a fact', async (t) => {
  const { simulator, create, page, isUnchanged } = world()
  create('a')
  for (const change of [() => { create('b') }, () => { simulator.hold('svix', 'a') }, () => { simulator.remove('svix', 'b') }]) {
    const before = page()
    t.ok(isUnchanged(before))
    change()
    t.notOk(isUnchanged(before))
    t.ok(page().revision > before.revision, 'no state comes again')
  }
})

t.test('what happens to another API, or who polls, changes no page', async (t) => {
  const { simulator, create, page, isUnchanged } = world()
  create('a')
  const state = page()
  simulator.create({ api: 'connect', id: 'x', kind: 'k', script: parseScript(TEN_SECONDS) })
  simulator.poll('svix', 'a')
  t.ok(isUnchanged(state))
})

t.test('a page may end sooner than its tasks change, and never holds where tasks are forgotten', async (t) => {
  const { clock, simulator, create, page, isUnchanged } = world()
  create('a')
  t.equal(page(START + 500).until, START + 500)
  t.equal(page(START + 50_000).until, START + 10_000)
  simulator.setRetention('svix', 60_000)
  t.equal(page().until, -Infinity)
  simulator.setRetention('svix', Infinity)
  t.ok(isUnchanged(page()))
  create('b', { ...TEN_SECONDS, expireAfter: '1m' })
  t.equal(page().until, -Infinity)
  simulator.remove('svix', 'b')
  t.equal(page().until, START + 10_000)
  const shown = simulator.peek('svix', 'a')
  simulator.remove('svix', 'a')
  t.equal(simulator.listState('svix', shown === undefined ? [] : [shown]).until, -Infinity, 'it shows what is gone')
  t.equal(simulator.listState('svix', []).until, Infinity)
  await clock.advance(1)
})

t.test('the tasks of a walk leave out who has been forgotten', async (t) => {
  const { clock, simulator, create } = world()
  create('a', { steps: [{ at: 0, state: 'succeeded' }], expireAfter: '1s' })
  create('b')
  await clock.advance(1000)
  t.strictSame([...simulator.tasks()].map(({ id }) => id), ['b'])
})

t.test('a step of a script paced by polls is a fact of its own', async (t) => {
  const { simulator, create } = world()
  create('a', { pace: 'polls', steps: [{ at: 0 }, { at: 3, state: 'running' }, { at: 5, state: 'succeeded' }] })
  simulator.step('svix', 'a')
  t.strictSame(simulator.peek('svix', 'a')?.task.facts, [{ at: START, what: 'reached', stepIndex: 1 }])
  simulator.poll('svix', 'a')
  t.equal(simulator.peek('svix', 'a')?.task.facts.length, 1, 'a poll that reaches nothing is none')
  simulator.poll('svix', 'a')
  t.strictSame(simulator.peek('svix', 'a')?.task.facts, [{ at: START, what: 'reached', stepIndex: 1 }, { at: START, what: 'reached', stepIndex: 2 }])
})
