/** Paths, slashes, methods and cross-origin headers (contract, section 1). */
import t from 'tap'
import { ask, askRaw, CORS, JSON_REPLY, LIST, METHOD_NOT_ALLOWED, NOT_FOUND, portOf, RECOVER_BODY, RECOVER_ID, reply, svixWorld } from './support.js'

const PREFLIGHT = { ...CORS, 'access-control-allow-methods': '*', 'access-control-max-age': '600' }
const MISSED_METHOD = reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: 'GET,HEAD' })

t.test('a task answers with the same bytes however its slashes are written', async (t) => {
  const world = await svixWorld(t)
  for (const url of [`${LIST}/${RECOVER_ID}`, `${LIST}/${RECOVER_ID}/`, `/${LIST}/${RECOVER_ID}`, `//api//v1///background-task//${RECOVER_ID}//`, `/svix${LIST}/${RECOVER_ID}/`, `/svix/${LIST}/${RECOVER_ID}`]) {
    t.strictSame(await ask(world, url), reply(200, RECOVER_BODY), url)
  }
})

t.test('the list answers with the same bytes however its slashes are written', async (t) => {
  const world = await svixWorld(t)
  const expected = await ask(world, `${LIST}?limit=2`)
  t.equal(expected.status, 200)
  for (const url of [`${LIST}/?limit=2`, `/${LIST}//?limit=2`, `/svix${LIST}?limit=2`, `/sandbox/default${LIST}/?limit=2`]) {
    t.strictSame(await ask(world, url), expected, url)
  }
})

t.test('a path is case-sensitive', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, '/svix/API/v1/background-task'), reply(404, NOT_FOUND))
  t.strictSame(await ask(world, `${LIST}/${RECOVER_ID.toLowerCase()}`), reply(404, NOT_FOUND))
})

t.test('a task id is percent-decoded', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, `${LIST}/qtask%5F33qen93MNuelBAq1T9G7eHLJRsF`), reply(200, RECOVER_BODY))
  world.sandbox.startTask({ api: 'svix', kind: 'sdk.generate', id: 'a/b ü' })
  t.equal((await ask(world, `${LIST}/a%2Fb%20%C3%BC`)).status, 200)
})

t.test('an unknown path is not found', async (t) => {
  const world = await svixWorld(t)
  for (const url of [`${LIST}/${RECOVER_ID}/extra`, '/api/v1/app', '/api/v1/app/a/endpoint', '/api/v1/app/a/endpoint/e/recover/x', '/api/v1/app/a/msg', '/api/v1/stats/usage', '/api/v1/stats/usage/APP', '/api/v1/event-type', '/svix/', '/svix', '/svix/api/v1', '/svix/api/v1/background-tasks']) {
    t.strictSame(await ask(world, url), reply(404, NOT_FOUND), url)
  }
})

t.test('another method on a known path is refused with what is allowed', async (t) => {
  const world = await svixWorld(t)
  for (const url of [LIST, `${LIST}/`, `${LIST}?limit=1`, `${LIST}/${RECOVER_ID}`, `${LIST}/unknown/`, '/api/v1/app/a', '/api/v1/app/a%20b/', '/api/v1/app/a/endpoint/e', '/svix/api/v1/health']) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) t.strictSame(await ask(world, { method, url }), MISSED_METHOD, `${method} ${url}`)
  }
})

t.test('another method is refused whatever body and content type come with it', async (t) => {
  const world = await svixWorld(t)
  for (const contentType of ['application/json', 'text/plain', '', ';;;', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
    t.strictSame(await ask(world, { method: 'POST', url: LIST, headers: { 'content-type': contentType }, payload: '{"a":' }), MISSED_METHOD, JSON.stringify(contentType))
    t.strictSame(await ask(world, { method: 'POST', url: '/svix/nowhere', headers: { 'content-type': contentType }, payload: '{"a":' }), reply(404, NOT_FOUND), JSON.stringify(contentType))
  }
  t.strictSame(await ask(world, { method: 'PUT', url: LIST, headers: { 'content-type': 'application/json' }, payload: 'x'.repeat(2 ** 20 + 1) }), MISSED_METHOD, 'over 1 MiB')
})

t.test('methods that few servers know are refused over a real socket too', async (t) => {
  const port = await portOf(await svixWorld(t))
  for (const method of ['PROPFIND', 'TRACE', 'PURGE', 'LOCK', 'M-SEARCH', 'POST']) {
    t.strictSame(await askRaw(port, `${method} ${LIST}/${RECOVER_ID} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), MISSED_METHOD, method)
    t.strictSame(await askRaw(port, `${method} /svix/nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), reply(404, NOT_FOUND), method)
  }
})

t.test('HEAD answers as GET does, without the body', async (t) => {
  const world = await svixWorld(t)
  const port = await portOf(world)
  for (const url of [`${LIST}/${RECOVER_ID}`, `${LIST}/${RECOVER_ID}/`, `${LIST}?limit=3`, `${LIST}?limit=0`, `${LIST}/unknown`, '/svix/nowhere']) {
    const got = await ask(world, url)
    t.strictSame(await ask(world, { method: 'HEAD', url }), { ...got, body: '' }, `${url} in process`)
    t.strictSame(await askRaw(port, `HEAD ${url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`), { ...got, body: '' }, `${url} over a socket`)
  }
})

t.test('OPTIONS is answered anywhere, before the path and the credential are looked at', async (t) => {
  for (const options of [{}, { profile: 'hosted' }]) {
    const world = await svixWorld(t, options)
    const port = await portOf(world)
    for (const url of [LIST, `${LIST}/`, `${LIST}/${RECOVER_ID}`, '/api/v1/app/a', '/api/v1/app/a/endpoint/e/recover', '/svix/api/v1/health', '/svix/nowhere', `${LIST}/%zz`, '/svix']) {
      t.strictSame(await ask(world, { method: 'OPTIONS', url }), reply(200, '', PREFLIGHT), url)
      t.strictSame(await askRaw(port, `OPTIONS ${url} HTTP/1.1\r\nHost: x\r\nContent-Type: ;\r\nContent-Length: 1\r\nConnection: close\r\n\r\n{`), reply(200, '', PREFLIGHT), `${url} over a socket`)
    }
  }
})

t.test('OPTIONS mirrors the headers that the browser asks for', async (t) => {
  const world = await svixWorld(t)
  const headers = { origin: 'https://example.com', 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization,idempotency-key' }
  t.strictSame(await ask(world, { method: 'OPTIONS', url: LIST, headers }), reply(200, '', { ...PREFLIGHT, 'access-control-allow-headers': 'authorization,idempotency-key' }))
})

t.test('a cross-origin read gets the same headers as any other', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, { url: `${LIST}/${RECOVER_ID}`, headers: { origin: 'https://example.com' } }), reply(200, RECOVER_BODY))
})

t.test('accept, idempotency-key and a content type change nothing on a read', async (t) => {
  const world = await svixWorld(t)
  for (const headers of [{ accept: 'text/html' }, { accept: 'application/json;q=0' }, { 'idempotency-key': 'auto_1' }, { 'content-type': ';' }, { 'content-type': 'application/json' }]) {
    t.strictSame(await ask(world, { url: `${LIST}/${RECOVER_ID}`, headers }), reply(200, RECOVER_BODY), JSON.stringify(headers))
  }
})
