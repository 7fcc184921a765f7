/**
 * A row of the table of starting calls.
 */
import type { FastifyRequest } from 'fastify'
import type { TaskStart } from '../../../sandbox.js'
import type { JsonObject } from '../../../simulator/script.js'
import { readInput, type Endpoint, type Input } from '../endpoint.js'
import type { Field } from '../fields.js'
import type { WireProfile } from '../schemas.js'
import { failing } from '../scripts.js'
import type { ServiceError } from '../service-error.js'

/** What a call makes of its input. */
export interface Beginning {
  readonly parameters?: JsonObject
  /** Why the task can't go well; undefined: it goes as `usual` says. */
  readonly failure?: ServiceError | undefined
  readonly usual?: TaskStart['usual']
  readonly effect?: JsonObject
  /** Texts of the call in which a scenario may be asked for, when its tag says nothing. */
  readonly texts?: readonly string[]
}

/** A task to be started, or the payload of a reply that starts none. */
export type Begun = (Omit<TaskStart, 'api' | 'kind'> & { readonly profile: WireProfile }) | { readonly payload: object }

export interface Start extends Endpoint {
  readonly kind: string
  readonly begin: (request: FastifyRequest) => Begun
}

/** A row, its body typed by its fields. `instead`: what is answered at once, without a task. */
export function starting<B> ({ begin, instead, ...row }: Omit<Start, 'begin' | 'body'> & {
  readonly body: Field<B>
  readonly begin: (input: Input<B>) => Beginning
  readonly instead?: (input: Input<B>) => object | undefined
}): Start {
  return {
    ...row,
    begin (request) {
      const input = readInput(request, row.body)
      const payload = instead?.(input)
      if (payload !== undefined) return { payload }
      const { failure, usual, texts = [], parameters = {}, ...start } = begin(input)
      return { ...start, parameters, label: labelOf(input, texts), usual: failure === undefined ? usual : failing(failure), profile: input.profile }
    },
  }
}

/** The tag of the body, else that of the query (all that a bodyless call can say), else the other texts. */
function labelOf ({ body, query }: Input<unknown>, texts: readonly string[]): string | undefined {
  const tag = typeof body === 'object' && body !== null && 'tag' in body && typeof body.tag === 'string' ? body.tag : ''
  return (tag || query['tag'] || texts.filter((text) => text !== '').join(' ')) || undefined
}
