/**
 * A route's schema as an operation of an OpenAPI 3.1 document. Pure. What is described is TypeBox's JSON Schema, all in one piece:
 * there are no references in it.
 */
type Described = Readonly<Record<string, unknown>>

/** Names of parameters that tell who asks: an operation has them as security schemes. */
export type CredentialNames = Readonly<Record<'query' | 'header' | 'path', ReadonlySet<string>>>

const JSON_TYPE = 'application/json'

/** What is taken over as it stands, in the order of the document. */
const HEAD = ['operationId', 'summary', 'tags'] as const
const FOOT = ['deprecated', 'security'] as const

/** The operation of a route with this schema, at a path with its parameters in braces. */
export function operationOf (schema: Described, path: string, credentials: CredentialNames): Described {
  const named = [...path.matchAll(/\{([^{}]+)\}/g)].map(([, name = '']) => name)
  const params = schema['params'] ?? (named.length === 0 ? undefined : { properties: Object.fromEntries(named.map((name) => [name, { type: 'string' }])) })
  const parameters = [
    ...parametersOf(schema['querystring'], 'query', credentials),
    ...parametersOf(params, 'path', credentials),
    ...parametersOf(schema['headers'], 'header', credentials),
  ]
  return {
    ...picked(schema, HEAD),
    ...described(schema),
    ...(isDescribed(schema['body']) ? { requestBody: requestBodyOf(schema['body'], schema['consumes']) } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...picked(schema, FOOT),
    ...picked(schema, Object.keys(schema).filter((key) => key.startsWith('x-'))),
    responses: responsesOf(schema['response']),
  }
}

/** What the vendor's own document says of the call, or how near to it the emulation comes. */
function described ({ description, 'x-emulated': emulated }: Described): Described {
  if (typeof description === 'string') return { description }
  if (typeof emulated !== 'string') return {}
  return { description: emulated === 'fully' ? 'As the vendor\'s service answers.' : `As the vendor's service answers, but: ${emulated.replace(/^partly: /, '')}.` }
}

/** The path of a Fastify route as OpenAPI writes it: `/tasks/:id` is `/tasks/{id}`. */
export function documentPathOf (url: string): string {
  return url.replace(/:(\w+)/g, '{$1}').replace('*', '{*}')
}

function parametersOf (schema: unknown, place: 'query' | 'path' | 'header', credentials: CredentialNames): Described[] {
  if (!isDescribed(schema) || !isDescribed(schema['properties'])) return []
  const required = Array.isArray(schema['required']) ? schema['required'] : []
  return Object.entries(schema['properties']).filter(([name]) => !credentials[place].has(name)).map(([name, property]) => {
    const { description, ...bare } = asDescribed(documented(property))
    return {
      ...mediaOf(bare),
      in: place,
      name,
      required: place === 'path' || required.includes(name),
      ...(description === undefined ? {} : { description }),
    }
  })
}

function requestBodyOf (body: Described, consumes: unknown): Described {
  const content = contentOf(body)
  if (content !== undefined) return { required: true, content: Object.fromEntries(Object.entries(content).map(([type, { schema }]) => [type, mediaOf(asDescribed(documented(schema)))])) }
  const media = mediaOf(asDescribed(documented(body)))
  return { required: true, content: Object.fromEntries(mediaTypes(consumes).map((type) => [type, media])), ...picked(body, ['description']) }
}

function responsesOf (responses: unknown): Described {
  return Object.fromEntries(Object.entries(asDescribed(responses)).map(([status, described]) => {
    const { headers, ...reply } = asDescribed(described)
    const content = contentOf(reply) ?? (reply['type'] === 'null' ? undefined : { [JSON_TYPE]: mediaOf(asDescribed(documented(reply))) })
    return [status.replace('xx', 'XX'), {
      description: reply['description'],
      ...(isDescribed(headers) ? { headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, headerOf(asDescribed(header))])) } : {}),
      ...(content === undefined ? {} : { content: documented(content) }),
    }]
  }))
}

function headerOf ({ description, ...schema }: Described): Described {
  return { schema, ...(description === undefined ? {} : { description }) }
}

/** Bodies and replies of several media types say so by themselves. */
function contentOf (schema: Described): Readonly<Record<string, Described>> | undefined {
  const { content } = schema
  return isDescribed(content) && Object.values(content).every((media) => isDescribed(media) && media['schema'] !== undefined) ? content as Readonly<Record<string, Described>> : undefined // as: every value has just been looked at
}

function mediaTypes (given: unknown): readonly string[] {
  return Array.isArray(given) && given.length > 0 ? given.map(String) : [JSON_TYPE]
}

/** A schema's examples stand beside it. */
function mediaOf ({ examples, ...schema }: Described): Described {
  if (!Array.isArray(examples) || examples.length === 0) return { schema }
  if (examples.length === 1) return { schema, example: examples[0] }
  return { schema, examples: Object.fromEntries(examples.map((value, at) => [typeof value === 'object' ? `example${at + 1}` : String(value), { value }])) }
}

/**
 * The same in the words that most tools read: records, which TypeBox writes as a pattern of names, are `additionalProperties`, and
 * a constant is the only value of an `enum`.
 */
function documented (schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(documented)
  if (!isDescribed(schema)) return schema
  const { patternProperties, const: only, ...rest } = schema
  return {
    ...Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, documented(value)])),
    ...(isDescribed(patternProperties) ? { additionalProperties: documented(Object.values(patternProperties)[0]) } : {}),
    ...(only === undefined ? {} : { enum: [only] }),
  }
}

function picked (from: Described, keys: readonly string[]): Described {
  return Object.fromEntries(keys.filter((key) => from[key] !== undefined && from[key] !== false).map((key) => [key, from[key]]))
}

function isDescribed (value: unknown): value is Described {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asDescribed (value: unknown): Described {
  return isDescribed(value) ? value : {}
}
