/**
 * How each noun shows itself (cognigy contract, 7.2). What no task makes is the built-in image: whatever its id, it is there and looks like this (7.3.1).
 */
import type { Sandbox } from '../../sandbox.js'
import type { JsonObject } from '../../simulator/script.js'
import type { Entity } from './entities.js'
import { hashOf, referenceIdOf } from './ids.js'
import type { ExtensionRecord, PackageRecord, ProjectRecord, RunRecord, SnapshotRecord, SourceRecord } from './records.js'
import { DAY_MS } from './resources.js'
import { FIXTURE_USER, seconds } from './view.js'

/** Ids of the built-in image: those of vendor examples, and more of their kind (contract 9.2). */
export const IMAGE = {
  project: '61f25579055c2f43c249a181',
  flow: '5ce7c2d833ea1e04d7e6c432',
  locale: '5ce7c2d833ea1e04d7e6c433',
  lexicon: '61f25601055c2f43c249a1b2',
  playbook: '61f25633055c2f43c249a1d7',
  knowledgeStore: '61f2561a055c2f43c249a1c4',
} as const

/** The organisation that all is in. */
export const ORGANISATION = '61f25512055c2f43c249a17e'

/** When the built-in image was made: the instant in the id of its project. */
const IMAGE_AT = Number.parseInt(IMAGE.project.slice(0, 8), 16) * 1000

function changes (createdAt: number): JsonObject {
  return { createdAt: seconds(createdAt), lastChanged: seconds(createdAt), createdBy: FIXTURE_USER, lastChangedBy: FIXTURE_USER }
}

export function projectEntity (sandbox: Sandbox, id: string, made?: ProjectRecord): Entity {
  const name = made?.name ?? 'Pollux'
  return {
    body: { _id: id, name, color: 'blue', primaryLocaleReference: referenceIdOf(sandbox, IMAGE.locale), ...changes(made?.createdAt ?? IMAGE_AT) },
    halItem: { _id: id, name },
    path: `/v2.0/projects/${encodeURIComponent(id)}`,
  }
}

export function flowEntity (sandbox: Sandbox, id: string): Entity {
  const referenceId = referenceIdOf(sandbox, id)
  return {
    body: { _id: id, referenceId, name: 'Main', description: '', ...changes(IMAGE_AT) },
    halItem: { _id: id, properties: { name: 'Main', referenceId } },
    path: `/v2.0/flows/${encodeURIComponent(id)}`,
  }
}

export function localeEntity (sandbox: Sandbox, id: string): Entity {
  return {
    body: { _id: id, referenceId: referenceIdOf(sandbox, id), name: 'en-US', primary: true, nluLanguage: 'en-US', fallbackLocaleReference: null, ...changes(IMAGE_AT) },
    path: `/v2.0/locales/${encodeURIComponent(id)}`,
  }
}

export function lexiconEntity (id: string): Entity {
  return { body: { _id: id, name: 'Drinks' }, path: `/v2.0/lexicons/${encodeURIComponent(id)}` }
}

/** What is in every lexicon. */
export const KEYPHRASES = [
  { _id: '61f25602055c2f43c249a1b3', keyphrase: 'coffee', slots: ['drink'], synonyms: ['espresso', 'latte'] },
  { _id: '61f25602055c2f43c249a1b4', keyphrase: 'tea', slots: ['drink'], synonyms: ['chai'] },
] as const

export function keyphraseEntity (lexiconId: string, keyphrase: typeof KEYPHRASES[number]): Entity {
  return { body: { ...keyphrase }, path: `/v2.0/lexicons/${encodeURIComponent(lexiconId)}/keyphrases/${keyphrase._id}` }
}

export function playbookEntity (id: string): Entity {
  return { body: { _id: id, name: 'Smoke test' }, path: `/v2.0/playbooks/${encodeURIComponent(id)}` }
}

