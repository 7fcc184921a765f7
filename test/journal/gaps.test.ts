import t from 'tap'
import { Gaps } from '../../src/journal/gaps.js'

function summaryOf (gaps: readonly number[]): ReturnType<Gaps['summary']> {
  const all = new Gaps()
  for (const gap of gaps) all.add(gap)
  return all.summary()
}

t.test('least, median and largest gap', async (t) => {
  t.equal(summaryOf([]), undefined)
  t.strictSame(summaryOf([5]), { min: 5, median: 5, max: 5 })
  t.strictSame(summaryOf([9, 1, 2]), { min: 1, median: 2, max: 9 })
  t.strictSame(summaryOf([9, 1, 2, 4]), { min: 1, median: 3, max: 9 })
})

t.test('beyond what is kept the median is near the true one, the extremes are exact', async (t) => {
  const { min, median, max } = summaryOf(Array.from({ length: 100_000 }, (_none, index) => index + 1)) ?? { min: 0, median: 0, max: 0 }
  t.strictSame([min, max], [1, 100_000])
  t.ok(Math.abs(median - 50_000) < 1000, `${median}`)
})
