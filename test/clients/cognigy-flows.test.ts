/** Whole flows of Cognigy's clients over a real socket: the vendor's own REST client, and the exchanges of others as recorded (cognigy contract, 7.4 and 12). */
import { createRequire } from 'node:module'
import { unzipSync } from 'fflate'
import t, { type Test } from 'tap'
import { startServer } from './server.js'

const PROJECT = '61f25579055c2f43c249a181'
const FLOW = '5ce7c2d833ea1e04d7e6c432'
const LOCALE = '5ce7c2d833ea1e04d7e6c433'

type Body = any // eslint-disable-line @typescript-eslint/no-explicit-any -- what it holds is what the tests are about

/** The client's calls by name; its own types cover the whole product and don't compile strictly. */
type Client = Readonly<Record<string, (args?: object) => Promise<Body>>> & { setCredentials (credentials: object): void }

const { RestAPIClient } = createRequire(import.meta.url)('@cognigy/rest-api-client') as { RestAPIClient: new (config: object) => Client }

function connect (baseUrl: string, credentials: object = { type: 'ApiKey', apiKey: 'pollux' }): Client {
  const client = new RestAPIClient({ baseUrl, maxRetries: 0 })
  client.setCredentials(credentials)
  return client
}

/** Polls as the clients do, though without a pause: the server's clock runs fast. */
async function pollToEnd (client: Client, taskId: string): Promise<Body> {
  for (let polls = 0; polls < 20_000; polls++) {
    const task = await client['readTask']?.({ taskId })
    if (['done', 'error', 'cancelled'].includes(task.status)) return task
  }
  throw new Error(`${taskId} never ended`)
}

async function official (t: Test): Promise<{ client: Client, run: (name: string, args?: object) => Promise<Body>, call: (name: string, args?: object) => Promise<Body> }> {
  const { url } = await startServer(t, '--speed', '100')
  const client = connect(url)
  const call = (name: string, args?: object): Promise<Body> => client[name]?.(args) ?? Promise.reject(new Error(`the client has no ${name}`))
  const run = async (name: string, args?: object): Promise<Body> => {
    const created = await call(name, args)
    const task = await pollToEnd(client, (created.tasks?.[0] ?? created.taskData ?? created)._id)
    if (task.status !== 'done') throw new Error(`${name}: ${String(task.failReason)}`)
    return task
  }
  return { client, run, call }
}

async function download (link: string): Promise<Buffer> {
  const reply = await fetch(link)
  if (reply.status !== 200) throw new Error(`${link}: ${reply.status}`)
  return Buffer.from(await reply.arrayBuffer())
}

t.test('the official client makes a snapshot, finds it by name, packages it and downloads it', async (t) => {
  const { run, call } = await official(t)
  await call('readProject', { projectId: PROJECT })
  const task = await run('createSnapshot', { projectId: PROJECT, name: 'release', description: 'of May' })
  t.same(task.data, { properties: { name: 'release', description: 'of May' } })
  const { items } = await call('indexSnapshots', { projectId: PROJECT })
  const { _id: snapshotId } = items.find(({ name }: { name: string }) => name === 'release')
  t.equal(await call('composeSnapshotDownloadLink', { snapshotId }).then(() => 'no error', (error: Error) => error.constructor.name), 'ConflictError')
  await run('packageSnapshot', { snapshotId })
  t.match(await call('readSnapshot', { snapshotId }), { isPackaged: true })
  const { downloadLink } = await call('composeSnapshotDownloadLink', { snapshotId })
  t.same(JSON.parse((await download(downloadLink)).toString()), { name: 'release', description: 'of May' })
  await run('restoreSnapshot', { snapshotId })
  await t.rejects(run('createSnapshot', { projectId: PROJECT, name: 'release', description: '' }), { message: 'createSnapshot: A Snapshot with the name "release" already exists' })
  await run('deleteSnapshot', { snapshotId })
  t.match(await call('indexSnapshots', { projectId: PROJECT }), { total: 0 })
  await run('uploadSnapshotPackage', { projectId: PROJECT, file: await Buffer.from('{"name":"uploaded"}'), fileName: 'x.csnap' })
  t.match(await call('indexSnapshots', { projectId: PROJECT }), { items: [{ name: 'uploaded' }], total: 1 })
})

