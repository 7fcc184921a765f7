/**
 * Edits of a JSON body at places named by JSON pointers (RFC 6901). What isn't edited keeps its order and its spelling. Pure.
 */
import { ScriptError } from '../simulator/script.js'
import { printJson, scanJson, type JsonNode } from './json-text.js'
import type { EffectJson } from './fault.js'

/** One edit: a value's JSON text to be put there, a removal, or what is there put in the place of the whole body. */
export interface BodyEdit {
  /** The pointer's parts; none for the whole body. */
  readonly tokens: readonly string[]
  /** Undefined: what is there is removed, or lifted. */
  readonly text: string | undefined
  readonly isLift?: true
  /** False: only what is there already is replaced. */
  readonly mayAdd: boolean
}

type BodyJson = NonNullable<EffectJson['body']>

/** Compiles the edits. Throws ScriptError; `path` is where they stand. */
export function parseEdits (json: BodyJson, path: string): BodyEdit[] {
  const seen = new Set<string>()
  const tokensOf = (pointer: string, at: string): string[] => {
    if (seen.has(pointer)) throw new ScriptError(at, `contradicts another edit: expected each pointer once, got ${JSON.stringify(pointer)} again`)
    seen.add(pointer)
    return parsePointer(pointer, at)
  }
  const sets = Object.entries(json.set ?? {}).map(([pointer, value]) => ({ tokens: tokensOf(pointer, `${path}/set/${escaped(pointer)}`), text: JSON.stringify(value), mayAdd: true }))
  const nulls = (json.null ?? []).map((pointer, index) => ({ tokens: tokensOf(pointer, `${path}/null/${index}`), text: 'null', mayAdd: false }))
  const removals = (json.remove ?? []).map((pointer, index) => {
    const at = `${path}/remove/${index}`
    if (pointer === '') throw new ScriptError(at, 'expected a pointer to a part of the body; for a reply without body use empty: true')
    return { tokens: tokensOf(pointer, at), text: undefined, mayAdd: false }
  })
  // Last, because from then on no pointer is right any more.
  const lifts = json.lift === undefined ? [] : [{ tokens: tokensOf(json.lift, `${path}/lift`), text: undefined, mayAdd: false, isLift: true as const }]
  if (seen.size === 0) throw new ScriptError(path, 'expected at least one pointer in set, remove, null or lift')
  return [...sets, ...nulls, ...removals, ...lifts]
}

/** The body as the edits leave it; undefined when it is no JSON. What a pointer doesn't find stays as it is. */
export function editBody (body: string, edits: readonly BodyEdit[]): string | undefined {
  const document = scanJson(body)
  if (document === undefined) return undefined
  let { root } = document
  const removed = new Set<JsonNode>()
  for (const { tokens, text, mayAdd, isLift } of edits) {
    if (isLift === true) {
      root = tokens.reduce<JsonNode | undefined>(childOf, root) ?? root
    } else if (text === undefined) {
      const target = tokens.reduce<JsonNode | undefined>(childOf, root)
      if (target !== undefined) removed.add(target)
    } else if (tokens.length === 0) {
      root = { text }
    } else {
      put(root, tokens, { text }, mayAdd)
    }
  }
  return document.before + printJson(root, removed) + document.after
}

function put (root: JsonNode, tokens: readonly string[], value: JsonNode, mayAdd: boolean): void {
  const parent = tokens.slice(0, -1).reduce<JsonNode | undefined>(childOf, root)
  const last = tokens.at(-1) ?? ''
  if (parent === undefined || 'text' in parent) return
  if ('items' in parent) {
    if (/^(?:0|[1-9]\d*)$/.test(last) && Number(last) < parent.items.length) parent.items[Number(last)] = value
    else if (last === '-' && mayAdd) parent.items.push(value)
    return
  }
  const member = memberOf(parent, last)
  if (member !== undefined) member.value = value
  else if (mayAdd) parent.members.push({ key: last, keyText: JSON.stringify(last), value })
}

function childOf (node: JsonNode | undefined, token: string): JsonNode | undefined {
  if (node === undefined || 'text' in node) return undefined
  if ('items' in node) return /^(?:0|[1-9]\d*)$/.test(token) ? node.items[Number(token)] : undefined
  return memberOf(node, token)?.value
}

function memberOf ({ members }: Extract<JsonNode, { readonly members: unknown }>, key: string) {
  return members.find((member) => member.key === key)
}

function parsePointer (pointer: string, path: string): string[] {
  if (!/^(?:\/(?:[^~/]|~[01])*)*$/.test(pointer)) throw new ScriptError(path, `expected a JSON pointer such as /data/0/status (RFC 6901), got ${JSON.stringify(pointer)}`)
  return pointer.split('/').slice(1).map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function escaped (token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1')
}
