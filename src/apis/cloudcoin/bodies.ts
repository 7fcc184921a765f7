/**
 * How bodies are read: as Go's decoder does, whatever the content type says (contract 4.2 and 4.3).
 */
import { holdsMoreValues } from '../../json-depth.js'
import type { Field } from './fields.js'
import type { WireProfile } from './schemas.js'
import { invalid, undecodable } from './service-error.js'

/** More than any client sends, and little enough for everything that walks through it: a coin with both kinds of numbers has 52 values. */
const MOST_VALUES = 100_000

/** The body as the field describes it. Throws ServiceError: 4110 for what can't be decoded, 4121 for what breaks a rule. */
export function readBody<T> (bytes: unknown, field: Field<T>, profile: WireProfile): T {
  if (field.isAbsent === true) return field.decode(undefined, profile)
  const given = Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0)
  if (holdsMoreValues(given, MOST_VALUES)) throw undecodable()
  const value = field.decode(firstJsonValue(given.toString()), profile)
  const complaint = field.complain(value, profile)
  if (complaint !== undefined && typeof complaint !== 'string') throw invalid(complaint)
  return value
}

/** The first JSON value of a text; what follows it is nobody's business. Throws ServiceError when there is none. */
export function firstJsonValue (text: string): unknown {
  return parsed(text) ?? parsed(text.slice(0, endOfFirstValue(text))) ?? refuse()
}

/** The value of a JSON text; undefined when it is none. */
function parsed (text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    // Null decodes to zero values, as nothing at all would.
    return value ?? {}
  } catch {
    return undefined
  }
}

function refuse (): never {
  throw undecodable()
}

/** Where the first value ends; no call takes any but an object, or null. */
function endOfFirstValue (text: string): number {
  const [blank = ''] = /^\s*/.exec(text) ?? []
  if (text.startsWith('null', blank.length)) return blank.length + 'null'.length
  let depth = 0
  let isString = false
  // By hand, because a pattern would look again and again for the end of a string that has none.
  for (let at = blank.length; at < text.length; at++) {
    const character = text[at]
    if (isString) {
      if (character === '\\') at++
      else if (character === '"') isString = false
      continue
    }
    if (character === '"') isString = true
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') depth--
    if (depth === 0) return at + 1
  }
  return text.length
}
