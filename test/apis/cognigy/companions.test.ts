/** The calls that clients need around starts, and the state that follows from tasks (cognigy contract, 7.2 and 7.3). */
import { unzipSync } from 'fflate'
import t from 'tap'
import { CognigyResources } from '../../../src/apis/cognigy/resources.js'
import { parseScript, type JsonObject } from '../../../src/simulator/script.js'
import { controlOf } from '../../control/control.js'
import { cognigyWorld, errorBodies, getJson, JSON_KEY, KEY, ownHeaders, USER } from './support.js'
import { makePackage, makeSnapshot, post, PROJECT, upload } from './starting.js'

const FLOW = '5ce7c2d833ea1e04d7e6c432'
const LOCALE = '5ce7c2d833ea1e04d7e6c433'
const IMAGE_AT = 0x61f25579
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
const CHANGES = { createdAt: IMAGE_AT, lastChanged: IMAGE_AT, createdBy: USER, lastChangedBy: USER }

const list = (items: unknown[]): object => ({ items, total: items.length, nextCursor: null, previousCursor: null })
const itemsOf = (body: JsonObject): JsonObject[] => body['items'] as JsonObject[]

t.test('the built-in image is there, whatever the id', async (t) => {
  const world = await cognigyWorld(t)
  const other = 'zzzzzzzzzzzzzzzzzzzzzzzz'
  const { primaryLocaleReference } = await getJson(world, `/v2.0/projects/${other}`)
  t.match(primaryLocaleReference, UUID)
  t.strictSame(await getJson(world, `/new/v2.0/projects/${other}`), { _id: other, name: 'Pollux', color: 'blue', primaryLocaleReference, ...CHANGES })
  t.strictSame(await getJson(world, '/v2.0/projects'), list([{ _id: PROJECT, name: 'Pollux', color: 'blue', primaryLocaleReference, ...CHANGES }]))
  const flow = await getJson(world, `/v2.0/flows/${FLOW}`)
  t.strictSame(flow, { _id: FLOW, referenceId: flow['referenceId'], name: 'Main', description: '', ...CHANGES })
  t.strictSame(await getJson(world, `/v2.0/flows?projectId=${other}&offset=3`), list([flow]), 'lists ignore what they don\'t know')
  t.strictSame(await getJson(world, `/v2.0/locales?projectId=${PROJECT}`), list([{ _id: LOCALE, referenceId: primaryLocaleReference, name: 'en-US', primary: true, nluLanguage: 'en-US', fallbackLocaleReference: null, ...CHANGES }]))
  t.match(await getJson(world, '/v2.0/lexicons'), { items: [{ _id: /^[0-9a-f]{24}$/, name: String }], total: 1 })
  t.match(await getJson(world, `/v2.0/lexicons/${other}/keyphrases`), { total: 2 })
  t.match(await getJson(world, '/v2.0/playbooks'), { items: [{ _id: /^[0-9a-f]{24}$/, name: String }], total: 1 })
  t.match(await getJson(world, '/v2.0/knowledgestores'), { items: [{ _id: '61f2561a055c2f43c249a1c4', name: String }], total: 1 })
  t.match(await getJson(world, `/v2.0/knowledgestores/${other}/connectors/${PROJECT}`), { _id: PROJECT, name: String, type: String })
  for (const path of ['extensions', 'snapshots', 'packages', `knowledgestores/${other}/sources`]) t.strictSame(await getJson(world, `/v2.0/${path}`), list([]))
  t.match(await getJson(world, '/v2.0/flows/short'), { status: 400, detail: 'Invalid value for \'flowId\': expected a string of length 24' })
})

t.test('what only tasks make is missing until they have', async (t) => {
  const world = await cognigyWorld(t)
  const error = errorBodies()
  for (const [path, noun] of [
    [`snapshots/${FLOW}`, 'Snapshot'], [`packages/${FLOW}`, 'Package'], [`extensions/${FLOW}`, 'Extension'], [`playbooks/${FLOW}/runs/${FLOW}`, 'Playbook run'], [`knowledgestores/${FLOW}/sources/${FLOW}`, 'Knowledge source'],
  ] as const) t.equal((await world.app.inject({ url: `/v2.0/${path}`, headers: KEY })).body, error(404, 'Not Found', 1002, `${noun} does not exist`, `/v2.0/${path}`))
})

