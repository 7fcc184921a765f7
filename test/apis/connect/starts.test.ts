/** Every call that starts a task: its reply, its task, what it brings about, and who may make it (contract 7). */
import t, { type Test } from 'tap'
import { archiveFor, badGuid, BAD_JSON, connectWorld, KEYS, NOT_YOURS, NO_CREDENTIAL, NO_SUCH_GUID, ROLE_TOO_LOW, UNKNOWN, UNSUPPORTED, type ConnectWorld } from './connect-world.js'

/** Content of somebody, with an uploaded FastAPI application. */
interface Scene {
  readonly world: ConnectWorld
  readonly guid: string
  readonly bundle: string
  readonly key: string
}

const ANY_ID = '[0-9A-Za-z]{16}'
const LEGACY = new RegExp(`^\\{"id":"${ANY_ID}","user_id":1,"status":\\[\\],"result":null,"finished":false,"code":0,"error":"","last_status":0\\}$`)

/** One of the starting calls. */
interface Row {
  readonly call: (scene: Scene) => string
  readonly body?: (scene: Scene) => unknown
  /** A body that asks for a scenario in its free text, where content has no part in it. */
  readonly asking?: { readonly call?: (scenario: string) => string, readonly body?: (scenario: string) => unknown }
  readonly kind: string
  readonly status: 200 | 202
  readonly reply: RegExp
  readonly scenario: string
  readonly durationMs: number
  readonly result?: unknown
  /** True: it takes JSON, so no other. */
  readonly takesJson: boolean
  readonly needs: 'publisher' | 'administrator'
  /** It is about content, by GUID or by number. */
  readonly isAbout: 'guid' | 'number' | 'nothing'
  /** What shows that it has succeeded. */
  readonly shows?: (scene: Scene) => Promise<unknown>
}

const TASK_ID = new RegExp(`^\\{"task_id":"${ANY_ID}"\\}$`)
const activeBundle = async ({ world, guid }: Scene): Promise<unknown> => (await world.call(`GET /v1/content/${guid}`)).json().bundle_id
const python = { scenario: 'deploy-python-ok', durationMs: 8000, needs: 'publisher', takesJson: true } as const

