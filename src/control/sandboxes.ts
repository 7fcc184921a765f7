/**
 * `/sandboxes`: made with a credential of their own, listed, deleted.
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { DEFAULT_SANDBOX, isSandboxName } from '../front-door.js'
import type { Sandbox, World } from '../sandbox.js'
import { clockReply } from './clock.js'
import { apiUrlsOf, baseUrlOf, hostUrlOf, type ControlContext } from './context.js'
import { checkOptions } from './options.js'
import { PAGE_QUERY, pageOf, PageOf } from './pages.js'
import { badRequest, conflict, notFound } from './problems.js'
import { Instant, readInstant } from './validation.js'

const NAME_HINT = 'a name of 1 to 63 letters, digits, "-" and "_" that begins and ends with a letter or digit'

export const SandboxReply = Type.Object({
  name: Type.String(),
  seed: Type.Integer(),
  baseUrl: Type.String({ description: 'In front of any path' }),
  hostUrl: Type.String({ description: 'The same world by a host name, for clients that drop a base path' }),
  credential: Type.Union([Type.String(), Type.Null()], { description: 'Shown as key or token of any vendor it leads here; null: none was issued' }),
  urls: Type.Record(Type.String(), Type.String(), { description: 'Base URL of each API' }),
  clock: Type.Object({ now: Type.String(), mode: Type.String(), speed: Type.Number(), autoSkip: Type.Boolean(), heldPolls: Type.Integer(), nextChangeAt: Type.Union([Type.String(), Type.Null()]) }),
  tasks: Type.Integer(),
}, { title: 'Sandbox' })

export const NewSandbox = Type.Object({
  name: Type.Optional(Type.String({ description: 'Default: drawn', expects: NAME_HINT })),
  seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, description: 'Default: the server\'s', expects: 'a whole number of 0 to 4294967295' })),
  clock: Type.Optional(Type.Object({
    mode: Type.Optional(Type.Union([Type.Literal('running'), Type.Literal('frozen')], { expects: 'running or frozen' })),
    startAt: Type.Optional(Instant),
    speed: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e6, expects: 'a number greater than 0, at most 1000000' })),
    autoSkip: Type.Optional(Type.Boolean({ expects: 'true or false' })),
  }, { additionalProperties: false, description: 'What differs from the server\'s' })),
  options: Type.Optional(Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), { description: 'API options that differ from the server\'s' })),
  fixtures: Type.Optional(Type.Boolean({ default: true, description: 'false: it begins without tasks', expects: 'true or false' })),
}, { additionalProperties: false, title: 'NewSandbox' })

export const sandboxRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  const { sandboxes } = context
  let drawn = 0

  function drawName (): string {
    let name: string
    do name = `s${++drawn}`; while (sandboxes.peek(name) !== undefined)
    return name
  }

  app.get('/sandboxes', {
    schema: { operationId: 'listSandboxes', tags: ['Sandboxes'], summary: 'The sandboxes that are there', description: 'By name, page by page; the default one is among them.', querystring: Type.Object(PAGE_QUERY, { additionalProperties: false }), response: { 200: PageOf(SandboxReply) } },
  }, async (request, reply) => {
    const byName = sandboxes.list().sort((a, b) => a.name < b.name ? -1 : 1)
    const { items, next } = await pageOf(byName, request.query, ({ name }) => name, (sandbox) => sandbox)
    const replies: Array<Static<typeof SandboxReply>> = []
    for (const sandbox of items) replies.push(await sandboxReply(request, sandbox, context))
    return reply.send({ items: replies, next })
  })

  app.post('/sandboxes', {
    schema: { operationId: 'createSandbox', tags: ['Sandboxes'], summary: 'Make a world of one\'s own', description: 'With its own clock, tasks, ids, faults and journal, and a credential that leads there.', body: NewSandbox, response: { 201: SandboxReply } },
  }, async (request, reply) => {
    const { name = drawName(), seed, clock, options = {}, fixtures = true } = request.body
    if (!isSandboxName(name)) throw badRequest('/name', `expected ${NAME_HINT}, got ${JSON.stringify(name)}`)
    if (sandboxes.peek(name) !== undefined) throw conflict(`There is a sandbox ${name} already.`)
    const setOptions = checkOptions(undefined, context, options, '/options')
    const { mode, startAt, speed, autoSkip } = clock ?? {}
    const own: { -readonly [Key in keyof World]?: World[Key] } = {
      clock: {
        ...sandboxes.world.clock,
        ...(mode === undefined ? {} : { mode }),
        ...(startAt === undefined ? {} : { startAt: readInstant(startAt, '/clock/startAt') }),
        ...(speed === undefined ? {} : { speed }),
        ...(autoSkip === undefined ? {} : { autoSkip }),
      },
    }
    if (seed !== undefined) own.seed = seed
    if (!fixtures) own.fixtures = new Map([...sandboxes.world.fixtures].map(([api, kept]) => [api, { ...kept, tasks: [] }]))
    const sandbox = sandboxes.create(name, own)
    for (const setOption of setOptions) setOption(sandbox)
    sandboxes.issueCredential(sandbox)
    return reply.code(201).send(await sandboxReply(request, sandbox, context))
  })

  app.get('/sandboxes/:name', {
    schema: { operationId: 'getSandbox', tags: ['Sandboxes'], summary: 'One sandbox', description: 'Where it is addressed, its seed, its clock, and how many tasks it has.', params: Type.Object({ name: Type.String() }), response: { 200: SandboxReply } },
  }, async (request, reply) => {
    const sandbox = sandboxes.peek(request.params.name)
    if (sandbox === undefined) throw notFound(`There is no sandbox ${request.params.name}.`)
    return reply.send(await sandboxReply(request, sandbox, context))
  })

  app.delete('/sandboxes/:name', {
    schema: { operationId: 'deleteSandbox', tags: ['Sandboxes'], summary: 'Answer its held polls and free everything', description: 'A later request under the same name finds a fresh sandbox.', params: Type.Object({ name: Type.String() }), response: { 204: Type.Null({ description: 'Gone' }) } },
  }, async (request, reply) => {
    const { name } = request.params
    if (name === DEFAULT_SANDBOX) throw conflict('The default sandbox can be reset, not deleted.')
    if (!await sandboxes.delete(name)) throw notFound(`There is no sandbox ${name}.`)
    return reply.code(204).send(null)
  })
  done()
}

async function sandboxReply (request: FastifyRequest, sandbox: Sandbox, context: ControlContext): Promise<Static<typeof SandboxReply>> {
  return {
    name: sandbox.name,
    seed: sandbox.seed,
    baseUrl: baseUrlOf(request, sandbox),
    hostUrl: hostUrlOf(request, sandbox),
    credential: context.sandboxes.nameByCredential(sandbox.credential) === undefined ? null : sandbox.credential,
    urls: apiUrlsOf(request, sandbox, context),
    clock: await clockReply(sandbox),
    tasks: sandbox.simulator.taskCount,
  }
}
