/** `/scenarios`, `/next`, `/apis`, `/health`, `/openapi`: what there is. */
import { readFileSync } from 'node:fs'
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

t.test('every scenario is described in one sentence, with the bug that it exposes', async (t) => {
  const control = controlOf(await testWorld(t))
  const { items, next } = (await control('GET /scenarios?limit=1000')).body
  t.equal(next, null)
  t.ok(items.length > 50)
  for (const { name, apis, summary, builtIn, definitions } of items) {
    t.match(summary, /^\S.{10,}$/, name)
    t.ok(builtIn)
    t.same(Object.keys(definitions), apis)
  }
  const names = items.map(({ name }: { name: string }) => name)
  t.same(names, [...names].sort())
  t.match((await control('GET /scenarios/success')).body, { name: 'success', apis: ['connect', 'svix', 'cognigy', 'cloudcoin'] })
  t.ok((await control('GET /scenarios?api=svix&limit=1000')).body.items.every(({ apis }: { apis: string[] }) => apis.includes('svix')))
})

t.test('a scenario of one\'s own is added, used, replaced and taken away', async (t) => {
  const control = controlOf(await testWorld(t))
  const mine = { summary: 'Fails at once', exposes: 'Clients that wait first', apis: ['svix'], script: { steps: [{ at: 0, state: 'failed' }] } }
  t.match(await control('PUT /scenarios/mine', mine), { status: 201, body: { name: 'mine', apis: ['svix'], builtIn: false, exposes: 'Clients that wait first', definitions: { svix: { script: mine.script } } } })
  t.match((await control('POST /tasks', { api: 'svix', scenario: 'mine' })).body, { scenario: 'mine', state: 'failed' })
  t.equal((await control('POST /tasks', { api: 'connect', scenario: 'mine' })).status, 400)
  t.equal((await control('POST /tasks', { api: 'svix', scenario: 'mine' }, { sandbox: 'other' })).status, 400, 'no other sandbox has it')
  t.match(await control('PUT /scenarios/mine', { summary: 'For all', like: 'failure' }), { status: 200, body: { apis: ['connect', 'svix', 'cognigy', 'cloudcoin'] } })
  t.equal((await control('DELETE /scenarios/mine')).status, 204)
  t.equal((await control('GET /scenarios/mine')).status, 404)
  t.equal((await control('DELETE /scenarios/mine')).status, 404)
})

t.test('built-in scenarios are read-only, and what can\'t be played is refused by place', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('PUT /scenarios/success', { summary: 'x', like: 'failure' }), { status: 409, body: { detail: /built in/ } })
  t.match(await control('DELETE /scenarios/success'), { status: 409 })
  t.match(await control('PUT /scenarios/mine', { summary: 'x' }), { status: 400, body: { detail: /expected script, kinds with a script each, or like/ } })
  t.match(await control('PUT /scenarios/mine', { summary: 'x', script: { steps: [{ at: 'soon' }] } }), { status: 400, body: { errors: [{ path: '/script/steps/0/at' }] } })
  t.match(await control('PUT /scenarios/mine', { summary: 'x', like: 'success', apis: ['nobody'] }), { status: 400, body: { errors: [{ path: '/apis/0' }] } })
  t.equal((await control('PUT /scenarios/-mine', { summary: 'x', like: 'success' })).status, 400)
})

t.test('next queues scenarios for what clients start, by API, kind and number', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  t.match(await control('POST /next', { api: 'connect', scenario: 'failure', times: 2 }), { status: 201, body: { items: [{ api: 'connect', kind: null, scenario: 'failure', times: 2 }] } })
  await control('POST /next', { api: 'connect', kind: 'render', scenario: 'slow' })
  const started = (kind: string): string | undefined => world.sandbox.startTask({ api: 'connect', kind }).task.scenario
  t.same([started('deploy'), started('render'), started('render'), started('deploy')], ['failure', 'failure', 'slow', 'success'])
  t.same((await control('GET /next')).body.items, [])
  await control('POST /next', { api: 'svix', scenario: 'failure' })
  t.equal((await control('POST /tasks', { api: 'svix' })).body.scenario, 'success', 'the control plane\'s own tasks take none')
  t.equal((await control('DELETE /next')).status, 204)
  t.same((await control('GET /next')).body.items, [])
  t.match(await control('POST /next', { api: 'svix', scenario: 'nope' }), { status: 400, body: { errors: [{ path: '/scenario' }] } })
  t.match(await control('POST /next', { api: 'nobody', scenario: 'success' }), { status: 400, body: { errors: [{ path: '/api' }] } })
})

t.test('the APIs tell where they are and what there is to poll at once', async (t) => {
  const world = await testWorld(t)
  const { items } = (await controlOf(world)('GET /apis', undefined, { sandbox: 'own' })).body
  t.same(items.map(({ name }: { name: string }) => name), ['connect', 'svix', 'cognigy', 'cloudcoin'])
  for (const { name, baseUrl, nativeUrl, kinds, scenarios, options, openapi, examples } of items) {
    t.equal(baseUrl, `http://localhost:8080/sandbox/own/${String(name)}`)
    t.equal(nativeUrl, null)
    t.ok(kinds.length > 0 && scenarios.includes('success') && Object.keys(options).length > 0 && examples.length > 0, name)
    for (const id of examples) t.ok(world.sandbox.simulator.has(name, id), id)
    t.equal((await world.app.inject({ url: new URL(openapi).pathname, headers: { host: 'localhost' } })).statusCode, 200)
  }
})

t.test('health tells who serves, and on request within which limits', async (t) => {
  const control = controlOf(await testWorld(t))
  t.strictSame({ ...(await control('GET /health')).body, uptimeMs: 0 }, { name: 'pollux', version: JSON.parse(readFileSync('package.json', 'utf8')).version, status: 'ok', uptimeMs: 0, apis: ['connect', 'svix', 'cognigy', 'cloudcoin'], seed: 1 })
  const { limits, counts, memory } = (await control('GET /health?verbose')).body
  t.match(limits, { 'max-sandboxes': 1000 })
  t.match(counts, { sandboxes: 1, heldPolls: 0 })
  t.ok(counts.tasks > 100 && memory.rssBytes > 0)
  t.match(await control('GET /ready'), { status: 200, body: { status: 'ok' } })
})

t.test('a server that closes is not ready, and says so', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  const during: unknown[] = []
  const draining = world.sandboxes.drain
  world.sandboxes.drain = async function () {
    const reply = await fetch(`${url}/_pollux/ready`)
    during.push({ status: reply.status, body: await reply.json() })
    return await draining.call(this)
  }
  await world.close()
  t.match(during, [{ status: 503, body: { status: 'draining' } }])
})

t.test('the documents are served by name', async (t) => {
  const control = controlOf(await testWorld(t))
  for (const name of ['control', 'connect', 'svix', 'cognigy', 'cloudcoin']) {
    const { status, body } = await control(`GET /openapi/${name}.json`)
    t.match([status, body.openapi], [200, '3.1.0'], name)
  }
  t.match(await control('GET /openapi/nobody.json'), { status: 404, body: { detail: /only control\.json, connect\.json/ } })
  t.equal((await control('GET /openapi/svix')).status, 404)
})
