/**
 * `/faults`: what goes wrong in the sandbox.
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { FaultJson, FaultMatchJson, FaultWhenJson, EffectJson, parseFault } from '../faults/fault.js'
import type { FaultRule } from '../faults/faults.js'
import { requireApi, type ControlContext } from './context.js'
import { PAGE_QUERY, pageOf, PageOf } from './pages.js'
import { conflict, notFound } from './problems.js'

export const FaultReply = Type.Object({
  id: Type.Integer(),
  match: Type.Omit(FaultMatchJson, ['nthCall', 'probability'], { description: 'The calls that it is about; all must hold' }),
  when: FaultWhenJson,
  effect: EffectJson,
  times: Type.Union([Type.Integer(), Type.Null()], { description: 'Fires at most so often; null: as often as it can' }),
  fired: Type.Integer({ description: 'How often it has struck' }),
  matched: Type.Integer({ description: 'Calls that matched' }),
  taskId: Type.Union([Type.String(), Type.Null()], { description: 'The one task that it is about, when a scenario brought it' }),
  scenario: Type.Union([Type.String(), Type.Null()], { description: 'The scenario that brought it' }),
}, { title: 'FaultReply' })

/** Each exchange is held against every one of them. */
const MOST_RULES = 1000

const FaultParams = Type.Object({ id: Type.String({ pattern: '^\\d{1,15}$', expects: 'the number of a fault' }) })

export const faultRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/faults', {
    schema: {
      operationId: 'listFaults',
      tags: ['Faults'],
      summary: 'The faults in force, those that scenarios brought included',
      description: 'In the order in which they are tried, each with how often it struck.',
      querystring: Type.Object(PAGE_QUERY, { additionalProperties: false }),
      response: { 200: PageOf(FaultReply) },
    },
  }, async (request, reply) => reply.send(await pageOf(request.sandbox.faults.list(), request.query, ({ id }) => id, faultReply)))

  app.post('/faults', {
    schema: {
      operationId: 'addFault',
      tags: ['Faults'],
      summary: 'Put a fault in force',
      description: 'Every rule counts the calls that match it. Of the rules that fire on a call the earliest wins; a mere delay adds to others.',
      body: FaultJson,
      response: { 201: FaultReply },
    },
  }, (request, reply) => {
    const { sandbox: { faults, clock }, body } = request
    if (faults.unboundCount >= MOST_RULES) throw conflict(`There are ${MOST_RULES} faults in force beside those that scenarios brought, as many as may be: delete some.`)
    if (body.match?.api !== undefined) requireApi(context, body.match.api, '/match/api')
    reply.code(201).send(faultReply(faults.add(parseFault(body), clock.now())))
  })

  app.delete('/faults', {
    schema: { operationId: 'deleteFaults', tags: ['Faults'], summary: 'End all faults, those that scenarios brought included; ids begin at 1 again', description: 'No further call is struck, whatever brought the fault.', response: { 204: Type.Null({ description: 'Gone' }) } },
  }, (request, reply) => {
    request.sandbox.faults.clear()
    reply.code(204).send(null)
  })

  app.get('/faults/:id', {
    schema: { operationId: 'getFault', tags: ['Faults'], summary: 'One fault, and how often it struck', description: 'The rule as it was given, its defaults filled in.', params: FaultParams, response: { 200: FaultReply } },
  }, (request, reply) => {
    const rule = request.sandbox.faults.get(Number(request.params.id))
    if (rule === undefined) throw noFault(request.params.id)
    reply.send(faultReply(rule))
  })

  app.delete('/faults/:id', {
    schema: { operationId: 'deleteFault', tags: ['Faults'], summary: 'End a fault', description: 'No further call is struck by it; the others keep their ids.', params: FaultParams, response: { 204: Type.Null({ description: 'Gone' }) } },
  }, (request, reply) => {
    if (!request.sandbox.faults.remove(Number(request.params.id))) throw noFault(request.params.id)
    reply.code(204).send(null)
  })
  done()
}

function noFault (id: string) {
  return notFound(`There is no fault ${id}.`)
}

function faultReply ({ id, fault, matched, fired, task }: FaultRule): Static<typeof FaultReply> {
  const { nthCall: _nthCall, probability: _probability, ...match } = fault.json.match ?? {}
  return {
    id,
    match,
    when: fault.when.json,
    effect: fault.json.effect,
    times: fault.json.times ?? null,
    fired,
    matched,
    taskId: task?.id ?? null,
    scenario: task?.scenario ?? null,
  }
}
