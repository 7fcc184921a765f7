/** What tasks make of wallets and lockers: when they succeed, and only then (contract 6 and 7.2). */
import t from 'tap'
import { controlOf } from '../../control/control.js'
import { ALL_P, binaryOf, caller, stackOf, type Call, type Caller } from './calls.js'

interface WalletBody {
  readonly balance: number
  readonly contents: readonly number[]
  readonly transactions: ReadonlyArray<Readonly<Record<string, unknown>>>
}

async function walletOf (call: Call, name: string): Promise<WalletBody> {
  return JSON.parse(await call(`GET /wallets/${name}?contents=true`)).payload
}

async function balanceOf (call: Call, name: string): Promise<number> {
  return (await walletOf(call, name)).balance
}

const TRANSFER = { srcname: 'Default', dstname: 'W2', amount: 2, tag: 'hi' }

async function withWallet (made: Promise<Caller>): Promise<Caller> {
  const { call, ...rest } = await made
  await call('POST /wallets', { name: 'W2' })
  return { call, ...rest }
}

t.test('a transfer moves the balance when it has succeeded, and both wallets tell of it', async (t) => {
  const { world, call } = await withWallet(caller(t))
  await call('POST /transfer', TRANSFER)
  await world.sandbox.clock.advance(999)
  t.equal(await balanceOf(call, 'W2'), 0, 'not yet')
  await world.sandbox.clock.advance(60_000)
  const source = await walletOf(call, 'Default')
  const destination = await walletOf(call, 'W2')
  const receiptid = destination.transactions[0]?.['receiptid']
  t.match(receiptid, /^[0-9a-f]{32}$/)
  t.strictSame(destination, {
    name: 'W2',
    email: '',
    password_hash: '',
    balance: 2,
    denominations: { 1: 2, 5: 0, 25: 0, 100: 0, 250: 0 },
    contents: [1001],
    transactions: [{ amount: 2, message: 'Transfer from Default: hi', type: 'Local Transfer', datetime: '2026-11-22T12:00:01Z', receiptid, details: null, running_balance: 2 }],
  })
  t.match([source.balance, source.contents, source.transactions], [3000000018, [16, 17, 23, 24, 25], [{ amount: -2, message: 'Transfer to W2: hi', type: 'Local Transfer', datetime: '2026-11-22T12:00:01Z', receiptid, details: null, running_balance: 3000000018 }]])
})

t.test('a wallet that falls to 0 loses its serials, and each payment brings a new one', async (t) => {
  const { call, run } = await withWallet(caller(t))
  await run('POST /transfer', { ...TRANSFER, amount: 3000000020 })
  t.match(await walletOf(call, 'Default'), { balance: 0, contents: [] })
  await run('POST /transfer', { srcname: 'W2', dstname: 'Default', amount: 0.25 })
  t.match([(await walletOf(call, 'Default')).contents, await balanceOf(call, 'Default'), await balanceOf(call, 'W2')], [[1002], 0.25, 3000000019.75])
})

t.test('what fails, is cancelled, never ends or is forgotten in time changes nothing', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  await run('POST /transfer', { ...TRANSFER, tag: 'scenario:failure' })
  await run('POST /transfer', { ...TRANSFER, tag: 'scenario:cancelled' })
  await run('POST /transfer', { ...TRANSFER, tag: 'scenario:never-finishes' })
  const { payload: { id } } = JSON.parse(await call('POST /transfer', TRANSFER))
  world.sandbox.simulator.cancel('cloudcoin', id)
  await world.sandbox.clock.advance(60_000)
  t.equal(await balanceOf(call, 'W2'), 0)
  const { payload: { id: finished } } = JSON.parse(await call('POST /transfer', { ...TRANSFER, tag: 'scenario:never-finishes' }))
  world.sandbox.simulator.finish('cloudcoin', finished)
  t.equal(await balanceOf(call, 'W2'), 2, 'one that is finished from outside has succeeded')
})

