/**
 * The query of the task list: its lexical forms and what they mean (cognigy contract, 4.3 to 4.6).
 */
import type { Json, JsonObject } from '../../simulator/script.js'
import { invalidValue, unknownField } from './errors.js'
import { ID_HINT, ID_LENGTH } from './ids.js'
import type { RawQuery } from './schemas.js'
import { isObject, TASK_KEYS } from './view.js'

/** A list as asked for. */
export interface ListQuery extends PageQuery {
  readonly fields: readonly FieldFilter[]
}

/** What all lists can be asked for. */
export interface PageQuery {
  readonly projectId: string | undefined
  /** In lower case. */
  readonly filter: string
  readonly limit: number
  readonly skip: number
  /** In order of weight; never empty. */
  readonly sort: readonly [SortKey, ...SortKey[]]
  readonly cursor: Cursor | undefined
}

export interface SortKey {
  readonly path: readonly string[]
  readonly descending: boolean
}

/** The page right behind this task, or the one right before it. */
export interface Cursor {
  readonly towards: 'next' | 'previous'
  readonly id: string
}

export interface FieldFilter {
  readonly path: readonly string[]
  /** One of them is enough. */
  readonly accepts: ReadonlyArray<(value: Json) => boolean>
}

const DEFAULT_LIMIT = 25
const MAX_LIMIT = 100
const DEFAULT_SORT: SortKey = { path: ['createdAt'], descending: true }
const KEYS: ReadonlySet<string> = new Set(TASK_KEYS)

/** Reads the query of the task list; throws the 400 for the first parameter that is not of its form. */
export function parseListQuery (query: RawQuery): ListQuery {
  const fields: FieldFilter[] = []
  return { ...parsePage(query, taskPath, (name, values) => { fields.push(fieldFilter(name, values)) }), fields }
}

/** Reads the query of any other list, which ignores what it does not know (contract 4.4); throws the 400 for the first parameter that is not of its form. */
export function parsePageQuery (query: RawQuery): PageQuery {
  return parsePage(query, (name) => name === '' ? undefined : name.split('.'), () => {})
}

function parsePage (query: RawQuery, toPath: (name: string) => string[] | undefined, onOther: (name: string, values: readonly string[]) => void): PageQuery {
  const given = new Map<string, string>()
  for (const [name, values] of valuesByName(query)) {
    // A list where one value is expected has the form of no id and no number.
    const value = values.join(',')
    if (PARAMETERS.has(name)) given.set(name, checked(name, value))
    else onOther(name, values)
  }
  const next = given.get('next')
  const previous = given.get('previous')
  return {
    projectId: given.get('projectId'),
    filter: given.get('filter')?.toLowerCase() ?? '',
    limit: Math.min(Math.max(Number(given.get('limit') ?? DEFAULT_LIMIT), 1), MAX_LIMIT),
    skip: Math.max(Number(given.get('skip') ?? 0), 0),
    sort: parseSort(given.get('sort') ?? '', toPath),
    cursor: next !== undefined ? { towards: 'next', id: next } : previous !== undefined ? { towards: 'previous', id: previous } : undefined,
  }
}

/** The value at a path of keys; absent is null, as the vendor's database has it. */
export function valueAt (body: JsonObject, path: readonly string[]): Json {
  let value: Json = body
  for (const key of path) {
    if (!isObject(value) || !Object.hasOwn(value, key)) return null
    value = value[key] ?? null
  }
  return value
}

const isId = (value: string): boolean => value.length === ID_LENGTH
const isInteger = (value: string): boolean => /^-?[0-9]+$/.test(value)
const isAnything = (): boolean => true

/** Every parameter but the fields, with its form. */
const PARAMETERS: ReadonlyMap<string, { readonly isValid: (value: string) => boolean, readonly expects: string }> = new Map([
  ['projectId', { isValid: isId, expects: ID_HINT }],
  ['filter', { isValid: isAnything, expects: '' }],
  ['limit', { isValid: isInteger, expects: 'an integer' }],
  ['skip', { isValid: isInteger, expects: 'an integer' }],
  ['sort', { isValid: isAnything, expects: '' }],
  ['next', { isValid: isId, expects: ID_HINT }],
  ['previous', { isValid: isId, expects: ID_HINT }],
  ['api_key', { isValid: isAnything, expects: '' }],
])

function checked (name: string, value: string): string {
  const parameter = PARAMETERS.get(name)
  if (parameter !== undefined && !parameter.isValid(value)) throw invalidValue(name, parameter.expects)
  return value
}

/** Names with `[]` and repeated names are one list. */
function valuesByName (query: RawQuery): Map<string, string[]> {
  const byName = new Map<string, string[]>()
  for (const [key, value] of Object.entries(query)) {
    // `?&` and a query without a name say nothing.
    const name = key.replace(/\[\]$/, '')
    if (key === '' || value === undefined) continue
    byName.set(name, [...byName.get(name) ?? [], ...[value].flat()])
  }
  return byName
}

function fieldFilter (name: string, values: readonly string[]): FieldFilter {
  const path = taskPath(name)
  if (path === undefined) throw unknownField(name)
  // A range has a comma of its own.
  const texts = values.flatMap((value) => value.match(/\[-?[0-9]+,-?[0-9]+\](?=,|$)|[^,]+|^$/g) ?? [])
  return { path, accepts: texts.map(toPredicate) }
}

/** The keys that a field's name leads through: one of a task's keys, and below `data` any; undefined for other names. */
function taskPath (name: string): string[] | undefined {
  const [key = '', ...below] = name.split('.')
  return KEYS.has(key) && (below.length === 0 || key === 'data') ? [key, ...below] : undefined
}

function toPredicate (text: string): (value: Json) => boolean {
  if (text === '') return (value) => value === null
  const [, from, to] = /^\[(-?[0-9]+),(-?[0-9]+)\]$/.exec(text) ?? []
  if (from !== undefined) return (value) => typeof value === 'number' && value >= Number(from) && value <= Number(to)
  return (value) => typeof value !== 'object' && String(value) === text
}

function parseSort (text: string, toPath: (name: string) => string[] | undefined): [SortKey, ...SortKey[]] {
  const keys = text.split(',').flatMap((part): SortKey[] => {
    const colon = part.indexOf(':')
    const path = toPath(colon < 0 ? part : part.slice(0, colon))
    return path === undefined ? [] : [{ path, descending: colon >= 0 && part.slice(colon + 1) === 'desc' }]
  })
  const [first, ...others] = keys
  return first === undefined ? [DEFAULT_SORT] : [first, ...others]
}
