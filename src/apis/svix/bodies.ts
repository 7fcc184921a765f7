/**
 * How the bodies of starting calls are read: as JSON whatever their content type says, and checked in the manner of the
 * open-source server's parser, which stops at the first thing that is wrong (svix contract, 7.2).
 */
import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import { holdsMoreValues } from '../../json-depth.js'
import type { Json, JsonObject } from '../../simulator/script.js'
import { invalidBody, type SvixError } from './errors.js'

/** What is wrong with a value, and where below it. */
interface Flaw {
  readonly at: string
  readonly words: string
}

/** One key of a body: as documents show it, and what is wrong with a value, if anything is. */
export interface Field {
  readonly schema: TSchema
  readonly isRequired: boolean
  /** False for what may be large and that nothing asks for later. */
  readonly isKept: boolean
  readonly flawOf: (value: Json) => Flaw | undefined
}

/** The keys that a body may have; others are ignored. */
export type Fields = Readonly<Record<string, Field>>

const PARSER_ERROR = 'value_error.jsondecode'
/** The open-source server splits the root's path, a dot, at the dot. */
const ROOT = ['body', '', '']
const LONGEST_QUOTE = 100
/** More than any client sends, and little enough to be read at once. */
const MOST_VALUES = 10_000
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const IDENTIFIER_CHARACTERS = 'a-zA-Z0-9\\-_.'
const IDENTIFIER_LENGTH = 256
const IDENTIFIER = new RegExp(`^[${IDENTIFIER_CHARACTERS}]{1,${IDENTIFIER_LENGTH}}$`)
const DATE_TIME = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/

/** What the body gives for these keys; null counts as absent where a key may be. Throws 422 for the first thing that is wrong. */
export function readBody (fields: Fields, body: unknown): JsonObject {
  const read: Record<string, Json> = {}
  const given = parse(body)
  for (const [name, value] of Object.entries(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined
    if (field === undefined || (value === null && !field.isRequired)) continue
    const flaw = field.flawOf(value)
    if (flaw !== undefined) throw invalidBody(flaw.at === '' ? ['body', name] : ['body', name, flaw.at], `${name}${flaw.at}: ${flaw.words}`, PARSER_ERROR)
    if (field.isKept) read[name] = value
  }
  for (const [name, { isRequired }] of Object.entries(fields)) {
    if (isRequired && !Object.hasOwn(given, name)) throw invalidBody(ROOT, `missing field \`${name}\``, PARSER_ERROR)
  }
  return read
}

/** The shape of such a body. */
export function bodySchema (title: string, fields: Fields, example: JsonObject): TObject {
  return Type.Object(Object.fromEntries(Object.entries(fields).map(([name, { schema, isRequired }]) => [name, isRequired ? schema : Type.Optional(schema)])), { title, examples: [example] })
}

/** Epoch ms of an RFC 3339 time, which may have a blank for its T; undefined for what is none, or is no real date. */
export function toInstant (text: string): number | undefined {
  const [, date = '', time = '', fraction = '', sign, hours = '0', minutes = '0'] = DATE_TIME.exec(text) ?? []
  const at = Date.parse(`${date}T${time}Z`)
  // The 30th of February would count as the 2nd of March.
  if (Number.isNaN(at) || !new Date(at).toISOString().startsWith(`${date}T${time}`)) return undefined
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000
  return at + Number(fraction.slice(0, 3).padEnd(3, '0')) - (sign === '-' ? -offsetMs : offsetMs)
}

/** True for what may be an id or uid of an application or endpoint (svix contract, 4.2). */
export function isIdentifier (text: string): boolean {
  return IDENTIFIER.test(text)
}

// Fields

/** An RFC 3339 time with a zone. */
export function instant (description: string): Field {
  return field(Type.String({ format: 'date-time', description }), (value) => {
    if (typeof value !== 'string') return wrongType(value, 'an RFC 3339 formatted date and time string')
    if (toInstant(value) !== undefined) return undefined
    if (DATE_TIME.test(value)) return flaw('input is out of range')
    // As the parser's library says of times without a zone.
    return flaw(/^[\d\-:.Tt ]*$/.test(value) ? 'premature end of input' : 'input contains invalid characters')
  })
}

/** A text of 1 to so many of these characters. */
export function text (description: string, characters: string, longest: number): Field {
  const pattern = new RegExp(`^[${characters}]{1,${longest}}$`)
  return field(Type.String({ pattern: pattern.source, description }), (value) => {
    if (typeof value !== 'string') return wrongType(value, 'a string')
    return pattern.test(value) ? undefined : flaw(`expected 1 to ${longest} characters of [${characters}]`)
  })
}

/** An id or uid of the vendor's, or anything else that has its form. */
export function identifier (description: string): Field {
  return text(description, IDENTIFIER_CHARACTERS, IDENTIFIER_LENGTH)
}

/** An identifier in which a scenario may be asked for, though the vendor allows no colon. */
export function labelIdentifier (description: string): Field {
  const strict = identifier(description)
  return { ...strict, schema: Type.String({ maxLength: IDENTIFIER_LENGTH, description }), flawOf: (value) => strict.flawOf(typeof value === 'string' ? value.replace('scenario:', 'scenario-') : value) }
}

/** A whole number of a range. */
export function wholeNumber (description: string, minimum: number, maximum: number): Field {
  return field(Type.Integer({ minimum, maximum, description }), (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(value, 'an integer')
    return value >= minimum && value <= maximum ? undefined : flaw(`invalid value: integer \`${value}\`, expected ${minimum} to ${maximum}`)
  })
}

/** One of these whole numbers. */
export function oneOf (description: string, members: readonly number[]): Field {
  return field(Type.Integer({ enum: [...members], description }), (value) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return wrongType(value, 'an integer')
    return members.includes(value) ? undefined : flaw(`invalid value: ${value}, expected one of: ${members.join(', ')}`)
  })
}

