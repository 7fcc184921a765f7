/** What tasks bring about by succeeding, and when. */
import t from 'tap'
import { createClock } from '../../src/clock.js'
import { parseScript, type JsonObject } from '../../src/simulator/script.js'
import { Simulator, type NewTask } from '../../src/simulator/simulator.js'

const SCRIPT = parseScript({ steps: [{ at: 0, state: 'running' }, { at: '2s', state: 'succeeded' }] })
const QUICK = parseScript({ steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'succeeded' }] })
const FAILING = parseScript({ steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'failed', error: { message: 'no' } }] })
const BY_POLLS = parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, state: 'succeeded' }] })

function setUp () {
  const clock = createClock({ mode: 'frozen', startAt: 1_000_000 })
  const seen: unknown[] = []
  const simulator = new Simulator({ clock, orders: new Map([['svix', (a, b) => a.seq - b.seq]]), onSuccess: (effect, { task, settledAt }) => { seen.push([effect['name'], task.id, (settledAt ?? 0) - 1_000_000]) } })
  const create = (name: string, more: Partial<NewTask> = {}): void => { simulator.create({ api: 'svix', id: `id-${name}`, kind: 'k', script: SCRIPT, effect: { name } satisfies JsonObject, ...more }) }
  const settled = (): unknown[] => {
    simulator.settleEffects()
    return seen.splice(0)
  }
  return { clock, simulator, create, settled }
}

t.test('effects come about in the order of success, once, and not before', async (t) => {
  const { clock, create, settled, simulator } = setUp()
  create('slow')
  create('quick', { script: QUICK })
  create('none', { effect: undefined })
  t.same(settled(), [])
  t.same([...simulator.effective()].map(({ id }) => id), ['id-quick', 'id-slow'])
  await clock.advance(5000)
  t.same(settled(), [['quick', 'id-quick', 1000], ['slow', 'id-slow', 2000]])
  t.same(settled(), [])
  t.same([...simulator.effective()], [])
})

t.test('a failed, a cancelled and a vanished task bring nothing about', async (t) => {
  const { clock, create, settled, simulator } = setUp()
  create('fails', { script: FAILING })
  create('told to fail')
  create('cancelled')
  create('removed')
  simulator.fail('svix', 'id-told to fail', { message: 'no' })
  simulator.cancel('svix', 'id-cancelled')
  simulator.remove('svix', 'id-removed')
  await clock.advance(5000)
  t.same(settled(), [])
})

t.test('what a task has brought about stays when it goes', async (t) => {
  const { clock, create, settled, simulator } = setUp()
  create('gone')
  await clock.advance(5000)
  simulator.expire('svix', 'id-gone')
  t.same(settled(), [['gone', 'id-gone', 2000]])
})

t.test('facts move the instant: held, skipped, finished, polled', async (t) => {
  const { clock, create, settled, simulator } = setUp()
  create('held')
  create('stepped')
  create('finished')
  create('polled', { script: BY_POLLS })
  simulator.hold('svix', 'id-held')
  simulator.step('svix', 'id-stepped')
  simulator.finish('svix', 'id-finished')
  simulator.poll('svix', 'id-polled')
  simulator.poll('svix', 'id-polled')
  t.same(settled().map((one) => Array.isArray(one) ? one[0] : one), ['stepped', 'finished', 'polled'])
  await clock.advance(10_000)
  t.same(settled(), [])
  simulator.release('svix', 'id-held')
  await clock.advance(2000)
  t.same(settled(), [['held', 'id-held', 12_000]])
})

t.test('a reset forgets what was to come', async (t) => {
  const { clock, create, settled, simulator } = setUp()
  create('never')
  simulator.reset()
  await clock.advance(5000)
  t.same(settled(), [])
})

t.test('a task leaves the result of its start when its script says nothing of it', async (t) => {
  const { clock, create, simulator } = setUp()
  create('mine', { result: { mine: 1 } })
  create('script\'s', { result: { mine: 1 }, script: parseScript({ steps: [{ at: 0, state: 'succeeded', result: { theirs: 2 } }] }) })
  create('ended', { result: { mine: 1 } })
  simulator.finish('svix', 'id-ended')
  t.equal(simulator.peek('svix', 'id-mine')?.result, undefined)
  await clock.advance(2000)
  t.same(['mine', 'script\'s', 'ended'].map((name) => simulator.peek('svix', `id-${name}`)?.result), [{ mine: 1 }, { theirs: 2 }, { mine: 1 }])
})
