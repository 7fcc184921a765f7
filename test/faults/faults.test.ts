/** Which rules strike a call: matching, counting, windows, chance, order. */
import t from 'tap'
import type { Operation } from '../../src/call.js'
import { describeFault } from '../../src/faults/describe.js'
import { parseFault, type FaultJson } from '../../src/faults/fault.js'
import { Faults, type Firing } from '../../src/faults/faults.js'
import type { Subject } from '../../src/faults/match.js'
import { createRandomStream } from '../../src/ids.js'
import { parseScript, ScriptError } from '../../src/simulator/script.js'
import { snapshotAt, type TaskRecord, type TaskSnapshot } from '../../src/simulator/task.js'

const SCRIPT = parseScript({ steps: [{ at: 0, state: 'queued' }, { at: '1s', state: 'running', progress: 0.5, output: ['a', 'b'] }, { at: '2s', state: 'succeeded' }] })

function record (more: Partial<TaskRecord> = {}): TaskRecord {
  return { api: 'svix', id: 't1', kind: 'k', createdAt: 0, seq: 0, script: SCRIPT, scenario: undefined, label: 'mine', parameters: {}, result: undefined, effect: undefined, wire: undefined, facts: [], polls: 0, countedPolls: 0, ...more }
}

const TASK = record()

interface Given { readonly now?: number, readonly operation?: Operation, readonly task?: TaskSnapshot | undefined, readonly taskId?: string, readonly api?: string, readonly method?: string, readonly path?: string }

function poll ({ now = 0, operation = 'poll', task = snapshotAt(TASK, now), taskId = 't1', api = 'svix', method = 'GET', path = '/api/tasks/t1?a=1' }: Given = {}): Subject {
  return { api, call: { operation, taskId }, method, path, task, now }
}

function faultsOf (...jsons: readonly FaultJson[]): Faults {
  const stream = createRandomStream(1, 'default', 'faults')
  const faults = new Faults(() => stream)
  for (const json of jsons) faults.add(parseFault(json), 0)
  return faults
}

/** Which of the first n calls are struck. */
function struckOf (json: FaultJson, count: number, call: (n: number) => Given = () => ({})): number[] {
  const faults = faultsOf(json)
  return Array.from({ length: count }, (_, index) => index + 1).filter((n) => faults.strike(poll(call(n))) !== undefined)
}

const EFFECT = { status: 503 }

t.test('each matcher tells its calls from others', async (t) => {
  const cases: ReadonlyArray<readonly [FaultJson['match'], Given, Given]> = [
    [{ api: 'svix' }, {}, { api: 'connect' }],
    [{ operation: 'poll' }, {}, { operation: 'list' }],
    [{ taskId: 't1' }, {}, { taskId: 't2' }],
    [{ label: 'mine' }, {}, { task: snapshotAt(record({ label: 'other' }), 0) }],
    [{ state: 'running' }, { now: 1000 }, { now: 999 }],
    [{ afterLine: 2 }, { now: 1000 }, { now: 999 }],
    [{ afterProgress: 0.5 }, { now: 1500 }, { now: 0 }],
    [{ method: 'get' }, {}, { method: 'HEAD' }],
    [{ path: '/api/tasks/*' }, {}, { path: '/api/tasks/t1/cancel' }],
    [{ path: '/api/**' }, { path: '/api/tasks/t1/cancel?x' }, { path: '/other' }],
    [{ path: '**/cancel' }, { path: '/api/tasks/t1/cancel' }, { path: '/api/tasks/t1/cancel/' }],
    [{ path: '/a.c' }, { path: '/a.c' }, { path: '/abc' }],
    [{ state: 'queued', method: 'GET', label: 'mine' }, {}, { method: 'POST' }],
  ]
  for (const [match, hit, miss] of cases) {
    const name = JSON.stringify(match)
    t.ok(faultsOf({ ...(match === undefined ? {} : { match }), effect: EFFECT }).strike(poll(hit)), `${name} hits`)
    t.notOk(faultsOf({ ...(match === undefined ? {} : { match }), effect: EFFECT }).strike(poll(miss)), `${name} misses`)
  }
  for (const match of [{ state: 'queued' }, { label: 'mine' }, { afterLine: 0 }, { afterProgress: 0 }] as const) {
    const call = { ...poll(), task: undefined }
    t.notOk(faultsOf({ match, effect: EFFECT }).strike(call), 'what is about no task has none of its properties')
  }
  t.ok(faultsOf({ match: { operation: 'any' }, effect: EFFECT }).strike(poll({ operation: 'other' })))
  t.ok(faultsOf({ effect: EFFECT }).strike(poll({ operation: 'start' })), 'a rule without match is about every call')
})

