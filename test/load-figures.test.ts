/** The load suite's arithmetic and its judgement: a figure that is printed wrongly misleads more than none. */
import t from 'tap'
import { atLeast, atMost, judged, judgedTwice, rounded, tableOf } from './load/figures.js'
import { median, percentile, slope } from './load/statistics.js'

t.test('percentiles lie between neighbours, whatever the order', async (t) => {
  t.equal(median([3, 1, 2]), 2)
  t.equal(median([4, 1, 2, 3]), 2.5)
  t.equal(percentile([10, 30, 20], 100), 30)
  t.equal(percentile([0, 100], 99), 99)
  t.ok(Number.isNaN(median([])))
})

t.test('a slope is that of the line which fits best', async (t) => {
  t.equal(slope([{ x: 0, y: 5 }, { x: 1, y: 7 }, { x: 2, y: 9 }]), 2)
  t.equal(slope([{ x: 0, y: 1 }, { x: 1, y: 3 }, { x: 2, y: 1 }]), 0)
  t.ok(Number.isNaN(slope([{ x: 1, y: 1 }])))
})

t.test('a target is reached from its own side, and at its limit', async (t) => {
  t.same(judged(atLeast(0.9), 0.9), { target: '>= 0.9', reached: 'yes' })
  t.same(judged(atLeast(0.9), 0.89), { target: '>= 0.9', reached: 'no' })
  t.same(judged(atMost(400), 400), { target: '<= 400', reached: 'yes' })
  t.same(judged(atMost(400), 401), { target: '<= 400', reached: 'no' })
  t.equal(judged(atLeast(0.9), NaN).reached, 'no')
})

t.test('a rate counts as reached when the processor time says so too', async (t) => {
  for (const [rate, cpu, reached] of [[1, 1, 'yes'], [1, 0.5, 'rate only'], [0.5, 1, 'CPU only'], [0.5, 0.5, 'no']] as const) {
    t.equal(judgedTwice(atLeast(0.9), rate, cpu).reached, reached)
  }
})

t.test('the table has the columns that some figure fills, numbers to the right', async (t) => {
  t.same(tableOf([
    { what: 'polls', unit: 'polls/s', pollux: 12345.6, ratio: 0.5 },
    { what: 'memory', unit: 'MiB', pollux: 9.876 },
  ]).split('\n'), [
    'what    unit     Pollux  ratio',
    'polls   polls/s  12,346   0.50',
    'memory  MiB        9.88',
  ])
})

t.test('JSON carries four digits of each number', async (t) => {
  t.same(rounded({ what: 'x', unit: 'ms', pollux: 1 / 3, target: '<= 1', reached: 'yes' }), { what: 'x', unit: 'ms', pollux: 0.3333, target: '<= 1', reached: 'yes' })
})
