/** What every starting call has in common (contract, sections 3.1.4, 7.1 and 7.4), and what only some do. */
import t from 'tap'
import { NOON } from '../../world.js'
import { CALLS, requestOf, worldOf, type Call } from './calls.js'
import { ask, CORS, EMPTY_PAGE, emptyWorld, FORBIDDEN, JSON_REPLY, LIST, METHOD_NOT_ALLOWED, NOT_FOUND, reply, svixWorld, UNAUTHENTICATED, type Wire } from './support.js'

const at = (ms: number): string => new Date(NOON + ms).toISOString()
const created = ({ task, leading = '' }: Call, id: string): Wire => reply(202, `{${leading}"id":"${id}","status":"running","task":"${task}","updatedAt":"${at(0)}"}`)
const shown = ({ task }: Call, id: string, data: string, status: string, ms: number): string => `{"data":${data},"id":"${id}","status":"${status}","task":"${task}","updatedAt":"${at(ms)}"}`
const idIn = ({ body }: Wire): string => /"id":"(qtask_[0-9A-Za-z]{27})"/.exec(body)?.[1] ?? ''

for (const call of CALLS) {
  const { method, url, task, data: [first, halfway, result], ms } = call

  t.test(`${task}: the call is answered 202 with the task without its data, and the task runs to its result`, async (t) => {
    const world = await emptyWorld(t)
    const answer = await ask(world, requestOf(call))
    const id = idIn(answer)
    t.strictSame(answer, created(call, id))
    t.strictSame(await ask(world, `${LIST}/${id}`), reply(200, shown(call, id, first, 'running', 0)))
    const { body: page } = await ask(world, `${LIST}?task=${task}`)
    t.equal(page, `{"data":[${shown(call, id, first, 'running', 0)}],"iterator":"${id}","prevIterator":"-${id}","done":true}`)
    t.equal((await ask(world, `${LIST}?task=${task}&status=finished`)).body, EMPTY_PAGE)
    await world.sandbox.clock.advance(ms / 2)
    t.match((await ask(world, `${LIST}/${id}`)).body, `{"data":${halfway},`)
    await world.sandbox.clock.advance(ms / 2)
    t.strictSame(await ask(world, `${LIST}/${id}`), reply(200, shown(call, id, result, 'finished', ms)))
  })

  t.test(`${task}: a last slash, runs of slashes and a prefix change nothing`, async (t) => {
    for (const form of [`${url}/`, `/${url}`, url.replace('/v1/', '/v1//'), `/svix${url}`, `/svix/${url}/`, `/sandbox/default${url}`]) {
      const world = await emptyWorld(t)
      const answer = await ask(world, requestOf({ ...call, url: form }))
      t.strictSame(answer, created(call, idIn(answer)), form)
    }
  })

  t.test(`${task}: a scenario is asked for in the idempotency key, or queued`, async (t) => {
    const world = await emptyWorld(t)
    const scenarioOf = async (key?: string): Promise<string | undefined> => {
      const answer = await ask(world, requestOf(call, key === undefined ? {} : { 'idempotency-key': key }))
      t.strictSame(answer, created(call, idIn(answer)), key ?? 'without a key')
      return world.sandbox.simulator.peek('svix', idIn(answer))?.task.scenario
    }
    world.sandbox.queueScenario({ api: 'svix', kind: task, scenario: 'slow', times: 1 })
    t.equal(await scenarioOf('scenario:failure/1'), 'failure')
    t.equal(await scenarioOf('auto_1 scenario:instant'), 'instant', 'told as running, although it is over')
    t.equal(await scenarioOf('auto_2'), 'slow', 'the queued one')
    t.equal(await scenarioOf(), 'success')
    t.strictSame(await ask(world, requestOf(call, { 'idempotency-key': 'scenario:nope' })), reply(400, JSON.stringify({ code: 'generic_error', detail: `no scenario is called "nope"; there are ${[...world.sandbox.scenarios('svix').keys()].join(', ')}` })))
  })

  t.test(`${task}: one that fails stays where it was`, async (t) => {
    const world = await emptyWorld(t)
    const id = idIn(await ask(world, requestOf(call, { 'idempotency-key': 'scenario:failure' })))
    await world.sandbox.clock.advance(60_000)
    const { data } = JSON.parse((await ask(world, `${LIST}/${id}`)).body)
    t.notSame(data, JSON.parse(result))
    t.match((await ask(world, `${LIST}?status=failed`)).body, `"id":"${id}","status":"failed"`)
  })

  t.test(`${task}: other methods are refused with the one that is allowed, before any credential`, async (t) => {
    const world = await svixWorld(t, { tokens: 'any' })
    const hosted = await svixWorld(t, { profile: 'hosted' })
    for (const other of (['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).filter((name) => name !== method)) {
      t.strictSame(await ask(world, { method: other, url }), reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: method }), other)
      t.strictSame(await ask(hosted, { method: other, url: `${url}/`, headers: { 'content-type': ';' } }), reply(405, '', { ...CORS, allow: method }), `${other}, hosted`)
    }
    const { status, headers, body } = await ask(world, { method: 'HEAD', url })
    t.strictSame({ status, headers, body }, { ...reply(405, METHOD_NOT_ALLOWED, { ...JSON_REPLY, allow: method }), body: '' })
    t.equal((await ask(world, { method: 'OPTIONS', url })).status, 200)
  })

  t.test(`${task}: who may call`, async (t) => {
    const world = await svixWorld(t, { tokens: 'any' })
    t.strictSame(await ask(world, requestOf(call)), reply(401, UNAUTHENTICATED))
    t.equal((await ask(world, requestOf(call, { authorization: 'Bearer testsk_x.eu' }))).status, 202)
    const asApplication = await ask(world, requestOf(call, { authorization: 'Bearer appsk_x.eu' }))
    if (call.isForApplications === true) t.strictSame(asApplication, created(call, idIn(asApplication)))
    else t.strictSame(asApplication, reply(403, FORBIDDEN))
    const unread = await ask(world, { method, url, payload: '{', headers: { authorization: 'Basic x' } })
    t.strictSame(unread, reply(401, UNAUTHENTICATED), 'the credential is looked at before the body')
  })

  t.test(`${task}: the journal tells which task the call has started`, async (t) => {
    const world = await emptyWorld(t)
    const id = idIn(await ask(world, requestOf(call, { 'svix-req-id': '42', 'idempotency-key': 'auto_x' })))
    await ask(world, { method, url, payload: '[]', headers: {} })
    const [entry] = [...world.sandbox.journal.entries()]
    t.match(entry, { call: { operation: 'start', taskId: id }, status: 202, requestHeaders: /42/ }, 'with the client\'s marks')
    t.equal(world.sandbox.simulator.peek('svix', id)?.task.label, 'auto_x')
  })

  t.test(`${task}: the same seed and the same calls give the same bytes`, async (t) => {
    const bytes = async (): Promise<Wire[]> => {
      const world = await worldOf(t, [{ uid: 'one', endpoints: [{ id: 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m' }] }, { id: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', endpoints: [{ id: 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m' }] }])
      const answer = await ask(world, requestOf(call))
      await world.sandbox.clock.advance(60_000)
      return [answer, await ask(world, `${LIST}/${idIn(answer)}`)]
    }
    const once = await bytes()
    t.match(once[1]?.body, '"status":"finished"')
    t.strictSame(await bytes(), once)
  })
}

t.test('the control plane tells what a call was given, but for a payload', async (t) => {
  const world = await emptyWorld(t)
  const parametersOf = async (url: string, body: object): Promise<unknown> => {
    const id = idIn(await ask(world, { method: 'POST', url, payload: JSON.stringify(body) }))
    return world.sandbox.simulator.peek('svix', id)?.task.parameters
  }
  const endpoint = '/api/v1/app/app_33W1An2Zz5cO9SWbhHsYyDmVC6m/endpoint/ep_33W1An2Zz5cO9SWbhHsYyDmVC6m'
  t.strictSame(await parametersOf(`${endpoint}/bulk-replay`, { unknown: 1, until: null, since: '2026-11-15T00:00:00Z', tag: 'a/b\\c#', channel: 'c:+', status: 4, statusCodeClass: 0, eventTypes: [] }),
    { appId: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', endpointId: 'ep_33W1An2Zz5cO9SWbhHsYyDmVC6m', since: '2026-11-15T00:00:00Z', tag: 'a/b\\c#', channel: 'c:+', status: 4, statusCodeClass: 0, eventTypes: [] })
  t.strictSame(await parametersOf('/api/v1/msg/broadcast', { eventType: 'e', payload: { secret: 1 }, channels: ['a'], payloadRetentionHours: 5 }), { eventType: 'e', channels: ['a'], payloadRetentionHours: 5 })
})

t.test('a broadcast asks for its scenario in its event id too', async (t) => {
  const world = await emptyWorld(t)
  const broadcast = async (eventId: string, headers: Record<string, string> = {}): Promise<string | undefined> => {
    const answer = await ask(world, { method: 'POST', url: '/api/v1/msg/broadcast', headers, payload: JSON.stringify({ eventType: 'e', payload: {}, eventId }) })
    return world.sandbox.simulator.peek('svix', idIn(answer))?.task.scenario
  }
  t.equal(await broadcast('scenario:failure'), 'failure')
  t.equal(await broadcast('invoice.scenario:slow'), 'slow')
  t.equal(await broadcast('scenario:slow', { 'idempotency-key': 'scenario:instant' }), 'instant', 'the key counts more')
})

t.test('statistics are of the applications that were asked for', async (t) => {
  const world = await worldOf(t, [{ id: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m' }, { id: 'app_33s1An2Zz5cO9SWbhHsYyDmVC6m', uid: 'second' }])
  const stats = async (appIds: readonly string[] | null | undefined): Promise<{ unresolved: readonly string[], appStats: unknown }> => {
    const { body } = await ask(world, { method: 'POST', url: '/api/v1/stats/usage/app', payload: JSON.stringify({ since: '2026-11-15T00:00:00Z', until: '2026-11-22T00:00:00Z', appIds }) })
    const { id, unresolvedAppIds } = JSON.parse(body)
    t.match(body, /^\{"unresolvedAppIds":\[.*\],"id":/)
    await world.sandbox.clock.advance(2000)
    return { unresolved: unresolvedAppIds, appStats: JSON.parse((await ask(world, `${LIST}/${id}`)).body).data.appStats }
  }
  const first = { messageDestinations: 2, appId: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', appUid: null }
  const second = { messageDestinations: 2, appId: 'app_33s1An2Zz5cO9SWbhHsYyDmVC6m', appUid: 'second' }
  for (const all of [undefined, null, []]) t.strictSame(await stats(all), { unresolved: [], appStats: [first, second] })
  t.strictSame(await stats(['second', 'third', 'app_33s1An2Zz5cO9SWbhHsYyDmVC6m']), { unresolved: ['third'], appStats: [second] })
  t.strictSame(await ask(world, { method: 'POST', url: '/api/v1/stats/usage/app', payload: '{"since":"2026-11-15T00:00:00Z","until":"2026-11-22T00:00:00Z","appIds":["third","fourth"]}' }),
    reply(422, '{"detail":[{"loc":["body","appIds"],"msg":"None of the given app IDs were found","type":"value_error"}]}'))
})

t.test('where every application exists, those that are asked for are found', async (t) => {
  const world = await emptyWorld(t)
  const { body } = await ask(world, { method: 'POST', url: '/api/v1/stats/usage/app', payload: '{"since":"2026-11-15T00:00:00Z","until":"2026-11-22T00:00:00Z","appIds":["mine"]}' })
  const { id: appId } = JSON.parse((await ask(world, '/api/v1/app/mine')).body)
  await world.sandbox.clock.advance(2000)
  t.match((await ask(world, `${LIST}/${JSON.parse(body).id}`)).body, `{"data":{"appStats":[{"messageDestinations":2,"appId":"${appId}","appUid":"mine"}]},`)
})

t.test('event types and broadcasts are of all applications of the fixtures', async (t) => {
  const world = await worldOf(t, [{ id: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m' }, { uid: 'second' }])
  const secondId = JSON.parse((await ask(world, '/api/v1/app/second')).body).id
  const resultOf = async (method: 'POST' | 'PUT', url: string, body: string): Promise<unknown> => {
    const { id } = JSON.parse((await ask(world, { method, url, payload: body })).body)
    await world.sandbox.clock.advance(3000)
    return JSON.parse((await ask(world, `${LIST}/${id}`)).body).data
  }
  t.strictSame(await resultOf('PUT', '/api/v1/stats/usage/event-types', ''), { event_types: ['app_33W1An2Zz5cO9SWbhHsYyDmVC6m', secondId].map((appId) => ({ appId, explicitlySubscribedEventTypes: ['user.signup'], hasCatchAllEndpoint: false })) })
  t.match(await resultOf('POST', '/api/v1/msg/broadcast', '{"eventType":"e","payload":{}}'), { messagesCreated: [{ appId: 'app_33W1An2Zz5cO9SWbhHsYyDmVC6m', msgId: /^msg_3MSfH[0-9A-Za-z]{22}$/ }, { appId: secondId, msgId: /^msg_3MSfH[0-9A-Za-z]{22}$/ }] })
})

t.test('a scenario that says its result itself goes before what the call would leave', async (t) => {
  const world = await worldOf(t, [{ uid: 'one' }])
  const { body } = await ask(world, { method: 'PUT', url: '/api/v1/stats/usage/event-types', headers: { 'idempotency-key': 'scenario:empty-result' } })
  await world.sandbox.clock.advance(60_000)
  t.match((await ask(world, `${LIST}/${JSON.parse(body).id}`)).body, '{"data":{"event_types":[]},')
})

t.test('what does not exist is not found, in the order of checks', async (t) => {
  const world = await worldOf(t, [{ uid: 'one', endpoints: [{ uid: 'first' }] }])
  const post = (url: string, payload: string): Promise<Wire> => ask(world, { method: 'POST', url, payload })
  const missing = reply(404, NOT_FOUND)
  const noSince = reply(422, '{"detail":[{"loc":["body","",""],"msg":"missing field `since`","type":"value_error.jsondecode"}]}')
  const tooOld = reply(422, '{"detail":[{"loc":["body","since"],"msg":"Cannot recover more than 14 days of messages","type":"value_error"}]}')
  t.strictSame(await post('/api/v1/app/two/endpoint/first/recover', '{}'), missing, 'the application before the body')
  t.strictSame(await post('/api/v1/app/one/endpoint/second/recover', '{}'), noSince, 'the body before the endpoint')
  t.strictSame(await post('/api/v1/app/one/endpoint/second/recover', '{"since":"2026-01-01T00:00:00Z"}'), tooOld, 'its rules before the endpoint')
  t.strictSame(await post('/api/v1/app/one/endpoint/second/recover', '{"since":"2026-11-15T00:00:00Z"}'), missing)
  t.equal((await post('/api/v1/app/one/endpoint/first/recover', '{"since":"2026-11-15T00:00:00Z"}')).status, 202)
  t.strictSame(await post('/api/v1/app/two/msg/expunge-all-contents', ''), missing)
  t.equal((await post('/api/v1/app/one/msg/expunge-all-contents', '')).status, 202)
})

t.test('what is no id and no uid is not found', async (t) => {
  const world = await svixWorld(t)
  const bad = ['a%20b', 'a%2Fb', '%C3%BC', 'a:b', 'x'.repeat(257), 'x'.repeat(5000), '%00']
  for (const id of bad) {
    t.strictSame(await ask(world, { method: 'POST', url: `/api/v1/app/${id}/endpoint/e/recover`, payload: '{"since":"2026-11-15T00:00:00Z"}' }), reply(404, NOT_FOUND), id.slice(0, 20))
    t.strictSame(await ask(world, { method: 'POST', url: `/api/v1/app/a/endpoint/${id}/recover`, payload: '{"since":"2026-11-15T00:00:00Z"}' }), reply(404, NOT_FOUND), id.slice(0, 20))
  }
  for (const id of ['x'.repeat(256), 'a-b_c.d', '%61', '..%2e']) t.equal((await ask(world, { method: 'POST', url: `/api/v1/app/${id}/endpoint/${id}/recover`, payload: '{"since":"2026-11-15T00:00:00Z"}' })).status, 202, id.slice(0, 20))
})
