/**
 * The control plane's one body parser.
 */
import type { FastifyInstance } from 'fastify'
import { isBeyond } from '../json-depth.js'
import { Problem } from './problems.js'

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
    void parse(request, text, done)
  })
}