t.test('starts that can\'t go well end in the vendor\'s error', async (t) => {
  const { run, call } = await withWallet(caller(t, 'recorded'))
  const inline = (data: string): object => ({ type: 'inline', data })
  for (const [line, body, code, message] of [
    ['POST /health', { name: 'x' }, 4115, 'Wallet not found'],
    ['POST /health', { name: 'W2' }, 4192, 'No coins to detect'],
    ['POST /transfer', { ...TRANSFER, srcname: 'x', amount: 1e12 }, 4115, 'Wallet not found'],
    ['POST /transfer', { ...TRANSFER, dstname: 'x', amount: 1e12 }, 4115, 'Wallet not found'],
    ['POST /transfer', { ...TRANSFER, amount: 1e12 }, 4135, 'Not enough CloudCoins'],
    ['POST /export', { name: 'x', amount: 1, folder: '/nope' }, 4115, 'Wallet not found'],
    ['POST /export', { name: 'W2', amount: 1, folder: '/nope/x' }, 4193, 'Failed to stat folder stat /nope/x: no such file or directory'],
    ['POST /export', { name: 'W2', amount: 1, folder: '/x' }, 4135, 'Not enough CloudCoins'],
    ['POST /backup', { name: 'x', folder: '/x' }, 4115, 'Wallet not found'],
    ['POST /backup', { folder: 'nonexistent' }, 4193, 'Failed to stat folder stat nonexistent: no such file or directory'],
    ['POST /locker', { name: 'W2', amount: 1 }, 4135, 'Not enough CloudCoins'],
    ['POST /deposit', { name: 'W2', to: '2', amount: 1 }, 4135, 'Not enough CloudCoins'],
    ['POST /locker', { name: 'x', amount: 1 }, 4115, 'Wallet not found'],
    ['GET /locker/ABC-0000', undefined, 4192, 'No coins in locker'],
    ['GET /locker/aac-ws5i-f90000000e', undefined, 4192, 'No coins in locker'],
    ['POST /locker/ABC-0000', { name: 'W2' }, 4192, 'No coins in locker'],
    ['POST /locker/ABC-0000', { name: 'x' }, 4115, 'Wallet not found'],
    ['PUT /fix', { name: 'x' }, 4115, 'Wallet not found'],
    ['POST /import', { name: 'x', items: [{ type: 'file', data: '/nope/x' }] }, 4115, 'Wallet not found'],
    ['POST /import', { name: 'W2', items: [{ type: 'file', data: '/nope/1.bin' }] }, 4097, 'Failed to read file: open /nope/1.bin: no such file or directory'],
    ['POST /import', { name: 'W2', items: [inline('AAAA')] }, 4123, 'Failed to unpack a coin: Failed to find the Unpacker to decode this data'],
    ['POST /import', { name: 'W2', items: [inline(stackOf())] }, 4192, 'No coins to import'],
    ['POST /import', { name: 'W2', items: [inline(stackOf(1)), { type: 'suspect' }] }, 4208, 'Suspect item can\'t be mixed with others'],
  ] as const) t.match(await run(line, body), { status: 'error', data: { code, message, details: null } }, `${line} ${message}`)
  t.equal(await balanceOf(call, 'W2'), 0)
})

t.test('two transfers in flight don\'t overdraw', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  await run('POST /transfer', { ...TRANSFER, amount: 10 })
  await call('POST /wallets', { name: 'W3' })
  const ids: string[] = []
  for (const tag of ['', '', 'scenario:failure']) ids.push(JSON.parse(await call('POST /transfer', { srcname: 'W2', dstname: 'W3', amount: 6, tag })).payload.id)
  const { payload: { id } } = JSON.parse(await call('POST /export', { name: 'W2', amount: 4, folder: '/x' }))
  await world.sandbox.clock.advance(60_000)
  const statuses = []
  for (const task of [...ids, id]) statuses.push(JSON.parse(await call(`GET /task/${task}`)).payload.status)
  t.strictSame(statuses, ['completed', 'error', 'error', 'completed'], 'one that is going to fail takes nothing')
  t.strictSame([await balanceOf(call, 'W2'), await balanceOf(call, 'W3')], [0, 6])
  t.match((await walletOf(call, 'W2')).transactions.at(-1), { amount: -4, message: '', type: 'Export', running_balance: 0 })
})

