/** Every call of the vendors' documents, with values that mean something: starts, polls, lists and what lies around them. */
import { readFileSync } from 'node:fs'
import { archiveFor } from '../apis/connect/connect-world.js'
import { coinsOf, stackOf } from '../apis/cloudcoin/calls.js'
import { form, PROJECT } from '../apis/cognigy/starting.js'
import { APP, ENDPOINT } from '../apis/svix/calls.js'

export interface VendorCall {
  readonly api: string
  /** As the document names it: `POST /v2.0/snapshots`. */
  readonly name: string
  readonly method: string
  /** With the prefix of its API. */
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly payload: string | Buffer | undefined
}

/** Sends a request to the server and gives what came back. */
export type Send = (request: Pick<VendorCall, 'method' | 'url' | 'headers' | 'payload'>) => Promise<{ readonly status: number, readonly body: string }>

export const APIS = ['connect', 'svix', 'cognigy', 'cloudcoin'] as const

/** What each vendor takes for a credential. */
const CREDENTIALS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  connect: { authorization: 'Key k' },
  svix: { authorization: 'Bearer k' },
  cognigy: { 'x-api-key': 'k', accept: 'application/json' },
  cloudcoin: {},
}

/** Ids by the names that paths and bodies have for them. */
export interface Ids extends Readonly<Record<string, string>> {}

const [FLOW, LOCALE, LEXICON, PLAYBOOK, STORE] = ['5ce7c2d833ea1e04d7e6c432', '5ce7c2d833ea1e04d7e6c433', '61f25601055c2f43c249a1b2', '61f25633055c2f43c249a1d7', '61f2561a055c2f43c249a1c4']

/** What stands for parameters of paths that nothing had to be made for. */
const FIXED: Ids = {
  mode: 'batch',
  variant: '1',
  task_id: 'qtask_2PolluxSucceedsInTenSeconds',
  app_id: APP,
  endpoint_id: ENDPOINT,
  projectId: PROJECT,
  flowId: FLOW ?? '',
  localeId: LOCALE ?? '',
  lexiconId: LEXICON ?? '',
  playbookId: PLAYBOOK ?? '',
  knowledgeStoreId: STORE ?? '',
  connectorId: PROJECT,
  keyphraseId: PROJECT,
  taskId: '111111111111111111111111',
  runId: PROJECT,
  sourceId: PROJECT,
  name: 'Default',
  code: 'AAC-WS5I-F90000000E',
  sky_name: 'ada.skywallet.cc',
  guid: 'f1e2d3c4b5a697887766554433221100',
  receipt_id: '930c58c367f4b8a3201a066b69529768',
}

const OUTSIDE = 'http://hook.example.com/callback'