t.test('every link of a HAL list leads to what it lists', async (t) => {
  const world = await cognigyWorld(t)
  await makeSnapshot(world, 's1')
  await makePackage(world, 'p1')
  await upload(world, '/extensions/upload', { projectId: PROJECT, file: 'e.tar.gz' })
  await upload(world, `/knowledgestores/${FLOW}/sources/upload`, { file: 'k.pdf' })
  await world.sandbox.clock.advance(10_000)
  for (const [path, collection] of [
    ['projects', 'projects'], ['flows', 'flows'], ['locales', 'locales'], ['lexicons', 'lexicons'], [`lexicons/${FLOW}/keyphrases`, 'keyphrases'], ['playbooks', 'playbooks'], ['snapshots', 'snapshots'],
    ['packages', 'packages'], ['extensions', 'extensions'], ['knowledgestores', 'knowledgeStores'], [`knowledgestores/${FLOW}/sources`, 'knowledgeSources'],
  ] as const) {
    const reply = await world.app.inject({ url: `/sandbox/default/new/v2.0/${path}?limit=1`, headers: KEY })
    t.equal(reply.headers['content-type'], 'application/hal+json; charset=utf-8')
    const body = reply.json()
    t.same(Object.keys(body), ['_embedded', '_links', 'total'])
    t.equal(body._links.self.href, `/sandbox/default/v2.0/${path}?limit=1`)
    const [item] = body._embedded[collection]
    const one = await getJson(world, item._links.self.href, KEY)
    t.equal(one['_id'], item._id, path)
    t.same(one['_links'], item._links)
  }
})

t.test('HAL items of snapshots, flows and projects are shorter than the resources', async (t) => {
  const world = await cognigyWorld(t)
  const id = await makeSnapshot(world, 's1')
  const createdAt = 1795348804
  t.equal(JSON.stringify(await getJson(world, '/v2.0/snapshots', KEY)), `{"_embedded":{"snapshots":[{"snapshotId":"${id}","name":"s1","description":"made","createdAt":${createdAt},"isPackaged":false,"_id":"${id}","_links":{"self":{"href":"/v2.0/snapshots/${id}"}}}]},"_links":{"self":{"href":"/v2.0/snapshots"}},"total":1}`)
  t.match(await getJson(world, '/v2.0/flows', KEY), { _embedded: { flows: [{ _id: FLOW, properties: { name: 'Main', referenceId: UUID } }] } })
  t.same(Object.keys(((await getJson(world, '/v2.0/projects', KEY)) as { _embedded: { projects: [object] } })._embedded.projects[0]), ['_id', 'name', '_links'])
  const snapshot = await getJson(world, `/v2.0/snapshots/${id}`)
  t.strictSame(snapshot, { _id: id, name: 's1', description: 'made', hash: snapshot['hash'], isPackaged: false, createdAt, createdBy: USER })
  t.match(snapshot['hash'], /^[0-9a-f]{64}$/)
})

t.test('lists are filtered, sorted and paged like tasks', async (t) => {
  const world = await cognigyWorld(t)
  const [a, b, c] = [await makePackage(world, 'alpha'), await makePackage(world, 'Beta'), await makePackage(world, 'gamma')]
  const ids = async (query: string): Promise<unknown[]> => itemsOf(await getJson(world, `/v2.0/packages?${query}`)).map(({ _id }) => _id ?? null)
  t.same(await ids(''), [c, b, a])
  t.same(await ids('sort=createdAt:desc&limit=1'), [c])
  t.same(await ids('sort=name:asc'), [b, a, c])
  t.same(await ids('filter=ET'), [b])
  t.same(await ids(`projectId=${FLOW}`), [])
  t.match(await getJson(world, '/v2.0/packages?limit=1&skip=1'), { items: [{ _id: b }], total: 3, nextCursor: b, previousCursor: b })
  t.same(await ids(`next=${b}`), [a])
  t.same(await ids(`previous=${b}`), [c])
  t.match(await getJson(world, `/v2.0/packages?next=${FLOW}`), { status: 400, detail: 'Invalid value for \'next\': expected a cursor from an earlier reply' })
  t.match(await getJson(world, '/v2.0/packages?limit=x'), { status: 400 })
  const hal = await getJson(world, '/v2.0/packages?limit=1&skip=1&api_key=k', KEY)
  t.same(hal['_links'], { self: { href: '/v2.0/packages?limit=1&skip=1' }, next: { href: `/v2.0/packages?limit=1&next=${b}` }, prev: { href: `/v2.0/packages?limit=1&previous=${b}` } })
})

