/** One piece of work in each turn of the event loop. */
import t from 'tap'
import { Turns } from '../src/turns.js'

t.test('each has a turn of its own, in the order of asking', async (t) => {
  const turns = new Turns()
  const done: string[] = []
  t.equal(turns.isBusy, false)
  for (const name of ['a', 'b', 'c']) turns.take(() => { done.push(name) })
  t.same([done, turns.isBusy], [[], true], 'nothing is done at once')
  const seen: string[] = []
  while (turns.isBusy) {
    await new Promise(setImmediate)
    seen.push(done.join(''))
  }
  t.same(done, ['a', 'b', 'c'])
  t.same([...new Set(seen)], ['a', 'ab', 'abc'], 'others see one after the other')
  turns.take(() => { done.push('d') })
  await new Promise(setImmediate)
  t.same(done, ['a', 'b', 'c', 'd'], 'and it goes on later')
})

t.test('what such work itself asks for belongs to its turn', async (t) => {
  const turns = new Turns()
  const done: string[] = []
  turns.take(() => {
    turns.take(() => { done.push('within') })
    done.push('first')
  })
  turns.take(() => { done.push('second') })
  while (turns.isBusy) await new Promise(setImmediate)
  t.same(done, ['within', 'first', 'second'])
})