/** Bodies where the document has no example that is good here: JSON, or a multipart form. */
const BODIES: Readonly<Record<string, (ids: Ids) => object | { readonly form: Readonly<Record<string, string>> }>> = {
  'POST /v2.0/snapshots': () => ({ projectId: PROJECT, name: 'snap', description: 'd' }),
  'POST /v2.0/packages': () => ({ projectId: PROJECT, name: 'p', description: 'd', resourceIds: [] }),
  'POST /v2.0/packages/{packageId}/merge': () => ({ resourceIds: ['r'] }),
  'POST /v2.0/flows/{flowId}/intents/train': () => ({ localeId: LOCALE, mode: 'quick' }),
  'POST /v2.0/trainer/package': () => ({ projectId: PROJECT }),
  'POST /v2.0/trainer/downloadlink': ({ taskId = '' }) => ({ taskId }),
  'POST /v2.0/projects/createbytemplate': () => ({ name: 'New', locale: 'en-US' }),
  'POST /v2.0/playbooks/{playbookId}/schedule': () => ({ entrypoint: PROJECT, flowId: FLOW, localeId: LOCALE, callbackUrl: OUTSIDE }),
  'POST /v2.0/knowledgestores/{knowledgeStoreId}/sources': () => ({ name: 'site', type: 'url', url: 'http://docs.example.com/page' }),
  'PATCH /v2.0/extensions/{extensionId}': () => ({ trustedCode: true }),
  'POST /v2.0/extensions/update': () => ({ projectId: PROJECT, url: 'http://extensions.example.com/weather.tar.gz' }),
  'POST /v2.0/snapshots/upload': () => ({ form: { projectId: PROJECT, file: 'up.csnap' } }),
  'POST /v2.0/packages/upload': () => ({ form: { projectId: PROJECT, file: 'p.zip' } }),
  'POST /v2.0/flows/{flowId}/intents/import': () => ({ form: { file: 'i.csv' } }),
  'POST /v2.0/lexicons/{lexiconId}/import': () => ({ form: { mode: 'merge', file: 'l.csv' } }),
  'POST /v2.0/trainer/upload': () => ({ form: { projectId: PROJECT, file: 'r.zip' } }),
  'POST /v2.0/extensions/upload': () => ({ form: { projectId: PROJECT, file: 'weather.tar.gz' } }),
  'POST /v2.0/knowledgestores/{knowledgeStoreId}/sources/upload': () => ({ form: { file: 'handbook.pdf' } }),
  'POST /api/v1/health': () => ({ name: 'Default' }),
  'POST /api/v1/detect': () => ({ coins: coinsOf(7, 8) }),
  'POST /api/v1/import': () => ({ name: 'Default', items: [{ type: 'inline', data: stackOf(7) }] }),
  'PUT /api/v1/fix': () => ({ name: 'Default' }),
  'POST /api/v1/fix': () => ({ name: 'Default', pown_items: [{ sn: 16, pownstring: `f${'p'.repeat(24)}` }] }),
  'POST /api/v1/pown': () => ({ coins: coinsOf(7).map((coin) => ({ ...coin, pans: coin.ans })) }),
  'POST /api/v1/convert': () => ({ name: 'Default', items: [{ type: 'inline', data: stackOf(7) }] }),
  'POST /api/v1/transfer': () => ({ srcname: 'Default', dstname: 'Second', amount: 5, tag: 't' }),
  'POST /api/v1/export': () => ({ name: 'Default', amount: 1, folder: '/coins' }),
  'POST /api/v1/backup': () => ({ folder: '/coins' }),
  'POST /api/v1/join': () => ({ name: 'Default', folder: '/coins' }),
  'POST /api/v1/locker': () => ({ name: 'Default', amount: 2 }),
  'POST /api/v1/locker/{code}': () => ({ name: 'Default' }),
  'POST /api/v1/deposit': () => ({ name: 'Default', to: 'ada.skywallet.cc', amount: 1 }),
  'POST /api/v1/withdraw': () => ({ name: 'ada.skywallet.cc', dstname: 'Default', to: 'Default', amount: 1 }),
  'POST /api/v1/skytransfer': () => ({ srcname: 'ada.skywallet.cc', to: 'bob.skywallet.cc', amount: 1 }),
  'POST /api/v1/skywallets': () => ({ name: 'ada.lovelace', domain: 'skywallet.cc' }),
  'POST /api/v1/skywallets/{sky_name}': () => ({}),
  'POST /api/v1/skydetect': () => ({ name: 'ada.skywallet.cc' }),
  'POST /api/v1/skyhealth': () => ({ name: 'ada.skywallet.cc' }),
  'POST /api/v1/skyfix': () => ({ name: 'ada.skywallet.cc' }),
  'POST /api/v1/sync': () => ({ name: 'ada.skywallet.cc' }),
  'POST /api/v1/showpayment': () => ({ guid: FIXED['guid'] }),
  'POST /api/v1/wallets': () => ({ name: 'Third' }),
  'PUT /api/v1/wallets/{name}': () => ({ new_name: 'Default' }),
  'POST /api/v1/settings': () => ({ max_notes: 51 }),
  'POST /api/v1/unpack': () => ({ data: stackOf(9) }),
  'POST /api/v1/skybackup': () => ({ name: 'ada.skywallet.cc', folder: '/coins' }),
  'POST /__api__/v1/content': () => ({ title: 'Another' }),
  'POST /__api__/applications': () => ({ title: 'Another' }),
  'PATCH /__api__/v1/content/{guid}': () => ({ title: 'Changed' }),
  'POST /__api__/applications/{guid}': () => ({ title: 'Changed' }),
  'POST /__api__/v1/content/{guid}/deploy': ({ bundle = '' }) => ({ bundle_id: bundle }),
  'POST /__api__/v1/content/{guid}/build': ({ bundle = '' }) => ({ bundle_id: bundle }),
  'POST /__api__/v1/experimental/content/{guid}/deploy': ({ bundle = '' }) => ({ bundle_id: bundle }),
  'POST /__api__/applications/{guid}/deploy': ({ bundle = '' }) => ({ bundle: Number(bundle) }),
  'POST /__api__/v1/content/{guid}/render': () => ({}),
  'POST /__api__/v1/content/{guid}/repository/bundle': () => ({}),
  'POST /__api__/v1/tasks/send-test-email': () => ({ to: 'ada@mail.example.com' }),
  'DELETE /__api__/v1/system/caches/runtime': () => ({ language: 'Python', version: '3.11.3', image_name: 'Local', dry_run: true }),
  'PUT /__api__/v1/content/{guid}/repository': () => ({ repository: 'http://git.example.com/dashboard', branch: 'main', directory: '.', polling: true }),
}

const QUERIES: Readonly<Record<string, string>> = {
  'GET /__api__/repo/branches': '?url=http%3A%2F%2Fgit.example.com%2Fa',
  'GET /__api__/repo/manifest-dirs': '?url=http%3A%2F%2Fgit.example.com%2Fa&branch=main',
  'POST /__api__/variants/{variant}/sender': '?email=me',
}

/** The bytes of an upload of Connect's. */
const UPLOADS = /\/bundles$|\/upload$/

interface Operation { readonly requestBody?: { readonly content: Readonly<Record<string, { readonly example?: unknown }>> } }

