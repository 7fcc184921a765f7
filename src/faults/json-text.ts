/**
 * JSON as a tree of its own spelling: unlike after `JSON.parse`, numbers, escapes and the order of keys are as they were sent. Pure.
 */

/** A value: its text when nothing stands inside it, else what does. */
export type JsonNode =
  | { readonly text: string }
  | { readonly items: JsonNode[] }
  | { readonly members: JsonMember[] }

export interface JsonMember {
  readonly key: string
  /** As spelled. */
  readonly keyText: string
  value: JsonNode
}

export interface JsonDocument {
  readonly root: JsonNode
  /** White space around it. */
  readonly before: string
  readonly after: string
}

const TOKEN = /[[\]{}:,]|"(?:[^"\\]|\\.)*"|[^\s[\]{}:,"]+/gs

/** The tree of a JSON text; undefined when it is none. */
export function scanJson (text: string): JsonDocument | undefined {
  try {
    JSON.parse(text)
  } catch {
    return undefined
  }
  // It parses, so tokens come as they must.
  const tokens = text.matchAll(TOKEN)
  const take = (): string => tokens.next().value?.[0] ?? ''

  function read (token: string): JsonNode {
    if (token === '[') return { items: readItems() }
    return token === '{' ? { members: readMembers() } : { text: token }
  }

  function readItems (): JsonNode[] {
    const items: JsonNode[] = []
    for (let token = take(); token !== ']'; token = take()) if (token !== ',') items.push(read(token))
    return items
  }

  function readMembers (): JsonMember[] {
    const members: JsonMember[] = []
    for (let keyText = take(); keyText !== '}'; keyText = take()) {
      if (keyText === ',') continue
      take()
      members.push({ key: String(JSON.parse(keyText)), keyText, value: read(take()) })
    }
    return members
  }

  return { root: read(take()), before: text.slice(0, text.length - text.trimStart().length), after: text.slice(text.trimEnd().length) }
}

/** The compact text of a tree, without the nodes that are left out. */
export function printJson (node: JsonNode, leftOut: ReadonlySet<JsonNode>): string {
  if ('text' in node) return node.text
  if ('items' in node) return `[${node.items.filter((item) => !leftOut.has(item)).map((item) => printJson(item, leftOut)).join(',')}]`
  const members = node.members.filter(({ value }) => !leftOut.has(value)).map(({ keyText, value }) => `${keyText}:${printJson(value, leftOut)}`)
  return `{${members.join(',')}}`
}
