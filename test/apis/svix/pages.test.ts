/** Pagination and the window of 90 days (contract, sections 5.1 and 5.3). */
import fc from 'fast-check'
import t from 'tap'
import { ksuid, MAX_PAYLOAD } from '../../../src/apis/svix/ids.js'
import { NOON, type TestWorld } from '../../world.js'
import { ask, DAY_MS, emptyWorld, LIST, page, RECOVER_ID, svixWorld, violation } from './support.js'

const HOUR_MS = 3_600_000

function idAt (at: number, payload: bigint): string {
  return `qtask_${ksuid(at, payload)}`
}

function add (world: TestWorld, id: string): void {
  world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', id })
}

t.test('the conformance example: ten tasks, walked both ways', async (t) => {
  const world = await emptyWorld(t)
  const T = Array.from({ length: 11 }, (_, n) => idAt(NOON + n * 1000, 5n))
  for (const id of T.slice(1)) add(world, id)
  const range = (first: number, last: number): string[] => first > last ? T.slice(last, first + 1).reverse() : T.slice(first, last + 1)
  const cases: Array<[query: string, ids: string[], done: boolean]> = [
    ['limit=6', range(10, 5), false],
    [`limit=6&iterator=${T[5]}`, range(4, 1), true],
    [`limit=3&iterator=-${T[4]}`, range(7, 5), false],
    ['limit=10', range(10, 1), true],
    ['limit=50', range(10, 1), true],
    ['', range(10, 1), true],
    ['limit=3&order=ascending', range(1, 3), false],
    [`limit=3&order=ascending&iterator=${T[3]}`, range(4, 6), false],
    [`limit=3&order=ascending&iterator=-${T[4]}`, range(1, 3), true],
    [`limit=3&iterator=${T[1]}`, [], true],
    [`limit=3&iterator=-${T[10]}`, [], true],
    [`limit=10&iterator=-${T[1]}`, range(10, 2), true],
  ]
  for (const [query, ids, done] of cases) {
    const expected = ids.length === 0 ? { ids, iterator: null, prevIterator: undefined, done } : { ids, iterator: ids.at(-1), prevIterator: `-${ids[0]}`, done }
    t.strictSame(await page(world, query), expected, query)
  }
  t.strictSame(await ask(world, `${LIST}?limit=6&iterator=BAD-$$$ITERATOR`), violation([['query', 'iterator', '__all__'], 'Invalid id. Expected different prefix', 'value_error']))
  t.strictSame(await ask(world, `${LIST}?limit=300`), violation([['query', 'limit', 'limit'], 'Given limit must not exceed 250', 'value_error']))
})

t.test('an iterator need not be the id of a task', async (t) => {
  const world = await emptyWorld(t)
  const ids = [1n, 3n, 5n].map((payload) => idAt(NOON, payload))
  for (const id of ids) add(world, id)
  t.strictSame((await page(world, `iterator=${idAt(NOON, 4n)}`)).ids, [ids[1], ids[0]])
  t.strictSame((await page(world, `iterator=-${idAt(NOON, 2n)}`)).ids, [ids[2], ids[1]])
  t.strictSame((await page(world, `iterator=-qtask_${'0'.repeat(27)}`)).ids, [ids[2], ids[1], ids[0]])
  t.strictSame((await page(world, `iterator=${RECOVER_ID}&order=ascending`)).ids, ids)
})

t.test('changing the order in mid-walk reads the same cursor in the new direction', async (t) => {
  const world = await emptyWorld(t)
  const ids = [1n, 2n, 3n, 4n].map((payload) => idAt(NOON, payload))
  for (const id of ids) add(world, id)
  const { iterator } = await page(world, 'limit=2')
  t.equal(iterator, ids[2])
  t.strictSame((await page(world, `limit=2&iterator=${iterator}&order=ascending`)).ids, [ids[3]])
})

