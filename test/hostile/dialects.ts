/** Whose words a reply must be in, told from the contracts and not from the code. */
import type { RawReply } from './raw.js'

export const OWNERS = ['connect', 'svix', 'cognigy', 'cloudcoin', 'control', 'nobody'] as const
export type Owner = typeof OWNERS[number]

const APIS: readonly Owner[] = ['connect', 'svix', 'cognigy', 'cloudcoin']

/** Paths by owner, as the contracts list them; the first that begins the path decides. */
const PREFIXES: ReadonlyArray<readonly [prefix: string, owner: Owner]> = [
  ['/_pollux', 'control'],
  ...APIS.map((api) => [`/${api}`, api] as const),
  ['/__api__', 'connect'], ['/__ping__', 'connect'], ['/content', 'connect'],
  ['/new', 'cognigy'], ['/v2.0', 'cognigy'], ['/auth/oauth2', 'cognigy'], ['/openapi/openapi-viewer.json', 'cognigy'],
  ['/api/v1/background-task', 'svix'], ['/api/v1/app', 'svix'], ['/api/v1/stats', 'svix'], ['/api/v1/msg', 'svix'], ['/api/v1/event-type', 'svix'],
  ['/api/v1', 'cloudcoin'],
]

/** The owner of a request target. */
export function ownerOf (target: string): Owner {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '').replace(/^\/*/, '/').replace(/\/{2,}/g, '/').replace(/^\/sandbox\/[A-Za-z0-9][A-Za-z0-9_-]{0,62}(?=\/|$)/, '')
  return PREFIXES.find(([prefix]) => path === prefix || path.startsWith(`${prefix}/`))?.[1] ?? 'nobody'
}

/** The owner of a request by its first line: the API of a native listener owns all but the control plane, and what names no sandbox where one is to be named. */
export function ownerOfRequest (bytes: Buffer, listener: Owner | undefined): Owner {
  const target = /^[A-Z-]{1,32} +([^\s]{1,8192})/.exec(bytes.toString('latin1', 0, 8300))?.[1]
  if (target === undefined) return listener ?? 'nobody'
  const owner = ownerOf(target)
  return owner === 'control' || /^(?:https?:\/\/[^/?#]*)?\/*sandbox(?!\/+[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?(?:[/?#]|$))\//i.test(target) ? (owner === 'control' ? owner : 'nobody') : listener ?? owner
}

const COGNIGY_KEYS = 'type,title,detail,instance,status,traceId,code,details'

/** What is wrong with an error reply in this dialect; undefined when nothing is. */
const FLAW_OF: Record<Owner, (reply: RawReply, json: Readonly<Record<string, unknown>> | undefined) => string | undefined> = {
  connect: ({ status, headers: { 'content-type': type }, body }, json) => {
    if (type === 'text/plain; charset=utf-8') return body === '404 page not found' || body.startsWith(`${status} `) ? undefined : 'text that no web server says'
    if (type === 'text/html; charset=utf-8') return body.startsWith('<!DOCTYPE html>') ? undefined : 'a page that is none'
    if (type !== 'application/json; charset=utf-8') return 'content type'
    return body === '{}' || (keysOf(json) === 'code,error,payload' && Number.isInteger(json?.['code']) && typeof json?.['error'] === 'string') ? undefined : 'shape'
  },
  svix: ({ status, headers: { 'content-type': type } }, json) => {
    if (type !== 'application/json') return 'content type'
    if (status === 422) return keysOf(json) === 'detail' && Array.isArray(json?.['detail']) && json['detail'].every((item: object) => keysOf(item) === 'loc,msg,type') ? undefined : 'shape'
    return keysOf(json) === 'code,detail' && typeof json?.['code'] === 'string' && typeof json['detail'] === 'string' ? undefined : 'shape'
  },
  cognigy: ({ status, headers: { 'content-type': type } }, json) => {
    if (type !== 'application/json; charset=utf-8') return 'content type'
    if (keysOf(json) === 'error,error_description') return undefined
    return keysOf(json) === COGNIGY_KEYS && json?.['status'] === status && Number.isInteger(json['code']) ? undefined : 'shape'
  },
  cloudcoin: ({ status, headers: { 'content-type': type }, body }) => {
    if (status === 405) return type === 'application/json' && body === '' ? undefined : 'body or type of a 405'
    return type === 'text/plain; charset=utf-8' && body.startsWith(`${status} `) ? undefined : 'shape'
  },
  control: problemFlaw,
  nobody: problemFlaw,
}

function problemFlaw ({ status, headers: { 'content-type': type } }: RawReply, json: Readonly<Record<string, unknown>> | undefined): string | undefined {
  if (type !== 'application/problem+json; charset=utf-8') return 'content type'
  return json?.['type'] === 'about:blank' && json['status'] === status && typeof json['title'] === 'string' && typeof json['detail'] === 'string' ? undefined : 'shape'
}

/** Why an error reply is not in the words of its path's owner; undefined when it is. The body of a reply to HEAD is not looked for. */
export function dialectFlaw (owner: Owner, reply: RawReply, isHead = false): string | undefined {
  if (isHead && reply.body === '') return undefined
  return FLAW_OF[owner](reply, jsonOf(reply.body))
}

function jsonOf (text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? Object.fromEntries(Object.entries(value)) : undefined
  } catch {
    return undefined
  }
}

function keysOf (value: object | undefined): string {
  return Object.keys(value ?? {}).join(',')
}
