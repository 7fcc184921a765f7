/**
 * OAuth: tokens for the asking (cognigy contract, 2.5).
 */
import type { FastifyReply } from 'fastify'
import { ISSUE_TOKEN, REVOKE_TOKEN } from './documentation.js'
import { CognigyResources } from './resources.js'
import { sendPlain, type ApiRoute, type Request } from './route.js'

const GRANTS: readonly string[] = ['password', 'client_credentials', 'authorization_code', 'refresh_token']
const LIFETIME_SECONDS = 3600

/** Their paths stand beside the base paths, not below. */
export const OAUTH_ROUTES: readonly ApiRoute[] = [
  { method: 'POST', path: '/auth/oauth2/token', schema: ISSUE_TOKEN, handler: issueToken },
  { method: 'POST', path: '/auth/oauth2/revoke', schema: REVOKE_TOKEN, handler: revokeToken },
]

function issueToken ({ sandbox, body }: Request, reply: FastifyReply): void {
  if (!GRANTS.includes(formOf(body).get('grant_type') ?? '')) {
    return sendPlain(reply, { error: 'invalid_request', error_description: `Invalid value for 'grant_type': expected one of ${GRANTS.join(', ')}` }, 400)
  }
  const resources = sandbox.resources(CognigyResources)
  sendPlain(reply, { access_token: resources.issueToken(), token_type: 'Bearer', expires_in: LIFETIME_SECONDS, refresh_token: resources.issueToken() })
}

function revokeToken ({ sandbox, body }: Request, reply: FastifyReply): void {
  sandbox.resources(CognigyResources).revokeToken(formOf(body).get('token') ?? '')
  sendPlain(reply, {})
}

function formOf (body: unknown): URLSearchParams {
  return new URLSearchParams(Buffer.isBuffer(body) ? body.toString() : '')
}
