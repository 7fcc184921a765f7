/**
 * A row of the table of companion calls.
 */
import type { FastifyRequest } from 'fastify'
import { readInput, type Endpoint, type Input } from '../endpoint.js'
import type { Field } from '../fields.js'

/** The payload of a reply, and what the envelope says of it. */
export interface Answer {
  readonly status: 'success' | 'error'
  readonly payload: object
}

export interface Companion extends Endpoint {
  readonly answer: (request: FastifyRequest) => Answer
}

/** A row, its body typed by its fields; what `reply` returns is the payload of a success. */
export function answering<B> ({ reply, ...row }: Omit<Endpoint, 'body'> & { readonly body: Field<B>, readonly reply: (input: Input<B>) => object }): Companion {
  return { ...row, answer: (request) => ({ status: 'success', payload: reply(readInput(request, row.body)) }) }
}