t.test('calls are counted per rule, and only those that match', async (t) => {
  t.same(struckOf({ when: { nthCall: [1, 3] }, effect: EFFECT }, 5), [1, 3])
  t.same(struckOf({ when: { nthCall: 2 }, effect: EFFECT }, 5), [2])
  t.same(struckOf({ when: { every: 3 }, effect: EFFECT }, 9), [3, 6, 9])
  t.same(struckOf({ when: { first: 2 }, effect: EFFECT }, 5), [1, 2])
  t.same(struckOf({ effect: EFFECT, times: 2 }, 5), [1, 2])
  t.same(struckOf({ when: { every: 2, first: 5 }, effect: EFFECT }, 9), [2, 4], 'all conditions must hold')
  t.same(struckOf({ match: { method: 'GET' }, when: { nthCall: 2 }, effect: EFFECT }, 6, (n) => ({ method: n % 2 === 0 ? 'GET' : 'POST' })), [4])
})

t.test('the short forms in match are those in when', async (t) => {
  t.same(struckOf({ match: { nthCall: [2] }, effect: EFFECT }, 4), [2])
  t.same(struckOf({ match: { probability: 0 }, effect: EFFECT }, 4), [])
  t.same(parseFault({ match: { nthCall: 2, probability: 0.5 }, when: { first: 9 }, effect: EFFECT }).when.json, { nthCall: 2, probability: 0.5, first: 9 })
})

t.test('a window begins and ends by instants, or by durations after the rule was added', async (t) => {
  const at = (from: string | number | undefined, until: string | number | undefined, addedAt: number): number[] => {
    const faults = faultsOf()
    faults.add(parseFault({ when: { ...(from === undefined ? {} : { from }), ...(until === undefined ? {} : { until }) }, effect: EFFECT }), addedAt)
    return [0, 999, 1000, 1999, 2000, 3000].filter((now) => faults.strike(poll({ now })) !== undefined)
  }
  t.same(at('1s', '2s', 0), [1000, 1999])
  t.same(at(1000, undefined, 1000), [2000, 3000])
  t.same(at('1970-01-01T00:00:01Z', '1970-01-01T00:00:03Z', 2000), [1000, 1999, 2000])
  t.same(at(undefined, '1970-01-01T00:00:01Z', 0), [0, 999])
})

t.test('a call counts outside the window, too', async (t) => {
  t.same(struckOf({ when: { from: '1s', nthCall: [1, 3] }, effect: EFFECT }, 4, (n) => ({ now: n < 3 ? 0 : 1000 })), [3])
})

t.test('chance comes from the seed: the same calls are struck every time', async (t) => {
  const first = struckOf({ when: { probability: 0.3 }, effect: EFFECT }, 1000)
  t.same(struckOf({ when: { probability: 0.3 }, effect: EFFECT }, 1000), first)
  t.ok(first.length > 240 && first.length < 360, `${first.length} of 1000`)
  t.equal(struckOf({ when: { probability: 1 }, effect: EFFECT }, 100).length, 100)
  t.equal(struckOf({ when: { probability: 0 }, effect: EFFECT }, 100).length, 0)
})

t.test('nothing is drawn for a call that could not be struck anyway', async (t) => {
  const drawnFor = (json: FaultJson): number => {
    let drawn = 0
    const faults = new Faults(() => ({ next: () => { drawn++; return 0 }, below: () => 0, bytes: () => new Uint8Array() }))
    faults.add(parseFault(json), 0)
    for (let n = 0; n < 10; n++) faults.strike(poll())
    return drawn
  }
  t.equal(drawnFor({ when: { probability: 0.5, every: 5 }, effect: EFFECT }), 2)
  t.equal(drawnFor({ when: { probability: 0.5 }, times: 3, effect: EFFECT }), 3)
  t.equal(drawnFor({ match: { api: 'connect' }, when: { probability: 0.5 }, effect: EFFECT }), 0)
})

