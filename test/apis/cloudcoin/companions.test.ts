/** The calls that start nothing, and how bodies are read (contract 7.2, 4.2 to 4.5). */
import t from 'tap'
import { companions } from '../../../src/apis/cloudcoin/companions.js'
import { ALL_P, ANS, binaryOf, caller, stackOf } from './calls.js'
import { errorBody, inject, jsonHeaders, send } from './wire.js'

const success = (payload: string): string => `{"payload":${payload},"status":"success"}\n`
const INVALID = (text: string): string => errorBody(4121, `Validation error. ${text}`)
const NO_WALLET = errorBody(4115, 'Wallet not found')
const EMPTY = success('{}')
const wallet = (name: string, balance: number, { contents = '[]', transactions = 'null', email = '', hash = '' } = {}): string =>
  `{"name":"${name}","email":"${email}","password_hash":"${hash}","balance":${balance},"denominations":{"1":${Math.trunc(balance)},"100":0,"25":0,"250":0,"5":0},"contents":${contents},"transactions":${transactions}}`
const DEFAULT = wallet('Default', 3000000020)
const RECEIPT = 'a'.repeat(32)
const SKY = 'my.skywallet.cc'
const SETTINGS = '{"default_timeout_mult":100,"echo_timeout_mult":100,"max_notes":50,"change_server_sn":2,"use_local_raidas":false,"local_raidas":[]}'
const UNPACKED = (an: string): string => `[{"sn":7,"ans":[${Array.from({ length: 25 }, () => `"${an}"`).join()}],"pownstring":"${'u'.repeat(25)}"}]`
const FOREIGN = errorBody(4123, 'Failed to unpack: Failed to find the Unpacker to decode this data')

