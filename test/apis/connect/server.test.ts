/** The server, its users, credentials and pages (contract 1.1, 2, 7.1, 7.2 and 7.5). */
import t from 'tap'
import { API_HEADERS, archiveFor, connectWorld, KEYS, KNOWN, NO_CREDENTIAL, NO_SUCH_GUID, ownHeaders } from './connect-world.js'

const ADA = '{"email":"ada@example.test","username":"ada","first_name":"Ada","last_name":"Pollux","user_role":"administrator","created_time":"2026-01-05T08:00:00Z","updated_time":"2026-01-05T08:00:00Z","active_time":null,"confirmed":true,"locked":false,"guid":"6f6b1f2c-5c1d-4f0e-9a35-3d9c2d1f7a01"'
const SCHEDULER = '{"min_processes":0,"max_processes":3,"max_conns_per_process":20,"load_factor":0.5,"init_timeout":60,"idle_timeout":120,"min_processes_limit":0,"max_processes_limit":20,"connection_timeout":5,"read_timeout":30,"cpu_request":0,"max_cpu_request":0,"cpu_limit":0,"max_cpu_limit":0,"memory_request":0,"max_memory_request":0,"memory_limit":0,"max_memory_limit":0,"amd_gpu_limit":0,"max_amd_gpu_limit":0,"nvidia_gpu_limit":0,"max_nvidia_gpu_limit":0}'
const installed = (version: string): string => `{"version":"${version}","cluster_name":"Local","image_name":"Local"}`

const BODIES: Readonly<Record<string, string>> = {
  '/v1/user': `${ADA}}`,
  '/me': `${ADA},"password":"","preferences":{},"privileges":[]}`,
  '/users/current': `${ADA},"password":"","preferences":{},"privileges":[],"id":1}`,
  '/server_settings/applications': '{"access_types":["acl","logged_in","all"],"run_as":"rstudio-connect","run_as_group":"","run_as_current_user":false}',
  '/server_settings/scheduler': SCHEDULER,
  '/server_settings/scheduler/python-fastapi': SCHEDULER,
  '/v1/server_settings/python': `{"installations":[${installed('3.11.3')},${installed('3.11.11')}],"api_enabled":true}`,
  '/v1/server_settings/r': `{"installations":[${installed('4.3.0')},${installed('4.4.1')}]}`,
  '/v1/server_settings/quarto': `{"installations":[${installed('1.5.57')}]}`,
  '/v1/server_settings/nodejs': `{"installations":[${installed('22.11.0')}],"enabled":true}`,
  '/v1/oauth/integrations': '[]',
}

for (const [path, body] of Object.entries(BODIES)) {
  t.test(`${path} is for whoever has a credential`, async (t) => {
    const world = await connectWorld(t)
    const reply = await world.call(`GET ${path}`)
    t.strictSame([reply.statusCode, reply.body], [200, body])
    t.strictSame(ownHeaders(reply), API_HEADERS)
    t.equal((await world.get(`/__api__${path}`, { headers: {} })).body, NO_CREDENTIAL)
  })
}

t.test('the settings and the ping are for everybody; the version is the option', async (t) => {
  const world = await connectWorld(t, { 'server-version': '2024.08.1', 'api-keys': KEYS })
  const settings = await world.get('/__api__/server_settings', { headers: {} })
  t.equal(settings.body, '{"hostname":"pollux","version":"2024.08.1","build":"v2024.08.1","about":"Posit Connect v2024.08.1","license":{"status":"activated","tier":"enterprise","allow-apis":"1","enable-launcher":"1","current-user-execution":"1"},"runtimes":["R","Python","Quarto"],"git_enabled":true,"git_available":true,"dashboard_path":"/connect","execution_type":"native","enable_image_management":false,"enable_runtime_cache_management":true,"default_environment_management_selection":true,"default_r_environment_management":true,"default_py_environment_management":true,"oauth_integrations_enabled":false}')
  t.match(settings.headers, { 'content-type': 'application/json; charset=utf-8', 'set-cookie': 'pollux_node=1; Path=/; HttpOnly' })
  for (const url of ['/__ping__', '/connect/__ping__']) {
    const ping = await world.get(url, { headers: {} })
    t.strictSame([ping.statusCode, ping.body], [200, '{}'])
  }
})

