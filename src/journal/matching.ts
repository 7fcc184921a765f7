/**
 * Which entries somebody means, and by what the others miss. Pure.
 */
import type { Operation } from '../call.js'
import type { Entry } from './entry.js'
import { redactText } from './redaction.js'

/** What an entry must be; what is undefined doesn't matter. */
export interface Criteria {
  readonly api?: string | undefined
  readonly operation?: Operation | undefined
  readonly method?: string | undefined
  readonly taskId?: string | undefined
  /** A status, a class of them such as `5xx`, or `none` where no reply went out. */
  readonly status?: string | undefined
  /** Id of a rule that struck it, or whether `any` or `none` did. */
  readonly fault?: string | undefined
  /** A part of what the client calls itself. */
  readonly client?: string | undefined
}

/** A criterion that an entry does not meet. */
export interface Miss {
  readonly criterion: keyof Criteria
  readonly expected: string
  readonly actual: string | null
}

const ACTUAL: { readonly [Key in keyof Criteria]-?: (entry: Entry) => string | null } = {
  api: ({ api }) => api,
  operation: ({ call }) => call.operation,
  method: ({ method }) => method,
  taskId: ({ call }) => call.taskId ?? null,
  status: ({ status }) => status === null ? 'none' : String(status),
  fault: ({ faults }) => faults.length === 0 ? 'none' : faults.join(', '),
  client: ({ client }) => client === '' ? null : client,
}

const MEETS: { readonly [Key in keyof Criteria]?: (entry: Entry, expected: string) => boolean } = {
  status: ({ status }, expected) => status === null ? expected === 'none' : expected === String(status) || (expected.endsWith('xx') && expected[0] === String(status)[0]),
  fault: ({ faults }, expected) => expected === 'any' ? faults.length > 0 : expected === 'none' ? faults.length === 0 : faults.includes(Number(expected)),
  client: ({ client }, expected) => client.includes(expected),
}

// Exactly the keys of Criteria, by the type above.
const CRITERIA = Object.keys(ACTUAL) as Array<keyof Criteria>

/** The criteria that the entry does not meet. */
export function missesOf (entry: Entry, criteria: Criteria): Miss[] {
  return CRITERIA.flatMap((criterion) => {
    const expected = criteria[criterion]
    if (expected === undefined) return []
    const actual = ACTUAL[criterion](entry)
    const isMet = MEETS[criterion]?.(entry, expected) ?? actual === expected
    return isMet ? [] : [{ criterion, expected, actual: actual === null ? null : redactText(actual) }]
  })
}

/** True when the entry meets all of them. */
export function isMatch (entry: Entry, criteria: Criteria): boolean {
  return missesOf(entry, criteria).length === 0
}