t.test('the first that fires wins, later ones count the call and stay silent', async (t) => {
  const faults = faultsOf({ when: { nthCall: 2 }, effect: { status: 500 } }, { effect: { status: 429 } }, { when: { nthCall: 2 }, effect: { status: 404 } })
  t.match(faults.strike(poll()), { ruleIds: [2], effect: { status: 429 } })
  t.match(faults.strike(poll()), { ruleIds: [1], effect: { status: 500 } })
  t.same(faults.list().map(({ matched, fired }) => [matched, fired]), [[2, 1], [2, 1], [2, 0]])
})

t.test('mere delays add to whatever else strikes, wherever they stand', async (t) => {
  const faults = faultsOf({ effect: { delay: '1s' } }, { effect: { status: 500, delay: 20 } }, { effect: { empty: true } }, { effect: { delay: '300ms' } })
  const firing: Firing | undefined = faults.strike(poll())
  t.match(firing, { ruleIds: [1, 2, 4], effect: { status: 500, empty: false }, delayMs: 1320 })
  t.match(faultsOf({ effect: { delay: '1s' } }).strike(poll()), { ruleIds: [1], effect: { status: undefined, isPureDelay: true }, delayMs: 1000 })
})

t.test('a distributed delay has the median and the tail it was given', async (t) => {
  const faults = faultsOf({ effect: { delay: { median: '200ms', p99: '2s' } } })
  const drawn = Array.from({ length: 10_000 }, () => faults.strike(poll())?.delayMs ?? 0).sort((a, b) => a - b)
  const [median = 0, p99 = 0] = [drawn[5000], drawn[9900]]
  t.ok(median > 185 && median < 215, `median ${median}`)
  t.ok(p99 > 1700 && p99 < 2300, `p99 ${p99}`)
  t.ok(drawn.every((ms) => Number.isInteger(ms) && ms >= 0))
  const constant = faultsOf({ effect: { delay: { median: '200ms', p99: '200ms' } } })
  t.equal(constant.strike(poll())?.delayMs, 200)
})

t.test('a rule bound to a task is about that task only, in its place among the others, and goes with it', async (t) => {
  const faults = faultsOf({ when: { nthCall: 3 }, effect: { status: 500 } })
  const other = record({ id: 't2' })
  faults.add(parseFault({ effect: { status: 429 } }), 0, TASK)
  faults.add(parseFault({ effect: { status: 404 } }), 0, other)
  faults.add(parseFault({ effect: { delay: 5 } }), 0)
  t.equal(faults.ruleCount, 4)
  t.match(faults.strike(poll()), { ruleIds: [2, 4], effect: { status: 429 } })
  t.match(faults.strike(poll({ taskId: 't2', task: snapshotAt(other, 0) })), { ruleIds: [3, 4], effect: { status: 404 } })
  t.match(faults.strike(poll()), { ruleIds: [1, 4], effect: { status: 500 } }, 'created first, fires first')
  t.match(faults.strike({ ...poll({ operation: 'list' }), call: { operation: 'list' }, task: undefined }), { ruleIds: [4] })
  faults.removeOf(TASK)
  t.equal(faults.ruleCount, 3)
  t.match(faults.strike(poll()), { ruleIds: [4] })
})

t.test('a rule that a scenario brought for lists is about those of the task\'s API, while the task is there', async (t) => {
  const faults = faultsOf({ effect: { delay: 1 } })
  faults.add(parseFault({ match: { operation: 'list' }, effect: { status: 410 } }), 0, TASK)
  faults.add(parseFault({ match: { operation: 'list' }, effect: { cursor: 'expired' } }), 0, TASK)
  const list = (api: string, cursor?: string): Subject => ({ ...poll({ api }), call: { operation: 'list', ...(cursor === undefined ? {} : { cursor }) }, task: undefined })
  t.match(faults.strike(list('svix')), { ruleIds: [1, 2], effect: { status: 410 } })
  t.match(faults.strike(list('cognigy')), { ruleIds: [1] })
  t.match(faults.strike(poll()), { ruleIds: [1] })
  faults.remove(2)
  t.match(faults.strike(list('svix')), { ruleIds: [1] }, 'the first page has no cursor to lose')
  t.match(faults.strike(list('svix', 'c')), { ruleIds: [1, 3], effect: { cursor: 'expired' } })
  faults.removeOf(TASK)
  t.match(faults.strike(list('svix', 'c')), { ruleIds: [1] })
})

