/** Which bundle is deployed, what the build says, and what follows from it (contract 7.1 to 7.3, 7.5 and 7.6). */
import t from 'tap'
import { archiveFor, archiveOf, BAD_JSON, connectWorld, KEYS, KNOWN, UNKNOWN, type ConnectWorld } from './connect-world.js'

async function contentOf (world: ConnectWorld, name = 'my-app', appMode = 'python-fastapi'): Promise<{ guid: string, bundle: string }> {
  const { guid } = (await world.call('POST /v1/content', { name })).json()
  return { guid, bundle: await world.upload(guid, archiveFor(appMode)) }
}

/** Deploys and lets the task come to its end. */
async function deployed (world: ConnectWorld, guid: string, body?: unknown, verb = 'deploy'): Promise<string> {
  const id: string = (await world.call(`POST /v1/content/${guid}/${verb}`, body)).json().task_id
  await world.sandbox.clock.advance(60_000)
  return id
}

t.test('without a bundle there is nothing to deploy, by any call', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'empty' })).json()
  for (const [call, body] of [[`POST /v1/content/${guid}/deploy`, undefined], [`POST /v1/content/${guid}/deploy`, { bundle_id: null }], [`POST /v1/content/${guid}/build`, {}], [`POST /v1/experimental/content/${guid}/deploy`, {}], ['POST /applications/1/deploy', {}]] as const) {
    const reply = await world.call(call, body)
    t.equal(reply.statusCode, 404, call)
    t.equal(reply.body, '{"code":28,"error":"No application bundle to deploy.","payload":null}')
  }
})

t.test('a bundle that isn\'t there, and one of other content', async (t) => {
  const world = await connectWorld(t)
  const { guid } = await contentOf(world)
  const other = await contentOf(world, 'other')
  for (const id of ['99', 'abc', '', '1'.repeat(40)]) {
    const reply = await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: id })
    t.equal(reply.statusCode, 404, id)
    t.equal(reply.body, UNKNOWN)
  }
  t.equal((await world.call('POST /applications/1/deploy', { bundle: 99 })).body, UNKNOWN)
  for (const [call, body] of [[`POST /v1/content/${guid}/deploy`, { bundle_id: other.bundle }], ['POST /applications/1/deploy', { bundle: Number(other.bundle) }]] as const) {
    const reply = await world.call(call, body)
    t.equal(reply.statusCode, 400)
    t.equal(reply.body, '{"code":82,"error":"The bundle for deployment must belong to the target application.","payload":null}')
  }
})

t.test('without a number the newest bundle is deployed; the one served is the one deployed last', async (t) => {
  const world = await connectWorld(t)
  const { guid, bundle: first } = await contentOf(world)
  const second = await world.upload(guid, archiveFor('static'))
  await deployed(world, guid, {})
  const content = async () => (await world.call(`GET /v1/content/${guid}`)).json()
  t.match(await content(), { bundle_id: second, app_mode: 'static', created_time: '2026-11-22T12:00:00Z', last_deployed_time: '2026-11-22T12:00:02Z' })
  const active = async () => (await world.call(`GET /v1/content/${guid}/bundles`)).json().map(({ id, active }: { id: string, active: boolean }) => [id, active])
  t.strictSame(await active(), [[second, true], [first, false]])
  await deployed(world, guid, { bundle_id: first })
  t.match(await content(), { bundle_id: first, app_mode: 'python-fastapi', last_deployed_time: '2026-11-22T12:01:08Z' })
  t.strictSame(await active(), [[second, false], [first, true]])
})

t.test('with `activate: false` nothing changes, and the draft can be visited', async (t) => {
  const world = await connectWorld(t)
  const { guid, bundle } = await contentOf(world)
  const before = (await world.call(`GET /v1/content/${guid}`)).body
  const id = await deployed(world, guid, { bundle_id: bundle, activate: false })
  t.match(await world.task(id), { finished: true, code: 0 })
  t.equal((await world.call(`GET /v1/content/${guid}`)).body, before)
  t.equal((await world.get(`/content/${guid}/_bundle${bundle}/`)).statusCode, 200)
  await deployed(world, guid, { bundle_id: bundle, activate: true }, 'build')
  t.equal((await world.call(`GET /v1/content/${guid}`)).json().bundle_id, bundle)
})