/** A list of such items. */
export function listOf (description: string, item: Field, { minItems = 0, maxItems = Infinity, isUnique = false }: { readonly minItems?: number, readonly maxItems?: number, readonly isUnique?: boolean } = {}): Field {
  const limits = { ...(minItems > 0 ? { minItems } : {}), ...(maxItems < Infinity ? { maxItems } : {}), ...(isUnique ? { uniqueItems: true } : {}) }
  return field(Type.Array(item.schema, { ...limits, description }), (value) => {
    if (!isList(value)) return wrongType(value, 'a sequence')
    for (const [index, member] of value.entries()) {
      const wrong = item.flawOf(member)
      if (wrong !== undefined) return { ...wrong, at: `[${index}]` }
    }
    if (value.length < minItems || value.length > maxItems) return flaw(`invalid length ${value.length}, expected ${minItems} to ${maxItems} items`)
    return isUnique && new Set(value).size < value.length ? flaw('expected unique items') : undefined
  })
}

/** Any object; it is not kept. */
export function anyObject (description: string): Field {
  const checked = field(Type.Record(Type.String(), Type.Unknown(), { description }), (value) => isJsonObject(value) ? undefined : wrongType(value, 'a map'))
  return { ...checked, isKept: false }
}

/** The same, but it may be absent, or null. */
export function optional (needed: Field): Field {
  return { ...needed, isRequired: false }
}

function field (schema: TSchema, flawOf: Field['flawOf']): Field {
  return { schema, isRequired: true, isKept: true, flawOf }
}

function flaw (words: string): Flaw {
  return { at: '', words }
}

function wrongType (value: Json, expected: string): Flaw {
  return flaw(`invalid type: ${kindOf(value)}, expected ${expected}`)
}

/** What a JSON value is, in the words of Rust's serde. */
function kindOf (value: Json): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return `string ${JSON.stringify(value.slice(0, LONGEST_QUOTE))}`
  if (typeof value === 'boolean') return `boolean \`${value}\``
  if (typeof value === 'number') return `${Number.isInteger(value) ? 'integer' : 'floating point'} \`${value}\``
  return isList(value) ? 'sequence' : 'map'
}

function parse (body: unknown): JsonObject {
  if (!(body instanceof Uint8Array) || body.length === 0) throw unreadable('EOF while parsing a value at line 1 column 0')
  const value = parsed(body)
  if (!isJsonObject(value)) throw unreadable(`invalid type: ${kindOf(value)}, expected a map`)
  return value
}

function parsed (body: Uint8Array): Json {
  if (holdsMoreValues(body, MOST_VALUES)) throw unreadable('recursion limit exceeded')
  try {
    // JSON.parse makes nothing else.
    return JSON.parse(UTF8.decode(body)) as Json
  } catch {
    throw unreadable('expected value')
  }
}

function unreadable (words: string): SvixError {
  return invalidBody(ROOT, words, PARSER_ERROR)
}

function isList (value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

function isJsonObject (value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !isList(value)
}
