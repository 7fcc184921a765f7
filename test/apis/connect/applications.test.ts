/** Content before v1, called applications, with its variants (contract 7.5). */
import t from 'tap'
import { archiveFor, badGuid, BAD_JSON, connectWorld, KEYS, NO_SUCH_GUID, UNKNOWN } from './connect-world.js'

t.test('an application is told with numbers', async (t) => {
  const world = await connectWorld(t)
  const created = await world.call('POST /applications', { name: 'my-app', title: 'My app', template: 'shiny' })
  const { guid } = created.json()
  const fresh = `{"id":1,"guid":"${guid}","name":"my-app","title":"My app","url":"http://localhost:80/content/${guid}/","access_type":"acl","bundle_id":null,"app_mode":0,"created_time":"2026-11-22T12:00:00Z","last_deployed_time":"2026-11-22T12:00:00Z","build_status":0,"owner_username":"ada"}`
  t.strictSame([created.statusCode, created.body], [200, fresh])
  t.equal((await world.call('GET /applications/1')).body, fresh)
  t.equal((await world.call(`GET /applications/${guid}`)).body, fresh)
  await world.upload(guid, archiveFor('shiny'))
  await world.call('POST /applications/1/deploy', { bundle: 2 })
  await world.sandbox.clock.advance(60_000)
  t.equal((await world.call('GET /applications/1')).body, fresh.replace('"bundle_id":null,"app_mode":0', '"bundle_id":2,"app_mode":1').replace('"last_deployed_time":"2026-11-22T12:00:00Z","build_status":0', '"last_deployed_time":"2026-11-22T12:00:10Z","build_status":2'))
  t.equal((await world.call('POST /applications/1', { title: 'Other' })).json().title, 'Other')
  t.equal((await world.call(`GET /v1/content/${guid}`)).json().title, 'Other', 'it is the same content')
})

t.test('names have the same rules', async (t) => {
  const world = await connectWorld(t)
  await world.call('POST /v1/content', { name: 'my-app' })
  t.match((await world.call('POST /applications', { name: 'my-app' })).json(), { code: 26 })
  t.match((await world.call('POST /applications', { name: 'a b' })).json(), { code: 5 })
  t.equal((await world.call('POST /applications', { name: 7 })).body, BAD_JSON)
})

t.test('the list is filtered and comes in pages', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  for (let n = 0; n < 5; n++) await world.call('POST /applications', { name: `app-${n}` }, 'owner-key')
  await world.call('POST /applications', { name: 'app-0' }, 'other-key')
  const list = async (query: string) => {
    const { applications, ...rest } = (await world.call(`GET /applications${query}`, undefined, 'viewer-key')).json()
    return [applications.map(({ id }: { id: number }) => id).join(' '), JSON.stringify(rest)]
  }
  t.strictSame(await list(''), ['1 2 3 4 5 6', '{"count":6,"total":6,"continuation":""}'])
  t.strictSame(await list('?filter=account_id:1&filter=name:app-0&count=100&offset=0'), ['1', '{"count":1,"total":1,"continuation":""}'])
  t.strictSame(await list('?filter=name:app-0'), ['1 6', '{"count":2,"total":2,"continuation":""}'])
  t.strictSame(await list('?filter=account_id:2'), ['6', '{"count":1,"total":1,"continuation":""}'])
  t.strictSame(await list('?filter=name:nothing&count=x'), ['', '{"count":0,"total":0,"continuation":""}'])
  t.strictSame(await list('?filter=odd&count=2&offset=3'), ['4 5', '{"count":2,"total":6,"continuation":""}'])
})

t.test('the configuration is a page of the dashboard', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /applications', { name: 'my-app' })).json()
  t.equal((await world.call('GET /applications/1/config')).body, `{"config_url":"http://localhost:80/connect/#/apps/${guid}","logs_url":"http://localhost:80/connect/#/apps/${guid}/logs"}`)
})

t.test('there is one variant, the default one', async (t) => {
  const world = await connectWorld(t)
  const { guid } = (await world.call('POST /applications', { name: 'my-app' })).json()
  const reply = await world.call(`GET /applications/${guid}/variants`)
  const [{ key }] = reply.json()
  t.match(key, /^[0-9A-Za-z]{8}$/)
  t.equal(reply.body, `[{"id":1,"app_id":1,"key":"${key}","bundle_id":null,"is_default":true,"name":"default","email_collaborators":false,"email_viewers":false,"email_all":false,"created_time":"2026-11-22T12:00:00Z","rendering_id":null,"render_time":null,"render_duration":null,"visibility":"public","owner_id":1}]`)
})

t.test('applications that aren\'t there', async (t) => {
  const world = await connectWorld(t)
  for (const call of ['GET /applications/7', `GET /applications/${NO_SUCH_GUID}`, 'POST /applications/7', 'GET /applications/7/config', `GET /applications/${NO_SUCH_GUID}/variants`, `GET /applications/${'9'.repeat(5000)}`]) {
    const reply = await world.call(call)
    t.strictSame([reply.statusCode, reply.body], [404, UNKNOWN], call.slice(0, 50))
  }
  t.equal((await world.call('GET /applications/abc')).body, badGuid('abc'))
})
