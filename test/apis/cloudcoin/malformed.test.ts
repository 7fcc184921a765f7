import { METHODS } from 'node:http'
import t, { type Test } from 'tap'
import { createRandomStream, type RandomStream } from '../../../src/ids.js'
import { DEFAULT_LIMITS } from '../../../src/limits.js'
import { cloudcoinWorld, send, type Reply, type SocketRequest } from './wire.js'

const ID = 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71'
const SENDABLE = METHODS.filter((method) => method !== 'CONNECT')
const CODES: Readonly<Record<number, string>> = {
  4105: 'Task does not exist', 4121: 'Validation error. Id: must be a valid UUID v4.', 4154: 'Service Not Found. Invalid URL',
}

function pick<T> (random: RandomStream, choices: readonly T[]): T {
  const chosen = choices[random.below(choices.length)]
  if (chosen === undefined) throw new RangeError('nothing to choose from')
  return chosen
}

/** Text of printable ASCII characters that may stand in a request target. */
function noise (random: RandomStream, length: number): string {
  return Array.from({ length }, () => pick(random, [...'abcABC0189-._~!$&\'()*+,;=:@%/"<>[]{}|^`\\'])).join('')
}

function malformedId (random: RandomStream): string {
  return pick<() => string>(random, [
    () => '',
    () => noise(random, 1 + random.below(60)),
    () => 'a'.repeat(1 + random.below(7500)),
    () => '9'.repeat(1 + random.below(400)),
    () => pick(random, ['%zz', '%', '%0', '%c3', '%ff', '%ed%a0%80', '%00', '%0d%0a', '%2f', '%2F..%2F', '%25', '%23', '%3f', '..', '.', '%2e%2e', '-1', '0', '1e309', 'NaN', 'null', 'true', '__proto__', 'constructor', 'toString', '{id}', ':id', '*']),
    () => `${ID}${pick(random, ['0', '-', '%00', '%20', '\'', ';x', ',', '/', '//', '/..', '%0a', '#x', '?x', '?x=%zz', '?id=1&id=2'])}`,
    () => ID.slice(0, random.below(36)),
    () => ID.toUpperCase().replaceAll('-', pick(random, ['', '--', '_', '%2d'])),
    () => Array.from({ length: 31 + random.below(3) }, () => pick(random, [...'0123456789abcdef'])).join(''),
  ])()
}

function malformedRequest (random: RandomStream): SocketRequest {
  const mount = pick(random, ['', '/cloudcoin', '/sandbox/a', '/sandbox/a/cloudcoin', '//cloudcoin'])
  const path = pick<() => string>(random, [
    () => `/api/v1/task/${malformedId(random)}`,
    () => `/api/v1/tasks/${malformedId(random)}`,
    () => `/api/v1/tasks/${malformedId(random)}/${malformedId(random)}`,
    () => `/api/v1/${noise(random, random.below(40))}`,
    () => `/api/v1${'/'.repeat(random.below(5))}`,
  ])()
  const method = random.below(3) === 0 ? pick(random, SENDABLE) : 'GET'
  const headers: Record<string, string | string[]> = {}
  if (random.below(3) === 0) headers['content-type'] = pick(random, ['', 'x', ';', 'application/json', 'application/json; charset=nope', 'text/xml', 'multipart/form-data', 'a/b/c', 'x'.repeat(4000)])
  if (random.below(4) === 0) headers['origin'] = pick(random, ['', 'null', 'x', 'http://a.example', '<script>', 'o'.repeat(8000)])
  if (random.below(5) === 0) headers['access-control-request-method'] = pick(random, ['GET', '', 'NOPE'])
  if (random.below(5) === 0) headers['accept'] = pick(random, ['', 'text/html', '*/*;q=0', ';;;'])
  if (random.below(5) === 0) headers['x-noise'] = [noise(random, 20), 'x'.repeat(random.below(8000))]
  if (random.below(6) === 0) headers['content-encoding'] = pick(random, ['gzip', 'nope'])
  const body = random.below(3) === 0 ? pick(random, ['', '{', '[]', 'null', '{"id":1', '\u0000', 'x'.repeat(8192), '{"__proto__":{}}', '['.repeat(5000)]) : undefined
  return { method, path: mount + path, headers, ...(body === undefined ? {} : { body }) }
}