const ROWS: Readonly<Record<string, Row>> = {
  deploy: { ...python, call: ({ guid }) => `POST /v1/content/${guid}/deploy`, body: ({ bundle }) => ({ bundle_id: bundle }), kind: 'deploy', status: 202, reply: TASK_ID, isAbout: 'guid', shows: activeBundle },
  'deploy of null': { ...python, call: ({ guid }) => `POST /v1/content/${guid}/deploy`, body: () => ({ bundle_id: null }), kind: 'deploy', status: 202, reply: TASK_ID, isAbout: 'guid', shows: activeBundle },
  build: { ...python, call: ({ guid }) => `POST /v1/content/${guid}/build`, kind: 'build', status: 200, reply: TASK_ID, scenario: 'build-python-ok', isAbout: 'guid', shows: activeBundle },
  'experimental deploy': { ...python, call: ({ guid }) => `POST /v1/experimental/content/${guid}/deploy`, body: ({ bundle }) => ({ bundle_id: bundle }), kind: 'deploy', status: 200, reply: TASK_ID, isAbout: 'guid', shows: activeBundle },
  render: { ...python, call: ({ guid }) => `POST /v1/content/${guid}/render`, kind: 'render', status: 202, reply: TASK_ID, scenario: 'render-ok', durationMs: 3000, isAbout: 'guid' },
  'repository bundle': {
    ...python,
    call: ({ guid }) => `POST /v1/content/${guid}/repository/bundle`,
    body: () => ({ repository: 'https://example.test/r', ref: 'dev' }),
    kind: 'git-bundle',
    status: 200,
    reply: new RegExp(`^\\{"bundle_id":"3","task_id":"${ANY_ID}","location":\\{"repository":"https://example.test/r","ref":"dev","directory":"\\."\\}\\}$`),
    scenario: 'git-bundle',
    durationMs: 3000,
    isAbout: 'guid',
    shows: async ({ world, guid }) => (await world.call(`GET /v1/content/${guid}/bundles`)).json().length,
  },
  'legacy deploy': { ...python, call: () => 'POST /applications/1/deploy', body: ({ bundle }) => ({ bundle: Number(bundle) }), kind: 'deploy', status: 200, reply: LEGACY, isAbout: 'number', shows: activeBundle },
  'variant render': { ...python, call: () => 'POST /variants/1/render', kind: 'render', status: 200, reply: LEGACY, scenario: 'render-ok', durationMs: 3000, takesJson: false, isAbout: 'number' },
  'variant sender': { ...python, call: () => 'POST /variants/1/sender?email=me', kind: 'mail', status: 200, reply: LEGACY, scenario: 'mail-ok', durationMs: 1000, takesJson: false, isAbout: 'number' },
  'cache deletion': {
    call: () => 'DELETE /v1/system/caches/runtime',
    body: () => ({ language: 'R', version: '4.3.0', image_name: 'Local' }),
    asking: { body: (scenario) => ({ language: 'R', version: '4.3.0', image_name: `Local ${scenario}` }) },
    kind: 'cache-delete',
    status: 200,
    reply: new RegExp(`^\\{"language":"R","version":"4\\.3\\.0","image_name":"Local","task_id":"${ANY_ID}"\\}$`),
    scenario: 'cache-delete-ok',
    durationMs: 2000,
    takesJson: true,
    needs: 'administrator',
    isAbout: 'nothing',
    shows: async ({ world }) => (await world.call('GET /v1/system/caches/runtime')).json().caches.length,
  },
  branches: {
    call: () => 'GET /repo/branches?url=https://example.test/r',
    asking: { call: (scenario) => `GET /repo/branches?url=https://example.test/${scenario}` },
    kind: 'git-branches',
    status: 200,
    reply: LEGACY,
    scenario: 'git-branches',
    durationMs: 1000,
    result: { type: 'git-repo-branches-result', data: { default_branch: 'main' } },
    takesJson: false,
    needs: 'publisher',
    isAbout: 'nothing',
  },
  'manifest directories': {
    call: () => 'GET /repo/manifest-dirs?url=https://example.test/r&branch=main',
    asking: { call: (scenario) => `GET /repo/manifest-dirs?url=https://example.test/r&branch=${scenario}` },
    kind: 'git-dirs',
    status: 200,
    reply: LEGACY,
    scenario: 'git-dirs',
    durationMs: 2000,
    result: { type: 'git-repo-branch-manifest-dirs-array', data: ['.'] },
    takesJson: false,
    needs: 'publisher',
    isAbout: 'nothing',
  },
  'test mail': {
    call: () => 'POST /v1/tasks/send-test-email',
    body: () => ({ to: 'ada@example.test' }),
    asking: { body: (scenario) => ({ to: `${scenario}@example.test` }) },
    kind: 'mail',
    status: 200,
    reply: new RegExp(`^\\{"id":"${ANY_ID}","output":\\[\\],"result":null,"finished":false,"code":0,"error":"","last":0\\}$`),
    scenario: 'mail-ok',
    durationMs: 1000,
    takesJson: true,
    needs: 'publisher',
    isAbout: 'nothing',
  },
}

async function scene (t: Test, { title, options = {}, key = 'k' }: { title?: string, options?: object, key?: string } = {}): Promise<Scene> {
  const world = await connectWorld(t, { ...options })
  const { guid } = (await world.call('POST /v1/content', { name: 'my-app', title }, key)).json()
  const { id: bundle } = (await world.get(`/__api__/v1/content/${guid}/bundles`, { method: 'POST', headers: { authorization: `Key ${key}` }, payload: archiveFor('python-fastapi') })).json()
  return { world, guid, bundle, key }
}

