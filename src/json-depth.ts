/**
 * How deep a JSON text nests and how much it holds: what everything that walks through a body can be spared. Pure.
 */

const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c

/** True when brackets outside texts nest deeper, or when there are more values than this; found without building anything. */
export function isBeyond (json: Uint8Array, deepest: number, mostValues = Infinity): boolean {
  let depth = 0
  let values = 1
  let isText = false
  for (let i = 0; i < json.length; i++) {
    const byte = json[i] ?? 0
    if (isText) {
      if (byte === BACKSLASH) i++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) {
      isText = true
    } else if (byte === COMMA) {
      if (++values > mostValues) return true
    } else if ((byte | 0x20) === 0x7b) {
      // `[` and `{` differ in one bit, and so do their counterparts.
      if (++depth > deepest) return true
    } else if ((byte | 0x20) === 0x7d) {
      depth--
    }
  }
  return false
}
