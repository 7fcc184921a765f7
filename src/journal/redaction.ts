/**
 * Takes credentials out of what is told of an exchange: headers, queries, and texts that may quote either. Pure.
 */

/** What stands in place of a credential. */
export const REDACTED = '***'

const SECRET_HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])

/** Marks a repeated call; no credential, whatever its name ends in. */
const HARMLESS = /^idempotency[-_]?key$/i

const SECRET_NAME = /^(?:key|auth|authorization|sig|signature)$|(?:api|access|auth|account|client|private|secret|session|signing|encryption)[-_.]?key$|(?:token|secret|passw(?:or)?d|credentials?|authorization|signature)$/i

/** True for names of parameters, members and headers whose value is a credential. */
export function isSecretName (name: string): boolean {
  return SECRET_NAME.test(name) && !HARMLESS.test(name)
}

/** The value of a header, as far as it may be told. */
export function redactHeader (name: string, value: string): string {
  return SECRET_HEADERS.has(name) || isSecretName(name) ? REDACTED : redactText(value)
}

/** A query without its credentials; `query` comes without the question mark. */
export function redactQuery (query: string): string {
  return query.split('&').map((pair) => {
    const end = pair.indexOf('=')
    return end >= 0 && isSecretName(decoded(pair.slice(0, end))) ? pair.slice(0, end + 1) + REDACTED : pair
  }).join('&')
}

/** A text without the credentials that it quotes: in URLs, in forms, and in members of JSON, cut off ones included. */
export function redactText (text: string): string {
  return text
    .replace(/(^|[?&])([^=&?#\s"'<>{}]{1,100})=([^&#\s"'<>]+)/g, (pair, before: string, name: string) => isSecretName(decoded(name)) ? `${before}${name}=${REDACTED}` : pair)
    .replace(/"([^"\\]{1,100})"(\s*:\s*)"(?:[^"\\]|\\.)*("|\\?$)/g, (member, name: string, colon: string, end: string) => isSecretName(name) ? `"${name}"${colon}"${REDACTED}${end === '"' ? end : ''}` : member)
}

function decoded (name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '))
  } catch {
    return name
  }
}
