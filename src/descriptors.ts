/**
 * How many files, sockets among them, the process may have open.
 */
import { readFileSync } from 'node:fs'

/** Kept for everything that is no client's connection. */
const KEPT_BACK = 256

/** How many connections descriptors allow: their soft limit less 256, but at least half of it; Infinity where the system doesn't tell. */
export function connectionsAllowed (limit = softLimit()): number {
  return Math.max(limit - KEPT_BACK, Math.floor(limit / 2))
}

/** Node raises it to the hard limit as it starts. */
function softLimit (): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)\s/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? []
    return soft === undefined ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}
