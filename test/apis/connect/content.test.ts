/** Content with its environment, vanity path and repository (contract 7.1, 7.2 and 7.6). */
import t from 'tap'
import { badGuid, BAD_JSON, connectWorld, KEYS, KNOWN, NOT_YOURS, NO_CREDENTIAL, NO_SUCH_GUID, ROLE_TOO_LOW, UNKNOWN, UNSUPPORTED } from './connect-world.js'

const TAKEN = '{"code":26,"error":"An object with that name already exists.","payload":null}'
const BAD_NAME = '{"code":5,"error":"Application name must be between 3 and 64 alphanumeric characters, dashes, and underscores.","payload":null}'

t.test('content is told as recorded, key for key', async (t) => {
  const world = await connectWorld(t)
  const reply = await world.call('POST /v1/content', { name: 'my-app', title: 'My <app>' })
  t.equal(reply.statusCode, 200)
  const { guid } = reply.json()
  t.match(guid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.equal(reply.body, `{"guid":"${guid}","name":"my-app","title":"My <app>","description":"","access_type":"acl","connection_timeout":null,"read_timeout":null,"init_timeout":null,"idle_timeout":null,"max_processes":null,"min_processes":null,"max_conns_per_process":null,"load_factor":null,"memory_request":null,"memory_limit":null,"cpu_request":null,"cpu_limit":null,"amd_gpu_limit":null,"nvidia_gpu_limit":null,"service_account_name":null,"default_image_name":null,"created_time":"2026-11-22T12:00:00Z","last_deployed_time":"2026-11-22T12:00:00Z","bundle_id":null,"app_mode":"unknown","content_category":"","parameterized":false,"cluster_name":"Local","image_name":null,"r_version":null,"py_version":null,"quarto_version":null,"r_environment_management":null,"default_r_environment_management":null,"py_environment_management":null,"default_py_environment_management":null,"run_as":null,"run_as_current_user":false,"owner_guid":"6f6b1f2c-5c1d-4f0e-9a35-3d9c2d1f7a01","content_url":"http://localhost:80/content/${guid}/","dashboard_url":"http://localhost:80/connect/#/apps/${guid}","app_role":"owner","id":"1","locked":false}`)
  t.equal((await world.call(`GET /v1/content/${guid}`)).body, reply.body)
  t.equal((await world.call(`GET /v1/content/${guid.toUpperCase()}`)).body, reply.body, 'GUIDs are hexadecimal digits in either case')
})

t.test('URLs begin as the client\'s did', async (t) => {
  const world = await connectWorld(t)
  for (const [prefix, host, base] of [['', 'connect.test:3939', 'http://connect.test:3939'], ['/connect', 'localhost:8080', 'http://localhost:8080/connect'], ['/sandbox/a/connect', 'x', 'http://x/sandbox/a/connect']] as const) {
    const { guid, content_url: contentUrl, dashboard_url: dashboardUrl } = (await world.get(`${prefix}/__api__/v1/content`, { method: 'POST', headers: { ...KNOWN, host } })).json()
    t.strictSame([contentUrl, dashboardUrl], [`${base}/content/${guid}/`, `${base}/connect/#/apps/${guid}`])
    t.equal((await world.get(contentUrl.replace(`http://${host}`, ''), { headers: {} })).statusCode, 200)
  }
})

t.test('the server makes up a name where there is none', async (t) => {
  const world = await connectWorld(t)
  for (const body of [undefined, {}, { name: '' }, { name: null, title: 'x' }]) {
    const { name, guid } = (await world.call('POST /v1/content', body)).json()
    t.equal(name, `content-${guid.slice(0, 8)}`)
  }
})

t.test('names have rules, and belong to one content of an owner', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  const create = (name: unknown, key = 'owner-key') => world.call('POST /v1/content', { name }, key)
  for (const name of ['ab', 'a b c', 'a/b', 'x'.repeat(65), 'ümlaut', 'a.b.c', 'other:failure', 'a scenario:failure b/c']) {
    const reply = await create(name)
    t.strictSame([reply.statusCode, reply.body], [400, BAD_NAME], name)
  }
  for (const name of ['abc', 'x'.repeat(64), 'A-b_9', 'scenario:failure']) t.equal((await create(name)).statusCode, 200, name)
  const taken = await create('abc')
  t.strictSame([taken.statusCode, taken.body], [409, TAKEN])
  t.equal((await create('abc', 'admin-key')).statusCode, 200, 'of another owner')
  const { guid } = (await create('def')).json()
  t.equal((await world.call(`PATCH /v1/content/${guid}`, { name: 'abc' }, 'owner-key')).body, TAKEN)
  t.equal((await world.call(`PATCH /v1/content/${guid}`, { name: 'a' }, 'owner-key')).body, BAD_NAME)
  t.equal((await world.call(`PATCH /v1/content/${guid}`, { name: 'def' }, 'owner-key')).statusCode, 200, 'its own')
  t.equal((await world.call(`PATCH /v1/content/${guid}`, { name: 'ghi' }, 'owner-key')).json().name, 'ghi')
  t.equal((await world.call(`PATCH /v1/content/${guid}`, { name: '' }, 'owner-key')).json().name, 'ghi', 'an empty one changes nothing')
})