t.test('`activate` is known from 2025.06.0 on', async (t) => {
  for (const [version, status] of [['2025.06.0', 202], ['2025.06.1', 202], ['2025.12.0', 202], ['2026.01.0', 202], ['2025.05.9', 400], ['2024.12.0', 400], ['2023.09.0', 400]] as const) {
    const world = await connectWorld(t, { 'server-version': version })
    const { guid } = await contentOf(world)
    const reply = await world.call(`POST /v1/content/${guid}/deploy`, { activate: false })
    t.equal(reply.statusCode, status, version)
    if (status === 400) t.equal(reply.body, BAD_JSON)
    t.equal((await world.call(`POST /v1/content/${guid}/deploy`, {})).statusCode, 202)
    t.equal((await world.call('GET /server_settings')).json().version, version)
  }
})

t.test('a build fails with the recorded result, and nothing is served', async (t) => {
  const world = await connectWorld(t)
  const { guid } = await contentOf(world)
  await world.call(`PATCH /v1/content/${guid}`, { title: 'scenario:deploy-python-fail' })
  const id = await deployed(world, guid)
  const failure = 'Content build failed (Error code: python-package-version-not-available)'
  t.match(await world.task(id), { finished: true, code: 1, error: failure, result: { type: 'build-failed-error', data: failure } })
  t.match((await world.call(`GET /v1/content/${guid}`)).json(), { bundle_id: null, app_mode: 'unknown', last_deployed_time: '2026-11-22T12:00:00Z' })
})

t.test('lines name the content, the bundle and the job', async (t) => {
  const world = await connectWorld(t)
  const { guid, bundle } = await contentOf(world)
  const { output } = await world.task(await deployed(world, guid))
  t.strictSame(output.slice(2, 4), [`2026/11/22 12:00:01.000000000 [rsc-session] Content GUID: ${guid}`, `2026/11/22 12:00:01.000000000 [rsc-session] Bundle ID: ${bundle}`])
})

const BUILDS: ReadonlyArray<readonly [appMode: string, number: number, family: string, first: string, telling: string]> = [
  ['shiny', 1, 'r', 'Building Shiny application...', 'Installing shiny (1.9.1) ...'],
  ['rmd-shiny', 2, 'r', 'Building Shiny document...', 'Launching Shiny document...'],
  ['rmd-static', 3, 'document', 'Building R Markdown document...', 'Launching R Markdown document...'],
  ['static', 4, 'static', 'Building static content...', 'Launching static content...'],
  ['api', 5, 'r', 'Building Plumber API...', 'Installing plumber (1.2.2) ...'],
  ['tensorflow-saved-model', 6, 'tensorflow', 'Building TensorFlow model...', 'Launching TensorFlow model...'],
  ['jupyter-static', 7, 'document', 'Building Jupyter notebook...', 'Launching Jupyter notebook...'],
  ['python-api', 8, 'python', 'Building Python API...', 'Launching Python API...'],
  ['python-dash', 9, 'python', 'Building Dash application...', '2026/11/22 12:00:05.000000000 Successfully installed anyio-4.4.0 dash-2.18.1'],
  ['python-streamlit', 10, 'python', 'Building Streamlit application...', 'Launching Streamlit application...'],
  ['python-bokeh', 11, 'python', 'Building Bokeh application...', 'Launching Bokeh application...'],
  ['python-fastapi', 12, 'python', 'Building FastAPI application...', '2026/11/22 12:00:05.000000000 Successfully installed anyio-4.4.0 fastapi-0.115.0'],
  ['quarto-shiny', 13, 'document', 'Building Shiny Quarto document...', 'Launching Shiny Quarto document...'],
  ['quarto-static', 14, 'document', 'Building Quarto document...', '2026/11/22 12:00:03.000000000 Output created: index.html'],
  ['python-shiny', 15, 'python', 'Building Python Shiny application...', 'Launching Python Shiny application...'],
  ['jupyter-voila', 16, 'python', 'Building Voila application...', 'Launching Voila application...'],
  ['python-gradio', 17, 'python', 'Building Gradio application...', 'Launching Gradio application...'],
  ['python-panel', 18, 'python', 'Building Panel application...', 'Launching Panel application...'],
  ['nodejs', 20, 'nodejs', 'Building Node.js application...', 'Finished Node.js build (22.11.0)'],
  ['made-up', 0, 'python', 'Building FastAPI application...', 'Launching FastAPI application...'],
]

