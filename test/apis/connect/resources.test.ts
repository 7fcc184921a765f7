/** Content is kept per sandbox: bounded, gone with a reset, carried by snapshots. */
import t from 'tap'
import { ConnectResources } from '../../../src/apis/connect/resources.js'
import { controlOf } from '../../control/control.js'
import { archiveFor, connectWorld, KNOWN } from './connect-world.js'

const ARCHIVE = { size: 3, md5: '0'.repeat(32), sha1: '0'.repeat(40) }
const SOURCE = { source: null, source_repo: null, source_branch: null, source_commit: null }

t.test('a reset forgets content, and the same calls give the same bytes again', async (t) => {
  const world = await connectWorld(t)
  const play = async () => {
    const { guid } = (await world.call('POST /v1/content', {})).json()
    await world.upload(guid, archiveFor('static'))
    const { body } = await world.call(`POST /v1/content/${guid}/deploy`)
    await world.sandbox.clock.advance(60_000)
    return body + (await world.call('GET /v1/content')).body + (await world.call(`GET /v1/content/${guid}/bundles`)).body
  }
  const first = await play()
  await world.sandbox.reset()
  t.equal((await world.call('GET /v1/content')).body, '[]')
  t.equal(await play(), first)
})

t.test('sandboxes know nothing of each other\'s content', async (t) => {
  const world = await connectWorld(t)
  await world.get('/sandbox/a/__api__/v1/content', { method: 'POST', payload: '{"name":"my-app"}' })
  t.equal((await world.get('/__api__/v1/content')).body, '[]')
  t.equal((await world.get('/sandbox/a/__api__/v1/content')).json().length, 1)
})

t.test('a snapshot carries content, archives, caches and what deploys will bring about', async (t) => {
  const world = await connectWorld(t)
  const control = controlOf(world)
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app', title: 'T' })).json()
  const bundle = await world.upload(guid, archiveFor('static'))
  await world.call(`PATCH /v1/content/${guid}/environment`, [{ name: 'A', value: 'secret' }])
  await world.call('DELETE /v1/system/caches/runtime', { language: 'R', version: '4.3.0', image_name: 'Local' })
  await world.sandbox.clock.advance(2000)
  await world.call(`POST /v1/content/${guid}/deploy`)
  const { body: snapshot } = await control('GET /snapshot')
  t.notMatch(JSON.stringify(snapshot), /secret/, 'values of variables aren\'t even kept')
  t.equal((await control('PUT /snapshot', snapshot, { sandbox: 'copy' })).status, 200)
  const copy = world.sandboxes.get('copy')
  const get = (path: string) => world.get(`/sandbox/copy/__api__${path}`)
  t.match((await get(`/v1/content/${guid}`)).json(), { bundle_id: null, title: 'T' })
  await copy.clock.advance(60_000)
  t.match((await get(`/v1/content/${guid}`)).json(), { bundle_id: bundle, app_mode: 'static' })
  t.ok((await get(`/v1/content/${guid}/bundles/${bundle}/download`)).rawPayload.equals(archiveFor('static')))
  t.equal((await get(`/v1/content/${guid}/environment`)).body, '["A"]')
  t.equal((await get('/v1/system/caches/runtime')).json().caches.length, 1)
  t.equal((await world.get('/sandbox/copy/__api__/v1/content', { method: 'POST', headers: KNOWN })).json().id, '3', 'numbers go on')
  t.equal((await world.call(`GET /v1/content/${guid}`)).json().bundle_id, null, 'the first one stands where it stood')

  const { connect } = snapshot.resources
  const [content] = connect.content
  for (const [bad, path] of [
    [{ ...connect, lastId: -1 }, '/resources/connect/lastId'],
    [{ ...connect, content: [{ ...content, name: 7 }] }, '/resources/connect/content/0/name'],
    [{ ...connect, content: [content, content] }, '/resources/connect/content/1/guid'],
    [{ ...connect, content: [content, { ...content, guid: 'other' }] }, '/resources/connect/content/1/bundles/0/id'],
  ] as const) t.match(await control('PUT /snapshot', { ...snapshot, resources: { connect: bad } }, { sandbox: 'copy' }), { status: 400, body: { errors: [{ path }] } }, path)
})

t.test('of too much content the oldest goes, of too many bundles the oldest that isn\'t served', async (t) => {
  const { sandbox } = await connectWorld(t)
  const resources = sandbox.resources(ConnectResources)
  const first = resources.createContent('ada', 'first', {})
  const served = resources.addBundle(first, SOURCE, ARCHIVE)
  first.activeBundleId = served.id
  const second = resources.createContent('ada', 'second', {})
  for (let n = 0; n < 10_000; n++) resources.addBundle(second, SOURCE, ARCHIVE)
  t.equal(resources.bundle(served.id)?.bundle, served)
  t.equal(second.bundles.length, 9999)
  for (let n = 0; n < 9_999; n++) resources.createContent('bob', `n-${n}`, {})
  t.equal([...resources.content()].length, 10_000)
  t.equal(resources.contentByGuid(first.guid), undefined)
  t.equal(resources.bundle(served.id), undefined)
})

t.test('of too many archives the bytes of the oldest are forgotten', async (t) => {
  const { sandbox } = await connectWorld(t)
  const resources = sandbox.resources(ConnectResources)
  const content = resources.createContent('ada', 'first', {})
  for (let n = 0; n < 5; n++) resources.addBundle(content, SOURCE, { ...ARCHIVE, bytes: 'A'.repeat(4_000_000) })
  t.strictSame(content.bundles.map(({ archive }) => archive.bytes === undefined), [true, false, false, false, false])
})
