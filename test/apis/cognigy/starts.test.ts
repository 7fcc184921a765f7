/** One list of behaviours over all calls that start tasks (cognigy contract, 7.1 and 7.3). */
import type { InjectOptions } from 'fastify'
import t from 'tap'
import { STARTS } from '../../../src/apis/cognigy/start.js'
import { parseScenario } from '../../../src/scenarios.js'
import type { JsonObject } from '../../../src/simulator/script.js'
import { NOON, type TestWorld } from '../../world.js'
import { cognigyWorld, errorBodies, getJson, JSON_KEY, KEY, ownHeaders } from './support.js'
import { form, makePackage, makeSnapshot, post, PROJECT } from './starting.js'

const [FLOW, LOCALE, LEXICON, PLAYBOOK, STORE] = ['5ce7c2d833ea1e04d7e6c432', '5ce7c2d833ea1e04d7e6c433', 'a'.repeat(24), 'b'.repeat(24), 'c'.repeat(24)]

interface Start {
  readonly call: string
  readonly body?: object
  readonly form?: Readonly<Record<string, string>>
  readonly kind: string
  readonly parameters: object
  /** Keys of `data` that come with success. */
  readonly brings?: readonly string[]
  /** Has a free text. */
  readonly labelled?: (text: string) => { body?: object, form?: Readonly<Record<string, string>> }
}

