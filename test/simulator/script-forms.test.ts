/** The written forms of scripts at their edges: durations, instants, the schema that is published, and what exports carry. */
import { Value } from '@sinclair/typebox/value'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseDuration, parseInstant, parseScript, requireDuration, ScriptError, ScriptJson, scriptToJson, StepJson, TaskErrorJson } from '../../src/simulator/script.js'

t.test('durations are taken up to the largest whole number, and rounded to milliseconds', async (t) => {
  for (const [given, ms] of [[Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER], ['999999999999999ms', 999_999_999_999_999], ['0.123456s', 123], ['1.0005s', 1001], ['0.4ms', 0], [0.4, 0], ['10m', 600_000], ['12.25h', 44_100_000]] as const) t.equal(parseDuration(given), ms, `${given}`)
  for (const bad of [Number.MAX_SAFE_INTEGER + 1, '1234567890123456ms', '1.1234567s', '1.s', '.5s', 'x1s', '1sx', '1ss']) t.equal(parseDuration(bad), undefined, `${bad}`)
  t.equal(requireDuration('2s', '/by'), 2000)
  t.throws(() => requireDuration(true, '/by'), new ScriptError('/by', 'expected a duration such as "200ms", "1.5s", "2m", "1h", "3d" or a number of milliseconds, got true'))
})

t.test('instants are RFC 3339, with a zone, and end at the millisecond', async (t) => {
  const noon = Date.parse('2026-11-22T12:00:00Z')
  for (const good of ['2026-11-22T12:00:00Z', '2026-11-22t12:00:00z', '2026-11-22T12:00:00.000Z', '2026-11-22T14:00:00+02:00', '2026-11-22T06:30:00-05:30', '2026-11-22T12:00:00.000999999Z']) t.equal(parseInstant(good), noon, good)
  t.equal(parseInstant('2026-11-22T12:00:00.5Z'), noon + 500)
  t.equal(parseInstant('2026-11-22T12:00:00.123456789Z'), noon + 123)
  for (const bad of ['', '2026-11-22', '2026-11-22T12:00:00', '2026-11-22 12:00:00Z', '2026-11-22T12:00Z', '2026-13-22T12:00:00Z', '2026-11-22T25:00:00Z', 'x2026-11-22T12:00:00Z', '2026-11-22T12:00:00Zx', '2026-11-22T12:00:00.Z', '2026-11-22T12:00:00.1234567890Z', '2026-11-22T12:00:00+0200', '2026-11-22T12:00:00+2:00', '26-11-22T12:00:00Z', '2026-1-22T12:00:00Z', '2026-11-2T12:00:00Z', '2026-11-22T1:00:00Z', '2026-11-22T12:0:00Z', '2026-11-22T12:00:0Z']) t.equal(parseInstant(bad), undefined, bad)
})

/** A schema as documents write it: a record's pattern as `additionalProperties`, a constant as the only value of an `enum`. */
function documented (value: unknown): unknown {
  if (Array.isArray(value)) return value.map(documented)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== 'expects').map(([key, entry]) => {
    if (key === 'const') return ['enum', [entry]]
    if (key === 'patternProperties') return ['additionalProperties', documented(Object.values(entry as object)[0])] // as: it maps patterns to schemas
    return [key, documented(entry)]
  }))
}

t.test('the schema is the one that the control plane\'s document shows', async (t) => {
  const { components: { schemas } } = JSON.parse(readFileSync('openapi/control.json', 'utf8')) as { components: { schemas: Record<string, object> } }
  t.strictSame(schemas['Script'], documented(ScriptJson))
})

t.test('the schema draws its lines where it says', async (t) => {
  const step = (more: object): object => ({ steps: [{ at: 0, ...more }] })
  for (const good of [step({ progress: 0 }), step({ progress: 1 }), step({ times: 1 }), step({ times: 100_000 }), step({ stepCounts: { current: 0, total: 0 } }), step({ error: { message: '', code: 1 } }), step({ error: { message: '', code: 'x', details: [] } }), step({ data: { a: null } }), step({ output: [] }), { ...step({}), cancelAfter: null, expireAfter: 5, cancellable: false, unchecked: true, pace: 'polls' }]) t.ok(Value.Check(ScriptJson, good), JSON.stringify(good))
  for (const bad of [step({ progress: -0.1 }), step({ times: 0 }), step({ times: 100_001 }), step({ times: 1.5 }), step({ stepCounts: { current: -1, total: 0 } }), step({ stepCounts: { current: 0, total: -1 } }), step({ stepCounts: { current: 0 } }), step({ stepCounts: { current: 0, total: 1, x: 1 } }), step({ error: {} }), step({ error: { message: '', x: 1 } }), step({ error: { message: 1 } }), step({ output: [1] }), { ...step({}), pace: 'time ' }, { ...step({}), cancelAfter: true }, { ...step({}), cancellable: 'no' }]) t.notOk(Value.Check(ScriptJson, bad), JSON.stringify(bad))
  t.ok(Value.Check(StepJson, { at: '1s', every: 5 }))
  t.ok(Value.Check(TaskErrorJson, { message: 'x' }))
})

t.test('a settled state, and what is said of it, stand in the step that names it', async (t) => {
  const { steps } = parseScript({ steps: [{ at: 0, state: 'running', error: { message: 'ignored' }, result: 1 }, { at: 1, state: 'failed', error: { message: 'why', code: 7 } }] })
  t.match(steps, [{ error: undefined, result: 1 }, { error: { message: 'why', code: 7 }, result: undefined }])
  t.strictSame(parseScript({ steps: [{ at: 0, state: 'failed' }] }).steps[0]?.error, { message: '' })
  t.equal(parseScript({ steps: [{ at: 0, progress: 0.5 }, { at: 1, state: 'cancelled' }] }).steps[1]?.progress, 0.5)
  t.equal(parseScript({ steps: [{ at: 0, progress: 0.5 }, { at: 1, state: 'succeeded', progress: 0.75 }] }).steps[1]?.progress, 0.75)
})

