/** What the vendor's clients send, in order and with their headers and bodies (contract 7.3), over real sockets against the built server. */
import t, { type Test } from 'tap'
import { OWN_PROCESS, startServer } from './server.js'
import { bundleOf, clientOf, md5Of, type Exchanged, type Send } from './connect-exchange.js'

const KEY = { authorization: 'Key pollux' }
const BUNDLE = bundleOf('python-fastapi')
const JSON_TYPE = { 'content-type': 'application/json' }

function json (body: unknown): { headers: Record<string, string>, body: string } {
  return { headers: JSON_TYPE, body: JSON.stringify(body) }
}

async function expect (t: Test, status: number, exchange: Promise<Exchanged>, what?: string): Promise<Exchanged> {
  const reply = await exchange
  t.equal(reply.status, status, what ?? reply.text.slice(0, 100))
  if (status < 300 && reply.text.startsWith('{')) t.match(reply.headers['content-type'], /^application\/json/)
  return reply
}

/** Polls as rsconnect-python and connectapi do: `?wait=1` first, then `?first=N&wait=1`. */
async function follow (t: Test, send: Send, id: string, prefix = ''): Promise<{ lines: string[], last: Exchanged['json'] }> {
  const lines: string[] = []
  for (let query = '?wait=1', polls = 0; polls < 100; polls++) {
    const { json: task } = await expect(t, 200, send('GET', `${prefix}/__api__/v1/tasks/${id}${query}`))
    lines.push(...task.output)
    if (task.finished === true) return { lines, last: task }
    query = `?first=${task.last}&wait=1`
  }
  throw new Error(`${id} never finished`)
}

t.test('rsconnect-python 1.29 on a current server deploys a draft, looks at it and deploys again', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, 'user-agent': 'rsconnect-python/1.29.0', 'accept-encoding': 'identity' })
  for (let n = 0; n < 2; n++) t.match((await expect(t, 200, send('GET', '/__api__/server_settings'))).json, { version: '2026.04.0' })
  t.equal((await expect(t, 200, send('GET', '/__api__/v1/user'))).json.username, 'ada')
  t.equal((await expect(t, 200, send('GET', '/__api__/v1/content?name=my_api'))).text, '[]')
  await expect(t, 200, send('GET', '/__api__/server_settings'))
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'my_api' })))
  t.equal((await expect(t, 200, send('PATCH', `/__api__/v1/content/${app.guid}/environment`, json([{ name: 'REGION', value: 'north' }])))).text, '["REGION"]')
  t.equal((await expect(t, 200, send('PATCH', `/__api__/v1/content/${app.guid}`, json({ title: 'My API' })))).json.title, 'My API')
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { body: [BUNDLE.subarray(0, 40), BUNDLE.subarray(40)] }))
  const draft = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id, activate: false })))
  const { lines, last } = await follow(t, send, draft.json.task_id)
  t.match(last, { code: 0, error: '', result: null })
  t.match(lines.join('\n'), new RegExp(`^Building FastAPI application\\.\\.\\.[^]*Content GUID: ${app.guid}\n[^]*Bundle ID: ${bundle.id}\n[^]*Launching FastAPI application\\.\\.\\.`))
  t.equal((await send('GET', `/__api__/v1/content/${app.guid}`)).json.bundle_id, null, 'a draft changes nothing')
  t.match(await expect(t, 200, send('GET', `/content/${app.guid}/_bundle${bundle.id}/`)), { headers: { 'content-type': 'text/html; charset=utf-8' } })
  const final = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id })))
  t.not(final.json.task_id, draft.json.task_id)
  t.equal((await follow(t, send, final.json.task_id)).last.code, 0)
  t.match((await send('GET', `/__api__/v1/content/${app.guid}`)).json, { bundle_id: bundle.id, app_mode: 'python-fastapi' })
})

t.test('rsconnect-python on a server before 2025.06 deploys once', async (t) => {
  const { url } = await startServer(t, '--speed', '20', '--set', 'connect.server-version=2024.08.0')
  const send = clientOf(url, { ...KEY, 'user-agent': 'rsconnect-python/1.29.0' })
  t.equal((await expect(t, 200, send('GET', '/__api__/server_settings'))).json.version, '2024.08.0')
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'old_server' })))
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { body: [BUNDLE] }))
  t.equal((await expect(t, 400, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id, activate: false })))).json.code, 121)
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id })))
  t.equal((await follow(t, send, id)).last.code, 0)
  await expect(t, 200, send('GET', `/content/${app.guid}/`))
})

t.test('rsconnect-python meets a failed build, whose result it prints', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, KEY)
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'fails', title: 'scenario:deploy-python-fail' })))
  await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { body: [BUNDLE] }))
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: null })))
  const failure = 'Content build failed (Error code: python-package-version-not-available)'
  t.match((await follow(t, send, id)).last, { code: 1, error: failure, result: { type: 'build-failed-error', data: failure } })
})

