/** Malformed requests: some fifty kinds, drawn from a seed, and mutated byte by byte. */
import { gzipSync } from 'node:zlib'
import type { RandomStream } from '../../src/ids.js'

/** One kind of mistake: the bytes of a request that makes it. */
export interface Kind {
  readonly name: string
  readonly make: (random: RandomStream) => string | Buffer
}

/** Requests that would be fine, as method, target, headers and body: what the mistakes are made in. */
const SOUND: ReadonlyArray<readonly [method: string, target: string, headers: string, body: string]> = [
  ['GET', '/__api__/v1/tasks/PolluxNeverEnds0?first=0&wait=1', 'Authorization: Key k', ''],
  ['GET', '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc', 'Authorization: Key k', ''],
  ['GET', '/__api__/tasks/eKm0RFxyzIKR3jnI?first_status=1', 'Authorization: Key k', ''],
  ['POST', '/__api__/v1/content', 'Authorization: Key k', '{"name":"a","title":7}'],
  ['POST', '/__api__/v1/content/00000000-0000-4000-8000-000000000000/bundles', 'Authorization: Key k\r\nContent-Type: application/gzip', 'abc'],
  ['GET', '/api/v1/background-task?limit=5&order=ascending&iterator=qtask_33qen93MNuelBAq1T9G7eHLJRsF', '', ''],
  ['GET', '/api/v1/background-task/qtask_33qen93MNuelBAq1T9G7eHLJRsF/', '', ''],
  ['POST', '/api/v1/app/a/endpoint/b/recover', 'Content-Type: application/json\r\nIdempotency-Key: k', '{"since":"2026-11-22"}'],
  ['POST', '/api/v1/stats/usage/app', '', '{"since":1,"until":null}'],
  ['GET', '/new/v2.0/tasks?limit=5&skip=1&status[]=queued&sort=createdAt:desc', 'X-API-Key: k\r\nAccept: application/xml;q=0.9, text/csv', ''],
  ['GET', '/v2.0/tasks/65004d5c0000000000000001', 'X-API-Key: k', ''],
  ['POST', '/v2.0/snapshots', 'X-API-Key: k', '{"projectId":"61f25579055c2f43c249a181","name":"a/b"}'],
  ['POST', '/v2.0/packages/upload', 'X-API-Key: k\r\nContent-Type: multipart/form-data; boundary=b', '--b\r\nContent-Disposition: form-data; name="projectId"\r\n\r\nx\r\n--b--\r\n'],
  ['POST', '/auth/oauth2/token', 'Content-Type: application/x-www-form-urlencoded', 'grant_type=nothing'],
  ['GET', '/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', '', ''],
  ['POST', '/api/v1/transfer', '', '{"srcname":"Default","dstname":"","amount":"1"}'],
  ['PUT', '/api/v1/wallets/Default', '', '{"new_name":""}'],
  ['GET', '/_pollux/journal?limit=5&since=1', '', ''],
  ['POST', '/_pollux/tasks', 'Content-Type: application/json', '{"api":"connect","kind":7}'],
  ['POST', '/_pollux/faults', 'Content-Type: application/json', '{"effect":{"status":9}}'],
  ['PUT', '/_pollux/scenarios/x', 'Content-Type: application/json', '{"script":{"steps":[]}}'],
  ['POST', '/_pollux/clock/advance', 'Content-Type: application/json', '{"by":"never"}'],
  ['GET', '/nowhere', '', ''],
  ['GET', '/sandbox/a/api/v1/background-task', '', ''],
]

export const NUMBERS = ['', '-1', '+1', '1.0', '1e1', '0x10', '%205', '5%20', '5%00', 'Infinity', '-Infinity', 'NaN', '1e309', '99999999999999999999', '-0', '%D9%A3', '1_0', '1,5', 'true', 'null'] as const
const BYTES = ['%zz', '%', '%c3%28', '%ff', '%E0%A4%A', '%u0041', '%00', '%0d%0aX:%20y', '%2e%2e%2f', '\\..\\..', '\xff\xfe', '\xc3\xa9', '"', '<script>', '{}', '|', '^', '`'] as const
export const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__defineGetter__', 'valueOf'] as const

