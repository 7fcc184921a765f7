/**
 * The calls that start a task: a table of them, and what turns a row into routes (contract 7.1 and 7.4).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { serve } from './endpoint.js'
import { envelope, taskBody } from './view.js'
import { sendBody } from './replies.js'
import { coinStarts } from './start/coins.js'
import { lockerStarts } from './start/lockers.js'
import { skywalletStarts } from './start/skywallets.js'
import type { Start } from './start/start-row.js'
import { walletStarts } from './start/wallets.js'

/** Every call that starts a task. */
export const starts: readonly Start[] = [...coinStarts, ...walletStarts, ...lockerStarts, ...skywalletStarts]

/** The kinds of task that they start, the first wave first. */
export const kinds: readonly string[] = [...new Set(starts.map(({ kind }) => kind))]

/** Puts up the routes of all starting calls. */
export function startRoutes (app: FastifyInstance): void {
  for (const start of starts) serve(app, start, (request, reply) => { begin(start, request, reply) })
}

/** Answers with the task as its first poll would show it: HTTP 200, never 202 (contract 3.5). */
function begin (start: Start, request: FastifyRequest, reply: FastifyReply): void {
  const begun = start.begin(request)
  if ('payload' in begun) {
    sendBody(reply, envelope('success', begun.payload))
    return
  }
  const { profile, ...task } = begun
  request.startedTask = request.sandbox.startTask({ api: 'cloudcoin', kind: start.kind, ...task })
  sendBody(reply, taskBody(request.startedTask, profile))
}
