/**
 * The control plane's one body parser.
 */
import type { FastifyInstance } from 'fastify'
import { excessOf } from '../json-depth.js'
import type { Limits } from '../limits.js'
import { Problem } from './problems.js'

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
    void parse(request, text, done)
  })
}
