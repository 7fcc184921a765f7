/**
 * What the OpenAPI document says about the companions.
 */
import { Type } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'
import { halOf, jsonMedia, pathParams, plainMedia, problems, SECURITY } from '../documentation.js'
import { ListQuery } from '../schemas.js'
import type { CompanionRow, Documented } from './row.js'

/** The schema of the row's route. */
export function documentCompanion (row: CompanionRow): FastifySchema {
  const { method, path, body, shows, collection, isPlain = false, operationId, summary, tag, emulated } = row
  const params = pathParams(path)
  const isGraph = path.endsWith('/graph')
  return {
    operationId,
    'x-emulated': emulated,
    tags: [tag],
    summary,
    security: SECURITY,
    ...(params === undefined ? {} : { params }),
    ...(collection !== undefined ? { querystring: ListQuery } : isGraph ? { querystring: GraphQuery } : {}),
    ...(body === undefined ? {} : { consumes: ['application/json'], body }),
    response: {
      ...(shows === undefined
        ? { 204: { description: 'It is so from now on', type: 'null' } }
        : { 200: { description: collection === undefined ? 'As it is now' : 'A page, the newest first unless sorted otherwise', content: contentOf(shows, path, collection, isPlain) } }),
      ...problems(400, 401, ...(params === undefined && collection !== undefined ? [] : [404] as const), ...(path.endsWith('/downloadlink') ? [409] as const : []), ...(method === 'GET' ? [] : [413] as const), 500),
    },
  }
}

const GraphQuery = Type.Object({
  packages: Type.Optional(Type.String({ description: '`true`: with those of the project\'s packages' })),
  dependencies: Type.Optional(Type.String({ description: '`true`: with what each depends on' })),
})

function contentOf (shows: Documented, path: string, collection: string | undefined, isPlain: boolean): object {
  if (isPlain) return plainMedia(shows)
  const self = `/v2.0${path.replace(/:\w+/g, '61f25579055c2f43c249a181')}`
  if (collection === undefined) return jsonMedia(shows, halOf(shows.schema, shows.example, self))
  const { title = '' } = shows.schema
  const { schema, example } = shows.halItem ?? shows
  const item = halOf(schema, example, `${self}/${String(example['_id'])}`)
  const Page = Type.Object({
    items: Type.Array(shows.schema),
    total: Type.Integer(),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
    previousCursor: Type.Union([Type.String(), Type.Null()]),
  }, { title: `${title}List` })
  const HalPage = Type.Object({
    _embedded: Type.Object({ [collection]: Type.Array(item.schema) }),
    _links: Type.Object({ self: Type.Object({ href: Type.String() }) }),
    total: Type.Integer(),
  }, { title: `Hal${title}List` })
  return jsonMedia(
    { schema: Page, example: { items: [shows.example], total: 1, nextCursor: null, previousCursor: null } },
    { schema: HalPage, example: { _embedded: { [collection]: [item.example] }, _links: { self: { href: self } }, total: 1 } }
  )
}