t.test('a single step keeps its braces, and its distance says nothing', async (t) => {
  t.strictSame(parseScript({ steps: [{ at: 0, output: ['line {n}'] }] }).lines, ['line {n}'])
  t.strictSame(parseScript({ steps: [{ at: 0, times: 2, every: 5, output: ['{n}{n}', 'x'] }] }).lines, ['11', 'x', '22', 'x'])
  t.strictSame(parseScript({ pace: 'polls', steps: [{ at: 2, times: 3, every: 2 }] }).steps.map(({ offset }) => offset), [0, 2, 4, 6])
})

t.test('what is refused is refused in so many words', async (t) => {
  const refusal = (json: ScriptJson): [string, string] => {
    try {
      parseScript(json, '/script')
      return ['', 'it was taken']
    } catch (error) {
      return error instanceof ScriptError ? [error.path, error.message] : ['', String(error)]
    }
  }
  t.strictSame(refusal({ steps: [] }), ['/script/steps', 'expected at least one step'])
  t.strictSame(refusal({ steps: [{ at: 0, times: 2 }] }), ['/script/steps/0/every', 'expected a distance greater than 0 beside times'])
  t.strictSame(refusal({ steps: [{ at: 0, every: 'x' }] })[0], '/script/steps/0/every')
  t.strictSame(refusal({ steps: [{ at: 0, state: 'failed' }, { at: 1 }] }), ['/script/steps/1', 'nothing follows a settled step: the one before is failed'])
  t.strictSame(refusal({ steps: [{ at: 0, state: 'cancelling' }, { at: 1, state: 'running' }] }), ['/script/steps/1/state', 'states follow queued, running, settled: running can\'t follow cancelling'])
  t.strictSame(refusal({ steps: [{ at: 0, times: 2, every: 1, state: 'failed' }] }), ['/script/steps/0/times', 'a step that settles the task (failed) happens once'])
  t.strictSame(refusal({ steps: [{ at: 0 }], expireAfter: -1 }), ['/script/expireAfter', 'expected a duration such as "200ms", "1.5s", "2m", "1h", "3d" or a number of milliseconds, got -1'])
  for (const at of [-1, 0.5, '1']) t.strictSame(refusal({ pace: 'polls', steps: [{ at }] }), ['/script/steps/0/at', `expected a count of polls (a whole number of 0 or more), got ${JSON.stringify(at)}`])
  t.strictSame(refusal({ steps: [{ at: 0, times: 3, every: 10 }, { at: 20 }] }), ['/script/steps/1/at', 'steps ascend: expected more than 20, got 20'])
})

t.test('an export says what there is to say, and no more', async (t) => {
  t.strictSame(scriptToJson(parseScript({ steps: [{ at: 0, output: ['a'] }, { at: '1s', state: 'running', progress: 0.5, stepCounts: { current: 1, total: 2 }, data: { a: 1 } }, { at: '2s', state: 'failed', error: { message: 'why' }, result: null, output: ['b', 'c'] }], cancelAfter: '3s', expireAfter: '1m', cancellable: false })), {
    pace: 'time',
    steps: [
      { at: 0, state: 'queued', progress: 0, output: ['a'] },
      { at: 1000, state: 'running', progress: 0.5, stepCounts: { current: 1, total: 2 }, data: { a: 1 } },
      { at: 2000, state: 'failed', progress: 0.5, stepCounts: { current: 1, total: 2 }, output: ['b', 'c'], data: { a: 1 }, result: null, error: { message: 'why' } },
    ],
    cancelAfter: 3000,
    cancellable: false,
    expireAfter: 60_000,
    unchecked: true,
  })
  t.match(scriptToJson(parseScript({ steps: [{ at: 0 }], cancelAfter: null })), { cancelAfter: null, expireAfter: null, cancellable: true })
})

t.test('a script brings so many lines, steps and characters, and no more', async (t) => {
  const steps = (times: number, output: string[]): ScriptJson => ({ steps: [{ at: 0, times, every: 1, output }, { at: times, state: 'succeeded' }] })
  t.equal(parseScript(steps(4, ['x']), '', 4).lines.length, 4)
  t.throws(() => parseScript(steps(5, ['x']), '/script', 4), new ScriptError('/script/steps/0/output', 'expected at most 4 lines of output in all, repetitions counted'))
  t.throws(() => parseScript(steps(3, ['x', 'y']), '', 5), { name: 'ScriptError', path: '/steps/0/output' })
  t.throws(() => parseScript(steps(6, []), '/script', 4), new ScriptError('/script/steps/0/times', 'expected at most 5 steps in all, repetitions counted'))
  t.throws(() => parseScript(steps(5, []), '', 4), { name: 'ScriptError', path: '/steps/1/times' })
  t.throws(() => parseScript({ steps: [{ at: 0, output: ['x', 'y'] }, { at: 1, output: ['z'] }] }, '', 2), { name: 'ScriptError', path: '/steps/1/output' })
  const mebi = 'x'.repeat(2 ** 20)
  t.equal(parseScript(steps(16, [mebi])).lines.length, 16)
  t.throws(() => parseScript(steps(16, [`${mebi}x`])), new ScriptError('/steps/0/output', 'expected at most 16777216 characters of output in all, those of repetitions included'))
  t.throws(() => parseScript({ steps: [{ at: 0, times: 16, every: 1, output: [mebi] }, { at: 16, output: ['x'] }] }), { name: 'ScriptError', path: '/steps/1/output' })
})
