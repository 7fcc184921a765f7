/**
 * Takes credentials out of what is told of an exchange: paths, queries, headers, bodies, and texts that quote any of them. Pure.
 */

/** What stands in place of a credential. */
export const REDACTED = '***'

const SECRET_HEADERS = new Set(['cookie', 'set-cookie'])

/** Marks a repeated call; no credential, whatever its name ends in. */
const HARMLESS = /^idempotency[-_]?key$/i

const SECRET_NAME = /^(?:key|auth|sig|pwd|p?ans)$|(?:api|access|auth|account|client|private|secret|session|signing|encryption)[-_.]?keys?$|(?:tokens?|secrets?|passw(?:or)?ds?|passw(?:or)?d[-_]?hash|passphrase|credentials?|authorization|signature)$/i

/** Credentials that tell of themselves, wherever they stand: keys of Svix and its kin, JSON web tokens, and what follows a scheme. */
const SPEAKING: ReadonlyArray<readonly [RegExp, string]> = [
  [/(?<![A-Za-z0-9])((?:test|app|integ)?sk)_[\w.-]+/g, `$1_${REDACTED}`],
  [/(?<![A-Za-z0-9])whsec_[\w+/=]+/g, `whsec_${REDACTED}`],
  [/\b(authorization["']?\s{0,8}[:=]\s{0,8}["']?(?:(?:bearer|basic|key)\s{1,8})?|bearer\s{1,8})[\w.~+/=-]{4,}/gi, `$1${REDACTED}`],
]

/** The login in a URL: `https://ada:secret@git.example.com`. */
const LOGIN = /(:\/\/)[^/\s"'<>@?#]{1,1000}@/g

/** True for names of parameters, members and headers whose value is a credential. */
export function isSecretName (name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS.test(name)
}

/** The value of a header, as far as it may be told. */
export function redactHeader (name: string, value: string): string {
  return SECRET_HEADERS.has(name) || isSecretName(name) ? REDACTED : redactText(value)
}

/** A path, or the id that stands in one, without what tells of itself that it is a credential. */
export function redactPath (path: string): string {
  return SPEAKING.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), path).replace(/[\w.-]+/g, redactWebToken)
}

/** A word without the JSON web token that it is, or ends in: three parts in Base64, the first an object. */
function redactWebToken (word: string): string {
  const at = word.search(/(?<![A-Za-z0-9])eyJ/)
  const [head = '', body = '', signature] = at < 0 ? [] : word.slice(at).split('.', 3)
  return head.length > 10 && body !== '' && signature !== undefined ? word.slice(0, at) + REDACTED : word
}

/** A query without its credentials; `query` comes without the question mark. */
export function redactQuery (query: string): string {
  return query.split('&').map((pair) => {
    const end = pair.indexOf('=')
    if (end < 0) return redactPath(pair)
    const value = decoded(pair.slice(end + 1))
    // What has to be decoded to be found can't be taken out of the middle.
    return isSecretName(decoded(pair.slice(0, end))) || redactText(value) !== value ? pair.slice(0, end + 1) + REDACTED : pair
  }).join('&')
}

/** A text without the credentials that it quotes: in URLs, in forms, and in members of JSON and XML, cut off ones included. */
export function redactText (text: string): string {
  const plain = redactParts(redactMembers(text))
    .replace(/(^|[?&"'])([^=&?#\s"'<>{}]{1,100})=([^&#\s"'<>]+)/g, (pair, before: string, name: string) => isSecretName(decoded(name)) ? `${before}${name}=${REDACTED}` : pair)
    .replace(/<([\w.:-]{1,100})>([^<]+)/g, (element, name: string) => isSecretName(name) ? `<${name}>${REDACTED}` : element)
    .replace(LOGIN, `$1${REDACTED}@`)
  return redactPath(plain)
}

/** Names are no longer than this, and the heads of parts. */
const LONGEST_NAME = 100
const LONGEST_HEAD = 9000
const MOST_ESCAPES = 63

/** Parts of a form, whose value follows a head that names it. */
function redactParts (text: string): string {
  let told = ''
  let from = 0
  for (let at = text.indexOf('name="'); at >= 0; at = text.indexOf('name="', at + 1)) {
    const head = text.slice(at, at + LONGEST_HEAD)
    const name = head.slice('name="'.length, head.indexOf('"', 'name="'.length))
    const headEnd = head.indexOf('\r\n\r\n')
    if (name.length > LONGEST_NAME || headEnd < 0 || !isSecretName(name)) continue
    const start = at + headEnd + 4
    const end = text.indexOf('\r\n', start)
    told += text.slice(from, start) + REDACTED
    from = end < 0 ? text.length : end
    at = from
  }
  return told + text.slice(from)
}

/** Members of JSON, whose values may be texts, numbers, lists or objects, and of JSON that stands in a text of JSON; what breaks off is a member too. */
function redactMembers (text: string): string {
  let told = ''
  let from = 0
  for (let colon = text.indexOf(':'); colon >= 0; colon = text.indexOf(':', Math.max(colon + 1, from))) {
    const member = colon < from ? undefined : memberBefore(text, colon)
    if (member === undefined || !isSecretName(member.name)) continue
    const { quote } = member
    const start = afterBlanks(text, colon + 1)
    const end = valueEnd(text, start, quote.length - 1)
    const value = text.slice(start, end)
    // What is no credential tells that there is none.
    if (value === quote + quote || value === 'null' || value === 'true' || value === 'false') {
      told += text.slice(from, end)
    } else {
      const isCut = value.startsWith(quote) && (value.length < 2 * quote.length || text[end - 1] !== '"' || !isQuote(text, end - 1, quote.length - 1))
      told += `${text.slice(from, start)}${quote}${REDACTED}${isCut ? '' : quote}`
    }
    from = end
  }
  return told + text.slice(from)
}

/** What stands in quotes in front of the colon, and how those are written: behind backslashes where the JSON stands in a text. Looked for from behind, which takes few steps wherever it is. */
function memberBefore (text: string, colon: number): { readonly name: string, readonly quote: string } | undefined {
  let end = colon - 1
  while (colon - end < 9 && isBlank(text, end)) end--
  if (text[end] !== '"') return undefined
  const escapes = escapesBefore(text, end)
  const nameEnd = end - escapes
  for (let start = nameEnd - 1; start >= 0 && nameEnd - start <= LONGEST_NAME + 1 && text[start] !== '\\'; start--) {
    if (text[start] === '"') return { name: text.slice(start + 1, nameEnd), quote: '\\'.repeat(escapes) + '"' }
  }
  return undefined
}

/** How many backslashes stand in front; of a text in a text in a text it is seven, more are not counted. */
function escapesBefore (text: string, at: number): number {
  let count = 0
  while (count < MOST_ESCAPES && text[at - 1 - count] === '\\') count++
  return count
}

/** True for a quote that ends or begins a text whose quotes have so many backslashes: within it the backslashes of an escaped one are more, and one that is escaped itself comes doubled. */
function isQuote (text: string, at: number, escapes: number): boolean {
  const more = escapesBefore(text, at) - escapes
  return more >= 0 && more % (2 * (escapes + 1)) === 0
}

function afterBlanks (text: string, from: number): number {
  let at = from
  while (at - from < 8 && isBlank(text, at)) at++
  return at
}

function isBlank (text: string, at: number): boolean {
  return ' \t\r\n'.includes(text[at] ?? 'x')
}

/** Where the value ends that begins at `start`, its quotes having so many backslashes; the end of the text when it breaks off. */
function valueEnd (text: string, start: number, escapes: number): number {
  const token = /["[\]{},]/g
  token.lastIndex = start
  let depth = 0
  let isInText = false
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const { 0: piece, index } = found
    if (piece === '"') {
      // The end of the text that the JSON stands in.
      if (escapesBefore(text, index) < escapes) return index
      if (isQuote(text, index, escapes)) isInText = !isInText
      if (!isInText && depth === 0) return index + 1
    } else if (isInText) {
      continue
    } else if (piece === '[' || piece === '{') {
      depth++
    } else if (depth === 0) {
      return index
    } else if (piece !== ',' && --depth === 0) {
      return index + 1
    }
  }
  return text.length
}

function decoded (name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
