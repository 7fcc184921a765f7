import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { isSettled, parseDuration, parseScript, ScriptError, ScriptJson, TASK_STATES } from '../../src/simulator/script.js'

t.test('durations are numbers of milliseconds or numbers with a unit', async (t) => {
  const good: Array<[string | number, number]> = [['200ms', 200], ['1.5s', 1500], ['2m', 120_000], ['1h', 3_600_000], ['3d', 259_200_000], ['0s', 0], [1500, 1500], [0, 0], [0.6, 1]]
  for (const [text, ms] of good) t.equal(parseDuration(text), ms, `${text}`)
  for (const bad of ['', '5', '5 s', 's', '-1s', '1e3ms', '1,5s', '1s ', ' 1s', '1S', '1w', '١s', -1, NaN, Infinity, null, true, {}, []]) t.equal(parseDuration(bad), undefined, `${String(bad)}`)
})

t.test('a step keeps what the steps before it said', async (t) => {
  const { steps, lines } = parseScript({
    steps: [
      { at: 0, state: 'running', progress: 0.5, data: { a: 1 }, output: ['one'], stepCounts: { current: 1, total: 2 } },
      { at: '1s', data: { b: 2 }, output: ['two', 'three'] },
      { at: '2s', state: 'succeeded', result: { id: 'x' } },
    ],
  })
  t.match(steps[1], { offset: 1000, state: 'running', progress: 0.5, lineCount: 3, data: { a: 1, b: 2 }, stepCounts: { current: 1, total: 2 }, result: undefined })
  t.match(steps[2], { state: 'succeeded', progress: 1, lineCount: 3, result: { id: 'x' } })
  t.same(lines, ['one', 'two', 'three'])
})

t.test('a script that begins later is queued until then', async (t) => {
  const { steps } = parseScript({ steps: [{ at: '3s', state: 'running', progress: 0.2, data: { a: 1 }, output: ['x'] }] })
  t.match(steps, [{ offset: 0, state: 'queued', progress: 0, lineCount: 0, data: {} }, { offset: 3000, state: 'running' }])
})

t.test('a repeated step becomes single steps, evenly in time and progress, numbered by {n}', async (t) => {
  const { steps, lines } = parseScript({ steps: [{ at: 0, state: 'running' }, { at: '100ms', every: '100ms', times: 4, progress: 1, output: ['reply {n}'] }] })
  t.same(steps.map(({ offset, progress, lineCount }) => [offset, progress, lineCount]), [[0, 0, 0], [100, 0.25, 1], [200, 0.5, 2], [300, 0.75, 3], [400, 1, 4]])
  t.same(lines, ['reply 1', 'reply 2', 'reply 3', 'reply 4'])
})

t.test('defaults: by time, cancelled within a second, kept for ever', async (t) => {
  t.match(parseScript({ steps: [{ at: 0 }] }), { pace: 'time', cancelAfterMs: 1000, cancellable: true, expireAfterMs: Infinity })
  t.match(parseScript({ steps: [{ at: 0 }], cancelAfter: null, expireAfter: '10m', cancellable: false }), { cancelAfterMs: Infinity, cancellable: false, expireAfterMs: 600_000 })
})

t.test('what can\'t be played is refused with its place and the reason', async (t) => {
  const table: Array<[ScriptJson, string, RegExp]> = [
    [{ steps: [{ at: '5 parsecs' }] }, '/steps/0/at', /expected a duration such as "200ms".* got "5 parsecs"/],
    [{ steps: [{ at: '2s' }, { at: '1s' }] }, '/steps/1/at', /steps ascend: expected more than 2000, got 1000/],
    [{ steps: [{ at: 0 }, { at: 0 }] }, '/steps/1/at', /ascend/],
    [{ steps: [{ at: 0, state: 'running' }, { at: 1, state: 'queued' }] }, '/steps/1/state', /queued can't follow running/],
    [{ steps: [{ at: 0, state: 'failed' }, { at: 1 }] }, '/steps/1', /nothing follows a settled step/],
    [{ steps: [{ at: 0, progress: 0.5 }, { at: 1, progress: 0.4 }] }, '/steps/1/progress', /falls from 0.5 to 0.4; "unchecked": true allows it/],
    [{ steps: [{ at: 0, times: 2 }] }, '/steps/0/every', /greater than 0/],
    [{ steps: [{ at: 0, times: 2, every: '1s', state: 'succeeded' }] }, '/steps/0/times', /happens once/],
    [{ pace: 'polls', steps: [{ at: '1s' }] }, '/steps/0/at', /count of polls .* got "1s"/],
    [{ pace: 'polls', steps: [{ at: 1.5 }] }, '/steps/0/at', /count of polls/],
    [{ steps: [{ at: 0 }], cancelAfter: 'soon' }, '/cancelAfter', /expected a duration/],
    [{ steps: [] }, '/steps', /at least one step/],
  ]
  for (const [script, path, message] of table) {
    t.throws(() => parseScript(script), { name: 'ScriptError', path, message }, path)
  }
  t.throws(() => parseScript({ steps: [{ at: 'x' }] }, '/kinds/echo'), new ScriptError('/kinds/echo/steps/0/at', 'expected a duration such as "200ms", "1.5s", "2m", "1h", "3d" or a number of milliseconds, got "x"'))
  t.match(parseScript({ unchecked: true, steps: [{ at: 0, progress: 0.5 }, { at: 1, progress: 0.4 }] }).steps[1], { progress: 0.4 })
})

t.test('the schema refuses unknown keys and wrong types', async (t) => {
  for (const bad of [{}, { steps: [] }, { steps: [{ at: 0, stat: 'running' }] }, { steps: [{ at: 0, state: 'done' }] }, { steps: [{ at: 0, progress: 2 }] }, { steps: [{ at: 0 }], color: 1 }, { steps: [{}] }]) {
    t.equal(Value.Check(ScriptJson, bad), false, JSON.stringify(bad))
  }
  t.equal(Value.Check(ScriptJson, { steps: [{ at: 0 }] }), true)
})

t.test('succeeded, failed and cancelled are settled, no other state is', async (t) => {
  t.same(TASK_STATES.filter(isSettled), ['succeeded', 'failed', 'cancelled'])
})

t.test('a few bytes can\'t ask for more lines or steps than may be', async (t) => {
  const endless = { at: 0, state: 'running' as const, times: 100_000, every: 1, output: ['a', 'b'] }
  t.throws(() => parseScript({ steps: [endless] }), { name: 'ScriptError', path: '/steps/0/output', message: 'expected at most 100000 lines of output in all, repetitions counted' })
  t.throws(() => parseScript({ steps: [{ ...endless, output: ['a'] }, { at: 200_000, times: 2, every: 1 }] }), { name: 'ScriptError', path: '/steps/1/times', message: 'expected at most 100001 steps in all, repetitions counted' })
  t.throws(() => parseScript({ steps: [{ at: 0, output: ['a', 'b', 'c'] }] }, '/script', 2), { name: 'ScriptError', path: '/script/steps/0/output' })
  t.equal(parseScript({ steps: [{ ...endless, output: [] }, { at: 200_000, state: 'succeeded' }] }).steps.length, 100_001)
  t.equal(parseScript({ steps: [{ ...endless, times: 50_000 }] }).lines.length, 100_000)
})
