/**
 * Starts before v1: on applications and their variants. They answer with a whole legacy task (contract 7.5).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { TaskSnapshot } from '../../../simulator/task.js'
import { applicationOf, pathParameter, resourcesOf, toBeChanged } from '../admission.js'
import { jsonBody, queryParameter } from '../bodies.js'
import type { Content } from '../content.js'
import { planBuild } from '../deployment.js'
import { describe } from '../documentation.js'
import { unknownObject } from '../errors.js'
import { labelOf } from '../labels.js'
import { LegacyTaskReply } from '../schemas.js'
import { ApplicationParams, VariantParams } from '../shapes.js'
import type { Start } from '../start.js'
import { freshTaskBody } from '../view.js'

const DeployInput = Type.Object({ bundle: Type.Optional(Type.Union([Type.Integer({ minimum: 0, description: 'The bundle to deploy; without it, the newest one.' }), Type.Null()])) }, { examples: [{ bundle: 2 }] })
const STARTED = { description: 'The task that was started.', schema: LegacyTaskReply }

/** Starts on applications and variants. */
export const applicationStarts: readonly Start[] = [
  {
    method: 'POST',
    url: '/__api__/applications/:guid/deploy',
    schema: describe({
      operationId: 'deployApplication',
      tag: 'Applications',
      summary: 'Deploy a bundle (before v1)',
      isDeprecated: true,
      params: ApplicationParams,
      body: DeployInput,
      reply: STARTED,
      errors: ['guid', 'bundleBelongsElsewhere', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'noBundle', 'internal'],
    }),
    kind: 'deploy',
    plan: (request) => {
      const content = toBeChanged(request, applicationOf(request))
      return planBuild(request, content, 'deploy', jsonBody(request, DeployInput).bundle ?? undefined)
    },
    reply: legacyTask,
  },
  {
    method: 'POST',
    url: '/__api__/variants/:variant/render',
    schema: describe({ operationId: 'renderVariant', tag: 'Applications', summary: 'Render a variant', isDeprecated: true, params: VariantParams, reply: STARTED, errors: ['unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] }),
    kind: 'render',
    plan: (request) => {
      const content = toBeChanged(request, variantOf(request))
      return { label: labelOf(content), usual: { scenario: 'render-ok' }, parameters: { guid: content.guid } }
    },
    reply: legacyTask,
  },
  {
    method: 'POST',
    url: '/__api__/variants/:variant/sender',
    schema: describe({
      operationId: 'sendVariant',
      tag: 'Applications',
      summary: 'Send a variant by email',
      isDeprecated: true,
      params: VariantParams,
      query: Type.Object({ email: Type.Optional(Type.String({ description: 'To whom.', examples: ['me'] })) }),
      reply: STARTED,
      errors: ['unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'],
    }),
    kind: 'mail',
    plan: (request) => {
      const content = toBeChanged(request, variantOf(request))
      const to = queryParameter(request, 'email') ?? 'me'
      return { label: `${to} ${labelOf(content)}`, usual: { scenario: 'mail-ok' }, parameters: { guid: content.guid, to } }
    },
    reply: legacyTask,
  },
]

function legacyTask (started: TaskSnapshot | undefined): unknown {
  return started === undefined ? null : freshTaskBody(started, 'legacy')
}

/** The content whose variant's number stands in the path; it is the content's own (contract 7.5). */
function variantOf (request: FastifyRequest): Content {
  const id = pathParameter(request, 'variant')
  const content = /^\d{1,15}$/.test(id) ? resourcesOf(request).contentById(Number(id)) : undefined
  if (content === undefined) throw unknownObject()
  return content
}
