/**
 * The texts by which clients name things and ask for scenarios. Pure.
 */
import type { Content } from './content.js'

/** A scenario that a text asks for, as `scenario:<name>`. */
const ASKED_FOR = /(?:^|(?<=[^\w-]))scenario:[A-Za-z0-9][\w.-]*/

/** The text without the scenario that it asks for. */
export function withoutScenario (text: string): string {
  return text.replace(ASKED_FOR, '').trim()
}

/** True for a name by the vendor's rules; `scenario:<name>` is let through though they forbid the colon (contract 6). */
export function isContentName (name: string): boolean {
  return /^[A-Za-z0-9_-]{3,64}$/.test(name) || (ASKED_FOR.test(name) && /^[A-Za-z0-9_-]{0,64}$/.test(withoutScenario(name)))
}

/** What content says of itself in free text: by it tests know its tasks, and it may ask for a scenario. */
export function labelOf ({ name, settings: { title, description } }: Content): string {
  return [...new Set([title, name, description])].filter((text) => text !== undefined && text !== null && text !== '').join(' ')
}
