/**
 * The paths of this API in any letter case (cognigy contract, 1.3). The router tells cases apart for the sake of the other
 * vendors, so what it missed is looked up here: for the letter case alone, or for a 405 instead of its 404.
 */

/** A path with what serves it, by method. */
export interface KnownPath<Handler> {
  /** Fixed segments, and `:name` for parameters. */
  readonly url: string
  readonly handlers: ReadonlyMap<string, Handler>
}

/** A known path, and the values of its parameters in a request's path. */
export interface FoundPath<Handler> {
  readonly path: KnownPath<Handler>
  readonly params: Readonly<Record<string, string>>
}

/** The known path that this request path means: rather one that takes the method, and rather a fixed segment than a parameter; undefined when there is none. */
export function findPath<Handler> (known: ReadonlyArray<KnownPath<Handler>>, path: string, method: string): FoundPath<Handler> | undefined {
  // The router has decoded the URL before it missed, so this can't fail.
  const segments = path.replace(/[?#].*$/s, '').split('/').map(decodeURIComponent)
  const found = known.flatMap((candidate): Array<FoundPath<Handler>> => {
    const params = match(candidate.url.split('/'), segments)
    return params === undefined ? [] : [{ path: candidate, params }]
  })
  found.sort((a, b) => Object.keys(a.params).length - Object.keys(b.params).length)
  return found.find((each) => each.path.handlers.has(method)) ?? found[0]
}

function match (pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, wanted] of pattern.entries()) {
    const segment = segments[index] ?? ''
    if (wanted.startsWith(':')) params[wanted.slice(1)] = segment
    else if (wanted.toLowerCase() !== segment.toLowerCase()) return undefined
  }
  return params
}
