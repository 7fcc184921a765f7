/**
 * What tasks that tell of applications leave behind when their script says nothing of it (svix contract, 7.1 and 7.3).
 */
import type { RandomStream } from '../../ids.js'
import type { Json } from '../../simulator/script.js'
import type { Application } from './applications.js'
import { ksuid } from './ids.js'

/** Ids of the vendor's examples (svix contract, 9). */
const EXAMPLE_APP = 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m'
const EXAMPLE_MESSAGES = [
  { appId: 'app_33s1An2Zz5cO9SWbhHsYyDmVC6m', msgId: 'msg_33s1An2Zz5cO9SWbhHsYyDmVC6m' },
  { appId: 'app_33sXYjcO6bkWeZIXDI8w6ZYMivz', msgId: 'msg_33sZJfmYMOQGApyIgRdteOX0xlX' },
]

const DOCUMENTED: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['application.stats', usageOf([{ id: EXAMPLE_APP, uid: null }])],
  ['event-type.aggregate', eventTypesOf([{ id: EXAMPLE_APP }])],
  ['message.broadcast', { messagesCreated: EXAMPLE_MESSAGES }],
])

/** The result that the vendor documents for the kind; undefined for one whose scripts say it themselves. */
export function documentedResult (kind: string): Json | undefined {
  return DOCUMENTED.get(kind)
}

/** How many messages these applications got. */
export function usageOf (applications: ReadonlyArray<Pick<Application, 'id' | 'uid'>>): Json {
  return { appStats: applications.map(({ id, uid }) => ({ messageDestinations: 2, appId: id, appUid: uid })) }
}

/** What types of event these applications' endpoints listen to. The key is not in camelCase, really. */
export function eventTypesOf (applications: ReadonlyArray<Pick<Application, 'id'>>): Json {
  return { event_types: applications.map(({ id }) => ({ appId: id, explicitlySubscribedEventTypes: ['user.signup'], hasCatchAllEndpoint: false })) }
}

/** A message to each of these applications, created now. */
export function messagesTo (applications: readonly Application[], random: RandomStream, now: number): Json {
  // The top bit stays 0, as in every id that is drawn.
  const draw = (): bigint => BigInt(`0x${Buffer.from(random.bytes(15)).toString('hex')}`) >> 1n
  return { messagesCreated: applications.map(({ id }) => ({ appId: id, msgId: `msg_${ksuid(now, draw())}` })) }
}