/** `SNAPSHOT` and `PACKAGE` stand for ids of those that are there already. */
const starts: readonly Start[] = [
  { call: 'POST /snapshots', body: { projectId: PROJECT, name: 's1', description: 'desc' }, kind: 'createSnapshot', parameters: { properties: { name: 's1', description: 'desc' } }, labelled: (name) => ({ body: { projectId: PROJECT, name, description: '' } }) },
  { call: 'POST /snapshots/SNAPSHOT/package', kind: 'packageSnapshot', parameters: { snapshotId: 'SNAPSHOT' } },
  { call: 'POST /flows/FLOW/intents/train', body: { localeId: LOCALE, mode: 'quick' }, kind: 'trainIntents', parameters: { flowId: FLOW, localeId: LOCALE, mode: 'quick' } },
  { call: 'POST /packages', body: { resourceIds: ['r'], description: 'd', name: 'p', projectId: PROJECT, other: 1 }, kind: 'createPackageNFS', parameters: { projectId: PROJECT, name: 'p', description: 'd', resourceIds: ['r'] }, brings: ['packageId'], labelled: (name) => ({ body: { projectId: PROJECT, name, resourceIds: [] } }) },
  { call: 'POST /packages/upload', form: { file: 'p.zip', projectId: PROJECT }, kind: 'extractPackage', parameters: { projectId: PROJECT, fileName: 'p.zip' }, brings: ['packageId'], labelled: (file) => ({ form: { file, projectId: PROJECT } }) },
  { call: 'POST /packages/PACKAGE/merge', body: { resourceIds: ['r'] }, kind: 'mergePackage', parameters: { packageId: 'PACKAGE' } },
  { call: 'DELETE /snapshots/SNAPSHOT', kind: 'deleteSnapshot', parameters: { snapshotId: 'SNAPSHOT' } },
  { call: 'DELETE /packages/PACKAGE', kind: 'deletePackage', parameters: { packageId: 'PACKAGE' } },
  { call: 'POST /snapshots/SNAPSHOT/restore', kind: 'restoreSnapshot', parameters: { snapshotId: 'SNAPSHOT' } },
  { call: 'POST /snapshots/upload', form: { projectId: PROJECT, file: 's9.csnap' }, kind: 'uploadSnapshotPackage', parameters: { projectId: PROJECT, fileName: 's9.csnap' }, labelled: (file) => ({ form: { file, projectId: PROJECT } }) },
  { call: 'POST /lexicons/LEXICON/import', form: { lexiconId: LEXICON, mode: 'merge', file: 'l.csv' }, kind: 'importIntoLexicon', parameters: { lexiconId: LEXICON, mode: 'merge' }, labelled: (file) => ({ form: { file, mode: 'skip' } }) },
  { call: 'GET /lexicons/LEXICON/export', kind: 'exportLexicons', parameters: { lexiconId: LEXICON } },
  { call: 'POST /playbooks/PLAYBOOK/schedule', body: { entrypoint: PROJECT, flowId: FLOW, localeId: LOCALE }, kind: 'runPlaybook', parameters: { playbookId: PLAYBOOK, entrypoint: PROJECT, flowId: FLOW, localeId: LOCALE }, brings: ['playbookRunId'], labelled: (entrypoint) => ({ body: { entrypoint, flowId: FLOW, localeId: LOCALE } }) },
  { call: 'POST /extensions/upload', form: { file: 'weather-extension.tar.gz_CU', projectId: PROJECT }, kind: 'uploadExtension', parameters: { fileName: 'weather-extension.tar.gz_CU', extension: '', projectId: PROJECT, disableSensitiveLogging: false }, labelled: (name) => ({ form: { file: 'x', name, projectId: PROJECT } }) },
  { call: 'POST /extensions/update', body: { projectId: PROJECT, url: 'https://x.test/a/weather.tar.gz?b' }, kind: 'updateExtensionPackage', parameters: { fileName: 'weather.tar.gz' }, labelled: (name) => ({ body: { projectId: PROJECT, url: 'u', name } }) },
  { call: 'POST /knowledgestores/STORE/sources/upload', form: { file: 'handbook.pdf', tags: 'a,b' }, kind: 'processKnowledgeSourceFile', parameters: { knowledgeStoreId: STORE, fileName: 'handbook.pdf' }, labelled: (file) => ({ form: { file } }) },
  { call: 'POST /knowledgestores/STORE/sources', body: { name: 'site', type: 'url', url: 'https://x.test' }, kind: 'processKnowledgeSourceUrl', parameters: { knowledgeStoreId: STORE, url: 'https://x.test' }, labelled: (name) => ({ body: { name, type: 'url' } }) },
  { call: 'POST /flows/FLOW/intents/import', form: { file: 'i.csv' }, kind: 'importIntents', parameters: { flowId: FLOW, fileName: 'i.csv' }, labelled: (file) => ({ form: { file } }) },
  { call: 'POST /projects/PROJECT/trainallflows', kind: 'trainAllProjectFlows', parameters: { projectId: PROJECT } },
  { call: 'POST /projects/createbytemplate', body: { name: 'New', locale: 'en-US' }, kind: 'createProjectByTemplate', parameters: { name: 'New', locale: 'en-US' }, labelled: (name) => ({ body: { name } }) },
  { call: 'DELETE /projects/PROJECT', kind: 'deleteProject', parameters: { projectId: PROJECT } },
  { call: 'POST /trainer/package', body: { projectId: PROJECT, query: { a: 1 } }, kind: 'packageTrainerRecords', parameters: { projectId: PROJECT, query: { a: 1 } }, labelled: (query) => ({ body: { projectId: PROJECT, query } }) },
  { call: 'POST /trainer/upload', form: { projectId: PROJECT, file: 'r.zip' }, kind: 'uploadTrainerRecordsPackage', parameters: { projectId: PROJECT, fileName: 'r.zip' }, labelled: (file) => ({ form: { file, projectId: PROJECT } }) },
  { call: 'POST /locales/LOCALE/yesnointents/train', kind: 'trainYesNoIntents', parameters: { localeId: LOCALE } },
  { call: 'POST /projects/PROJECT/locales/yesnointents/train', kind: 'trainYesNoIntents', parameters: { projectId: PROJECT, localeId: LOCALE } },
  { call: 'POST /knowledgestores/STORE/connectors/PROJECT/run', kind: 'runKnowledgeExtension', parameters: { knowledgeStoreId: STORE, connectorId: PROJECT } },
]

const IDS: Record<string, string> = { FLOW, LOCALE, LEXICON, PLAYBOOK, STORE, PROJECT }

interface Ready { readonly world: TestWorld, readonly ids: Readonly<Record<string, string>> }

/** A world with a snapshot and a package in it. */
async function ready (t: Parameters<typeof cognigyWorld>[0]): Promise<Ready> {
  const world = await cognigyWorld(t)
  return { world, ids: { ...IDS, SNAPSHOT: await makeSnapshot(world, 'there'), PACKAGE: await makePackage(world, 'there') } }
}

