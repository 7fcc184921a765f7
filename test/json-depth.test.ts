import fc from 'fast-check'
import t from 'tap'
import { bytesWithin, excessOf } from '../src/json-depth.js'

const limits = { depth: 3, keys: 4 }

t.test('levels and keys are counted, texts are not looked into', async (t) => {
  t.equal(excessOf('[[[1]]]', limits), undefined)
  t.equal(excessOf('[[[[1]]]]', limits), 'depth')
  t.equal(excessOf('[{}, [], {"a":[]}]', limits), undefined)
  t.equal(excessOf('{"a":1,"b":{"c":1,"d":2}}', limits), undefined)
  t.equal(excessOf('{"a":1,"b":{"c":1,"d":2,"e":3}}', limits), 'keys')
  t.equal(excessOf('["[[[[", "\\"[[[[", "\\\\", ":::::"]', limits), undefined)
  t.equal(excessOf('"[[[[', limits), undefined, 'a text without end')
  t.equal(excessOf(`"${'x'.repeat(5_000_000)}"`, limits), undefined)
})

t.test('what JSON.stringify writes is measured as what it wrote', async (t) => {
  const measure = (value: unknown): { depth: number, keys: number } => {
    if (typeof value !== 'object' || value === null) return { depth: 0, keys: 0 }
    const parts = Object.values(value).map(measure)
    return {
      depth: 1 + Math.max(0, ...parts.map(({ depth }) => depth)),
      keys: (Array.isArray(value) ? 0 : Object.keys(value).length) + parts.reduce((sum, { keys }) => sum + keys, 0),
    }
  }
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const { depth, keys } = measure(value)
    const text = JSON.stringify(value)
    t.equal(excessOf(text, { depth, keys }), undefined)
    if (depth > 0) t.equal(excessOf(text, { depth: depth - 1, keys }), 'depth')
    if (keys > 0) t.equal(excessOf(text, { depth, keys: keys - 1 }), 'keys')
  }), { seed: 1, numRuns: 200 })
})

t.test('bodies that hold too much are refused as any request that is wrong', async (t) => {
  const outcomes: unknown[] = []
  for (const text of ['{"ä":[[]]}', '[[[[]]]]', '']) bytesWithin(limits)(undefined, Buffer.from(text), (error, body) => { outcomes.push(error === null ? body?.toString() : { ...error }) })
  t.same(outcomes, ['{"ä":[[]]}', { name: 'ExcessiveJson', statusCode: 400 }, ''])
})