/** Makes what the calls are about, on a frozen clock: content with a bundle, a snapshot, a package, a wallet. */
export async function makeThings (send: Send, mount = ''): Promise<Ids> {
  const json = async (api: string, method: string, url: string, body?: object, more: { headers?: Record<string, string>, payload?: string | Buffer } = {}): Promise<Record<string, any>> => { // eslint-disable-line @typescript-eslint/no-explicit-any -- replies are what the vendors make them
    const reply = await send({ method, url: `${mount}/${api}${url}`, headers: { ...CREDENTIALS[api], ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...more.headers }, payload: more.payload ?? (body === undefined ? undefined : JSON.stringify(body)) })
    return reply.body === '' ? {} : JSON.parse(reply.body)
  }
  const advance = (): Promise<unknown> => send({ method: 'POST', url: `${mount}/_pollux/clock/advance`, headers: { 'content-type': 'application/json' }, payload: '{"by":"10s"}' })
  const { guid } = await json('connect', 'POST', '/__api__/v1/content', { title: 'Content' })
  const { id: bundle } = await json('connect', 'POST', `/__api__/v1/content/${guid}/bundles`, undefined, { headers: { 'content-type': 'application/gzip' }, payload: archiveFor('static') })
  await json('connect', 'PUT', `/__api__/v1/content/${guid}/repository`, { repository: 'http://git.example.com/a', branch: 'main', directory: '.', polling: false })
  const { task_id: id } = await json('connect', 'POST', `/__api__/v1/content/${guid}/deploy`, { bundle_id: bundle })
  await json('cognigy', 'POST', '/v2.0/snapshots', { projectId: PROJECT, name: 'there', description: '' })
  await json('cognigy', 'POST', '/v2.0/packages', { projectId: PROJECT, name: 'there', resourceIds: [] })
  await json('cognigy', 'POST', '/v2.0/extensions/upload', undefined, form({ projectId: PROJECT, file: 'there.tar.gz' }))
  await json('cloudcoin', 'POST', '/api/v1/wallets', { name: 'Second' })
  const { payload: { id: cloudcoinId } } = await json('cloudcoin', 'POST', '/api/v1/transfer', { srcname: 'Default', dstname: 'Second', amount: 5, tag: 'first' })
  await advance()
  const idIn = async (noun: string): Promise<string> => String((await json('cognigy', 'GET', `/v2.0/${noun}?projectId=${PROJECT}`))['items']?.[0]?._id)
  const packageId = await idIn('packages')
  const { downloadLink } = await json('cognigy', 'POST', `/v2.0/packages/${packageId}/downloadlink`)
  return { ...FIXED, guid, bundle, id, cloudcoinId, snapshotId: await idIn('snapshots'), packageId, extensionId: await idIn('extensions'), token: /downloads\/([^/]+)/.exec(String(downloadLink))?.[1] ?? '' }
}

/** All calls, those that take something away last. */
export function vendorCalls (ids: Ids, mount = ''): VendorCall[] {
  const calls = APIS.flatMap((api) => {
    const { paths }: { paths: Record<string, Record<string, Operation>> } = JSON.parse(readFileSync(new URL(`../../openapi/${api}.json`, import.meta.url), 'utf8'))
    return Object.entries(paths).flatMap(([path, operations]) => Object.entries(operations).map(([verb, operation]) => callOf(api, path, verb.toUpperCase(), operation, ids, mount)))
  })
  return [...calls.filter(({ method }) => method !== 'DELETE'), ...calls.filter(({ method }) => method === 'DELETE')]
}

function callOf (api: string, path: string, method: string, { requestBody }: Operation, ids: Ids, mount: string): VendorCall {
  const name = `${method} ${path}`
  const [type, media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const given = BODIES[name]?.(ids) ?? media?.example
  const idsHere = api === 'cloudcoin' ? { ...ids, id: ids['cloudcoinId'] ?? '', guid: FIXED['guid'] ?? '' } : ids
  const filled = path.replace(/\{(\w+)\}/g, (_, parameter: string) => idsHere[parameter] ?? 'x') + (QUERIES[name] ?? '')
  const body = bodyOf(name, type, given)
  return { api, name, method, url: `${mount}/${api}${filled}`, headers: { ...CREDENTIALS[api], ...body.headers }, payload: body.payload }
}

function bodyOf (name: string, type: string | undefined, given: unknown): { headers: Record<string, string>, payload: string | Buffer | undefined } {
  if (type === undefined && given === undefined) return { headers: {}, payload: undefined }
  if (type === 'application/gzip' && UPLOADS.test(name)) return { headers: { 'content-type': type }, payload: archiveFor('static') }
  if (type === 'application/x-www-form-urlencoded') return { headers: { 'content-type': type }, payload: 'grant_type=client_credentials&client_id=a&client_secret=b&token=c' }
  if (typeof given === 'object' && given !== null && 'form' in given) return form(given.form as Record<string, string>) // as: the table's own
  return { headers: { 'content-type': 'application/json' }, payload: given === undefined ? '{}' : JSON.stringify(given) }
}
