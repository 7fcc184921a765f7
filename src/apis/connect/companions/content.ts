/**
 * Content: created, read, changed, deleted; its environment and its vanity path (contract 7.1).
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { contentOf, requirePublisher, resourcesOf, toBeChanged, userOf } from '../admission.js'
import { jsonBody, queryParameter } from '../bodies.js'
import { ContentSettings, type Content } from '../content.js'
import { contentBody } from '../content-view.js'
import { describe } from '../documentation.js'
import { invalidJson, invalidName, nameTaken, unknownObject } from '../errors.js'
import { isContentName } from '../labels.js'
import { baseUrlOf, sendDone, sendJson, type Route } from '../replies.js'
import { ContentInput, ContentParams, ContentReply } from '../shapes.js'
import { guidOfUser } from '../users.js'

const EnvironmentInput = Type.Array(Type.Object({
  name: Type.String({ minLength: 1, maxLength: 1024 }),
  value: Type.Union([Type.String(), Type.Null()], { description: 'null removes it.' }),
}), { examples: [[{ name: 'REGION', value: 'north' }]] })
const EnvironmentReply = Type.Array(Type.String(), { description: 'The names of all variables, sorted.', examples: [['REGION']] })
const MOST_VARIABLES = 1000

const VanityInput = Type.Object({ path: Type.String({ minLength: 1, maxLength: 1024 }), force: Type.Optional(Type.Boolean({ default: false, description: 'Takes the path from other content.' })) }, { examples: [{ path: '/quarterly/' }] })
const VanityReply = Type.Object({ content_guid: Type.String(), path: Type.String() }, { title: 'Vanity' })

const READ_ERRORS = ['guid', 'unauthenticated', 'unknown', 'internal'] as const // as: names, not any text
const CHANGE_ERRORS = ['guid', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] as const // as: see above

export const contentRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/v1/content',
    schema: describe({
      operationId: 'getContents',
      tag: 'Content',
      summary: 'List content',
      missing: '`include` is ignored',
      query: Type.Object({ name: Type.Optional(Type.String()), owner_guid: Type.Optional(Type.String()), include: Type.Optional(Type.String()) }),
      reply: { description: 'All of it, the oldest first.', schema: Type.Array(ContentReply) },
      errors: ['unauthenticated', 'internal'],
    }),
    handler: (request, reply) => {
      const name = queryParameter(request, 'name')
      const ownerGuid = queryParameter(request, 'owner_guid')
      const found = [...resourcesOf(request).content()].filter((content) => (name === undefined || content.name === name) && (ownerGuid === undefined || guidOfUser(content.owner) === ownerGuid))
      sendJson(request, reply, found.map((content) => bodyOf(request, content)))
    },
  },
  {
    method: 'POST',
    url: '/__api__/v1/content',
    schema: describe({
      operationId: 'createContent',
      tag: 'Content',
      summary: 'Create content',
      body: ContentInput,
      reply: { description: 'The content, which holds nothing yet.', schema: ContentReply },
      errors: ['name', 'json', 'checksum', 'unauthenticated', 'roleTooLow', 'nameTaken', 'internal'],
    }),
    handler: (request, reply) => {
      requirePublisher(request)
      sendJson(request, reply, bodyOf(request, createContent(request, jsonBody(request, ContentInput))))
    },
  },
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid',
    schema: describe({ operationId: 'getContent', tag: 'Content', summary: 'Get content', params: ContentParams, reply: { description: 'The content.', schema: ContentReply }, errors: READ_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, bodyOf(request, contentOf(request))) },
  },
  {
    method: 'PATCH',
    url: '/__api__/v1/content/:guid',
    schema: describe({ operationId: 'updateContent', tag: 'Content', summary: 'Change content', params: ContentParams, body: ContentInput, reply: { description: 'The content as it is now.', schema: ContentReply }, errors: ['name', ...CHANGE_ERRORS, 'nameTaken'] }),
    handler: (request, reply) => {
      const content = toBeChanged(request, contentOf(request))
      changeContent(request, content, jsonBody(request, ContentInput))
      sendJson(request, reply, bodyOf(request, content))
    },
  },
  {
    method: 'DELETE',
    url: '/__api__/v1/content/:guid',
    schema: describe({ operationId: 'deleteContent', tag: 'Content', summary: 'Delete content', params: ContentParams, reply: { status: 204, description: 'It is gone.' }, errors: ['guid', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] }),
    handler: (request, reply) => {
      resourcesOf(request).removeContent(toBeChanged(request, contentOf(request)))
      sendDone(request, reply)
    },
  },
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/environment',
    schema: describe({ operationId: 'getEnvironment', tag: 'Content', summary: 'Names of the environment variables', params: ContentParams, reply: { description: 'The names.', schema: EnvironmentReply }, errors: READ_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, contentOf(request).environment) },
  },
  {
    method: 'PATCH',
    url: '/__api__/v1/content/:guid/environment',
    schema: describe({ operationId: 'updateEnvironment', tag: 'Content', summary: 'Change some environment variables', params: ContentParams, body: EnvironmentInput, reply: { description: 'The names of all.', schema: EnvironmentReply }, errors: CHANGE_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, changeEnvironment(request, true)) },
  },
  {
    method: 'PUT',
    url: '/__api__/v1/content/:guid/environment',
    schema: describe({ operationId: 'setEnvironment', tag: 'Content', summary: 'Replace all environment variables', params: ContentParams, body: EnvironmentInput, reply: { description: 'The names of all.', schema: EnvironmentReply }, errors: CHANGE_ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, changeEnvironment(request, false)) },
  },
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/vanity',
    schema: describe({ operationId: 'getVanity', tag: 'Content', summary: 'Get the vanity path', params: ContentParams, reply: { description: 'The path.', schema: VanityReply, example: { content_guid: 'b99b9b77-a8ae-4ecd-93aa-3c23baf9cefe', path: '/quarterly/' } }, errors: READ_ERRORS }),
    handler: (request, reply) => {
      const { guid, vanityPath } = contentOf(request)
      if (vanityPath === null) throw unknownObject()
      sendJson(request, reply, { content_guid: guid, path: vanityPath })
    },
  },
  {
    method: 'PUT',
    url: '/__api__/v1/content/:guid/vanity',
    schema: describe({ operationId: 'setVanity', tag: 'Content', summary: 'Set the vanity path', missing: 'nothing is served there', params: ContentParams, body: VanityInput, reply: { description: 'The path.', schema: VanityReply, example: { content_guid: 'b99b9b77-a8ae-4ecd-93aa-3c23baf9cefe', path: '/quarterly/' } }, errors: [...CHANGE_ERRORS, 'nameTaken'] }),
    handler: (request, reply) => {
      const content = toBeChanged(request, contentOf(request))
      const { path, force = false } = jsonBody(request, VanityInput)
      const present = resourcesOf(request).contentAt(path)
      if (present !== undefined && present !== content && !force) throw nameTaken()
      if (present !== undefined) present.vanityPath = null
      content.vanityPath = path
      sendJson(request, reply, { content_guid: content.guid, path })
    },
  },
]

/** Makes content as asked. Throws ConnectError. */
export function createContent (request: FastifyRequest, { name, app_mode: appMode, ...input }: Static<typeof ContentInput>): Content {
  const { username } = userOf(request)
  const resources = resourcesOf(request)
  // Publisher leaves the name to the server by an empty one.
  const wanted = name ?? ''
  if (wanted !== '') requireName(request, username, wanted)
  const content = resources.createContent(username, wanted === '' ? undefined : wanted, onlyKnown(input))
  if (typeof appMode === 'string') content.appMode = appMode
  return content
}

