/**
 * What the server can do by the version that it says it is (contract 7.3 and 7.6). Pure.
 */
import type { ConnectOptions } from './schemas.js'

/** Deploys that don't activate their bundle. */
export function knowsDrafts (options: ConnectOptions): boolean {
  return isAtLeast(options, 2025, 6)
}

/** Looks at branches that tell the default one. */
export function tellsDefaultBranch (options: ConnectOptions): boolean {
  return isAtLeast(options, 2026, 1)
}

function isAtLeast ({ 'server-version': version }: ConnectOptions, year: number, month: number): boolean {
  const [versionYear = 0, versionMonth = 0] = version.split('.').map(Number)
  return versionYear > year || (versionYear === year && versionMonth >= month)
}