t.test('posit-sdk creates, deploys without a number and waits without `first`; then it restarts', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, 'user-agent': 'posit-sdk/0.17.0', accept: '*/*' })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'sdk' })))
  t.equal((await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { headers: { 'content-length': String(BUNDLE.length) }, body: BUNDLE }))).json.active, false)
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: null })))
  let { json: task } = await expect(t, 200, send('GET', `/__api__/v1/tasks/${id}`))
  while (task.finished === false) task = (await expect(t, 200, send('GET', `/__api__/v1/tasks/${id}?wait=1`))).json
  t.equal(task.output.length, task.last, 'every line, each time')
  const [{ active }] = (await send('GET', `/__api__/v1/content/${app.guid}/bundles`)).json
  t.equal(active, true)
  t.equal((await expect(t, 200, send('PATCH', `/__api__/v1/content/${app.guid}/environment`, json([{ name: '_CONNECT_RESTART_TMP', value: '1' }])))).text, '["_CONNECT_RESTART_TMP"]')
  t.equal((await expect(t, 200, send('PUT', `/__api__/v1/content/${app.guid}/environment`, json([])))).text, '[]')
  await expect(t, 200, send('GET', `/content/${app.guid}`))
})

t.test('Publisher asks eight things at once, leaves the name to the server, and polls without `wait`', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  // It sends back the whole line.
  const send = clientOf(url, { ...KEY, 'user-agent': 'publisher/1.20.0', 'accept-encoding': 'gzip' }, (line) => line)
  await expect(t, 200, send('GET', '/__api__/v1/user'))
  const settings = await Promise.all(['/v1/user', '/server_settings', '/server_settings/applications', '/server_settings/scheduler/python-fastapi', '/v1/server_settings/python', '/v1/server_settings/r', '/v1/server_settings/quarto', '/v1/oauth/integrations'].map((path) => send('GET', `/__api__${path}`)))
  t.same(settings.map(({ status }) => status), Array.from({ length: 8 }, () => 200))
  t.match(settings[0]?.json, { confirmed: true, locked: false, user_role: 'administrator' })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: '' })))
  t.match(app.name, /^content-/)
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { headers: { 'content-type': 'application/gzip', 'x-content-checksum': md5Of(BUNDLE) }, body: BUNDLE }))
  t.equal((await expect(t, 200, send('PATCH', `/__api__/v1/content/${app.guid}`, json({ name: '', title: 'From Publisher', access_type: 'acl', max_processes: null })))).json.title, 'From Publisher')
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id })))
  const lines: string[] = []
  for (let first = 0, isFinished = false; !isFinished;) {
    const { json: task } = await expect(t, 200, send('GET', `/__api__/v1/tasks/${id}?first=${first}`))
    t.notOk(task.error)
    lines.push(...task.output)
    first = task.last
    isFinished = task.finished
    await new Promise((resolve) => { setTimeout(resolve, 25) })
  }
  t.equal(lines.at(-1), 'Using environment Local')
  await expect(t, 200, send('GET', `/content/${app.guid}/`))
})

t.test('connectapi pings first, and posts `{}` by default', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, 'user-agent': 'libcurl/8.5.0 r-curl/5.2.1 httr/1.4.7', accept: 'application/json, text/xml, application/xml, */*' })
  t.equal((await expect(t, 200, send('GET', '/__ping__'))).text, '{}')
  await expect(t, 200, send('GET', '/__api__/server_settings'))
  t.same((await expect(t, 200, send('GET', '/__api__/v1/content'))).json, [])
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'from-r' })))
  await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { headers: { 'content-type': 'application/x-tar' }, body: BUNDLE }))
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, { headers: JSON_TYPE, body: '{}' }))
  t.equal((await follow(t, send, id)).last.finished, true)
  const branches = await expect(t, 200, send('GET', '/__api__/repo/branches?url=https%3A%2F%2Fexample.test%2Fr'))
  t.match((await follow(t, send, branches.json.id)).last.result, { type: 'git-repo-branches-result' })
})