t.test('a scenario may let succeed what could not, and then no more moves than there is', async (t) => {
  const { call, run } = await withWallet(caller(t))
  t.match(await run('POST /transfer', { srcname: 'W2', dstname: 'Default', amount: 5, tag: 'scenario:success' }), { status: 'completed', data: { amount: 5 } })
  t.strictSame([await balanceOf(call, 'W2'), await balanceOf(call, 'Default')], [0, 3000000020])
  t.match(await run('POST /health?tag=scenario:success', { name: 'nobody' }), { status: 'completed', data: { TotalCoins: 0, Coins: [] } })
})

t.test('a locker is filled, looked into and emptied once', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  const { data } = await run('POST /locker', { name: 'Default', amount: 5, tag: 'gift' })
  const { transmit_code: code, receipt_id: receipt } = data as Record<string, string>
  t.match(code, /^[A-Z0-9]{3}-[A-Z0-9]{4}$/)
  t.match((await walletOf(call, 'Default')).transactions, [{ amount: -5, message: 'gift', type: 'Locker', receiptid: receipt }])
  t.strictSame((await run(`GET /locker/${code}`)).data, { total: 5, coins: [{ sn: 1001 }] })
  const first = JSON.parse(await call(`POST /locker/${code}`, { name: 'W2' })).payload.id
  const second = JSON.parse(await call(`POST /locker/${code}`, { name: 'Default' })).payload.id
  await world.sandbox.clock.advance(60_000)
  t.match(JSON.parse(await call(`GET /tasks/${first}`)).payload, { status: 'completed', data: { total: 5, receipt_id: receipt } })
  t.match(JSON.parse(await call(`GET /tasks/${second}`)).payload, { status: 'error', message: 'No coins in locker' })
  t.match(await run(`GET /locker/${code}`), { status: 'error', message: 'No coins in locker' })
  t.match(await walletOf(call, 'W2'), { balance: 5, contents: [1002], transactions: [{ amount: 5, type: 'Locker' }] })
})

t.test('imports: known coins only count, a file has as many as its name says, and always the same', async (t) => {
  const { call, run } = await withWallet(caller(t))
  const file = { name: 'W2', items: [{ type: 'file', data: '/coins/5.CloudCoin.sample.bin' }], tag: 'gift' }
  const { data } = await run('POST /import', file)
  t.match(data, { pown_results: { total: 5, authentic: 5, already_exists: 0 } })
  t.match(await walletOf(call, 'W2'), { balance: 5, transactions: [{ amount: 5, message: 'gift', type: 'Import', running_balance: 5 }] })
  t.equal(JSON.stringify(((await run('POST /import', file)).data as { pown_results: object }).pown_results), '{"total":0,"authentic":0,"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"already_exists":5,"coins":null,"tickets":[],"details":[]}')
  t.equal(await balanceOf(call, 'W2'), 5)
  await run('POST /import', { name: 'W2', items: [{ type: 'inline', data: binaryOf(7, 8) }, { type: 'file', data: 'coin.png' }] })
  t.equal(await balanceOf(call, 'W2'), 8)
  const suspects = await run('POST /import', { name: 'W2', items: [{ type: 'suspect' }] })
  t.match(suspects, { status: 'completed', data: { pown_results: null, receipt_id: /^[0-9a-f]{32}$/ } })
  t.match((await walletOf(call, 'W2')).transactions.at(-1), { amount: 0, message: 'Leftovers in Suspect', type: 'Import', running_balance: 8 })
})

