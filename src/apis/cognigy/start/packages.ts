/**
 * Packages: made, uploaded, merged, deleted (cognigy contract, 7.1, rows 4 to 7).
 */
import { Type } from '@sinclair/typebox'
import { fieldsOf } from '../bodies.js'
import { drawResourceId } from '../ids.js'
import { fileOf, IdField, labelOf, NameField, TextField, type StartRow } from './row.js'

const ResourceIds = Type.Array(Type.String(), { description: 'What is packaged or merged', expects: 'a list of ids', examples: [['5ce7c2d833ea1e04d7e6c432']] })

const NewPackage = Type.Object({
  projectId: IdField('The project'),
  name: NameField('Its name'),
  description: Type.Optional(TextField('What it is for')),
  resourceIds: ResourceIds,
})

const UploadTarget = Type.Object({ projectId: IdField('The project') })

const Merge = Type.Object({
  resourceIds: ResourceIds,
  strategies: Type.Optional(Type.Array(Type.Unknown(), { description: 'How each of them is merged', expects: 'a list' })),
  localeMapping: Type.Optional(Type.Array(Type.Unknown(), { description: 'Which locale becomes which', expects: 'a list' })),
})

export const PACKAGE_STARTS: readonly StartRow[] = [
  {
    method: 'POST',
    path: '/packages',
    kind: 'createPackageNFS',
    body: NewPackage,
    operationId: 'createPackage',
    summary: 'Create a Package',
    tag: 'Packages',
    emulated: 'partly: nothing is collected',
    begin: ({ upload, sandbox }) => {
      const { projectId, name, description = '', resourceIds } = fieldsOf(upload.fields, NewPackage)
      const _id = drawResourceId(sandbox)
      return {
        parameters: { projectId, name, description, resourceIds },
        label: labelOf(name, description),
        result: { packageId: _id },
        effect: { adds: 'package', item: { _id, projectId, name, description } },
      }
    },
  },
  {
    method: 'POST',
    path: '/packages/upload',
    kind: 'extractPackage',
    isUpload: true,
    body: UploadTarget,
    operationId: 'uploadPackage',
    summary: 'Upload a Package',
    tag: 'Packages',
    emulated: 'partly: nothing is extracted',
    begin: ({ upload, sandbox }) => {
      const { name: fileName } = fileOf(upload)
      const { projectId } = fieldsOf(upload.fields, UploadTarget)
      const _id = drawResourceId(sandbox)
      return {
        parameters: { projectId, fileName },
        label: fileName,
        result: { packageId: _id },
        effect: { adds: 'package', item: { _id, projectId, name: fileName.replace(/\.zip$/i, ''), description: '' } },
      }
    },
  },
  {
    method: 'POST',
    path: '/packages/:packageId/merge',
    kind: 'mergePackage',
    body: Merge,
    operationId: 'mergePackage',
    summary: 'Merge a Package into its project',
    tag: 'Packages',
    emulated: 'partly: nothing is merged',
    begin: ({ id, upload, resources }) => {
      const { _id: packageId, name } = resources.package(id('packageId'))
      fieldsOf(upload.fields, Merge)
      return { parameters: { packageId }, label: name, result: { packageId } }
    },
  },
  {
    method: 'DELETE',
    path: '/packages/:packageId',
    kind: 'deletePackage',
    operationId: 'deletePackage',
    summary: 'Delete a Package',
    tag: 'Packages',
    emulated: 'fully',
    begin: ({ id, resources }) => {
      const { _id: packageId, name } = resources.package(id('packageId'))
      return { parameters: { packageId }, label: name, effect: { deletes: 'package', id: packageId } }
    },
  },
]
