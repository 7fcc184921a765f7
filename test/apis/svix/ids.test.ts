import t from 'tap'
import { createKsuids, createTaskIds, isKsuid, ksuid, ksuidInstant, MAX_PAYLOAD } from '../../../src/apis/svix/ids.js'
import { createRandomSource, createRandomStream } from '../../../src/ids.js'
import { NOON } from '../../world.js'

t.test('instants and payloads make the ids of the contract', async (t) => {
  const counting = BigInt('0x000102030405060708090a0b0c0d0e')
  t.equal(ksuid(NOON, 0n), '3MSfHJZLFn9Vx7aCEbIPwjVU56O')
  t.equal(ksuid(NOON, MAX_PAYLOAD), '3MSfHJbEFJeovgoeGxcE760Gp2t')
  t.equal(ksuid(NOON + 4, 0n), '3MSfHJbEFJeovgoeGxcE760Gp2u')
  t.equal(ksuid(NOON + 999, 0n), '3MSfHR9CLKsjCccniEqtZ59Eb6u')
  t.equal(ksuid(NOON + 1000, counting), '3MSfHRMPI7KfTaheaxjvay9t5fq')
})

t.test('ids tell their instants', async (t) => {
  t.equal(ksuidInstant('1srOrx2ZWZBpBUvZwXKQmoEYga2'), Date.parse('2021-05-21T20:04:03.900Z'))
  t.equal(ksuidInstant('33qen93MNuelBAq1T9G7eHLJRsF'), Date.parse('2025-10-09T22:33:13.400Z'))
  t.equal(ksuidInstant(ksuid(NOON + 999, MAX_PAYLOAD)), NOON + 996, 'on the 4 ms grid')
})

t.test('an instant before the KSUID epoch counts as its first', async (t) => {
  t.equal(ksuid(0, 0n), '0'.repeat(27))
  t.equal(ksuid(1_400_000_000_000, 0n), '0'.repeat(27))
})

t.test('27 base62 digits up to the largest 20 bytes are a KSUID', async (t) => {
  const cases: Array<[string, boolean]> = [
    ['aWgEPTl1tmebfsQzFP4bxwgy80V', true],
    ['aWgEPTl1tmebfsQzFP4bxwgy80W', false],
    ['zzzzzzzzzzzzzzzzzzzzzzzzzzz', false],
    ['000000000000000000000000000', true],
    ['33qen93MNuelBAq1T9G7eHLJRs', false],
    ['33qen93MNuelBAq1T9G7eHLJRsFF', false],
    ['33qen93MNuelBAq1T9G7eHLJRs-', false],
    ['33qen93MNuelBAq1T9G7eHLJRsF\n', false],
    ['', false],
  ]
  for (const [text, expected] of cases) {
    t.equal(isKsuid(text), expected, JSON.stringify(text))
    t.equal(ksuidInstant(text) !== undefined, expected, `${JSON.stringify(text)} has an instant or none`)
  }
})

t.test('a further id in the same 4 ms is the one before plus 1', async (t) => {
  const draw = createKsuids(createRandomStream(1, 'default', 'test'))
  const first = draw(NOON)
  const second = draw(NOON + 3)
  const payloadOf = (text: string): bigint => [...text].reduce((value, digit) => value * 62n + BigInt('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'.indexOf(digit)), 0n)
  t.equal(payloadOf(second), payloadOf(first) + 1n)
  t.ok(draw(NOON + 4) > second, 'the next slot stands behind both')
})

t.test('the order of ids is the order of creation', async (t) => {
  const draw = createKsuids(createRandomStream(1, 'default', 'order'))
  const ids = Array.from({ length: 2000 }, (_, n) => draw(NOON + Math.floor(n / 3)))
  t.strictSame([...ids].sort(), ids)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the same seed draws the same ids, another sandbox others', async (t) => {
  const draw = (seed: number, sandbox: string): string => createTaskIds(createRandomSource(seed, sandbox))(NOON)
  t.match(draw(1, 'a'), /^qtask_[0-9A-Za-z]{27}$/)
  t.equal(draw(1, 'a'), draw(1, 'a'))
  t.not(draw(1, 'a'), draw(1, 'b'))
  t.not(draw(1, 'a'), draw(2, 'a'))
})
