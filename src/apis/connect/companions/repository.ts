/**
 * Where content in a repository comes from (contract 7.6).
 */
import { Type } from '@sinclair/typebox'
import { contentOf, toBeChanged } from '../admission.js'
import { jsonBody } from '../bodies.js'
import { Repository } from '../content.js'
import { describe, type Description } from '../documentation.js'
import { noRepository } from '../errors.js'
import { sendDone, sendJson, type Route } from '../replies.js'
import { ContentParams, RepositoryReply } from '../shapes.js'

const PutInput = Type.Object({ repository: Repository.properties.repository, ...Type.Partial(Type.Omit(Repository, ['repository'])).properties }, { examples: [{ repository: 'https://github.com/example/dashboard', branch: 'main', directory: '.', polling: true }] })
const PatchInput = Type.Partial(Repository, { examples: [{ branch: 'main' }] })
const EXAMPLE = { repository: 'https://github.com/example/dashboard', branch: 'main', directory: '.', polling: true, last_error: '', last_known_commit: '' }
const MISSING = 'nothing polls the repository'
const CHANGE_ERRORS = ['guid', 'json', 'checksum', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'internal'] as const // as: names, not any text

export const repositoryRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__api__/v1/content/:guid/repository',
    schema: entry({ operationId: 'getRepository', summary: 'Get where content comes from; `{}` when it comes from no repository', errors: ['guid', 'unauthenticated', 'unknown', 'noRepository', 'internal'] }),
    handler: (request, reply) => { sendJson(request, reply, bodyOf(contentOf(request).repository)) },
  },
  {
    method: 'PUT',
    url: '/__api__/v1/content/:guid/repository',
    schema: entry({ operationId: 'setRepository', summary: 'Set where content comes from', missing: MISSING, body: PutInput, errors: CHANGE_ERRORS }),
    handler: (request, reply) => {
      const content = toBeChanged(request, contentOf(request))
      const { repository, branch = 'main', directory = '.', polling = true } = jsonBody(request, PutInput)
      content.repository = { repository, branch, directory, polling }
      sendJson(request, reply, bodyOf(content.repository))
    },
  },
  {
    method: 'PATCH',
    url: '/__api__/v1/content/:guid/repository',
    schema: entry({ operationId: 'updateRepository', summary: 'Change where content comes from', missing: MISSING, body: PatchInput, errors: [...CHANGE_ERRORS, 'noRepository'] }),
    handler: (request, reply) => {
      const content = toBeChanged(request, contentOf(request))
      if (content.repository === null) throw noRepository()
      const { repository, branch, directory, polling } = { ...content.repository, ...jsonBody(request, PatchInput) }
      content.repository = { repository, branch, directory, polling }
      sendJson(request, reply, bodyOf(content.repository))
    },
  },
  {
    method: 'DELETE',
    url: '/__api__/v1/content/:guid/repository',
    schema: describe({ operationId: 'deleteRepository', tag: 'Repositories', summary: 'Forget where content comes from', params: ContentParams, reply: { status: 204, description: 'It comes from no repository any more.' }, errors: ['guid', 'unauthenticated', 'taskOfSomebodyElse', 'roleTooLow', 'unknown', 'noRepository', 'internal'] }),
    handler: (request, reply) => {
      const content = toBeChanged(request, contentOf(request))
      if (content.repository === null) throw noRepository()
      content.repository = null
      sendDone(request, reply)
    },
  },
]

function entry (more: Pick<Description, 'operationId' | 'summary' | 'missing' | 'body' | 'errors'>): Route['schema'] {
  return describe({ ...more, tag: 'Repositories', params: ContentParams, reply: { description: 'The repository.', schema: RepositoryReply, example: EXAMPLE } })
}

/** Throws ConnectError when there is none. */
function bodyOf (repository: Repository | null): object {
  if (repository === null) throw noRepository()
  return { ...repository, last_error: '', last_known_commit: '' }
}
