/**
 * The OpenAPI document of an API, generated from the schemas its routes are registered with.
 */
import Fastify, { type FastifyPluginCallback, type RouteOptions } from 'fastify'
import type { ApiRoutesOptions, OpenApiHead, SecurityScheme } from './api.js'
import { documentPathOf, operationOf, type CredentialNames } from './openapi-operation.js'
import { NO_COMPILERS } from './schema-compilers.js'

/** Routes with schemas, and what their document says beside. */
export interface Documented {
  readonly openapi: OpenApiHead
  readonly routes: FastifyPluginCallback<ApiRoutesOptions>
}

/** The document as JSON text, indented, with a newline at the end: the form in which it is committed and served. */
export async function generateDocument ({ openapi: { info, servers, tags, securitySchemes = {}, security }, routes }: Documented): Promise<string> {
  const app = Fastify({ exposeHeadRoutes: false, schemaController: NO_COMPILERS })
  const credentials = credentialNames(securitySchemes)
  const documentedRoutes: RouteOptions[] = []
  app.addHook('onRoute', (route) => { if (route.method !== 'HEAD' && route.schema?.hide !== true) documentedRoutes.push(route) })
  await app.register(routes, { document: async () => '', maxUploadBytes: 0 })
  await app.ready()
  await app.close()
  const paths: Record<string, Record<string, unknown>> = {}
  // Only now: plugins add to the schemas of their routes by hooks of their own.
  for (const { method, url, schema } of documentedRoutes) {
    const path = documentPathOf(url)
    for (const one of [method].flat()) paths[path] = { ...paths[path], [one.toLowerCase()]: operationOf({ ...schema }, path, credentials) }
  }
  const document = {
    openapi: '3.1.0',
    info: { ...info, contact: { name: 'Pollux' }, license: { name: 'MIT', identifier: 'MIT' } },
    components: { securitySchemes, schemas: {} },
    paths,
    servers,
    security,
    tags,
  }
  return JSON.stringify(withComponents(JSON.parse(JSON.stringify(document, withoutHints))), undefined, 2) + '\n'
}

/** The parameters that carry the credentials of these schemes. */
function credentialNames (schemes: Readonly<Record<string, SecurityScheme>>): CredentialNames {
  const namesIn = (place: string): ReadonlySet<string> => new Set(Object.values(schemes).flatMap((scheme) => scheme.in === place ? [scheme.name] : []))
  const isHttp = Object.values(schemes).some(({ type }) => type === 'http')
  return { query: namesIn('query'), header: new Set([...namesIn('header'), ...isHttp ? ['authorization'] : []]), path: new Set() }
}

/** Leaves out `expects`, our own word in schemas for what error messages say is allowed. */
function withoutHints (key: string, value: unknown): unknown {
  return key === 'expects' && typeof value === 'string' ? undefined : value
}

/** Schemas that have a title and stand in several places are written once, among the components. */
function withComponents (document: { readonly paths: unknown, readonly components?: Readonly<Record<string, unknown>> }): unknown {
  const uses = new Map<string, { readonly json: string, count: number }>()
  visitTitled(document.paths, (title, json) => {
    const use = uses.get(title)
    if (use === undefined) uses.set(title, { json, count: 1 })
    else if (use.json === json) use.count++
    else throw new Error(`two schemas of the document are called ${title}`)
  })
  const shared = new Map([...uses].flatMap(([title, { json, count }]) => count > 1 ? [[title, JSON.parse(json)] as const] : []))
  if (shared.size === 0) return document
  const referring = (value: unknown, isRoot = false): unknown => {
    if (Array.isArray(value)) return value.map((entry) => referring(entry))
    if (typeof value !== 'object' || value === null) return value
    const title = titleOf(value)
    if (!isRoot && title !== undefined && shared.has(title)) return { $ref: `#/components/schemas/${title}` }
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, referring(entry)]))
  }
  const schemas = Object.fromEntries([...shared].sort(([a], [b]) => a < b ? -1 : 1).map(([title, schema]) => [title, referring(schema, true)]))
  return { ...document, paths: referring(document.paths), components: { ...document.components, schemas } }
}

function visitTitled (value: unknown, visit: (title: string, json: string) => void): void {
  if (typeof value !== 'object' || value === null) return
  const title = titleOf(value)
  if (title !== undefined) visit(title, JSON.stringify(value))
  for (const entry of Object.values(value)) visitTitled(entry, visit)
}

/** The title of what is an object's schema. */
function titleOf (value: object): string | undefined {
  return 'title' in value && typeof value.title === 'string' && 'type' in value && value.type === 'object' ? value.title : undefined
}
