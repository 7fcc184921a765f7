/**
 * Pages outside the API: content as its readers reach it, and the dashboard (contract 1.1 and 7.1).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { pathParameter, resourcesOf } from '../admission.js'
import { contentKindOf } from '../content-kinds.js'
import { describe, OPEN } from '../documentation.js'
import { sendPage, type Route } from '../replies.js'
import { BundleParams, ContentParams } from '../shapes.js'

const PAGE = { content: { 'text/html': { schema: Type.String() } } }
const MISSING = 'the content isn\'t run, a page stands in for it'
const HIDDEN = { hide: true }

const MISS = [{ status: 404, description: 'There is no such content, or no such bundle of it.', ...PAGE }]

export const pageRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/content/:guid',
    schema: describe({ operationId: 'visitContent', tag: 'Pages', summary: 'Visit content', missing: MISSING, security: OPEN, params: ContentParams, reply: { description: 'A page.', ...PAGE }, otherReplies: MISS, errors: [] }),
    handler: showContent,
  },
  {
    method: 'GET',
    url: '/content/:guid/_bundle:bundle',
    schema: describe({ operationId: 'visitBundle', tag: 'Pages', summary: 'Visit content as a bundle of it would be, active or not', missing: MISSING, security: OPEN, params: BundleParams, reply: { description: 'A page.', ...PAGE }, otherReplies: MISS, errors: [] }),
    handler: showContent,
  },
  {
    method: 'GET',
    url: '/content/:guid/_rev:bundle',
    schema: describe({ operationId: 'visitRevision', tag: 'Pages', summary: 'Visit content as it was after a bundle', missing: MISSING, security: OPEN, params: BundleParams, reply: { description: 'A page.', ...PAGE }, otherReplies: MISS, errors: [] }),
    handler: showContent,
  },
  // With a slash at the end, as URLs in replies have it, and whatever lies below.
  { method: 'GET', url: '/content/:guid/*', schema: HIDDEN, handler: showContent },
  {
    method: 'GET',
    url: '/connect',
    schema: describe({ operationId: 'visitDashboard', tag: 'Pages', summary: 'Visit the dashboard', missing: 'a page stands in for it', security: OPEN, reply: { description: 'A page.', ...PAGE }, errors: ['unsupported'] }),
    handler: showDashboard,
  },
  { method: 'GET', url: '/connect/*', schema: HIDDEN, handler: showDashboard },
  // Behind the prefix `/connect` of the shared listener, the dashboard's own path is this one.
  { method: 'GET', url: '/', schema: HIDDEN, handler: showDashboard },
]

function showContent (request: FastifyRequest, reply: FastifyReply): void {
  const content = resourcesOf(request).contentByGuid(pathParameter(request, 'guid'))
  const bundleId = pathParameter(request, 'bundle') || /^_(?:bundle|rev)(\d+)(?:\/|$)/.exec(pathParameter(request, '*'))?.[1]
  if (content === undefined) return sendPage(request, reply, 404, 'Not found', 'There is no content at this address.')
  const title = content.settings.title ?? content.name
  if (bundleId !== undefined && !content.bundles.some(({ id }) => String(id) === bundleId)) return sendPage(request, reply, 404, title, 'This content has no such bundle.')
  const shown = bundleId ?? content.activeBundleId
  const noun = contentKindOf(content.appMode).noun ?? 'content'
  sendPage(request, reply, 200, title, shown === null ? 'Nothing has been deployed here yet.' : `Here would be the ${noun} of bundle ${shown}.`)
}

function showDashboard (request: FastifyRequest, reply: FastifyReply): void {
  sendPage(request, reply, 200, 'Posit Connect', 'Here would be the dashboard.')
}
