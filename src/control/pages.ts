/**
 * Lists of the control plane come in pages.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import { forEachInSlices } from '../slices.js'

export const PAGE_QUERY = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'Most items of a page', expects: 'a whole number of 1 to 1000' })),
  after: Type.Optional(Type.String({ description: 'Where the page begins: `next` of the page before' })),
}

export interface Page<Item> {
  readonly items: Item[]
  /** What `after` takes for the next page; null: this is the last one. */
  readonly next: string | null
}

/** The schema of a page of such items. */
export function PageOf<Item extends TSchema> (item: Item) {
  return Type.Object({ items: Type.Array(item), next: Type.Union([Type.String(), Type.Null()]) })
}

/**
 * The page behind the key `after` of what `toItem` makes of the candidates, which come in the order of their keys, and of which
 * there may be very many; it makes undefined of those that are not on the list.
 */
export async function pageOf<Candidate, Item> (candidates: Iterable<Candidate>, { limit = 100, after }: { readonly limit?: number | undefined, readonly after?: string | undefined }, keyOf: (candidate: Candidate) => string | number, toItem: (candidate: Candidate) => Item | undefined): Promise<Page<Item>> {
  const items: Item[] = []
  let lastKey: string | number | undefined
  let isMore = false
  function * untilFull (): Generator<Candidate> {
    for (const candidate of candidates) {
      if (isMore) return
      yield candidate
    }
  }
  await forEachInSlices(untilFull(), (candidate) => {
    const key = keyOf(candidate)
    if (after !== undefined && (typeof key === 'number' ? key <= Number(after) : key <= after)) return
    const item = toItem(candidate)
    if (item === undefined) return
    isMore = items.length === limit
    if (isMore) return
    items.push(item)
    lastKey = key
  })
  return { items, next: isMore && lastKey !== undefined ? String(lastKey) : null }
}

export type PageQuery = Static<ReturnType<typeof Type.Object<typeof PAGE_QUERY>>>