t.test('rsconnect-ts uploads chunks under a form\'s type, and closes every connection', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, connection: 'close', 'user-agent': 'axios/0.27.2', accept: 'application/json, text/plain, */*' })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/v1/content', json({ name: 'ts-app' })))
  t.match(await expect(t, 409, send('POST', '/__api__/v1/content', json({ name: 'ts-app' }))), { json: { code: 26 } })
  t.equal((await expect(t, 404, send('GET', `/__api__/v1/content/${app.guid}/vanity`))).json.code, 4)
  await expect(t, 200, send('PUT', `/__api__/v1/content/${app.guid}/vanity`, json({ path: '/ts-app/', force: true })))
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/v1/content/${app.guid}/bundles`, { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: [BUNDLE] }))
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: bundle.id })))
  t.equal((await follow(t, send, id)).last.finished, true)
})

/** Polls the route before v1, as rsconnect 0.8 does. */
async function followLegacy (t: Test, send: Send, id: string): Promise<{ lines: string[], last: Exchanged['json'] }> {
  const lines: string[] = []
  for (let first = 0; ;) {
    const { json: task } = await expect(t, 200, send('GET', `/__api__/tasks/${id}?first_status=${first}`))
    lines.push(...task.status)
    if (task.status.length > 0) first = task.last_status
    if (task.finished === true) return { lines, last: task }
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
}

t.test('R\'s rsconnect 0.8.29 knows applications alone', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { 'x-auth-token': 'T123', 'x-auth-signature': 'c2ln', date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'x-content-checksum': md5Of(''), 'user-agent': 'rsconnect/0.8.29' })
  const signed = (body: string | Buffer, type: string) => ({ headers: { 'content-type': type, 'content-length': String(Buffer.byteLength(body)), 'x-content-checksum': md5Of(body) }, body })
  const { json: { id: accountId } } = await expect(t, 200, send('GET', '/__api__/users/current'))
  t.equal(accountId, 1)
  t.match((await expect(t, 200, send('GET', '/__api__/applications?filter=account_id:1&filter=name:my-shiny&count=100&offset=0'))).json, { applications: [], count: 0, total: 0 })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/applications', signed('{\n  "name": "my-shiny"\n}', 'application/json')))
  t.equal(app.id, 1)
  const { json: bundle } = await expect(t, 200, send('POST', '/__api__/applications/1/upload', signed(bundleOf('shiny'), 'application/x-gzip')))
  const { json: task } = await expect(t, 200, send('POST', '/__api__/applications/1/deploy', signed(`{\n  "bundle": ${bundle.id}\n}`, 'application/json')))
  t.match(task, { status: [], last_status: 0, finished: false })
  const { lines, last } = await followLegacy(t, send, task.id)
  t.equal(last.code, 0)
  t.match(lines.join('\n'), /^Building Shiny application\.\.\.\n[^]*# Restoring packages ----[^]*Installing shiny \(1\.9\.1\) \.\.\.[^]*Launching Shiny application\.\.\.$/)
  t.match((await expect(t, 200, send('GET', '/__api__/applications/1/config'))).json, { config_url: `${url}/connect/#/apps/${app.guid}`, logs_url: `${url}/connect/#/apps/${app.guid}/logs` })
  t.match((await send('GET', '/__api__/applications/1')).json, { bundle_id: bundle.id, app_mode: 1 })
})

t.test('rsconnect-python 1.27 mixes old and new calls', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, 'user-agent': 'rsconnect-python/1.27.0' })
  await expect(t, 200, send('GET', '/__api__/server_settings'))
  t.match((await expect(t, 200, send('GET', '/__api__/me'))).json, { username: 'ada', privileges: [] })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/applications', json({ name: 'mixed' })))
  await expect(t, 200, send('POST', `/__api__/applications/${app.id}`, json({ title: 'Mixed' })))
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/applications/${app.id}/upload`, { body: [BUNDLE] }))
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/__api__/v1/content/${app.guid}/deploy`, json({ bundle_id: String(bundle.id) })))
  t.equal((await follow(t, send, id)).last.code, 0)
})

t.test('rsconnect-python up to 1.24 uses old calls alone, and two slashes', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, { ...KEY, 'user-agent': 'rsconnect-python/1.20.0' })
  const { json: app } = await expect(t, 200, send('POST', '/__api__/applications', json({ name: 'all-old' })))
  const { json: bundle } = await expect(t, 200, send('POST', `/__api__/applications/${app.id}/upload`, { body: [BUNDLE] }))
  const { json: { id } } = await expect(t, 200, send('POST', `/__api__/applications/${app.id}/deploy`, json({ bundle: bundle.id })))
  t.equal((await followLegacy(t, send, id)).last.code, 0)
  await expect(t, 200, send('GET', `//content/${app.guid}/`))
})

t.test('below a mount, URLs in replies lead back to it', OWN_PROCESS, async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const send = clientOf(url, KEY)
  const { json: app } = await expect(t, 200, send('POST', '/sandbox/rsc/connect/__api__/v1/content', json({ name: 'mounted' })))
  t.equal(app.content_url, `${url}/sandbox/rsc/connect/content/${app.guid}/`)
  await expect(t, 200, send('POST', `/sandbox/rsc/connect/__api__/v1/content/${app.guid}/bundles`, { body: BUNDLE }))
  const { json: { task_id: id } } = await expect(t, 202, send('POST', `/sandbox/rsc/connect/__api__/v1/content/${app.guid}/deploy`, { body: '' }))
  t.equal((await follow(t, send, id, '/sandbox/rsc/connect')).last.code, 0)
  await expect(t, 200, send('GET', new URL(app.content_url).pathname))
})

t.test('behind a load balancer, only who sends the cookie back finds its task', async (t) => {
  const { url } = await startServer(t, '--speed', '20', '--set', 'connect.session-cookie=required')
  const send = clientOf(url, KEY)
  const { json: { task_id: id } } = await expect(t, 200, send('DELETE', '/__api__/v1/system/caches/runtime', json({ language: 'R', version: '4.3.0', image_name: 'Local', dry_run: false })))
  t.equal((await follow(t, send, id)).last.code, 0)
  const stranger = clientOf(url, KEY, () => 'other=1')
  t.equal((await expect(t, 404, stranger('GET', `/__api__/v1/tasks/${id}`))).json.code, 141)
})
