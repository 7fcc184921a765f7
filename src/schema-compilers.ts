/**
 * What Fastify makes of schemas here: nothing. The vendors' lexical forms and exact bytes are decided in each API, and the
 * control plane brings a validator of its own.
 */
import type { FastifyServerOptions } from 'fastify'

type SchemaController = NonNullable<FastifyServerOptions['schemaController']>

/** Said when Fastify is made, it spares every start the loading of Fastify's own compilers. */
export const NO_COMPILERS: SchemaController = {
  compilersFactory: {
    // Fastify's types know its own compiler only; it takes any function.
    buildValidator: (() => () => () => true) as unknown as NonNullable<NonNullable<SchemaController['compilersFactory']>['buildValidator']>,
    buildSerializer: () => () => (value) => JSON.stringify(value),
  },
}
