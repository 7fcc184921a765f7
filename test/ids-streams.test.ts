/** What seeds promise from release to release: the generator's own numbers, fair draws, and streams that go on where they stood. */
import t from 'tap'
import { BASE62, createRandomSource, createRandomStream, uuidV4, type StreamState } from '../src/ids.js'

/** The generator as it is published (sfc32), written for reading. */
function sfc32 ([a, b, c, counter]: StreamState): () => number {
  let state = { a: a >>> 0, b: b >>> 0, c: c >>> 0, counter: counter >>> 0 }
  return () => {
    const drawn = (state.a + state.b + state.counter) % 2 ** 32
    const turned = ((state.c << 21) | (state.c >>> 11)) >>> 0
    state = {
      a: (state.b ^ (state.b >>> 9)) >>> 0,
      b: Number((BigInt(state.c) * 9n) % (2n ** 32n)),
      c: (turned + drawn) % 2 ** 32,
      counter: (state.counter + 1) % 2 ** 32,
    }
    return drawn
  }
}

t.test('a stream draws the numbers of its generator', async (t) => {
  for (const start of [[1, 2, 3, 4], [-1, -2, -3, 1], [0x7fffffff, 0x40000000, -0x80000000, -1]] as const) {
    const expected = sfc32(start)
    const { next } = createRandomStream(1, 'a', 'any', start)
    for (let n = 0; n < 200; n++) t.equal(next(), expected())
  }
})

t.test('a number above the last whole multiple of the limit is drawn again', async (t) => {
  const limit = 2 ** 31 + 1
  const [fair, plain] = [createRandomStream(1, 'a', 'fair'), createRandomStream(1, 'a', 'fair')]
  let redrawn = 0
  for (let n = 0; n < 100; n++) {
    let expected = plain.next()
    for (; expected >= limit; redrawn++) expected = plain.next()
    t.equal(fair.below(limit), expected)
  }
  t.ok(redrawn > 20, `${redrawn} drawn again`)
})

t.test('the first number that is too large is drawn again too', async (t) => {
  const limit = 2 ** 31 + 1
  const start: StreamState = [limit | 0, 0, 0, 0]
  const plain = createRandomStream(1, 'a', 'edge', start)
  t.equal(plain.next(), limit)
  t.equal(createRandomStream(1, 'a', 'edge', start).below(limit), plain.next())
})

t.test('streams go on where they stood, and new ones begin as they would have', async (t) => {
  const source = createRandomSource(1, 'a')
  for (let n = 0; n < 5; n++) source('ids').next()
  source('faults').next()
  const states = source.states()
  t.strictSame(Object.keys(states), ['ids', 'faults'])
  t.equal(states['ids']?.length, 4)
  const later = createRandomSource(1, 'a', states)
  t.strictSame(later.states(), states)
  for (const purpose of ['ids', 'faults', 'latency']) t.equal(later(purpose).next(), source(purpose).next(), purpose)
})

t.test('the digits of base 62 are in the order of ASCII', async (t) => {
  t.equal(BASE62.length, 62)
  t.equal(new Set(BASE62).size, 62)
  t.equal([...BASE62].sort().join(''), BASE62)
  t.match(BASE62, /^[0-9A-Za-z]+$/)
})

t.test('every digit of a UUID is drawn but for version and variant', async (t) => {
  const stream = createRandomStream(1, 'a', 'uuid')
  const seen = Array.from({ length: 36 }, () => new Set<string>())
  for (let n = 0; n < 500; n++) for (const [at, digit] of [...uuidV4(stream)].entries()) seen[at]?.add(digit)
  for (const [at, { size }] of seen.entries()) t.equal(size, [8, 13, 18, 23].includes(at) || at === 14 ? 1 : at === 19 ? 4 : 16, `digit ${at}`)
})
