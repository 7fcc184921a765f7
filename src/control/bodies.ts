/**
 * The control plane's one body parser.
 */
import type { FastifyInstance } from 'fastify'
import { isBeyond } from '../json-depth.js'
import { badRequest, Problem } from './problems.js'

const BODY_LIMIT = 262_144
const DEEPEST = 64

/**
 * Takes JSON and says so of everything else: a web page may send text or forms anywhere without being asked, but not this type.
 * `largest` is the limit in bytes of routes that name none.
 */
export function takeJsonOnly (app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error')
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('application/json', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (request, text: string, done) => {
    if (text.trim() === '') return done(null, undefined)
    if (isBeyond(Buffer.from(text), DEEPEST)) return done(new Problem(400, `The body nests deeper than ${DEEPEST} levels.`))
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
