/**
 * Snapshots, packages and trainer records: what tasks have made, and links to it (cognigy contract, 7.2).
 */
import { Type } from '@sinclair/typebox'
import { fieldsOf } from '../bodies.js'
import { entitiesOf } from '../entities.js'
import { notPackaged, taskNotFound } from '../errors.js'
import { isPackaged, packageEntity, snapshotEntity } from '../nouns.js'
import { fileNameOf } from '../downloads.js'
import { IdField } from '../start/row.js'
import type { CompanionRow } from './row.js'
import { DownloadLink, Package, Snapshot } from './schemas.js'

const TrainerTask = Type.Object({ taskId: IdField('The task that has packaged the records') })

export const SNAPSHOT_COMPANIONS: readonly CompanionRow[] = [
  {
    method: 'GET',
    path: '/snapshots',
    shows: Snapshot,
    collection: 'snapshots',
    operationId: 'indexSnapshots',
    summary: 'List Snapshots',
    tag: 'Snapshots',
    emulated: 'fully',
    answer: ({ projectId, sandbox, resources }) => ({ list: entitiesOf(resources.snapshots.all(), (made) => (projectId ?? made.projectId) === made.projectId, (made) => snapshotEntity(sandbox, made)) }),
  },
  {
    method: 'GET',
    path: '/snapshots/:snapshotId',
    shows: Snapshot,
    operationId: 'readSnapshot',
    summary: 'Get a Snapshot',
    tag: 'Snapshots',
    emulated: 'fully',
    answer: ({ id, sandbox, resources }) => ({ entity: snapshotEntity(sandbox, resources.snapshot(id('snapshotId'))) }),
  },
  {
    method: 'POST',
    path: '/snapshots/:snapshotId/downloadlink',
    shows: DownloadLink,
    isPlain: true,
    operationId: 'composeSnapshotDownloadLink',
    summary: 'Get a download link for a packaged Snapshot',
    tag: 'Snapshots',
    emulated: 'fully',
    answer: ({ id, sandbox, resources, downloadLink }) => {
      const snapshot = resources.snapshot(id('snapshotId'))
      if (!isPackaged(snapshot, sandbox.clock.now()) || resources.takeConflict('snapshot', snapshot._id)) throw notPackaged('Snapshot')
      return { plain: { downloadLink: downloadLink('snapshot', snapshot._id, fileNameOf(snapshot.name, '.csnap')) } }
    },
  },
  {
    method: 'GET',
    path: '/packages',
    shows: Package,
    collection: 'packages',
    operationId: 'indexPackages',
    summary: 'List Packages',
    tag: 'Packages',
    emulated: 'fully',
    answer: ({ projectId, sandbox, resources }) => ({ list: entitiesOf(resources.packages.all(), (made) => (projectId ?? made.projectId) === made.projectId, (made) => packageEntity(sandbox, made)) }),
  },
  {
    method: 'GET',
    path: '/packages/:packageId',
    shows: Package,
    operationId: 'readPackage',
    summary: 'Get a Package',
    tag: 'Packages',
    emulated: 'fully',
    answer: ({ id, sandbox, resources }) => ({ entity: packageEntity(sandbox, resources.package(id('packageId'))) }),
  },
  {
    method: 'POST',
    path: '/packages/:packageId/downloadlink',
    shows: DownloadLink,
    isPlain: true,
    operationId: 'composePackageDownloadLink',
    summary: 'Get a download link for a Package',
    tag: 'Packages',
    emulated: 'fully',
    answer: ({ id, resources, downloadLink }) => {
      const made = resources.package(id('packageId'))
      if (resources.takeConflict('package', made._id)) throw notPackaged('Package')
      return { plain: { downloadLink: downloadLink('package', made._id, fileNameOf(made.name, '.zip')) } }
    },
  },
  {
    method: 'POST',
    path: '/trainer/downloadlink',
    body: TrainerTask,
    shows: DownloadLink,
    isPlain: true,
    operationId: 'composeTrainerRecordsDownloadLink',
    summary: 'Get a download link for packaged Trainer records, by the task that packaged them',
    tag: 'Trainer',
    emulated: 'partly: the package holds no records',
    answer: ({ fields, sandbox, downloadLink }) => {
      const { taskId } = fieldsOf(fields(), TrainerTask)
      const snapshot = sandbox.simulator.peek('cognigy', taskId)
      if (snapshot?.task.kind !== 'packageTrainerRecords') throw taskNotFound()
      if (snapshot.state !== 'succeeded') throw notPackaged('Trainer record')
      return { plain: { downloadLink: downloadLink('trainer', taskId, 'trainer-records.zip') } }
    },
  },
]
