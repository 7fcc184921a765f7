/** Seeded damage to JSON documents, one place at a time. */
import { createRandomStream, type RandomStream } from '../../src/ids.js'

type Node = null | boolean | number | string | Node[] | { [key: string]: Node }

/** A value and how to get at it. */
interface Place {
  readonly parent: Node[] | { [key: string]: Node }
  readonly key: string | number
}

/** Whatever a place may hold that it should not, or should hold otherwise. */
const ODD: readonly Node[] = [
  null, true, false, 0, -1, 1, 1.5, -0.5, 1e308, 2 ** 31, 2 ** 53, 4_294_967_296, '', ' ', 'x', '0', '\u0000', '\u2028</script>', '../../etc/passwd', '__proto__', 'constructor', 'toString', '9999-12-31T23:59:59.999Z',
  '0000-01-01T00:00:00Z', '1970-01-01T00:00:00Z', '-1s', '999999999999999d', '1e9', 'NaN', [], {}, [[]], [null], { '': null }, { constructor: 1 }, { length: 3 }, 'k'.repeat(5000),
]

/** Draws damaged copies of the document; the same seed draws the same ones. */
export function damager (text: string, seed: number): () => { readonly damaged: string, readonly what: string } {
  const random = createRandomStream(seed, 'mutations', 'of a document')
  return () => {
    const document: Node = JSON.parse(text)
    // Sometimes two places at once, as they may only matter together.
    const notes = Array.from({ length: random.below(4) === 0 ? 2 : 1 }, () => damage(document, random))
    return { damaged: JSON.stringify(document), what: notes.join(' and ') }
  }
}

function damage (document: Node, random: RandomStream): string {
  const places = placesOf(document)
  const pick = <T>(items: readonly T[]): T => items[random.below(items.length)] as T // as: the lists are not empty
  // A kind of place first: else the long lists would get nearly all the damage.
  const byShape = new Map<string, Array<{ place: Place, path: string }>>()
  for (const entry of places) {
    const shape = entry.path.replace(/\/\d+/g, '/*')
    byShape.set(shape, [...byShape.get(shape) ?? [], entry])
  }
  const { place: { parent, key }, path } = pick(pick([...byShape.values()]))
  const value = Reflect.get(parent, key) as Node // as: it was found there
  const put = (next: Node): void => { Reflect.set(parent, key, next) }
  const how = random.below(8)
  if (how === 0) {
    if (Array.isArray(parent)) parent.splice(Number(key), 1)
    else Reflect.deleteProperty(parent, key)
    return `${path} taken away`
  }
  if (how === 1 && Array.isArray(parent)) {
    parent.push(structuredClone(value))
    return `${path} twice`
  }
  if (how === 2 && !Array.isArray(parent)) {
    const other = pick(['extra', '__proto__', 'constructor', `${String(key)}s`])
    Object.defineProperty(parent, other, { value, enumerable: true, configurable: true, writable: true })
    return `${path} as ${other} too`
  }
  if (how <= 4) {
    const { place: donor, path: from } = pick(places)
    put(structuredClone(Reflect.get(donor.parent, donor.key) as Node)) // as: it was found there
    return `${path} from ${from}`
  }
  if (how === 5 && typeof value === 'number') {
    put(pick([value + 1, value - 1, -value, value * 1000, value + 0.5]))
    return `${path} shifted`
  }
  if (how === 5 && typeof value === 'string') {
    put(pick([value.slice(1), value + value, value.toUpperCase(), value.replace(/\d/, '9'), ` ${value}`]))
    return `${path} respelt`
  }
  const odd = pick(ODD)
  put(structuredClone(odd))
  return `${path} as ${JSON.stringify(odd).slice(0, 40)}`
}

function placesOf (node: Node, path = ''): Array<{ place: Place, path: string }> {
  if (typeof node !== 'object' || node === null) return []
  const keys: ReadonlyArray<string | number> = Array.isArray(node) ? node.map((_, index) => index) : Object.keys(node)
  return keys.flatMap((key) => {
    const below = `${path}/${key}`
    return [{ place: { parent: node, key }, path: below }, ...placesOf(Reflect.get(node, key) as Node, below)] // as: JSON holds nothing else
  })
}