/** Calls one after the other in the same world, and their whole bodies. */
const EXCHANGES: ReadonlyArray<readonly [call: string, body: unknown, reply: string]> = [
  ['GET /info', undefined, success('{"version":"0.1.127"}')],
  ['GET /wallets', undefined, success(`[${DEFAULT}]`)],
  ['GET /wallets/Default', undefined, success(DEFAULT)],
  ['GET /wallets/Default?contents=true', undefined, success(wallet('Default', 3000000020, { contents: '[16,17,23,24,25]', transactions: '[]' }))],
  ['GET /wallets/W%232', undefined, NO_WALLET],
  ['POST /wallets', { name: 'W#2' }, EMPTY],
  ['POST /wallets', { name: 'W#2' }, errorBody(4114, 'Wallet already exists')],
  ['POST /wallets', { name: 'A', email: 'a@example.org', password: 'secret' }, EMPTY],
  ['GET /wallets/A', undefined, success(wallet('A', 0, { email: 'a@example.org', hash: '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b' }))],
  ['GET /wallets/W%232', undefined, success(wallet('W#2', 0))],
  ['GET /wallets/A?contents=true', undefined, success(wallet('A', 0, { email: 'a@example.org', hash: '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b', transactions: '[]' }))],
  ['GET /wallets', undefined, success(`[${wallet('A', 0, { email: 'a@example.org', hash: '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b' })},${DEFAULT},${wallet('W#2', 0)}]`)],
  ['POST /wallets', {}, INVALID('name: cannot be blank.')],
  ['POST /wallets', { name: 'x', email: 'x', password: 'abc' }, INVALID('email: must be a valid email address; password: the length must be between 4 and 64.')],
  ['PUT /wallets/W%232', { new_name: 'A' }, errorBody(4114, 'Wallet already exists')],
  ['PUT /wallets/W%232', {}, INVALID('new_name: cannot be blank.')],
  ['PUT /wallets/nobody', { new_name: 'B' }, NO_WALLET],
  ['PUT /wallets/W%232', { new_name: 'B' }, EMPTY],
  ['DELETE /wallets/W%232', undefined, NO_WALLET],
  ['DELETE /wallets/B', undefined, EMPTY],
  ['DELETE /wallets/Default', undefined, errorBody(4116, 'Wallet not empty')],
  [`GET /wallets/${'x'.repeat(65)}`, undefined, INVALID('name: the length must be between 1 and 64.')],
  [`GET /wallets/${'x'.repeat(5000)}`, undefined, INVALID('name: the length must be between 1 and 64.')],
  ['GET /wallets/Default/leftovers', undefined, success(wallet('Default', 0))],
  ['GET /wallets/nobody/leftovers', undefined, NO_WALLET],
  [`GET /transactions/Default/${RECEIPT}`, undefined, errorBody(4197, `Receipt ${RECEIPT} does not exist for wallet Default`)],
  ['GET /transactions/Default/x', undefined, INVALID('receipt_id: must be in a valid format.')],
  [`GET /transactions/nobody/${RECEIPT}`, undefined, NO_WALLET],
  ['DELETE /transactions/Default', undefined, EMPTY],
  ['DELETE /transactions/nobody', undefined, NO_WALLET],
  ['POST /unpack', { data: binaryOf(7) }, success(UNPACKED('ab'.repeat(16)))],
  ['POST /unpack', { data: stackOf(7) }, success(UNPACKED(ANS[0] ?? ''))],
  ['POST /unpack', { data: Buffer.from('{"cloudcoin":[{"sn":1}]}').toString('base64') }, FOREIGN],
  ['POST /unpack', { data: Buffer.alloc(33).toString('base64') }, FOREIGN],
  ['POST /unpack', { data: Buffer.alloc(31).toString('base64') }, FOREIGN],
  ['POST /unpack', {}, INVALID('data: cannot be blank.')],
  ['POST /unpack', { data: '?' }, INVALID('data: must be encoded in Base64.')],
  ['GET /settings', undefined, success(SETTINGS)],
  ['POST /settings', { max_notes: 20, nonsense: 1 }, EMPTY],
  ['POST /settings', { max_notes: 'x' }, errorBody(4110, 'Failed to parse Input JSON')],
  ['GET /settings', undefined, success(SETTINGS.replace('"max_notes":50', '"max_notes":20'))],
  ['GET /senderhistory?pattern=x', undefined, success('{"names":[]}')],
  ['GET /filepicker?type=file', undefined, success('{"items_picked":["/coins/5.CloudCoin.sample.bin"]}')],
  ['GET /filepicker?type=folder', undefined, success('{"items_picked":["/coins"]}')],
  ['GET /filepicker?type=x', undefined, '{"payload":{"type":"must be a valid value"},"status":"error"}\n'],
  ['GET /filepicker?type=constructor', undefined, '{"payload":{"type":"must be a valid value"},"status":"error"}\n'],
  ['GET /filepicker', undefined, '{"payload":{"type":"cannot be blank"},"status":"error"}\n'],
  ['GET /news', undefined, success('{"version":"https://jsonfeed.org/version/1","title":"","items":[]}')],
  ['POST /skybackup', { name: SKY, folder: '/coins' }, success('{"FileName":"/coins/0.Backup.CC.2026-11-22-12-00-00.zip"}')],
  [`POST /skywallets/${SKY}`, { type: 'bin' }, EMPTY],
  ['POST /skywallets/x', {}, INVALID('name: the length must be between 6 and 64.')],
  [`GET /skytransactions/${SKY}/${RECEIPT}`, undefined, success('[]')],
]

t.test('each companion answers at once, as it should', async (t) => {
  const { call } = await caller(t)
  for (const [line, body, reply] of EXCHANGES) t.equal(await call(line, body), reply, line.slice(0, 60))
})

t.test('every companion is among them', async (t) => {
  const called = new Set(EXCHANGES.map(([line]) => line.replace(/\?.*/, '').replace(/(?<=skywallets\/|skytransactions\/).*/s, (rest) => rest.includes('/') ? ':sky_name/:guid' : ':sky_name').replace(/(?<=transactions\/)(?!:)[^/]+\/.*/s, ':name/:receipt_id').replace(/(?<= \/wallets\/| \/transactions\/)(?!:)[^/]+/, ':name')))
  for (const { method, path } of companions) t.ok(called.has(`${method} ${path}`), `${method} ${path}`)
})

t.test('headers are exact, and an origin is told that it may read', async (t) => {
  const { world } = await caller(t)
  const body = success('{"version":"0.1.127"}')
  t.strictSame(await inject(world, 'GET', '/api/v1/info', { origin: 'http://a.example' }), { status: 200, headers: { ...jsonHeaders(body), 'access-control-allow-origin': 'http://a.example' }, body })
  for (const { method, path } of companions) {
    const url = `/api/v1${path.replaceAll(/:\w+/g, 'x')}`
    t.strictSame(await inject(world, 'PATCH', url), { status: 405, headers: { 'content-type': 'application/json', 'content-length': '0' }, body: '' }, `${method} ${path}`)
    t.match((await inject(world, method, `${url}/`)).body, '"code":4154', `${method} ${path}/`)
  }
  t.match(await inject(world, 'GET', '/api/v1/wallets//leftovers?x=1'), { status: 301, headers: { location: '/api/v1/wallets/leftovers?x=1' } })
})