t.test('a snapshot is packaged for a day, and its link leads to a file for a day', async (t) => {
  const world = await cognigyWorld(t)
  const id = await makeSnapshot(world, 'release "1"'.replaceAll('"', ''))
  const error = errorBodies()
  const link = () => world.app.inject({ method: 'POST', url: `/v2.0/snapshots/${id}/downloadLink`, headers: { ...KEY, host: 'pollux.test:81' } })
  t.equal((await link()).body, error(409, 'Conflict', 1004, 'Snapshot is not packaged', `/v2.0/snapshots/${id}/downloadLink`))
  await post(world, `/snapshots/${id}/package`)
  t.equal((await link()).statusCode, 409, 'not yet')
  await world.sandbox.clock.advance(2000)
  const packagedAt = world.sandbox.clock.now() / 1000
  t.match(await getJson(world, `/v2.0/snapshots/${id}`), { isPackaged: true, packageExpiresAt: packagedAt + 86_400 })
  const reply = await link()
  t.equal(reply.statusCode, 200)
  t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
  const { downloadLink } = reply.json()
  t.match(downloadLink, /^http:\/\/pollux\.test:81\/v2\.0\/downloads\/[0-9a-f]{40}\/release%201\.csnap$/)
  const path = new URL(downloadLink).pathname
  const file = await world.app.inject(path)
  t.equal(file.body, '{"name":"release 1","description":"made"}')
  t.same(ownHeaders(file.headers), { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment; filename="release 1.csnap"', vary: 'Accept', 'access-control-allow-origin': '*' })
  const head = await world.app.inject({ method: 'HEAD', url: path, headers: { 'x-api-key': 'ignored' } })
  t.equal(head.statusCode, 200)
  await world.sandbox.clock.advance(86_400_000 - 1)
  t.equal((await world.app.inject(path)).statusCode, 200)
  t.match(await getJson(world, `/v2.0/snapshots/${id}`), { isPackaged: true })
  await world.sandbox.clock.advance(1)
  t.match((await world.app.inject(path)).json(), { status: 404, code: 1002, detail: 'Download link does not exist' })
  t.notOk('packageExpiresAt' in await getJson(world, `/v2.0/snapshots/${id}`))
  t.match((await world.app.inject('/v2.0/downloads/nope/x')).json(), { status: 404, code: 1002 })
})

t.test('links lead into the sandbox that they come from, however the client got there', async (t) => {
  const world = await cognigyWorld(t)
  const { body: inside } = await controlOf(world)('POST /sandboxes', { name: 'a' })
  const pathOf = async (url: string, headers: Record<string, string>): Promise<string> => (await world.app.inject({ method: 'POST', url, headers })).json().downloadLink
  const url = `/v2.0/lexicons/${FLOW}/downloadlink`
  t.match(await pathOf(`/sandbox/a${url}`, KEY), /^http:\/\/localhost:80\/sandbox\/a\/v2\.0\/downloads\//)
  t.match(await pathOf(`/sandbox/a/cognigy${url}`, KEY), /^http:\/\/localhost:80\/sandbox\/a\/cognigy\/v2\.0\/downloads\//)
  t.match(await pathOf(url, { ...KEY, host: 'a.localhost:99' }), /^http:\/\/a\.localhost:99\/v2\.0\/downloads\//)
  const byCredential = await pathOf(url, { 'x-api-key': inside.credential })
  t.match(byCredential, /^http:\/\/localhost:80\/sandbox\/a\/v2\.0\/downloads\//)
  t.equal((await world.app.inject(new URL(byCredential).pathname)).statusCode, 200)
})

t.test('packages and trainer records are ZIP files, lexicons are CSV', async (t) => {
  const world = await cognigyWorld(t)
  const fetchLink = async (path: string, body?: object): Promise<Buffer> => {
    const { body: { downloadLink } } = await post(world, path, body)
    return (await world.app.inject(new URL(String(downloadLink)).pathname)).rawPayload
  }
  const made = await makePackage(world, 'week/ly')
  const files = unzipSync(await fetchLink(`/packages/${made}/downloadlink`))
  t.same(Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString()]), [['package.json', '{"name":"week/ly","description":""}']])
  t.same(await fetchLink(`/packages/${made}/downloadlink`), await fetchLink(`/packages/${made}/downloadlink`), 'two sizes agree')
  t.match((await fetchLink(`/lexicons/${FLOW}/downloadlink`)).toString(), /^keyphrase,slots,synonyms\r\ncoffee,/)
  const { body: { _id: taskId } } = await post(world, '/trainer/package', { projectId: PROJECT })
  t.match(await post(world, '/trainer/downloadlink', { taskId }), { status: 409, body: { code: 1004 } })
  await world.sandbox.clock.advance(2000)
  t.same(Object.keys(unzipSync(await fetchLink('/trainer/downloadlink', { taskId }))), ['records.json'])
  t.match(await post(world, '/trainer/downloadlink', { taskId: '111111111111111111111111' }), { status: 404, body: { detail: 'Task does not exist' } })
})

t.test('the graph holds what clients look for, with packages and dependencies when asked', async (t) => {
  const world = await cognigyWorld(t)
  const made = await makePackage(world, 'p')
  const types = ['flow', 'lexicon', 'knowledgeStore', 'locale']
  const plain = await getJson(world, `/v2.0/projects/${PROJECT}/graph`)
  t.same(Object.keys(plain), [PROJECT])
  const graph = await getJson(world, `/v2.0/projects/${PROJECT}/graph?packages=true&dependencies=true`) as Record<string, { type: string, name: string, resources: Array<{ type: string }> }>
  t.same(Object.entries(graph).map(([id, { type, name, resources }]) => [id, type, name, resources.map((each) => each.type)]), [[PROJECT, 'project', 'Pollux', types], [made, 'package', 'p', types]])
  t.match(graph[made]?.resources[3], { _id: LOCALE, name: 'en-US', referenceId: UUID, properties: { primary: true, nluLanguage: 'en-US' }, dependencies: [] })
})

t.test('extensions are uploaded, found, trusted and updated', async (t) => {
  const world = await cognigyWorld(t)
  await upload(world, '/extensions/upload', { file: 'weather-extension.tar.gz_CU', projectId: PROJECT })
  await world.sandbox.clock.advance(3000)
  const [first] = itemsOf(await getJson(world, `/v2.0/extensions?projectId=${PROJECT}&filter=weather`))
  t.match(first, { name: 'weather-extension', label: 'weather-extension', version: '1.0.0', imageUrlToken: '', description: '', trustedCode: false })
  const url = `/v2.0/extensions/${String(first?.['_id'])}`
  const patched = await world.app.inject({ method: 'PATCH', url, headers: KEY, payload: { trustedCode: true } })
  t.equal(patched.statusCode, 204)
  t.equal(patched.body, '')
  t.notOk('content-type' in patched.headers)
  t.match(await getJson(world, url), { trustedCode: true })
  t.match((await world.app.inject({ method: 'PATCH', url, headers: KEY, payload: { trustedCode: 'yes' } })).json(), { status: 400, detail: 'Invalid value for \'trustedCode\': expected true or false' })
  await upload(world, '/extensions/update', { extension: String(first?.['_id']), file: 'other.tar.gz', projectId: PROJECT })
  await world.sandbox.clock.advance(3000)
  t.match(await getJson(world, url), { _id: first?.['_id'], name: 'weather-extension', version: '1.0.1', trustedCode: false })
  await upload(world, '/extensions/upload', { name: 'weather-extension', file: 'x', projectId: PROJECT })
  await world.sandbox.clock.advance(3000)
  t.match(await getJson(world, '/v2.0/extensions'), { items: [{ version: '1.0.2' }], total: 1 })
})

t.test('knowledge sources come with their task, manual ones at once', async (t) => {
  const world = await cognigyWorld(t)
  const path = `/knowledgestores/${FLOW}/sources`
  const manual = await post(world, path, { name: 'm', type: 'manual', metaData: { a: 1 } })
  t.equal(manual.status, 201)
  t.same(Object.keys(manual.body), ['knowledgeSource'])
  t.match(await getJson(world, `/v2.0${path}`), { items: [{ name: 'm', status: 'ready', type: 'manual', chunkCount: 0, metaData: { a: 1 } }], total: 1 })
  const { body: { knowledgeSource, taskData } } = await post(world, path, { name: 'u', type: 'url', url: 'https://x.test' }) as unknown as { body: { knowledgeSource: JsonObject, taskData: JsonObject } }
  t.equal(taskData['taskId'], taskData['_id'])
  t.match(knowledgeSource, { name: 'u', status: 'ingesting' })
  t.match(await getJson(world, `/v2.0${path}`), { total: 1 })
  await world.app.inject({ method: 'POST', url: `/new/beta${path}/upload`, headers: { ...KEY, 'content-type': 'multipart/form-data; boundary=b' }, payload: '--b\r\ncontent-disposition: form-data; name="file"; filename="book.v2.pdf"\r\n\r\nx\r\n--b--\r\n' })
  await world.sandbox.clock.advance(6000)
  t.match(await getJson(world, `/v2.0${path}?sort=name:asc`), { items: [{ name: 'book.v2', type: 'file' }, { name: 'm' }, { _id: knowledgeSource['_id'], name: 'u', status: 'ready', chunkCount: 12 }], total: 3 })
})

t.test('a playbook\'s run has its id while it is running, and is found when it is done', async (t) => {
  const world = await cognigyWorld(t)
  const { body: { _id } } = await post(world, `/playbooks/${FLOW}/schedule`, { entrypoint: PROJECT, flowId: FLOW, localeId: LOCALE })
  const { playbookRunId } = (await getJson(world, `/v2.0/tasks/${String(_id)}`))['data'] as JsonObject
  const path = `/v2.0/playbooks/${FLOW}/runs/${String(playbookRunId)}`
  t.match(await getJson(world, path), { status: 404, code: 1002, detail: 'Playbook run does not exist' })
  await world.sandbox.clock.advance(3000)
  const at = 1795348803
  t.match(await getJson(world, path), { _id: playbookRunId, status: 'successful', stepResults: [{ _id: /^[0-9a-f]{24}$/, status: 'successful', text: String, data: {}, asserts: [], timeout: false }], flowId: FLOW, localeId: LOCALE, entrypoint: PROJECT, createdAt: at, lastChanged: at, createdBy: USER })
  t.match(await getJson(world, path.replace(`playbooks/${FLOW}`, `playbooks/${LOCALE}`)), { status: 404 })
})

t.test('projects come by template, and go with all that was made in them', async (t) => {
  const world = await cognigyWorld(t)
  await post(world, '/projects/createbytemplate', { name: 'Shop' })
  await world.sandbox.clock.advance(2000)
  const shop = itemsOf(await getJson(world, '/v2.0/projects?filter=shop'))[0]?.['_id']
  t.match(await getJson(world, `/v2.0/projects/${String(shop)}`), { name: 'Shop', createdAt: 1795348802 })
  await post(world, '/snapshots', { projectId: shop, name: 's', description: '' })
  await world.sandbox.clock.advance(4000)
  await makePackage(world, 'elsewhere')
  await world.app.inject({ method: 'DELETE', url: `/v2.0/projects/${String(shop)}`, headers: KEY })
  await world.sandbox.clock.advance(2000)
  t.match(await getJson(world, '/v2.0/projects'), { total: 1 })
  t.match(await getJson(world, '/v2.0/snapshots'), { total: 0 })
  t.match(await getJson(world, '/v2.0/packages'), { total: 1 })
})

t.test('a snapshot is named by Pollux\'s own file, else by the name of the file', async (t) => {
  const world = await cognigyWorld(t)
  await upload(world, '/snapshots/upload', { file: 'download.csnap', projectId: PROJECT }, '{"name":"release","description":"of May"}')
  await upload(world, '/snapshots/upload', { projectId: PROJECT, file: 'demo.csnap' }, 'csnap')
  await upload(world, '/snapshots/upload', { fileName: 'given.csnap', projectId: PROJECT, file: 'fake.txt' }, '[]')
  await upload(world, '/snapshots/upload', { projectId: PROJECT, file: 'big.csnap' }, JSON.stringify({ name: 'inside', pad: 'x'.repeat(70_000) }))
  await world.sandbox.clock.advance(2000)
  t.same(itemsOf(await getJson(world, '/v2.0/snapshots?sort=createdAt:asc')).map(({ name, description }) => [name, description]), [['release', 'of May'], ['demo', ''], ['given', ''], ['big', '']])
})

t.test('OAuth gives tokens for the asking, and they are good whatever the list of keys says', async (t) => {
  const world = await cognigyWorld(t, { 'api-keys': ['k1'] })
  const token = (payload: string, path = 'token') => world.app.inject({ method: 'POST', url: `/auth/oauth2/${path}`, headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload })
  for (const grant of ['password', 'client_credentials', 'authorization_code', 'refresh_token']) {
    const reply = await token(`grant_type=${grant}&client_id=a&client_secret=b`)
    t.equal(reply.statusCode, 200)
    t.same(Object.keys(reply.json()), ['access_token', 'token_type', 'expires_in', 'refresh_token'])
    t.match(reply.json(), { token_type: 'Bearer', expires_in: 3600 })
  }
  const { access_token: access } = (await token('grant_type=password')).json()
  const read = (bearer: string) => world.app.inject({ url: '/v2.0/projects', headers: { authorization: `Bearer ${bearer}` } })
  t.equal((await read(access)).statusCode, 200)
  t.equal((await read('other')).statusCode, 401)
  t.equal((await token(`token=${access}`, 'revoke')).body, '{}')
  t.equal((await read(access)).statusCode, 401)
  for (const payload of ['grant_type=magic', 'x=1', '']) {
    const refused = await token(payload)
    t.equal(refused.statusCode, 400)
    t.match(refused.json(), { error: 'invalid_request', error_description: String })
  }
})

t.test('a reset forgets it all, and a saved sandbox brings it back', async (t) => {
  const world = await cognigyWorld(t)
  const control = controlOf(world)
  const id = await makeSnapshot(world, 's1')
  await post(world, `/snapshots/${id}/package`)
  await makePackage(world, 'p1')
  await post(world, '/snapshots', { projectId: PROJECT, name: 'coming', description: '' })
  const before = await getJson(world, `/v2.0/snapshots/${id}`)
  const { body: saved } = await control('GET /snapshot')
  await world.sandbox.reset()
  t.match(await getJson(world, '/v2.0/snapshots'), { total: 0 })
  t.equal((await control('PUT /snapshot', saved, { sandbox: 'copy' })).status, 200)
  t.strictSame(await getJson(world, `/sandbox/copy/v2.0/snapshots/${id}`), before)
  await world.sandboxes.get('copy').clock.advance(4000)
  t.match(await getJson(world, '/sandbox/copy/v2.0/snapshots'), { items: [{ name: 'coming' }, { name: 's1', isPackaged: true }] })
  const broken = JSON.parse(JSON.stringify(saved))
  broken.resources.cognigy.snapshots[0].record.name = 5
  t.match(await control('PUT /snapshot', broken, { sandbox: 'copy' }), { status: 400, body: { errors: [{ path: '/resources/cognigy/snapshots/0/record/name' }] } })
})

t.test('an effect that is none of this API\'s changes nothing', async (t) => {
  const world = await cognigyWorld(t)
  world.sandbox.startTask({ api: 'cognigy', kind: 'createSnapshot', script: parseScript({ steps: [{ at: 0, state: 'succeeded' }] }), effect: { adds: 'snapshot', item: { name: 1 } } })
  t.match(await getJson(world, '/v2.0/snapshots'), { total: 0 })
})

t.test('of ten thousand and one records the oldest goes', async (t) => {
  const world = await cognigyWorld(t)
  const { projects } = world.sandbox.resources(CognigyResources)
  for (let n = 0; n <= 10_000; n++) projects.put(String(n).padStart(24, '0'), { _id: String(n).padStart(24, '0'), name: `n${n}`, createdAt: 1000 * n })
  t.equal(projects.all().length, 10_000)
  t.equal(projects.all()[0]?.name, 'n1')
})

t.test('what is no form, or too large, is refused', async (t) => {
  const world = await cognigyWorld(t)
  const send = async (contentType: string, payload: string): Promise<unknown> => (await world.app.inject({ method: 'POST', url: '/v2.0/packages/upload', headers: { ...JSON_KEY, 'content-type': contentType }, payload })).json()
  for (const payload of ['abc', '--b\r\nContent-Disposition: form-data; name="projectId"\r\n\r\nab', '--b\r\nContent-Disposition: form-data; name="file"; filename="x"\r\n\r\nab']) {
    t.match(await send('multipart/form-data; boundary=b', payload), { status: 400, code: 400, detail: 'Bad Request Error' })
  }
  t.match(await send('multipart/form-data', '--b--'), { status: 400, detail: 'Bad Request Error' })
  t.match(await send('multipart/form-data; boundary=b', '--b--\r\n'), { status: 400, detail: 'Missing field \'file\'' })
  t.match(await send('application/json', ''), { status: 400, detail: 'Missing field \'file\'' })
  t.match(await send('application/json', 'x'.repeat(1_048_577)), { status: 413, code: 413, detail: 'Payload Too Large Error' })
})