function requestOf ({ call, ...start }: Pick<Start, 'call' | 'body' | 'form'>, ids: Readonly<Record<string, string>>, prefix = '/new/v2.0'): InjectOptions {
  const [method = '', path = ''] = call.split(' ')
  const multipart = start.form === undefined ? undefined : form(start.form)
  return {
    // The table has no others.
    method: method as 'POST',
    url: prefix + path.replace(/[A-Z]{4,}/g, (name) => ids[name] ?? name),
    headers: { ...JSON_KEY, ...multipart?.headers, ...(start.body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(multipart === undefined ? start.body === undefined ? {} : { payload: start.body } : { payload: multipart.payload }),
  }
}

function taskOf (body: JsonObject & { tasks?: JsonObject[], taskData?: JsonObject }): JsonObject {
  return body.tasks?.[0] ?? body.taskData ?? body
}

t.test('the list has every call of the table', async (t) => {
  t.same(starts.map(({ call, kind }) => `${call.replace(/\b[A-Z]{4,}\b(?= )/, '')} ${kind}`.split(' ')[2]).sort(), STARTS.map(({ kind }) => kind).sort())
  t.equal(starts.length, STARTS.length)
})

for (const start of starts) {
  t.test(`${start.call} starts ${start.kind}, which is polled to its end`, async (t) => {
    const { world, ids } = await ready(t)
    const before = world.sandbox.clock.now()
    const reply = await world.app.inject(requestOf(start, ids))
    t.equal(reply.statusCode, start.kind === 'processKnowledgeSourceUrl' ? 201 : 202)
    t.same(ownHeaders(reply.headers), { 'content-type': 'application/json; charset=utf-8', vary: 'Accept', 'access-control-allow-origin': '*' })
    const { taskId, ...created } = taskOf(reply.json())
    const seconds = before / 1000
    t.same(Object.keys(created), ['_id', 'status', 'type', 'parameters', 'createdAt', 'lastCreatedAt', 'lastChangedAt', 'progress', 'currentStep', 'totalStep'])
    t.match(created, { _id: /^[0-9a-f]{24}$/, status: 'queued', type: start.kind, createdAt: seconds, lastCreatedAt: seconds, lastChangedAt: seconds, progress: 0, currentStep: 0, totalStep: 100 })
    const parameters = JSON.parse(JSON.stringify(start.parameters).replace(/"([A-Z]{4,})"/g, (_, name: string) => JSON.stringify(ids[name] ?? name)))
    t.match(created['parameters'], parameters)
    const path = `/v2.0/tasks/${String(created['_id'])}`
    t.match(await getJson(world, path), { name: start.kind, status: 'active', data: parameters })
    await world.sandbox.clock.advance(10_000)
    const done = await getJson(world, path)
    t.match(done, { status: 'done', currentStep: 100, data: parameters })
    t.same(Object.keys(done['data'] ?? {}), [...Object.keys(created['parameters'] ?? {}), ...start.brings ?? []])
    const { body: { items } } = { body: (await world.app.inject('/_pollux/journal')).json() }
    const [entry] = items.filter(({ operation }: { operation: string }) => operation === 'start').slice(-1)
    t.match(entry, { operation: 'start', taskId: created['_id'] }, 'the journal knows it')
  })

  t.test(`${start.call} as HAL has links, and takes the queued scenario`, async (t) => {
    const { world, ids } = await ready(t)
    world.sandbox.queueScenario({ api: 'cognigy', kind: start.kind, scenario: 'fail-first', times: 1 })
    const request = requestOf(start, ids, '/sandbox/default/v2.0')
    const reply = await world.app.inject({ ...request, headers: { ...request.headers, accept: '*/*' } })
    t.equal(reply.headers['content-type'], 'application/hal+json; charset=utf-8')
    const task = taskOf(reply.json())
    t.same(task['_links'], { self: { href: `/sandbox/default/v2.0/tasks/${String(task['_id'])}` } })
    t.match(await getJson(world, `/v2.0/tasks/${String(task['_id'])}`), { status: 'error' })
    const xml = await world.app.inject({ ...requestOf({ ...start, ...(start.labelled?.('other') ?? {}) }, ids), headers: { ...request.headers, accept: 'text/xml' } })
    t.equal(xml.headers['content-type'], 'application/json; charset=utf-8', 'XML is for tasks alone')
  })

  if (start.labelled === undefined) continue
  const { labelled } = start
  t.test(`${start.call} takes the scenario that its free text asks for`, async (t) => {
    const { world, ids } = await ready(t)
    const task = taskOf((await world.app.inject(requestOf({ call: start.call, ...labelled('nightly scenario:never-finishes') }, ids))).json())
    await world.sandbox.clock.advance(1e9)
    t.match(await getJson(world, `/v2.0/tasks/${String(task['_id'])}`), { status: 'active' })
    const refused = await world.app.inject(requestOf({ call: start.call, ...labelled('scenario:nope') }, ids))
    t.equal(refused.statusCode, 400)
    t.match(refused.json(), { code: 400, detail: /^no scenario is called "nope"; there are .*never-finishes/ })
  })
}

t.test('the created snapshot of the contract, to the byte', async (t) => {
  const world = await cognigyWorld(t)
  const { body } = await world.app.inject(requestOf({ call: 'POST /snapshots', body: { projectId: PROJECT, name: 's1', description: 'desc' } }, IDS))
  const { _id } = JSON.parse(body)
  t.equal(body, `{"_id":"${_id}","status":"queued","type":"createSnapshot","parameters":{"properties":{"name":"s1","description":"desc"}},"createdAt":1795348800,"lastCreatedAt":1795348800,"lastChangedAt":1795348800,"progress":0,"currentStep":0,"totalStep":100}`)
  const hal = await world.app.inject({ ...requestOf({ call: 'POST /snapshots', body: { projectId: PROJECT, name: 's2', description: '' } }, IDS), headers: { ...KEY, 'content-type': 'application/json' } })
  t.match(hal.body, /,"totalStep":100,"_links":\{"self":\{"href":"\/v2\.0\/tasks\/[0-9a-f]{24}"\}\}\}$/)
})

const bodies: ReadonlyArray<readonly [call: string, body: unknown, detail: string]> = [
  ['POST /snapshots', { projectId: PROJECT, name: 's' }, 'Missing field \'description\''],
  ['POST /snapshots', { projectId: PROJECT, description: '' }, 'Missing field \'name\''],
  ['POST /snapshots', undefined, 'Missing field \'projectId\''],
  ['POST /snapshots', { projectId: PROJECT, name: 's', description: '', locale: 1 }, 'Field \'locale\' is not allowed'],
  ['POST /snapshots', { projectId: 'short', name: 's', description: '' }, 'Invalid value for \'projectId\': expected a string of length 24'],
  ...['\\', '/', ':', '*', '?', '"', '<', '>', '|', '¥'].map((character) => ['POST /snapshots', { projectId: PROJECT, name: `a${character}b`, description: '' }, 'Invalid value for \'name\': expected a text of 1 to 200 characters without \\ / : * ? " < > | ¥'] as const),
  ['POST /snapshots', { projectId: PROJECT, name: '', description: '' }, 'Invalid value for \'name\': expected a text of 1 to 200 characters without \\ / : * ? " < > | ¥'],
  ['POST /snapshots', { projectId: PROJECT, name: 'x'.repeat(201), description: '' }, 'Invalid value for \'name\': expected a text of 1 to 200 characters without \\ / : * ? " < > | ¥'],
  ['POST /snapshots', { projectId: PROJECT, name: 's', description: 'x'.repeat(501) }, 'Invalid value for \'description\': expected a text of at most 500 characters'],
  ['POST /snapshots', '{"projectId":', 'Bad Request Error'],
  ['POST /snapshots', '[]', 'Bad Request Error'],
  ['POST /snapshots', 'null', 'Bad Request Error'],
  ['POST /snapshots', '['.repeat(60_000), 'Bad Request Error'],
  ['POST /flows/FLOW/intents/train', { mode: 'slow' }, 'Invalid value for \'mode\': expected full or quick'],
  ['POST /packages', { projectId: PROJECT, name: 'p' }, 'Missing field \'resourceIds\''],
  ['POST /packages', { projectId: PROJECT, name: 'p', resourceIds: 'x' }, 'Invalid value for \'resourceIds\': expected a list of ids'],
  ['POST /packages/PACKAGE/merge', {}, 'Missing field \'resourceIds\''],
  ['POST /playbooks/PLAYBOOK/schedule', { flowId: FLOW, localeId: LOCALE }, 'Missing field \'entrypoint\''],
  ['POST /knowledgestores/STORE/sources', { name: 'n', type: 'url', knowledgeStoreId: STORE }, 'Field \'knowledgeStoreId\' is not allowed'],
  ['POST /knowledgestores/STORE/sources', { name: 'n', type: 'url', content: 'x' }, 'Field \'content\' is not allowed'],
  ['POST /knowledgestores/STORE/sources', { name: 'n', type: 'text' }, 'Invalid value for \'type\': expected url or manual'],
  ['POST /trainer/package', {}, 'Missing field \'projectId\''],
  ['POST /projects/createbytemplate', {}, 'Missing field \'name\''],
  ['POST /extensions/upload', { projectId: PROJECT }, 'Missing field \'file\''],
  ['POST /flows/short/intents/train', {}, 'Invalid value for \'flowId\': expected a string of length 24'],
  ['POST /snapshots/short/restore', '{', 'Invalid value for \'snapshotId\': expected a string of length 24'],
]

t.test('bodies that can\'t be used are refused in the vendor\'s words, and start nothing', async (t) => {
  const { world, ids } = await ready(t)
  const before = [...world.sandbox.simulator.tasks()].length
  for (const [call, body, detail] of bodies) {
    const request = requestOf({ call }, ids)
    const payload = typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body)
    const reply = await world.app.inject({ ...request, headers: { ...request.headers, 'content-type': 'application/json' }, ...(payload === undefined ? {} : { payload }) })
    t.match(reply.json(), { status: 400, code: 400, title: 'Bad Request', detail }, `${call} ${String(payload).slice(0, 60)}`)
  }
  t.equal([...world.sandbox.simulator.tasks()].length, before)
})

