/**
 * What the calls beside the poll have in common: where they are, what they take, and how they are put up.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Sandbox } from '../../sandbox.js'
import { readBody } from './bodies.js'
import type { Complaint } from './complaints.js'
import { documentationOf, type Documentation } from './documentation.js'
import { format, length, type Field, type TextRule } from './fields.js'
import { Wallets } from './resources.js'
import { CloudcoinOptions, type WireProfile } from './schemas.js'
import { invalid, serviceNotFound, type ServiceError } from './service-error.js'

export const API_BASE = '/api/v1'

/** A call of the vendor's. */
export interface Endpoint {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  /** Behind the API base; parameters as `:name`. */
  readonly path: string
  /** Other paths of the same call (contract 1.3). */
  readonly aliases?: readonly string[]
  /** Of the document and of error texts; `noBody` for calls that take none. */
  readonly body: Field<unknown>
  readonly documentation: Documentation
}

/** What a call was given. */
export interface Input<B> {
  readonly body: B
  /** Of the path, decoded. */
  readonly params: Readonly<Record<string, string>>
  /** Of the query; the first of several. */
  readonly query: Readonly<Record<string, string>>
  readonly profile: WireProfile
  readonly sandbox: Sandbox
  readonly wallets: Wallets
}

type CallRequest = FastifyRequest<{ Params: Record<string, string>, Querystring: Record<string, string | string[]> }>

/** Puts up the call under all its paths; only the first stands in the document. */
export function serve (app: FastifyInstance, endpoint: Endpoint, answer: (request: FastifyRequest, reply: FastifyReply) => void): void {
  for (const path of pathsOf(endpoint)) {
    const schema = { ...documentationOf(endpoint), ...(path === endpoint.path ? {} : { hide: true }) }
    app.route({ method: endpoint.method, url: API_BASE + path, schema, handler: answer })
  }
}

/** All paths of the call. */
export function pathsOf ({ path, aliases = [] }: Endpoint): readonly string[] {
  return [path, ...aliases]
}

/** What the request gives. Throws ServiceError for what breaks a rule, that of the path before that of the body. */
export function readInput<B> (request: FastifyRequest, body: Field<B>): Input<B> {
  // The route's own shape: a path of parameters, and a query.
  const { params, query, sandbox } = request as CallRequest
  if (Object.values(params).includes('')) throw serviceNotFound()
  const refusal = paramRefusal(params)
  if (refusal !== undefined) throw refusal
  const profile = sandbox.options(CloudcoinOptions)['wire-profile']
  return {
    body: readBody(request.body, body, profile),
    params,
    query: Object.fromEntries(Object.entries(query).flatMap(([name, value]) => { const first = [value].flat()[0]; return first === undefined ? [] : [[name, first]] })),
    profile,
    sandbox,
    wallets: sandbox.resources(Wallets),
  }
}

const PARAM_RULES: Readonly<Record<string, TextRule>> = {
  name: length(1, 64),
  sky_name: length(6, 64),
  code: length(1, 64),
  receipt_id: format(/^[a-fA-F0-9]{32}$/),
  guid: format(/^[a-fA-F0-9]{32}$/),
}

/** What is wrong with the parameters of a path; a skywallet's name is told as a name. */
export function paramRefusal (params: Readonly<Record<string, string>>): ServiceError | undefined {
  const complaints = new Map<string, Complaint>()
  for (const [name, value] of Object.entries(params)) {
    const complaint = PARAM_RULES[name]?.(value)
    if (complaint !== undefined) complaints.set(name.replace('sky_', ''), complaint)
  }
  return complaints.size === 0 ? undefined : invalid(complaints)
}