t.test('the scenario decides the pown strings, the call the coins', async (t) => {
  const { call, run } = await withWallet(caller(t, 'recorded'))
  const importing = async (scenario: string, ...serials: number[]): Promise<unknown> => (await run('POST /import', { name: 'W2', items: [{ type: 'inline', data: stackOf(...serials) }], tag: `scenario:${scenario}` })).data
  t.match(await importing('detect-counterfeit', 1), { pown_results: { total: 1, counterfeit: 1, coins: [{ sn: 1, result: 'Counterfeit' }] } })
  t.match(await importing('all-unknown', 1, 2), { pown_results: { total: 2, limbo: 2, coins: [{ sn: 1, pownstring: 'u'.repeat(25), result: 'Limbo' }, { sn: 2 }] } })
  t.match(await importing('echo-down', 1), { pown_results: { total: 1, unknown: 1, coins: null, tickets: [], details: [Array.from({ length: 25 }, () => 'NetworkCode#1: ')] } })
  t.equal(await balanceOf(call, 'W2'), 0, 'neither counterfeit nor limbo comes in')
  const { pown_results: { tickets: [tickets] } } = await importing('detect-fracked', 1, 2) as { pown_results: { tickets: string[][] } }
  t.strictSame(tickets?.map((ticket) => ticket === ''), [...'ppfppppppnppppppppppppppp'].map((letter) => letter !== 'p'), 'a ticket of each server that passes')
  t.equal(await balanceOf(call, 'W2'), 2)
  t.match(await run('POST /detect?tag=scenario:detect-no-quorum', { coins: [{ sn: 9, ans: Array.from({ length: 25 }, () => 'a'.repeat(32)) }] }), { data: { total: 1, unknown: 1, coins: null, details: [{ length: 25, 0: 'RaidaCode#241', 24: 'NetworkCode#1: ' }] } })
  t.match(await run('GET /echo?tag=scenario:detect-fracked'), { data: { online: 23, pownstring: 'ppfppppppnppppppppppppppp', pownarray: { 2: 3, 9: 4 }, latencies: { 9: 0 } } })
  t.match(await run('GET /version?tag=scenario:echo-partial'), { data: { raw_versions: { 3: '1640995200', 7: '' }, versions: { 7: '' } } })
})

t.test('fracked coins are checked no more, until they are fixed', async (t) => {
  const { run } = await caller(t)
  t.match((await run('POST /health?tag=scenario:detect-fracked', { name: 'Default' })).data, { TotalFracked: 3000000020, TotalAlreadyFracked: 0 })
  t.match(await run('POST /health', { name: 'Default' }), { status: 'error', message: 'No coins to detect' })
  t.strictSame((await run('POST /fix', { name: 'Default', pown_items: [{ sn: 16, pownstring: `f${'p'.repeat(24)}` }] })).data, { total_fixed: 600000004, total_errors: 0, total_skipped: 0, total_fixes_made: 1, total_fixes_failed: 0 })
  t.match((await run('POST /health', { name: 'Default' })).data, { TotalCoins: 3000000020, TotalCheckedCoins: 600000004, TotalAlreadyFracked: 2400000016, Coins: [{ sn: 16, pownstring: ALL_P }] })
  t.match((await run('PUT /fix', { name: 'Default' })).data, { total_fixed: 2400000016, total_fixes_made: 4 })
  t.match((await run('POST /health', { name: 'Default' })).data, { TotalCheckedCoins: 3000000020, TotalAlreadyFracked: 0 })
})

t.test('more coins than can be asked for at once take more replies', async (t) => {
  const { world, call } = await caller(t, 'recorded')
  for (const [count, replies] of [[51, 25], [52, 50], [103, 75]] as const) {
    const { payload: { id } } = JSON.parse(await call('POST /detect', { coins: Array.from({ length: count }, (_, index) => ({ sn: index + 1000, ans: Array.from({ length: 25 }, () => 'a'.repeat(32)) })) }))
    const task = world.sandbox.simulator.peek('cloudcoin', id)?.task
    t.equal(task?.script.lines.length, replies, `${count} coins`)
    const { payload: { id: twin } } = JSON.parse(await call('POST /detect', { coins: Array.from({ length: count }, (_, index) => ({ sn: index + 2000, ans: Array.from({ length: 25 }, () => 'a'.repeat(32)) })) }))
    t.equal(world.sandbox.simulator.peek('cloudcoin', twin)?.task.script, task?.script, 'and share a script')
    await world.sandbox.clock.advance(10_000)
    t.match(JSON.parse(await call(`GET /tasks/${id}`)).payload, { status: 'completed', data: { total: count } })
  }
  const { payload: { id } } = JSON.parse(await call('POST /health', { name: 'Default' }))
  await world.sandbox.clock.advance(500)
  const { payload } = JSON.parse(await call(`GET /tasks/${id}`))
  t.match(payload, { message: /^Last received response was from Raida \d+$/, data: /^[01]{25}$/ })
  t.equal(payload.progress, 4 * payload.data.replaceAll('0', '').length)
})

