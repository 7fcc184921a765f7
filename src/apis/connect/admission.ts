/**
 * Who is let through to what, in the contract's order (2.6): credential, form of the id, existence, permission.
 */
import type { FastifyRequest } from 'fastify'
import { identify, type User } from './auth.js'
import type { Bundle, Content } from './content.js'
import { invalidGuid, roleTooLow, taskOfSomebodyElse, unauthenticated, unknownObject } from './errors.js'
import { isGuid } from './ids.js'
import { ConnectResources } from './resources.js'
import { ConnectOptions } from './schemas.js'

/** The options in force for the request. */
export function optionsOf ({ sandbox }: FastifyRequest): ConnectOptions {
  return sandbox.options(ConnectOptions)
}

/** Who asks. Throws ConnectError. */
export function userOf (request: FastifyRequest): User {
  const user = identify(request.headers, optionsOf(request), request.sandbox.credential)
  if (typeof user === 'string') throw unauthenticated(user)
  return user
}

/** What the server keeps, as it is now. */
export function resourcesOf ({ sandbox }: FastifyRequest): ConnectResources {
  return sandbox.resources(ConnectResources)
}

/** The content whose GUID stands in the path. Throws ConnectError. */
export function contentOf (request: FastifyRequest): Content {
  const guid = pathParameter(request, 'guid')
  if (!isGuid(guid)) throw invalidGuid(guid)
  const content = resourcesOf(request).contentByGuid(guid)
  if (content === undefined) throw unknownObject()
  return content
}

/** The content whose number or GUID stands in the path of a legacy call. Throws ConnectError. */
export function applicationOf (request: FastifyRequest): Content {
  const id = pathParameter(request, 'guid')
  if (!/^\d+$/.test(id)) return contentOf(request)
  const content = resourcesOf(request).contentById(Number(id))
  if (content === undefined) throw unknownObject()
  return content
}

/** The content if the user may change it. Throws ConnectError. */
export function toBeChanged (request: FastifyRequest, content: Content): Content {
  requirePublisher(request)
  const { username, role } = userOf(request)
  if (role !== 'administrator' && username !== content.owner) throw taskOfSomebodyElse()
  return content
}

/** The bundle of that content whose number stands in the path. Throws ConnectError. */
export function bundleOf (request: FastifyRequest, content: Content): Bundle {
  const id = pathParameter(request, 'bundle')
  const bundle = content.bundles.find((one) => String(one.id) === id)
  if (bundle === undefined) throw unknownObject()
  return bundle
}

/** Viewers look, and change nothing. */
export function requirePublisher (request: FastifyRequest): void {
  if (userOf(request).role === 'viewer') throw roleTooLow()
}

export function requireAdministrator (request: FastifyRequest): void {
  if (userOf(request).role !== 'administrator') throw roleTooLow()
}

/** A decoded parameter of the path. */
export function pathParameter ({ params }: FastifyRequest, name: string): string {
  const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
  return typeof value === 'string' ? value : ''
}