for (const [name, row] of Object.entries(ROWS)) {
  const start = (at: Scene, key = at.key) => at.world.call(row.call(at), row.body?.(at), key)
  const idOf = (body: { task_id?: string, id?: string }): string => body.task_id ?? body.id ?? ''

  t.test(`${name}: the reply tells of a task that runs, succeeds, and only then brings something about`, async (t) => {
    const at = await scene(t)
    const { world } = at
    const before = await row.shows?.(at)
    const reply = await start(at)
    t.equal(reply.statusCode, row.status)
    t.match(reply.body, row.reply)
    t.match(reply.headers, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache, no-store, must-revalidate' })
    const id = idOf(reply.json())
    const { task } = world.sandbox.simulator.peek('connect', id) ?? {}
    t.match(task, { kind: row.kind, scenario: row.scenario, parameters: { owner: 'ada', user_id: 1 } })
    await world.sandbox.clock.advance(row.durationMs - 1)
    t.match(await world.task(id), { finished: false, code: 0 })
    t.same(await row.shows?.(at), before, 'nothing has come about')
    await world.sandbox.clock.advance(1)
    t.match(await world.task(id), { finished: true, code: 0, error: '', result: row.result ?? null })
    if (row.shows !== undefined) t.notSame(await row.shows(at), before, 'it has come about')
    const { items } = (await world.app.inject({ url: '/_pollux/journal?operation=start' })).json()
    t.match(items, [{ operation: 'start', taskId: id, status: row.status }])
  })

  t.test(`${name}: a free text of it asks for a scenario, and what fails brings nothing about`, async (t) => {
    const at = await scene(t, { title: 'scenario:failure' })
    const before = await row.shows?.(at)
    const ask = (scenario: string) => at.world.call(row.asking?.call?.(scenario) ?? row.call(at), row.asking?.body?.(scenario) ?? row.body?.(at))
    const id = idOf((await ask('scenario:failure')).json())
    await at.world.sandbox.clock.advance(60_000)
    const end = await at.world.task(id)
    t.match(end, { finished: true, code: 1 })
    t.not(end.error, '')
    t.same(await row.shows?.(at), before)
    await at.world.call(`PATCH /v1/content/${at.guid}`, { title: 'scenario:nope' })
    const refused = await ask('scenario:nope')
    t.equal(refused.statusCode, 400)
    t.match(refused.json(), { code: 121, error: /^no scenario is called "nope"; there are .*success/, payload: null })
  })

  t.test(`${name}: the control plane may queue a scenario, and a cancelled task brings nothing about`, async (t) => {
    const at = await scene(t)
    const { sandbox } = at.world
    const before = await row.shows?.(at)
    sandbox.queueScenario({ api: 'connect', kind: row.kind, scenario: 'slow', times: 1 })
    const id = idOf((await start(at)).json())
    t.equal(sandbox.simulator.peek('connect', id)?.task.scenario, 'slow')
    sandbox.simulator.cancel('connect', id)
    await sandbox.clock.advance(600_000)
    t.match(await at.world.task(id), { finished: true, code: 1, error: 'Task was cancelled.' })
    t.same(await row.shows?.(at), before)
  })

  t.test(`${name}: whoever lacks a credential or the role starts nothing`, async (t) => {
    const at = await scene(t, { options: { 'api-keys': KEYS }, key: 'owner-key' })
    const [method = '', path = ''] = row.call(at).split(' ')
    const without = await at.world.get(`/__api__${path}`, { method: method as 'GET', headers: {} })
    t.equal(without.statusCode, 401)
    t.equal(without.body, NO_CREDENTIAL)
    const viewer = await start(at, 'viewer-key')
    t.equal(viewer.statusCode, 403)
    t.equal(viewer.body, ROLE_TOO_LOW)
    const other = await start(at, 'other-key')
    if (row.needs === 'administrator') t.equal(other.body, ROLE_TOO_LOW)
    else if (row.isAbout !== 'nothing') t.equal(other.body, NOT_YOURS)
    t.equal((await start(at, 'admin-key')).statusCode, row.status)
    if (row.needs !== 'administrator') t.equal((await start(at)).statusCode, row.status)
  })

  t.test(`${name}: another method, unknown content and a bad body get the vendor's words`, async (t) => {
    const at = await scene(t)
    const { world } = at
    const path = row.call(at).split(' ')[1] ?? ''
    const other = await world.call(`PUT ${path}`, {})
    t.equal(other.statusCode, 404)
    t.equal(other.body, UNSUPPORTED)
    if (row.isAbout === 'guid') {
      for (const [guid, status, body] of [[NO_SUCH_GUID, 404, UNKNOWN], ['abc', 400, badGuid('abc')]] as const) {
        const miss = await world.call(row.call({ ...at, guid }), row.body?.(at))
        t.equal(miss.statusCode, status)
        t.equal(miss.body, body)
      }
    }
    if (row.isAbout === 'number') {
      const miss = await world.call(row.call(at).replace('/1/', '/77/'), row.body?.(at))
      t.equal(miss.statusCode, 404)
      t.equal(miss.body, UNKNOWN)
    }
    if (!row.takesJson) return
    const [method = ''] = row.call(at).split(' ')
    for (const payload of ['{"broken', '[]', 'null', '7', '{"bundle_id":7,"bundle":"x","variant_key":1,"repository":1,"language":1,"to":1}']) {
      const bad = await world.get(`/__api__${path}`, { method: method as 'POST', payload })
      t.equal(bad.statusCode, 400, payload)
      t.equal(bad.body, BAD_JSON)
    }
    t.same([...world.sandbox.simulator.tasks()].length, [...(await connectWorld(t)).sandbox.simulator.tasks()].length, 'nothing was started')
  })

  t.test(`${name}: the reply may be lost, the task is there all the same`, async (t) => {
    const at = await scene(t)
    at.world.sandbox.queueScenario({ api: 'connect', kind: row.kind, scenario: 'lost-reply', times: 1 })
    await t.rejects(start(at))
    const started = [...at.world.sandbox.simulator.tasks()].at(-1)
    t.match(started, { kind: row.kind, scenario: 'lost-reply' })
    t.match(await at.world.task(started?.id ?? ''), { finished: false }, 'polls are not struck')
  })
}
