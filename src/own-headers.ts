/**
 * What Pollux tells browsers of its own replies; what vendors' replies tell is the vendors' business.
 */

/** Headers of every reply that Pollux gives in its own name: no page may show, embed, guess at or keep it. */
export const OWN_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
}