t.test('the official client makes, uploads, merges and downloads packages', async (t) => {
  const { run, call } = await official(t)
  const { data: { packageId } } = await run('createPackage', { projectId: PROJECT, name: 'weekly', description: '', resourceIds: [FLOW] })
  t.match(await call('readPackage', { packageId }), { _id: packageId, name: 'weekly' })
  const { downloadLink } = await call('composePackageDownloadLink', { packageId })
  const bytes = await download(downloadLink)
  t.same(Object.keys(unzipSync(bytes)), ['package.json'])
  const { data: { packageId: uploaded } } = await run('uploadPackage', { projectId: PROJECT, file: bytes })
  t.match(await call('readPackage', { packageId: uploaded }), { name: 'fake.txt' }, 'the client names files so')
  t.equal((await run('mergePackage', { packageId: uploaded, resourceIds: [FLOW] })).data.packageId, uploaded)
  await run('deletePackage', { packageId })
  t.match(await call('indexPackages', { projectId: PROJECT }), { items: [{ _id: uploaded }], total: 1 })
})

t.test('the official client trains, feeds lexicons, runs playbooks and packages trainer records', async (t) => {
  const { run, call } = await official(t)
  const { items: [locale] } = await call('indexLocales', { projectId: PROJECT })
  t.match(await run('trainIntents', { flowId: FLOW, localeId: locale._id, mode: 'full' }), { name: 'trainIntents', data: { flowId: FLOW, localeId: LOCALE, mode: 'full' } })
  await run('trainAllProjectFlows', { projectId: PROJECT })
  await run('trainYesNoIntents', { localeId: LOCALE })
  await run('trainYesNoIntentsProject', { projectId: PROJECT })
  const { items: [{ _id: lexiconId }] } = await call('indexLexicons', { projectId: PROJECT })
  t.equal((await call('indexLexiconKeyphrases', { lexiconId })).total, 2)
  await run('importIntoLexicon', { lexiconId, mode: 'merge', file: Buffer.from('a,b') })
  await run('exportFromLexicon', { lexiconId })
  t.match((await download((await call('composeLexiconDownloadLink', { lexiconId })).downloadLink)).toString(), /^keyphrase,/)
  const { items: [{ _id: playbookId }] } = await call('indexPlaybooks', { projectId: PROJECT })
  const { data: { playbookRunId } } = await run('schedulePlaybook', { playbookId, entrypoint: PROJECT, flowId: FLOW, localeId: LOCALE })
  t.match(await call('readPlaybookRun', { playbookId, playbookRunId }), { _id: playbookRunId, status: 'successful' })
  const { _id: taskId } = await run('packageTrainerRecords', { projectId: PROJECT })
  t.same(Object.keys(unzipSync(await download((await call('composeTrainerRecordsDownloadLink', { taskId })).downloadLink))), ['records.json'])
  await run('importIntents', { flowId: FLOW, file: Buffer.from('x'), mode: 'csv', localeId: LOCALE })
  await run('uploadTrainerRecordsPackage', { projectId: PROJECT, file: Buffer.from('x') })
})

t.test('the official client uploads extensions and knowledge, and reads projects with a body in its GETs', async (t) => {
  const { run, call } = await official(t)
  await run('uploadExtension', { projectId: PROJECT, file: Buffer.from('x'), fileName: 'weather.tar.gz' })
  const { items: [extension] } = await call('indexExtensions', { projectId: PROJECT, filter: 'weather' })
  t.match(extension, { name: 'weather', trustedCode: false })
  await call('updateExtension', { extensionId: extension._id, trustedCode: true })
  t.match(await call('readExtension', { extensionId: extension._id }), { trustedCode: true })
  await run('updateExtensionPackage', { projectId: PROJECT, extension: extension._id, url: 'https://x.test/weather.tar.gz' })
  t.match(await call('readExtension', { extensionId: extension._id }), { version: '1.0.1' })
  const { items: [{ _id: knowledgeStoreId }] } = await call('indexKnowledgeStores', { projectId: PROJECT })
  await run('uploadKnowledgeSourceFile', { knowledgeStoreId, file: Buffer.from('x'), fileName: 'handbook.pdf' })
  await run('createKnowledgeSource', { knowledgeStoreId, name: 'site', type: 'url', url: 'https://x.test' })
  t.match(await call('indexKnowledgeSources', { knowledgeStoreId }), { total: 2 })
  t.match(await call('indexProjects', { limit: 5 }), { items: [{ _id: PROJECT }] })
  await run('createProjectByTemplate', { name: 'Shop', locale: 'en-US', templateConfiguration: { endpoints: [], skills: [], template: null } })
  const { items } = await call('indexProjects', {})
  t.match(items.map(({ name }: { name: string }) => name), ['Shop', 'Pollux'])
  await run('deleteProject', { projectId: items[0]._id })
  t.equal((await call('indexProjects', {})).total, 1)
})

