/** How bodies are read, and every rule that they can break (contract, sections 7.2 and 11). */
import t from 'tap'
import { toInstant } from '../../../src/apis/svix/bodies.js'
import { APP, CALLS, ENDPOINT, recover, requestOf } from './calls.js'
import { ask, askRaw, emptyWorld, portOf, reply, svixWorld, violation, type Wire } from './support.js'

const ROOT = ['body', '', '']
const PARSER = 'value_error.jsondecode'
const NOTHING = violation([ROOT, 'EOF while parsing a value at line 1 column 0', PARSER])
const NO_JSON = violation([ROOT, 'expected value', PARSER])
const TOO_OLD = violation([['body', 'since'], 'Cannot recover more than 14 days of messages', 'value_error'])
const TOO_LARGE = reply(413, '{"code":"payload_too_large","detail":"Request payload is too large."}')
const SINCE = '2026-11-15T00:00:00Z'

const missing = (name: string): Wire => violation([ROOT, `missing field \`${name}\``, PARSER])
const notMap = (kind: string): Wire => violation([ROOT, `invalid type: ${kind}, expected a map`, PARSER])
const wrong = (name: string, words: string, at = ''): Wire => violation([at === '' ? ['body', name] : ['body', name, at], `${name}${at}: ${words}`, PARSER])

for (const call of CALLS.filter(({ body }) => body !== undefined)) {
  t.test(`${call.task}: a body that can't be read is refused, and nothing is started`, async (t) => {
    const world = await emptyWorld(t)
    const { method, url, required = [] } = call
    const cases: Array<[string | Buffer | undefined, Wire]> = [
      [undefined, NOTHING], ['', NOTHING], ['{', NO_JSON], [' ', NO_JSON], ['since=now', NO_JSON], ['{"since":}', NO_JSON], ['\u0000', NO_JSON], ['\uFEFF{}', NO_JSON], [Buffer.from([0x7b, 0xff, 0x7d]), NO_JSON],
      ['null', notMap('null')], ['[]', notMap('sequence')], ['"x"', notMap('string "x"')], ['5', notMap('integer `5`')], ['5.5', notMap('floating point `5.5`')], ['true', notMap('boolean `true`')],
      ['{}', missing(required[0] ?? '')], ['{"__proto__":{"since":"2026-11-15T00:00:00Z"}}', missing(required[0] ?? '')],
      ['{"payload":'.padEnd(2 ** 20 + 1, ' '), TOO_LARGE],
    ]
    for (const [payload, expected] of cases) {
      t.strictSame(await ask(world, { method, url, ...(payload === undefined ? {} : { payload }) }), expected, JSON.stringify(String(payload).slice(0, 40)))
    }
    t.strictSame([...world.sandbox.simulator.tasks()], [])
  })

  t.test(`${call.task}: every required key is missed, and may not be null`, async (t) => {
    const world = await emptyWorld(t)
    const whole: Record<string, unknown> = JSON.parse(call.body ?? '{}')
    for (const name of call.required ?? []) {
      const { [name]: _left, ...rest } = whole
      t.strictSame(await ask(world, { method: call.method, url: call.url, payload: JSON.stringify(rest) }), missing(name))
      const { body } = await ask(world, { method: call.method, url: call.url, payload: JSON.stringify({ ...whole, [name]: null }) })
      t.match(body, `{"detail":[{"loc":["body","${name}"],"msg":"${name}: invalid type: null, expected `)
    }
  })

  t.test(`${call.task}: the body is JSON whatever its content type says`, async (t) => {
    const world = await emptyWorld(t)
    for (const type of ['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ';', 'a/b/c', '']) {
      t.equal((await ask(world, requestOf(call, { 'content-type': type }))).status, 202, JSON.stringify(type))
    }
    const port = await portOf(world)
    const head = `${call.method} ${call.url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`
    const { body = '' } = call
    t.equal((await askRaw(port, `${head}Content-Length: ${body.length}\r\n\r\n${body}`)).status, 202, 'none, as Kotlin sends it')
    t.equal((await askRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)).status, 202, 'chunked')
    t.strictSame(await askRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`), NOTHING, 'chunked and empty')
    t.strictSame(await askRaw(port, `${head}Content-Length: 0\r\n\r\n`), NOTHING)
    t.strictSame(await askRaw(port, `${head}\r\n`), NOTHING)
  })
}

for (const call of CALLS.filter(({ body }) => body === undefined)) {
  t.test(`${call.task}: whatever body comes is ignored`, async (t) => {
    const world = await emptyWorld(t)
    for (const payload of ['', '{}', '{', '[]', 'null', 'a=b', 'x'.repeat(1000)]) t.equal((await ask(world, { method: call.method, url: call.url, payload, headers: { 'content-type': 'application/json' } })).status, 202, payload.slice(0, 10))
    const port = await portOf(world)
    const head = `${call.method} ${call.url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`
    t.equal((await askRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`)).status, 202, 'empty and chunked, as Go sends it')
    t.equal((await askRaw(port, `${head}Content-Length: 0\r\n\r\n`)).status, 202, 'as JavaScript and Python send it')
    t.equal((await askRaw(port, `${head}Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`)).status, 202, 'as Ruby sends it')
    t.equal((await askRaw(port, `${head}Content-Type: application/json\r\nContent-Length: 0\r\n\r\n`)).status, 202, 'a content type alone')
    t.strictSame(await ask(world, { method: call.method, url: call.url, payload: 'x'.repeat(2 ** 20 + 1) }), TOO_LARGE)
  })
}

