/**
 * Bodies, queries and path parameters of the control plane are checked by the schemas that document them. Unknown keys
 * are errors, and every error says what is allowed.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import type { FastifySchemaCompiler } from 'fastify'
import { DURATION_HINT, parseDuration, parseInstant } from '../simulator/script.js'
import { badRequest, Problem, type Complaint } from './problems.js'

const MOST_COMPLAINTS = 10

/** The schema's values, or null. */
export const OrNull = <Schema extends TSchema>(schema: Schema, description?: string) => Type.Union([schema, Type.Null()], description === undefined ? {} : { description })

/** A duration in a body or a query; `readDuration` parses it. */
export const Duration = Type.Union([Type.String(), Type.Number()], { description: `A duration: ${DURATION_HINT}`, expects: DURATION_HINT })

/** An instant of the sandbox clock. */
export const Instant = Type.String({ description: 'An RFC 3339 instant of the sandbox clock', expects: 'an RFC 3339 instant such as 2026-11-22T12:00:00Z' })

/** A duration in a query, where numbers are text too. */
export const QueryDuration = Type.String({ description: `A duration: ${DURATION_HINT}`, expects: DURATION_HINT })

/** Checks what Fastify read by the route's schema; the texts of queries are converted by their own lexical forms first. */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => (value: unknown) => {
  const given = httpPart === 'body' ? value ?? {} : fromTexts(schema, value)
  const complaints = complaintsAbout(schema, given)
  if (complaints.length === 0) return { value: given }
  return { error: new Problem(400, complaints.map(({ path, message }) => `${path === '' ? `the ${httpPart ?? 'request'}` : path}: ${message}`).join('; '), complaints) }
}

/** What is wrong with the value by the schema, each place once, the first ten; none when it has the schema's shape. */
export function complaintsAbout (schema: TSchema, given: unknown): Complaint[] {
  const complaints: Complaint[] = []
  if (Check(schema, given)) return complaints
  for (const { path, message, schema: at } of Errors(schema, given)) {
    const expects: unknown = at['expects']
    // One complaint per place: the branches of a union all complain.
    if (complaints.some((complaint) => complaint.path === path)) continue
    complaints.push({ path, message: typeof expects === 'string' ? `expected ${expects}` : lowerFirst(message) })
    if (complaints.length === MOST_COMPLAINTS) break
  }
  return complaints
}

/** Milliseconds of a duration in a query, where a number of them is text, or a Problem (400). */
export function readQueryDuration (text: string, path: string): number {
  return readDuration(/^\d{1,15}$/.test(text) ? Number(text) : text, path)
}

/** Milliseconds of a duration, or a Problem (400). */
export function readDuration (value: unknown, path: string): number {
  const ms = parseDuration(value)
  if (ms === undefined) throw badRequest(path, `expected ${DURATION_HINT}, got ${JSON.stringify(value)}`)
  return ms
}

/** Epoch ms of an instant, or a Problem (400). */
export function readInstant (value: string, path: string): number {
  const at = parseInstant(value)
  if (at === undefined) throw badRequest(path, `expected an RFC 3339 instant such as 2026-11-22T12:00:00Z, got ${JSON.stringify(value)}`)
  return at
}

/** Whole numbers and booleans in a query come as text; what isn't of that form stays text, and is complained about. */
function fromTexts (schema: TSchema, value: unknown): unknown {
  const properties: Readonly<Record<string, TSchema>> = schema['properties'] ?? {}
  return Object.fromEntries(Object.entries(value ?? {}).map(([name, text]) => {
    const type: unknown = properties[name]?.['type']
    if (type === 'integer' && typeof text === 'string' && /^\d{1,15}$/.test(text)) return [name, Number(text)]
    if (type === 'boolean') return [name, text === '' || text === 'true' ? true : text === 'false' ? false : text]
    return [name, text]
  }))
}

function lowerFirst (text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1)
}
