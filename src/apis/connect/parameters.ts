/**
 * What a poll asks for, by the contract's lexical rules (section 4). Pure.
 */
import { invalidParameter } from './errors.js'
import type { RawQuery } from './schemas.js'

/** Which lines a poll wants, and how long it would wait for the end of the task. */
export interface PollParameters {
  readonly first: number
  readonly waitSeconds: number
}

/** Reads the parameters of a poll; `lineCount` is what the task has so far, for the message. Throws ConnectError. */
export type ReadParameters = (query: RawQuery, lineCount: number | undefined) => PollParameters

const MAX_WAIT_SECONDS = 20
const MAX_NUMBER = 999_999_999

/** Of the v1 and the experimental route: `first` and `wait`. */
export const readParameters: ReadParameters = (query, lineCount) => {
  const first = numberOf(firstOf(query.first) ?? '0')
  if (first === undefined) throw invalidParameter('first', lineCount ?? MAX_NUMBER)
  const waitSeconds = numberOf(firstOf(query.wait) ?? '0')
  if (waitSeconds === undefined || waitSeconds > MAX_WAIT_SECONDS) throw invalidParameter('wait', MAX_WAIT_SECONDS)
  return { first, waitSeconds }
}

/** Of the legacy route: `first_status`, which rsconnect 0.8.29 sends without a value. */
export const readLegacyParameters: ReadParameters = (query) => {
  const first = numberOf(firstOf(query.first_status) || '0')
  if (first === undefined) throw invalidParameter('first_status', MAX_NUMBER)
  return { first, waitSeconds: 0 }
}

/** Of a repeated parameter the first occurrence counts. */
function firstOf (given: RawQuery[string]): string | undefined {
  return typeof given === 'object' ? given[0] : given
}

/** One to nine digits, or undefined. */
function numberOf (text: string): number | undefined {
  return /^[0-9]{1,9}$/.test(text) ? Number(text) : undefined
}
