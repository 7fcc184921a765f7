/**
 * Things that are made when they are first asked for.
 */

/** Calls `make` at the first call, and hands out what it made at every other; what failed is tried again. */
export function once<T> (make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
