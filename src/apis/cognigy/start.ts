/**
 * The calls that start tasks (cognigy contract, 7.1): the table, and the one function that makes a route of a row.
 */
import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../../simulator/script.js'
import { readJson } from './bodies.js'
import { MEDIA_HEADERS } from './negotiation.js'
import { CognigyResources } from './resources.js'
import { idIn, jsonAddresseeOf, type ApiRoute, type Handler, type Request } from './route.js'
import { documentStart } from './start/documentation.js'
import { EXTENSION_STARTS } from './start/extensions.js'
import { KNOWLEDGE_STARTS } from './start/knowledge.js'
import { PACKAGE_STARTS } from './start/packages.js'
import { PROJECT_STARTS } from './start/projects.js'
import { SNAPSHOT_STARTS } from './start/snapshots.js'
import type { Beginning, StartRow } from './start/row.js'
import { TRAINING_STARTS } from './start/training.js'
import { readUpload, type Upload } from './uploads.js'
import { createdFor } from './view.js'

/** Every call that starts a task. */
export const STARTS: readonly StartRow[] = [
  ...SNAPSHOT_STARTS, ...PACKAGE_STARTS, ...TRAINING_STARTS, ...PROJECT_STARTS, ...EXTENSION_STARTS, ...KNOWLEDGE_STARTS,
]

/** The row as a route; uploads are read up to `maxUploadBytes`. */
export function startRoute (row: StartRow, maxUploadBytes: number): ApiRoute {
  const { method, path, isUpload = false } = row
  return {
    method,
    path,
    schema: documentStart(row),
    isUpload,
    isStart: true,
    handler: isUpload ? takeUpload(row, maxUploadBytes) : (request, reply) => { start(row, request, reply, () => readJson(request.body)) },
  }
}

function takeUpload (row: StartRow, maxUploadBytes: number): Handler {
  return async (request, reply) => {
    const upload = await readUpload(request.body, request.headers['content-type'], maxUploadBytes)
    start(row, request, reply, () => upload.fields, upload)
    return reply
  }
}

function start (row: StartRow, request: Request, reply: FastifyReply, readFields: () => Upload['fields'], upload?: Upload): void {
  const { sandbox, params } = request
  const addressee = jsonAddresseeOf(request)
  const beginning = row.begin({
    id: (name) => idIn(params, name),
    // Read when the row asks for it: what the path names comes first.
    upload: { get fields () { return readFields() }, file: upload?.file },
    sandbox,
    resources: sandbox.resources(CognigyResources),
    addressee,
  })
  const body = 'done' in beginning ? beginning.done : startTask(row, request, beginning)
  reply.code(row.status ?? 202).headers(MEDIA_HEADERS[addressee.medium]).send(JSON.stringify(body))
}

/** What is answered once the task is there. */
function startTask ({ kind }: StartRow, request: Request, { answer = (created) => created, ...task }: Beginning): JsonObject {
  const snapshot = request.sandbox.startTask({ api: 'cognigy', kind, ...task })
  request.startedTask = snapshot
  return answer(createdFor(snapshot, jsonAddresseeOf(request)))
}
