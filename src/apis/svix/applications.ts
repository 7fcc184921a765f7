/**
 * Applications and their endpoints, which nothing creates: those of the fixtures file `apps.json`, or, when it lists none,
 * every one that a well-formed id or uid names (svix contract, 4.2, 7.1.3 and 7.5).
 */
import { Type, type Static } from '@sinclair/typebox'
import { createHash } from 'node:crypto'
import { isIdentifier } from './bodies.js'
import { entityNotFound } from './errors.js'
import { ksuid, ksuidInstant, SLOT_MS } from './ids.js'

const Uid = Type.Optional(Type.String({ pattern: '^[a-zA-Z0-9\\-_.]{1,256}$' }))

/** The fixtures file `apps.json`. */
export const AppsFixture = Type.Object({
  apps: Type.Array(Type.Object({
    id: Type.Optional(Type.String({ pattern: '^app_[0-9A-Za-z]{27}$', description: 'Default: derived from uid and place' })),
    uid: Uid,
    name: Type.Optional(Type.String()),
    endpoints: Type.Optional(Type.Array(Type.Object({
      id: Type.Optional(Type.String({ pattern: '^ep_[0-9A-Za-z]{27}$', description: 'Default: derived from uid and place' })),
      uid: Uid,
      url: Type.Optional(Type.String()),
      description: Type.Optional(Type.String()),
      disabled: Type.Optional(Type.Boolean()),
    }, { additionalProperties: false }), { description: 'Default: none' })),
  }, { additionalProperties: false }), { description: 'Those that exist; none: every one that a well-formed id or uid names' }),
}, { additionalProperties: false })
export type AppsFixture = Static<typeof AppsFixture>

export interface Application {
  readonly id: string
  readonly uid: string | null
  readonly name: string
  /** Undefined: every one that is asked for. */
  readonly endpoints: readonly Endpoint[] | undefined
}

export interface Endpoint {
  readonly id: string
  readonly uid: string | null
  readonly url: string
  readonly description: string
  readonly disabled: boolean
}

const APPLICATION = /^app_[0-9A-Za-z]{27}$/
const ENDPOINT = /^ep_[0-9A-Za-z]{27}$/
const NAME = 'Pollux app'
const ENDPOINT_URL = 'https://example.com/webhook/'

/** Ids that are derived tell of an instant within so long after this one. */
const DERIVED_FROM = Date.parse('2025-01-01T00:00:00Z')
const DERIVED_SECONDS = 365 * 86_400
const SLOTS_PER_SECOND = 1000 / SLOT_MS

export class Applications {
  /** Those of the fixtures file. */
  readonly listed: readonly Application[]

  constructor (apps: AppsFixture['apps']) {
    this.listed = apps.map(({ id, uid, name = NAME, endpoints = [] }, place) => {
      const appId = id ?? derivedId('app_', uid ?? `application ${place}`)
      return { id: appId, uid: uid ?? null, name, endpoints: endpoints.map((endpoint, nth) => toEndpoint(appId, endpoint, nth)) }
    })
  }

  /** The application of this id or uid; undefined when there is none. */
  find (idOrUid: string): Application | undefined {
    if (this.listed.length > 0) return this.listed.find(({ id, uid }) => id === idOrUid || uid === idOrUid)
    if (!isIdentifier(idOrUid)) return undefined
    return APPLICATION.test(idOrUid)
      ? { id: idOrUid, uid: null, name: NAME, endpoints: undefined }
      : { id: derivedId('app_', idOrUid), uid: idOrUid, name: NAME, endpoints: undefined }
  }

  /** The same; a missing one is 404. */
  require (idOrUid: string): Application {
    const application = this.find(idOrUid)
    if (application === undefined) throw entityNotFound()
    return application
  }
}

/** The application's endpoint of this id or uid; a missing one is 404. */
export function requireEndpoint ({ id: appId, endpoints }: Application, idOrUid: string): Endpoint {
  const endpoint = endpoints === undefined
    ? isIdentifier(idOrUid) ? toEndpoint(appId, ENDPOINT.test(idOrUid) ? { id: idOrUid } : { uid: idOrUid }, 0) : undefined
    : endpoints.find(({ id, uid }) => id === idOrUid || uid === idOrUid)
  if (endpoint === undefined) throw entityNotFound()
  return endpoint
}

/** When what bears this id was created, by the id itself; the first instant that ids know for one that tells of none. */
export function creationOf (id: string): number {
  const tail = id.slice(id.indexOf('_') + 1)
  return ksuidInstant(tail) ?? ksuidInstant('0'.repeat(tail.length)) ?? 0
}

type ListedEndpoint = NonNullable<AppsFixture['apps'][number]['endpoints']>[number]

function toEndpoint (appId: string, { id, uid, url = ENDPOINT_URL, description = '', disabled = false }: ListedEndpoint, place: number): Endpoint {
  return { id: id ?? derivedId('ep_', `${appId} ${uid ?? `endpoint ${place}`}`), uid: uid ?? null, url, description, disabled }
}

/** The same id for the same text, each time and in each sandbox: its uid names it there too. */
function derivedId (prefix: string, text: string): string {
  const digest = createHash('sha256').update(text).digest()
  const at = DERIVED_FROM + digest.readUInt32BE(0) % DERIVED_SECONDS * 1000 + digest.readUInt8(4) % SLOTS_PER_SECOND * SLOT_MS
  return prefix + ksuid(at, BigInt(`0x${digest.subarray(5, 20).toString('hex')}`))
}
