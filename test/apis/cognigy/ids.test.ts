/** Task ids (cognigy contract, 3.3). */
import t from 'tap'
import { createTaskIds } from '../../../src/apis/cognigy/ids.js'
import { createRandomSource, type RandomStream } from '../../../src/ids.js'
import { NOON } from '../../world.js'
import { cognigyWorld, startTask } from './support.js'

function fixedStream (bytes: readonly number[], counter: number): RandomStream {
  return { next: () => 0, below: (below) => counter % below, bytes: (length) => Uint8Array.from(bytes.slice(0, length)) }
}

t.test('the contract\'s test vector: seconds, five random bytes, and a counter that begins at the drawn value', async (t) => {
  const draw = createTaskIds(() => fixedStream([0xa1, 0xb2, 0xc3, 0xd4, 0xe5], 1))
  t.equal(draw(NOON), '6b02d940a1b2c3d4e5000001')
  t.equal(draw(NOON + 999), '6b02d940a1b2c3d4e5000002')
  t.equal(draw(NOON + 1000), '6b02d941a1b2c3d4e5000003')
})

t.test('the counter begins below 2^23', async (t) => {
  const limits: number[] = []
  createTaskIds(() => ({ next: () => 0, below: (below) => { limits.push(below); return 0 }, bytes: (length) => new Uint8Array(length) }))
  t.same(limits, [2 ** 23])
})

t.test('ids are 24 lower-case hex digits and rise with creation', async (t) => {
  const draw = createTaskIds(createRandomSource(7, 'a'))
  const ids = Array.from({ length: 1000 }, (_, n) => draw(NOON + n * 250))
  t.ok(ids.every((id) => /^[0-9a-f]{24}$/.test(id)))
  t.same(ids, [...new Set(ids)].sort())
})

t.test('two worlds of one seed draw the same ids, another sandbox draws others', async (t) => {
  const [first, second] = [await cognigyWorld(t), await cognigyWorld(t)]
  const id = startTask(first)
  t.equal(startTask(second), id)
  const other = startTask({ ...first, sandbox: first.sandboxes.get('other') })
  t.equal(other.slice(0, 8), id.slice(0, 8))
  t.not(other.slice(8, 18), id.slice(8, 18))
})
