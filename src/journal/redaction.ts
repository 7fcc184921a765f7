/**
 * Takes credentials out of what is told of an exchange: paths, queries, headers, bodies, and texts that quote any of them. Pure.
 */

/** What stands in place of a credential. */
export const REDACTED = '***'

const SECRET_HEADERS = new Set(['cookie', 'set-cookie'])

/** Marks a repeated call; no credential, whatever its name ends in. */
const HARMLESS = /^idempotency[-_]?key$/i

const SECRET_NAME = /^(?:key|auth|sig|pwd)$|(?:api|access|auth|account|client|private|secret|session|signing|encryption)[-_.]?keys?$|(?:tokens?|secrets?|passw(?:or)?ds?|passw(?:or)?d[-_]?hash|passphrase|credentials?|authorization|signature)$/i

/** Credentials that tell of themselves, wherever they stand: keys of Svix and its kin, JSON web tokens, and what follows a scheme. */
const SPEAKING: ReadonlyArray<readonly [RegExp, string]> = [
  [/(?<![A-Za-z0-9])((?:test|app|integ)?sk)_[\w.-]+/g, `$1_${REDACTED}`],
  [/(?<![A-Za-z0-9])whsec_[\w+/=]+/g, `whsec_${REDACTED}`],
  [/(?<![A-Za-z0-9])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, REDACTED],
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
  return SPEAKING.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), path)
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
  const plain = redactMembers(text)
    .replace(/(^|[?&])([^=&?#\s"'<>{}]{1,100})=([^&#\s"'<>]+)/g, (pair, before: string, name: string) => isSecretName(decoded(name)) ? `${before}${name}=${REDACTED}` : pair)
    .replace(/<([\w.:-]{1,100})>([^<]+)/g, (element, name: string) => isSecretName(name) ? `<${name}>${REDACTED}` : element)
    .replace(/(name="([^"\r\n]{1,100})"[^\r\n]{0,1000}\r\n(?:[^\r\n]{1,1000}\r\n){0,8}\r\n)([^\r\n]+)/g, (part, head: string, name: string) => isSecretName(name) ? head + REDACTED : part)
    .replace(LOGIN, `$1${REDACTED}@`)
  return redactPath(plain)
}

/** Members of JSON, whose values may be texts, numbers, lists or objects; what breaks off is a member too. */
function redactMembers (text: string): string {
  const member = /"([^"\\]{1,100})"\s{0,8}:\s{0,8}/g
  let told = ''
  let from = 0
  for (let found = member.exec(text); found !== null; found = member.exec(text)) {
    if (!isSecretName(found[1] ?? '')) continue
    const end = valueEnd(text, member.lastIndex)
    const value = text.slice(member.lastIndex, end)
    // What is no credential tells that there is none.
    if (value !== '""' && value !== 'null' && value !== 'true' && value !== 'false') {
      told += `${text.slice(from, member.lastIndex)}"${REDACTED}${/^"(?:[^"\\]|\\.)*\\?$/s.test(value) ? '' : '"'}`
      from = end
    }
    member.lastIndex = Math.max(end, member.lastIndex)
  }
  return told + text.slice(from)
}

/** Where the value ends that begins at `start`; the end of the text when it breaks off. */
function valueEnd (text: string, start: number): number {
  const token = /"(?:[^"\\]|\\.)*(?:"|\\$)?|[[{]|[\]}]|,/gs
  token.lastIndex = start
  let depth = 0
  for (let found = token.exec(text); found !== null; found = token.exec(text)) {
    const [piece] = found
    if (piece === '[' || piece === '{') depth++
    else if (depth === 0 && (piece === ',' || piece === ']' || piece === '}')) return found.index
    else if (piece === ']' || piece === '}') depth--
    if (depth === 0 && piece !== ',') return token.lastIndex
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
