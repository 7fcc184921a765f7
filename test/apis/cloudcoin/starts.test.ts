/** One list of behaviours over all calls that start a task (contract 7.1 and 7.4). */
import t from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import { starts } from '../../../src/apis/cloudcoin/start.js'
import { controlOf } from '../../control/control.js'
import { ALL_P, ANS, caller, coinsOf, stackOf } from './calls.js'
import { errorBody, inject, NOON_SECONDS } from './wire.js'

interface Row {
  readonly body?: unknown
  readonly kind: string
  /** How it ends in a fresh world: the JSON text of its result (as recorded, where that differs), or an error. */
  readonly data?: string | RegExp
  readonly recorded?: string | RegExp
  readonly error?: readonly [code: number, message: string]
  /** Where the scenario is asked for. */
  readonly tagged: (tag: string) => { readonly query?: string, readonly body?: unknown }
  /** Bodies that are refused, and what validation says. */
  readonly invalid?: ReadonlyArray<readonly [body: unknown, text: string]>
}

const PAID = '{"TotalCoins":2,"TotalAuthentic":2,"TotalFracked":0,"TotalCounterfeit":0,"TotalLimbo":0,"Details":null,"Coins":null}'
const found = (...serials: readonly number[]): string => serials.map((sn) => `{"sn":${sn},"pownstring":"${ALL_P}","result":"Authentic"}`).join()
const health = (total: number, ...serials: readonly number[]): string => `{"TotalCoins":${total},"TotalCheckedCoins":${total},"TotalAuthentic":${total},"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":0,"TotalCounterfeit":0,"TotalLimbo":0,"TotalErrors":0,"Details":null,"Coins":[${found(...serials)}]}`
const TICKETS = '\\[\\["[0-9a-f]{8}"(?:,"[0-9a-f]{8}"){24}\\]\\]'
const escaped = (text: string): string => text.replace(/[[\]{}]/g, '\\$&')
const pown = (alreadyExists: number, ...serials: readonly number[]): string => `${escaped(`{"total":${serials.length},"authentic":${serials.length},"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"already_exists":${alreadyExists},"coins":[${found(...serials)}],"tickets":`)}${TICKETS},"details":\\[\\]\\}`

const byQuery = (tag: string): { query: string } => ({ query: `?tag=${encodeURIComponent(tag)}` })
const byTag = (body: object) => (tag: string): { body: object } => ({ body: { ...body, tag } })

const ECHO = /^\{"online":25,"pownstring":"p{25}","pownarray":\[(?:1,){24}1\],"latencies":\[(?:[1-9]\d{2,3},){24}[1-9]\d{2,3}\]\}$/
const VERSION = `{"raw_versions":[${Array.from({ length: 25 }, () => '"1640995200"').join()}],"versions":[${Array.from({ length: 25 }, () => '"2022-01-01T00:00:00Z"').join()}]}`
const FIXED = '{"total_fixed":0,"total_errors":0,"total_skipped":0,"total_fixes_made":0,"total_fixes_failed":0}'
const NO_NAME = 'name: cannot be blank.'
const NO_SKY: Row['error'] = [4115, 'SkyWallet ID coin not found']
const TRANSFER = { srcname: 'Default', dstname: 'Default', amount: 2 }
const SKY = 'my.skywallet.cc'

/** By call. */
const ROWS: Readonly<Record<string, Row>> = {
  'GET /echo': { kind: 'echo', data: ECHO, tagged: byQuery },
  'GET /version': { kind: 'version', data: VERSION, tagged: byQuery },
  'POST /health': {
    kind: 'health',
    body: { name: 'Default' },
    data: health(3000000020, 16, 17, 23, 24, 25),
    recorded: health(3000000020, 16, 17, 23, 24, 25).replace('"TotalAlreadyLimbo":0,', ''),
    tagged: (tag) => ({ ...byQuery(tag), body: { name: 'Default' } }),
    invalid: [[{}, NO_NAME], [{ name: 'x'.repeat(65) }, 'name: the length must be between 1 and 64.']],
  },
  'POST /detect': {
    kind: 'detect',
    body: { coins: coinsOf(7, 8) },
    data: health(2, 7, 8),
    recorded: `{"total":2,"authentic":2,"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"coins":[${found(7, 8)}],"details":null}`,
    tagged: (tag) => ({ ...byQuery(tag), body: { coins: coinsOf(7, 8) } }),
    invalid: [
      [{}, 'Coins: cannot be blank.'],
      [{ coins: [{ ans: ['x'] }] }, 'Coins: (0: (ans: the length must be exactly 25; sn: cannot be blank.).).'],
      [{ coins: [{ sn: 16777217, ans: ANS }, { sn: -1, ans: [...ANS.slice(1), 'x'] }] }, 'Coins: (0: (sn: must be no greater than 16777216.); 1: (ans: (24: must be in a valid format.); sn: must be no less than 1.).).'],
      [{ coins: [{ sn: 1 }] }, 'Coins: (0: (ans: cannot be blank.).).'],
    ],
  },
  'POST /import': {
    kind: 'import',
    body: { name: 'Default', items: [{ type: 'inline', data: stackOf(7, 16) }] },
    data: new RegExp(`^\\{"pown_results":${pown(600000004, 7)},"receipt_id":"[0-9a-f]{32}"\\}$`),
    tagged: byTag({ name: 'Default', items: [{ type: 'inline', data: stackOf(7) }] }),
    invalid: [
      [{ name: 'Default' }, 'items: cannot be blank.'],
      [{ name: 'Default', items: [{ type: 'inline', data: '?' }] }, 'items: (0: (data: must be encoded in Base64.).).'],
      [{ name: 'Default', items: [{ type: 'inline' }, { type: 'file', data: 'x' }, { type: 'suspect', data: 'x' }, { type: 'nope', data: 'x' }, {}] }, 'items: (0: (data: cannot be blank.); 1: (data: the length must be between 3 and 256.); 2: (data: must be blank.); 3: (type: must be a valid value.); 4: (type: cannot be blank.).).'],
    ],
  },
  'PUT /fix': { kind: 'fix', body: { name: 'Default' }, data: FIXED, tagged: (tag) => ({ ...byQuery(tag), body: { name: 'Default' } }), invalid: [[{}, NO_NAME]] },
  'POST /fix': {
    kind: 'fix',
    body: { name: 'Default', pown_items: [{ sn: 7, pownstring: `ff${'p'.repeat(23)}` }, { sn: 8, pownstring: ALL_P }], tickets: [['x']] },
    data: '{"total_fixed":1,"total_errors":0,"total_skipped":1,"total_fixes_made":2,"total_fixes_failed":0}',
    tagged: (tag) => ({ ...byQuery(tag), body: { name: 'Default', pown_items: [{ sn: 7, pownstring: ALL_P }] } }),
    invalid: [[{ name: 'Default' }, 'pown_items: cannot be blank.'], [{ name: 'Default', pown_items: [{ sn: 7, pownstring: 'x' }] }, 'pown_items: (0: (pownstring: must be in a valid format.).).']],
  },
  'POST /pown': {
    kind: 'pown',
    body: { coins: coinsOf(7).map((coin) => ({ ...coin, pans: ANS })) },
    data: new RegExp(`^${pown(0, 7)}$`),
    tagged: (tag) => ({ ...byQuery(tag), body: { coins: coinsOf(7).map((coin) => ({ ...coin, pans: ANS })) } }),
    invalid: [[{ coins: coinsOf(7) }, 'Coins: (0: (pans: cannot be blank.).).']],
  },
  'POST /convert': {
    kind: 'convert',
    body: { name: 'Default', coins: coinsOf(7) },
    data: /^\{"result":\{"total_in":1,"total_out":1,"total_failed":0,"receipt_id":"[0-9a-f]{32}"\}\}$/,
    recorded: `{"TotalCoins":1,"TotalConverted":1,"TotalTicketFailed":0,"TotalConvertFailed":0,"Details":null,"Coins":[${found(7)}]}`,
    tagged: byTag({ name: 'Default', coins: coinsOf(7) }),
    invalid: [[{ name: 'Default' }, 'Coins: cannot be blank; items: cannot be blank.']],
  },
  'GET /freecoin': { kind: 'freecoin', data: /^\{"Sn":26001,"Ans":\["[0-9a-f]{32}"(?:,"[0-9a-f]{32}"){24}\]\}$/, tagged: byQuery },
  'POST /transfer': {
    kind: 'transfer',
    body: { ...TRANSFER, tag: '' },
    data: '{"amount":2}',
    tagged: byTag(TRANSFER),
    invalid: [
      [{}, 'amount: cannot be blank; dstname: cannot be blank; srcname: cannot be blank.'],
      [{ ...TRANSFER, amount: -1 }, 'amount: must be no less than 1.'],
      [{ ...TRANSFER, tag: 'a.b' }, 'tag: must be in a valid format.'],
      [{ ...TRANSFER, tag: 'x'.repeat(65) }, 'tag: the length must be between 1 and 64.'],
    ],
  },
  'POST /export': {
    kind: 'export',
    body: { name: 'Default', amount: 2, folder: '/coins', type: 'bin', tag: '' },
    data: 'null',
    tagged: byTag({ name: 'Default', amount: 2, folder: '/coins' }),
    invalid: [[{ name: 'Default', amount: 2, type: 'x' }, 'folder: cannot be blank; type: must be a valid value.']],
  },
  'POST /backup': {
    kind: 'backup',
    body: { folder: '/coins', tag: 't1' },
    data: '{"TotalCoins":3000000020,"FileName":"/coins/3000000020.Backup.t1.2026-11-22-12-00-01.zip"}',
    tagged: byTag({ folder: '/coins' }),
    invalid: [[{ name: 'Default' }, 'folder: cannot be blank.']],
  },
  'POST /join': { kind: 'join', body: { name: 'Default' }, data: '"OK"', tagged: byTag({ name: 'Default' }), invalid: [[{}, NO_NAME]] },
  'POST /locker': {
    kind: 'locker-deposit',
    body: { name: 'Default', amount: 20, transmit_code: 'ABC-1234' },
    data: /^\{"transmit_code":"ABC-1234","receipt_id":"[0-9a-f]{32}","total_stored":20,"total_failed":0\}$/,
    tagged: byTag({ name: 'Default', amount: 20 }),
    invalid: [[{}, 'amount: cannot be blank; name: cannot be blank.']],
  },
  'GET /locker/AAC-WS5I-F90000000E': { kind: 'locker-verify', data: '{"total":20,"coins":[{"sn":16}]}', tagged: byQuery },
  'POST /locker/AAC-WS5I-F90000000E': {
    kind: 'locker-retrieve',
    body: { name: 'Default' },
    data: '{"total":20,"receipt_id":"930c58c367f4b8a3201a066b69529768"}',
    tagged: byTag({ name: 'Default' }),
    invalid: [[{}, NO_NAME]],
  },
  'POST /deposit': {
    kind: 'deposit',
    body: { name: 'Default', to: '2', amount: 2 },
    data: PAID,
    tagged: byTag({ name: 'Default', toname: SKY, amount: 2 }),
    invalid: [[{}, 'amount: cannot be blank; name: cannot be blank; to: cannot be blank; toname: cannot be blank.'], [{ name: 'Default', amount: 2 }, 'to: cannot be blank; toname: cannot be blank.']],
  },
  'POST /withdraw': { kind: 'withdraw', body: { srcname: SKY, dstname: 'Default', amount: 2 }, error: NO_SKY, tagged: byTag({ srcname: SKY, dstname: 'Default', amount: 2 }) },
  'POST /skytransfer': { kind: 'skytransfer', body: { srcname: SKY, toname: SKY, amount: 2 }, error: NO_SKY, tagged: byTag({ srcname: SKY, to: '2', amount: 2 }), invalid: [[{ srcname: SKY, amount: 2 }, 'to: cannot be blank; toname: cannot be blank.']] },
  'GET /skywallets': { kind: 'skywallets', data: '[]', tagged: byQuery },
  [`GET /skywallets/${SKY}`]: { kind: 'skywallet', error: NO_SKY, tagged: byQuery },
  'POST /skywallets': { kind: 'skywallet-create', body: { name: SKY, coin: {}, type: 'bin' }, data: 'null', tagged: byTag({ name: SKY }), invalid: [[{ name: 'short' }, 'name: the length must be between 6 and 64.']] },
  [`DELETE /skywallets/${SKY}`]: { kind: 'skywallet-delete', error: [4115, 'SkyWallet not found'], tagged: byQuery },
  'POST /skydetect': { kind: 'skydetect', body: { name: SKY }, error: NO_SKY, tagged: byTag({ name: SKY }) },
  'POST /skyhealth': { kind: 'skyhealth', body: { name: SKY }, error: NO_SKY, tagged: byTag({ name: SKY }) },
  'POST /skyfix': { kind: 'skyfix', body: { name: SKY }, error: NO_SKY, tagged: byTag({ name: SKY }) },
  'POST /sync': { kind: 'sync', body: { name: SKY }, error: NO_SKY, tagged: byTag({ name: SKY }), invalid: [[{}, NO_NAME]] },
  [`DELETE /statements/${SKY}`]: { kind: 'statements-delete', error: NO_SKY, tagged: byQuery },
  'POST /showpayment': { kind: 'showpayment', body: { guid: 'a'.repeat(32) }, error: NO_SKY, tagged: byTag({ guid: 'a'.repeat(32) }), invalid: [[{ guid: 'x' }, 'guid: must be in a valid format.']] },
}

const INVALID = (text: string): string => errorBody(4121, `Validation error. ${text}`)

t.test('the list has every starting call, and the API every kind', async (t) => {
  const called = Object.keys(ROWS).map((call) => call.replace(SKY, ':sky_name').replace('AAC-WS5I-F90000000E', ':code'))
  t.strictSame(called.sort(), starts.map(({ method, path }) => `${method} ${path}`).sort())
  t.strictSame([...new Set(Object.values(ROWS).map(({ kind }) => kind))].sort(), [...cloudcoin.kinds].sort())
})

for (const [call, row] of Object.entries(ROWS)) {
  t.test(`${call}: the reply is the first poll's, byte for byte, and the task runs to its end`, async (t) => {
    for (const profile of ['documented', 'recorded'] as const) {
      const { world, call: send } = await caller(t, profile)
      const started = await send(call, row.body)
      const { payload: { id } } = JSON.parse(started)
      const rest = profile === 'documented' ? '"message":""' : '"finished":0,"message":"","data":null'
      t.equal(started, `{"payload":{"id":"${id}","status":"running","progress":0,"started":${NOON_SECONDS},${rest}},"status":"success"}\n`)
      t.equal(await send(`GET /tasks/${id}`), started)
      t.equal(world.sandbox.simulator.peek('cloudcoin', id)?.task.kind, row.kind)
      await world.sandbox.clock.advance(10_000)
      const { payload } = JSON.parse(await send(`GET /tasks/${id}`))
      if (row.error !== undefined) {
        const [code, message] = row.error
        t.match(payload, profile === 'documented' ? { status: 'error', message } : { status: 'error', message: 'Error Occured', data: { code, message, details: null } })
        continue
      }
      t.match(payload, { status: 'completed', message: 'Command Completed' })
      const expected = (profile === 'recorded' ? row.recorded : undefined) ?? row.data ?? ''
      if (typeof expected === 'string') t.equal(JSON.stringify(payload.data), expected)
      else t.match(JSON.stringify(payload.data), expected)
    }
  })

  t.test(`${call}: the free text chooses the scenario, and so does the control plane`, async (t) => {
    const { world, call: send } = await caller(t)
    const start = async (tag: string): Promise<string> => {
      const { query = '', body = row.body } = row.tagged(tag)
      return send(call + query, body)
    }
    const idOf = (reply: string): string => JSON.parse(reply).payload.id
    t.equal(world.sandbox.simulator.peek('cloudcoin', idOf(await start('mine scenario:slow')))?.task.scenario, 'slow')
    await controlOf(world)('POST /next', { api: 'cloudcoin', scenario: 'queued' })
    t.equal(world.sandbox.simulator.peek('cloudcoin', idOf(await start('')))?.task.scenario, 'queued')
    t.equal(world.sandbox.simulator.peek('cloudcoin', idOf(await start('scenario:success')))?.task.scenario, 'success', 'whatever would be missing')
    t.match(await start('scenario:nope'), '{"payload":{"code":4121,"message":"Validation error. tag: no scenario is called \\"nope\\"; there are ')
  })

  t.test(`${call}: another method is wrong, a bad body is refused, and the journal knows the start`, async (t) => {
    const { world, call: send } = await caller(t)
    t.strictSame(await inject(world, 'PATCH', `/api/v1${call.replace(/^\w+ /, '')}`), { status: 405, headers: { 'content-type': 'application/json', 'content-length': '0' }, body: '' })
    if (row.body !== undefined) {
      for (const body of ['', '{', 'x', '[]', '5', '"x"', 'true', '{"name":5,"coins":5,"guid":5,"folder":5,"srcname":5}', '\ufeff{}']) t.equal(await send(call, body), errorBody(4110, 'Failed to parse Input JSON'), body)
    }
    for (const [body, text] of row.invalid ?? []) t.equal(await send(call, body), INVALID(text))
    t.equal([...world.sandbox.simulator.tasks()].filter(({ createdAt, seq }) => createdAt === world.sandbox.clock.now() && seq > 6).length, 0, 'nothing was started')
    const { payload: { id } } = JSON.parse(await send(call, row.body))
    const { body: { items } } = await controlOf(world)('GET /journal')
    t.match(items.at(-1), { operation: 'start', taskId: id, status: 200 })
  })
}

t.test('aliases are the same calls', async (t) => {
  for (const [alias, kind, body] of [
    ['GET /check-all-raida-status', 'echo'],
    ['POST /deposit-coins-to-locker', 'locker-deposit', { name: 'Default', amount: 1 }],
    ['GET /verify-locker-contents/AAC-WS5I-F90000000E', 'locker-verify'],
    ['POST /retrieve-coins-from-locker/AAC-WS5I-F90000000E', 'locker-retrieve', { name: 'Default' }],
    ['POST /create-wallet-backup', 'backup', { folder: '/x' }],
    ['POST /import-coins-from-file', 'convert', { name: 'Default', coins: coinsOf(7) }],
  ] as const) {
    const { world, call } = await caller(t)
    const { payload: { id } } = JSON.parse(await call(alias, body))
    t.equal(world.sandbox.simulator.peek('cloudcoin', id)?.task.kind, kind, alias)
    t.equal((await inject(world, 'PATCH', `/api/v1${alias.replace(/^\w+ /, '')}`)).status, 405, alias)
  }
})

t.test('the skywallets by name alone are told at once', async (t) => {
  const { call } = await caller(t)
  t.equal(await call('GET /skywallets?list_only=true'), '{"payload":[],"status":"success"}\n')
})

t.test('amounts: fractions as documented, whole numbers as recorded', async (t) => {
  const documented = await caller(t)
  const recorded = await caller(t, 'recorded')
  t.strictSame((await documented.run('POST /transfer', { ...TRANSFER, amount: 0.5 })).data, { amount: 0.5 })
  t.equal(await recorded.call('POST /transfer', { ...TRANSFER, amount: 0.5 }), errorBody(4110, 'Failed to parse Input JSON'))
  t.strictSame((await recorded.run('POST /transfer', '{"srcname":"Default","dstname":"Default","amount":5.0}')).data, { amount: 5 })
  for (const text of ['"1"', 'true', '[]', '1e999']) t.equal(await documented.call('POST /transfer', `{"srcname":"Default","dstname":"Default","amount":${text}}`), errorBody(4110, 'Failed to parse Input JSON'), text)
})

t.test('detect takes files in place of coins as documented, and not as recorded', async (t) => {
  const body = { items: [{ data: stackOf(7) }] }
  t.match((await (await caller(t)).run('POST /detect', body)).data, { TotalCoins: 1, Coins: [{ sn: 7 }] })
  t.equal(await (await caller(t, 'recorded')).call('POST /detect', body), INVALID('Coins: cannot be blank.'))
  t.match((await (await caller(t, 'recorded')).run('POST /detect', { ...body, coins: coinsOf(8) })).data, { total: 1, coins: [{ sn: 8 }] })
})

t.test('the page\'s own coins are worth what the page says', async (t) => {
  t.equal(JSON.stringify((await (await caller(t)).run('POST /detect', { coins: coinsOf(16, 17, 23, 24, 25) })).data), health(3000000020, 16, 17, 23, 24, 25))
})

t.test('a lost reply to a start leaves the task where it is', async (t) => {
  const { world, call } = await caller(t)
  await controlOf(world)('PUT /scenarios/lost-start', { summary: 'Loses it', like: 'success', faults: [{ match: { operation: 'start' }, effect: { status: 500 }, times: 1 }] })
  t.equal(await call('POST /transfer', { ...TRANSFER, tag: 'scenario:lost-start' }), '')
  const task = [...world.sandbox.simulator.tasks()].at(-1)
  t.match(await call(`GET /tasks/${task?.id ?? ''}`), '"status":"running"')
})
