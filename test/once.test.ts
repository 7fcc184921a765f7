import t from 'tap'
import { once } from '../src/once.js'

t.test('what is made once is handed out at once, and what failed is made again', async (t) => {
  let calls = 0
  const get = once(async () => {
    calls++
    if (calls === 1) throw new Error('not yet')
    return { calls }
  })
  t.equal(calls, 0, 'not before it is asked for')
  await t.rejects(get(), /not yet/)
  const [first, second] = await Promise.all([get(), get()])
  t.equal(first, second)
  t.equal(await get(), first)
  t.equal(calls, 2)
})
