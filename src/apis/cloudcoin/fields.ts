/**
 * Fields of bodies: how each is decoded, what its rules say of it, and how the document describes it (contract 4.3 to 4.5).
 */
import { Type, type TSchema } from '@sinclair/typebox'
import type { Complaint, Complaints } from './complaints.js'
import type { WireProfile } from './schemas.js'
import { undecodable } from './service-error.js'

export interface Field<T> {
  /** What error texts call it; default: its name. */
  readonly label?: string
  readonly schema: TSchema
  /** True: nothing is read at all. */
  readonly isAbsent?: true
  /** The value; a missing one is the zero value. Throws ServiceError for one of another type. */
  decode (json: unknown, profile: WireProfile): T
  /** What is wrong with it; undefined: nothing. */
  complain (value: T, profile: WireProfile): Complaint | undefined
}

export type Fields = Readonly<Record<string, Field<unknown>>>
/** What the fields decode to. */
export type Values<F extends Fields> = { readonly [Name in keyof F]: F[Name] extends Field<infer T> ? T : never }

export const BLANK = 'cannot be blank'
const MALFORMED = 'must be in a valid format'

/** One rule of a text that is not blank. */
export type TextRule = (value: string) => string | undefined

/** So many characters; `least` is what the text says, also where fewer would be blank. */
export function length (least: number, most: number): TextRule {
  return (value) => {
    const count = [...value].length
    return count < least || count > most ? `the length must be between ${least} and ${most}` : undefined
  }
}

export function format (pattern: RegExp, complaint = MALFORMED): TextRule {
  return (value) => pattern.test(value) ? undefined : complaint
}

export function oneOf (...values: readonly string[]): TextRule {
  return (value) => values.includes(value) ? undefined : 'must be a valid value'
}

/** A text that must not be blank. */
export function requiredText (description: string, example: string, ...rules: readonly TextRule[]): Field<string> {
  return text(Type.String({ description, examples: [example] }), true, rules)
}

/** A text that may be blank: then no rule looks at it. */
export function optionalText (description: string, example: string, ...rules: readonly TextRule[]): Field<string> {
  return text(Type.Optional(Type.String({ description, examples: [example] })), false, rules)
}

function text (schema: TSchema, isRequired: boolean, rules: readonly TextRule[]): Field<string> {
  return {
    schema,
    decode (json = '') {
      if (typeof json !== 'string') throw undecodable()
      return json
    },
    complain (value) {
      if (value === '') return isRequired ? BLANK : undefined
      for (const rule of rules) {
        const complaint = rule(value)
        if (complaint !== undefined) return complaint
      }
      return undefined
    },
  }
}

/** A whole number from 1 on. */
export function requiredInteger (description: string, example: number, most: number): Field<number> {
  return {
    schema: Type.Integer({ minimum: 1, maximum: most, description, examples: [example] }),
    decode: decodeInteger,
    complain (value) {
      if (value === 0) return BLANK
      if (value < 1) return 'must be no less than 1'
      return value > most ? `must be no greater than ${most}` : undefined
    },
  }
}

/** An amount: whole in the profile `recorded`, any number above 0 as documented. */
export const amount: Field<number> = {
  schema: Type.Number({ exclusiveMinimum: 0, description: 'How much; in the profile `recorded` a whole number', examples: [2] }),
  decode (json = 0, profile) {
    if (profile === 'recorded') return decodeInteger(json)
    if (typeof json !== 'number' || !Number.isFinite(json)) throw undecodable()
    return json
  },
  complain: (value) => value === 0 ? BLANK : value < 0 ? 'must be no less than 1' : undefined,
}

function decodeInteger (json: unknown = 0): number {
  if (typeof json !== 'number' || !Number.isSafeInteger(json)) throw undecodable()
  return json
}

/** More than any client sends at once. */
const MOST_ITEMS = 5_000

/** A list whose items are all of one kind; `count`: exactly so many. */
export function list<T> (item: Field<T>, { description, isRequired, count, label }: { readonly description: string, readonly isRequired: boolean, readonly count?: number, readonly label?: string }): Field<readonly T[]> {
  const schema = Type.Array(item.schema, { description, ...(count === undefined ? {} : { minItems: count, maxItems: count }) })
  return {
    ...(label === undefined ? {} : { label }),
    schema: isRequired ? schema : Type.Optional(schema),
    decode (json = [], profile) {
      if (!Array.isArray(json)) throw undecodable()
      return json.map((entry: unknown) => item.decode(entry ?? undefined, profile))
    },
    complain (values, profile) {
      if (values.length === 0) return isRequired ? BLANK : undefined
      if (values.length > MOST_ITEMS) return `the length must be no more than ${MOST_ITEMS}`
      if (count !== undefined && values.length !== count) return `the length must be exactly ${count}`
      const complaints = new Map<string, Complaint>()
      for (const [index, value] of values.entries()) {
        const complaint = item.complain(value, profile)
        if (complaint !== undefined) complaints.set(String(index), complaint)
      }
      return complaints.size === 0 ? undefined : complaints
    },
  }
}

