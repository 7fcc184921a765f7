/** The companion reads, and which applications and endpoints there are (contract, sections 1.2, 4.2, 7.1.3 and 7.5). */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { registry } from '../../../src/server.js'
import { testWorld } from '../../world.js'
import { APP, ENDPOINT, worldOf } from './calls.js'
import { ask, CORS, emptyWorld, JSON_REPLY, METHOD_NOT_ALLOWED, NOT_FOUND, portOf, askRaw, reply, svixWorld, UNAUTHENTICATED } from './support.js'

const APP_BODY = `{"createdAt":"2025-10-02T15:11:12.800Z","id":"${APP}","metadata":{},"name":"Pollux app","uid":null,"updatedAt":"2025-10-02T15:11:12.800Z"}`
const ENDPOINT_BODY = `{"createdAt":"2025-10-02T15:11:12.800Z","description":"","disabled":false,"id":"${ENDPOINT}","metadata":{},"uid":null,"updatedAt":"2025-10-02T15:11:12.800Z","url":"https://example.com/webhook/","version":1}`

t.test('an id is shown as one, created at the instant in it', async (t) => {
  const world = await emptyWorld(t)
  for (const slash of ['', '/']) {
    t.strictSame(await ask(world, `/api/v1/app/${APP}${slash}`), reply(200, APP_BODY))
    t.strictSame(await ask(world, `/api/v1/app/any/endpoint/${ENDPOINT}${slash}`), reply(200, ENDPOINT_BODY))
  }
  t.strictSame(await ask(world, { method: 'HEAD', url: `/api/v1/app/${APP}` }), { ...reply(200, APP_BODY), body: '' })
  t.match((await ask(world, '/api/v1/app/app_zzzzzzzzzzzzzzzzzzzzzzzzzzz')).body, '{"createdAt":"2014-05-13T16:53:20.000Z","id":"app_zzzzzzzzzzzzzzzzzzzzzzzzzzz"', 'an id that tells of no instant')
})

t.test('any other text is a uid, and the id is derived from it, the same each time', async (t) => {
  const shown = async (url: string): Promise<Record<string, unknown>> => JSON.parse((await ask(await emptyWorld(t), url)).body)
  const application = await shown('/api/v1/app/my-app.1')
  t.match(application, { id: /^app_[0-9A-Za-z]{27}$/, uid: 'my-app.1', createdAt: /^2025-.*Z$/ })
  t.strictSame(await shown('/api/v1/app/my-app.1'), application)
  t.not((await shown('/api/v1/app/my-app.2'))['id'], application['id'])
  const endpoint = await shown('/api/v1/app/my-app.1/endpoint/main')
  t.match(endpoint, { id: /^ep_[0-9A-Za-z]{27}$/, uid: 'main' })
  t.strictSame(await shown(`/api/v1/app/${application['id'] as string}/endpoint/main`), endpoint, 'by the application\'s id too')
  t.not((await shown('/api/v1/app/my-app.2/endpoint/main'))['id'], endpoint['id'], 'the same uid in another application')
})

t.test('what is no id and no uid is not found', async (t) => {
  const world = await emptyWorld(t)
  for (const id of ['a%20b', 'a%2Fb', '%C3%BC', 'x'.repeat(257), 'x'.repeat(5000), 'a:b']) {
    t.strictSame(await ask(world, `/api/v1/app/${id}`), reply(404, NOT_FOUND), id.slice(0, 20))
    t.strictSame(await ask(world, `/api/v1/app/a/endpoint/${id}`), reply(404, NOT_FOUND), id.slice(0, 20))
  }
  t.equal((await ask(world, `/api/v1/app/${'x'.repeat(256)}`)).status, 200)
})

t.test('with a list of applications only those on it exist, by id and by uid', async (t) => {
  const world = await worldOf(t, [
    { id: APP, uid: 'one', name: 'The first', endpoints: [{ id: ENDPOINT, uid: 'main', url: 'https://example.org/hook', description: 'All of it', disabled: true }, { uid: 'second' }] },
    { uid: 'two' },
    {},
  ])
  for (const id of [APP, 'one']) {
    t.strictSame(await ask(world, `/api/v1/app/${id}`), reply(200, APP_BODY.replace('Pollux app', 'The first').replace('null', '"one"')))
    for (const endpoint of [ENDPOINT, 'main']) {
      t.strictSame(await ask(world, `/api/v1/app/${id}/endpoint/${endpoint}`), reply(200, `{"createdAt":"2025-10-02T15:11:12.800Z","description":"All of it","disabled":true,"id":"${ENDPOINT}","metadata":{},"uid":"main","updatedAt":"2025-10-02T15:11:12.800Z","url":"https://example.org/hook","version":1}`))
    }
    t.match(JSON.parse((await ask(world, `/api/v1/app/${id}/endpoint/second`)).body), { uid: 'second', id: /^ep_/ })
    t.strictSame(await ask(world, `/api/v1/app/${id}/endpoint/third`), reply(404, NOT_FOUND))
  }
  const { id } = JSON.parse((await ask(world, '/api/v1/app/two')).body)
  t.match(JSON.parse((await ask(world, `/api/v1/app/${id}`)).body), { id, uid: 'two' }, 'by the id that was derived')
  t.strictSame(await ask(world, `/api/v1/app/two/endpoint/${ENDPOINT}`), reply(404, NOT_FOUND), 'one that lists no endpoints has none')
  t.strictSame(await ask(world, '/api/v1/app/three'), reply(404, NOT_FOUND))
})

