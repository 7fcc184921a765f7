/**
 * How request bodies are read and checked (cognigy contract, 7.3.4, 7.3.7 and 11).
 */
import type { Static, TObject } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import { holdsMoreValues } from '../../json-depth.js'
import type { JsonObject } from '../../simulator/script.js'
import { badRequest, fieldNotAllowed, invalidValue, missingField } from './errors.js'

/** More than any client sends, and little enough for everything that walks through it. */
const MOST_VALUES = 10_000

/** The JSON object of a body, of whatever content type; an empty or absent one says nothing. Throws the 400 for anything else. */
export function readJson (body: unknown): JsonObject {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0)
  if (holdsMoreValues(bytes, MOST_VALUES)) throw badRequest()
  const text = bytes.toString()
  if (text.trim() === '') return {}
  const json = parsed(text)
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw badRequest()
  // JSON.parse made it.
  return json as JsonObject
}

/** The schema's fields out of a body, in the schema's order; a schema without `additionalProperties: false` lets others pass unread. Throws the 400 for the first one that is missing, not allowed or of another form. */
export function fieldsOf<S extends TObject> (body: JsonObject, schema: S): Static<S> {
  const { properties, required = [], additionalProperties } = schema
  for (const name of required) if (body[name] === undefined) throw missingField(name)
  if (additionalProperties === false) {
    for (const name of Object.keys(body)) if (!Object.hasOwn(properties, name)) throw fieldNotAllowed(name)
  }
  const fields = Object.entries(properties).filter(([name]) => Object.hasOwn(body, name))
  for (const [name, property] of fields) if (!Check(property, body[name])) throw invalidValue(name, String(property['expects'] ?? property['type']))
  // Every property has just been checked.
  return Object.fromEntries(fields.map(([name]) => [name, body[name]])) as Static<S>
}

function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw badRequest()
  }
}