for (const [appMode, number, family, first, telling] of BUILDS) {
  t.test(`${appMode} is built as such`, async (t) => {
    const world = await connectWorld(t)
    const { guid } = await contentOf(world, 'my-app', appMode)
    const { output, code } = await world.task(await deployed(world, guid))
    t.equal(code, 0)
    t.equal(output[0], first)
    t.ok(output.includes(telling), telling)
    t.equal((await world.call(`GET /v1/content/${guid}`)).json().app_mode, appMode)
    t.equal((await world.call('GET /applications/1')).json().app_mode, number)
    const build = await deployed(world, guid, {}, 'build')
    t.equal(world.sandbox.simulator.peek('connect', build)?.task.scenario, `build-${family}-ok`)
    t.notMatch((await world.task(build)).output.join('\n'), /Launching/, 'a build launches nothing')
  })
}

t.test('the manifest is found wherever it stands; what can\'t be read is built like an unknown application', async (t) => {
  const manifest = JSON.stringify({ version: 1, metadata: { appmode: 'static' } })
  const long = 'x'.repeat(200_000)
  const rows: ReadonlyArray<readonly [string, Buffer, string]> = [
    ['last', archiveOf({ 'a.txt': long, 'b.txt': '', 'manifest.json': manifest }), 'static'],
    ['below ./', archiveOf({ 'manifest.json': manifest }, './'), 'static'],
    ['in a directory of its own', archiveOf({ 'manifest.json': manifest }, 'app/'), 'unknown'],
    ['no archive', Buffer.from('this is no archive, but it may be uploaded'), 'unknown'],
    ['half a gzip', archiveOf({ 'a.txt': long, 'manifest.json': manifest }).subarray(0, 60), 'unknown'],
    ['no JSON', archiveOf({ 'manifest.json': '{' }), 'unknown'],
    ['no mode', archiveOf({ 'manifest.json': '{"metadata":{"appmode":7}}' }), 'unknown'],
    ['an odd mode', archiveOf({ 'manifest.json': '{"metadata":{"appmode":"<b>"}}' }), 'unknown'],
  ]
  for (const [name, archive, expected] of rows) {
    const world = await connectWorld(t)
    const { guid } = (await world.call('POST /v1/content', { name: 'my-app' })).json()
    await world.upload(guid, archive)
    await deployed(world, guid)
    const { app_mode: appMode, bundle_id: bundle } = (await world.call(`GET /v1/content/${guid}`)).json()
    t.strictSame([appMode, bundle], [expected, '2'], name)
  }
})

t.test('two deploys at a time are two tasks, and the one that ends last is served', async (t) => {
  const world = await connectWorld(t)
  const { guid, bundle } = await contentOf(world)
  const second = await world.upload(guid, archiveFor('static'))
  const ids = [(await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: bundle })).json().task_id, (await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: second })).json().task_id]
  t.not(ids[0], ids[1])
  await world.sandbox.clock.advance(2000)
  t.equal((await world.call(`GET /v1/content/${guid}`)).json().bundle_id, second)
  await world.sandbox.clock.advance(6000)
  t.equal((await world.call(`GET /v1/content/${guid}`)).json().bundle_id, bundle)
})

t.test('content or bundle that is deleted while it is deployed changes nothing any more', async (t) => {
  const world = await connectWorld(t)
  const gone = await contentOf(world, 'gone')
  const kept = await contentOf(world, 'kept')
  await world.call(`POST /v1/content/${gone.guid}/deploy`)
  await world.call(`POST /v1/content/${kept.guid}/deploy`)
  t.equal((await world.call(`DELETE /v1/content/${gone.guid}`)).statusCode, 204)
  t.equal((await world.call(`DELETE /v1/content/${kept.guid}/bundles/${kept.bundle}`)).statusCode, 204)
  await world.sandbox.clock.advance(60_000)
  t.equal((await world.call(`GET /v1/content/${kept.guid}`)).json().bundle_id, null)
  t.equal((await world.call(`GET /v1/content/${gone.guid}`)).body, UNKNOWN)
})

