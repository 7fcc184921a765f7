/**
 * What a call that starts a task is made of (cognigy contract, 7.1).
 */
import { Type, type TObject, type TString } from '@sinclair/typebox'
import type { Sandbox } from '../../../sandbox.js'
import type { JsonObject } from '../../../simulator/script.js'
import { missingField } from '../errors.js'
import { ID_HINT, ID_LENGTH } from '../ids.js'
import type { Effect } from '../records.js'
import type { CognigyResources } from '../resources.js'
import type { Upload, UploadedFile } from '../uploads.js'
import type { Addressee } from '../view.js'

/** A starting call as it came. What is asked of it in turn is checked in turn: ids, what they name, the body. */
export interface StartCall {
  /** The id of this name in the path. */
  readonly id: (name: string) => string
  /** The fields of the body that the row's schema names. */
  readonly upload: Upload
  readonly sandbox: Sandbox
  readonly resources: CognigyResources
  readonly addressee: Addressee
}

/** The task to be started. */
export interface Beginning {
  readonly parameters: JsonObject
  /** The free text of the call, or of what it is about. */
  readonly label?: string | undefined
  readonly usual?: { readonly scenario: string } | undefined
  readonly result?: JsonObject
  readonly effect?: Effect
  /** What is answered around the created task; default: nothing. */
  readonly answer?: (created: JsonObject) => JsonObject
}

/** What is answered when there is nothing to be done in the background. */
export interface Done {
  readonly done: JsonObject
}

export interface StartRow<S extends TObject = TObject> {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly path: string
  readonly kind: string
  /** Default 202. */
  readonly status?: 201
  /** True: the body is a form with a file. */
  readonly isUpload?: boolean
  /** The body; undefined: whatever comes is ignored. */
  readonly body?: S
  readonly operationId: string
  readonly summary: string
  readonly tag: string
  readonly emulated: string
  readonly begin: (call: StartCall) => Beginning | Done
}

export const IdField = (description: string): TString => Type.String({ minLength: ID_LENGTH, maxLength: ID_LENGTH, description, expects: ID_HINT, examples: ['61f25579055c2f43c249a181'] })
export const TextField = (description: string): TString => Type.String({ description, expects: 'a text' })
export const NameField = (description: string): TString => Type.String({ minLength: 1, maxLength: 200, description, expects: 'a text of 1 to 200 characters' })
export const FileField = Type.Unsafe<string>({ type: 'string', format: 'binary', description: 'The file; it is read and not kept' })

/** The file of an upload. Throws the 400 when there is none. */
export function fileOf ({ file }: Upload): UploadedFile {
  if (file === undefined) throw missingField('file')
  return file
}

/** Texts of a call as one, for the scenario that they may ask for. */
export function labelOf (...texts: ReadonlyArray<string | undefined>): string {
  return texts.filter((text) => text !== undefined && text !== '').join(' ')
}
