/**
 * What pages of tasks and those of other resources have in common: the order by keys, the walk from a cursor, and what is said of the neighbours (cognigy contract, 4.6 and 5.1).
 */
import type { Json, JsonObject } from '../../simulator/script.js'
import type { Place, SortedList } from '../../sorted-list.js'
import { valueAt, type PageQuery, type SortKey } from './list-query.js'
import type { Page } from './view.js'

/** A stretch of a list, and whether there is anything on either side of it. */
interface Stretch<Item> {
  readonly items: readonly Item[]
  readonly follow: boolean
  readonly precede: boolean
}

/** Walks from the place and no further than the page: a million others cost nothing. */
export function walk<Item extends object> (list: SortedList<Item>, { cursor, skip, limit }: PageQuery, isDescending: boolean, from: Place<Item> | undefined): Stretch<Item> {
  const isBackward = cursor?.towards === 'previous'
  const along = (isTowardsFirst: boolean, place: Place<Item> | undefined): Generator<Item> => isTowardsFirst ? list.descending(place) : list.ascending(place)
  const items: Item[] = []
  let skipped = 0
  let isMore = false
  for (const item of along(isDescending !== isBackward, from)) {
    if (skipped++ < skip) continue
    isMore = items.length === limit
    if (isMore) break
    items.push(item)
  }
  const isAnyBehind = items[0] !== undefined && along(isDescending === isBackward, list.placeOf(items[0])).next().done !== true
  return isBackward
    ? { items: items.reverse(), follow: isAnyBehind, precede: isMore }
    : { items, follow: isMore, precede: isAnyBehind }
}

/** What the page says of its neighbours. */
export function cursorsOf<Item> ({ items, follow, precede }: Stretch<Item>, idOf: (item: Item) => string): Pick<Page, 'nextCursor' | 'previousCursor'> {
  const [first, last] = [items[0], items.at(-1)]
  return {
    nextCursor: follow && last !== undefined ? idOf(last) : null,
    previousCursor: precede && first !== undefined ? idOf(first) : null,
  }
}

/** What the body is sorted by, one value for each key. */
export function valuesOf (sort: readonly SortKey[], body: JsonObject): Json[] {
  return sort.map(({ path }) => valueAt(body, path))
}

/** The order of two bodies by the values of their keys in turn; 0 when all are equal. */
export function compareValues (sort: readonly SortKey[], a: readonly Json[], b: readonly Json[]): number {
  for (const [index, { descending }] of sort.entries()) {
    const difference = compare(a[index] ?? null, b[index] ?? null)
    if (difference !== 0) return descending ? -difference : difference
  }
  return 0
}

/** Values of one kind by their size, those of different kinds as the vendor's database orders them: null, numbers, texts, objects, booleans. */
function compare (a: Json, b: Json): number {
  const difference = kindRank(a) - kindRank(b)
  if (difference !== 0) return difference
  const [x, y] = [comparable(a), comparable(b)]
  return x === y ? 0 : x < y ? -1 : 1
}

function comparable (value: Json): string | number | boolean {
  return typeof value === 'object' ? JSON.stringify(value) : value
}

function kindRank (value: Json): number {
  if (value === null) return 0
  return ['number', 'string', 'object', 'boolean'].indexOf(typeof value) + 1
}