t.test('content in a repository is deployed without an upload; a failure leaves no bundle', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'from-git' })).json()
  await world.call(`PUT /v1/content/${guid}/repository`, { repository: 'https://example.test/r', branch: 'main' })
  await world.call(`PATCH /v1/content/${guid}`, { title: 'scenario:failure' })
  await deployed(world, guid, { bundle_id: null })
  t.equal((await world.call(`GET /v1/content/${guid}/bundles`)).body, '[]')
  await world.call(`PATCH /v1/content/${guid}`, { title: null })
  await deployed(world, guid, { bundle_id: null })
  const { bundle_id: bundle, app_mode: appMode } = (await world.call(`GET /v1/content/${guid}`)).json()
  t.equal(appMode, 'static')
  t.match((await world.call(`GET /v1/content/${guid}/bundles/${bundle}`)).json(), { active: true, size: 235, metadata: { source: 'git', source_repo: 'https://example.test/r', source_branch: 'main' } })
  t.equal((await world.get(`/__api__/v1/content/${guid}/bundles/${bundle}/download`)).rawPayload.length, 235)
})

t.test('a bundle out of a repository goes by what is said, else by how the content is set, else there is none', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /v1/content', { name: 'from-git' })).json()
  const none = await world.call(`POST /v1/content/${guid}/repository/bundle`, {})
  t.strictSame([none.statusCode, none.body], [404, '{}'])
  await world.call(`PUT /v1/content/${guid}/repository`, { repository: 'https://example.test/r', branch: 'dev', directory: 'app' })
  const { bundle_id: bundle, location } = (await world.call(`POST /v1/content/${guid}/repository/bundle`, { ref: 'v2' })).json()
  t.strictSame(location, { repository: 'https://example.test/r', ref: 'v2', directory: 'app' })
  t.equal((await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: bundle })).body, UNKNOWN, 'it isn\'t there yet')
  await world.sandbox.clock.advance(3000)
  t.match((await world.call(`GET /v1/content/${guid}/bundles/${bundle}`)).json(), { id: bundle, created_time: '2026-11-22T12:00:03Z', metadata: { source_branch: 'v2' } })
  t.equal((await world.call(`POST /v1/content/${guid}/deploy`, { bundle_id: bundle })).statusCode, 202)
})

t.test('branches are an array before 2026.01', async (t) => {
  for (const [version, type] of [['2026.01.0', 'git-repo-branches-result'], ['2025.12.0', 'git-repo-ref-branch-array']] as const) {
    const world = await connectWorld(t, { 'server-version': version })
    const { id } = (await world.call('GET /repo/branches?url=https://example.test/r')).json()
    await world.sandbox.clock.advance(1000)
    const { result } = await world.task(id) as { result: { type: string, data: object } }
    t.equal(result.type, type)
    if (type === 'git-repo-ref-branch-array') t.strictSame(result.data, [{ branch: 'main', ref: '3f2a9c1d7b604e58a1c2d3e4f5061728b9a0c1d2' }, { branch: 'develop', ref: '8c1e0d2f4a6b8c0d1e2f3a4b5c6d7e8f90a1b2c3' }])
    const instant = (await world.call('GET /repo/branches?url=https://example.test/scenario:instant')).json()
    t.match(await world.task(instant.id), { finished: true, result: { type } }, 'whatever the scenario')
  }
})

t.test('looks at repositories need to know which one', async (t) => {
  const world = await connectWorld(t)
  for (const [url, name] of [['/repo/branches', 'url'], ['/repo/branches?url=', 'url'], ['/repo/manifest-dirs?branch=main', 'url'], ['/repo/manifest-dirs?url=https://example.test/r', 'branch']] as const) {
    const reply = await world.call(`GET ${url}`)
    t.equal(reply.statusCode, 400, url)
    t.match(reply.json(), { code: 25, error: new RegExp(`^Invalid value for parameter "${name}": expected `) })
  }
})