t.test('a call about one task looks at no rule of another', async (t) => {
  const faults = faultsOf()
  let looks = 0
  const fault = { ...parseFault({ effect: EFFECT }), matches: () => { looks++; return false } }
  const tasks = Array.from({ length: 1000 }, (_, index) => record({ id: `t${index}` }))
  for (const task of tasks) faults.add(fault, 0, task)
  faults.strike(poll({ task: snapshotAt(tasks[500] ?? TASK, 0) }))
  faults.strike(poll())
  t.equal(looks, 1)
})

t.test('rules are listed in their order, removed one by one, and cleared without trace', async (t) => {
  const faults = faultsOf({ effect: { status: 500 } }, { effect: { status: 501 } })
  faults.add(parseFault({ effect: { status: 502 } }), 7, TASK)
  t.same(faults.list().map(({ id, addedAt }) => [id, addedAt]), [[1, 0], [2, 0], [3, 7]])
  t.ok(faults.remove(1))
  t.notOk(faults.remove(1))
  t.ok(faults.remove(3))
  t.equal(faults.ruleCount, 1)
  t.match(faults.strike(poll()), { ruleIds: [2] })
  faults.clear()
  t.equal(faults.ruleCount, 0)
  t.equal(faults.strike(poll()), undefined)
  t.equal(faults.add(parseFault({ effect: EFFECT }), 0).id, 1)
})

t.test('a rule goes on counting where it stood elsewhere', async (t) => {
  const faults = faultsOf()
  const rule = faults.add(parseFault({ when: { nthCall: [3, 4] }, effect: EFFECT, times: 5 }), 0, undefined, { id: 6, matched: 2, fired: 4 })
  t.equal(rule.id, 6)
  t.ok(faults.strike(poll()))
  t.notOk(faults.strike(poll()), 'has fired as often as it may')
  t.match(rule, { matched: 4, fired: 5 })
  t.equal(faults.add(parseFault({ effect: EFFECT }), 0).id, 7)
  t.throws(() => faults.add(parseFault({ effect: EFFECT }), 0, undefined, { id: 6, matched: 0, fired: 0 }), RangeError)
})

t.test('a vanishing strikes only calls about a task that is there', async (t) => {
  const faults = faultsOf({ effect: { vanish: true }, times: 1 })
  t.notOk(faults.strike({ ...poll(), task: undefined }))
  t.ok(faults.strike(poll()))
})

