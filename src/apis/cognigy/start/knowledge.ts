/**
 * Knowledge: sources from files and from URLs, connectors (cognigy contract, 7.1, rows 14, 15 and 18).
 */
import { Type } from '@sinclair/typebox'
import type { JsonObject } from '../../../simulator/script.js'
import { fieldsOf } from '../bodies.js'
import { entityFor } from '../entities.js'
import { fieldNotAllowed } from '../errors.js'
import { drawResourceId } from '../ids.js'
import { sourceEntity } from '../nouns.js'
import { fileOf, labelOf, NameField, TextField, type StartRow } from './row.js'

const FileTags = Type.Object({ tags: Type.Optional(TextField('Tags of the source')) })

const NewSource = Type.Object({
  name: NameField('Its name'),
  description: Type.Optional(TextField('What it is')),
  type: Type.String({ pattern: '^(?!text$)', description: '`url`, or `manual` for one without a task; `text` is refused', expects: 'url or manual', examples: ['url'] }),
  url: Type.Optional(TextField('Where it is')),
  metaData: Type.Optional(Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown(), { description: 'Kept as it is', expects: 'an object' }))),
})

/** What the real server refuses in the body of a source (contract 7.3.4). */
const REFUSED = ['knowledgeStoreId', 'content'] as const

/** How many chunks a source has. */
const CHUNKS = 12

export const KNOWLEDGE_STARTS: readonly StartRow[] = [
  {
    method: 'POST',
    path: '/knowledgestores/:knowledgeStoreId/sources/upload',
    kind: 'processKnowledgeSourceFile',
    isUpload: true,
    body: FileTags,
    operationId: 'uploadKnowledgeSourceFile',
    summary: 'Make a Knowledge Source of a file',
    tag: 'Knowledge',
    emulated: 'partly: nothing is read from the file',
    begin: ({ id, upload, sandbox }) => {
      const knowledgeStoreId = id('knowledgeStoreId')
      const { name: fileName } = fileOf(upload)
      fieldsOf(upload.fields, FileTags)
      return {
        parameters: { knowledgeStoreId, fileName },
        label: fileName,
        effect: { adds: 'source', item: { _id: drawResourceId(sandbox), knowledgeStoreId, name: fileName.replace(/\.[^.]*$/, ''), description: '', type: 'file', chunkCount: CHUNKS, metaData: {} } },
      }
    },
  },
  {
    method: 'POST',
    path: '/knowledgestores/:knowledgeStoreId/sources',
    kind: 'processKnowledgeSourceUrl',
    status: 201,
    body: NewSource,
    operationId: 'createKnowledgeSource',
    summary: 'Create a Knowledge Source',
    tag: 'Knowledge',
    emulated: 'partly: nothing is fetched',
    begin: ({ id, upload, sandbox, resources, addressee }) => {
      const knowledgeStoreId = id('knowledgeStoreId')
      for (const name of REFUSED) if (Object.hasOwn(upload.fields, name)) throw fieldNotAllowed(name)
      const { name, description = '', type, url, metaData = {} } = fieldsOf(upload.fields, NewSource)
      const isManual = type === 'manual'
      const item = { _id: drawResourceId(sandbox), knowledgeStoreId, name, description, type, chunkCount: isManual ? 0 : CHUNKS, metaData }
      const record = { ...item, createdAt: sandbox.clock.now(), status: isManual ? 'ready' : 'ingesting', chunkCount: 0 } as const
      const knowledgeSource = entityFor(sourceEntity(sandbox, record), addressee)
      if (isManual) {
        resources.sources.put(record._id, record)
        return { done: { knowledgeSource } }
      }
      return {
        parameters: { knowledgeStoreId, ...(url === undefined ? {} : { url }) },
        label: labelOf(name, description),
        effect: { adds: 'source', item },
        answer: (created) => ({ knowledgeSource, taskData: { ...created, taskId: created['_id'] ?? null } }),
      }
    },
  },
  {
    method: 'POST',
    path: '/knowledgestores/:knowledgeStoreId/connectors/:connectorId/run',
    kind: 'runKnowledgeExtension',
    operationId: 'runKnowledgeConnector',
    summary: 'Run a Knowledge Connector',
    tag: 'Knowledge',
    emulated: 'partly: it brings no sources',
    begin: ({ id }) => ({ parameters: { knowledgeStoreId: id('knowledgeStoreId'), connectorId: id('connectorId') } }),
  },
]