/** Fails unless the reply is one that this vendor sends: in status, headers and body. */
function assertDialect (t: Test, { method = 'GET', headers = {}, path }: SocketRequest, reply: Reply): string {
  const name = `${method} ${path.slice(0, 80)}`
  const { status, body } = reply
  const { 'access-control-allow-origin': allowed, 'access-control-allow-headers': allowedHeaders, ...own } = reply.headers
  const origin = headers['origin'] === '' ? undefined : headers['origin']
  if (own['access-control-allow-methods'] !== undefined) {
    t.strictSame([status, own, body, method], [200, { 'access-control-allow-methods': 'GET,HEAD,POST,PUT,DELETE', 'content-length': '0' }, '', 'OPTIONS'], name)
    t.strictSame([allowed, allowedHeaders], [origin, 'Content-Type,Accept'], name)
    return 'preflight'
  }
  if (allowedHeaders === undefined) t.equal(allowed, origin, name)
  else t.strictSame([status, allowed, allowedHeaders], [200, '*', 'Content-Type'], name)
  if (status === 400) {
    t.strictSame([own, body], [{ 'content-type': 'text/plain; charset=utf-8', 'content-length': '15' }, method === 'HEAD' ? '' : '400 Bad Request'], name)
    return '400'
  }
  if (status === 414) {
    t.ok(path.length > DEFAULT_LIMITS.connections.urlLength, `${name}: only for a URL beyond the limit`)
    t.strictSame([own, body], [{ 'content-type': 'text/plain; charset=utf-8', 'content-length': '16' }, method === 'HEAD' ? '' : '414 URI Too Long'], name)
    return '414'
  }
  if (status === 405 || status === 301) {
    const { location, ...rest } = own
    t.strictSame([rest, body], [{ 'content-type': 'application/json', 'content-length': '0' }, ''], name)
    t.equal(typeof location, status === 301 ? 'string' : 'undefined', name)
    if (status === 301) t.notMatch(String(location).replace(/[?#].*/, ''), '//', name)
    return String(status)
  }
  t.equal(status, 200, name)
  t.equal(own['content-type'], 'application/json', name)
  if (method === 'HEAD') return 'HEAD'
  t.strictSame(own, { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }, name)
  t.ok(body.endsWith('}\n') && body.indexOf('\n') === body.length - 1, `${name}: one newline, at the end`)
  const { payload, ...envelope } = JSON.parse(body)
  if (envelope.status === 'success') {
    t.ok(Object.keys(payload).length === 0 || payload.id === ID, `${name}: the probe, or the task that was meant`)
    return Object.keys(payload).length === 0 ? 'probe' : 'task'
  }
  t.strictSame([envelope, payload], [{ status: 'error' }, { code: payload.code, message: CODES[payload.code], details: null }], name)
  t.equal(allowedHeaders !== undefined, payload.code === 4154, `${name}: only what is not there is open to all`)
  return String(payload.code)
}

t.test('1,000 malformed requests are all answered in this vendor\'s dialect', async (t) => {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  const random = createRandomStream(1, '', 'malformed requests')
  const outcomes = new Map<string, number>()
  for (let n = 0; n < 1000; n++) {
    const request = malformedRequest(random)
    const outcome = assertDialect(t, request, await send(n % 2 === 0 ? url : listeners['cloudcoin'] ?? '', request))
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  for (const outcome of ['4105', '4121', '4154', '400', '405', '301', 'task']) t.ok((outcomes.get(outcome) ?? 0) >= 5, `${outcome} came up ${outcomes.get(outcome) ?? 0} times`)
})
