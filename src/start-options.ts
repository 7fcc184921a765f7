/**
 * What `startPollux` takes, as a type: the settings of the command line. The package's declarations carry it written out.
 */
import type { Static } from '@sinclair/typebox'
import type { SETTINGS } from './config.js'

/** `start-at` as `startAt`. */
type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Tail}` ? `${Head}${Capitalize<CamelCase<Tail>>}` : Name

/** Every setting of the command line but `config`; all have the same defaults, except for `port` (0: any free one) and `logLevel` (silent). */
export type StartOptions = { readonly [Name in keyof typeof SETTINGS as Name extends 'config' ? never : CamelCase<Name>]?: Static<typeof SETTINGS[Name]> }
