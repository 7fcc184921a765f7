/**
 * `/options`: the options of each API in the sandbox, read and changed.
 */
import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Sandbox } from '../sandbox.js'
import { requireApi, type ControlContext } from './context.js'
import { Problem, type Complaint } from './problems.js'

const OptionsByApi = Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), { title: 'Options', description: 'By API, options by name' })

export const optionRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  app.get('/options', {
    schema: { operationId: 'getOptions', tags: ['Server'], summary: 'Options in force', description: 'As the sandbox has them: the server\'s, changed by what was set here.', response: { 200: OptionsByApi } },
  }, (request, reply) => { reply.send(optionsOf(request.sandbox, context)) })

  app.patch('/options', {
    schema: { operationId: 'changeOptions', tags: ['Server'], summary: 'Change some options', description: 'All or none of those named; what is not named stays. `null` gives an option its default back.', body: OptionsByApi, response: { 200: OptionsByApi } },
  }, (request, reply) => {
    setOptions(request.sandbox, context, request.body, '')
    reply.send(optionsOf(request.sandbox, context))
  })
  done()
}

/** The options of every API in force in the sandbox. */
export function optionsOf (sandbox: Sandbox, { apis }: ControlContext): Record<string, Readonly<Record<string, unknown>>> {
  return Object.fromEntries(apis.map(({ name, options }) => [name, sandbox.options(options)]))
}

/** Puts the options named in force, all or none; null gives one its default back. Throws a Problem (400). */
export function setOptions (sandbox: Sandbox, context: ControlContext, changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>, path: string): void {
  for (const set of checkOptions(sandbox, context, changes, path)) set()
}

/** The same in two steps: checks now, and returns what puts the options in force. */
export function checkOptions (sandbox: Sandbox | undefined, context: ControlContext, changes: Readonly<Record<string, Readonly<Record<string, unknown>>>>, path: string): Array<(on?: Sandbox) => void> {
  const complaints: Complaint[] = []
  const setters = Object.entries(changes).map(([name, given]) => {
    const { options: schema } = requireApi(context, name, `${path}/${name}`)
    for (const [option, value] of Object.entries(given)) {
      const known = Object.hasOwn(schema.properties, option) ? schema.properties[option] : undefined
      const isDefault = value === null && known !== undefined && !Check(known, null)
      if (known === undefined) complaints.push({ path: `${path}/${name}/${option}`, message: `no such option; there are ${Object.keys(schema.properties).join(', ')}` })
      else if (!isDefault && !Check(known, value)) complaints.push({ path: `${path}/${name}/${option}`, message: `expected ${String(known['expects'])}, got ${JSON.stringify(value)}` })
    }
    return (on = sandbox) => {
      if (on === undefined) return
      const merged: Record<string, unknown> = { ...on.options(schema) }
      for (const [option, value] of Object.entries(given)) {
        const known = schema.properties[option]
        if (value !== null || (known !== undefined && Check(known, null))) merged[option] = value
        else if (known?.['default'] === undefined) delete merged[option]
        else merged[option] = known['default']
      }
      on.setOptions(name, Object.freeze(merged))
    }
  })
  if (complaints.length > 0) throw new Problem(400, complaints.map((complaint) => `${complaint.path}: ${complaint.message}`).join('; '), complaints)
  return setters
}
