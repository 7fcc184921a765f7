/**
 * `/scenarios`: what tasks can be told to do, and the sandbox's own additions.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { FaultJson } from '../faults/fault.js'
import type { Sandbox } from '../sandbox.js'
import { parseScenario, ScenarioJson, type Scenario } from '../scenarios.js'
import { requireApi, type ControlContext } from './context.js'
import { PAGE_QUERY, pageOf, PageOf } from './pages.js'
import { conflict, notFound } from './problems.js'

export const ScenarioReply = Type.Object({
  name: Type.String(),
  apis: Type.Array(Type.String(), { description: 'The APIs that have it' }),
  summary: Type.String({ description: 'What it does' }),
  exposes: Type.Union([Type.String(), Type.Null()], { description: 'Which client bug it brings to light' }),
  builtIn: Type.Boolean({ description: 'false: one of the sandbox\'s own' }),
  definitions: Type.Record(Type.String(), Type.Object({
    like: Type.Optional(Type.String()),
    script: Type.Optional(Type.Unknown()),
    kinds: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
    faults: Type.Optional(Type.Array(FaultJson)),
  }), { description: 'By API: scripts and faults' }),
}, { title: 'ScenarioReply' })

/** Scenarios that a sandbox may have of its own. */
const MOST_OWN = 1000

const ScenarioParams = Type.Object({ name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$', expects: 'a name of up to 100 letters, digits, ".", "_" and "-"' }) })

export const scenarioRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/scenarios', {
    schema: {
      operationId: 'listScenarios',
      tags: ['Scenarios'],
      summary: 'What tasks can be told to do',
      description: 'Built-in scenarios and the sandbox\'s own, each with the client bug that it exposes.',
      querystring: Type.Object({ ...PAGE_QUERY, api: Type.Optional(Type.String()) }, { additionalProperties: false }),
      response: { 200: PageOf(ScenarioReply) },
    },
  }, async (request, reply) => {
    const { sandbox, query } = request
    if (query.api !== undefined) requireApi(context, query.api)
    const names = new Set(context.apis.flatMap(({ name }) => query.api === undefined || query.api === name ? [...sandbox.scenarios(name).keys()] : []))
    return reply.send(await pageOf([...names].sort(), query, (name) => name, (name) => scenarioReply(sandbox, context, name)))
  })

  app.get('/scenarios/:name', {
    schema: { operationId: 'getScenario', tags: ['Scenarios'], summary: 'One scenario', description: 'Its script and its faults, as they would be written in a file.', params: ScenarioParams, response: { 200: ScenarioReply } },
  }, (request, reply) => {
    const scenario = scenarioReply(request.sandbox, context, request.params.name)
    if (scenario === undefined) throw notFound(`There is no scenario ${request.params.name}.`)
    reply.send(scenario)
  })

  app.put('/scenarios/:name', {
    schema: { operationId: 'putScenario', tags: ['Scenarios'], summary: 'Add a scenario to the sandbox, or replace one of its own', description: 'It has the shape of a scenario file. Built-in ones are read-only: 409.', params: ScenarioParams, body: ScenarioJson, response: { 200: ScenarioReply, 201: ScenarioReply } },
  }, (request, reply) => {
    const { sandbox, params: { name }, body } = request
    for (const [index, api] of (body.apis ?? []).entries()) requireApi(context, api, `/apis/${index}`)
    const isNew = !sandbox.ownScenarios.has(name)
    if (isNew && scenarioReply(sandbox, context, name) !== undefined) throw conflict(`The scenario ${name} is built in, and those are read-only.`)
    if (isNew && sandbox.ownScenarios.size >= MOST_OWN) throw conflict(`The sandbox has ${MOST_OWN} scenarios of its own, as many as it may: delete some.`)
    sandbox.putScenario(parseScenario(name, body, context.bounds.lines))
    const stored = scenarioReply(sandbox, context, name)
    if (stored === undefined) throw notFound(`There is no scenario ${name}.`)
    reply.code(isNew ? 201 : 200).send(stored)
  })

  app.delete('/scenarios/:name', {
    schema: { operationId: 'deleteScenario', tags: ['Scenarios'], summary: 'Take one of the sandbox\'s own away', description: 'Tasks that were started with it keep their course. Built-in ones are read-only: 409.', params: ScenarioParams, response: { 204: Type.Null({ description: 'Gone' }) } },
  }, (request, reply) => {
    const { sandbox, params: { name } } = request
    if (!sandbox.removeScenario(name)) {
      throw scenarioReply(sandbox, context, name) === undefined ? notFound(`There is no scenario ${name}.`) : conflict(`The scenario ${name} is built in, and those are read-only.`)
    }
    reply.code(204).send(null)
  })
  done()
}

function scenarioReply (sandbox: Sandbox, { apis }: ControlContext, name: string) {
  const found = apis.flatMap(({ name: api }): Array<[string, Scenario]> => {
    const scenario = sandbox.scenarios(api).get(name)
    return scenario === undefined ? [] : [[api, scenario]]
  })
  const [first] = found
  if (first === undefined) return undefined
  const { summary, exposes } = first[1].json
  return {
    name,
    apis: found.map(([api]) => api),
    summary,
    exposes: exposes ?? null,
    builtIn: !sandbox.ownScenarios.has(name),
    definitions: Object.fromEntries(found.map(([api, { json: { summary: _summary, exposes: _exposes, apis: _apis, ...definition } }]) => [api, definition])),
  }
}
