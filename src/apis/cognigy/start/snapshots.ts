/**
 * Snapshots: made, packaged, restored, deleted, uploaded (cognigy contract, 7.1, rows 1, 2, 7 to 9).
 */
import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { Sandbox } from '../../../sandbox.js'
import { timelineOf, type TaskRecord } from '../../../simulator/task.js'
import { badRequest } from '../errors.js'
import { fieldsOf, readJson } from '../bodies.js'
import { drawResourceId } from '../ids.js'
import { SnapshotEffect } from '../records.js'
import type { CognigyResources } from '../resources.js'
import type { UploadedFile } from '../uploads.js'
import { fileOf, IdField, labelOf, type StartRow } from './row.js'

/** As many as a project may have (contract 7.3.3). */
const MOST_SNAPSHOTS = 10

const NewSnapshot = Type.Object({
  projectId: IdField('The project'),
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    // The colon is let through where a test asks for a scenario by it.
    pattern: '^(?:(?<![\\w-])scenario:(?=[A-Za-z0-9])|[^\\\\/:*?"<>|¥])+$',
    description: 'A name that no other snapshot of the project has',
    expects: 'a text of 1 to 200 characters without \\ / : * ? " < > | ¥',
    examples: ['s1'],
  }),
  description: Type.String({ maxLength: 500, description: 'What it is for', expects: 'a text of at most 500 characters', examples: ['desc'] }),
}, { additionalProperties: false })

const RestoreTarget = Type.Object({ projectId: Type.Optional(IdField('The project; not needed')) })
const UploadTarget = Type.Object({ projectId: IdField('The project') })

export const SNAPSHOT_STARTS: readonly StartRow[] = [
  {
    method: 'POST',
    path: '/snapshots',
    kind: 'createSnapshot',
    body: NewSnapshot,
    operationId: 'createSnapshot',
    summary: 'Create a Snapshot',
    tag: 'Snapshots',
    emulated: 'partly: the snapshot has a name and a description, and nothing of the project',
    begin: ({ upload, sandbox, resources }) => {
      const { projectId, name, description } = fieldsOf(upload.fields, NewSnapshot)
      return { parameters: { properties: { name, description } }, label: labelOf(name, description), ...snapshotToBe(sandbox, resources, { projectId, name, description }) }
    },
  },
  {
    method: 'POST',
    path: '/snapshots/:snapshotId/package',
    kind: 'packageSnapshot',
    operationId: 'packageSnapshot',
    summary: 'Package a Snapshot for download',
    tag: 'Snapshots',
    emulated: 'fully',
    begin: ({ id, resources }) => {
      const { _id: snapshotId, name } = resources.snapshot(id('snapshotId'))
      return { parameters: { snapshotId }, label: name, effect: { packages: snapshotId } }
    },
  },
  {
    method: 'POST',
    path: '/snapshots/:snapshotId/restore',
    kind: 'restoreSnapshot',
    body: RestoreTarget,
    operationId: 'restoreSnapshot',
    summary: 'Restore a Snapshot',
    tag: 'Snapshots',
    emulated: 'partly: nothing of the project changes',
    begin: ({ id, upload, sandbox, resources }) => {
      const { _id: snapshotId, name } = resources.snapshot(id('snapshotId'))
      const { projectId } = fieldsOf(upload.fields, RestoreTarget)
      // As the real server does at times (contract 12, known contradictions).
      const isStrict = sandbox.scenarioAhead({ api: 'cognigy', kind: 'restoreSnapshot', label: name }) === 'strict-restore'
      if (isStrict && projectId !== undefined) throw badRequest('ProjectId was specified in multiple locations')
      return { parameters: { snapshotId }, label: name }
    },
  },
  {
    method: 'DELETE',
    path: '/snapshots/:snapshotId',
    kind: 'deleteSnapshot',
    operationId: 'deleteSnapshot',
    summary: 'Delete a Snapshot',
    tag: 'Snapshots',
    emulated: 'fully',
    begin: ({ id, resources }) => {
      const { _id: snapshotId, name } = resources.snapshot(id('snapshotId'))
      return { parameters: { snapshotId }, label: name, effect: { deletes: 'snapshot', id: snapshotId } }
    },
  },
  {
    method: 'POST',
    path: '/snapshots/upload',
    kind: 'uploadSnapshotPackage',
    isUpload: true,
    body: UploadTarget,
    operationId: 'uploadSnapshotPackage',
    summary: 'Upload a packaged Snapshot',
    tag: 'Snapshots',
    emulated: 'partly: of the file only the name and description in Pollux\'s own are read',
    begin: ({ upload, sandbox, resources }) => {
      const file = fileOf(upload)
      const { projectId } = fieldsOf(upload.fields, UploadTarget)
      const { name, description } = snapshotIn(file)
      return { parameters: { projectId, fileName: file.name }, label: labelOf(name, description), ...snapshotToBe(sandbox, resources, { projectId, name, description }) }
    },
  },
]

/** The snapshot that the task makes, unless its name is taken or there are too many: such conflicts appear on the task (contract 7.3.3). */
function snapshotToBe (sandbox: Sandbox, resources: CognigyResources, item: { projectId: string, name: string, description: string }) {
  const names = [...resources.snapshots.all(), ...comingSnapshots(sandbox)].filter(({ projectId }) => projectId === item.projectId).map(({ name }) => name)
  const scenario = names.includes(item.name) ? 'name-conflict' : names.length >= MOST_SNAPSHOTS ? 'snapshot-limit' : 'success'
  return { usual: { scenario }, effect: { adds: 'snapshot' as const, item: { _id: drawResourceId(sandbox), ...item } } }
}

/** What running tasks are going to make, as far as can be foreseen. */
function comingSnapshots ({ simulator }: Sandbox): Array<{ readonly projectId: string, readonly name: string }> {
  return [...simulator.effective()].flatMap((task) => Check(SnapshotEffect, task.effect) && isGoingToSucceed(task) ? [task.effect.item] : [])
}

function isGoingToSucceed (task: TaskRecord): boolean {
  return timelineOf(task).at(-1)?.step.state === 'succeeded'
}

/** The snapshot in Pollux's own kind of file; in any other, one named by the file (contract 7.3.5). */
function snapshotIn ({ name, content }: UploadedFile): { name: string, description: string } {
  const { name: ownName, description } = content === undefined ? {} : jsonIn(content)
  return {
    name: typeof ownName === 'string' && ownName !== '' ? ownName : name.replace(/\.csnap$/i, ''),
    description: typeof description === 'string' ? description : '',
  }
}

function jsonIn (content: Buffer): ReturnType<typeof readJson> {
  try {
    return readJson(content)
  } catch {
    return {}
  }
}