t.test('what only tasks make is not found before: existence is asked before the body', async (t) => {
  const world = await cognigyWorld(t)
  const error = errorBodies()
  const unknown = 'f'.repeat(24)
  for (const [call, noun] of [
    [`POST /snapshots/${unknown}/package`, 'Snapshot'], [`POST /snapshots/${unknown}/restore`, 'Snapshot'], [`DELETE /snapshots/${unknown}`, 'Snapshot'],
    [`POST /packages/${unknown}/merge`, 'Package'], [`DELETE /packages/${unknown}`, 'Package'],
  ] as const) {
    const reply = await world.app.inject({ ...requestOf({ call }, {}), payload: '{' })
    t.equal(reply.statusCode, 404)
    t.equal(reply.body, error(404, 'Not Found', 1002, `${noun} does not exist`, `/v2.0${call.split(' ')[1] ?? ''}`))
  }
  const update = await post(world, '/extensions/update', { projectId: PROJECT, url: 'u', extension: unknown })
  t.match(update, { status: 404, body: { detail: 'Extension does not exist' } })
})

t.test('a name that is taken, or is going to be, shows on the task', async (t) => {
  const world = await cognigyWorld(t)
  const failReasonOf = async (name: string, description = ''): Promise<unknown> => {
    const { body: { _id } } = await post(world, '/snapshots', { projectId: PROJECT, name, description })
    await world.sandbox.clock.advance(1000)
    return (await getJson(world, `/v2.0/tasks/${String(_id)}`))['failReason']
  }
  t.equal(await failReasonOf('a$&'), '')
  t.equal(await failReasonOf('a$&'), 'A Snapshot with the name "a$&" already exists', 'while the first is still being made')
  t.equal(await failReasonOf('b', 'scenario:failure'), '')
  t.equal(await failReasonOf('b'), '', 'one that is going to fail takes no name')
  await world.sandbox.clock.advance(10_000)
  t.equal(await failReasonOf('a$&'), 'A Snapshot with the name "a$&" already exists')
  const elsewhere = await post(world, '/snapshots', { projectId: 'd'.repeat(24), name: 'a$&', description: '' })
  await world.sandbox.clock.advance(10_000)
  t.match(await getJson(world, `/v2.0/tasks/${String(elsewhere.body['_id'])}`), { status: 'done' }, 'names are the project\'s own')
  const upload = await world.app.inject(requestOf({ call: 'POST /snapshots/upload', form: { projectId: PROJECT, file: 'b.csnap' } }, {}))
  await world.sandbox.clock.advance(1000)
  t.match(await getJson(world, `/v2.0/tasks/${upload.json()._id}`), { status: 'error', failReason: 'A Snapshot with the name "b" already exists' })
})