t.test('times are RFC 3339 with a zone', async (t) => {
  const world = await emptyWorld(t)
  const premature = wrong('since', 'premature end of input')
  const invalid = wrong('since', 'input contains invalid characters')
  const outside = wrong('since', 'input is out of range')
  const cases: Array<[string, Wire]> = [
    ['2026-11-15T00:00:00', premature], ['2026-11-15T00:00:00.123456', premature], ['2026-11-15', premature], ['', premature], ['2026', premature],
    ['now', invalid], ['2026-11-15T00:00:00X', invalid], ['2026-11-15T00:00:00+0100', invalid], ['2026-11-15_00:00:00Z', invalid], ['2026-11-15T00:00:00Z ', invalid], ['2026-11-15T00:00:00Z\n', invalid], ['26-11-15T00:00:00Z', invalid], ['2026-11-15T00:00:00.Z', invalid], ['2026-11-15T00:00:00.1234567890Z', invalid],
    ['2026-02-29T00:00:00Z', outside], ['2026-13-01T00:00:00Z', outside], ['2026-00-01T00:00:00Z', outside], ['2026-11-31T00:00:00Z', outside], ['2026-11-15T24:00:00Z', outside], ['2026-11-15T00:60:00Z', outside], ['2026-11-15T00:00:00+24:00', outside], ['2026-11-15T00:00:00+01:60', outside],
  ]
  for (const [since, expected] of cases) t.strictSame(await ask(world, recover(JSON.stringify({ since }))), expected, JSON.stringify(since))
  t.strictSame(await ask(world, recover('{"since":1763164800}')), wrong('since', 'invalid type: integer `1763164800`, expected an RFC 3339 formatted date and time string'))
  t.strictSame(await ask(world, recover('{"since":["2026-11-15T00:00:00Z"]}')), wrong('since', 'invalid type: sequence, expected an RFC 3339 formatted date and time string'))
  for (const since of ['2026-11-15T00:00:00Z', '2026-11-15t00:00:00z', '2026-11-15 00:00:00Z', '2026-11-15T00:00:00.123456789Z', '2026-11-15T01:00:00+01:00', '2026-11-14T14:00:00-10:00']) {
    t.equal((await ask(world, recover(JSON.stringify({ since })))).status, 202, since)
  }
})

t.test('times count to the millisecond, zone and all', async (t) => {
  const cases: Array<[string, number | undefined]> = [
    ['2026-11-22T12:00:00Z', 0], ['2026-11-22T13:30:00+01:30', 0], ['2026-11-22T02:00:00-10:00', 0], ['2026-11-22 12:00:00.57z', 570], ['2026-11-22T12:00:00.999999999Z', 999], ['2026-11-22T12:00:00.0014Z', 1], ['2026-02-30T12:00:00Z', undefined],
  ]
  for (const [text, ms] of cases) t.equal(toInstant(text), ms === undefined ? undefined : Date.parse('2026-11-22T12:00:00Z') + ms, text)
})

