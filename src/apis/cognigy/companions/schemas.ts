/**
 * The companions' nouns as the document shows them, each with an example.
 */
import { Type, type TObject, type TProperties, type TSchema } from '@sinclair/typebox'
import type { JsonObject } from '../../../simulator/script.js'
import { ID_LENGTH } from '../ids.js'
import { IMAGE, KEYPHRASES } from '../nouns.js'
import { FIXTURE_USER } from '../view.js'
import type { Documented } from './row.js'

const AT = 1643271545
const REFERENCE = '4d1cbf43-7a2e-4c30-9a4e-0f3b1f6e2d11'
const HASH = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'

const Id = Type.String({ minLength: ID_LENGTH, maxLength: ID_LENGTH })
const UnixSeconds = Type.Integer({ minimum: 0, maximum: 2147483647, description: 'Unix-timestamp' })
const Reference = Type.String({ description: 'How other resources refer to it' })
const Text = Type.String()
const Hash = Type.String({ pattern: '^[0-9a-f]{64}$' })
const CHANGES = { createdAt: UnixSeconds, lastChanged: UnixSeconds, createdBy: Id, lastChangedBy: Id }
const CHANGED = { createdAt: AT, lastChanged: AT, createdBy: FIXTURE_USER, lastChangedBy: FIXTURE_USER }

function noun (title: string, properties: TProperties, example: JsonObject): Documented {
  return { schema: Type.Object(properties, { title }), example }
}

/** With what HAL lists show of it instead (contract 5.2.4). */
function listedAs (shown: Documented, properties: TProperties, example: JsonObject): Documented {
  return { ...shown, halItem: noun(`${shown.schema.title ?? ''}Item`, properties, example) }
}

export const Project = listedAs(noun('Project', { _id: Id, name: Text, color: Text, primaryLocaleReference: Reference, ...CHANGES },
  { _id: IMAGE.project, name: 'Pollux', color: 'blue', primaryLocaleReference: REFERENCE, ...CHANGED }), { _id: Id, name: Text }, { _id: IMAGE.project, name: 'Pollux' })

export const Flow = listedAs(noun('Flow', { _id: Id, referenceId: Reference, name: Text, description: Text, ...CHANGES },
  { _id: IMAGE.flow, referenceId: REFERENCE, name: 'Main', description: '', ...CHANGED }),
{ _id: Id, properties: Type.Object({ name: Text, referenceId: Reference }) }, { _id: IMAGE.flow, properties: { name: 'Main', referenceId: REFERENCE } })

export const Locale = noun('Locale', {
  _id: Id, referenceId: Reference, name: Text, primary: Type.Boolean(), nluLanguage: Text, fallbackLocaleReference: Type.Union([Text, Type.Null()]), ...CHANGES,
}, { _id: IMAGE.locale, referenceId: REFERENCE, name: 'en-US', primary: true, nluLanguage: 'en-US', fallbackLocaleReference: null, ...CHANGED })

export const Lexicon = noun('Lexicon', { _id: Id, name: Text }, { _id: IMAGE.lexicon, name: 'Drinks' })

export const Keyphrase = noun('Keyphrase', { _id: Id, keyphrase: Text, slots: Type.Array(Text), synonyms: Type.Array(Text) },
  { ...KEYPHRASES[0] })

export const Playbook = noun('Playbook', { _id: Id, name: Text }, { _id: IMAGE.playbook, name: 'Smoke test' })

export const PlaybookRun = noun('PlaybookRun', {
  _id: Id,
  status: Type.String({ enum: ['successful', 'failed'] }),
  stepResults: Type.Array(Type.Object({ _id: Id, status: Text, text: Text, data: Type.Object({}), asserts: Type.Array(Type.Object({})), timeout: Type.Boolean() })),
  flowId: Text,
  localeId: Text,
  entrypoint: Text,
  createdAt: UnixSeconds,
  lastChanged: UnixSeconds,
  createdBy: Id,
}, {
  _id: '6b02d940a1b2c3d4e5000002',
  status: 'successful',
  stepResults: [{ _id: '6b02d940a1b2c3d4e5000003', status: 'successful', text: 'Hello', data: {}, asserts: [], timeout: false }],
  flowId: IMAGE.flow,
  localeId: IMAGE.locale,
  entrypoint: IMAGE.project,
  createdAt: AT,
  lastChanged: AT,
  createdBy: FIXTURE_USER,
})