t.test('the eleventh snapshot of a project is one too many', async (t) => {
  const world = await cognigyWorld(t)
  for (let n = 1; n <= 10; n++) await makeSnapshot(world, `s${n}`)
  const { status, body: { _id } } = await post(world, '/snapshots', { projectId: PROJECT, name: 's11', description: '' })
  t.equal(status, 202)
  await world.sandbox.clock.advance(1000)
  t.match(await getJson(world, `/v2.0/tasks/${String(_id)}`), { status: 'error', failReason: 'Limit of allowed Snapshots has been reached' })
  const [first] = (await getJson(world, '/v2.0/snapshots?sort=createdAt:asc'))['items'] as JsonObject[]
  await world.app.inject({ method: 'DELETE', url: `/v2.0/snapshots/${String(first?.['_id'])}`, headers: KEY })
  await world.sandbox.clock.advance(2000)
  t.ok(await makeSnapshot(world, 's11'))
})

t.test('a snapshot\'s name chooses the scenario of what is done to it later', async (t) => {
  const world = await cognigyWorld(t)
  const id = await makeSnapshot(world, 'live scenario:in-use')
  const { _id } = (await world.app.inject({ method: 'DELETE', url: `/v2.0/snapshots/${id}`, headers: JSON_KEY })).json()
  await world.sandbox.clock.advance(5000)
  t.match(await getJson(world, `/v2.0/tasks/${_id}`), { status: 'error', failReason: 'The Snapshot is attached to an endpoint' })
  t.match(await getJson(world, `/v2.0/snapshots/${id}`), { _id: id })
})