t.test('a recovery reaches back 14 days and five minutes from its end', async (t) => {
  const world = await emptyWorld(t)
  const at = (since: string, until?: string | null): Promise<Wire> => ask(world, recover(JSON.stringify({ since, until })))
  t.equal((await at('2026-11-08T11:55:00Z')).status, 202)
  t.strictSame(await at('2026-11-08T11:54:59.999Z'), TOO_OLD)
  t.strictSame(await at('2026-11-08T11:54:59.999Z', null), TOO_OLD)
  t.equal((await at('2026-10-01T00:00:00Z', '2026-10-15T00:05:00Z')).status, 202)
  t.strictSame(await at('2026-10-01T00:00:00Z', '2026-10-15T00:05:00.001Z'), TOO_OLD)
  t.equal((await at('2026-11-22T00:00:00Z', '2026-11-01T00:00:00Z')).status, 202, 'an end before the beginning is taken')
  await world.sandbox.clock.advance(1)
  t.strictSame(await at('2026-11-08T11:55:00Z'), TOO_OLD, 'now is the sandbox\'s')
  for (const other of ['replay-missing', 'bulk-replay']) t.equal((await ask(world, { method: 'POST', url: `/api/v1/app/${APP}/endpoint/${ENDPOINT}/${other}`, payload: '{"since":"2020-01-01T00:00:00Z"}' })).status, 202, `${other} has no such rule`)
})

t.test('the first wrong value of a body is told, before anything that is missing', async (t) => {
  const world = await emptyWorld(t)
  t.strictSame(await ask(world, recover('{"until":5,"since":6}')), wrong('until', 'invalid type: integer `5`, expected an RFC 3339 formatted date and time string'))
  t.strictSame(await ask(world, recover('{"until":5}')), wrong('until', 'invalid type: integer `5`, expected an RFC 3339 formatted date and time string'))
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/stats/usage/app', payload: '{}' }), missing('since'))
})

