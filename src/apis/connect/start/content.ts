/**
 * Starts on content: deploy, build, render, and bundles out of repositories (contract 7.1, 7.5 and 7.6).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { TaskSnapshot } from '../../../simulator/task.js'
import { contentOf, optionsOf, resourcesOf, toBeChanged } from '../admission.js'
import { jsonBody } from '../bodies.js'
import { LATEST_COMMIT, planBuild, sourceOf } from '../deployment.js'
import { describe } from '../documentation.js'
import { invalidJson, noRepository, unknownObject } from '../errors.js'
import { variantKeyOf } from '../ids.js'
import { labelOf } from '../labels.js'
import { ContentParams, StartedReply } from '../shapes.js'
import type { Plan, Start } from '../start.js'
import { knowsDrafts } from '../versions.js'

const DeployInput = Type.Object({
  bundle_id: Type.Optional(Type.Union([Type.String({ description: 'The bundle to deploy; without it, the newest one.' }), Type.Null()])),
  activate: Type.Optional(Type.Boolean({ default: true, description: 'Whether the bundle is served after success. Known from version 2025.06.0 on.' })),
}, { examples: [{ bundle_id: '2' }] })
const BundleInput = Type.Pick(DeployInput, ['bundle_id'], { examples: [{ bundle_id: '2' }] })
const RenderInput = Type.Object({ variant_key: Type.Optional(Type.Union([Type.String(), Type.Null()])) })
const RepositoryBundleInput = Type.Object({
  repository: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  ref: Type.Optional(Type.String({ minLength: 1, maxLength: 1024, description: 'Branch, tag or commit.' })),
  directory: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
})
const Location = Type.Object({ repository: Type.String(), ref: Type.String(), directory: Type.String() })
const STARTED = { description: 'The task was started.', schema: StartedReply }
const DEPLOY_ERRORS = ['guid', 'bundleBelongsElsewhere', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'noBundle', 'internal'] as const // as: names, not any text

/** Starts below a content's URL. */
export const contentStarts: readonly Start[] = [
  {
    method: 'POST',
    url: '/__api__/v1/content/:guid/deploy',
    schema: describe({ operationId: 'deployContent', tag: 'Content', summary: 'Deploy a bundle', params: ContentParams, body: DeployInput, reply: { ...STARTED, status: 202 }, errors: DEPLOY_ERRORS }),
    kind: 'deploy',
    status: 202,
    plan: (request) => planOf(request, 'deploy'),
    reply: taskId,
  },
  {
    method: 'POST',
    url: '/__api__/v1/content/:guid/build',
    schema: describe({ operationId: 'buildContent', tag: 'Content', summary: 'Build a bundle', params: ContentParams, body: DeployInput, reply: STARTED, errors: DEPLOY_ERRORS }),
    kind: 'build',
    plan: (request) => planOf(request, 'build'),
    reply: taskId,
  },
  {
    method: 'POST',
    url: '/__api__/v1/experimental/content/:guid/deploy',
    schema: describe({ operationId: 'deployContentExperimental', tag: 'Content', summary: 'Deploy a bundle (experimental route)', isDeprecated: true, params: ContentParams, body: BundleInput, reply: STARTED, errors: DEPLOY_ERRORS }),
    kind: 'deploy',
    plan: (request) => planOf(request, 'deploy'),
    reply: taskId,
  },
  {
    method: 'POST',
    url: '/__api__/v1/content/:guid/render',
    schema: describe({ operationId: 'renderContent', tag: 'Content', summary: 'Render the content', params: ContentParams, body: RenderInput, reply: { ...STARTED, status: 202 }, errors: ['guid', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] }),
    kind: 'render',
    status: 202,
    plan: (request) => {
      const content = toBeChanged(request, contentOf(request))
      const { variant_key: key } = jsonBody(request, RenderInput)
      if (typeof key === 'string' && key !== '' && key !== variantKeyOf(content.guid)) throw unknownObject()
      return { label: labelOf(content), usual: { scenario: 'render-ok' }, parameters: { guid: content.guid } }
    },
    reply: taskId,
  },
  {
    method: 'POST',
    url: '/__api__/v1/content/:guid/repository/bundle',
    schema: describe({
      operationId: 'createRepositoryBundle',
      tag: 'Repositories',
      summary: 'Make a bundle out of a repository',
      missing: 'the repository isn\'t read, every bundle holds the same page',
      params: ContentParams,
      body: RepositoryBundleInput,
      reply: { description: 'The task was started; the bundle is there once it has succeeded.', schema: Type.Object({ bundle_id: Type.String(), task_id: Type.String(), location: Location }), example: { bundle_id: '2', task_id: 'eKm0RFxyzIKR3jnI', location: { repository: 'https://github.com/example/dashboard', ref: 'main', directory: '.' } } },
      errors: ['guid', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'],
    }),
    kind: 'git-bundle',
    plan: planRepositoryBundle,
    reply: (started, { told }) => ({ bundle_id: told?.['bundle_id'], ...taskId(started), location: told?.['location'] }),
  },
]

/** What most starts answer. */
function taskId (started: TaskSnapshot | undefined): { readonly task_id: string | undefined } {
  return { task_id: started?.task.id }
}

function planOf (request: FastifyRequest, kind: 'deploy' | 'build'): Plan {
  const content = toBeChanged(request, contentOf(request))
  const body = jsonBody(request, DeployInput)
  // Older servers know no such key (contract 7.3).
  if ('activate' in body && !knowsDrafts(optionsOf(request))) throw invalidJson()
  return planBuild(request, content, kind, bundleNumber(body.bundle_id ?? undefined), body.activate)
}

/** Bundles have decimal numbers: any other text names none. */
function bundleNumber (id: string | undefined): number | undefined {
  if (id === undefined) return undefined
  if (!/^\d{1,15}$/.test(id)) throw unknownObject()
  return Number(id)
}

/** What isn't said is as the content's repository is set (contract 7.6). */
function planRepositoryBundle (request: FastifyRequest): Plan {
  const content = toBeChanged(request, contentOf(request))
  const body = jsonBody(request, RepositoryBundleInput)
  const repository = body.repository ?? content.repository?.repository
  if (repository === undefined) throw noRepository()
  const ref = body.ref ?? content.repository?.branch ?? 'main'
  const location = { repository, ref, directory: body.directory ?? content.repository?.directory ?? '.' }
  const bundle = resourcesOf(request).reserveBundleId()
  return {
    label: `${repository} ${ref} ${labelOf(content)}`,
    usual: { scenario: 'git-bundle' },
    parameters: { guid: content.guid, bundle, ...location },
    effect: { content: content.guid, bundle, activates: false, source: sourceOf(repository, ref, LATEST_COMMIT) },
    told: { bundle_id: String(bundle), location },
  }
}
