/**
 * Bundles: uploaded, listed, downloaded, deleted (contract 7.1 and 7.4).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { applicationOf, bundleOf, contentOf, resourcesOf, toBeChanged } from '../admission.js'
import type { Bundle, Content } from '../content.js'
import { bundleBody, timeOf } from '../content-view.js'
import { describe } from '../documentation.js'
import { bundleIsActive, unknownObject } from '../errors.js'
import { sendBytes, sendDone, sendJson, type Route } from '../replies.js'
import { ApplicationParams, BundleParams, BundleReply, ContentParams, UPLOAD } from '../shapes.js'
import { receiveUpload } from '../upload.js'

const READ_ERRORS = ['guid', 'unauthenticated', 'unknown', 'internal'] as const // as: names, not any text
const UPLOAD_ERRORS = ['guid', 'form', 'checksum', 'json', 'emptyBundle', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'tooLarge', 'internal'] as const // as: see above

export const bundleRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/bundles',
    schema: describe({ operationId: 'getBundles', tag: 'Bundles', summary: 'List the bundles of content', params: ContentParams, reply: { description: 'The newest first.', schema: Type.Array(BundleReply) }, errors: READ_ERRORS }),
    handler: (request, reply) => {
      const content = contentOf(request)
      sendJson(request, reply, content.bundles.toReversed().map((bundle) => bundleBody(bundle, content)))
    },
  },
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/bundles/:bundle',
    schema: describe({ operationId: 'getBundle', tag: 'Bundles', summary: 'Get a bundle', params: BundleParams, reply: { description: 'The bundle.', schema: BundleReply }, errors: READ_ERRORS }),
    handler: (request, reply) => {
      const content = contentOf(request)
      sendJson(request, reply, bundleBody(bundleOf(request, content), content))
    },
  },
  {
    method: 'DELETE',
    url: '/__api__/v1/content/:guid/bundles/:bundle',
    schema: describe({ operationId: 'deleteBundle', tag: 'Bundles', summary: 'Delete a bundle', params: BundleParams, reply: { status: 204, description: 'It is gone.' }, errors: ['guid', 'bundleIsActive', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] }),
    handler: (request, reply) => {
      const content = contentOf(request)
      const bundle = bundleOf(request, content)
      toBeChanged(request, content)
      if (content.activeBundleId === bundle.id) throw bundleIsActive()
      resourcesOf(request).removeBundle(content, bundle)
      sendDone(request, reply)
    },
  },
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/bundles/:bundle/download',
    schema: describe({
      operationId: 'downloadBundle',
      tag: 'Bundles',
      summary: 'Download a bundle\'s archive',
      missing: 'archives above 1 MiB aren\'t kept, nor are all but the newest 12 MiB',
      params: BundleParams,
      reply: { description: 'The bytes as they were uploaded.', content: { 'application/gzip': { schema: Type.String({ format: 'binary' }) } } },
      errors: READ_ERRORS,
    }),
    handler: (request, reply) => {
      const { bytes } = bundleOf(request, contentOf(request)).archive
      if (bytes === undefined) throw unknownObject()
      sendBytes(request, reply, 'application/gzip', Buffer.from(bytes, 'base64'))
    },
  },
]

/** Uploads of at most so many bytes: their bodies come as streams. */
export function uploadRoutes (maxBytes: number): readonly Route[] {
  /** What is uploaded to the content becomes its newest bundle. */
  async function addBundle (request: FastifyRequest, find: (request: FastifyRequest) => Content): Promise<{ readonly content: Content, readonly bundle: Bundle }> {
    toBeChanged(request, find(request))
    const { archive, source } = await receiveUpload(request, maxBytes)
    // It may have been deleted while the archive came in.
    const content = find(request)
    return { content, bundle: resourcesOf(request).addBundle(content, source, archive) }
  }

  return [
    {
      method: 'POST',
      url: '/__api__/v1/content/:guid/bundles',
      schema: describe({ operationId: 'uploadBundle', tag: 'Bundles', summary: 'Upload a bundle', params: ContentParams, body: UPLOAD, reply: { description: 'The bundle.', schema: BundleReply }, errors: UPLOAD_ERRORS }),
      handler: async (request, reply) => {
        const { content, bundle } = await addBundle(request, contentOf)
        sendJson(request, reply, bundleBody(bundle, content))
        return reply
      },
    },
    {
      method: 'POST',
      url: '/__api__/v1/experimental/content/:guid/upload',
      schema: describe({
        operationId: 'uploadBundleExperimental',
        tag: 'Bundles',
        summary: 'Upload a bundle (experimental route)',
        isDeprecated: true,
        params: ContentParams,
        body: UPLOAD,
        reply: { description: 'The number and size of the bundle.', schema: Type.Object({ bundle_id: Type.String(), size: Type.Integer() }), example: { bundle_id: '2', size: 235 } },
        errors: UPLOAD_ERRORS,
      }),
      handler: async (request, reply) => {
        const { bundle } = await addBundle(request, contentOf)
        sendJson(request, reply, { bundle_id: String(bundle.id), size: bundle.archive.size })
        return reply
      },
    },
    {
      method: 'POST',
      url: '/__api__/applications/:guid/upload',
      schema: describe({
        operationId: 'uploadToApplication',
        tag: 'Applications',
        summary: 'Upload a bundle (before v1)',
        isDeprecated: true,
        params: ApplicationParams,
        body: UPLOAD,
        reply: {
          description: 'The bundle.',
          schema: Type.Object({ id: Type.Integer(), app_id: Type.Integer(), created_time: Type.String(), updated_time: Type.String() }),
          example: { id: 2, app_id: 1, created_time: '2026-11-22T12:00:01Z', updated_time: '2026-11-22T12:00:01Z' },
        },
        errors: UPLOAD_ERRORS,
      }),
      handler: async (request, reply) => {
        const { content, bundle } = await addBundle(request, applicationOf)
        const createdTime = timeOf(bundle.createdAt)
        sendJson(request, reply, { id: bundle.id, app_id: content.id, created_time: createdTime, updated_time: createdTime })
        return reply
      },
    },
  ]
}
