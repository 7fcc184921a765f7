/**
 * Who asks (contract 2), and which tasks they may read. Pure.
 */
import type { IncomingHttpHeaders } from 'node:http'
import type { TaskRecord } from '../../simulator/task.js'
import type { ApiKey, ConnectOptions } from './schemas.js'

/** Somebody known to the server. */
export type User = Pick<ApiKey, 'username' | 'role'>

/** Why somebody isn't known: they showed nothing that counts, or a key that isn't listed. */
export type CredentialFault = 'missing' | 'wrong'

/** The one user of a server without a list of keys. */
const BUILT_IN_USER: User = { username: 'ada', role: 'administrator' }

/** Whose request this is, by the first credential in the contract's order; the sandbox's own is always good. */
export function identify (headers: IncomingHttpHeaders, { 'api-keys': keys }: ConnectOptions, sandboxKey: string): User | CredentialFault {
  if (keys === 'none') return BUILT_IN_USER
  const key = keyIn(headers, keys === 'any')
  if (key === undefined) return isSigned(headers) ? (keys === 'any' ? BUILT_IN_USER : keys[0] ?? 'missing') : 'missing'
  return keys === 'any' || key === sandboxKey ? BUILT_IN_USER : keys.find((known) => known.key === key) ?? 'wrong'
}

/** True for the owner of the task and for administrators; a task without an owner is everybody's (contract 2.5). */
export function mayRead (user: User, task: TaskRecord): boolean {
  const { owner } = task.parameters
  return typeof owner !== 'string' || user.role === 'administrator' || owner === user.username
}

/** The number by which legacy calls know the user: 1 for the built-in one, else the place in the list of keys. */
export function userNumberOf ({ username }: User, { 'api-keys': keys }: ConnectOptions): number {
  if (typeof keys === 'string') return 1
  const index = keys.findIndex((known) => known.username === username)
  return index < 0 ? keys.length + 1 : index + 1
}

/** True for the credential of a fresh server, which is good for nothing but the first key (contract 2.1). */
export function isBootstrapping ({ authorization }: IncomingHttpHeaders): boolean {
  return authorization !== undefined && /^Connect-Bootstrap \S/.test(authorization)
}

/** The API key that the request carries; undefined when it carries none. */
function keyIn ({ authorization, 'x-rsc-authorization': inner }: IncomingHttpHeaders, acceptsBareKey: boolean): string | undefined {
  // Behind a proxy with a login of its own, the key travels in the second header (contract 2.1).
  const innerKey = typeof inner === 'string' ? keyOf(inner) ?? bareKeyOf(inner) : undefined
  if (innerKey !== undefined || authorization === undefined) return innerKey
  return keyOf(authorization) ?? (acceptsBareKey ? bareKeyOf(authorization) : undefined)
}

/** The key behind the scheme word, which is case-sensitive and followed by exactly one space. */
function keyOf (credential: string): string | undefined {
  return /^Key (\S.*)$/.exec(credential)?.[1]
}

/** A single word is a key, as in the seed's generated example, unless it is a scheme whose credential is missing. */
function bareKeyOf (credential: string): string | undefined {
  return /^\S+$/.test(credential) && !/^(?:key|bearer|basic|snowflake|connect-bootstrap)$/i.test(credential) ? credential : undefined
}

/** True for the credentials that are taken unverified: a bearer token, and a request signed with a token's private key. */
function isSigned (headers: IncomingHttpHeaders): boolean {
  if (headers.authorization !== undefined && /^Bearer \S/.test(headers.authorization)) return true
  const token = headers['x-auth-token']
  return typeof token === 'string' && token !== '' && token !== 'anonymous-access' &&
    headers['x-auth-signature'] !== undefined && headers.date !== undefined && headers['x-content-checksum'] !== undefined
}
