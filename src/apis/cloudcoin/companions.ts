/**
 * The calls that start nothing, which clients need around those that do: answered at once, errors included (contract 7.2 and 7.4).
 */
import type { FastifyInstance } from 'fastify'
import type { Companion } from './companions/companion-row.js'
import { serverCompanions } from './companions/server.js'
import { walletCompanions } from './companions/wallets.js'
import { serve } from './endpoint.js'
import { sendBody } from './replies.js'
import { envelope } from './view.js'

/** Every call that starts nothing. */
export const companions: readonly Companion[] = [...walletCompanions, ...serverCompanions]

/** Puts up the routes of all companion calls. */
export function companionRoutes (app: FastifyInstance): void {
  for (const companion of companions) {
    serve(app, companion, (request, reply) => {
      const { status, payload } = companion.answer(request)
      sendBody(reply, envelope(status, payload))
    })
  }
}