t.test('settings change one by one; null is the default again; what is unknown is ignored', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app', description: 'd', made_up: 1, guid: 'x', id: '9', __proto__: { x: 1 } })).json()
  const change = async (body: object) => (await world.call(`PATCH /v1/content/${guid}`, body)).json()
  t.match(await change({ title: 'T', access_type: 'all', max_processes: 3, load_factor: 0.5, run_as_current_user: true, app_mode: 'rmd-static', bundle_id: '7', owner_guid: NO_SUCH_GUID }), {
    guid, id: '1', title: 'T', description: 'd', access_type: 'all', max_processes: 3, load_factor: 0.5, run_as_current_user: true, app_mode: 'rmd-static', bundle_id: null, owner_guid: /^6f6b/,
  })
  t.match(await change({ title: null, access_type: null, max_processes: null, description: null }), { title: null, access_type: 'acl', max_processes: null, description: '', load_factor: 0.5 })
  for (const body of [{ title: 1 }, { access_type: 'some' }, { max_processes: 1.5 }, { max_processes: '1' }, { max_processes: -1 }, { run_as_current_user: 'yes' }, { title: 'x'.repeat(1025) }, { name: 7 }, { app_mode: 7 }, []]) {
    const reply = await world.call(`PATCH /v1/content/${guid}`, body)
    t.strictSame([reply.statusCode, reply.body], [400, BAD_JSON], JSON.stringify(body).slice(0, 50))
    t.equal((await world.call('POST /v1/content', body)).body, BAD_JSON)
  }
})

t.test('JSON is read under any content type, or none', async (t) => {
  const world = await connectWorld(t)
  for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', ';;', '']) {
    const reply = await world.get('/__api__/v1/content', { method: 'POST', headers: { ...KNOWN, 'content-type': type }, payload: `{"title":"${type}"}` })
    t.equal(reply.json().title, type)
  }
  const large = await world.get('/__api__/v1/content', { method: 'POST', payload: `{"title":"${'x'.repeat(1 << 20)}"}` })
  t.strictSame([large.statusCode, large.body], [413, '{"code":87,"error":"The request body cannot be parsed","payload":null}'])
})

t.test('the list has all content, or what filters let through', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  t.equal((await world.call('GET /v1/content', undefined, 'viewer-key')).body, '[]')
  for (const [name, key] of [['abc', 'owner-key'], ['abcd', 'owner-key'], ['abc', 'admin-key']] as const) await world.call('POST /v1/content', { name }, key)
  const list = async (query: string) => (await world.call(`GET /v1/content${query}`, undefined, 'owner-key')).json().map(({ id, app_role: role }: { id: string, app_role: string }) => `${id} ${role}`)
  const { guid: ownerGuid } = (await world.call('GET /v1/user', undefined, 'owner-key')).json()
  t.strictSame(await list(''), ['1 owner', '2 owner', '3 viewer'])
  t.strictSame(await list('?name=abc'), ['1 owner', '3 viewer'])
  t.strictSame(await list(`?name=abc&owner_guid=${ownerGuid}&include=owner,tags`), ['1 owner'])
  t.strictSame(await list('?name=ab'), [])
  t.strictSame(await list('?name='), ['1 owner', '2 owner', '3 viewer'])
})

