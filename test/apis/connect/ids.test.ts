/** Ids in the vendor's form. */
import t from 'tap'
import { createTaskIds } from '../../../src/apis/connect/ids.js'
import { createRandomSource } from '../../../src/ids.js'
import { connectWorld } from './connect-world.js'

function draw (seed: number, sandbox: string, count: number): string[] {
  const next = createTaskIds(createRandomSource(seed, sandbox))
  return Array.from({ length: count }, next)
}

t.test('task ids are 16 digits of base 62, all of them drawn', async (t) => {
  const ids = draw(1, 'default', 2000)
  for (const id of ids) if (!/^[A-Za-z0-9]{16}$/.test(id)) t.fail(`${id} is no task id`)
  t.equal(new Set(ids).size, 2000)
  t.equal(new Set(ids.join('')).size, 62)
})

t.test('the same seed and sandbox draw the same ids, others draw others', async (t) => {
  t.strictSame(draw(1, 'default', 5), draw(1, 'default', 5))
  t.notSame(draw(2, 'default', 5), draw(1, 'default', 5))
  t.notSame(draw(1, 'other', 5), draw(1, 'default', 5))
})

t.test('after a reset the same ids are drawn again', async (t) => {
  const world = await connectWorld(t)
  const start = (): string => world.sandbox.startTask({ api: 'connect', kind: 'mail' }).task.id
  const before = [start(), start()]
  await world.sandbox.reset()
  t.strictSame([start(), start()], before)
})

t.test('an id that is taken is drawn again', async (t) => {
  const world = await connectWorld(t)
  const [first, second] = draw(1, 'default', 2)
  world.sandbox.startTask({ api: 'connect', kind: 'mail', ...(first === undefined ? {} : { id: first }) })
  t.equal(world.sandbox.startTask({ api: 'connect', kind: 'mail' }).task.id, second)
})
