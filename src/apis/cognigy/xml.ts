/**
 * JSON values as XML 1.0 (cognigy contract, 5.2.5). Loaded when somebody asks for XML.
 */
import Builder from 'fast-xml-builder'
import type { Json } from '../../simulator/script.js'

/** The builder's ordered form: an element with its children under its name, or a text; attributes under `:@`. */
type XmlNode = Readonly<Record<string, unknown>>

/** Names that the fourth and the fifth edition of XML 1.0 both allow, as parsers follow either, and without a colon, which would be a namespace. */
const NAME = /^[A-Za-z_À-ÖØ-öø-ÿ][\w.\-·À-ÖØ-öø-ÿ]*$/

/** Everything but what XML 1.0 calls a character; with `u` a lone surrogate counts as one of its own. */
const ILLEGAL_CHARACTERS = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const builder = new Builder({
  preserveOrder: true,
  ignoreAttributes: false,
  suppressEmptyNode: true,
  // Any depth: what is too deep has been refused on its way in.
  maxNestedTags: 0,
  // The builder's own entities would cover the apostrophe too.
  processEntities: false,
  tagValueProcessor: (_name, value) => escapeText(String(value)),
  attributeValueProcessor: (_name, value) => escapeText(String(value)),
})

/** A document with this root element. */
export function toXml (root: string, value: Json): string {
  return builder.build([{ '?xml': [], ':@': { '@_version': '1.0', '@_encoding': 'UTF-8' } }, element(root, value)])
}

function element (key: string, value: Json): XmlNode {
  return NAME.test(key) ? { [key]: content(value) } : { entry: content(value), ':@': { '@_key': key } }
}

function content (value: Json): XmlNode[] {
  if (value === null) return []
  if (typeof value !== 'object') return [{ '#text': String(value) }]
  if (Array.isArray(value)) return value.map((item) => element('item', item))
  return Object.entries(value).map(([key, item]) => element(key, item))
}

function escapeText (text: string): string {
  return text.replaceAll(ILLEGAL_CHARACTERS, '').replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? '')
}