t.test('deleted content is gone, with all that hangs on it', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
  const done = await world.call(`DELETE /v1/content/${guid}`)
  t.strictSame([done.statusCode, done.body, done.headers['content-type']], [204, '', undefined])
  for (const path of ['', '/environment', '/vanity', '/bundles', '/repository']) t.equal((await world.call(`GET /v1/content/${guid}${path}`)).body, UNKNOWN, path)
  t.equal((await world.call('POST /v1/content', { name: 'my-app' })).statusCode, 200, 'the name is free')
})

t.test('the environment shows names, sorted', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
  const url = `/v1/content/${guid}/environment`
  t.equal((await world.call(`GET ${url}`)).body, '[]')
  t.equal((await world.call(`PATCH ${url}`, [{ name: 'B', value: '1' }, { name: 'A', value: '' }])).body, '["A","B"]')
  t.equal((await world.call(`PATCH ${url}`, [{ name: 'C', value: '1' }, { name: 'A', value: null }, { name: 'Z', value: null }])).body, '["B","C"]')
  t.equal((await world.call(`GET ${url}`)).body, '["B","C"]')
  t.equal((await world.call(`PUT ${url}`, [{ name: 'D', value: 'x' }])).body, '["D"]')
  for (const body of [undefined, {}, [{ name: 'A' }], [{ name: '', value: '' }], [{ name: 'A', value: 1 }], ['A'], Array.from({ length: 1001 }, (_, n) => ({ name: `N${n}`, value: '' }))]) {
    t.equal((await world.call(`PATCH ${url}`, body)).body, BAD_JSON)
  }
  t.equal((await world.call(`PUT ${url}`, [])).body, '[]')
})

t.test('a vanity path belongs to one content, unless it is taken by force', async (t) => {
  const world = await connectWorld(t)
  const [one, two] = await Promise.all(['one', 'two'].map(async (name) => (await world.call('POST /v1/content', { name })).json().guid))
  const none = await world.call(`GET /v1/content/${one}/vanity`)
  t.strictSame([none.statusCode, none.body], [404, UNKNOWN])
  t.equal((await world.call(`PUT /v1/content/${one}/vanity`, { path: '/a/' })).body, `{"content_guid":"${one}","path":"/a/"}`)
  t.equal((await world.call(`PUT /v1/content/${one}/vanity`, { path: '/a/' })).statusCode, 200, 'again')
  t.equal((await world.call(`GET /v1/content/${one}/vanity`)).body, `{"content_guid":"${one}","path":"/a/"}`)
  t.equal((await world.call(`PUT /v1/content/${two}/vanity`, { path: '/a/' })).body, TAKEN)
  t.equal((await world.call(`PUT /v1/content/${two}/vanity`, { path: '/a/', force: true })).statusCode, 200)
  t.equal((await world.call(`GET /v1/content/${one}/vanity`)).statusCode, 404)
  for (const body of [undefined, {}, { path: '' }, { path: 1 }]) t.equal((await world.call(`PUT /v1/content/${one}/vanity`, body)).body, BAD_JSON)
})

t.test('a repository is set, changed and forgotten; without one the answer is an empty object', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
  const url = `/v1/content/${guid}/repository`
  for (const [method, body] of [['GET', undefined], ['PATCH', { branch: 'x' }], ['DELETE', undefined]] as const) {
    const none = await world.call(`${method} ${url}`, body)
    t.strictSame([none.statusCode, none.body, none.headers['content-type']], [404, '{}', 'application/json; charset=utf-8'], method)
  }
  const set = '{"repository":"https://example.test/r","branch":"main","directory":".","polling":true,"last_error":"","last_known_commit":""}'
  t.equal((await world.call(`PUT ${url}`, { repository: 'https://example.test/r' })).body, set)
  t.equal((await world.call(`GET ${url}`)).body, set)
  t.equal((await world.call(`PATCH ${url}`, { branch: 'dev', polling: false, made_up: 1 })).body, set.replace('main', 'dev').replace('true', 'false'))
  for (const body of [{}, { repository: '' }, { repository: 'x', polling: 'yes' }]) t.equal((await world.call(`PUT ${url}`, body)).body, BAD_JSON)
  t.equal((await world.call(`PATCH ${url}`, { branch: 1 })).body, BAD_JSON)
  t.equal((await world.call(`DELETE ${url}`)).statusCode, 204)
  t.equal((await world.call(`GET ${url}`)).body, '{}')
})

