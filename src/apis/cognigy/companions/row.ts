/**
 * What a call that starts nothing is made of (cognigy contract, 7.2).
 */
import type { TObject } from '@sinclair/typebox'
import type { Sandbox } from '../../../sandbox.js'
import type { JsonObject } from '../../../simulator/script.js'
import type { Entity } from '../entities.js'
import type { DownloadRecord } from '../records.js'
import type { CognigyResources } from '../resources.js'
import type { RawQuery } from '../schemas.js'

/** A companion call as it came. */
export interface CompanionCall {
  /** The id of this name in the path. */
  readonly id: (name: string) => string
  readonly query: RawQuery
  /** The project that a list is about; undefined: all. */
  readonly projectId: string | undefined
  /** The fields of a JSON body. */
  readonly fields: () => JsonObject
  readonly sandbox: Sandbox
  readonly resources: CognigyResources
  /** An absolute URL at which this can be had for a day, without a credential. */
  readonly downloadLink: (of: DownloadRecord['of'], id: string, fileName: string) => string
}

/** What a companion shows: a resource, all of a list, an object that is no resource, or nothing. */
export type Answer = { readonly entity: Entity } | { readonly list: Iterable<Entity> } | { readonly plain: JsonObject } | { readonly nothing: true }

/** A shape with an example of it. */
export interface Documented {
  readonly schema: TObject
  readonly example: JsonObject
  /** What HAL lists show of it, where that differs. */
  readonly halItem?: { readonly schema: TObject, readonly example: JsonObject }
}

export interface CompanionRow {
  readonly method: 'GET' | 'POST' | 'PATCH'
  readonly path: string
  readonly body?: TObject
  /** What the reply shows one of; undefined: nothing. */
  readonly shows?: Documented
  /** With lists: the name of the collection in HAL. */
  readonly collection?: string
  /** True: the reply is no resource, so it exists as JSON only. */
  readonly isPlain?: boolean
  readonly operationId: string
  readonly summary: string
  readonly tag: string
  readonly emulated: string
  readonly answer: (call: CompanionCall) => Answer
}
