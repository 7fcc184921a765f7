/**
 * Globs over paths, matched in time proportional to glob times path: as regular expressions those with many wildcards could take for ever. Pure.
 */

/** What a place in a glob stands for: a character, any text within a segment, or any text. */
type Place = string | 'segment-text' | 'text'

/** True for paths that the glob describes: `*` stands for any text within a segment, `**` for any text. */
export function compileGlob (glob: string): (path: string) => boolean {
  const places = placesOf(glob)
  return (path) => matches(places, path)
}

function placesOf (glob: string): Place[] {
  return glob.split(/(\*\*|\*)/).flatMap((part): Place[] => part === '**' ? ['text'] : part === '*' ? ['segment-text'] : part.split(''))
}

/** Follows all the places at which the path may have arrived at once. */
function matches (places: readonly Place[], path: string): boolean {
  let reached = new Uint8Array(places.length + 1)
  reached[0] = 1
  skipWildcards(places, reached)
  for (let at = 0; at < path.length; at++) {
    const character = path[at]
    const next = new Uint8Array(places.length + 1)
    let isAlive = false
    for (const [index, place] of places.entries()) {
      if (reached[index] !== 1) continue
      if (place === 'text' || (place === 'segment-text' && character !== '/')) next[index] = 1
      else if (place === character) next[index + 1] = 1
      else continue
      isAlive = true
    }
    if (!isAlive) return false
    skipWildcards(places, next)
    reached = next
  }
  return reached[places.length] === 1
}

/** A wildcard may stand for nothing. */
function skipWildcards (places: readonly Place[], reached: Uint8Array): void {
  for (const [index, place] of places.entries()) if (reached[index] === 1 && place.length > 1) reached[index + 1] = 1
}
