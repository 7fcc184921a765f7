/** A thousand seeded malformed requests: none ends in a 5xx, and every reply speaks this vendor's dialect. */
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { createRandomStream, type RandomStream } from '../../../src/ids.js'
import { ask, CORS, JSON_REPLY, LIST, METHOD_NOT_ALLOWED, NOT_FOUND, RECOVER_ID, svixWorld, UNAUTHENTICATED, type Wire } from './support.js'

const REQUESTS = 1000

/** A request and the statuses it may have. */
interface Malformed {
  readonly request: InjectOptions
  readonly statuses: readonly number[]
}

const BAD_ENCODINGS = ['%zz', '%', '%c3%28', '%ff', '%E0%A4%A', '%u0041']
const ODD_TEXTS = ['%00', '%0d%0a', '%20', '..%2f..%2f', '%2F', '%3F', '%23', '%25', '%F0%9F%90%B8', '__proto__', 'constructor', 'null', "';--", '<script>', '{}', '*', '%e2%80%ae', 'qtask_']
const BAD_NUMBERS = ['', '0', '-0', '-1', '+5', '1.0', '1e1', '0x10', '%205', '5%00', 'Infinity', 'NaN', '251', '18446744073709551616', '99999999999999999999', '%D9%A3', 'true', '[]', '%zz', '1,2']
const BAD_ITERATORS = ['', '-', '--qtask_', 'app_33qen93MNuelBAq1T9G7eHLJRsF', 'qtask_', 'qtask_zzzzzzzzzzzzzzzzzzzzzzzzzzz', '-qtask_aWgEPTl1tmebfsQzFP4bxwgy80W', 'qtask_33qen93MNuelBAq1T9G7eHLJRs%00', '%00', '%ff']
const BAD_MEMBERS = ['', 'up', 'ASCENDING', 'running%00', '0', 'endpoint.rewind', '%zz', '__proto__', 'toString', '`']
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE', 'LOCK', 'SEARCH'] as const
const CONTENT_TYPES = ['', ';', 'application/json', 'application/json; charset=x', 'text/plain', 'multipart/form-data', 'application/x-www-form-urlencoded', 'a/b/c', '\t', 'application/json, text/plain']
const BODIES = ['', '{', 'null', '[[[[', '{"__proto__":1}', '\u0000', 'a=b', '{"since":"never"}']

