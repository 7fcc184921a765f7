/**
 * Starts that are about no content: runtime caches, looks at repositories, mail (contract 7.5 and 7.6).
 */
import { Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import type { TaskSnapshot } from '../../../simulator/task.js'
import { optionsOf, requireAdministrator, requirePublisher, resourcesOf } from '../admission.js'
import { jsonBody, queryParameter } from '../bodies.js'
import { describe } from '../documentation.js'
import { incompleteCache, missingParameter, unknownCache } from '../errors.js'
import { withoutScenario } from '../labels.js'
import { LegacyTaskReply, TaskReply } from '../schemas.js'
import type { Plan, Start } from '../start.js'
import { tellsDefaultBranch } from '../versions.js'
import { freshTaskBody } from '../view.js'

const CacheInput = Type.Object({
  language: Type.Optional(Type.String()),
  version: Type.Optional(Type.String()),
  image_name: Type.Optional(Type.String()),
  dry_run: Type.Optional(Type.Boolean({ default: false, description: 'Only look whether the cache is there.' })),
}, { examples: [{ language: 'Python', version: '3.11.3', image_name: 'Local', dry_run: false }] })
const MailInput = Type.Object({ to: Type.String({ minLength: 1 }) }, { examples: [{ to: 'ada@example.test' }] })
const RepositoryUrl = Type.String({ description: 'The repository.', examples: ['https://github.com/example/dashboard'] })

const MAIN = { branch: 'main', ref: '3f2a9c1d7b604e58a1c2d3e4f5061728b9a0c1d2' }
const BRANCHES = { type: 'git-repo-branches-result', data: { branches: [MAIN], default_branch: MAIN.branch } }
const DIRECTORIES = { type: 'git-repo-branch-manifest-dirs-array', data: ['.'] }

/** Starts on the server as a whole. */
export const systemStarts: readonly Start[] = [
  {
    method: 'DELETE',
    url: '/__api__/v1/system/caches/runtime',
    schema: describe({
      operationId: 'deleteRuntimeCache',
      tag: 'Server',
      summary: 'Delete a runtime cache',
      body: CacheInput,
      reply: {
        description: 'The task was started; with `dry_run`, the cache is there.',
        schema: Type.Object({ language: Type.String(), version: Type.String(), image_name: Type.String(), task_id: Type.Union([Type.String(), Type.Null()]) }),
        example: { language: 'Python', version: '3.11.3', image_name: 'Local', task_id: 'eKm0RFxyzIKR3jnI' },
      },
      errors: ['json', 'checksum', 'incompleteCache', 'unauthenticated', 'roleTooLow', 'unknownCache', 'internal'],
    }),
    kind: 'cache-delete',
    plan: planCacheDeletion,
    reply: (started, { told }) => ({ ...told, task_id: started?.task.id ?? null }),
  },
  {
    method: 'GET',
    url: '/__api__/repo/branches',
    schema: describe({
      operationId: 'findBranches',
      tag: 'Repositories',
      summary: 'Start to look for the branches of a repository',
      missing: 'the repository isn\'t read, every one has the same branches',
      query: Type.Object({ url: RepositoryUrl }),
      reply: { description: 'The task that was started; the branches are its result.', schema: LegacyTaskReply },
      errors: ['parameter', 'unauthenticated', 'roleTooLow', 'internal'],
    }),
    kind: 'git-branches',
    plan: (request) => {
      const url = repositoryOf(request)
      return { label: url, usual: { scenario: 'git-branches' }, parameters: { url, ...(tellsDefaultBranch(optionsOf(request)) ? {} : { branches: 'array' }) }, result: BRANCHES }
    },
    reply: (started) => freshTask(started, 'legacy'),
  },
  {
    method: 'GET',
    url: '/__api__/repo/manifest-dirs',
    schema: describe({
      operationId: 'findManifests',
      tag: 'Repositories',
      summary: 'Start to look for directories with a manifest in a repository',
      missing: 'the repository isn\'t read, every one has the same directory',
      query: Type.Object({ url: RepositoryUrl, branch: Type.String({ examples: ['main'] }) }),
      reply: { description: 'The task that was started; the directories are its result.', schema: LegacyTaskReply },
      errors: ['parameter', 'unauthenticated', 'roleTooLow', 'internal'],
    }),
    kind: 'git-dirs',
    plan: (request) => {
      const url = repositoryOf(request)
      const branch = queryParameter(request, 'branch')
      if (branch === undefined) throw missingParameter('branch', 'the name of a branch')
      return { label: `${url} ${branch}`, usual: { scenario: 'git-dirs' }, parameters: { url, branch }, result: DIRECTORIES }
    },
    reply: (started) => freshTask(started, 'legacy'),
  },
  {
    method: 'POST',
    url: '/__api__/v1/tasks/send-test-email',
    schema: describe({ operationId: 'sendTestEmail', tag: 'Server', summary: 'Send a test email', missing: 'nothing is sent', body: MailInput, reply: { description: 'The task that was started.', schema: TaskReply }, errors: ['json', 'checksum', 'unauthenticated', 'roleTooLow', 'internal'] }),
    kind: 'mail',
    plan: (request) => {
      requirePublisher(request)
      const { to } = jsonBody(request, MailInput)
      return { label: to, usual: { scenario: 'mail-ok' }, parameters: { to } }
    },
    reply: (started) => freshTask(started, 'v1'),
  },
]

function freshTask (started: TaskSnapshot | undefined, shape: 'v1' | 'legacy'): unknown {
  return started === undefined ? null : freshTaskBody(started, shape)
}

function repositoryOf (request: FastifyRequest): string {
  requirePublisher(request)
  const url = queryParameter(request, 'url')
  if (url === undefined) throw missingParameter('url', 'the URL of a repository')
  return url
}

/** A cache is named by all three of its keys; the image may ask for a scenario. */
function planCacheDeletion (request: FastifyRequest): Plan {
  requireAdministrator(request)
  const { language, version, image_name: imageName, dry_run: isRehearsal = false } = jsonBody(request, CacheInput)
  if (!language || !version || !imageName) throw incompleteCache()
  const image = withoutScenario(imageName) || 'Local'
  const cache = resourcesOf(request).caches.find((one) => one.language === language && one.version === version && one.image_name === image)
  if (cache === undefined) throw unknownCache()
  return {
    label: `${language} ${version} ${imageName}`,
    usual: { scenario: 'cache-delete-ok' },
    parameters: { ...cache },
    effect: { deletedCache: cache },
    told: { language, version, image_name: imageName },
    isRehearsal,
  }
}
