/**
 * Users as the server tells of them (contract 7.2). Pure.
 */
import { userNumberOf, type User } from './auth.js'
import { userGuidOf } from './ids.js'
import type { ConnectOptions } from './schemas.js'

const BUILT_IN_NAME = 'ada'
const BUILT_IN_GUID = '6f6b1f2c-5c1d-4f0e-9a35-3d9c2d1f7a01'
/** Long before any test. */
const JOINED = '2026-01-05T08:00:00Z'

/** The GUID by which content names its owner. */
export function guidOfUser (username: string): string {
  return username === BUILT_IN_NAME ? BUILT_IN_GUID : userGuidOf(username)
}

/** A user, keys in the order of the wire. */
export function userBody ({ username, role }: User) {
  return {
    email: `${username}@example.test`,
    username,
    first_name: username.charAt(0).toUpperCase() + username.slice(1),
    last_name: 'Pollux',
    user_role: role,
    created_time: JOINED,
    updated_time: JOINED,
    active_time: null,
    confirmed: true,
    locked: false,
    guid: guidOfUser(username),
  }
}

/** The same as calls before v1 tell it. */
export function legacyUserBody (user: User) {
  return { ...userBody(user), password: '', preferences: {}, privileges: [] }
}

/** The same with the number that rsconnect 0.8 keeps as the id of the account. */
export function currentUserBody (user: User, options: ConnectOptions) {
  return { ...legacyUserBody(user), id: userNumberOf(user, options) }
}
