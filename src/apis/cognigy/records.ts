/**
 * What tasks bring about, as it is kept: the records, and the effects that make them. Instants are epoch ms of the sandbox clock.
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'
import type { JsonObject } from '../../simulator/script.js'
import { ID_LENGTH } from './ids.js'

const Id = Type.String({ minLength: ID_LENGTH, maxLength: ID_LENGTH })
const Count = Type.Integer({ minimum: 0 })

/** Common to all that is made by tasks. */
const MADE = { _id: Id, createdAt: Type.Number() }

/** What still goes wrong with its downloads (scenario `placeholder-download`): links that conflict, then files that are none. */
const DOWNLOADS = { conflicts: Count, placeholders: Count }

export const SnapshotRecord = Type.Object({
  ...MADE,
  ...DOWNLOADS,
  projectId: Id,
  name: Type.String(),
  description: Type.String(),
  /** When it was packaged last. */
  packagedAt: Type.Union([Type.Number(), Type.Null()]),
})
export type SnapshotRecord = Static<typeof SnapshotRecord>

export const PackageRecord = Type.Object({ ...MADE, ...DOWNLOADS, projectId: Id, name: Type.String(), description: Type.String() })
export type PackageRecord = Static<typeof PackageRecord>

export const ExtensionRecord = Type.Object({
  ...MADE, projectId: Id, name: Type.String(), revision: Count, trustedCode: Type.Boolean(),
})
export type ExtensionRecord = Static<typeof ExtensionRecord>

export const SourceRecord = Type.Object({
  ...MADE,
  knowledgeStoreId: Id,
  name: Type.String(),
  description: Type.String(),
  type: Type.String(),
  status: Type.Union([Type.Literal('ingesting'), Type.Literal('ready')]),
  chunkCount: Count,
  metaData: Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown())),
})
export type SourceRecord = Static<typeof SourceRecord>

export const RunRecord = Type.Object({
  ...MADE,
  playbookId: Id,
  flowId: Type.String(),
  localeId: Type.String(),
  entrypoint: Type.String(),
  status: Type.Union([Type.Literal('successful'), Type.Literal('failed')]),
})
export type RunRecord = Static<typeof RunRecord>

export const ProjectRecord = Type.Object({ ...MADE, name: Type.String() })
export type ProjectRecord = Static<typeof ProjectRecord>

/** What a download link leads to. */
export const DownloadRecord = Type.Object({
  of: Type.Union([Type.Literal('snapshot'), Type.Literal('package'), Type.Literal('lexicon'), Type.Literal('trainer')]),
  id: Type.String(),
  createdAt: Type.Number(),
})
export type DownloadRecord = Static<typeof DownloadRecord>

/** A token that `/auth/oauth2/token` has issued. */
export const TokenRecord = Type.Object({ createdAt: Type.Number() })

const adds = <Noun extends string, Item extends TSchema>(noun: Noun, item: Item) => Type.Object({ adds: Type.Literal(noun), item })

/** Adds a snapshot; told apart because names of coming snapshots are taken already. */
export const SnapshotEffect = adds('snapshot', Type.Omit(SnapshotRecord, ['createdAt', 'packagedAt', 'conflicts', 'placeholders']))

/** What a task does to the resources by succeeding. */
export const Effect = Type.Union([
  SnapshotEffect,
  adds('package', Type.Omit(PackageRecord, ['createdAt', 'conflicts', 'placeholders'])),
  adds('extension', Type.Omit(ExtensionRecord, ['createdAt', 'revision', 'trustedCode'])),
  adds('source', Type.Omit(SourceRecord, ['createdAt', 'status'])),
  adds('run', Type.Omit(RunRecord, ['createdAt', 'status'])),
  adds('project', Type.Omit(ProjectRecord, ['createdAt'])),
  Type.Object({ packages: Id }),
  Type.Object({ deletes: Type.Union([Type.Literal('snapshot'), Type.Literal('package'), Type.Literal('project')]), id: Id }),
])
export type Effect = Static<typeof Effect>
