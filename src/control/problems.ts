/**
 * Errors of the control plane: problem documents (RFC 9457), each with what would have been right.
 */
import { Type } from '@sinclair/typebox'
import { STATUS_CODES } from 'node:http'
import type { WireReply } from '../api.js'
import { TooManySandboxes } from '../sandboxes.js'
import { ScriptError } from '../simulator/script.js'
import { Refusal, type RefusalCode } from '../simulator/simulator.js'

/** One thing wrong with a request: where in its body (a JSON pointer) or which parameter, and what is allowed. */
export interface Complaint {
  readonly path: string
  readonly message: string
}

/** A request that the control plane refuses. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly complaints: readonly Complaint[]
  readonly headers: Readonly<Record<string, string>>
  constructor (status: number, detail: string, complaints: readonly Complaint[] = [], headers: Readonly<Record<string, string>> = {}) {
    super(detail)
    this.status = status
    this.complaints = complaints
    this.headers = headers
  }
}

const ProblemDocument = Type.Object({
  type: Type.Literal('about:blank'),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  errors: Type.Optional(Type.Array(Type.Object({ path: Type.String({ description: 'A JSON pointer into the body, or the parameter behind a slash' }), message: Type.String() }))),
}, { title: 'Problem' })

/** How documents describe what every call may answer. */
export const PROBLEM_REPLY = { description: 'Refused: why, and what is allowed', content: { 'application/problem+json': { schema: ProblemDocument } } }

/** 400: the request is not of the form that this call takes. */
export function badRequest (path: string, message: string): Problem {
  return new Problem(400, `${path === '' ? 'the body' : path}: ${message}`, [{ path, message }])
}

/** 404: there is no such thing. */
export function notFound (what: string): Problem {
  return new Problem(404, what)
}

/** 409: there is, but this can't be done to it now. */
export function conflict (why: string): Problem {
  return new Problem(409, why)
}

const REFUSED: Record<RefusalCode, number> = {
  'unknown-task': 404, 'task-exists': 409, 'task-settled': 409, 'already-held': 409, 'not-held': 409, 'no-next-step': 409, 'too-much': 409,
}

/** Any error as a problem document. */
export function problemReply (error: unknown): WireReply {
  const problem = toProblem(error)
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json; charset=utf-8', ...problem.headers },
    body: JSON.stringify({
      type: 'about:blank',
      title: STATUS_CODES[problem.status] ?? 'Error',
      status: problem.status,
      detail: problem.message,
      ...(problem.complaints.length === 0 ? {} : { errors: problem.complaints }),
    }),
  }
}

function toProblem (error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof Refusal) return new Problem(REFUSED[error.code], error.message)
  if (error instanceof TooManySandboxes) return new Problem(503, error.message)
  if (error instanceof ScriptError) return badRequest(error.path, error.message)
  if (codeOf(error) === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return new Problem(415, 'Bodies are taken as Content-Type: application/json only.')
  const status = error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 500
  return new Problem(status, status < 500 && error instanceof Error ? error.message : 'Pollux failed to answer this request.')
}

function codeOf (error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
