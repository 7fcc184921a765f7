/**
 * What the OpenAPI document says about the calls that start tasks.
 */
import { Type, type TObject } from '@sinclair/typebox'
import type { FastifySchema } from 'fastify'
import { halOf, jsonMedia, pathParams, problems, SECURITY } from '../documentation.js'
import { CREATED_TASK_EXAMPLE, CreatedTask } from '../schemas.js'
import { KnowledgeSource } from '../companions/schemas.js'
import { FileField, type StartRow } from './row.js'

const Tasks = { schema: Type.Object({ tasks: Type.Array(CreatedTask) }, { title: 'CreatedTasks' }), example: { tasks: [CREATED_TASK_EXAMPLE] } }

const NewSource = {
  schema: Type.Object({
    knowledgeSource: KnowledgeSource.schema,
    taskData: Type.Optional(Type.Object({ ...CreatedTask.properties, taskId: Type.String({ description: 'The same as its _id' }) })),
  }, { title: 'NewKnowledgeSource' }),
  example: { knowledgeSource: { ...KnowledgeSource.example, status: 'ingesting' }, taskData: { ...CREATED_TASK_EXAMPLE, taskId: CREATED_TASK_EXAMPLE._id } },
}

/** The schema of the row's route. */
export function documentStart (row: StartRow): FastifySchema {
  const { method, path, kind, status = 202, isUpload = false, body, operationId, summary, tag, emulated } = row
  const params = pathParams(path)
  const reply = kind === 'trainYesNoIntents' ? Tasks : status === 201 ? NewSource : { schema: CreatedTask, example: CREATED_TASK_EXAMPLE }
  const hal = reply.schema === CreatedTask ? halOf(CreatedTask, CREATED_TASK_EXAMPLE, `/v2.0/tasks/${CREATED_TASK_EXAMPLE._id}`) : reply
  return {
    operationId,
    'x-emulated': emulated,
    tags: [tag],
    summary,
    description: `Starts a task of the kind \`${kind}\`. Where a text of the call, or of what it is about, says \`scenario:<name>\`, the task takes that scenario.`,
    security: SECURITY,
    ...(params === undefined ? {} : { params }),
    ...(isUpload ? { consumes: ['multipart/form-data'], body: withFile(body, kind) } : body === undefined ? {} : { consumes: ['application/json'], body }),
    response: {
      [status]: { description: 'The task is there; it is polled by its _id', content: jsonMedia(reply, hal) },
      ...problems(...(method === 'GET' ? [400, 401, 500] as const : params === undefined ? [400, 401, 413, 500] as const : [400, 401, 404, 413, 500] as const)),
    },
  }
}

/** The form of an upload; extensions may say by URL where the file is. */
function withFile (body: TObject | undefined, kind: string): TObject {
  const file = kind === 'uploadExtension' || kind === 'updateExtensionPackage' ? Type.Optional(FileField) : FileField
  return Type.Object({ ...body?.properties, file })
}