t.test('filters hold for backward pages and for what follows', async (t) => {
  const world = await emptyWorld(t)
  const ids = Array.from({ length: 9 }, (_, n) => idAt(NOON, BigInt(n)))
  ids.forEach((id, n) => { world.sandbox.startTask({ api: 'svix', kind: n % 3 === 0 ? 'sdk.generate' : 'endpoint.replay', id }) })
  t.strictSame(await page(world, `task=sdk.generate&limit=2&iterator=-${ids[0]}`), { ids: [ids[6], ids[3]], iterator: ids[3], prevIterator: `-${ids[6]}`, done: true })
  t.strictSame(await page(world, `task=sdk.generate&limit=1&iterator=-${ids[0]}`), { ids: [ids[3]], iterator: ids[3], prevIterator: `-${ids[3]}`, done: false })
})

t.test('the list covers (now - 90 days, now + 1 hour], to the slot of 4 ms', async (t) => {
  const world = await emptyWorld(t)
  const outside = [idAt(NOON - 90 * DAY_MS, 0n), idAt(NOON - 90 * DAY_MS, MAX_PAYLOAD), idAt(NOON + HOUR_MS + 4, 0n), idAt(NOON + DAY_MS, 0n)]
  const inside = [idAt(NOON - 90 * DAY_MS + 4, 0n), idAt(NOON, 0n), idAt(NOON + HOUR_MS, 0n), idAt(NOON + HOUR_MS, MAX_PAYLOAD)]
  for (const id of [...outside, ...inside]) add(world, id)
  t.strictSame((await page(world, 'order=ascending')).ids, inside)
  t.strictSame((await page(world, 'order=descending')).ids, [...inside].reverse())
  for (const id of outside) t.equal((await ask(world, `${LIST}/${id}`)).status, 200, 'reading by id works at any age')
})

t.test('the window moves with the clock, not with the iterator', async (t) => {
  const world = await emptyWorld(t)
  const ids = [0, 1, 2].map((day) => idAt(NOON + day * 60_000, 0n))
  for (const id of ids) add(world, id)
  await world.sandbox.clock.advance(90 * DAY_MS - 4)
  t.strictSame((await page(world, 'order=ascending')).ids, ids)
  await world.sandbox.clock.advance(4)
  t.strictSame((await page(world, 'order=ascending')).ids, ids.slice(1))
  t.strictSame((await page(world, `order=ascending&iterator=${RECOVER_ID}`)).ids, ids.slice(1))
  t.strictSame((await page(world, `order=descending&iterator=${ids[2]}`)).ids, ids.slice(1, 2))
  await world.sandbox.clock.advance(DAY_MS)
  t.strictSame(await page(world, ''), { ids: [], iterator: null, prevIterator: undefined, done: true })
})

t.test('an expired task is neither listed nor found', async (t) => {
  const world = await emptyWorld(t)
  const ids = [1n, 2n].map((payload) => idAt(NOON, payload))
  for (const id of ids) add(world, id)
  world.sandbox.simulator.expire('svix', ids[0] ?? '')
  t.strictSame((await page(world, '')).ids, [ids[1]])
  t.equal((await ask(world, `${LIST}/${ids[0]}`)).status, 404)
})

t.test('a fresh list has several pages of tasks of every kind and status, documented ones not among them', async (t) => {
  const world = await svixWorld(t)
  const pages = await walk(world, { limit: 50, order: 'descending', isBackwards: false, onPage: () => {} })
  t.strictSame(pages.map(({ length }) => length), [50, 50, 50, 8])
  const { data }: { data: Array<{ id: string, status: string, task: string }> } = JSON.parse((await ask(world, `${LIST}?limit=250`)).body)
  t.equal(new Set(data.map(({ task }) => task)).size, 8)
  t.strictSame(new Set(data.map(({ status }) => status)), new Set(['running', 'failed', 'finished']))
  t.equal(data[0]?.status, 'running')
  t.notOk(data.some(({ id }) => id === RECOVER_ID))
})

interface Walk {
  readonly limit: number
  readonly order: 'ascending' | 'descending'
  /** From the far end by `prevIterator` instead of from the near one by `iterator`. */
  readonly isBackwards: boolean
  readonly onPage: () => void
}

