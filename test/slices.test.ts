/** Work on very many things lets others have their turn. */
import Fastify from 'fastify'
import t from 'tap'
import { forEachInSlices, sendInSlices } from '../src/slices.js'
import { machineNow } from '../src/clock.js'

/** Takes a millisecond of the machine's time. */
function toil (): void {
  const until = machineNow() + 1
  while (machineNow() < until);
}

/** How many turns others have until the work is done. */
async function turnsDuring (work: Promise<unknown>): Promise<number> {
  const others = { turns: 0, isOver: false }
  const over = work.finally(() => { others.isOver = true })
  while (!others.isOver) {
    await new Promise(setImmediate)
    others.turns++
  }
  await over
  return others.turns
}

t.test('each is visited in order, and others have their turn every few milliseconds', async (t) => {
  const seen: Array<readonly [string, number]> = []
  const turns = await turnsDuring(forEachInSlices(Array.from({ length: 160 }, (_, n) => `i${n}`), (item, index) => {
    toil()
    seen.push([item, index])
  }))
  t.same(seen, Array.from({ length: 160 }, (_, n) => [`i${n}`, n]))
  t.ok(turns >= 9, `${turns} turns in 160 ms of work`)
  await t.rejects(forEachInSlices([1, 2], (item) => { if (item === 2) throw new Error('no') }), /no/)
})

t.test('however many work at once, one slice is done between two turns of others', async (t) => {
  const slices: string[] = []
  const work = (name: string): Promise<void> => forEachInSlices(Array(48).keys(), () => {
    toil()
    if (slices.at(-1) !== name) slices.push(name)
  })
  const turns = await turnsDuring(Promise.all(['a', 'b', 'c', 'd'].map(work)))
  t.same(slices.slice(0, 8), ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd'], 'they take turns')
  t.ok(turns >= 11, `${turns} turns for 12 slices`)
})

t.test('an array is sent as JSON while it is rendered, alone or among other things', async (t) => {
  const app = Fastify()
  app.get('/alone', (_request, reply) => sendInSlices(reply, [1, 2], (n) => ({ n })))
  app.get('/none', (_request, reply) => sendInSlices(reply, [], (n) => n))
  app.get('/among', (_request, reply) => {
    let rendered = 0
    return sendInSlices(reply, Array.from({ length: 100 }, (_, n) => n), (n) => {
      toil()
      return `${n}/${++rendered}`
    }, { name: 'items', rest: () => ({ rendered }) })
  })
  app.get('/only', (_request, reply) => sendInSlices(reply, ['a'], (text) => text, { name: 'items', rest: () => ({}) }))
  t.match(await app.inject('/alone'), { statusCode: 200, body: '[{"n":1},{"n":2}]', headers: { 'content-type': 'application/json; charset=utf-8' } })
  t.equal((await app.inject('/none')).body, '[]')
  t.same((await app.inject('/among')).json(), { items: Array.from({ length: 100 }, (_, n) => `${n}/${n + 1}`), rendered: 100 })
  t.equal((await app.inject('/only')).body, '{"items":["a"]}')
  t.ok(await turnsDuring(app.inject('/among')) >= 5)
})
