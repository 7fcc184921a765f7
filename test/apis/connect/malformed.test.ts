/** A thousand malformed requests: each gets the reply of its row in the contract, and none breaks the server. */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { createRandomStream } from '../../../src/ids.js'
import { API_HEADERS, badFirst, BAD_WAIT, connectWorld, KNOWN, NO_CREDENTIAL, ownHeaders, PAGE_HEADERS, UNKNOWN_TASK, UNSUPPORTED } from './connect-world.js'

interface Malformed {
  readonly request: InjectOptions & { readonly url: string }
  readonly status: number
  readonly body: string
}

const random = createRandomStream(1, 'default', 'malformed')

function pick<T> (values: readonly [T, ...T[]]): T {
  return values[random.below(values.length)] ?? values[0]
}

function text (characters: string, maximum: number): string {
  return Array.from({ length: 1 + random.below(maximum) }, () => characters.charAt(random.below(characters.length))).join('')
}

const ROUTES = ['/__api__/v1/tasks/', '/__api__/v1/experimental/tasks/', '/__api__/tasks/'] as const
const NEW_ROUTES = ['/__api__/v1/tasks/', '/__api__/v1/experimental/tasks/'] as const
const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'MKCOL', 'SEARCH', 'LOCK', 'PURGE', 'QUERY'] as const
const TYPES = ['application/json', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', 'nonsense', '', ';', 'a/b; c', 'application/json; charset=utf-99'] as const
const NUMBERS = ['-1', '+1', '1.0', '1e2', '0x1', 'Infinity', 'NaN', '%20', '1%20', '%00', '5%00', '%zz', '1,2', '[]', '{}', '%F0%9F%98%80', '1%0d%0aX:1', '00000000000', '4294967296', 'null', "'1'"] as const
const ID_CHARACTERS = 'abcXYZ019-_.~!$&\'()*+,;=:@'

/** Something that is no number of one to nine digits, at times very long. */
function noNumber (): string {
  const form = random.below(4)
  if (form === 0) return pick(NUMBERS)
  if (form === 1) return '9'.repeat(10 + random.below(8000))
  if (form === 2) return text('abcdefg', 8000)
  return `${random.below(100)}${text('abc.-_', 5)}`
}

/** An id that no task has. */
function strangeId (): string {
  const form = random.below(5)
  if (form === 0) return `-${text(ID_CHARACTERS, 8000)}`
  if (form === 1) return `x${pick(['%00', '%2F', '%2e%2e%2f', '%0d%0a', '%F0%9F%98%80', '%25zz', '%3Cscript%3E'])}${text('abc', 5)}`
  if (form === 2) return text('abcdef0123456789', 15)
  if (form === 3) return pick(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
  return 'A'.repeat(1 + random.below(8000))
}

const KINDS: ReadonlyArray<() => Malformed> = [
  () => ({ request: { url: `${pick(NEW_ROUTES)}eKm0RFxyzIKR3jnI?wait=${noNumber()}`, headers: KNOWN }, status: 400, body: BAD_WAIT }),
  () => ({ request: { url: `${pick(NEW_ROUTES)}eKm0RFxyzIKR3jnI?wait=${21 + random.below(999_999_000)}`, headers: KNOWN }, status: 400, body: BAD_WAIT }),
  () => ({ request: { url: `${pick(NEW_ROUTES)}eKm0RFxyzIKR3jnI?first=${noNumber()}&wait=20`, headers: KNOWN }, status: 400, body: badFirst(1) }),
  () => ({ request: { url: `${pick(NEW_ROUTES)}eKm0RFxyzIKR3jnI?wait=20&first=${2 + random.below(999_999_000)}`, headers: KNOWN }, status: 400, body: badFirst(1) }),
  () => ({ request: { url: `/__api__/tasks/eKm0RFxyzIKR3jnI?first_status=${noNumber()}`, headers: KNOWN }, status: 400, body: badFirst(999_999_999, 'first_status') }),
  () => ({ request: { url: `${pick(NEW_ROUTES)}eKm0RFxyzIKR3jnI?${`wait=${noNumber().slice(0, 20)}&`.repeat(1 + random.below(200))}wait=1`, headers: KNOWN }, status: 400, body: BAD_WAIT }),
  () => ({ request: { url: `${pick(ROUTES)}${strangeId()}`, headers: KNOWN }, status: 404, body: UNKNOWN_TASK }),
  () => ({ request: { url: `${pick(ROUTES)}${pick(['%zz', '%', '%2', '%ff', '%C3x', 'abc%', '%E0%80'])}`, headers: KNOWN, method: pick(['GET', 'HEAD', 'POST', 'DELETE']) }, status: 400, body: '400 Bad Request' }),
  () => ({ request: { url: `${pick(ROUTES)}eKm0RFxyzIKR3jnI?wait=${noNumber()}`, headers: { cookie: 'pollux_node=1', authorization: pick(['Key', 'key x', 'Basic dTpw', `Token ${text('abc', 5000)}`, 'Bearer', 'Key  x']) } }, status: 401, body: NO_CREDENTIAL }),
  () => ({
    request: {
      url: `${pick(ROUTES)}eKm0RFxyzIKR3jnI?wait=${noNumber()}`,
      method: pick(METHODS) as NonNullable<InjectOptions['method']>, // as: inject's type knows fewer methods than Node's parser
      headers: { ...KNOWN, 'content-type': pick(TYPES) },
      payload: text('{}[]":,abc\u0000', 8000),
    },
    status: 404,
    body: UNSUPPORTED,
  }),
  () => ({ request: { url: `/__api__/${text('abcdefxyz/', 40)}/${text(ID_CHARACTERS, 2000)}/`, headers: KNOWN, method: pick(['GET', 'HEAD', 'POST', 'PUT']) }, status: 404, body: '404 page not found' }),
]

function isInDialect (reply: LightMyRequestResponse, { request, status, body }: Malformed): boolean {
  const own = ownHeaders(reply)
  const { 'x-deprecated-endpoint': endpoint, ...rest } = own
  const isPage = !body.startsWith('{')
  const isExperimental = request.url.startsWith('/__api__/v1/experimental/tasks/') && !isPage && body !== UNSUPPORTED
  return reply.statusCode === status &&
    reply.body === (request.method === 'HEAD' ? '' : body) &&
    JSON.stringify(rest) === JSON.stringify(isPage ? PAGE_HEADERS : API_HEADERS) &&
    (isExperimental ? typeof endpoint === 'string' && endpoint.startsWith('/v1/tasks/') : endpoint === undefined)
}

t.test('1,000 malformed requests get 1,000 replies of the contract', async (t) => {
  const world = await connectWorld(t)
  const counts = new Array<number>(KINDS.length).fill(0)
  for (let n = 0; n < 1000; n++) {
    const index = n % KINDS.length
    const malformed = KINDS[index]?.()
    if (malformed === undefined) continue
    const reply = await world.app.inject(malformed.request)
    if (isInDialect(reply, malformed)) counts[index] = (counts[index] ?? 0) + 1
    else t.fail('a reply outside the contract', { request: { ...malformed.request, url: malformed.request.url.slice(0, 200) }, expected: malformed.status, status: reply.statusCode, headers: reply.headers, body: reply.body.slice(0, 300) })
  }
  t.equal(counts.reduce((sum, count) => sum + count, 0), 1000)
  t.equal(world.sandbox.simulator.heldPollCount, 0, 'none of them waits')
  t.equal((await world.get('/__api__/v1/tasks/eKm0RFxyzIKR3jnI')).statusCode, 200, 'and the server goes on')
})