function pick<T> (random: RandomStream, values: readonly T[]): T {
  const value = values[random.below(values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

interface Parts { method: string, target: string, version: string, host: string, headers: string, body: string }

/** A sound request with something else in some places. */
function request (random: RandomStream, change: (parts: Parts) => Partial<Parts> & { readonly length?: string }): string {
  const [method, target, headers, body] = pick(random, SOUND)
  const parts: Parts = { method, target, version: 'HTTP/1.1', host: 'Host: localhost', headers, body }
  const { length, ...changes } = change(parts)
  const made = { ...parts, ...changes }
  const lines = [made.host, made.headers, length ?? (made.body === '' ? '' : `Content-Length: ${Buffer.byteLength(made.body, 'latin1')}`), 'Connection: close'].filter((line) => line !== '')
  return `${made.method} ${made.target} ${made.version}\r\n${lines.join('\r\n')}\r\n\r\n${made.body}`
}

function withQuery (target: string, query: string): string {
  return `${target}${target.includes('?') ? '&' : '?'}${query}`
}

function chunked (random: RandomStream, body: string): string {
  return request(random, () => ({ method: 'POST', length: 'Transfer-Encoding: chunked', body }))
}

const json = (random: RandomStream, body: string): string => request(random, ({ headers }) => ({ method: pick(random, ['POST', 'POST', 'PUT', 'PATCH']), headers: headers.includes('Content-Type') ? headers : `${headers}${headers === '' ? '' : '\r\n'}Content-Type: application/json`, body }))

export const KINDS: readonly Kind[] = [
  // The request line
  { name: 'nothing', make: () => '\r\n\r\n' },
  { name: 'random bytes', make: (random) => Buffer.from(Array.from({ length: 1 + random.below(200) }, () => random.below(256))) },
  { name: 'a TLS hello', make: () => Buffer.from('16030100c8010000c40303', 'hex') },
  { name: 'lower-case method', make: (random) => request(random, ({ method }) => ({ method: method.toLowerCase() })) },
  { name: 'unknown method', make: (random) => request(random, () => ({ method: pick(random, ['FOO', 'GETT', 'PROPFIND', 'TRACE', 'X'.repeat(40), 'BREW']) })) },
  { name: 'no version', make: (random) => request(random, () => ({ version: '' })) },
  { name: 'bad version', make: (random) => request(random, () => ({ version: pick(random, ['HTTP/1.2', 'HTTP/9.9', 'HTTP/0.9', 'HTTP/1.1.1', 'HTTP/11', 'http/1.1', 'HTTP /1.1', 'ICE/1.0', 'RTSP/1.0']) })) },
  { name: 'HTTP/2', make: () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' },
  { name: 'blanks in the line', make: (random) => request(random, ({ target }) => ({ target: pick(random, [` ${target}`, `${target} `, `\t${target}`, `${target} x`]) })) },
  { name: 'no slash', make: (random) => request(random, () => ({ target: pick(random, ['x', '?x', '#', '..', '@', 'a:b', '//', '*']) })) },
  { name: 'absolute form', make: (random) => request(random, ({ target }) => ({ target: pick(random, ['http://', 'HTTP://x', 'https://a.localhost', 'ftp://x', 'http://[::1', 'http://u:p@x', 'file://']) + target })) },
  { name: 'asterisk', make: (random) => request(random, () => ({ method: 'OPTIONS', target: '*' })) },
  { name: 'CONNECT', make: (random) => request(random, () => ({ method: 'CONNECT', target: pick(random, ['x:443', '/', '*', 'x']) })) },
  { name: 'a long target', make: (random) => request(random, ({ target }) => ({ target: target + 'a'.repeat(random.below(20_000)) })) },
  { name: 'undecodable target', make: (random) => request(random, ({ target }) => ({ target: target.replace(/[^/?]*$/, (last) => last + pick(random, BYTES)) })) },
  { name: 'undecodable segment', make: (random) => request(random, ({ target }) => ({ target: target.replace(/\/([^/?]*)/, (segment) => `${segment}${pick(random, BYTES)}/`) })) },
  { name: 'NUL in target', make: (random) => request(random, ({ target }) => ({ target: `${target}\0x` })) },
  { name: 'a fragment', make: (random) => request(random, ({ target }) => ({ target: `${target}#${pick(random, BYTES)}` })) },
  { name: 'dots and slashes', make: (random) => request(random, ({ target }) => ({ target: pick(random, ['/..', '//', '/./', '/%2e%2e', '///', '/sandbox/', '/sandbox/a/sandbox/b', '/sandbox/%00']) + target })) },
  // Headers
  { name: 'no Host', make: (random) => request(random, () => ({ host: '' })) },
  { name: 'two Hosts', make: (random) => request(random, () => ({ host: 'Host: a\r\nHost: b' })) },
  { name: 'a bad Host', make: (random) => request(random, () => ({ host: `Host: ${pick(random, ['a b', 'a/b', '[', 'a:b:c', '\xff', 'a@b', 'x'.repeat(5000), '"', '::1'])}` })) },
  { name: 'blank before colon', make: (random) => request(random, () => ({ host: 'Host : localhost' })) },
  { name: 'no colon', make: (random) => request(random, () => ({ host: 'Host: localhost\r\nNonsense' })) },
  { name: 'no name', make: (random) => request(random, () => ({ host: 'Host: localhost\r\n: x' })) },
  { name: 'a name that is none', make: (random) => request(random, () => ({ host: `Host: localhost\r\n${pick(random, ['a b', 'a\0b', 'ä', '(x)', 'a\tb', '"a"'])}: x` })) },
  { name: 'control characters in a value', make: (random) => request(random, () => ({ host: `Host: localhost\r\nX: a${pick(random, ['\0', '\x01', '\x7f', '\r', '\n', '\x0b'])}b` })) },
  { name: 'folding', make: (random) => request(random, () => ({ host: 'Host: localhost\r\nX: a\r\n b' })) },
  { name: 'bare line feeds', make: (random) => request(random, () => ({})).replaceAll('\r\n', '\n') },
  { name: 'large headers', make: (random) => request(random, () => ({ host: `Host: localhost\r\nX: ${'y'.repeat(10_000 + random.below(20_000))}` })) },
  { name: 'many headers', make: (random) => request(random, () => ({ host: `Host: localhost${'\r\nX: y'.repeat(1000 + random.below(2000))}` })) },
  { name: 'an expectation', make: (random) => request(random, () => ({ host: `Host: localhost\r\nExpect: ${pick(random, ['200-ok', '', '100-continue, x', 'x'])}` })) },
  { name: 'an upgrade', make: (random) => request(random, () => ({ host: 'Host: localhost\r\nConnection: upgrade\r\nUpgrade: websocket' })) },
  { name: 'a bad content type', make: (random) => request(random, () => ({ method: 'POST', headers: `Content-Type: ${pick(random, ['', ';', 'x', 'a/b/c', '\xff', 'application/json; charset=\xff', 'multipart/form-data', 'multipart/form-data; boundary=', `multipart/form-data; boundary=${'x'.repeat(5000)}`, 'text/plain'])}`, body: '{}' })) },
  { name: 'a content coding', make: (random) => request(random, ({ headers }) => ({ method: 'POST', headers: `${headers === '' ? '' : `${headers}\r\n`}Content-Encoding: ${pick(random, ['gzip', 'br', 'x', ''])}`, body: random.below(2) === 0 ? '{}' : gzipSync('{}').toString('latin1') })) },
  { name: 'a bad Accept', make: (random) => request(random, ({ headers }) => ({ headers: `${headers === '' ? '' : `${headers}\r\n`}Accept: ${pick(random, ['', ';', '*', '*/*;q=x', '/', 'a/b;q=9', ',,,', '"', 'text/csv;q=0', 'application/xml;x="', '*/xml'])}` })) },
  { name: 'a bad credential', make: (random) => request(random, () => ({ headers: `${pick(random, ['Authorization', 'X-API-Key', 'X-RSC-Authorization', 'X-Auth-Token', 'Cookie'])}: ${pick(random, ['', 'Key', 'Key ', 'key k', 'Bearer', 'Basic x', '\xff', '"', 'Bearer a b', ';;;=', '\t'])}` })) },
  { name: 'a bad origin', make: (random) => request(random, ({ headers }) => ({ method: pick(random, ['GET', 'OPTIONS', 'POST']), headers: `${headers === '' ? '' : `${headers}\r\n`}Origin: ${pick(random, ['null', 'x', 'http://evil.example', '\xff', ''])}\r\nAccess-Control-Request-Method: ${pick(random, ['GET', '', '\xff'])}\r\nAccess-Control-Request-Headers: ${pick(random, ['x', '\xff,', ''])}` })) },
  // Framing
  { name: 'a bad length', make: (random) => request(random, () => ({ method: 'POST', length: `Content-Length: ${pick(random, ['-1', '+2', '0x2', '2 2', '2,2', '', 'x', '99999999999999999999', '1e1', '2.0'])}`, body: '{}' })) },
  { name: 'two lengths', make: (random) => request(random, () => ({ method: 'POST', length: `Content-Length: 2\r\nContent-Length: ${pick(random, ['2', '3'])}`, body: '{}' })) },
  { name: 'length and coding', make: (random) => request(random, () => ({ method: 'POST', length: 'Content-Length: 2\r\nTransfer-Encoding: chunked', body: '0\r\n\r\n' })) },
  { name: 'a foreign coding', make: (random) => request(random, () => ({ method: 'POST', length: `Transfer-Encoding: ${pick(random, ['xchunked', 'gzip', 'chunked, identity', 'chunked chunked', '\x0bchunked', '', 'identity'])}`, body: '0\r\n\r\n' })) },
  { name: 'a bad chunk size', make: (random) => chunked(random, `${pick(random, ['-1', '0x2', 'g', '', ' 2', '2 ', 'ffffffffffffffffff', '2;\n', '2;a="'])}\r\n{}\r\n0\r\n\r\n`) },
  { name: 'a chunk too long', make: (random) => chunked(random, '1\r\n{}\r\n0\r\n\r\n') },
  { name: 'bad trailers', make: (random) => chunked(random, `2\r\n{}\r\n0\r\n${pick(random, ['X', 'X : y', 'Content-Length: 9', '\0: x'])}\r\n\r\n`) },
  { name: 'a short body', make: (random) => request(random, () => ({ method: 'POST', length: 'Content-Length: 100', body: '{}' })) },
  {
    name: 'a truncated head',
    make: (random) => {
      const whole = request(random, () => ({}))
      return whole.slice(0, 1 + random.below(whole.indexOf('\r\n\r\n')))
    }
  },
  { name: 'rubbish behind', make: (random) => `${request(random, () => ({})).replace('Connection: close\r\n', '')}\0\x01rubbish` },
  { name: 'a body where none belongs', make: (random) => request(random, () => ({ method: pick(random, ['GET', 'HEAD', 'DELETE', 'OPTIONS']), body: 'x=y' })) },
  // Meaning
  { name: 'a bad number', make: (random) => request(random, ({ target }) => ({ target: withQuery(target.replace(/\?.*/, ''), `${pick(random, ['first', 'wait', 'first_status', 'limit', 'skip', 'count', 'timeout', 'after', 'since', 'createdAt'])}=${pick(random, NUMBERS)}`) })) },
  { name: 'a repeated parameter', make: (random) => request(random, ({ target }) => ({ target: withQuery(target, Array.from({ length: 2 + random.below(300) }, () => `${pick(random, ['limit', 'wait', 'first', 'status', 'iterator', 'filter', 'api_key'])}=${pick(random, NUMBERS)}`).join('&')) })) },
  { name: 'a prototype\'s name', make: (random) => request(random, ({ target }) => ({ target: random.below(2) === 0 ? target.replace(/[^/]*$/, pick(random, NAMES)) : withQuery(target, `${pick(random, NAMES)}=1&data.${pick(random, NAMES)}=2&sort=${pick(random, NAMES)}`) })) },
  { name: 'a wrong method', make: (random) => request(random, () => ({ method: pick(random, ['POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'LOCK', 'SEARCH']), body: '' })) },
  { name: 'no JSON', make: (random) => json(random, pick(random, ['{', '[', '"', 'nul', '{"a":}', '{a:1}', "{'a':1}", '\xef\xbb\xbf{}', '\0', '{}{}', '{"a":1,}', '01', '1e', '\xff\xfe', '[1', 'undefined'])) },
  { name: 'other JSON', make: (random) => json(random, pick(random, ['null', 'true', '0', '""', '[]', '{}', '[[]]', '[null]', '1e999', '-0', '"\\ud800"'])) },
  { name: 'deep JSON', make: (random) => json(random, pick(random, ['[', '{"a":']).repeat(1000 + random.below(9000))) },
  { name: 'a prototype in JSON', make: (random) => json(random, `{"${pick(random, NAMES)}":${pick(random, ['{"x":1}', 'null', '1', '{"__proto__":{"y":2}}'])},"api":"${pick(random, NAMES)}","name":"${pick(random, NAMES)}"}`) },
  { name: 'values of any type', make: (random) => json(random, `{${['api', 'kind', 'count', 'since', 'until', 'name', 'projectId', 'description', 'amount', 'srcname', 'dstname', 'coins', 'items', 'effect', 'match', 'script', 'by', 'to', 'bundle_id'].map((key) => `"${key}":${pick(random, ['null', '1', '-1', '1e308', '"x"', '[]', '{}', 'true', '"\\u0000"', '[[1]]', '{"a":{}}'])}`).join(',')}}`) },
  { name: 'a broken form', make: (random) => request(random, () => ({ method: 'POST', target: pick(random, ['/v2.0/packages/upload', '/v2.0/extensions/upload', '/__api__/v1/content/00000000-0000-4000-8000-000000000000/bundles']), headers: 'X-API-Key: k\r\nAuthorization: Key k\r\nContent-Type: multipart/form-data; boundary=b', body: pick(random, ['', '--b', '--b--', '--b\r\n', '--b\r\n\r\n', `--b\r\nContent-Disposition: form-data; name="${'x'.repeat(3000)}"\r\n\r\n1\r\n--b--`, '--b\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\n1\r\n--b--\r\n', '--b\r\nContent-Disposition: x\r\n\r\n1\r\n--b--\r\n', 'x'.repeat(5000)]) })) },
]

/** The same bytes with up to four of them changed, taken away, doubled or put in. */
export function mutate (random: RandomStream, bytes: Buffer): Buffer {
  let mutated = bytes
  for (let i = 0; i <= random.below(4); i++) {
    const at = random.below(Math.max(mutated.length, 1))
    const before = mutated.subarray(0, at)
    switch (random.below(5)) {
      case 0: mutated = Buffer.concat([before, Buffer.from([random.below(256)]), mutated.subarray(at + 1)]); break
      case 1: mutated = Buffer.concat([before, mutated.subarray(at + 1)]); break
      case 2: mutated = Buffer.concat([before, Buffer.from([random.below(256)]), mutated.subarray(at)]); break
      case 3: mutated = Buffer.concat([before, mutated.subarray(at, at + 8), mutated.subarray(at)]); break
      default: mutated = before
    }
  }
  return mutated
}