function pick<T> (random: RandomStream, values: readonly T[]): T {
  const value = values[random.below(values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

/** Up to 8 KB of one text. */
function huge (random: RandomStream): string {
  return 'a'.repeat(250 + random.below(7700))
}

function badId (random: RandomStream): Malformed {
  return { request: { url: `${LIST}/${pick(random, ['', 'x', RECOVER_ID])}${pick(random, ODD_TEXTS)}${pick(random, ['', '/'])}` }, statuses: [404] }
}

function badEncoding (random: RandomStream): Malformed {
  return { request: { url: `${pick(random, [LIST, '/svix', '/svix/api'])}/${pick(random, ['', 'x', RECOVER_ID])}${pick(random, BAD_ENCODINGS)}${pick(random, ['', '/', '?limit=1'])}` }, statuses: [400] }
}

function hugeId (random: RandomStream): Malformed {
  return { request: { url: `${LIST}/${huge(random)}` }, statuses: [404] }
}

function badQuery (random: RandomStream): Malformed {
  const [name, values] = pick(random, [['limit', [...BAD_NUMBERS, huge(random)]], ['iterator', [...BAD_ITERATORS, huge(random)]], ['order', BAD_MEMBERS], ['status', BAD_MEMBERS], ['task', [...BAD_MEMBERS, huge(random)]]] as const)
  return { request: { url: `${LIST}${pick(random, ['', '/'])}?${pick(random, ['', 'x=1&', '&&'])}${name}=${pick(random, values)}` }, statuses: [422] }
}

function repeated (random: RandomStream): Malformed {
  const name = pick(random, ['limit', 'iterator', 'order', 'status', 'task'])
  return { request: { url: `${LIST}?${Array.from({ length: 2 + random.below(50) }, () => `${name}=${pick(random, ['1', '', '%zz', RECOVER_ID])}`).join('&')}` }, statuses: [422] }
}

function wrongMethod (random: RandomStream): Malformed {
  return {
    request: {
      // The types name only what Fastify routes by itself.
      method: pick(random, METHODS) as 'POST',
      url: `${LIST}${pick(random, ['', '/', `/${RECOVER_ID}`, '/x', '?limit=0'])}`,
      headers: { 'content-type': pick(random, CONTENT_TYPES), 'content-encoding': pick(random, ['gzip', 'identity', 'x']) },
      payload: pick(random, [...BODIES, huge(random)]),
    },
    statuses: [405],
  }
}

function wrongPath (random: RandomStream): Malformed {
  return {
    request: { method: pick(random, ['GET', ...METHODS]) as 'POST', url: `/svix/${pick(random, ['nowhere', 'api/v1', 'api/v1/background-tasks', `api/v1/background-task/x/${RECOVER_ID}`, huge(random)])}`, headers: { 'content-type': pick(random, CONTENT_TYPES) } },
    statuses: [404],
  }
}

function oddHeaders (random: RandomStream): Malformed {
  return {
    request: { url: `${LIST}/${pick(random, ['x', 'qtask_'])}`, headers: { accept: pick(random, ['', 'text/html', ';;q=2']), authorization: pick(random, ['', 'Bearer', 'Basic', huge(random)]), 'content-type': pick(random, CONTENT_TYPES), 'idempotency-key': huge(random) } },
    statuses: [404],
  }
}

/** Starting calls with a body, and where their bodies may go wrong. */
const STARTING = ['/api/v1/app/a/endpoint/e/recover', '/api/v1/app/a/endpoint/e/replay-missing', '/api/v1/app/a/endpoint/e/bulk-replay', '/api/v1/stats/usage/app', '/api/v1/msg/broadcast']
const BAD_BODIES = ['', '{', 'null', '[[[[', '[]', '{"__proto__":1}', '\u0000', 'a=b', '"x"', '{"since":"never"}', '{"since":null}', '{"since":{}}', '{"since":"2026-11-15T00:00:00"}', '{"eventType":5}', '{"payload":[]}', '{"eventType":"e","payload":null}', '{"until":1e400}', '[['.repeat(50_000)]

function badBody (random: RandomStream): Malformed {
  return {
    request: { method: 'POST', url: `${pick(random, STARTING)}${pick(random, ['', '/', '?x=%zz'])}`, headers: { 'content-type': pick(random, CONTENT_TYPES), 'content-encoding': pick(random, ['gzip', 'identity', 'x']), 'idempotency-key': pick(random, ['', 'auto_1', huge(random)]) }, payload: pick(random, [...BAD_BODIES, huge(random)]) },
    statuses: [422],
  }
}

function badApplication (random: RandomStream): Malformed {
  const id = pick(random, ['%00', '%20', '%2F', '%3F', '%F0%9F%90%B8', '%2e%2e%2f', '{}', '*', "'", 'a:b', huge(random).padEnd(257, 'a')])
  return { request: { method: pick(random, ['GET', 'POST']), url: `/api/v1/app/${id}${pick(random, ['', '/endpoint/e', '/endpoint/e/recover', '/msg/expunge-all-contents'])}`, payload: pick(random, BODIES) }, statuses: [404, 405] }
}

function wrongMethodOfStart (random: RandomStream): Malformed {
  return { request: { method: pick(random, ['GET', 'PATCH', 'DELETE', 'PUT']), url: `${pick(random, STARTING)}${pick(random, ['', '/'])}`, headers: { 'content-type': pick(random, CONTENT_TYPES) }, payload: pick(random, BODIES) }, statuses: [405] }
}

const KINDS = [badId, badEncoding, hugeId, badQuery, badQuery, repeated, wrongMethod, wrongPath, oddHeaders, badBody, badBody, badApplication, wrongMethodOfStart]

/** Why the reply isn't one that this vendor would give; undefined when it is. */
function foreign ({ status, headers, body }: Wire): string | undefined {
  const { 'content-length': length, ...named } = headers
  if (length !== String(Buffer.byteLength(body))) return `content-length ${String(length)} for ${Buffer.byteLength(body)} bytes`
  const { allow, ...rest } = named
  if ((status === 405) !== (allow === 'GET,HEAD' || allow === 'POST')) return `allow ${String(allow)}`
  if (JSON.stringify(rest) !== JSON.stringify(JSON_REPLY)) return `headers ${JSON.stringify(rest)}`
  const fixed: Record<number, string> = { 400: '{"code":"generic_error","detail":"Invalid URL"}', 401: UNAUTHENTICATED, 404: NOT_FOUND, 405: METHOD_NOT_ALLOWED }
  if (status in fixed) return body === fixed[status] ? undefined : `body ${body}`
  const { detail, ...more }: { detail: Array<Record<string, unknown>> } = JSON.parse(body)
  if (Object.keys(more).length > 0 || detail.length === 0) return `body ${body}`
  const isItem = (item: Record<string, unknown>): boolean => Object.keys(item).join() === 'loc,msg,type' && Array.isArray(item['loc']) && (item['loc'][0] === 'query' || item['loc'][0] === 'body') && typeof item['msg'] === 'string' && typeof item['type'] === 'string'
  return detail.every(isItem) ? undefined : `body ${body}`
}

t.test(`${REQUESTS} malformed requests are answered in Svix's words`, async (t) => {
  const world = await svixWorld(t)
  const random = createRandomStream(1, 'test', 'svix malformed')
  const seen = new Map<number, number>()
  for (let n = 0; n < REQUESTS; n++) {
    const { request, statuses } = pick(random, KINDS)(random)
    const wire = await ask(world, request)
    seen.set(wire.status, (seen.get(wire.status) ?? 0) + 1)
    const complaint = statuses.includes(wire.status) ? foreign(wire) : `status ${wire.status} instead of ${statuses.join(' or ')}`
    if (complaint !== undefined) t.fail(`${complaint} to ${JSON.stringify(request).slice(0, 300)}`)
  }
  t.strictSame([...seen.keys()].sort(), [400, 404, 405, 422], 'every kind of refusal was met')
})

t.test('the same requests without a credential are refused for what comes first', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  const random = createRandomStream(1, 'test', 'svix malformed')
  for (let n = 0; n < REQUESTS; n++) {
    const { request } = pick(random, KINDS)(random)
    const wire = await ask(world, request)
    const complaint = [400, 401, 404, 405].includes(wire.status) ? foreign(wire) : `status ${wire.status}`
    if (complaint !== undefined) t.fail(`${complaint} to ${JSON.stringify(request).slice(0, 300)}`)
  }
  t.pass('all were')
})

t.test('the same requests under the hosted profile never end in a 5xx', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted', tokens: 'none' })
  const random = createRandomStream(1, 'test', 'svix malformed')
  for (let n = 0; n < REQUESTS; n++) {
    const { request } = pick(random, KINDS)(random)
    const { status, headers, body } = await ask(world, request)
    const { 'content-length': length, allow, ...rest } = headers
    const isBodiless = body === ''
    const complaint = status < 400 || status >= 500
      ? `status ${status}`
      : JSON.stringify(rest) !== JSON.stringify(isBodiless ? CORS : JSON_REPLY)
        ? `headers ${JSON.stringify(headers)}`
        : isBodiless && ![404, 405].includes(status) ? `no body with ${status}` : undefined
    if (complaint !== undefined || length !== String(Buffer.byteLength(body)) || (allow !== undefined && status !== 405)) t.fail(`${complaint} to ${JSON.stringify(request).slice(0, 300)}`)
  }
  t.pass('none did')
})