/** An object of these fields; `together` tells what they can't be at once. */
export function record<F extends Fields> (fields: F, together: (values: Values<F>, profile: WireProfile) => Complaints | undefined = () => undefined): Field<Values<F>> {
  // Key names match whatever their case.
  const names = new Map(Object.keys(fields).map((name) => [name.toLowerCase(), name]))
  return {
    schema: Type.Object(Object.fromEntries(Object.entries(fields).map(([name, { schema }]) => [name, schema]))),
    decode (json = {}, profile) {
      if (typeof json !== 'object' || json === null || Array.isArray(json)) throw undecodable()
      const given = new Map<string, unknown>()
      for (const [key, value] of Object.entries(json)) {
        const name = names.get(key.toLowerCase())
        if (name !== undefined && value !== null) given.set(name, value)
      }
      // The same names, each with what its own field decodes to.
      return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.decode(given.get(name), profile)])) as Values<F>
    },
    complain (values, profile) {
      const complaints = new Map<string, Complaint>(together(values, profile))
      for (const [name, field] of Object.entries(fields)) {
        const complaint = field.complain(values[name], profile)
        if (complaint !== undefined) complaints.set(field.label ?? name, complaint)
      }
      return complaints.size === 0 ? undefined : complaints
    },
  }
}

/** A whole number that may be missing: what is not given stays as it was. */
export function number (description: string, example: number): Field<number | undefined> {
  return { schema: Type.Optional(Type.Integer({ description, examples: [example] })), decode: (json) => json === undefined ? undefined : decodeInteger(json), complain: () => undefined }
}

/** True or false, or missing. */
export function flag (description: string): Field<boolean | undefined> {
  return {
    schema: Type.Optional(Type.Boolean({ description })),
    decode (json) {
      if (json !== undefined && typeof json !== 'boolean') throw undecodable()
      return json
    },
    complain: () => undefined,
  }
}

/** Any JSON, taken as it is. */
export function anything (description: string): Field<unknown> {
  return { schema: Type.Optional(Type.Unknown({ description })), decode: (json) => json, complain: () => undefined }
}

/** For calls that take no body: whatever comes is nobody's business. */
export const noBody: Field<undefined> = { schema: Type.Undefined(), isAbsent: true, decode: () => undefined, complain: () => undefined }

// The vendor's own fields

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/
const TAG = /^[\p{L}0-9_ ;^+()%$@#&:!-]*$/u
/** Chooses what the task goes through, so the vendor's rules are not for it. */
const SCENARIO = /scenario:[A-Za-z0-9][\w.-]{0,99}/g

export const isBase64: TextRule = (text) => text.length % 4 === 0 && BASE64.test(text) ? undefined : 'must be encoded in Base64'
export const isHex32 = format(/^[a-fA-F0-9]{32}$/)

/** The name of a wallet, under whatever key. */
export function walletName (description: string, example = 'Default'): Field<string> {
  return requiredText(description, example, length(1, 64))
}

/** The DNS name of a skywallet. */
export function skywalletName (description: string, example = 'my.skywallet.cc'): Field<string> {
  return requiredText(description, example, length(6, 64))
}

/** The memo of a transaction. */
export const tag = optionalText('Memo of the transaction; `scenario:<name>` in it chooses the task\'s scenario', 'hi', (value) => {
  const plain = value.replace(SCENARIO, '')
  return (plain === '' ? undefined : length(1, 64)(plain)) ?? format(TAG)(plain)
})

export const folder = requiredText('Path of a folder; one whose first segment is `nope` or `nonexistent` is missing', '/coins')

const serial = requiredInteger('Serial number', 16, 16_777_216)
const hex32 = requiredText('32 hex digits', '0123456789abcdef0123456789abcdef', isHex32)
const ans = list(hex32, { description: 'Authenticity numbers, one per RAIDA server', isRequired: true, count: 25 })

/** The coins of a body, which error texts call `Coins`. */
export function coins (isRequired = true): Field<ReadonlyArray<{ readonly sn: number }>> {
  return list(record({ sn: serial, ans, coin_type: anything('Ignored') }), { description: 'Coins with their serial and authenticity numbers', isRequired, label: 'Coins' })
}

/** The same with the authenticity numbers that they shall have. */
export const coinsWithPans = list(record({ sn: serial, ans, pans: ans }), { description: 'Coins with their authenticity numbers, and those that they shall have', isRequired: true, label: 'Coins' })

export const pownItems = list(record({ sn: serial, pownstring: requiredText('25 letters, one per RAIDA server', 'ppfpppppppppppppppppppppp', format(/^[upfne]{25}$/)) }), { description: 'What is to be fixed', isRequired: true })

/** Coin files in Base64, in place of coins. */
export const dataItems = list(record({ data: requiredText('A coin file, Base64', 'eyJjbG91ZGNvaW4iOltdfQ==', isBase64) }), { description: 'Coin files', isRequired: false })

const itemType = requiredText('`file`: a path; `inline`: the file itself; `suspect`: what waits in the folder Suspect', 'file', oneOf('file', 'inline', 'suspect'))
const itemData = optionalText('A path, a coin file in Base64, or nothing', '/coins/5.CloudCoin.sample.bin')
const ITEM_DATA: Readonly<Record<string, TextRule>> = {
  file: length(3, 256),
  inline: isBase64,
  suspect: () => 'must be blank',
}

/** What is to be imported: what `data` may be depends on `type`. */
export const importItems = list(record({ type: itemType, data: itemData }, ({ type, data }) => {
  const complaint = data === '' ? (type === 'file' || type === 'inline' ? BLANK : undefined) : ITEM_DATA[type]?.(data)
  return complaint === undefined ? undefined : new Map([['data', complaint]])
}), { description: 'Where the coins come from', isRequired: true })
