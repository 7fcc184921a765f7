/**
 * The OpenAPI document of an API, generated from the schemas its routes are registered with.
 */
import swagger from '@fastify/swagger'
import Fastify, { type FastifyPluginCallback, type FastifySchema } from 'fastify'
import type { ApiRoutesOptions, OpenApiHead } from './api.js'
import { NO_COMPILERS } from './schema-compilers.js'

/** Routes with schemas, and what their document says beside. */
export interface Documented {
  readonly openapi: OpenApiHead
  readonly routes: FastifyPluginCallback<ApiRoutesOptions>
}

/** The document as JSON text, indented, with a newline at the end: the form in which it is committed and served. */
export async function generateDocument ({ openapi: { info, servers, tags, securitySchemes, security }, routes }: Documented): Promise<string> {
  const app = Fastify({ exposeHeadRoutes: false, schemaController: NO_COMPILERS })
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { ...info, contact: { name: 'Pollux' }, license: { name: 'MIT', identifier: 'MIT' } },
      servers: [...servers],
      ...(tags === undefined ? {} : { tags: [...tags] }),
      ...(security === undefined ? {} : { security: [...security] }),
      components: { securitySchemes: securitySchemes ?? {} },
    } as never,
    transform: ({ schema, url }) => ({ schema: described(schema), url }),
  })
  await app.register(routes, { document: async () => '', maxUploadBytes: 0, json: { depth: 0, keys: 0 } })
  await app.ready()
  const document = JSON.stringify(withComponents(JSON.parse(JSON.stringify(app.swagger(), withoutHints))), undefined, 2) + '\n'
  await app.close()
  return document
}

/** With what the vendor's own document says of the call, or how near to it the emulation comes. */
function described (schema: FastifySchema | undefined): FastifySchema {
  const { description, 'x-emulated': emulated } = schema ?? {}
  if (description !== undefined || emulated === undefined) return schema ?? {}
  return { ...schema, description: emulated === 'fully' ? 'As the vendor\'s service answers.' : `As the vendor's service answers, but: ${emulated.replace(/^partly: /, '')}.` }
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
