/**
 * Resources other than tasks on the wire: one of them, and pages of them, as JSON and HAL (cognigy contract, 5.2.4 and 7.2).
 */
import type { JsonObject } from '../../simulator/script.js'
import { invalidValue } from './errors.js'
import type { PageQuery } from './list-query.js'
import { compareBy } from './pages.js'
import { pageLinks, type Addressee } from './view.js'

/** A resource as the vendor shows it. */
export interface Entity {
  readonly body: JsonObject
  /** Where it is read: the vendor's path without `/new`. */
  readonly path: string
  /** What HAL lists show of it, where that differs. */
  readonly halItem?: JsonObject
}

/** The entity with its links where the addressee wants them. */
export function entityFor (entity: Entity, { medium, mount }: Addressee): JsonObject {
  return medium === 'application/hal+json' ? linked(entity.body, entity, mount) : entity.body
}

/** The page that the query means, in the addressee's medium; `collection` is its name in HAL. Throws the 400 for a cursor that names none of them. */
export function renderEntities (entities: readonly Entity[], query: PageQuery, collection: string, { medium, mount, path }: Addressee): string {
  const { items, total, nextCursor, previousCursor } = pageOf(entities, query)
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

/** As pages of tasks: in the order asked for, ties in that of creation, cursors being ids. */
function pageOf (entities: readonly Entity[], { filter, sort, cursor, skip, limit }: PageQuery): { items: Entity[], total: number, nextCursor: string | null, previousCursor: string | null } {
  const direction = sort[0].descending ? -1 : 1
  const matches = entities
    .map((entity, index) => ({ entity, index }))
    .filter(({ entity }) => String(entity.body['name'] ?? '').toLowerCase().includes(filter))
    .sort((a, b) => compareBy(sort, a.entity.body, b.entity.body) || direction * (a.index - b.index))
    .map(({ entity }) => entity)
  let start = skip
  let end = skip + limit
  if (cursor !== undefined) {
    const at = matches.findIndex((entity) => idOf(entity) === cursor.id)
    if (at < 0) throw invalidValue(cursor.towards, 'a cursor from an earlier reply')
    end = cursor.towards === 'next' ? at + 1 + skip + limit : Math.max(at - skip, 0)
    start = cursor.towards === 'next' ? at + 1 + skip : Math.max(end - limit, 0)
  }
  const items = matches.slice(start, end)
  const [first, last] = [items[0], items.at(-1)]
  return {
    items,
    total: matches.length,
    nextCursor: last !== undefined && end < matches.length ? idOf(last) : null,
    previousCursor: first !== undefined && start > 0 ? idOf(first) : null,
  }
}

function idOf ({ body }: Entity): string {
  return String(body['_id'])
}
