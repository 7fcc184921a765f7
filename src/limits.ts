/**
 * The limits on what clients may send and hold: each a setting, with its default and what is said of it.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import { parseDuration } from './simulator/script.js'

const count = (minimum: number, maximum: number) => ({ minimum, maximum, expects: `a whole number of ${minimum} to ${maximum}` })
const span = (fallback: string) => ({ default: fallback, expects: `a duration such as ${fallback}` })

/** Settings by their names as flags. */
export const LIMIT_SETTINGS = {
  'max-tasks': Type.Integer({ ...count(1, 10_000_000), default: 2_000_000, description: 'How many tasks a sandbox keeps of each API; one more takes the place of the oldest settled one, else of the oldest that nobody waits for' }),
  'max-lines': Type.Integer({ ...count(1, 10_000_000), default: 100_000, description: 'How many lines of output a task may have, and how many steps' }),
  'max-body': Type.Integer({ ...count(1024, 67_108_864), default: 262_144, description: 'How many bytes a body of the control plane may have; snapshots may have 64 MiB' }),
  'max-depth': Type.Integer({ ...count(8, 1000), default: 64, description: 'How deep JSON bodies may nest' }),
  'max-keys': Type.Integer({ ...count(100, 10_000_000), default: 50_000, description: 'How many keys a JSON body may have, those of all its objects together; snapshots may have any number' }),
  'max-header': Type.Integer({ ...count(1024, 1_048_576), default: 16_384, description: 'How many bytes the head of a request may have' }),
  'max-url': Type.Integer({ ...count(256, 1_048_576), default: 8192, description: 'How many characters a URL may have' }),
  'max-connections': Type.Optional(Type.Integer({ ...count(1, 1_000_000), description: 'How many connections there may be at once; default: the limit of open files less 256, and at least half of it' })),
  'max-unread': Type.Integer({ ...count(65_536, 2 ** 40), default: 268_435_456, description: 'How many bytes of replies may wait for clients that do not read them, those of all connections together; beyond it the connections with the most are ended' }),
  'header-timeout': Type.String({ ...span('10s'), description: 'Within which the head of a request has to arrive; no longer than `--request-timeout`' }),
  'request-timeout': Type.String({ ...span('30s'), description: 'Within which a whole request has to arrive, uploads too' }),
  'keep-alive': Type.String({ ...span('5s'), description: 'How long a connection is kept between two requests' }),
  'idle-timeout': Type.String({ ...span('30s'), description: 'How long a client may read nothing of a reply that is being sent; held polls are not cut' }),
  'check-every': Type.String({ ...span('1s'), description: 'How often is looked for requests that should have arrived, and for replies that nobody reads' }),
} satisfies Record<string, TSchema>

export type LimitName = keyof typeof LIMIT_SETTINGS
export type SpanName = 'header-timeout' | 'request-timeout' | 'keep-alive' | 'idle-timeout' | 'check-every'

/** Limits in force. */
export interface Limits {
  /** Of each API, in each sandbox. */
  readonly tasks: number
  readonly lines: number
  readonly bodyBytes: number
  readonly json: JsonLimits
  readonly connections: ConnectionLimits
}

/** How much structure a JSON text may have. */
export interface JsonLimits {
  readonly depth: number
  readonly keys: number
}

/** Spans are machine time. */
export interface ConnectionLimits {
  readonly headerBytes: number
  readonly urlLength: number
  /** Undefined: as many as descriptors allow. */
  readonly count: number | undefined
  /** Of all connections together. */
  readonly unreadBytes: number
  readonly headerTimeoutMs: number
  readonly requestTimeoutMs: number
  readonly keepAliveMs: number
  readonly idleTimeoutMs: number
  readonly checkEveryMs: number
}

export interface LimitReader {
  readonly number: (name: Exclude<LimitName, SpanName>) => number | undefined
  /** Milliseconds. */
  readonly span: (name: SpanName) => number
}

/** The limits as the settings have them. */
export function readLimits ({ number, span: ms }: LimitReader): Limits {
  const known = (name: Exclude<LimitName, SpanName | 'max-connections'>): number => number(name) ?? LIMIT_SETTINGS[name].default
  return {
    tasks: known('max-tasks'),
    lines: known('max-lines'),
    bodyBytes: known('max-body'),
    json: { depth: known('max-depth'), keys: known('max-keys') },
    connections: {
      headerBytes: known('max-header'),
      urlLength: known('max-url'),
      count: number('max-connections'),
      unreadBytes: known('max-unread'),
      headerTimeoutMs: ms('header-timeout'),
      requestTimeoutMs: ms('request-timeout'),
      keepAliveMs: ms('keep-alive'),
      idleTimeoutMs: ms('idle-timeout'),
      checkEveryMs: ms('check-every'),
    },
  }
}

/** What is in force when nothing is set. */
export const DEFAULT_LIMITS: Limits = readLimits({ number: (name) => LIMIT_SETTINGS[name].default as number | undefined, span: (name) => parseDuration(LIMIT_SETTINGS[name].default) ?? Infinity })

/** The limits by their names as settings, for people; `connectionCount` is what is in force of the most connections. */
export function describeLimits ({ tasks, lines, bodyBytes, json, connections }: Limits, connectionCount: number): Record<LimitName, number | null> {
  return {
    'max-tasks': tasks,
    'max-lines': lines,
    'max-body': bodyBytes,
    'max-depth': json.depth,
    'max-keys': json.keys,
    'max-header': connections.headerBytes,
    'max-url': connections.urlLength,
    'max-connections': Number.isFinite(connectionCount) ? connectionCount : null,
    'max-unread': connections.unreadBytes,
    'header-timeout': connections.headerTimeoutMs,
    'request-timeout': connections.requestTimeoutMs,
    'keep-alive': connections.keepAliveMs,
    'idle-timeout': connections.idleTimeoutMs,
    'check-every': connections.checkEveryMs,
  }
}
