/**
 * How the OpenAPI document tells of a call.
 */
import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'

/** Content by media type, as the document shows it. */
type MediaContent = Readonly<Record<string, { readonly schema: TSchema, readonly example?: unknown }>>

/** A call in the document. */
export interface Description {
  readonly operationId: string
  readonly summary: string
  readonly tag: 'Tasks' | 'Content' | 'Bundles' | 'Repositories' | 'Applications' | 'Server' | 'Pages'
  readonly description?: string
  /** What is missing; default: nothing. */
  readonly missing?: string
  /** Default: an API key. */
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly isDeprecated?: boolean
  readonly params?: TObject
  readonly query?: TObject
  /** JSON of this schema, or other media. */
  readonly body?: TSchema | { readonly content: MediaContent }
  readonly reply: ReplyDescription
  /** Replies that are none of the vendor's errors. */
  readonly otherReplies?: readonly ReplyDescription[]
  readonly errors: ReadonlyArray<keyof typeof ERRORS>
}

interface ReplyDescription {
  /** Default: 200. */
  readonly status?: number
  readonly description: string
  /** Of JSON; none: there is no body. */
  readonly schema?: TSchema
  readonly example?: unknown
  readonly content?: MediaContent
  readonly headers?: Readonly<Record<string, object>>
}

/** No credential is asked for. */
export const OPEN: NonNullable<Description['security']> = []

const ErrorReply = Type.Object({
  code: Type.Integer({ description: 'The vendor\'s number of the error.' }),
  error: Type.String({ description: 'What went wrong.' }),
  payload: Type.Null(),
}, { title: 'Error' })

/** What comes in place of an error's body where content has no repository. */
const NoRepository = Type.Object({}, { additionalProperties: false, title: 'NoRepository' })

/** The contract's table of errors (section 6): status, when, code and text. */
const ERRORS = {
  parameter: [400, 'A parameter is no whole number or outside its range.', 25, 'Invalid value for parameter "wait": expected an integer between 0 and 20.'],
  guid: [400, 'The GUID in the path is none.', 3, 'Invalid GUID: abc'],
  name: [400, 'The name breaks the rules.', 5, 'Application name must be between 3 and 64 alphanumeric characters, dashes, and underscores.'],
  bundleIsActive: [400, 'The bundle is being served.', 75, 'You may not delete the active bundle for an application'],
  bundleBelongsElsewhere: [400, 'The bundle is of other content.', 82, 'The bundle for deployment must belong to the target application.'],
  form: [400, 'The multipart form can\'t be read.', 87, 'The request body cannot be parsed'],
  checksum: [400, '`X-Content-Checksum` isn\'t the MD5 sum of the body.', 104, 'The content checksum header and body MD5 sum are not equal.'],
  json: [400, 'The body is no JSON, or holds a wrong type.', 121, 'The request JSON is invalid.'],
  emptyBundle: [400, 'There is no archive.', 125, 'Content-Length cannot be 0.'],
  incompleteCache: [400, 'The request doesn\'t say which cache it means.', 180, 'The request did not identify a cache location'],
  unauthenticated: [401, 'No credential, or one that isn\'t known.', 24, 'The requested operation requires authentication.'],
  taskOfSomebodyElse: [403, 'It is another user\'s.', 19, 'You don\'t have permission to access this item.'],
  roleTooLow: [403, 'The user\'s role doesn\'t allow it.', 22, 'You don\'t have permission to perform this operation.'],
  unknown: [404, 'There is no such thing.', 4, 'The requested object does not exist.'],
  noRepository: [404, 'The content comes from no repository: the body is `{}`.', 4, ''],
  unsupported: [404, 'By another method.', 2, 'The requested method or endpoint is not supported.'],
  unknownCache: [404, 'There is no such cache.', 4, 'Cache does not exist'],
  noBundle: [404, 'Nothing was uploaded.', 28, 'No application bundle to deploy.'],
  unknownTask: [404, 'There is no such task here.', 141, 'Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/'],
  nameTaken: [409, 'The name or path is in use.', 26, 'An object with that name already exists.'],
  tooLarge: [413, 'The body is larger than is taken.', 87, 'The request body cannot be parsed'],
  internal: [500, 'An internal failure.', 1, 'An internal failure occurred.'],
} as const satisfies Readonly<Record<string, readonly [status: number, description: string, code: number, error: string]>> // as: keeps the names

const API_KEY: NonNullable<Description['security']> = [{ apiKey: [] }]

/** The call's entry. */
export function describe ({ operationId, summary, tag, description, missing, security = API_KEY, isDeprecated, params, query, body, reply, otherReplies = [], errors }: Description): FastifySchema {
  return {
    operationId,
    'x-emulated': missing === undefined ? 'fully' : `partly: ${missing}`,
    summary,
    ...(description === undefined ? {} : { description }),
    tags: [tag],
    security,
    ...(isDeprecated === undefined ? {} : { deprecated: isDeprecated }),
    ...(params === undefined ? {} : { params }),
    ...(query === undefined ? {} : { querystring: query }),
    ...(body === undefined ? {} : { body }),
    response: { ...Object.fromEntries([reply, ...otherReplies].map((one) => [one.status ?? 200, replyEntry(one)])), ...errorEntries(errors) },
  }
}

function replyEntry ({ description, schema, example, content, headers }: ReplyDescription): object {
  const json = schema === undefined ? undefined : { 'application/json': { schema, ...(example === undefined ? {} : { example }) } }
  const shown = content ?? json
  return { description, ...(headers === undefined ? {} : { headers }), ...(shown === undefined ? { type: 'null' } : { content: shown }) }
}

/** One entry for each status, with an example for each error of it. */
function errorEntries (names: Description['errors']): Record<number, object> {
  const byStatus = new Map<number, Array<keyof typeof ERRORS>>()
  for (const name of names) {
    const [status] = ERRORS[name]
    byStatus.set(status, [...byStatus.get(status) ?? [], name])
  }
  return Object.fromEntries([...byStatus].sort(([a], [b]) => a - b).map(([status, same]) => {
    const examples = Object.fromEntries(same.map((name) => [name, { value: name === 'noRepository' ? {} : { code: ERRORS[name][2], error: ERRORS[name][3], payload: null } }]))
    const schema = same.includes('noRepository') ? Type.Union([ErrorReply, NoRepository]) : ErrorReply
    return [status, { description: same.map((name) => ERRORS[name][1]).join(' '), content: { 'application/json': { schema, examples } } }]
  }))
}
