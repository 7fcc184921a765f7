/**
 * Who the client is, and how it comes by a credential (contract 7.1 and 7.5).
 */
import { Type } from '@sinclair/typebox'
import { optionsOf, userOf } from '../admission.js'
import { isBootstrapping } from '../auth.js'
import { jsonBody } from '../bodies.js'
import { describe, OPEN } from '../documentation.js'
import { unauthenticated } from '../errors.js'
import { baseUrlOf, sendJson, type Route } from '../replies.js'
import { CurrentUserReply, LegacyUserReply, UserReply } from '../shapes.js'
import { currentUserBody, legacyUserBody, userBody } from '../users.js'

const TokenInput = Type.Object({
  token: Type.String({ minLength: 1, maxLength: 1024 }),
  public_key: Type.Optional(Type.Unknown()),
  user_id: Type.Optional(Type.Unknown()),
}, { examples: [{ token: 'T5a1f0c', public_key: 'MIGf', user_id: 0 }] })

/** Calls that bring about a credential, and need none. */
export const openUserRoutes: readonly Route[] = [
  {
    method: 'POST',
    url: '/__api__/tokens',
    schema: describe({
      operationId: 'createToken',
      tag: 'Server',
      summary: 'Register a token whose owner signs requests',
      description: 'It counts as claimed at once.',
      missing: 'signatures aren\'t verified',
      security: OPEN,
      body: TokenInput,
      reply: { description: 'The page on which somebody would claim it.', schema: Type.Object({ token_claim_url: Type.String() }), example: { token_claim_url: 'http://localhost:3939/connect/#/claim/T5a1f0c' } },
      errors: ['json', 'checksum', 'internal'],
    }),
    handler: (request, reply) => {
      const { token } = jsonBody(request, TokenInput)
      sendJson(request, reply, { token_claim_url: `${baseUrlOf(request)}/connect/#/claim/${encodeURIComponent(token)}` })
    },
  },
  {
    method: 'POST',
    url: '/__api__/v1/experimental/bootstrap',
    schema: describe({
      operationId: 'bootstrap',
      tag: 'Server',
      summary: 'Get the first API key of a fresh server',
      missing: 'the credential isn\'t verified',
      security: [{ bootstrap: [] }],
      reply: { description: 'The key.', schema: Type.Object({ api_key: Type.String() }), example: { api_key: 'pollux-bootstrap-key' } },
      errors: ['unauthenticated', 'internal'],
    }),
    handler: (request, reply) => {
      if (optionsOf(request)['api-keys'] !== 'none' && !isBootstrapping(request.headers)) throw unauthenticated('missing')
      sendJson(request, reply, { api_key: 'pollux-bootstrap-key' })
    },
  },
]

/** Calls about the user who asks. */
export const userRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/v1/user',
    schema: describe({ operationId: 'getCurrentUser', tag: 'Server', summary: 'Who asks', reply: { description: 'The user.', schema: UserReply }, errors: ['unauthenticated', 'internal'] }),
    handler: (request, reply) => { sendJson(request, reply, userBody(userOf(request))) },
  },
  {
    method: 'GET',
    url: '/__api__/me',
    schema: describe({ operationId: 'getMe', tag: 'Server', summary: 'Who asks (before v1)', isDeprecated: true, reply: { description: 'The user.', schema: LegacyUserReply }, errors: ['unauthenticated', 'internal'] }),
    handler: (request, reply) => { sendJson(request, reply, legacyUserBody(userOf(request))) },
  },
  {
    method: 'GET',
    url: '/__api__/users/current',
    schema: describe({ operationId: 'getUsersCurrent', tag: 'Server', summary: 'Who asks, with a number (before v1)', isDeprecated: true, reply: { description: 'The user.', schema: CurrentUserReply }, errors: ['unauthenticated', 'internal'] }),
    handler: (request, reply) => { sendJson(request, reply, currentUserBody(userOf(request), optionsOf(request))) },
  },
]