t.test('the official client logs in by password and renews its token', async (t) => {
  const { url } = await startServer(t, '--set', 'cognigy.api-keys=["only this"]')
  const client = connect(url, { type: 'OAuth2', clientId: 'a', clientSecret: 'b' })
  const login = client['login']
  await login?.call(client, { type: 'password', username: 'u', password: 'p' })
  t.match(await client['indexTasks']?.({ limit: 1 }), { items: [{}] })
  await login?.call(client, { type: 'refreshToken', refreshToken: 'r' })
  t.match(await client['indexTasks']?.({ limit: 1 }), { items: [{}] })
})

/** Requests as they were recorded, one after the other, by one server. */
async function recorded (t: Test, headers: Record<string, string>): Promise<{ url: string, send: (call: string, body?: string, more?: Record<string, string>) => Promise<{ status: number, type: string | null, body: Body }>, pass: (by: string) => Promise<void> }> {
  const { url } = await startServer(t, '--clock', 'frozen', '--start-at', '2026-11-22T12:00:00Z')
  const send = async (call: string, body?: string, more: Record<string, string> = {}): Promise<{ status: number, type: string | null, body: Body }> => {
    const [method = '', path = ''] = call.split(' ')
    const reply = await fetch(path.startsWith('http') ? path : url + path, { method, headers: { ...headers, ...more }, ...(body === undefined ? {} : { body }) })
    const text = await reply.text()
    return { status: reply.status, type: reply.headers.get('content-type'), body: /json/.test(reply.headers.get('content-type') ?? '') ? JSON.parse(text) : text }
  }
  const pass = async (by: string): Promise<void> => {
    await fetch(`${url}/_pollux/clock/advance`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ by }) })
  }
  return { url, send, pass }
}

t.test('the command line\'s create snapshot, in its order', async (t) => {
  const { send, pass } = await recorded(t, { accept: 'application/json, text/plain, */*', 'content-type': 'application/json', 'x-api-key': 'k', 'x-cognigy-client-info': `cognigy-cli/2.2.9 project/${PROJECT}` })
  t.match(await send(`GET /new/v2.0/projects/${PROJECT}`), { status: 200, body: { _id: PROJECT } })
  const created = await send('POST /new/v2.0/snapshots', JSON.stringify({ projectId: PROJECT, name: 'cli', description: 'cli' }))
  t.match(created, { status: 202, type: 'application/json; charset=utf-8', body: { status: 'queued', type: 'createSnapshot' } })
  t.match(await send(`GET /new/v2.0/tasks/${created.body._id}`), { body: { status: 'active' } }, 'not queued: others would give up')
  for (const status of ['active', 'done']) {
    await pass('2s')
    t.match(await send(`GET /new/v2.0/tasks/${created.body._id}`), { body: { status } })
  }
  const { body: { items: [snapshot] } } = await send(`GET /new/v2.0/snapshots?projectId=${PROJECT}`)
  const packaging = await send(`POST /new/v2.0/snapshots/${snapshot._id}/package`)
  t.equal(packaging.status, 202, 'an empty body of the type JSON')
  await pass('2s')
  t.match(await send(`GET /new/v2.0/tasks/${packaging.body._id}`), { body: { status: 'done' } })
  const { body: { downloadLink } } = await send(`POST /new/v2.0/snapshots/${snapshot._id}/downloadlink`)
  t.match(await send(`GET ${downloadLink}`, undefined, { accept: 'multipart/form-data' }), { status: 200, type: 'application/octet-stream', body: '{"name":"cli","description":"cli"}' })
})