/** Changes what is said, and nothing else. Throws ConnectError. */
export function changeContent (request: FastifyRequest, content: Content, { name, app_mode: appMode, ...input }: Static<typeof ContentInput>): void {
  if (typeof name === 'string' && name !== '' && name !== content.name) {
    requireName(request, content.owner, name, content)
    content.name = name
  }
  if (typeof appMode === 'string') content.appMode = appMode
  content.settings = { ...content.settings, ...onlyKnown(input) }
}

function requireName (request: FastifyRequest, owner: string, name: string, except?: Content): void {
  if (!isContentName(name)) throw invalidName()
  if (resourcesOf(request).hasName(owner, name, except)) throw nameTaken()
}

/** The settings that there are: other keys are ignored, and kept nowhere. */
function onlyKnown (input: object): Content['settings'] {
  return Object.fromEntries(Object.entries(input).filter(([key]) => Object.hasOwn(ContentSettings.properties, key)))
}

/** The names after the change, sorted. */
function changeEnvironment (request: FastifyRequest, isPartial: boolean): readonly string[] {
  const content = toBeChanged(request, contentOf(request))
  const names = new Set(isPartial ? content.environment : [])
  for (const { name, value } of jsonBody(request, EnvironmentInput)) {
    if (value === null) names.delete(name)
    else names.add(name)
  }
  if (names.size > MOST_VARIABLES) throw invalidJson()
  content.environment = [...names].sort()
  return content.environment
}

function bodyOf (request: FastifyRequest, content: Content): object {
  return contentBody(content, baseUrlOf(request), userOf(request))
}
