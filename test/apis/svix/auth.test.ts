/** Credentials, roles and the order of checks (contract, section 2). */
import t from 'tap'
import { ask, FORBIDDEN, LIST, METHOD_NOT_ALLOWED, NOT_FOUND, JSON_REPLY, RECOVER_BODY, RECOVER_ID, reply, svixWorld, UNAUTHENTICATED } from './support.js'

const TASK = `${LIST}/${RECOVER_ID}`

t.test('without the option nothing is checked', async (t) => {
  const world = await svixWorld(t)
  for (const headers of [{}, { authorization: 'Bearer x' }, { authorization: 'Bearer appsk_x' }, { authorization: 'Basic Og==' }, { authorization: '' }]) {
    t.strictSame(await ask(world, { url: TASK, headers }), reply(200, RECOVER_BODY), JSON.stringify(headers))
  }
})

t.test('tokens: any takes every bearer token', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  for (const authorization of ['Bearer testsk_abc.eu', 'bearer x', 'BEARER x', 'Bearer   two blanks before it', 'Bearer sk_appsk_']) {
    t.strictSame(await ask(world, { url: TASK, headers: { authorization } }), reply(200, RECOVER_BODY), authorization)
    t.equal((await ask(world, { url: LIST, headers: { authorization } })).status, 200, authorization)
  }
})

t.test('tokens: any refuses what is no bearer token', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  for (const headers of [{}, { authorization: '' }, { authorization: 'Bearer' }, { authorization: 'Bearer ' }, { authorization: 'Bearer    ' }, { authorization: 'Bearerx' }, { authorization: 'Basic Og==' }, { authorization: 'testsk_abc.eu' }]) {
    for (const url of [TASK, LIST]) t.strictSame(await ask(world, { url, headers }), reply(401, UNAUTHENTICATED), `${url} ${JSON.stringify(headers)}`)
  }
})

t.test('an application token is known by its prefix and may not read background tasks', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  for (const url of [TASK, LIST, `${LIST}?limit=0`, `${LIST}/unknown`]) {
    t.strictSame(await ask(world, { url, headers: { authorization: 'Bearer appsk_abc.eu' } }), reply(403, FORBIDDEN), url)
  }
})

t.test('a list takes its tokens only, each with its role', async (t) => {
  const world = await svixWorld(t, { tokens: [{ token: 'appsk_of_the_organization', role: 'organization' }, { token: 'sk_of_an_app', role: 'application' }] })
  const expected: Array<[string, ReturnType<typeof reply>]> = [
    ['Bearer appsk_of_the_organization', reply(200, RECOVER_BODY)],
    ['Bearer sk_of_an_app', reply(403, FORBIDDEN)],
    ['Bearer sk_of_an_app2', reply(401, UNAUTHENTICATED)],
    ['Bearer SK_OF_AN_APP', reply(401, UNAUTHENTICATED)],
    ['Basic sk_of_an_app', reply(401, UNAUTHENTICATED)],
  ]
  for (const [authorization, answer] of expected) t.strictSame(await ask(world, { url: TASK, headers: { authorization } }), answer, authorization)
})

t.test('an empty list takes no token', async (t) => {
  const world = await svixWorld(t, { tokens: [] })
  t.strictSame(await ask(world, { url: TASK, headers: { authorization: 'Bearer x' } }), reply(401, UNAUTHENTICATED))
})

t.test('the route comes before the credential, the credential before query and task', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  t.strictSame(await ask(world, '/svix/nowhere'), reply(404, NOT_FOUND), 'unknown path')
  t.strictSame(await ask(world, { method: 'POST', url: LIST }), reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: 'GET,HEAD' }), 'other method')
  t.strictSame(await ask(world, `${LIST}?limit=0`), reply(401, UNAUTHENTICATED), 'bad query')
  t.strictSame(await ask(world, `${LIST}/unknown`), reply(401, UNAUTHENTICATED), 'unknown task')
  t.strictSame(await ask(world, `${LIST}/${'x'.repeat(5000)}`), reply(401, UNAUTHENTICATED), 'a task id that no route takes')
  t.strictSame(await ask(world, { url: `${LIST}/${'x'.repeat(5000)}`, headers: { authorization: 'Bearer appsk_x' } }), reply(403, FORBIDDEN), 'the same, as an application')
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/app/a/endpoint/e/recover', payload: '{' }), reply(401, UNAUTHENTICATED), 'bad body')
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/msg/broadcast', payload: '{', headers: { authorization: 'Bearer appsk_x' } }), reply(403, FORBIDDEN), 'the same, as an application')
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/app/a%20b/endpoint/e/recover', payload: '{', headers: { authorization: 'Bearer appsk_x' } }), reply(404, NOT_FOUND), 'the application before the body')
})

t.test('an option that changes counts from the next request on', async (t) => {
  const world = await svixWorld(t)
  t.equal((await ask(world, TASK)).status, 200)
  world.sandbox.setOptions('svix', { profile: 'seed', tokens: 'any' })
  t.strictSame(await ask(world, TASK), reply(401, UNAUTHENTICATED))
})