t.test('listed users have names, roles and numbers of their own', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  const users = await Promise.all(KEYS.map(async ({ key }) => (await world.call('GET /users/current', undefined, key)).json()))
  t.match(users, KEYS.map(({ username, role }, index) => ({ username, user_role: role, email: `${username}@example.test`, id: index + 1, confirmed: true, locked: false })))
  t.equal(new Set(users.map(({ guid }) => guid)).size, KEYS.length)
  t.equal((await world.call('GET /users/current', undefined, world.sandbox.credential)).json().id, KEYS.length + 1, 'and the sandbox\'s own credential')
})

t.test('a token is claimed at once', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  const reply = await world.get('/__api__/tokens', { method: 'POST', headers: { host: 'c.test', 'x-auth-token': 'anonymous-access' }, payload: '{"token":"Tab c","public_key":"MIG","user_id":0}' })
  t.strictSame([reply.statusCode, reply.body], [200, '{"token_claim_url":"http://c.test/connect/#/claim/Tab%20c"}'])
  t.match((await world.get('/__api__/users/current', { headers: { 'x-auth-token': 'Tab c', 'x-auth-signature': 's', date: 'd', 'x-content-checksum': 'c' } })).json(), { username: 'olga', id: 1 })
  for (const payload of ['', '{"token":""}', '{"token":1}', '[']) t.match((await world.get('/__api__/tokens', { method: 'POST', headers: {}, payload })).json(), { code: 121 }, payload)
})

t.test('a fresh server gives out its first key', async (t) => {
  const world = await connectWorld(t)
  const ask = (headers: Record<string, string>) => world.get('/__api__/v1/experimental/bootstrap', { method: 'POST', headers })
  t.equal((await ask({ authorization: 'Connect-Bootstrap eyJ.x.y' })).body, '{"api_key":"pollux-bootstrap-key"}')
  for (const headers of [{}, { authorization: 'Key k' }, { authorization: 'Connect-Bootstrap' }, { authorization: 'Bearer x' }]) t.equal((await ask(headers)).body, NO_CREDENTIAL)
  t.equal((await (await connectWorld(t, { 'api-keys': 'none' })).get('/__api__/v1/experimental/bootstrap', { method: 'POST', headers: {} })).statusCode, 200)
})

t.test('content can be visited by everybody, deployed or not; drafts by their bundle', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app', title: '<My & "app">' })).json()
  const bundle = await world.upload(guid, archiveFor('python-dash'))
  const visit = (path: string) => world.get(path, { headers: {} })
  const page = await visit(`/content/${guid}/`)
  t.equal(page.body, '<!DOCTYPE html>\n<html>\n<head><title>&lt;My &amp; &quot;app&quot;&gt;</title></head>\n<body><h1>&lt;My &amp; &quot;app&quot;&gt;</h1><p>Nothing has been deployed here yet.</p></body>\n</html>\n')
  t.strictSame(ownHeaders(page), { 'content-type': 'text/html; charset=utf-8' })
  for (const path of [`/content/${guid}`, `//content/${guid}/`, `/content/${guid}/_bundle${bundle}`, `/content/${guid}/_bundle${bundle}/`, `/content/${guid}/_rev${bundle}/`, `/content/${guid}/_bundle${bundle}/docs/x`, `/content/${guid}/any/path?x=1`]) t.equal((await visit(path)).statusCode, 200, path)
  for (const path of [`/content/${NO_SUCH_GUID}/`, '/content/abc', `/content/${guid}/_bundle77/`, `/content/${guid}/_bundle77/docs`, `/content/${guid}/_rev77`]) {
    const miss = await visit(path)
    t.strictSame([miss.statusCode, miss.headers['content-type']], [404, 'text/html; charset=utf-8'], path)
  }
  await world.call(`POST /v1/content/${guid}/deploy`)
  await world.sandbox.clock.advance(60_000)
  t.match((await visit(`/content/${guid}/`)).body, /Here would be the Dash application of bundle 2\./)
})

t.test('the dashboard has a page, at its own path and behind the prefix of the shared listener', async (t) => {
  const world = await connectWorld(t)
  for (const path of ['/connect', '/connect/', '/connect/connect/', '/connect/connect/__login__', '/connect/connect']) {
    const page = await world.get(path, { headers: {} })
    t.strictSame([page.statusCode, page.headers['content-type']], [200, 'text/html; charset=utf-8'], path)
  }
})

t.test('cookies and CORS headers go with the new calls too', async (t) => {
  const world = await connectWorld(t, { 'cors-origin': 'https://app.example.com' })
  const reply = await world.get('/__api__/v1/content', { method: 'POST', headers: { authorization: KNOWN.authorization } })
  t.match(reply.headers, { 'set-cookie': 'pollux_node=1; Path=/; HttpOnly', 'access-control-allow-origin': 'https://app.example.com' })
})