export const KnowledgeStore = noun('KnowledgeStore', { _id: Id, name: Text }, { _id: IMAGE.knowledgeStore, name: 'Handbooks' })

export const KnowledgeSource = noun('KnowledgeSource', {
  _id: Id, referenceId: Reference, name: Text, description: Text, status: Type.String({ enum: ['ingesting', 'ready'] }), type: Text, chunkCount: Type.Integer(), metaData: Type.Record(Type.String(), Type.Unknown()),
}, { _id: '6b02d940a1b2c3d4e5000004', referenceId: REFERENCE, name: 'handbook', description: '', status: 'ready', type: 'file', chunkCount: 12, metaData: {} })

export const KnowledgeConnector = noun('KnowledgeConnector', { _id: Id, name: Text, type: Text }, { _id: '61f2561a055c2f43c249a1c9', name: 'Intranet', type: 'webCrawler' })

export const Extension = noun('Extension', { _id: Id, name: Text, label: Text, version: Text, imageUrlToken: Text, description: Text, trustedCode: Type.Boolean() },
  { _id: '6b02d940a1b2c3d4e5000005', name: 'weather', label: 'weather', version: '1.0.0', imageUrlToken: '', description: '', trustedCode: false })

export const Snapshot = listedAs(noun('Snapshot', {
  _id: Id, name: Text, description: Text, hash: Hash, isPackaged: Type.Boolean(), packageExpiresAt: Type.Optional(UnixSeconds), createdAt: UnixSeconds, createdBy: Id,
}, { _id: '6b02d940a1b2c3d4e5000006', name: 's1', description: 'desc', hash: HASH, isPackaged: false, createdAt: AT, createdBy: FIXTURE_USER }),
{ snapshotId: Id, name: Text, description: Text, createdAt: UnixSeconds, isPackaged: Type.Boolean(), _id: Id },
{ snapshotId: '6b02d940a1b2c3d4e5000006', name: 's1', description: 'desc', createdAt: AT, isPackaged: false, _id: '6b02d940a1b2c3d4e5000006' })

export const Package = noun('Package', { _id: Id, name: Text, description: Text, hash: Hash, createdAt: UnixSeconds, createdBy: Id },
  { _id: '6b02d940a1b2c3d4e5000007', name: 'weekly export', description: '', hash: HASH, createdAt: AT, createdBy: FIXTURE_USER })

export const DownloadLink = noun('DownloadLink', { downloadLink: Type.String({ description: 'An absolute URL, good for a day and without a credential' }) },
  { downloadLink: 'http://localhost:8080/v2.0/downloads/2f1c6c0c2f1c6c0c2f1c6c0c2f1c6c0c2f1c6c0c/s1.csnap' })

const GraphResource = Type.Object({
  _id: Id, type: Text, name: Text, referenceId: Reference, properties: Type.Object({}), dependencies: Type.Optional(Type.Array(Text)),
})

export const Graph: Documented = {
  schema: asObject(Type.Record(Type.String(), Type.Object({ type: Text, name: Text, resources: Type.Array(GraphResource) }), { description: 'The resources of the project, and of each of its packages, by id' })),
  example: { [IMAGE.project]: { type: 'project', name: 'Pollux', resources: [{ _id: IMAGE.flow, type: 'flow', name: 'Main', referenceId: REFERENCE, properties: {} }] } },
}

function asObject (schema: TSchema): TObject {
  // A record is an object's schema, whose keys are not known.
  return schema as TObject
}
