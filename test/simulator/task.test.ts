import fc from 'fast-check'
import t from 'tap'
import { isSettled, parseScript, type Script, type ScriptJson } from '../../src/simulator/script.js'
import { expiresAt, isHeld, lastChangeAt, linesExceedAt, nextChangeAt, outputLines, scriptLineCount, settledAt, snapshotAt, type Fact, type TaskRecord, type TaskSnapshot } from '../../src/simulator/task.js'

const T0 = 1_000_000

function record (script: Script, facts: readonly Fact[] = [], polls = 0): TaskRecord {
  return { api: 'svix', id: 'x', kind: 'k', createdAt: T0, seq: 0, script, scenario: undefined, label: undefined, parameters: {}, result: undefined, effect: undefined, wire: undefined, facts, polls, countedPolls: polls }
}

const build = parseScript({
  steps: [
    { at: 0, state: 'queued' },
    { at: 100, state: 'running', progress: 0.1, output: ['a'] },
    { at: 200, progress: 0.5, output: ['b', 'c'], stepCounts: { current: 2, total: 4 }, data: { seen: 2 } },
    { at: 300, state: 'succeeded', output: ['d'], result: { ok: true } },
  ],
})

function look (task: TaskRecord, ms: number): Omit<TaskSnapshot, 'task'> {
  const { task: _, ...rest } = snapshotAt(task, T0 + ms)
  return rest
}

t.test('a task follows its script, step by step', async (t) => {
  const task = record(build)
  const table: Array<[number, Partial<TaskSnapshot>]> = [
    [-50, { state: 'queued', lineCount: 0, startedAt: undefined, changedAt: T0 }],
    [0, { state: 'queued', progress: 0, startedAt: undefined }],
    [99, { state: 'queued' }],
    [100, { state: 'running', progress: 0.1, lineCount: 1, startedAt: T0 + 100, changedAt: T0 + 100 }],
    [299, { state: 'running', progress: 0.5, lineCount: 3, stepCounts: { current: 2, total: 4 }, data: { seen: 2 }, changedAt: T0 + 200, settledAt: undefined, result: undefined }],
    [300, { state: 'succeeded', progress: 1, lineCount: 4, result: { ok: true }, startedAt: T0 + 100, settledAt: T0 + 300 }],
    [1e9, { state: 'succeeded', settledAt: T0 + 300 }],
  ]
  for (const [ms, expected] of table) t.match(look(task, ms), expected, `at ${ms} ms`)
})

t.test('a task stands where it is held, and the time held does not count', async (t) => {
  const task = record(build, [{ at: T0 + 150, what: 'held' }, { at: T0 + 1150, what: 'released' }])
  t.match(look(task, 1150), { state: 'running', progress: 0.1 })
  t.match(look(task, 1199), { progress: 0.1 })
  t.match(look(task, 1200), { progress: 0.5, changedAt: T0 + 1200, startedAt: T0 + 100 })
  t.match(look(task, 1300), { state: 'succeeded', settledAt: T0 + 1300 })
  const held = record(build, [{ at: T0 + 150, what: 'held' }])
  t.equal(nextChangeAt(held, T0 + 200), Infinity)
  t.equal(settledAt(held), Infinity)
  t.equal(isHeld(held), true)
  t.equal(isHeld(task), false)
})

t.test('a step reached in the very millisecond of the hold stays reached', async (t) => {
  const task = record(build, [{ at: T0 + 200, what: 'held' }])
  t.match(look(task, 900), { progress: 0.5, changedAt: T0 + 200 })
})

t.test('cancel passes through cancelling and freezes progress, and the script has no say any more', async (t) => {
  const task = record(build, [{ at: T0 + 150, what: 'cancelled' }])
  t.match(look(task, 150), { state: 'cancelling', progress: 0.1, lineCount: 1, changedAt: T0 + 150, settledAt: undefined })
  t.match(look(task, 1149), { state: 'cancelling', progress: 0.1 })
  t.match(look(task, 1150), { state: 'cancelled', progress: 0.1, settledAt: T0 + 1150, changedAt: T0 + 1150, result: undefined })
  t.match(look(task, 1e9), { state: 'cancelled' })
  t.equal(nextChangeAt(task, T0 + 150), T0 + 1150)
  t.equal(nextChangeAt(task, T0 + 1150), Infinity)
  t.equal(settledAt(task), T0 + 1150)
})

