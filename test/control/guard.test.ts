/** Who may use the control plane, and how what it refuses is told. */
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

t.test('pages of others are refused, Pollux\'s own are not', async (t) => {
  const control = controlOf(await testWorld(t))
  for (const origin of ['http://evil.example', 'null', 'http://localhost:9999', 'https://localhost:8080.evil.example']) {
    t.match(await control('POST /clock/resume', undefined, { headers: { origin } }), { status: 403, body: { title: 'Forbidden', status: 403 } }, origin)
  }
  t.equal((await control('GET /clock')).body.mode, 'frozen', 'nothing was changed')
  t.equal((await control('GET /clock', undefined, { headers: { origin: 'http://localhost:8080' } })).status, 200)
})

t.test('a host that a web page can own is refused unless it is allowed', async (t) => {
  const control = controlOf(await testWorld(t, { config: { allowedHosts: ['ci.example.com'] } }))
  const status = async (host: string): Promise<number> => (await control('GET /clock', undefined, { headers: { host } })).status
  for (const host of ['127.0.0.1:8080', '[::1]:8080', 'localhost', 'a.localhost:80', 'pollux:8080', 'CI.example.com:8080']) t.equal(await status(host), 200, host)
  for (const host of ['evil.example', 'evil.example:8080', 'localhost.evil.example', '1.2.3.4.evil.example', 'ci.example.com.evil.example']) t.equal(await status(host), 403, host)
  t.match((await control('GET /clock', undefined, { headers: { host: 'evil.example:1' } })).body.detail, /--allow-host evil\.example admits it/)
})

t.test('a token that is set is demanded of everything but health and readiness', async (t) => {
  const control = controlOf(await testWorld(t, { config: { controlToken: 'secret' } }))
  const refused = await control('GET /clock')
  t.match(refused, { status: 401, body: { title: 'Unauthorized', detail: /--control-token/ }, headers: { 'www-authenticate': 'Bearer' } })
  for (const authorization of ['Bearer', 'Bearer secre', 'Bearer secrets', 'Basic secret', 'secret']) t.equal((await control('GET /clock', undefined, { headers: { authorization } })).status, 401, authorization)
  t.equal((await control('GET /clock', undefined, { headers: { authorization: 'Bearer secret', host: 'anything.example' } })).status, 200, 'and frees the host')
  t.equal((await control('GET /health')).status, 200)
  t.equal((await control('GET /ready')).status, 200)
  t.equal((await control('GET /healthy')).status, 401)
})

t.test('bodies are JSON by name, small, and not deep', async (t) => {
  const control = controlOf(await testWorld(t))
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/jsonp']) {
    t.match(await control('POST /clock/advance', '{"by":"1s"}', { headers: { 'content-type': type } }), { status: 415, body: { detail: 'Bodies are taken as Content-Type: application/json only.' } }, type)
  }
  t.match(await control('POST /clock/advance', '{"by":'), { status: 400, body: { title: 'Bad Request' } })
  t.match(await control('POST /tasks', `{"api":"svix","parameters":{"a":${'['.repeat(70)}${']'.repeat(70)}}}`), { status: 400, body: { detail: /deeper than 64/ } })
  t.equal((await control('POST /tasks', `{"api":"svix","label":"${'['.repeat(70)}\\""}`)).status, 201, 'brackets in a text nest nothing')
  t.match(await control('POST /tasks', { api: 'svix', label: 'x'.repeat(300_000) }), { status: 413, body: { title: 'Payload Too Large' } })
  t.match(await control('POST /tasks', '{"api":"svix","__proto__":{"x":1}}'), { status: 400 })
  t.equal((await control('POST /clock/resume', '')).status, 200, 'no body is as good as an empty one')
})

t.test('what is not served, or not by that method, is told with what is', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('GET /nothing'), { status: 404, headers: { 'content-type': 'application/problem+json; charset=utf-8' }, body: { type: 'about:blank', title: 'Not Found', status: 404, detail: /GET \/_pollux\/openapi\/control\.json/ } })
  t.match(await control('PUT /clock'), { status: 405, headers: { allow: 'GET, PATCH' } })
  t.match(await control('POST /tasks/abc/wait', {}), { status: 405, headers: { allow: 'GET' } })
})

t.test('unknown keys and bad values are told by place', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('POST /clock/advance', { by: '1s', foo: 1 }), { status: 400, body: { errors: [{ path: '/foo', message: 'unexpected property' }] } })
  t.strictSame((await control('PATCH /clock', { speed: 0 })).body.errors, [{ path: '/speed', message: 'expected a number greater than 0, at most 1000000' }])
  t.strictSame((await control('GET /tasks?limit=0')).body.errors, [{ path: '/limit', message: 'expected a whole number of 1 to 1000' }])
  for (const limit of ['1e2', '+5', '0x10', '1.0', ' 5', '']) t.equal((await control(`GET /tasks?limit=${encodeURIComponent(limit)}`)).status, 400, limit)
  t.equal((await control('GET /tasks?limit=1&limit=2')).status, 400)
  t.equal((await control('GET /tasks?nothing=1')).status, 400)
})
