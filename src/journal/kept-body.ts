/**
 * Bodies as the journal keeps them: whole by reference when they are small, else a copy of their beginning.
 */

/** The beginning of a body that was longer than is kept. */
export class CutBody {
  readonly text: string
  constructor (text: string) {
    this.text = text
  }
}

/** A text, its bytes, or what is left of them; undefined: there was none, or it can't be kept. */
export type KeptBody = string | Uint8Array | CutBody | undefined

/** The body with no more than about `limit` bytes of it; what it was cut from can be forgotten. */
export function keepBody (body: unknown, limit: number): KeptBody {
  if (body === undefined || body === null) return undefined
  // A slice would keep the whole text alive; a round trip through bytes makes a text of its own.
  if (typeof body === 'string') return body.length <= limit ? body : new CutBody(Buffer.from(body.slice(0, limit)).toString())
  if (body instanceof Uint8Array) return body.length <= limit ? body : new CutBody(textOf(body.subarray(0, limit)))
  // Parsed by an API: how it was written is gone, what it said isn't.
  return isStream(body) ? undefined : keepBody(JSON.stringify(body), limit)
}

/** The body as text of at most `limit` bytes, and whether some is missing. */
export function bodyText (body: KeptBody, limit: number): { readonly text: string | null, readonly isCut: boolean } {
  if (body === undefined) return { text: null, isCut: false }
  const text = body instanceof CutBody ? body.text : typeof body === 'string' ? body : textOf(body)
  if (Buffer.byteLength(text) <= limit) return { text, isCut: body instanceof CutBody }
  return { text: textOf(Buffer.from(text).subarray(0, limit)), isCut: true }
}

/** A character that the end cuts in two is left out. */
function textOf (bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true })
}

function isStream (body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'pipe' in body
}
