import fc from 'fast-check'
import t from 'tap'
import { parseScript } from '../../src/simulator/script.js'
import type { TaskRecord } from '../../src/simulator/task.js'
import { TaskList } from '../../src/simulator/task-list.js'

const script = parseScript({ steps: [{ at: 0 }] })

function task (key: number): TaskRecord {
  return { api: 'svix', id: String(key), kind: 'k', createdAt: key, seq: key, script, scenario: undefined, label: undefined, parameters: {}, result: undefined, effect: undefined, wire: undefined, facts: [], polls: 0, countedPolls: 0 }
}

const byKey = (a: TaskRecord, b: TaskRecord): number => a.createdAt - b.createdAt
const keys = (walk: Iterable<TaskRecord>): number[] => [...walk].map(({ createdAt }) => createdAt)
const at = (key: number) => ({ createdAt }: TaskRecord): number => createdAt - key

function listOf (...all: number[]): TaskList {
  const list = new TaskList(byKey)
  for (const key of all) list.add(task(key))
  return list
}

t.test('walks go in order from either end', async (t) => {
  const list = listOf(3, 1, 2)
  t.same(keys(list.ascending()), [1, 2, 3])
  t.same(keys(list.descending()), [3, 2, 1])
  t.equal(list.size, 3)
})

t.test('a walk begins strictly behind its place, whether a task stands there or not', async (t) => {
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
  const list = new TaskList(byKey)
  t.same([keys(list.ascending()), keys(list.descending()), keys(list.ascending(at(1))), keys(list.descending(at(1)))], [[], [], [], []])
  list.remove(task(1))
  t.equal(list.size, 0)
})

t.test('only the very task is removed', async (t) => {
  const list = new TaskList(byKey)
  const one = task(1)
  list.add(one)
  list.remove(task(1))
  t.equal(list.size, 1)
  list.remove(one)
  t.same([list.size, keys(list.ascending())], [0, []])
})

t.test('a list of many chunks stays a sorted list through adds and removals anywhere (property)', async () => {
  fc.assert(fc.property(fc.array(fc.nat(20_000), { minLength: 3000, maxLength: 6000 }), fc.infiniteStream(fc.boolean()), fc.array(fc.nat(20_000), { maxLength: 20 }), (drawn, coin, places) => {
    const list = new TaskList(byKey)
    const all = new Map([...new Set(drawn)].map((key) => [key, task(key)]))
    for (const each of all.values()) list.add(each)
    for (const each of [...all.values()]) {
      if (coin.next().value === true) {
        list.remove(each)
        all.delete(each.createdAt)
      }
    }
    const sorted = [...all.keys()].sort((a, b) => a - b)
    const same = (walk: Iterable<TaskRecord>, expected: readonly number[]): boolean => JSON.stringify(keys(walk)) === JSON.stringify(expected)
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
    const coming = keysMeanwhile.map(task)
    const seen: number[] = []
    let page: number[]
    do {
      const place = seen.length === 0 ? undefined : at(seen.at(-1) ?? 0)
      page = []
      for (const { createdAt } of downwards ? list.descending(place) : list.ascending(place)) {
        if (page.push(createdAt) === limit) break
      }
      seen.push(...page)
      for (const newcomer of coming.splice(0, 3)) list.add(newcomer)
      // One that came earlier leaves again.
      const leaver = keysMeanwhile.length > 9 && seen.length % 2 === 0 ? [...list.ascending()].find(({ createdAt }) => createdAt % 1 !== 0) : undefined
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
