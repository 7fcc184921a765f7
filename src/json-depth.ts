/**
 * How deep a JSON text nests: what everything that walks through a body can be spared. Pure.
 */

/** True when brackets outside texts nest deeper; found without building anything. */
export function isDeeper (json: string, deepest: number): boolean {
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"?|[[{]|[\]}]/gs)) {
    if (token === '[' || token === '{') depth++
    else if (token === ']' || token === '}') depth--
    if (depth > deepest) return true
  }
  return false
}
