import t from 'tap'
import { createRandomSource, createRandomStream, uuidV4 } from '../src/ids.js'

t.test('the same seed, sandbox and purpose draw the same values; any other draws others', async (t) => {
  const draw = (seed: number, sandbox: string, purpose: string): number[] => {
    const stream = createRandomStream(seed, sandbox, purpose)
    return Array.from({ length: 8 }, () => stream.next())
  }
  t.same(draw(1, 'a', 'ids'), draw(1, 'a', 'ids'))
  for (const other of [draw(2, 'a', 'ids'), draw(1, 'b', 'ids'), draw(1, 'a', 'faults'), draw(1, 'ai', 'ds')]) t.notSame(draw(1, 'a', 'ids'), other)
})

t.test('a request more in one place does not shift another stream', async (t) => {
  const quiet = createRandomSource(1, 'a')
  const busy = createRandomSource(1, 'a')
  for (let i = 0; i < 100; i++) busy('latency').next()
  t.equal(busy('ids').next(), quiet('ids').next())
  t.equal(quiet('ids'), quiet('ids'), 'a purpose is one stream')
})

t.test('below draws every number of its range about equally often, and none outside', async (t) => {
  const stream = createRandomStream(7, 'a', 'dice')
  const counts = new Array<number>(6).fill(0)
  for (let i = 0; i < 60_000; i++) {
    const face = stream.below(6)
    counts[face] = (counts[face] ?? NaN) + 1
  }
  t.equal(counts.length, 6)
  // 10,000 expected; five standard deviations are 457.
  for (const count of counts) t.ok(Math.abs(count - 10_000) < 457, `${count}`)
  t.equal(stream.below(1), 0)
})

t.test('a stream is full of entropy in every bit', async (t) => {
  const stream = createRandomStream(1, 'a', 'bits')
  const ones = new Array<number>(32).fill(0)
  for (let i = 0; i < 4096; i++) {
    const drawn = stream.next()
    for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] ?? NaN) + ((drawn >>> bit) & 1)
  }
  for (const [bit, count] of ones.entries()) t.ok(Math.abs(count - 2048) < 160, `bit ${bit}: ${count}`)
})

t.test('bytes has the length asked for', async (t) => {
  const bytes = createRandomStream(1, 'a', 'bytes').bytes(20)
  t.equal(bytes.length, 20)
  t.ok(new Set(bytes).size > 5)
})

t.test('UUIDs are version 4 of the RFC variant, lower case, all different', async (t) => {
  const stream = createRandomStream(1, 'a', 'uuid')
  const uuids = Array.from({ length: 500 }, () => uuidV4(stream))
  for (const uuid of uuids) t.match(uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(new Set(uuids).size, 500)
})
