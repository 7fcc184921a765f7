/**
 * What a request is to the simulation: read off its method and URL by the patterns that each API hands over. Pure.
 */

export const OPERATIONS = ['poll', 'list', 'start', 'cancel', 'other'] as const
/** What a request does: reads one task, reads a page of tasks, starts one, cancels one, or anything else. */
export type Operation = typeof OPERATIONS[number]

/** A request's meaning, as far as its URL tells. */
export interface Call {
  readonly operation: Operation
  /** In the form in which the task is stored. */
  readonly taskId?: string
  /** First line of output that is asked for: 0 unless told; undefined where the API has no output, or where it can't be read. */
  readonly first?: number
  /** How long the client is ready to wait. */
  readonly waitMs?: number
  /** Where a page begins, as an earlier page told; undefined for the first page. */
  readonly cursor?: string
}

/** One form of request. */
export interface CallPattern {
  readonly operation: Operation
  readonly methods: readonly string[]
  /** Matches the vendor's path without query; a group called `id` is the task's id. */
  readonly path: RegExp
  /** The id as stored, from the id as written. */
  readonly toTaskId?: (written: string) => string
  /** Names of the query parameters that mean the same with every vendor. */
  readonly query?: { readonly first?: string, readonly waitSeconds?: string, readonly cursors?: readonly string[] }
}

/** Headers of a reply by lower-case name. */
export type ReplyHeaders = Readonly<Record<string, string | number | string[] | undefined>>

const OTHER: Call = { operation: 'other' }

/** The request's meaning by the first pattern that matches; `path` is the vendor's with its query. */
export function readCall (patterns: readonly CallPattern[], method: string, path: string): Call {
  const queryAt = path.search(/[?#]/)
  const bare = queryAt < 0 ? path : path.slice(0, queryAt)
  for (const pattern of patterns) {
    const match = pattern.methods.includes(method) ? pattern.path.exec(bare) : null
    if (match === null) continue
    const written = match.groups?.['id']
    const call: { -readonly [Key in keyof Call]: Call[Key] } = { operation: pattern.operation }
    if (written !== undefined) call.taskId = (pattern.toTaskId ?? asWritten)(decoded(written))
    if (pattern.query === undefined) return call
    const query = new URLSearchParams(queryAt < 0 ? '' : path.slice(queryAt).replace(/^\?|#.*$/gs, ''))
    const first = pattern.query.first === undefined ? undefined : wholeNumber(query.get(pattern.query.first) || '0')
    const waitSeconds = wholeNumber(query.get(pattern.query.waitSeconds ?? ''))
    const cursor = pattern.query.cursors?.map((name) => query.get(name)).find((value) => value !== null && value !== '') ?? undefined
    if (first !== undefined) call.first = first
    if (waitSeconds !== undefined) call.waitMs = waitSeconds * 1000
    if (cursor !== undefined) call.cursor = cursor
    return call
  }
  return OTHER
}

function asWritten (id: string): string {
  return id
}

function wholeNumber (text: string | null): number | undefined {
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined
}

function decoded (segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
