/**
 * Extensions: uploaded and updated, from a file or a URL (cognigy contract, 7.1, row 13, and 7.3.5).
 */
import { Type, type Static } from '@sinclair/typebox'
import { uuidV4 } from '../../../ids.js'
import type { JsonObject } from '../../../simulator/script.js'
import { fieldsOf } from '../bodies.js'
import { missingField, notFound } from '../errors.js'
import { drawResourceId } from '../ids.js'
import { ORGANISATION } from '../nouns.js'
import { FIXTURE_USER } from '../view.js'
import { IdField, labelOf, TextField, type Beginning, type StartCall, type StartRow } from './row.js'

const ExtensionUpload = Type.Object({
  projectId: IdField('The project'),
  url: Type.Optional(TextField('Where the extension is, in place of a file')),
  name: Type.Optional(TextField('Its name; default: the file\'s, up to its first dot')),
  extension: Type.Optional(TextField('With an update: id or name of the extension')),
})
type ExtensionUpload = Static<typeof ExtensionUpload>

const common = { method: 'POST', isUpload: true, body: ExtensionUpload, tag: 'Extensions', emulated: 'partly: nothing is read from the file' } as const

export const EXTENSION_STARTS: readonly StartRow[] = [
  {
    ...common,
    path: '/extensions/upload',
    kind: 'uploadExtension',
    operationId: 'uploadExtension',
    summary: 'Upload an Extension',
    begin: (call) => beginUpload(call, (_fields, _id) => _id),
  },
  {
    ...common,
    path: '/extensions/update',
    kind: 'updateExtensionPackage',
    operationId: 'updateExtensionPackage',
    summary: 'Upload a new version of an Extension',
    begin: (call) => beginUpload(call, ({ projectId, extension }, _id) => {
      if (extension === undefined || extension === '') return _id
      const known = call.resources.findExtension(projectId, extension)
      if (known === undefined) throw notFound('Extension')
      return known._id
    }),
  },
]

/** `idOf` says which extension it is going to be: the fresh id, or that of one that is there. */
function beginUpload ({ upload, sandbox, resources }: StartCall, idOf: (fields: ExtensionUpload, freshId: string) => string): Beginning {
  const { file, fields } = upload
  if (file === undefined && !fields['url']) throw missingField('file')
  const given = fieldsOf(fields, ExtensionUpload)
  const fileName = file?.name ?? given.url?.replace(/[?#].*$/s, '').replace(/^.*\//s, '') ?? ''
  const _id = idOf(given, drawResourceId(sandbox))
  const name = resources.extensions.get(_id)?.name ?? (given.name || fileName.replace(/\..*$/s, ''))
  return {
    parameters: parametersOf(fileName, given, uuidV4(sandbox.random('cognigy upload'))),
    label: labelOf(given.name, fileName),
    effect: { adds: 'extension', item: { _id, projectId: given.projectId, name } },
  }
}

/** In the order of recorded bodies. */
function parametersOf (fileName: string, { projectId, extension = '' }: ExtensionUpload, key: string): JsonObject {
  return {
    redisKey: key,
    fileName,
    extension,
    userId: FIXTURE_USER,
    projectId,
    organisationId: ORGANISATION,
    traceId: `api--${key}`,
    disableSensitiveLogging: false,
  }
}
