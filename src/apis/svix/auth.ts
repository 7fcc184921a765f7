/**
 * Who a request comes from, by its `Authorization` header (svix contract, 2).
 */
import type { Role, SvixOptions } from './schemas.js'

/** The scheme word in any case, blanks, the token. */
const BEARER = /^bearer +(\S.*)$/i

/** The role of the credential; undefined when it is missing, malformed or unknown. The sandbox's own is always good. Pure. */
export function roleOf ({ tokens, profile }: SvixOptions, authorization: string | undefined, sandboxToken: string): Role | undefined {
  const accepted = tokens ?? (profile === 'hosted' ? 'any' : 'none')
  if (accepted === 'none') return 'organization'
  const token = BEARER.exec(authorization ?? '')?.[1]
  if (token === undefined) return undefined
  if (token === sandboxToken) return 'organization'
  if (accepted === 'any') return token.startsWith('appsk_') ? 'application' : 'organization'
  return accepted.find((known) => known.token === token)?.role
}
