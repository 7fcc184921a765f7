/**
 * Which of the five media types a request gets (cognigy contract, 5.2).
 */
import Negotiator from 'negotiator'
import { CORS_ORIGIN } from './errors.js'

/** The media types of tasks. */
export const MEDIA = ['application/hal+json', 'application/json', 'application/xml', 'text/xml', 'text/csv'] as const
export type Medium = typeof MEDIA[number]

/** What a request without a usable Accept gets, as the option has it. */
export type DefaultMedia = 'hal' | 'json'

/** What the default is decides which JSON a wildcard means; `text/*` means XML before CSV. */
const OFFERS: Record<DefaultMedia, readonly [Medium, ...Medium[]]> = {
  hal: ['application/hal+json', 'application/json', 'application/xml', 'text/xml', 'text/csv'],
  json: ['application/json', 'application/hal+json', 'application/xml', 'text/xml', 'text/csv'],
}

/** Headers of a body in each medium. */
export const MEDIA_HEADERS: Record<Medium, Readonly<Record<string, string>>> = {
  'application/hal+json': headersOf('application/hal+json'),
  'application/json': headersOf('application/json'),
  'application/xml': headersOf('application/xml'),
  'text/xml': headersOf('text/xml'),
  'text/csv': headersOf('text/csv'),
}

/** Pollers repeat one header for ever, so a choice is made once per text; strangers' texts don't fill the memory. */
const CHOICES: Record<DefaultMedia, Map<string, Medium>> = { hal: new Map(), json: new Map() }
const MAX_CHOICES = 256
const MAX_REMEMBERED_LENGTH = 256

/** The medium for this Accept header. Nothing acceptable is the default too: the vendor never answers 406. */
export function chooseMedium (accept: string | undefined, defaultMedia: DefaultMedia): Medium {
  if (accept === undefined) return OFFERS[defaultMedia][0]
  const choices = CHOICES[defaultMedia]
  const known = choices.get(accept)
  if (known !== undefined) return known
  const medium = negotiate(accept, OFFERS[defaultMedia])
  if (accept.length <= MAX_REMEMBERED_LENGTH) {
    if (choices.size >= MAX_CHOICES) choices.clear()
    choices.set(accept, medium)
  }
  return medium
}

function negotiate (accept: string, offers: readonly [Medium, ...Medium[]]): Medium {
  // `application/json; charset=utf-8` asks for JSON: only q says anything about a choice between these five.
  const ranges = accept.replaceAll(/"[^"]*"/g, '').replaceAll(/;(?!\s*q\s*=)[^;,]*/gi, '')
  const chosen = new Negotiator({ headers: { accept: ranges } }).mediaType(offers)
  return offers.find((offer) => offer === chosen) ?? offers[0]
}

function headersOf (medium: Medium): Readonly<Record<string, string>> {
  return { 'content-type': `${medium}; charset=utf-8`, vary: 'Accept', ...CORS_ORIGIN }
}
