/**
 * The calls that start nothing, but that clients need around those that do (cognigy contract, 7.2): the table, and the one function that makes a route of a row.
 */
import type { FastifyReply } from 'fastify'
import { readJson } from './bodies.js'
import { documentCompanion } from './companions/documentation.js'
import { EXTENSION_COMPANIONS } from './companions/extensions.js'
import { PROJECT_COMPANIONS } from './companions/projects.js'
import type { Answer, CompanionCall, CompanionRow } from './companions/row.js'
import { SNAPSHOT_COMPANIONS } from './companions/snapshots.js'
import { downloadLinkFor } from './downloads.js'
import { entityFor, renderEntities } from './entities.js'
import { CORS_ORIGIN } from './errors.js'
import { parsePageQuery, type PageQuery } from './list-query.js'
import { MEDIA_HEADERS } from './negotiation.js'
import { CognigyResources } from './resources.js'
import { idIn, jsonAddresseeOf, sendPlain, type ApiRoute, type Request } from './route.js'

/** Every companion under the base paths. */
export const COMPANIONS: readonly CompanionRow[] = [...PROJECT_COMPANIONS, ...SNAPSHOT_COMPANIONS, ...EXTENSION_COMPANIONS]

/** The row as a route. */
export function companionRoute (row: CompanionRow): ApiRoute {
  const { method, path, collection = '' } = row
  return {
    method,
    path,
    schema: documentCompanion(row),
    handler: (request, reply) => {
      const query = parsePageQuery(row.collection === undefined ? {} : request.query)
      return send(request, reply, row.answer(callOf(request, query)), query, collection)
    },
  }
}

function callOf (request: Request, { projectId }: PageQuery): CompanionCall {
  const { sandbox, params, query, body } = request
  const resources = sandbox.resources(CognigyResources)
  return {
    id: (name) => idIn(params, name),
    query,
    projectId,
    fields: () => readJson(body),
    sandbox,
    resources,
    downloadLink: (of, id, fileName) => downloadLinkFor(request, resources.issueDownload(of, id), fileName),
  }
}

function send (request: Request, reply: FastifyReply, answer: Answer, query: PageQuery, collection: string): void | PromiseLike<unknown> {
  if ('nothing' in answer) {
    reply.code(204).headers(CORS_ORIGIN).send()
    return
  }
  if ('plain' in answer) return sendPlain(reply, answer.plain)
  const addressee = jsonAddresseeOf(request)
  const sendBody = (body: string): FastifyReply => reply.headers(MEDIA_HEADERS[addressee.medium]).send(body)
  if ('list' in answer) return renderEntities(answer.list, query, collection, addressee).then(sendBody)
  sendBody(JSON.stringify(entityFor(answer.entity, addressee)))
}