/** Walks until `done`, as clients do; pages in the order in which they came. */
async function walk (world: TestWorld, { limit, order, isBackwards, onPage }: Walk): Promise<string[][]> {
  const pages: string[][] = []
  const end = order === 'ascending' ? 'qtask_aWgEPTl1tmebfsQzFP4bxwgy80V' : `qtask_${'0'.repeat(27)}`
  let iterator = isBackwards ? `-${end}` : undefined
  for (;;) {
    const { ids, iterator: next, prevIterator, done } = await page(world, `limit=${limit}&order=${order}${iterator === undefined ? '' : `&iterator=${iterator}`}`)
    pages.push(ids)
    if (done) return pages
    iterator = isBackwards ? prevIterator : next ?? undefined
    if (iterator === undefined || pages.length > 1000) throw new Error('a page that is not done leads nowhere')
    onPage()
  }
}

/** Ids near now, so that many share a slot; as numbers of 4 ms and payload. */
const instants = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 50 })), { maxLength: 60, selector: ([slot, payload]) => `${slot} ${payload}` })
const walks = { limit: fc.integer({ min: 1, max: 20 }), order: fc.constantFrom('ascending' as const, 'descending' as const), isBackwards: fc.boolean() }

t.test('concatenated pages are the sorted set, whatever the limit, order and direction', async (t) => {
  const world = await emptyWorld(t)
  await fc.assert(fc.asyncProperty(instants, fc.record(walks), async (drawn, how) => {
    world.sandbox.simulator.reset()
    const ids = drawn.map(([slot, payload]) => idAt(NOON + slot * 4, BigInt(payload)))
    for (const id of ids) add(world, id)
    const pages = await walk(world, { ...how, onPage: () => {} })
    const sorted = [...ids].sort()
    const expected = how.order === 'ascending' ? sorted : sorted.reverse()
    const got = (how.isBackwards ? [...pages].reverse() : pages).flat()
    if (got.join() !== expected.join()) throw new Error(`got ${got.join()}, expected ${expected.join()}`)
    const fullPages = pages.slice(0, -1)
    if (fullPages.some(({ length }) => length !== how.limit)) throw new Error('only the last page may be short')
  }), { seed: 1, numRuns: 150 })
  t.pass('held for 150 sets')
})

t.test('tasks added during a walk neither repeat nor hide any other', async (t) => {
  const world = await emptyWorld(t)
  await fc.assert(fc.asyncProperty(instants, instants, fc.record(walks), async (drawn, added, how) => {
    world.sandbox.simulator.reset()
    const toId = ([slot, payload]: [number, number], half: bigint): string => idAt(NOON + slot * 4, BigInt(payload) * 2n + half)
    const original = drawn.map((place) => toId(place, 0n))
    const later = added.map((place) => toId(place, 1n))
    for (const id of original) add(world, id)
    const pages = await walk(world, { ...how, onPage: () => { for (const id of later.splice(0, 3)) add(world, id) } })
    const got = (how.isBackwards ? [...pages].reverse() : pages).flat()
    if (new Set(got).size !== got.length) throw new Error('a task came twice')
    const missing = original.filter((id) => !got.includes(id))
    if (missing.length > 0) throw new Error(`lost ${missing.join()}`)
    const sorted = [...got].sort()
    if (got.join() !== (how.order === 'ascending' ? sorted : sorted.reverse()).join()) throw new Error('out of order')
  }), { seed: 1, numRuns: 150 })
  t.pass('held for 150 walks')
})

t.test('a walk with iterator to the end and back with prevIterator sees the same tasks', async (t) => {
  const world = await svixWorld(t)
  const there = await walk(world, { limit: 40, order: 'descending', isBackwards: false, onPage: () => {} })
  const back: string[][] = []
  let prev = await page(world, `limit=40&iterator=-${there.flat().at(-1)}`)
  for (;;) {
    back.unshift(prev.ids)
    if (prev.done) break
    prev = await page(world, `limit=40&iterator=${prev.prevIterator}`)
  }
  t.strictSame(back.flat(), there.flat().slice(0, -1))
})