t.test('a stuck cancel never ends', async (t) => {
  const task = record({ ...build, cancelAfterMs: Infinity }, [{ at: T0 + 150, what: 'cancelled' }])
  t.match(look(task, 1e12), { state: 'cancelling' })
  t.equal(settledAt(task), Infinity)
})

t.test('finish and fail win from their instant on, over script and cancel', async (t) => {
  const finished = record(build, [{ at: T0 + 250, what: 'finished', result: undefined }])
  t.match(look(finished, 250), { state: 'succeeded', progress: 1, stepCounts: { current: 4, total: 4 }, lineCount: 3, result: { ok: true }, settledAt: T0 + 250 })
  t.match(look(record(build, [{ at: T0 + 250, what: 'finished', result: [1] }]), 250), { result: [1] })
  const failed = record(build, [{ at: T0 + 150, what: 'cancelled' }, { at: T0 + 160, what: 'failed', error: { message: 'no' } }])
  t.match(look(failed, 5000), { state: 'failed', progress: 0.1, error: { message: 'no' }, settledAt: T0 + 160 })
})

t.test('a fact has happened, wherever the clock stands', async (t) => {
  const task = record(parseScript({ steps: [{ at: 0, state: 'running' }] }), [{ at: T0 + 2000, what: 'finished', result: 1 }])
  t.match(look(task, -1e6), { state: 'succeeded', settledAt: T0 + 2000 })
})

t.test('a script paced by polls moves by counted polls alone', async (t) => {
  const script = parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, progress: 0.5 }, { at: 3, state: 'failed', error: { message: 'third' } }] })
  t.match(look(record(script, [], 1), 1e9), { state: 'running', progress: 0, changedAt: T0 })
  const second = record(script, [{ at: T0 + 7, what: 'reached', stepIndex: 1 }], 2)
  t.match(look(second, 1e9), { progress: 0.5, changedAt: T0 + 7 })
  t.equal(nextChangeAt(second, T0 + 7), Infinity)
  t.equal(settledAt(second), Infinity)
  const third = record(script, [{ at: T0 + 7, what: 'reached', stepIndex: 1 }, { at: T0 + 9, what: 'reached', stepIndex: 2 }], 3)
  t.match(look(third, 1e9), { state: 'failed', error: { message: 'third' }, settledAt: T0 + 9 })
})

t.test('output lines carry the instant of their step', async (t) => {
  const snapshot = snapshotAt(record(build), T0 + 300)
  t.same(outputLines(snapshot, 0, 4), [{ text: 'a', at: T0 + 100 }, { text: 'b', at: T0 + 200 }, { text: 'c', at: T0 + 200 }, { text: 'd', at: T0 + 300 }])
  t.same(outputLines(snapshot, 2, 99), [{ text: 'c', at: T0 + 200 }, { text: 'd', at: T0 + 300 }])
  t.same(outputLines(snapshot, 4, 4), [])
  t.same(outputLines(snapshotAt(record(build), T0 + 100), 0, 99), [{ text: 'a', at: T0 + 100 }])
})

t.test('linesExceedAt foresees the first step with more lines, unless the end comes before', async (t) => {
  t.equal(linesExceedAt(record(build), 0), T0 + 100)
  t.equal(linesExceedAt(record(build), 1), T0 + 200)
  t.equal(linesExceedAt(record(build), 4), Infinity)
  t.equal(linesExceedAt(record(build, [{ at: T0 + 150, what: 'cancelled' }]), 1), Infinity)
})

t.test('retention counts from the end, by script or by API, and expire is at once', async (t) => {
  t.equal(expiresAt(record(build), Infinity), Infinity)
  t.equal(expiresAt(record(build), 50), T0 + 350)
  t.equal(expiresAt(record({ ...build, expireAfterMs: 20 }), 50), T0 + 320)
  t.equal(expiresAt(record(build, [{ at: T0 + 10, what: 'expired' }]), Infinity), T0 + 10)
  t.equal(expiresAt(record(parseScript({ steps: [{ at: 0, state: 'running' }] })), 50), Infinity)
})

// Properties: any script, any facts.

const scripts = fc.record({
  gaps: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 }),
  startAfter: fc.nat(20),
  end: fc.constantFrom('succeeded', 'failed', 'cancelled', 'running'),
  lines: fc.nat(3),
}).map(({ gaps, startAfter, end, lines }) => {
  let at = startAfter
  const steps: ScriptJson['steps'] = [{ at, state: 'running' }]
  gaps.forEach((gap, index) => {
    at += gap
    steps.push({ at, progress: (index + 1) / gaps.length, output: new Array<string>(lines).fill('line'), ...(index === gaps.length - 1 ? { state: end } : {}) })
  })
  return parseScript({ steps, cancelAfter: 15 })
})

