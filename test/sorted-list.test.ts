import fc from 'fast-check'
import t from 'tap'
import { SortedList } from '../src/sorted-list.js'

interface Item { readonly key: number }

const item = (key: number): Item => ({ key })
const byKey = (a: Item, b: Item): number => a.key - b.key
const keys = (walk: Iterable<Item>): number[] => [...walk].map(({ key }) => key)
const at = (place: number) => ({ key }: Item): number => key - place

function listOf (...all: number[]): SortedList<Item> {
  const list = new SortedList<Item>(byKey)
  for (const key of all) list.add(item(key))
  return list
}

t.test('walks go in order from either end', async (t) => {
  const list = listOf(3, 1, 2)
  t.same(keys(list.ascending()), [1, 2, 3])
  t.same(keys(list.descending()), [3, 2, 1])
  t.equal(list.size, 3)
})

t.test('a walk begins strictly behind its place, whether an item stands there or not', async (t) => {
  const list = listOf(10, 20, 30)
  t.same(keys(list.ascending(at(20))), [30])
  t.same(keys(list.ascending(at(15))), [20, 30])
  t.same(keys(list.descending(at(20))), [10])
  t.same(keys(list.descending(at(25))), [20, 10])
  t.same(keys(list.ascending(at(30))), [])
  t.same(keys(list.descending(at(10))), [])
  t.same(keys(list.ascending(at(5))), [10, 20, 30])
  t.same(keys(list.descending(at(35))), [30, 20, 10])
})

t.test('an empty list has nothing to walk', async (t) => {
  const list = new SortedList<Item>(byKey)
  t.same([keys(list.ascending()), keys(list.descending()), keys(list.ascending(at(1))), keys(list.descending(at(1)))], [[], [], [], []])
  list.remove(item(1))
  t.equal(list.size, 0)
})

t.test('only the very item is removed', async (t) => {
  const list = new SortedList<Item>(byKey)
  const one = item(1)
  list.add(one)
  list.remove(item(1))
  t.equal(list.size, 1)
  list.remove(one)
  t.same([list.size, keys(list.ascending())], [0, []])
})

t.test('a list of many chunks stays a sorted list through adds and removals anywhere (property)', async () => {
  fc.assert(fc.property(fc.array(fc.nat(20_000), { minLength: 3000, maxLength: 6000 }), fc.infiniteStream(fc.boolean()), fc.array(fc.nat(20_000), { maxLength: 20 }), (drawn, coin, places) => {
    const list = new SortedList<Item>(byKey)
    const all = new Map([...new Set(drawn)].map((key) => [key, item(key)]))
    for (const each of all.values()) list.add(each)
    for (const each of [...all.values()]) {
      if (coin.next().value === true) {
        list.remove(each)
        all.delete(each.key)
      }
    }
    const sorted = [...all.keys()].sort((a, b) => a - b)
    const same = (walk: Iterable<Item>, expected: readonly number[]): boolean => JSON.stringify(keys(walk)) === JSON.stringify(expected)
    return list.size === sorted.length && same(list.ascending(), sorted) && same(list.descending(), sorted.toReversed()) && places.every((place) =>
      same(list.ascending(at(place)), sorted.filter((key) => key > place)) && same(list.descending(at(place)), sorted.filter((key) => key < place).toReversed()))
  }), { seed: 1, numRuns: 20 })
})

t.test('pages by cursor give nothing twice and lose nothing while others come and go (property)', async () => {
  const original = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 400 })
  // Half steps: newcomers land between, before and behind what is there.
  const newcomers = fc.uniqueArray(fc.integer({ min: 0, max: 5000 }).map((key) => key + 0.5), { maxLength: 200 })
  fc.assert(fc.property(original, newcomers, fc.integer({ min: 1, max: 50 }), fc.boolean(), (keysBefore, keysMeanwhile, limit, downwards) => {
    const list = listOf(...keysBefore)
    const coming = keysMeanwhile.map(item)
    const seen: number[] = []
    let page: number[]
    do {
      const place = seen.length === 0 ? undefined : at(seen.at(-1) ?? 0)
      page = []
      for (const { key } of downwards ? list.descending(place) : list.ascending(place)) {
        if (page.push(key) === limit) break
      }
      seen.push(...page)
      for (const newcomer of coming.splice(0, 3)) list.add(newcomer)
      // One that came earlier leaves again.
      const leaver = keysMeanwhile.length > 9 && seen.length % 2 === 0 ? [...list.ascending()].find(({ key }) => key % 1 !== 0) : undefined
      if (leaver !== undefined) list.remove(leaver)
    } while (page.length > 0)
    const sorted = seen.toSorted((a, b) => downwards ? b - a : a - b)
    return new Set(seen).size === seen.length && JSON.stringify(sorted) === JSON.stringify(seen) && keysBefore.every((key) => seen.includes(key))
  }), { seed: 1, numRuns: 100 })
})

t.test('clear empties the list', async (t) => {
  const list = listOf(1, 2)
  list.clear()
  t.same([list.size, keys(list.ascending())], [0, []])
})

t.test('a walk goes on from where it is, whatever comes and goes meanwhile (property)', async () => {
  const original = fc.uniqueArray(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 3000 })
  const newcomers = fc.uniqueArray(fc.integer({ min: 0, max: 5000 }).map((key) => key + 0.5), { maxLength: 200 })
  fc.assert(fc.property(original, newcomers, fc.infiniteStream(fc.nat(5000)), fc.boolean(), (keysBefore, keysMeanwhile, leavers, downwards) => {
    const list = listOf(...keysBefore)
    const coming = keysMeanwhile.map(item)
    const seen: number[] = []
    const gone = new Set<number>()
    for (const each of downwards ? list.descending() : list.ascending()) {
      seen.push(each.key)
      if (seen.length % 3 !== 0) continue
      for (const newcomer of coming.splice(0, 2)) list.add(newcomer)
      // Another one leaves, and at times the very one that the walk stands at.
      const { value: place = 0 } = leavers.next()
      const leaver = seen.length % 2 === 0 ? each : list.ascending(at(place)).next().value
      if (leaver === undefined) continue
      list.remove(leaver)
      gone.add(leaver.key)
    }
    const sorted = seen.toSorted((a, b) => downwards ? b - a : a - b)
    return new Set(seen).size === seen.length && JSON.stringify(sorted) === JSON.stringify(seen) && keysBefore.every((key) => seen.includes(key) || gone.has(key))
  }), { seed: 1, numRuns: 50 })
})

t.test('a walk ends when the list is cleared', async (t) => {
  for (const downwards of [false, true]) {
    const list = listOf(1, 2, 3)
    const walk = downwards ? list.descending() : list.ascending()
    walk.next()
    list.clear()
    t.same(walk.next(), { done: true, value: undefined })
  }
})