t.test('a backup tells each coin of all wallets', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  await run('POST /transfer', TRANSFER)
  const { payload: { id } } = JSON.parse(await call('POST /backup', { folder: '/coins', tag: '' }))
  const snapshot = world.sandbox.simulator.peek('cloudcoin', id)
  t.strictSame(snapshot?.task.script.lines, ['Coin #16', 'Coin #17', 'Coin #23', 'Coin #24', 'Coin #25', 'Coin #1001'])
  t.match((await run('POST /backup', { name: 'W2', folder: '/coins', tag: '' })).data, { TotalCoins: 2, FileName: /^\/coins\/2\.Backup\.CC\.2026-11-22-12-00-\d\d\.zip$/ })
})

t.test('big-number leaves a balance that no number of ours can hold, digit by digit', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  const { id } = await run('POST /transfer', { ...TRANSFER, tag: 'scenario:big-number' })
  t.match(await call(`GET /task/${id}`), '"data":{"amount":18446744073709551000}}')
  t.match(await call('GET /wallets/Default'), '"balance":18446744073709551000,')
  await run('POST /transfer', TRANSFER)
  t.match(await call('GET /wallets/Default'), '"balance":3000000016,', 'until the next payment')
  t.ok(world)
})

t.test('wallets go with a reset, and with a snapshot', async (t) => {
  const { world, call, run } = await withWallet(caller(t))
  const control = controlOf(world)
  await run('POST /transfer', TRANSFER)
  await run('POST /locker', { name: 'Default', amount: 1, transmit_code: 'ABC-1234' })
  await call('POST /transfer', { ...TRANSFER, amount: 3 })
  const { body: snapshot } = await control('GET /snapshot')
  t.equal((await control('PUT /snapshot', snapshot, { sandbox: 'copy' })).status, 200)
  const copy = world.sandboxes.get('copy')
  await copy.clock.advance(60_000)
  const there = async (path: string): Promise<string> => (await world.app.inject(`/sandbox/copy/api/v1${path}`)).body
  t.match(await there('/wallets/W2?contents=true'), '"balance":5,')
  t.match(await there('/wallets/W2?contents=true'), '"contents":[1001,1003]')
  t.notMatch(await call('GET /wallets/W2'), '"balance":5,', 'here the task still runs')
  const wallets = snapshot.resources.cloudcoin.wallets
  const refused = await control('PUT /snapshot', { ...snapshot, resources: { cloudcoin: { ...snapshot.resources.cloudcoin, wallets: [{ ...wallets[0], balance: 'x' }] } } }, { sandbox: 'copy' })
  t.match(refused, { status: 400, body: { errors: [{ path: '/resources/cloudcoin/wallets/0/balance' }] } })
  await world.sandbox.reset()
  t.match(await call('GET /wallets/W2'), '"code":4115')
  t.match(await call('GET /wallets/Default'), '"balance":3000000020')
})

t.test('at most 10,000 wallets are kept, the latest', async (t) => {
  const { world, call } = await caller(t)
  const { Wallets } = await import('../../../src/apis/cloudcoin/resources.js')
  const wallets = world.sandbox.resources(Wallets)
  for (let n = 0; n < 10_000; n++) wallets.create(`W${n}`, '', '')
  t.equal(wallets.list().length, 10_000)
  t.match(await call('GET /wallets/Default'), '"code":4115')
  t.match(await call('GET /wallets/W0'), '"name":"W0"')
})

t.test('the same seed and the same calls give the same bytes', async (t) => {
  const play = async (): Promise<string> => {
    const { call, run } = await withWallet(caller(t))
    const shown = [await run('POST /locker', { name: 'Default', amount: 5 }), await run('POST /import', { name: 'W2', items: [{ type: 'file', data: '3.bin' }] }), await call('GET /wallets/W2?contents=true')]
    return JSON.stringify(shown)
  }
  t.equal(await play(), await play())
})