t.test('a scenario of one\'s own serves native starts, and a task that fails or is cancelled brings nothing about', async (t) => {
  const world = await cognigyWorld(t)
  world.sandbox.putScenario(parseScenario('mine', { summary: 'x', script: { steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'failed' }] } }))
  await post(world, '/snapshots', { projectId: PROJECT, name: 'f', description: 'scenario:mine' })
  const { body: { _id } } = await post(world, '/snapshots', { projectId: PROJECT, name: 'c', description: '' })
  await world.app.inject({ method: 'POST', url: `/v2.0/tasks/${String(_id)}/cancel`, headers: KEY })
  await world.sandbox.clock.advance(60_000)
  t.match(await getJson(world, '/v2.0/snapshots'), { items: [], total: 0 })
})

t.test('a start is listed under its project, and under no other', async (t) => {
  const world = await cognigyWorld(t)
  const { body: { _id } } = await post(world, '/snapshots', { projectId: 'd'.repeat(24), name: 's', description: '' })
  const ids = async (projectId: string): Promise<unknown[]> => ((await getJson(world, `/v2.0/tasks?projectId=${projectId}`))['items'] as JsonObject[]).map((task) => task['_id'])
  t.ok((await ids('d'.repeat(24))).includes(_id))
  t.notOk((await ids(PROJECT)).includes(_id))
})

t.test('another method on a starting path is 405, and an export has no HEAD', async (t) => {
  const { world, ids } = await ready(t)
  const allow = async (method: 'PUT' | 'HEAD', path: string): Promise<unknown> => {
    const reply = await world.app.inject({ method, url: `/v2.0${path}`, headers: KEY })
    return reply.statusCode === 405 ? reply.headers.allow : reply.statusCode
  }
  t.equal(await allow('PUT', '/snapshots'), 'GET, HEAD, POST')
  t.equal(await allow('PUT', `/snapshots/${ids['SNAPSHOT'] ?? ''}`), 'GET, HEAD, DELETE')
  t.equal(await allow('PUT', '/Packages/Upload'), 'POST')
  t.equal(await allow('HEAD', `/lexicons/${LEXICON}/export`), 'GET')
  t.equal(await allow('HEAD', '/snapshots'), 200)
  t.equal([...world.sandbox.simulator.tasks()].filter(({ kind }) => kind === 'exportLexicons').length, 0)
  t.equal(NOON, 1795348800000)
})