export function knowledgeStoreEntity (id: string): Entity {
  return { body: { _id: id, name: 'Handbooks' }, path: `/v2.0/knowledgestores/${encodeURIComponent(id)}` }
}

export function connectorEntity (knowledgeStoreId: string, id: string): Entity {
  return { body: { _id: id, name: 'Intranet', type: 'webCrawler' }, path: `/v2.0/knowledgestores/${encodeURIComponent(knowledgeStoreId)}/connectors/${encodeURIComponent(id)}` }
}

/** Packaged as long as its package lasts (contract 7.3.2). */
export function isPackaged ({ packagedAt }: SnapshotRecord, now: number): boolean {
  return packagedAt !== null && now < packagedAt + DAY_MS
}

export function snapshotEntity (sandbox: Sandbox, snapshot: SnapshotRecord): Entity {
  const { _id, name, description, packagedAt } = snapshot
  const createdAt = seconds(snapshot.createdAt)
  const packaged = isPackaged(snapshot, sandbox.clock.now())
  return {
    body: {
      _id,
      name,
      description,
      hash: hashOf(sandbox, _id),
      isPackaged: packaged,
      ...(packaged && packagedAt !== null ? { packageExpiresAt: seconds(packagedAt + DAY_MS) } : {}),
      createdAt,
      createdBy: FIXTURE_USER,
    },
    halItem: { snapshotId: _id, name, description, createdAt, isPackaged: packaged, _id },
    path: `/v2.0/snapshots/${_id}`,
  }
}

export function packageEntity (sandbox: Sandbox, { _id, name, description, createdAt }: PackageRecord): Entity {
  return { body: { _id, name, description, hash: hashOf(sandbox, _id), createdAt: seconds(createdAt), createdBy: FIXTURE_USER }, path: `/v2.0/packages/${_id}` }
}

export function extensionEntity ({ _id, name, revision, trustedCode }: ExtensionRecord): Entity {
  return { body: { _id, name, label: name, version: `1.0.${revision}`, imageUrlToken: '', description: '', trustedCode }, path: `/v2.0/extensions/${_id}` }
}

export function sourceEntity (sandbox: Sandbox, { _id, knowledgeStoreId, name, description, status, type, chunkCount, metaData }: SourceRecord): Entity {
  return {
    body: { _id, referenceId: referenceIdOf(sandbox, _id), name, description, status, type, chunkCount, metaData },
    path: `/v2.0/knowledgestores/${encodeURIComponent(knowledgeStoreId)}/sources/${_id}`,
  }
}

export function runEntity ({ _id, playbookId, status, flowId, localeId, entrypoint, createdAt }: RunRecord): Entity {
  const step = { _id: `${_id.slice(0, -1)}${_id.endsWith('0') ? '1' : '0'}`, status, text: 'Hello', data: {}, asserts: [], timeout: false }
  return {
    body: { _id, status, stepResults: [step], flowId, localeId, entrypoint, createdAt: seconds(createdAt), lastChanged: seconds(createdAt), createdBy: FIXTURE_USER },
    path: `/v2.0/playbooks/${encodeURIComponent(playbookId)}/runs/${_id}`,
  }
}

/** The resources of a project or package, as its graph shows them. */
export function graphOf (sandbox: Sandbox, type: 'project' | 'package', name: string, withDependencies: boolean): JsonObject {
  const resource = (resourceType: string, id: string, resourceName: string, properties: JsonObject): JsonObject => ({
    _id: id, type: resourceType, name: resourceName, referenceId: referenceIdOf(sandbox, id), properties, ...(withDependencies ? { dependencies: [] } : {}),
  })
  return {
    type,
    name,
    resources: [
      resource('flow', IMAGE.flow, 'Main', {}),
      resource('lexicon', IMAGE.lexicon, 'Drinks', {}),
      resource('knowledgeStore', IMAGE.knowledgeStore, 'Handbooks', {}),
      resource('locale', IMAGE.locale, 'en-US', { primary: true, nluLanguage: 'en-US' }),
    ],
  }
}