t.test('a reset leaves the list as it is, and so does a sandbox without tasks', async (t) => {
  const world = await worldOf(t, [{ uid: 'one' }])
  await world.sandbox.reset()
  t.equal((await ask(world, '/api/v1/app/one')).status, 200)
  t.equal((await ask(world, '/api/v1/app/two')).status, 404)
  t.equal((await ask(world, { method: 'POST', url: '/_pollux/sandboxes', headers: { 'content-type': 'application/json' }, payload: '{"name":"bare","fixtures":false}' })).status, 201)
  t.equal((await ask(world, '/sandbox/bare/api/v1/app/two')).status, 404)
})

t.test('a list that can\'t be used stops the start, with its place and why', async (t) => {
  const cases: Array<[object, RegExp]> = [
    [{ apps: [{ uid: 'a b' }] }, /svix\/apps\.json at \/apps\/0\/uid: /],
    [{ apps: [{ id: 'x' }] }, /at \/apps\/0\/id: /],
    [{ apps: [{ uid: 'a', endpoint: [] }] }, /at \/apps\/0\/endpoint: Unexpected property/],
    [{}, /at \/apps: /],
  ]
  for (const [index, [json, message]] of cases.entries()) {
    const fixtures = join(t.testdir({}), `bad-${index}`)
    mkdirSync(join(fixtures, 'svix'), { recursive: true })
    writeFileSync(join(fixtures, 'svix', 'apps.json'), JSON.stringify(json))
    await t.rejects(testWorld(t, { config: { fixtures } }), { name: 'FixtureError', message }, message.source)
  }
})

t.test('health is good behind the prefix, and asks nobody who they are', async (t) => {
  const world = await testWorld(t, { options: { svix: { tokens: 'any' } } })
  for (const url of ['/svix/api/v1/health', '/svix/api/v1/health/', '/svix//api/v1/health?x=1', '/sandbox/a/svix/api/v1/health']) {
    t.strictSame(await ask(world, url), { status: 204, headers: CORS, body: '' }, url)
    t.strictSame(await ask(world, { method: 'HEAD', url }), { status: 204, headers: CORS, body: '' }, `HEAD ${url}`)
  }
  t.strictSame(await ask(world, { method: 'POST', url: '/svix/api/v1/health' }), reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: 'GET,HEAD' }))
  t.notSame((await ask(world, '/api/v1/health')).headers, CORS, 'elsewhere the path is CloudCoin\'s')
  const port = await portOf(world)
  t.strictSame(await askRaw(port, 'GET /svix/api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), { status: 204, headers: CORS, body: '' }, 'over a socket')
})

t.test('health is good on a port of its own', async (t) => {
  const world = await testWorld(t, { apis: registry, config: { listen: new Map([['svix', 0]]) } })
  const { listeners } = await world.listen()
  t.strictSame(await askRaw(Number(new URL(listeners['svix'] ?? '').port), 'GET /api/v1/health/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), { status: 204, headers: CORS, body: '' })
})

t.test('an application\'s token reads its application and endpoints', async (t) => {
  const world = await svixWorld(t, { tokens: 'any' })
  for (const url of [`/api/v1/app/${APP}`, `/api/v1/app/${APP}/endpoint/${ENDPOINT}`]) {
    t.strictSame(await ask(world, url), reply(401, UNAUTHENTICATED))
    for (const authorization of ['Bearer appsk_x', 'Bearer sk_x']) t.equal((await ask(world, { url, headers: { authorization } })).status, 200, authorization)
  }
  const long = `/api/v1/app/${'x'.repeat(5000)}`
  t.strictSame(await ask(world, long), reply(401, UNAUTHENTICATED))
  t.strictSame(await ask(world, { url: long, headers: { authorization: 'Bearer appsk_x' } }), reply(404, NOT_FOUND))
})
