/** The documented examples of the seed and of the contract, request for request. */
import t from 'tap'
import { parseScript } from '../../../src/simulator/script.js'
import { ask, EMPTY_PAGE, emptyWorld, LIST, RECOVER_BODY, RECOVER_ID, reply, svixWorld } from './support.js'
import { NOON } from '../../world.js'

const STATS_BODY = '{"data":{"appStats":[{"messageDestinations":343,"appId":"app_1srOrx2ZWZBpBUvZwXKQmoEYga2","appUid":null}]},"id":"qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2","status":"finished","task":"application.stats","updatedAt":"2021-05-21T20:04:03.900Z"}'
const EVENT_TYPES_BODY = '{"data":{"event_types":[{"appId":"app_33W1An2Zz5cO9SWbhHsYyDmVC6m","explicitlySubscribedEventTypes":["user.signup","user.deleted"],"hasCatchAllEndpoint":false}]},"id":"qtask_33qe39Stble9Rn3ZxFrqL5ZSsjT","status":"finished","task":"event-type.aggregate","updatedAt":"2025-10-09T22:27:07.408Z"}'
const SEED_HEADERS = { accept: 'application/json', 'idempotency-key': 'idempotency_key_example', 'user-agent': 'OpenAPI-Generator/1.0.0/python' }

t.test('the seed\'s sample call of get_background_task finds the documented task', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, { url: '/api/v1/background-task/qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2/', headers: SEED_HEADERS }), reply(200, STATS_BODY))
})

t.test('the seed\'s sample call of list_background_tasks is answered with a page', async (t) => {
  const world = await svixWorld(t)
  const first = await ask(world, { url: '/api/v1/background-task/?iterator=qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2&limit=50', headers: SEED_HEADERS })
  // Everything older than the sample's iterator has left the window of 90 days long ago.
  t.strictSame(first, reply(200, EMPTY_PAGE))
  const ascending = await ask(world, { url: '/api/v1/background-task/?iterator=qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2&limit=50&order=ascending', headers: SEED_HEADERS })
  t.equal(ascending.status, 200)
  t.match(ascending.body, /^\{"data":\[\{"data":\{"messagesSent":2\},"id":"qtask_/)
})

t.test('the documented tasks have exactly the documented bytes', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, `${LIST}/${RECOVER_ID}`), reply(200, RECOVER_BODY))
  t.strictSame(await ask(world, `${LIST}/qtask_33qe39Stble9Rn3ZxFrqL5ZSsjT`), reply(200, EVENT_TYPES_BODY))
  t.strictSame(await ask(world, `${LIST}/qtask_1srOrx2ZWZBpBUvZwXKQmoEYga2`), reply(200, STATS_BODY))
})

t.test('an empty list is the golden one: iterator null, no prevIterator', async (t) => {
  t.strictSame(await ask(await emptyWorld(t), LIST), reply(200, EMPTY_PAGE))
})

t.test('a list of one task is the golden one: its id as iterator although it is done', async (t) => {
  const world = await emptyWorld(t)
  await world.sandbox.clock.advanceTo(NOON + 1000)
  const id = 'qtask_3MSfHRMPI7KfTaheaxjvay9t5fq'
  world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', id, script: parseScript({ steps: [{ at: 0, state: 'succeeded', result: { messagesSent: 2 } }] }) })
  const task = `{"data":{"messagesSent":2},"id":"${id}","status":"finished","task":"endpoint.recover","updatedAt":"2026-11-22T12:00:01.000Z"}`
  t.strictSame(await ask(world, LIST), reply(200, `{"data":[${task}],"iterator":"${id}","prevIterator":"-${id}","done":true}`))
})

t.test('a new task reads as the golden creation reply with its first progress', async (t) => {
  const world = await svixWorld(t)
  await world.sandbox.clock.advanceTo(NOON + 1000)
  const id = 'qtask_3MSfHRMPI7KfTaheaxjvay9t5fq'
  world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', id })
  t.strictSame(await ask(world, `${LIST}/${id}`), reply(200, `{"data":{"messagesSent":0},"id":"${id}","status":"running","task":"endpoint.recover","updatedAt":"2026-11-22T12:00:01.000Z"}`))
})