const CALLS = ['GET ', 'PATCH ', 'DELETE ', 'GET /environment', 'PATCH /environment', 'PUT /environment', 'GET /vanity', 'PUT /vanity', 'GET /repository', 'PUT /repository', 'PATCH /repository', 'DELETE /repository', 'GET /bundles', 'GET /bundles/1', 'DELETE /bundles/1', 'GET /bundles/1/download']

for (const row of CALLS) {
  const [method = '', path = ''] = row.split(' ')
  t.test(`${method} …${path}: credential, form of the GUID, existence, permission, in this order`, async (t) => {
    const world = await connectWorld(t, { 'api-keys': KEYS })
    const call = (guid: string, key: string) => world.call(`${method} /v1/content/${guid}${path}`, '{"broken', key)
    const none = await world.get(`/__api__/v1/content/abc${path}`, { method: method as 'GET', headers: {} })
    t.equal(none.body, NO_CREDENTIAL)
    const malformed = await call('abc', 'viewer-key')
    t.strictSame([malformed.statusCode, malformed.body], [400, badGuid('abc')])
    t.equal((await call('x'.repeat(5000), 'viewer-key')).body, badGuid('x'.repeat(5000)))
    const unknown = await call(NO_SUCH_GUID, 'viewer-key')
    t.strictSame([unknown.statusCode, unknown.body], [404, UNKNOWN])
    if (method === 'GET' || path === '/bundles/1') return
    const { guid } = (await world.call('POST /v1/content', { name: 'my-app' }, 'owner-key')).json()
    t.equal((await call(guid, 'viewer-key')).body, ROLE_TOO_LOW)
    t.equal((await call(guid, 'other-key')).body, NOT_YOURS)
    t.notOk([401, 403].includes((await call(guid, 'admin-key')).statusCode))
  })
}

t.test('viewers create nothing', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  for (const call of ['POST /v1/content', 'POST /applications']) {
    const reply = await world.call(call, { name: 'my-app' }, 'viewer-key')
    t.strictSame([reply.statusCode, reply.body], [403, ROLE_TOO_LOW])
  }
})

t.test('known paths by other methods, and paths that are none', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
  for (const call of ['PUT /v1/content', 'DELETE /v1/content', `POST /v1/content/${guid}`, `GET /v1/content/${guid}/deploy`, `DELETE /v1/content/${guid}/environment`, `DELETE /v1/content/${guid}/vanity`, 'POST /server_settings', 'GET /tokens', 'PUT /applications/1', 'GET /variants/1/render', 'POST /repo/branches']) {
    const reply = await world.call(call)
    t.strictSame([reply.statusCode, reply.body], [404, UNSUPPORTED], call)
  }
  for (const call of ['GET /v1/content/', `GET /v1/content/${guid}/`, `GET /v1/content/${guid}/nothing`, `POST /v1/content/${guid}/deploy/`, 'GET /v1/Content', 'DELETE /v1/content/', 'GET /applications/', 'GET /v1/server_settings/perl', 'GET /variants/1']) {
    const reply = await world.call(call)
    t.strictSame([reply.statusCode, reply.body, reply.headers['content-type']], [404, '404 page not found', 'text/plain; charset=utf-8'], call)
  }
  t.equal((await world.get(`/__api__//v1///content/${guid}`)).statusCode, 200, 'runs of slashes count as one')
})

t.test('HEAD answers like GET, without a body', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
  for (const url of ['/__api__/v1/content', `/__api__/v1/content/${guid}`, `/__api__/v1/content/${NO_SUCH_GUID}`, '/__api__/server_settings', '/__ping__', `/content/${guid}/`]) {
    const [head, get] = [await world.get(url, { method: 'HEAD' }), await world.get(url)]
    t.strictSame([head.statusCode, head.body, head.headers['content-length'], head.headers['content-type']], [get.statusCode, '', get.headers['content-length'], get.headers['content-type']], url)
  }
})