t.test('caches: a rehearsal starts nothing, and each must be named whole', async (t) => {
  const world = await connectWorld(t)
  const cache = { language: 'Python', version: '3.11.3', image_name: 'Local' }
  const remove = (body: unknown) => world.call('DELETE /v1/system/caches/runtime', body)
  t.equal((await world.call('GET /v1/system/caches/runtime')).body, '{"caches":[{"language":"R","version":"4.3.0","image_name":"Local"},{"language":"Python","version":"3.11.3","image_name":"Local"}]}')
  const rehearsal = await remove({ ...cache, dry_run: true })
  t.strictSame([rehearsal.statusCode, rehearsal.body], [200, '{"language":"Python","version":"3.11.3","image_name":"Local","task_id":null}'])
  for (const bad of [{ ...cache, version: '3.12.0' }, { ...cache, language: 'python' }, { ...cache, image_name: 'other' }]) {
    const reply = await remove(bad)
    t.strictSame([reply.statusCode, reply.body], [404, '{"code":4,"error":"Cache does not exist","payload":null}'])
  }
  for (const bad of [{}, undefined, { language: 'R' }, { ...cache, image_name: '' }]) {
    const reply = await remove(bad)
    t.strictSame([reply.statusCode, reply.body], [400, '{"code":180,"error":"The request did not identify a cache location","payload":null}'])
  }
  t.match((await remove(cache)).json(), { task_id: /^\w{16}$/ })
  await world.sandbox.clock.advance(2000)
  t.equal((await world.call('GET /v1/system/caches/runtime')).body, '{"caches":[{"language":"R","version":"4.3.0","image_name":"Local"}]}')
  t.equal((await remove(cache)).statusCode, 404)
})

t.test('a render knows its variant', async (t) => {
  const world = await connectWorld(t)
  const { guid } = await contentOf(world)
  const [{ key }] = (await world.call(`GET /applications/${guid}/variants`)).json()
  t.equal((await world.call(`POST /v1/content/${guid}/render`, { variant_key: key })).statusCode, 202)
  t.equal((await world.call(`POST /v1/content/${guid}/render`, { variant_key: 'other' })).body, UNKNOWN)
})

t.test('legacy tasks tell the number of who started them, and only owner and administrators read them', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app' }, 'other-key')).json()
  await world.get(`/__api__/v1/content/${guid}/bundles`, { method: 'POST', headers: { ...KNOWN, authorization: 'Key other-key' }, payload: archiveFor('static') })
  const { id, user_id: userId } = (await world.call('POST /applications/1/deploy', {}, 'other-key')).json()
  t.equal(userId, 2)
  t.equal((await world.call(`GET /tasks/${id}`, undefined, 'other-key')).json().user_id, 2)
  t.strictSame([(await world.call(`GET /v1/tasks/${id}`, undefined, 'admin-key')).statusCode, (await world.call(`GET /v1/tasks/${id}`, undefined, 'owner-key')).statusCode], [200, 403])
})

t.test('whoever starts a task without the cookie is told it, and finds the task with it', async (t) => {
  const world = await connectWorld(t, { 'session-cookie': 'required' })
  const { guid } = await contentOf(world)
  const started = await world.get(`/__api__/v1/content/${guid}/deploy`, { method: 'POST', headers: { authorization: 'Key k' } })
  const cookie = String(started.headers['set-cookie'])
  t.equal(cookie, 'pollux_node=1; Path=/; HttpOnly')
  const url = `/__api__/v1/tasks/${started.json().task_id}`
  t.match((await world.get(url, { headers: { authorization: 'Key k' } })).json(), { code: 141 })
  t.equal((await world.get(url, { headers: { authorization: 'Key k', cookie } })).statusCode, 200)
})

t.test('each name of the contract\'s fault menu can be asked for', async (t) => {
  const { sandbox } = await connectWorld(t)
  for (const name of ['proxy-502', 'not-found-first', 'rate-limit', 'socket-reset', 'output-null', 'last-missing', 'code-null', 'silent-failure', 'wrong-content-type', 'stalled', 'lost-tail', 'result-on-success', 'slow-response', 'lost-reply']) {
    t.ok(sandbox.scenarios('connect').has(name), name)
  }
})