/** Values of one key each, beside what the call needs. */
const KEYS: ReadonlyArray<readonly [url: string, needed: object, name: string, good: readonly unknown[], bad: ReadonlyArray<readonly [value: unknown, words: string, at?: string]>]> = [
  [`/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, { since: SINCE }, 'eventTypes', [[], ['user.signup', 'a-b_C.9'], null], [
    ['user.signup', 'invalid type: string "user.signup", expected a sequence'], [[5], 'invalid type: integer `5`, expected a string', '[0]'], [['a', 'b c'], 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]', '[1]'], [[''], 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]', '[0]'],
  ]],
  [`/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, { since: SINCE }, 'channel', ['a:b+c', 'x'.repeat(128)], [['x'.repeat(129), 'expected 1 to 128 characters of [a-zA-Z0-9\\-_.:+]'], ['a b', 'expected 1 to 128 characters of [a-zA-Z0-9\\-_.:+]'], [5, 'invalid type: integer `5`, expected a string']]],
  [`/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, { since: SINCE }, 'tag', ['a/b\\c#d'], [['a:b', 'expected 1 to 128 characters of [a-zA-Z0-9\\-_./\\\\#]'], [{}, 'invalid type: map, expected a string']]],
  [`/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, { since: SINCE }, 'status', [0, 1, 2, 3, 4], [[5, 'invalid value: integer `5`, expected 0 to 4'], [-1, 'invalid value: integer `-1`, expected 0 to 4'], [1.5, 'invalid type: floating point `1.5`, expected an integer'], ['1', 'invalid type: string "1", expected an integer']]],
  [`/api/v1/app/${APP}/endpoint/${ENDPOINT}/bulk-replay`, { since: SINCE }, 'statusCodeClass', [0, 100, 200, 300, 400, 500], [[404, 'invalid value: 404, expected one of: 0, 100, 200, 300, 400, 500'], [true, 'invalid type: boolean `true`, expected an integer']]],
  ['/api/v1/stats/usage/app', { since: SINCE, until: SINCE }, 'appIds', [['a'], [APP, 'a']], [['a', 'invalid type: string "a", expected a sequence'], [['a', 'a'], 'expected unique items'], [['a', 'b/c'], 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]', '[1]']]],
  ['/api/v1/msg/broadcast', { payload: {} }, 'eventType', ['user.signup'], [['', 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]'], ['a b', 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]']]],
  ['/api/v1/msg/broadcast', { eventType: 'e' }, 'payload', [{}, { deep: [[[]]] }], [[[], 'invalid type: sequence, expected a map'], ['{}', 'invalid type: string "{}", expected a map']]],
  ['/api/v1/msg/broadcast', { eventType: 'e', payload: {} }, 'eventId', ['e-1', 'scenario:failure', null], [['a:b', 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]'], ['x'.repeat(257), 'expected 1 to 256 characters of [a-zA-Z0-9\\-_.]'], [5, 'invalid type: integer `5`, expected a string']]],
  ['/api/v1/msg/broadcast', { eventType: 'e', payload: {} }, 'channels', [['a'], ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']], [[[], 'invalid length 0, expected 1 to 10 items'], [Array.from({ length: 11 }, (_, n) => `c${n}`), 'invalid length 11, expected 1 to 10 items'], [['a', 'a'], 'expected unique items'], [['a b'], 'expected 1 to 128 characters of [a-zA-Z0-9\\-_.:+]', '[0]']]],
  ['/api/v1/msg/broadcast', { eventType: 'e', payload: {} }, 'payloadRetentionPeriod', [1, 90], [[0, 'invalid value: integer `0`, expected 1 to 90'], [91, 'invalid value: integer `91`, expected 1 to 90']]],
  ['/api/v1/msg/broadcast', { eventType: 'e', payload: {} }, 'payloadRetentionHours', [1, 2160], [[0, 'invalid value: integer `0`, expected 1 to 2160'], [2161, 'invalid value: integer `2161`, expected 1 to 2160']]],
]

for (const [url, needed, name, good, bad] of KEYS) {
  t.test(`${url.slice(url.lastIndexOf('/') + 1)}: ${name}`, async (t) => {
    const world = await emptyWorld(t)
    const post = (value: unknown): Promise<Wire> => ask(world, { method: 'POST', url, payload: JSON.stringify({ ...needed, [name]: value }) })
    for (const value of good) t.equal((await post(value)).status, 202, JSON.stringify(value))
    for (const [value, words, at] of bad) t.strictSame(await post(value), wrong(name, words, at), JSON.stringify(value))
  })
}

t.test('a broadcast is kept for days or for hours, not both', async (t) => {
  const world = await emptyWorld(t)
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/msg/broadcast', payload: '{"eventType":"e","payload":{},"payloadRetentionPeriod":1,"payloadRetentionHours":24}' }),
    violation([['body', 'payloadRetentionHours'], 'payloadRetentionPeriod and payloadRetentionHours can\'t be given both', 'value_error']))
})

t.test('the profile hosted says the same of bodies', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted', tokens: 'none' })
  t.strictSame(await ask(world, recover('{}')), missing('since'))
  t.strictSame(await ask(world, recover('{"since":"2026-01-01T00:00:00Z"}')), TOO_OLD)
})

t.test('a body nests as deep as a setting allows; 100,000 levels end nothing', async (t) => {
  const nested = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`
  const broadcast = (deep: string): Parameters<typeof ask>[1] => ({ method: 'POST', url: '/api/v1/msg/broadcast', payload: `{"eventType":"e","payload":{"a":${deep}}}` })
  const usual = await emptyWorld(t)
  t.equal((await ask(usual, broadcast(nested(62)))).status, 202)
  for (const levels of [63, 100_000]) t.match(await ask(usual, broadcast(nested(levels))), { status: 422, body: /recursion limit exceeded/ }, `${levels} levels`)
  t.equal((await ask(usual, broadcast(nested(62)))).status, 202, 'and goes on')
})
