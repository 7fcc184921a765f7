/**
 * How much structure a JSON text has: what everything that walks through a body can be spared. Pure.
 */
import type { JsonLimits } from './limits.js'

/** A body has more structure than is taken. Vendors tell it as any request that is wrong. */
export class ExcessiveJson extends Error {
  override readonly name = 'ExcessiveJson'
  readonly statusCode = 400
}

/** For Fastify, a parser that takes bodies as bytes, whatever their type, but none that holds more JSON than allowed. */
export function bytesWithin (limits: JsonLimits): (request: unknown, bytes: Buffer, done: (error: Error | null, body?: Buffer) => void) => void {
  return (_request, bytes, done) => {
    // All that counts is ASCII, and other bytes are taken for none of it.
    const excess = excessOf(bytes.toString('latin1'), limits)
    if (excess === undefined) done(null, bytes)
    else done(new ExcessiveJson(`too many ${excess === 'depth' ? 'levels' : 'keys'}`))
  }
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** What the text has more of than allowed: levels, or keys in all its objects together; found without building anything. Undefined: nothing. */
export function excessOf (json: string, { depth, keys }: JsonLimits): keyof JsonLimits | undefined {
  let depthNow = 0
  let keyCount = 0
  for (let at = 0; at < json.length; at++) {
    switch (json.charCodeAt(at)) {
      case QUOTE:
        at = endOfText(json, at)
        break
      case OPEN_BRACKET:
      case OPEN_BRACE:
        if (++depthNow > depth) return 'depth'
        break
      case CLOSE_BRACKET:
      case CLOSE_BRACE:
        depthNow--
        break
      case COLON:
        if (++keyCount > keys) return 'keys'
        break
    }
  }
  return undefined
}

/** Where the quote is that ends the text begun by the one at `start`; the length when there is none. */
function endOfText (json: string, start: number): number {
  let at = start + 1
  while (at < json.length && json.charCodeAt(at) !== QUOTE) at += json.charCodeAt(at) === BACKSLASH ? 2 : 1
  return at
}

/** True when the text holds more values than this, as far as commas tell; found without building anything. */
export function holdsMoreValues (json: Uint8Array, most: number): boolean {
  let values = 1
  let isText = false
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (isText) {
      if (byte === BACKSLASH) at++
      else if (byte === QUOTE) isText = false
    } else if (byte === QUOTE) {
      isText = true
    } else if (byte === COMMA && ++values > most) {
      return true
    }
  }
  return false
}
