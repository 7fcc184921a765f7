/**
 * What clients send, read and checked in Connect's way (contract 6 and 11): by what it says, whatever its content type.
 */
import type { Static, TSchema } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { holdsMoreValues } from '../../json-depth.js'
import { invalidJson, wrongChecksum } from './errors.js'

/** More than any client sends, and little enough for everything that walks through it. */
const MOST_VALUES = 10_000

/** The JSON body in the shape of the schema; an empty one counts as `{}`. Throws ConnectError. */
export function jsonBody<Schema extends TSchema> (request: FastifyRequest, schema: Schema): Static<Schema> {
  const { body } = request
  const bytes = body instanceof Uint8Array ? body : Buffer.alloc(0)
  const checksum = checksumOf(request)
  if (checksum !== undefined) requireChecksum(checksum, createHash('md5').update(bytes).digest())
  if (holdsMoreValues(bytes, MOST_VALUES)) throw invalidJson()
  const json = bytes.length === 0 ? {} : parsed(Buffer.from(bytes).toString())
  if (!Check(schema, json)) throw invalidJson()
  return json
}

/** What the client says is the MD5 sum of its body. */
export function checksumOf ({ headers: { 'x-content-checksum': checksum } }: FastifyRequest): string | undefined {
  return typeof checksum === 'string' && checksum !== '' ? checksum : undefined
}

/** Publisher and rsconnect write sums in base64; hex is taken as well. Throws ConnectError. */
export function requireChecksum (checksum: string, md5: Buffer): void {
  if (checksum !== md5.toString('base64') && checksum.toLowerCase() !== md5.toString('hex')) throw wrongChecksum()
}

/** The first value of a query parameter; undefined when it isn't there, or empty. */
export function queryParameter (request: FastifyRequest, name: string): string | undefined {
  return queryParameters(request, name)[0] || undefined
}

/** Every value of a query parameter. */
export function queryParameters ({ query }: FastifyRequest, name: string): string[] {
  const value: unknown = typeof query === 'object' && query !== null ? Reflect.get(query, name) : undefined
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')
}

function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidJson()
  }
}
