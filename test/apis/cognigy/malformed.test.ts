/** A thousand malformed requests: each is refused as this vendor refuses, or is one that the contract tolerates. */
import { METHODS } from 'node:http'
import t from 'tap'
import { createRandomStream } from '../../../src/ids.js'
import { ERROR_HEADERS, cognigyWorld, KEY, ownHeaders } from './support.js'

const random = createRandomStream(1, 'test', 'malformed requests')
function pick<T> (values: readonly T[]): T {
  const value = values[random.below(values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}
const ID = '333333333333333333333333'
const BYTES = Array.from({ length: 256 }, (_, byte) => `%${byte.toString(16).padStart(2, '0')}`)
// Well-formed UTF-8 only: what is not is its own kind. No spaces and dots: inject would take them for parts of the URL's form.
const PIECES = ['a', 'Z', '0', '-', '_', '~', '!', '$', '\'', '(', ')', '*', ',', ';', ':', '@', '"', '<', '>', '[', ']', '{', '|', '^', '`', '%20', '%00', '%0d%0a', '%2F', '%25', '%3f', '%23', '%c3%a9', '%e2%82%ac', '%f0%9f%98%80', '__proto__'] as const
const text = (length: number): string => Array.from({ length }, () => pick(PIECES)).join('')
/** Characters as the server counts them. */
const lengthOf = (encoded: string): number => decodeURIComponent(encoded).length
const prefix = (): string => pick(['/v2.0', '/new/v2.0', '/cognigy/v2.0', '/cognigy/new/v2.0', '/sandbox/default/v2.0', '/cognigy/New/V2.0'])
const spelling = (): string => pick(['', '%205', '5%20', '+5', '%2B5', '1.0', '1e1', '0x10', '5%00', '%D9%A3', 'Infinity', 'NaN', '--1', '1,2', '[5]', 'null', 'true', `${'9'.repeat(3000)}x`, text(20) + 'x'])

interface Malformed { readonly request: { readonly method?: string, readonly url: string, readonly headers?: Readonly<Record<string, string>>, readonly payload?: string | Buffer }, readonly statuses: readonly number[] }

const GET_METHODS = ['GET', 'HEAD', 'OPTIONS', 'CONNECT', 'QUERY']
const OTHERS = METHODS.filter((method) => !GET_METHODS.includes(method))

const kinds: Record<string, () => Malformed> = {
  'an id of another length': () => {
    const id = text(pick([1, 2, 23, 40, 500, 900]))
    return { request: { url: `${prefix()}/tasks/${id}` }, statuses: lengthOf(id) === 24 ? [404] : [400] }
  },
  'a huge id': () => ({ request: { url: `${prefix()}/tasks/${'x'.repeat(4097 + random.below(4000))}` }, statuses: [400] }),
  'an id of 24 strange characters': () => ({ request: { url: `${prefix()}/tasks/${Array.from({ length: 24 }, () => pick(['%00', '%0a', '%22', '%3c', '%25', '%2F', '%c3%a9', '\'', '$'])).join('')}` }, statuses: [404] }),
  'an undecodable path': () => ({ request: { url: `${prefix()}/tasks/${pick(['%zz', '%', '%f', '%ff', '%c3', '%e2%82', '%c0%80', '%ed%a0%80'])}${text(random.below(5)).replaceAll(/%../g, '')}` }, statuses: [400] }),
  'any byte in the path': () => ({ request: { url: `${prefix()}/tasks/${'a'.repeat(23)}${pick(BYTES)}` }, statuses: [400, 404] }),
  'a limit that is no integer': () => ({ request: { url: `${prefix()}/tasks?limit=${spelling()}` }, statuses: [400] }),
  'a skip that is no integer': () => ({ request: { url: `${prefix()}/tasks?skip=${spelling()}` }, statuses: [400] }),
  'a repeated number': () => ({ request: { url: `${prefix()}/tasks?${pick(['limit', 'skip'])}=1&limit=2&skip=3&${pick(['limit', 'skip[]', 'limit[]'])}=4&skip=1` }, statuses: [400] }),
  'a cursor that is none': () => ({ request: { url: `${prefix()}/tasks?${pick(['next', 'previous'])}=${pick(['', 'x', 'a'.repeat(24), '0'.repeat(8000), '%00'.repeat(24), text(10)])}` }, statuses: [400] }),
  'a project that is none': () => ({ request: { url: `${prefix()}/tasks?projectId=${pick(['', 'x', '0'.repeat(8000), `${ID},${ID}`])}` }, statuses: [400] }),
  'an unknown field': () => ({ request: { url: `${prefix()}/tasks?${pick(['__proto__', 'constructor', 'offset', 'page', 'name.x', 'Data.x', 'toString', '%00', '%22', '[]', '.', 'a'.repeat(7000)])}=${text(3).replaceAll(/[;#&]/g, '')}` }, statuses: [400] }),
  'a strange filter': () => ({ request: { url: `${prefix()}/tasks?${pick(['filter', 'name', 'status', 'data.a', 'data.__proto__', 'data..', 'createdAt', 'sort'])}=${pick(['[1,', '[,]', '[9999999999999999999999,1]', '%zz', '%00', ',,,,', '[', '.*', '('.repeat(3000), text(50).replaceAll(/[;#&]/g, '')])}` }, statuses: [200] }),
  'another method on tasks': () => ({ request: { method: pick(OTHERS), url: pick([`${prefix()}/tasks`, `${prefix()}/tasks/${ID}`]) }, statuses: [405] }),
  'another method on cancel': () => ({ request: { method: pick(['GET', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND']), url: `${prefix()}/tasks/${pick([ID, 'x', '%00'])}/${pick(['cancel', 'CANCEL', 'c%61ncel'])}` }, statuses: [405] }),
  'an unknown path': () => ({ request: { method: pick(['GET', 'POST', 'DELETE', 'PROPFIND']), url: `${prefix()}/${pick(['task', 'tasks/a/b', 'tasks/a/cancel/b', 'snapshot', '*', 'tasks%2Fa', text(8).replaceAll(/[?#;]/g, '') + 'x', 'x/'.repeat(2000)])}` }, statuses: [404] }),
  'a wrong content type with a wrong body': () => ({
    request: {
      method: 'POST',
      url: `${prefix()}/tasks/${pick(['short', 'a'.repeat(24)])}/cancel`,
      headers: { 'content-type': pick(['', ';', 'json', 'application/json', 'multipart/form-data', 'text/plain; charset=', 'application/json; charset=utf-99', 'a/b/c', '\u00e9/x']) },
      payload: pick(['{', '', '\u0000', '[[[[', 'a'.repeat(8192), '{"__proto__":1}']),
    },
    statuses: [400, 404],
  }),
  'no credential': () => ({ request: { method: pick(['GET', 'POST', 'DELETE', 'PROPFIND']), url: `${prefix()}/${pick(['tasks', `tasks/${ID}`, 'x', 'tasks?api_key=', 'tasks?api_key[]=x'])}`, headers: pick<Record<string, string>>([{ 'x-api-key': '' }, { authorization: 'Basic eDp5' }, { authorization: 'Bearer' }, { authorization: 'x'.repeat(8000), 'x-api-key': '' }]) }, statuses: [401] }),
  'an Accept that is none': () => ({ request: { url: `${prefix()}/tasks/${'a'.repeat(24)}`, headers: { accept: pick([';', ',,,', '/', 'a/', '/b', '*/*;q=', '*/*;q=x', '"', '"'.repeat(8000), ';q=0'.repeat(2000), 'text/xml;'.repeat(900), '\u00e9']) } }, statuses: [404] }),
  'a huge body': () => ({ request: { method: pick(['POST', 'PUT', 'DELETE']), url: `${prefix()}/tasks/${ID}/cancel`, payload: Buffer.alloc(1_048_577) }, statuses: [413] }),
  'another letter case and another fault': () => ({ request: { method: pick(['POST', 'PROPFIND', 'PUT']), url: `/cognigy/${pick(['V2.0', 'NEW/v2.0'])}/${pick(['Tasks', 'TASKS'])}${pick(['', `/${ID}`, `/%00${text(9)}`])}` }, statuses: [405] }),
}

const PER_KIND = 50
t.equal(Object.keys(kinds).length * PER_KIND, 1000)

const SHAPE = /^\{"type":"about:blank","title":"[A-Z][A-Za-z ]+","detail":"(?:[^"\\]|\\.)+","instance":"\/(?:[^"\\]|\\.)*","status":(\d{3}),"traceId":"api--[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","code":(\d{3,4}),"details":\{\}\}$/
const CODES: Record<number, number> = { 400: 400, 401: 401, 404: 1002, 405: 1013, 413: 413 }

for (const [kind, make] of Object.entries(kinds)) {
  t.test(kind, async (t) => {
    const { app } = await cognigyWorld(t)
    const faults: unknown[] = []
    for (let n = 0; n < PER_KIND; n++) {
      const { request, statuses } = make()
      // Inject sends any method; its type knows the common ones.
      const method = (request.method ?? 'GET') as 'GET'
      const reply = await app.inject({ ...request, method, headers: kind === 'no credential' ? { ...request.headers } : { ...KEY, ...request.headers } })
      const { statusCode: status, body } = reply
      const { allow, ...headers } = ownHeaders(reply.headers)
      const [, bodyStatus, code] = SHAPE.exec(body) ?? []
      const isInDialect = status === 200
        ? headers['content-type'] === 'application/hal+json; charset=utf-8' && 'total' in JSON.parse(body)
        : Number(bodyStatus) === status && Number(code) === CODES[status] && JSON.stringify(headers) === JSON.stringify(ERROR_HEADERS) && (allow !== undefined) === (status === 405) && JSON.parse(body).status === status
      if (!statuses.includes(status) || !isInDialect) faults.push({ request, statuses, status, headers, body: body.slice(0, 300) })
    }
    t.same(faults, [])
  })
}
