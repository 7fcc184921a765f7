/**
 * The control plane's one body parser.
 */
import type { FastifyInstance } from 'fastify'
import { excessOf } from '../json-depth.js'
import type { Limits } from '../limits.js'
import { badRequest, Problem } from './problems.js'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** A body of the route may have any number of keys. */
    hasAnyKeys?: true
  }
}

/** Takes JSON and says so of everything else: a web page may send text or forms anywhere without being asked, but not this type. */
export function takeJsonOnly (app: FastifyInstance, { bodyBytes, json }: Pick<Limits, 'bodyBytes' | 'json'>): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: bodyBytes }, (request, text: string, done) => {
    if (text.trim() === '') return done(null, undefined)
    const excess = excessOf(text, request.routeOptions.config.hasAnyKeys === true ? { ...json, keys: Infinity } : json)
    if (excess !== undefined) return done(new Problem(400, excess === 'depth' ? `The body nests deeper than ${json.depth} levels, which is what --max-depth allows.` : `The body has more than the ${json.keys} keys that --max-keys allows.`))
    void parse(request, text, (error, body) => { done(error === null ? null : forbiddenKeyIn(text) ?? error, body) })
  })
}

/** What is wrong with a body that is JSON but names a key that could change what objects inherit; undefined: it is something else. */
function forbiddenKeyIn (text: string): Problem | undefined {
  let body: unknown
  try {
    body = JSON.parse(text)
  } catch {
    return undefined
  }
  const path = forbiddenPathIn(body)
  return path === undefined ? undefined : badRequest(path, 'no key may be called so')
}

/** The first such place, as a JSON pointer. The text nests no deeper than bodies may. */
function forbiddenPathIn (value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, member] of Object.entries(value)) {
    const isForbidden = key === '__proto__' || (key === 'constructor' && typeof member === 'object' && member !== null && Object.hasOwn(member, 'prototype'))
    const below = isForbidden ? '' : forbiddenPathIn(member)
    if (below !== undefined) return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}${below}`
  }
  return undefined
}