const factLists = fc.array(fc.record({ after: fc.nat(60), what: fc.constantFrom('toggle-hold', 'skipped', 'appended', 'cancelled', 'finished', 'failed') }), { maxLength: 5 }).map((plan) => {
  const facts: Fact[] = []
  let at = T0
  let held = false
  for (const { after, what } of plan) {
    at += after
    if (what === 'toggle-hold') {
      facts.push({ at, what: held ? 'released' : 'held' })
      held = !held
    } else if (what === 'skipped') facts.push({ at, what, ms: after })
    // Behind how many lines of the script is only known once there is one.
    else if (what === 'appended') facts.push({ at, what, lines: ['more'], after: 0 })
    else if (what === 'cancelled') facts.push({ at, what })
    else if (what === 'finished') facts.push({ at, what, result: 1 })
    else facts.push({ at, what: 'failed', error: { message: 'no' } })
  }
  return facts
})

/** Facts that could really have come about: commands on a settled task are refused. */
const tasks = fc.tuple(scripts, factLists).map(([script, facts]) => {
  let task = record(script)
  for (const fact of facts) {
    const { state } = snapshotAt(task, fact.at)
    if (isSettled(state) || (fact.what === 'cancelled' && state === 'cancelling')) continue
    task = record(script, [...task.facts, fact.what === 'appended' ? { ...fact, after: scriptLineCount(task, fact.at) } : fact])
  }
  return task
})

const lastFactAt = (task: TaskRecord): number => task.facts.at(-1)?.at ?? T0
const sight = (task: TaskRecord, at: number): string => {
  const { task: _, ...rest } = snapshotAt(task, at)
  return JSON.stringify(rest)
}

t.test('nextChangeAt is the first instant at which the snapshot differs (property)', async () => {
  fc.assert(fc.property(tasks, fc.nat(500), (task, ms) => {
    const now = lastFactAt(task) + ms
    const next = nextChangeAt(task, now)
    if (next <= now) return false
    for (let at = now; at < Math.min(next, now + 600); at++) if (sight(task, at) !== sight(task, now)) return false
    return next === Infinity || sight(task, next) !== sight(task, now)
  }), { seed: 1, numRuns: 500 })
})

t.test('lastChangeAt is the last of the changes that come one after the other (property)', async () => {
  fc.assert(fc.property(tasks, fc.nat(200), (task, ms) => {
    const next = nextChangeAt(task, lastFactAt(task) + ms)
    if (next === Infinity) return true
    let last = next
    for (let at = next; at !== Infinity; at = nextChangeAt(task, at)) last = at
    return lastChangeAt(task, next) === last
  }), { seed: 1, numRuns: 500 })
})

t.test('settled states absorb: nothing changes any more (property)', async () => {
  fc.assert(fc.property(tasks, fc.nat(800), fc.nat(10_000), (task, ms, later) => {
    const now = lastFactAt(task) + ms
    if (!isSettled(snapshotAt(task, now).state)) return true
    return sight(task, now) === sight(task, now + later) && nextChangeAt(task, now) === Infinity && settledAt(task) <= now
  }), { seed: 1, numRuns: 500 })
})

t.test('settledAt is when the state settles, not a millisecond sooner (property)', async () => {
  fc.assert(fc.property(tasks, (task) => {
    const at = settledAt(task)
    if (at === Infinity) return !isSettled(snapshotAt(task, lastFactAt(task) + 1e9).state)
    const { state, settledAt: seen } = snapshotAt(task, at)
    return isSettled(state) && seen === at && (at <= lastFactAt(task) || !isSettled(snapshotAt(task, at - 1).state))
  }), { seed: 1, numRuns: 500 })
})

t.test('output only grows and progress never falls while the script runs (property)', async () => {
  fc.assert(fc.property(tasks, (task) => {
    let previous = snapshotAt(task, lastFactAt(task))
    for (let at = lastFactAt(task); at < lastFactAt(task) + 500; at += 7) {
      const snapshot = snapshotAt(task, at)
      if (snapshot.lineCount < previous.lineCount || snapshot.progress < previous.progress || snapshot.changedAt < previous.changedAt) return false
      previous = snapshot
    }
    return true
  }), { seed: 1, numRuns: 200 })
})
