/**
 * The paths that the server knows: there, another method is wrong; anywhere else nothing is (contract 1.4).
 */
import { companions } from './companions.js'
import { API_BASE, paramRefusal, pathsOf } from './endpoint.js'
import type { WireProfile } from './schemas.js'
import { invalidTaskId, type ServiceError } from './service-error.js'
import { starts } from './start.js'

const POLL_PATH = '/task/:id'
const PLURAL_POLL_PATH = '/tasks/:id'

const PATTERNS: ReadonlyArray<{ readonly path: string, readonly pattern: RegExp }> = [...new Set([POLL_PATH, PLURAL_POLL_PATH, ...starts.flatMap(pathsOf), ...companions.flatMap(pathsOf)])]
  .map((path) => ({ path, pattern: patternOf(path) }))

/** Matches the paths of a call, whose parameters are its groups. */
export function patternOf (path: string): RegExp {
  return new RegExp(`^${API_BASE}${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
}

/** The parameters of a path that the server of this profile knows; undefined when it is none. */
function paramsOf (path: string, profile: WireProfile): Readonly<Record<string, string>> | undefined {
  for (const known of PATTERNS) {
    // The server of 2022 has the plural only.
    if (known.path === POLL_PATH && profile === 'recorded') continue
    const match = known.pattern.exec(path)
    if (match !== null) return match.groups ?? {}
  }
  return undefined
}

/** True for a path that some method reaches. */
export function isKnownPath (path: string, profile: WireProfile): boolean {
  return paramsOf(path, profile) !== undefined
}

/** What is wrong with a path one of whose parameters is too long for the router; undefined when nothing would be there anyway. */
export function tooLongRefusal (path: string, profile: WireProfile): ServiceError | undefined {
  const params = paramsOf(path, profile)
  if (params === undefined) return undefined
  return 'id' in params ? invalidTaskId() : paramRefusal(params)
}
