/**
 * Resources other than tasks on the wire: one of them, and pages of them, as JSON and HAL (cognigy contract, 5.2.4 and 7.2).
 */
import type { Json, JsonObject } from '../../simulator/script.js'
import { forEachInSlices } from '../../slices.js'
import { SortedList } from '../../sorted-list.js'
import { invalidValue } from './errors.js'
import type { PageQuery } from './list-query.js'
import { compareValues, cursorsOf, valuesOf, walk } from './paging.js'
import { pageLinks, type Addressee, type Page } from './view.js'

/** A resource as the vendor shows it. */
export interface Entity {
  readonly body: JsonObject
  /** Where it is read: the vendor's path without `/new`. */
  readonly path: string
  /** What HAL lists show of it, where that differs. */
  readonly halItem?: JsonObject
}

/** What is listed of the records, made one by one as it is asked for. */
export function * entitiesOf<Kept> (records: readonly Kept[], isListed: (record: Kept) => boolean, toEntity: (record: Kept) => Entity): Generator<Entity> {
  for (const record of records) if (isListed(record)) yield toEntity(record)
}

/** The entity with its links where the addressee wants them. */
export function entityFor (entity: Entity, { medium, mount }: Addressee): JsonObject {
  return medium === 'application/hal+json' ? linked(entity.body, entity, mount) : entity.body
}

/** The page that the query means, in the addressee's medium; `collection` is its name in HAL. Throws the 400 for a cursor that names none of them. */
export async function renderEntities (entities: Iterable<Entity>, query: PageQuery, collection: string, { medium, mount, path }: Addressee): Promise<string> {
  const { items, total, nextCursor, previousCursor } = await pageOf(entities, query)
  if (medium !== 'application/hal+json') return JSON.stringify({ items: items.map(({ body }) => body), total, nextCursor, previousCursor })
  return JSON.stringify({
    _embedded: { [collection]: items.map((entity) => linked(entity.halItem ?? entity.body, entity, mount)) },
    _links: pageLinks({ nextCursor, previousCursor }, mount, path),
    total,
  })
}

function linked (body: JsonObject, { path }: Entity, mount: string): JsonObject {
  return { ...body, _links: { self: { href: mount + path } } }
}

/** An entity that is on the list that was asked for. */
interface Match {
  readonly entity: Entity
  /** Its place in the order of creation. */
  readonly index: number
  /** What it is sorted by. */
  readonly values: readonly Json[]
}

/** As pages of tasks: in the order asked for, ties in that of creation, cursors being ids. */
async function pageOf (entities: Iterable<Entity>, query: PageQuery): Promise<Pick<Page, 'total' | 'nextCursor' | 'previousCursor'> & { readonly items: readonly Entity[] }> {
  const { filter, sort, cursor } = query
  const direction = sort[0].descending ? -1 : 1
  const matches = new SortedList<Match>((a, b) => compareValues(sort, a.values, b.values) || direction * (a.index - b.index))
  let from: Match | undefined
  await forEachInSlices(entities, (entity, index) => {
    if (!String(entity.body['name'] ?? '').toLowerCase().includes(filter)) return
    const match = { entity, index, values: valuesOf(sort, entity.body) }
    matches.add(match)
    if (idOf(entity) === cursor?.id) from = match
  })
  if (cursor !== undefined && from === undefined) throw invalidValue(cursor.towards, 'a cursor from an earlier reply')
  const stretch = walk(matches, query, false, from && matches.placeOf(from))
  return { items: stretch.items.map(({ entity }) => entity), total: matches.size, ...cursorsOf(stretch, ({ entity }) => idOf(entity)) }
}

function idOf ({ body }: Entity): string {
  return String(body['_id'])
}