t.test('a body is JSON whatever its content type says', async (t) => {
  const { world } = await caller(t)
  const { url } = await world.listen()
  const body = '{"name":"Default"}'
  for (const contentType of [undefined, '', 'text/plain', 'application/x-www-form-urlencoded', 'application/json', 'application/json; charset=utf-8', 'nonsense', ';;', 'multipart/form-data']) {
    const reply = await send(url, { method: 'POST', path: '/api/v1/health', body, ...(contentType === undefined ? {} : { headers: { 'content-type': contentType } }) })
    t.match(reply, { status: 200, headers: { 'content-type': 'application/json' }, body: /"status":"running"/ }, contentType ?? 'none')
  }
  t.match(await send(url, { method: 'POST', path: '/api/v1/health', headers: { 'content-type': 'application/json' } }), { status: 200, body: errorBody(4110, 'Failed to parse Input JSON') })
  t.match(await send(url, { path: '/api/v1/wallets/1234', headers: { 'content-type': 'application/json' } }), { status: 200, body: NO_WALLET }, 'PHP sends a content type and no body')
  t.match(await send(url, { method: 'DELETE', path: '/api/v1/transactions/Default', headers: { 'content-type': 'application/json' }, body: 'x' }), { status: 200, body: EMPTY }, 'what takes no body looks at none')
  t.match(await send(url, { method: 'POST', path: '/api/v1/health', body: `{"name":"${'x'.repeat(5_000_000)}"}` }), { status: 413, body: '413 Payload Too Large' })
})

t.test('a body is decoded as Go does', async (t) => {
  const { call } = await caller(t)
  const started = /"status":"running"/
  for (const body of ['{"name":"Default"} and more', ' \n{"NAME":"Default"}', '{"nAmE":"Default","other":[1]}{"name":5}', '{"name":"x","Name":"Default"}', '{"name":"Default","Name":null}', '{"name":"Default","x":"}\\"{"}]', '{"__proto__":{"a":1},"name":"Default"}']) {
    t.match(await call('POST /health', body), started, body)
  }
  for (const body of ['{"name":null}', '{}', 'null', 'null x', '{"nam":"Default"}', '{"name":""}']) t.equal(await call('POST /health', body), INVALID('name: cannot be blank.'), body)
  for (const body of ['{"name":["Default"]}', '{"name":"Default"', 'nothing', '"{\\"name\\":1}"', '[{"name":"Default"}]', `{"name":"${'\\"'.repeat(200_000)}`, '['.repeat(200_000)]) {
    t.equal(await call('POST /health', body), errorBody(4110, 'Failed to parse Input JSON'), body.slice(0, 40))
  }
  t.equal(await call('POST /detect', '{"coins":[null,{"sn":1.5,"ans":[]}]}'), errorBody(4110, 'Failed to parse Input JSON'))
  t.equal(await call('POST /detect', '{"coins":[null]}'), INVALID('Coins: (0: (ans: cannot be blank; sn: cannot be blank.).).'))
})

t.test('complaints come in the order of their bytes, lists beyond ten items too', async (t) => {
  const { call } = await caller(t)
  const coins = Array.from({ length: 11 }, () => ({ sn: 1, ans: ANS.slice(1) }))
  const about = (index: number): string => `${index}: (ans: the length must be exactly 25.)`
  t.equal(await call('POST /detect', { coins }), INVALID(`Coins: (${[0, 1, 10, 2, 3, 4, 5, 6, 7, 8, 9].map(about).join('; ')}.).`))
})

t.test('a receipt tells of the coins that came in', async (t) => {
  const { call, run } = await caller(t)
  const { data } = await run('POST /import', { name: 'Default', items: [{ type: 'inline', data: stackOf(7) }], tag: 'gift' })
  const { receipt_id: receipt } = data as { receipt_id: string }
  t.equal(await call(`GET /transactions/Default/${receipt.toUpperCase()}`), success(`[{"sn":7,"denomination":1,"pownstring":"${ALL_P}","result":"Authentic"}]`))
  await call('DELETE /transactions/Default')
  t.match(await call(`GET /transactions/Default/${receipt}`), '"code":4197')
})
