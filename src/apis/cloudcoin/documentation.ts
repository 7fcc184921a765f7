/**
 * What the document says of the calls beside the poll.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'
import type { Endpoint } from './endpoint.js'
import { ErrorReply, TaskReply, UNREADABLE } from './schemas.js'

export interface PayloadDocumentation {
  readonly schema: TSchema
  readonly example: unknown
}

export interface Documentation {
  readonly operationId: string
  readonly summary: string
  readonly description?: string
  readonly tag: string
  /** Default: fully. */
  readonly emulated?: string
  /** What is answered at once; undefined: the call starts a task. */
  readonly payload?: PayloadDocumentation
  /** Query parameters by name. */
  readonly query?: Readonly<Record<string, string>>
  /** True: the call has no other place for a tag. */
  readonly isTagInQuery?: boolean
}

const STARTED = { payload: { id: '035738cd-f1ab-46e1-bbcd-b37f6f691e40', status: 'running', progress: 0, started: 1795315162, message: '' }, status: 'success' }
const STARTED_AS_RECORDED = { payload: { id: '035738cd-f1ab-46e1-bbcd-b37f6f691e40', status: 'running', progress: 0, started: 1795315162, finished: 0, message: '', data: null }, status: 'success' }
const UNDECODABLE = { payload: { code: 4110, message: 'Failed to parse Input JSON', details: null }, status: 'error' }

const PARAMS: Readonly<Record<string, string>> = {
  name: 'Name of a wallet, 1 to 64 characters',
  sky_name: 'DNS name of a skywallet, 6 to 64 characters',
  code: 'Code of a locker',
  receipt_id: 'Receipt of a transaction, 32 hex digits',
  guid: 'Receipt of a transaction, 32 hex digits',
}
const PARAM_EXAMPLES: Readonly<Record<string, string>> = {
  name: 'Default', sky_name: 'my.skywallet.cc', code: 'AAC-WS5I-F90000000E', receipt_id: '76d65e205f13bd8825abfb0c7758bbc7', guid: '76d65e205f13bd8825abfb0c7758bbc7',
}

/** The schema that a route of the call is registered with. */
export function documentationOf ({ path, body, documentation }: Endpoint): FastifySchema {
  const { operationId, summary, description, tag, emulated = 'fully', payload, query = {}, isTagInQuery = false } = documentation
  const names = [...path.matchAll(/:(\w+)/g)].flatMap(([, name]) => name ?? [])
  const queries = { ...query, ...(isTagInQuery ? { tag: '`scenario:<name>` chooses the task\'s scenario; the vendor ignores it' } : {}) }
  return {
    operationId,
    'x-emulated': emulated,
    tags: [tag],
    security: [],
    summary,
    ...(description === undefined ? {} : { description }),
    ...(names.length === 0 ? {} : { params: Type.Object(Object.fromEntries(names.map((name) => [name, Type.String({ description: PARAMS[name] ?? name, examples: [PARAM_EXAMPLES[name] ?? ''] })]))) }),
    ...(Object.keys(queries).length === 0 ? {} : { querystring: Type.Object(Object.fromEntries(Object.entries(queries).map(([name, text]) => [name, Type.Optional(Type.String({ description: text }))]))) }),
    ...(body.isAbsent === true ? {} : { body: body.schema }),
    response: { 200: payload === undefined ? startReply(body.isAbsent !== true) : payloadReply(payload, body.isAbsent !== true), 400: UNREADABLE },
  }
}

function startReply (hasBody: boolean): object {
  return {
    description: 'The task as its first poll shows it; errors are replied with this status, too',
    content: {
      'application/json': {
        schema: Type.Union([TaskReply, ErrorReply]),
        examples: { started: { value: STARTED }, 'started as recorded': { value: STARTED_AS_RECORDED }, ...(hasBody ? { 'no JSON': { value: UNDECODABLE } } : {}) },
      },
    },
  }
}

function payloadReply ({ schema, example }: PayloadDocumentation, hasBody: boolean): object {
  return {
    description: 'What was asked for; errors are replied with this status, too',
    content: {
      'application/json': {
        schema: Type.Union([Type.Object({ payload: schema, status: Type.Literal('success') }, { additionalProperties: false }), ErrorReply]),
        examples: { success: { value: { payload: example, status: 'success' } }, ...(hasBody ? { 'no JSON': { value: UNDECODABLE } } : {}) },
      },
    },
  }
}