t.test('what contradicts itself or can\'t be read is refused by its place', async (t) => {
  const refusal = (json: FaultJson): string => {
    try {
      parseFault(json, '/faults/0')
    } catch (error) {
      if (error instanceof ScriptError) return `${error.path}: ${error.message}`
      throw error
    }
    return 'taken'
  }
  const cases: ReadonlyArray<readonly [FaultJson, RegExp]> = [
    [{ effect: { reset: 'before', status: 500 } }, /^\/faults\/0\/effect\/status: contradicts reset: "before"/],
    [{ effect: { reset: 'before', body: { remove: ['/a'] } } }, /^\/faults\/0\/effect\/body: contradicts reset/],
    [{ effect: { reset: 'before', retryAfter: '1s' } }, /\/effect\/retryAfter: contradicts reset/],
    [{ effect: { empty: true, malformed: 'json' } }, /\/effect\/malformed: contradicts empty/],
    [{ effect: { empty: true, reset: 'mid-body' } }, /\/effect\/reset: contradicts empty: there is no body to be reset in/],
    [{ effect: { truncateAt: 3, reset: 'mid-body' } }, /\/effect\/truncateAt: contradicts reset: "mid-body"/],
    [{ effect: { malformed: 'html', body: { remove: ['/a'] } } }, /\/effect\/body: contradicts malformed: "html"/],
    [{ effect: { status: 204, drip: '1b/s' } }, /\/effect\/drip: contradicts status 204, which has no body/],
    [{ effect: { status: 304, reset: 'mid-body' } }, /\/effect\/reset: contradicts status 304/],
    [{ effect: { retryAfter: 'a\nb' } }, /\/effect\/retryAfter: expected what a header can carry/],
    [{ effect: { retryAfter: '5 \u23F0' } }, /\/effect\/retryAfter: expected what a header can carry/],
    [{ effect: { contentType: 'a\r\nx: y' } }, /\/effect\/contentType: expected what a header can carry/],
    [{ effect: { drip: 'slowly' } }, /\/effect\/drip: expected bytes per second such as "10b\/s"/],
    [{ effect: { drip: '0b/s' } }, /\/effect\/drip: expected bytes per second/],
    [{ effect: { delay: 'long' } }, /\/effect\/delay: expected a duration such as/],
    [{ effect: { delay: { median: '2s', p99: '1s' } } }, /\/effect\/delay\/p99: expected no less than the median of 2000 ms/],
    [{ effect: { delay: { median: 0, p99: '1s' } } }, /\/effect\/delay\/median: expected a duration greater than 0/],
    [{ effect: { body: { set: { status: 1 } } } }, /\/effect\/body\/set\/status: expected a JSON pointer/],
    [{ effect: { body: { set: { '/a/~2': 1 } } } }, /\/effect\/body\/set\/~1a~1~02: expected a JSON pointer/],
    [{ effect: { body: { remove: [''] } } }, /\/effect\/body\/remove\/0: expected a pointer to a part/],
    [{ effect: { body: { set: { '/a': 1 }, null: ['/b', '/a'] } } }, /\/effect\/body\/null\/1: contradicts another edit/],
    [{ effect: { body: { set: {} } } }, /\/effect\/body: expected at least one pointer/],
    [{ match: { operation: 'list' }, effect: { vanish: true } }, /\/effect\/vanish: calls to list are about no task/],
    [{ effect: { cursor: 'expired', status: 410 } }, /\/effect\/cursor: contradicts status 410/],
    [{ effect: { cursor: 'expired', vanish: true } }, /\/effect\/cursor: contradicts vanish/],
    [{ match: { operation: 'poll' }, effect: { cursor: 'ignored' } }, /\/effect\/cursor: calls to poll have no cursor; those to list have/],
    [{ match: { nthCall: 1 }, when: { nthCall: 2 }, effect: EFFECT }, /\/match\/nthCall: is the short form of when\.nthCall/],
    [{ match: { path: 'tasks' }, effect: EFFECT }, /\/match\/path: expected a glob over the path, beginning with/],
    [{ match: { method: 'G E T' }, effect: EFFECT }, /\/match\/method: expected an HTTP method/],
    [{ when: { from: 'noon' }, effect: EFFECT }, /\/when\/from: expected an RFC 3339 instant/],
    [{ when: { from: '2s', until: '2s' }, effect: EFFECT }, /\/when\/until: expected a moment after from/],
    [{ effect: { reset: 'before', delay: '1s', vanish: true } }, /^taken$/],
    [{ effect: { status: 404, empty: true, contentType: 'text/plain' } }, /^taken$/],
    [{ effect: { status: 502, malformed: 'html', contentType: 'text/plain', drip: '0.5kb/s', truncateAt: 3, retryAfter: '1s', delay: 1 } }, /^taken$/],
    [{ when: { from: '2s', until: '1970-01-01T00:00:00Z' }, effect: EFFECT }, /^taken$/],
  ]
  for (const [json, expected] of cases) t.match(refusal(json), expected, JSON.stringify(json))
})

t.test('a rule is described in a few words', async (t) => {
  const faults = faultsOf(
    { effect: { status: 503 } },
    { match: { nthCall: [1, 2] }, effect: { status: 429, retryAfter: '2s' } },
    { when: { every: 3, until: '10s' }, effect: { delay: { median: 200, p99: '2s' }, empty: true } },
    { effect: { body: { set: { '/status': 'x' }, null: ['/a'] } } }
  )
  faults.add(parseFault({ when: { first: 2 }, effect: { status: 502 } }), 0, record({ scenario: 'flaky-502' }))
  t.same(faults.list().map(describeFault), [
    'fault 1 (status 503)',
    'fault 2 (status 429, retryAfter 2s) by nthCall 1, 2',
    'fault 3 (empty, delay median 200ms, p99 2s) by every 3 and until 10s',
    'fault 4 (body edits at /status, /a)',
    'fault 5 of flaky-502 (status 502) by first 2',
  ])
})
