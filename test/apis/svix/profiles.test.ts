/** What the profile `hosted` changes, and that it changes nothing else (contract, section 5.5). */
import t from 'tap'
import { ask, CORS, FORBIDDEN, LIST, NOT_FOUND, RECOVER_BODY, RECOVER_ID, reply, svixWorld, UNAUTHENTICATED, violation, type Item } from './support.js'

const HEADERS = { authorization: 'Bearer testsk_x' }

t.test('hosted needs a token, unless the option says otherwise', async (t) => {
  const hosted = await svixWorld(t, { profile: 'hosted' })
  t.strictSame(await ask(hosted, `${LIST}/${RECOVER_ID}`), reply(401, UNAUTHENTICATED))
  t.strictSame(await ask(hosted, { url: `${LIST}/${RECOVER_ID}`, headers: HEADERS }), reply(200, RECOVER_BODY))
  t.strictSame(await ask(hosted, { url: LIST, headers: { authorization: 'Bearer appsk_x' } }), reply(403, FORBIDDEN))
  const open = await svixWorld(t, { profile: 'hosted', tokens: 'none' })
  t.strictSame(await ask(open, `${LIST}/${RECOVER_ID}`), reply(200, RECOVER_BODY))
})

t.test('hosted sends no body for unknown paths and methods, and needs no token for them', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted' })
  t.strictSame(await ask(world, '/svix/nowhere'), reply(404, '', CORS))
  t.strictSame(await ask(world, { method: 'HEAD', url: '/svix/nowhere' }), reply(404, '', CORS))
  t.strictSame(await ask(world, { method: 'POST', url: LIST }), reply(405, '', { ...CORS, allow: 'GET,HEAD' }))
  t.strictSame(await ask(world, { method: 'DELETE', url: `${LIST}/x`, headers: { 'content-type': ';' }, payload: '{' }), reply(405, '', { ...CORS, allow: 'GET,HEAD' }))
})

t.test('hosted still says in JSON that a task is not there and that a URL is broken', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted' })
  t.strictSame(await ask(world, { url: `${LIST}/unknown`, headers: HEADERS }), reply(404, NOT_FOUND))
  t.strictSame(await ask(world, `${LIST}/%zz`), reply(400, '{"code":"generic_error","detail":"Invalid URL"}'))
})

t.test('hosted can\'t deserialize what seed calls a violation of type or number', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted' })
  const cases: Array<[string, string]> = [
    ['limit=x', 'limit: invalid digit found in string'],
    ['limit=', 'limit: invalid digit found in string'],
    ['order=up', 'order: unknown variant `up`, expected `ascending` or `descending`'],
    ['status=done', 'status: unknown variant `done`, expected one of `running`, `finished`, `failed`'],
    ['task=x', 'task: unknown variant `x`, expected one of `endpoint.recover`, `endpoint.replay`, `endpoint.bulk-replay`, `application.stats`, `event-type.aggregate`, `application.purge_content`, `message.broadcast`, `sdk.generate`, `endpoint.bulk_replay`'],
    ['limit=1&limit=2', 'duplicate field `limit`'],
    ['status=running&status=running', 'duplicate field `status`'],
  ]
  for (const [query, reason] of cases) {
    const body = JSON.stringify({ code: 'generic_error', detail: `Failed to deserialize query string: ${reason}` })
    t.strictSame(await ask(world, { url: `${LIST}?${query}`, headers: HEADERS }), reply(400, body), query)
  }
})

t.test('hosted keeps 422 for what was deserialized and is out of bounds', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted' })
  const cases: Array<[string, Item]> = [
    ['limit=0', [['query', 'limit'], 'ensure this value is greater than or equal to 1', 'value_error.number.not_ge']],
    ['limit=251', [['query', 'limit', 'limit'], 'Given limit must not exceed 250', 'value_error']],
    ['iterator=app_x', [['query', 'iterator', '__all__'], 'Invalid id. Expected different prefix', 'value_error']],
    ['iterator=qtask_x', [['query', 'iterator', '__all__'], 'ID was not encoded as valid ksuid', 'value_error']],
  ]
  for (const [query, item] of cases) t.strictSame(await ask(world, { url: `${LIST}?${query}`, headers: HEADERS }), violation(item), query)
})

t.test('hosted names the first violation only', async (t) => {
  const world = await svixWorld(t, { profile: 'hosted' })
  t.strictSame(await ask(world, { url: `${LIST}?order=up&iterator=x&limit=0`, headers: HEADERS }), violation([['query', 'limit'], 'ensure this value is greater than or equal to 1', 'value_error.number.not_ge']))
  t.strictSame(await ask(world, { url: `${LIST}?order=up&limit=x`, headers: HEADERS }), reply(400, '{"code":"generic_error","detail":"Failed to deserialize query string: limit: invalid digit found in string"}'))
})

t.test('hosted pages are the same bytes as seed\'s', async (t) => {
  const seed = await svixWorld(t)
  const hosted = await svixWorld(t, { profile: 'hosted' })
  t.strictSame(await ask(hosted, { url: `${LIST}?limit=20`, headers: HEADERS }), await ask(seed, `${LIST}?limit=20`))
})
