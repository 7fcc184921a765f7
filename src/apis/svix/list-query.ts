/**
 * The query of the list: lexical forms, defaults and violations (svix contract, 4.3 to 4.6).
 */
import { isKsuid, TASK_ID_PREFIX } from './ids.js'
import { ORDERINGS, STATUSES, TASK_FILTERS, type Ordering, type Status } from './schemas.js'

/** A page that was asked for. */
export interface ListQuery {
  readonly limit: number
  readonly iterator: Iterator | undefined
  readonly order: Ordering
  readonly status: Status | undefined
  readonly task: string | undefined
}

/** Where a page begins: strictly behind the id in the list's order, or, backwards, strictly before it. */
export interface Iterator {
  readonly id: string
  readonly isBackwards: boolean
}

/** One thing wrong with a query. */
export interface Violation {
  readonly loc: readonly string[]
  readonly msg: string
  readonly type: string
  /** Why the hosted service can't even deserialize the query; undefined for what it refuses later. */
  readonly unparsable: string | undefined
}

/** What is wrong with a single value, and where below its name. */
type Flaw = Omit<Violation, 'loc'> & { readonly at?: string }

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 250
const LIMIT_FORM = /^[0-9]{1,19}$/
const BACKWARDS = '-'

/** Reads the query; unknown names are ignored. All violations come in the order of the contract's table. */
export function readListQuery (query: Readonly<Record<string, unknown>>): { readonly query: ListQuery, readonly violations: readonly Violation[] } {
  const violations: Violation[] = []

  function read<T> (name: string, absent: T, accept: (text: string) => T | Flaw): T {
    const value = query[name]
    if (value === undefined) return absent
    const accepted = typeof value === 'string' ? accept(value) : duplicate(name)
    if (!isFlaw(accepted)) return accepted
    const { at, msg, type, unparsable } = accepted
    violations.push({ loc: at === undefined ? ['query', name] : ['query', name, at], msg, type, unparsable })
    return absent
  }

  const limit = read('limit', DEFAULT_LIMIT, toLimit)
  const iterator = read<Iterator | undefined>('iterator', undefined, toIterator)
  const order = read<Ordering>('order', 'descending', (text) => toMember('order', ORDERINGS, text))
  const status = read<Status | undefined>('status', undefined, (text) => toMember('status', STATUSES, text))
  const task = read<string | undefined>('task', undefined, (text) => toMember('task', TASK_FILTERS, text))
  return { query: { limit, iterator, order, status, task }, violations }
}

function toLimit (text: string): number | Flaw {
  if (!LIMIT_FORM.test(text)) return { msg: 'value is not a valid integer', type: 'type_error.integer', unparsable: 'limit: invalid digit found in string' }
  const limit = Number(text)
  if (limit < 1) return { msg: 'ensure this value is greater than or equal to 1', type: 'value_error.number.not_ge', unparsable: undefined }
  // Rejected, never clamped, and with the name twice: as the open-source server says it.
  if (limit > MAX_LIMIT) return { at: 'limit', msg: `Given limit must not exceed ${MAX_LIMIT}`, type: 'value_error', unparsable: undefined }
  return limit
}

function toIterator (text: string): Iterator | Flaw {
  const isBackwards = text.startsWith(BACKWARDS)
  const id = isBackwards ? text.slice(BACKWARDS.length) : text
  if (!id.startsWith(TASK_ID_PREFIX)) return { at: '__all__', msg: 'Invalid id. Expected different prefix', type: 'value_error', unparsable: undefined }
  if (!isKsuid(id.slice(TASK_ID_PREFIX.length))) return { at: '__all__', msg: 'ID was not encoded as valid ksuid', type: 'value_error', unparsable: undefined }
  return { id, isBackwards }
}

function toMember<T extends string> (name: string, members: readonly T[], text: string): T | Flaw {
  const member = members.find((known) => known === text)
  if (member !== undefined) return member
  // The wording of Rust's serde: two names joined by "or", more of them as a list.
  const expected = members.length === 2 ? members.map(ticked).join(' or ') : `one of ${members.map(ticked).join(', ')}`
  return {
    msg: `value is not a valid enumeration member; permitted: ${members.map((known) => `'${known}'`).join(', ')}`,
    type: 'type_error.enum',
    unparsable: `${name}: unknown variant ${ticked(text)}, expected ${expected}`,
  }
}

function duplicate (name: string): Flaw {
  return { msg: `duplicate field ${ticked(name)}`, type: 'value_error', unparsable: `duplicate field ${ticked(name)}` }
}

function ticked (text: string): string {
  return `\`${text}\``
}

function isFlaw (value: unknown): value is Flaw {
  return typeof value === 'object' && value !== null && 'msg' in value
}
