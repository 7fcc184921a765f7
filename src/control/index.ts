/**
 * The control plane: Pollux's own API under `/_pollux`, one file per resource.
 */
import type { FastifyPluginCallback, FastifyReply, FastifySchema } from 'fastify'
import type { OpenApiHead, WireReply } from '../api.js'
import { redactPath } from '../journal/redaction.js'
import { OWN_HEADERS } from '../own-headers.js'
import { apiRoutes } from './apis.js'
import { takeJsonOnly } from './bodies.js'
import { clockRoutes } from './clock.js'
import type { ControlContext } from './context.js'
import { eventRoutes } from './events.js'
import { faultRoutes } from './faults.js'
import { admit } from './guard.js'
import { healthRoutes } from './health.js'
import { journalRoutes } from './journal.js'
import { metricRoutes } from './metrics.js'
import { nextRoutes } from './next.js'
import { openapiRoutes } from './openapi.js'
import { optionRoutes } from './options.js'
import { Problem, PROBLEM_REPLY, problemReply } from './problems.js'
import { reportRoutes } from './report.js'
import { resetRoutes } from './reset.js'
import { sandboxRoutes } from './sandboxes.js'
import { scenarioRoutes } from './scenarios.js'
import { snapshotRoutes } from './snapshot.js'
import { taskRoutes } from './tasks.js'
import { validatorCompiler } from './validation.js'
import { waitRoutes } from './wait.js'

/** What every resource of the control plane is. */
export type ControlRoutes = FastifyPluginCallback<{ readonly context: ControlContext }>

const RESOURCES: readonly ControlRoutes[] = [
  healthRoutes, apiRoutes, optionRoutes, taskRoutes, waitRoutes, scenarioRoutes, nextRoutes, clockRoutes, faultRoutes,
  journalRoutes, reportRoutes, eventRoutes, metricRoutes, sandboxRoutes, resetRoutes, snapshotRoutes, openapiRoutes,
]

/** Paths that need no token: whoever watches over a server has none. */
const FREE = new Set(['/_pollux/health', '/_pollux/ready'])

export const controlRoutes: ControlRoutes = (app, { context }, done) => {
  const known: Array<{ readonly method: string, readonly path: RegExp }> = []
  app.addHook('onRoute', (route) => {
    const { method, url, schema } = route
    // What every call may answer is said here, once.
    if (schema !== undefined) route.schema = { ...schema, response: { ...described(schema), '4xx': PROBLEM_REPLY } }
    for (const one of [method].flat()) known.push({ method: one, path: new RegExp(`^${url.replace(/:\w+/g, '[^/]+')}$`) })
  })
  app.setValidatorCompiler(validatorCompiler)
  takeJsonOnly(app, context.bounds)
  app.addHook('onRequest', (request, reply, next) => {
    reply.headers(OWN_HEADERS)
    const path = request.door.path.replace(/[?#].*$/s, '')
    admit(request.headers, { token: FREE.has(path) ? undefined : context.controlToken, allowedHosts: context.allowedHosts, isHostFree: context.controlToken !== undefined })
    if (!request.is404) {
      request.sandbox = context.sandboxes.get(request.door.sandbox)
      return next()
    }
    const methods = known.filter((route) => route.path.test(path)).map(({ method }) => method)
    throw methods.length === 0
      ? new Problem(404, `Nothing is served at ${redactPath(path)}; GET /_pollux/openapi/control.json tells what is.`)
      : new Problem(405, `${redactPath(path)} takes ${[...new Set(methods)].join(', ')}, not ${request.method}.`, [], { allow: [...new Set(methods)].join(', ') })
  })
  app.setNotFoundHandler(() => { throw new Problem(404, 'Nothing is served here.') })
  app.setErrorHandler((error, _request, reply) => { sendReply(reply, problemReply(error)) })
  // In one scope: they differ in nothing but their routes, and a scope each would be felt when the first call comes.
  for (const resource of RESOURCES) void resource(app, { context }, () => {})
  done()
}

/** The replies of a call, those that don't tell what they are described by what the call does. */
function described ({ response, summary = '' }: FastifySchema): Record<string, unknown> {
  return Object.fromEntries(Object.entries(response ?? {}).map(([status, schema]: [string, object]) => [
    status,
    'description' in schema ? schema : { description: summary, content: { 'application/json': { schema } } },
  ]))
}

/** What the document of the control plane says beside the routes. */
export const CONTROL_OPENAPI: OpenApiHead = {
  info: {
    title: 'Pollux control plane',
    version: '1',
    description: 'Moves tasks, time and faults of a sandbox, and tells what clients did. In front of `/_pollux`, `/sandbox/<name>` addresses a sandbox other than `default`. Errors are problem documents (RFC 9457). Durations are texts such as "200ms", "1.5s", "2m", "1h", "3d" or numbers of milliseconds; instants are RFC 3339 texts of the sandbox clock.',
  },
  servers: [
    { url: 'http://localhost:8080/_pollux', description: 'The default sandbox' },
    { url: 'http://localhost:8080/sandbox/mine/_pollux', description: 'A sandbox of one\'s own' },
  ],
  tags: [
    { name: 'Server', description: 'Who serves, and what' },
    { name: 'Tasks', description: 'Simulated jobs' },
    { name: 'Scenarios', description: 'Named courses of tasks' },
    { name: 'Clock', description: 'Simulated time' },
    { name: 'Faults', description: 'What goes wrong' },
    { name: 'Journal', description: 'What clients did, and the verdict on it' },
    { name: 'Sandboxes', description: 'Isolated worlds' },
  ],
  security: [{}, { token: [] }],
  securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'The value of --control-token, when one is set' } },
}

function sendReply (reply: FastifyReply, { status, headers, body }: WireReply): void {
  // As bytes: Fastify adds a charset to the content type of texts.
  reply.code(status).headers(headers).send(Buffer.from(body))
}