t.test('the CI demo walks HAL with curl: upload, list by name, restore', async (t) => {
  const { url, send, pass } = await recorded(t, { 'x-api-key': 'k', accept: '*/*', 'user-agent': 'curl/7.81.0' })
  const form = { 'content-type': 'multipart/form-data; boundary=------------------------d74496d66958873e' }
  const body = ['projectId', 'file'].map((name) => `--------------------------d74496d66958873e\r\nContent-Disposition: form-data; name="${name}"${name === 'file' ? '; filename="demo.csnap"\r\nContent-Type: application/octet-stream' : ''}\r\n\r\n${name === 'file' ? 'csnap' : PROJECT}\r\n`).join('')
  const upload = await send('POST /v2.0/snapshots/upload', `${body}--------------------------d74496d66958873e--\r\n`, form)
  t.match(upload, { status: 202, type: 'application/hal+json; charset=utf-8', body: { _links: { self: { href: `/v2.0/tasks/${upload.body._id}` } } } })
  await pass('15s')
  t.match(await send(`GET ${new URL(upload.body._links.self.href, url).href}`), { body: { status: 'done' } })
  const { body: { _embedded: { snapshots } } } = await send(`GET /v2.0/snapshots?projectId=${PROJECT}`)
  const found = snapshots.find(({ name }: { name: string }) => name === 'demo')
  t.match(found, { snapshotId: /^[0-9a-f]{24}$/, createdAt: Number })
  const restore = await send(`POST /v2.0/snapshots/${found.snapshotId}/restore`, undefined, { 'content-type': 'application/json' })
  t.equal(restore.status, 202)
  t.match(await send(`GET /v2.0/tasks/${restore.body._id}`), { body: { status: 'active', _links: { self: {} } } })
  await pass('15s')
  t.match(await send(`GET /v2.0/tasks/${restore.body._id}`), { body: { status: 'done' } })
})

t.test('the plugin exports and imports a package, mixing both base paths', async (t) => {
  const { send, pass } = await recorded(t, { accept: 'application/json', 'content-type': 'application/json', 'x-api-key': 'k' })
  const graph = (await send(`GET /v2.0/projects/${PROJECT}/graph`)).body[PROJECT]
  const resourceIds = graph.resources.filter(({ type }: { type: string }) => type === 'flow').map(({ _id }: { _id: string }) => _id)
  const created = await send('POST /new/v2.0/packages', JSON.stringify({ projectId: PROJECT, name: 'plugin', description: '', resourceIds }))
  await pass('3s')
  const { body: { data: { packageId } } } = await send(`GET /new/v2.0/tasks/${created.body._id}?projectId=${PROJECT}`)
  t.match(await send(`GET /v2.0/packages/${packageId}`), { status: 200, body: { name: 'plugin' } })
  const { body: { downloadLink } } = await send(`POST /new/v2.0/packages/${packageId}/downloadLink`)
  t.match(await send(`GET ${downloadLink}`), { status: 200, type: 'application/octet-stream', body: /^PK/ })
  const boundary = { 'content-type': 'multipart/form-data; boundary=x' }
  const uploaded = await send('POST /new/v2.0/packages/upload', `--x\r\nContent-Disposition: form-data; name="file"; filename="main.zip"\r\n\r\nPK\r\n--x\r\nContent-Disposition: form-data; name="projectId"\r\n\r\n${PROJECT}\r\n--x--\r\n`, boundary)
  await pass('3s')
  const extracted = (await send(`GET /new/v2.0/tasks/${uploaded.body._id}`)).body.data.packageId
  const graphs = (await send(`GET /v2.0/projects/${PROJECT}/graph?packages=true`)).body
  t.same(graphs[extracted].resources.map(({ type }: { type: string }) => type).filter((type: string) => ['flow', 'locale'].includes(type)), ['flow', 'locale'])
  const merge = await send(`POST /new/v2.0/packages/${extracted}/merge`, JSON.stringify({ resourceIds, strategies: [{}], localeMapping: [{}] }))
  await pass('5s')
  t.match(await send(`GET /new/v2.0/tasks/${merge.body._id}`), { body: { status: 'done', data: { packageId: extracted } } })
})
