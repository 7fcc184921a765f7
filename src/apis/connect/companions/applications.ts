/**
 * Content before v1, called applications (contract 7.5).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { applicationOf, optionsOf, requirePublisher, resourcesOf, toBeChanged } from '../admission.js'
import { userNumberOf } from '../auth.js'
import { jsonBody, queryParameter, queryParameters } from '../bodies.js'
import type { Content } from '../content.js'
import { applicationBody, dashboardUrl, variantBody } from '../content-view.js'
import { describe } from '../documentation.js'
import { baseUrlOf, sendJson, type Route } from '../replies.js'
import { ApplicationParams, ApplicationReply, ContentInput, VariantReply } from '../shapes.js'
import { changeContent, createContent } from './content.js'

const DEFAULT_COUNT = 100
const READ_ERRORS = ['guid', 'unauthenticated', 'unknown', 'internal'] as const // as: names, not any text

export const applicationRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/applications',
    schema: describe({
      operationId: 'getApplications',
      tag: 'Applications',
      summary: 'List content (before v1)',
      isDeprecated: true,
      query: Type.Object({
        filter: Type.Optional(Type.Array(Type.String({ examples: ['name:quarterly-report'] }), { description: '`name:<name>` and `account_id:<number>`; others are ignored.' })),
        count: Type.Optional(Type.Integer({ minimum: 0, default: DEFAULT_COUNT })),
        offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
      }),
      reply: {
        description: 'A page of it.',
        schema: Type.Object({ applications: Type.Array(ApplicationReply), count: Type.Integer({ description: 'How many stand here.' }), total: Type.Integer({ description: 'How many there are.' }), continuation: Type.String() }),
      },
      errors: ['unauthenticated', 'internal'],
    }),
    handler: (request, reply) => {
      const found = filtered(request)
      const offset = numberIn(request, 'offset') ?? 0
      const page = found.slice(offset, offset + (numberIn(request, 'count') ?? DEFAULT_COUNT))
      sendJson(request, reply, { applications: page.map((content) => bodyOf(request, content)), count: page.length, total: found.length, continuation: '' })
    },
  },
  {
    method: 'POST',
    url: '/__api__/applications',
    schema: describe({ operationId: 'createApplication', tag: 'Applications', summary: 'Create content (before v1)', isDeprecated: true, body: ContentInput, reply: { description: 'The content, which holds nothing yet.', schema: ApplicationReply }, errors: ['name', 'json', 'checksum', 'unauthenticated', 'roleTooLow', 'nameTaken', 'internal'] }),
    handler: (request, reply) => {
      requirePublisher(request)
      sendJson(request, reply, bodyOf(request, createContent(request, jsonBody(request, ContentInput))))
    },
  },
  {
    method: 'GET',
    url: '/__api__/applications/:guid',
    schema: describe({ operationId: 'getApplication', tag: 'Applications', summary: 'Get content (before v1)', isDeprecated: true, params: ApplicationParams, reply: { description: 'The content.', schema: ApplicationReply }, errors: READ_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, bodyOf(request, applicationOf(request))) },
  },
  {
    method: 'POST',
    url: '/__api__/applications/:guid',
    schema: describe({ operationId: 'updateApplication', tag: 'Applications', summary: 'Change content (before v1)', isDeprecated: true, params: ApplicationParams, body: ContentInput, reply: { description: 'The content as it is now.', schema: ApplicationReply }, errors: ['guid', 'name', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'nameTaken', 'internal'] }),
    handler: (request, reply) => {
      const content = toBeChanged(request, applicationOf(request))
      changeContent(request, content, jsonBody(request, ContentInput))
      sendJson(request, reply, bodyOf(request, content))
    },
  },
  {
    method: 'GET',
    url: '/__api__/applications/:guid/config',
    schema: describe({
      operationId: 'getApplicationConfig',
      tag: 'Applications',
      summary: 'Where content is administered (before v1)',
      isDeprecated: true,
      params: ApplicationParams,
      reply: { description: 'The pages.', schema: Type.Object({ config_url: Type.String(), logs_url: Type.String() }), example: { config_url: 'http://localhost:3939/connect/#/apps/b99b9b77-a8ae-4ecd-93aa-3c23baf9cefe', logs_url: 'http://localhost:3939/connect/#/apps/b99b9b77-a8ae-4ecd-93aa-3c23baf9cefe/logs' } },
      errors: READ_ERRORS,
    }),
    handler: (request, reply) => {
      const configUrl = dashboardUrl(baseUrlOf(request), applicationOf(request))
      sendJson(request, reply, { config_url: configUrl, logs_url: `${configUrl}/logs` })
    },
  },
  {
    method: 'GET',
    url: '/__api__/applications/:guid/variants',
    schema: describe({ operationId: 'getVariants', tag: 'Applications', summary: 'List the variants of content', missing: 'there is the default one only', isDeprecated: true, params: ApplicationParams, reply: { description: 'The default one.', schema: Type.Array(VariantReply) }, errors: READ_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, [variantBody(applicationOf(request), optionsOf(request))]) },
  },
]

function bodyOf (request: FastifyRequest, content: Content): object {
  return applicationBody(content, baseUrlOf(request))
}

/** The content that all filters let through. */
function filtered (request: FastifyRequest): Content[] {
  const options = optionsOf(request)
  const filters = queryParameters(request, 'filter').map((filter) => /^(name|account_id):(.*)$/s.exec(filter))
  return [...resourcesOf(request).content()].filter((content) => filters.every((filter) => {
    if (filter === null) return true
    const [, key, value] = filter
    return value === (key === 'name' ? content.name : String(userNumberOf({ username: content.owner, role: 'publisher' }, options)))
  }))
}

function numberIn (request: FastifyRequest, name: string): number | undefined {
  const text = queryParameter(request, name) ?? ''
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined
}
