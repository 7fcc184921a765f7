/**
 * Extensions and knowledge: what uploads have brought (cognigy contract, 7.2).
 */
import { Type } from '@sinclair/typebox'
import { fieldsOf } from '../bodies.js'
import { entitiesOf } from '../entities.js'
import { notFound } from '../errors.js'
import { connectorEntity, extensionEntity, IMAGE, knowledgeStoreEntity, sourceEntity } from '../nouns.js'
import type { CompanionRow } from './row.js'
import { Extension, KnowledgeConnector, KnowledgeSource, KnowledgeStore } from './schemas.js'

const Trust = Type.Object({ trustedCode: Type.Optional(Type.Boolean({ description: 'Whether its code may do as it likes', expects: 'true or false' })) })

const IMAGE_ONLY = 'partly: every id is the same one of the built-in image'

export const EXTENSION_COMPANIONS: readonly CompanionRow[] = [
  {
    method: 'GET',
    path: '/extensions',
    shows: Extension,
    collection: 'extensions',
    operationId: 'indexExtensions',
    summary: 'List Extensions',
    tag: 'Extensions',
    emulated: 'fully',
    answer: ({ projectId, resources }) => ({ list: entitiesOf(resources.extensions.all(), (made) => (projectId ?? made.projectId) === made.projectId, extensionEntity) }),
  },
  {
    method: 'GET',
    path: '/extensions/:extensionId',
    shows: Extension,
    operationId: 'readExtension',
    summary: 'Get an Extension',
    tag: 'Extensions',
    emulated: 'fully',
    answer: ({ id, resources }) => ({ entity: extensionEntity(resources.extension(id('extensionId'))) }),
  },
  {
    method: 'PATCH',
    path: '/extensions/:extensionId',
    body: Trust,
    operationId: 'updateExtension',
    summary: 'Trust an Extension, or do so no longer',
    tag: 'Extensions',
    emulated: 'partly: only trustedCode changes',
    answer: ({ id, fields, resources }) => {
      const extension = resources.extension(id('extensionId'))
      const { trustedCode = extension.trustedCode } = fieldsOf(fields(), Trust)
      resources.extensions.put(extension._id, { ...extension, trustedCode })
      return { nothing: true }
    },
  },
  {
    method: 'GET',
    path: '/knowledgestores',
    shows: KnowledgeStore,
    collection: 'knowledgeStores',
    operationId: 'indexKnowledgeStores',
    summary: 'List Knowledge Stores',
    tag: 'Knowledge',
    emulated: IMAGE_ONLY,
    answer: () => ({ list: [knowledgeStoreEntity(IMAGE.knowledgeStore)] }),
  },
  {
    method: 'GET',
    path: '/knowledgestores/:knowledgeStoreId',
    shows: KnowledgeStore,
    operationId: 'readKnowledgeStore',
    summary: 'Get a Knowledge Store',
    tag: 'Knowledge',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => ({ entity: knowledgeStoreEntity(id('knowledgeStoreId')) }),
  },
  {
    method: 'GET',
    path: '/knowledgestores/:knowledgeStoreId/sources',
    shows: KnowledgeSource,
    collection: 'knowledgeSources',
    operationId: 'indexKnowledgeSources',
    summary: 'List the Sources of a Knowledge Store',
    tag: 'Knowledge',
    emulated: 'fully',
    answer: ({ id, sandbox, resources }) => {
      const knowledgeStoreId = id('knowledgeStoreId')
      return { list: entitiesOf(resources.sources.all(), (made) => made.knowledgeStoreId === knowledgeStoreId, (made) => sourceEntity(sandbox, made)) }
    },
  },
  {
    method: 'GET',
    path: '/knowledgestores/:knowledgeStoreId/sources/:sourceId',
    shows: KnowledgeSource,
    operationId: 'readKnowledgeSource',
    summary: 'Get a Source of a Knowledge Store',
    tag: 'Knowledge',
    emulated: 'fully',
    answer: ({ id, sandbox, resources }) => {
      const knowledgeStoreId = id('knowledgeStoreId')
      const source = resources.sources.get(id('sourceId'))
      if (source?.knowledgeStoreId !== knowledgeStoreId) throw notFound('Knowledge source')
      return { entity: sourceEntity(sandbox, source) }
    },
  },
  {
    method: 'GET',
    path: '/knowledgestores/:knowledgeStoreId/connectors/:connectorId',
    shows: KnowledgeConnector,
    operationId: 'readKnowledgeConnector',
    summary: 'Get a Knowledge Connector',
    tag: 'Knowledge',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => ({ entity: connectorEntity(id('knowledgeStoreId'), id('connectorId')) }),
  },
]
