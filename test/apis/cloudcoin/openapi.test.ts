import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import { ErrorReply, ProbeReply, TaskReply } from '../../../src/apis/cloudcoin/schemas.js'
import { generateDocument } from '../../../src/openapi.js'
import { cloudcoinWorld, poll } from './wire.js'

t.test('the document lists what is served', async (t) => {
  const { paths, servers } = JSON.parse(await generateDocument(await cloudcoin.load()))
  t.strictSame(Object.fromEntries(Object.entries(paths).map(([path, methods]) => [path, Object.entries(methods as object).map(([method, { operationId }]) => `${method} ${operationId}`)])), {
    '/': ['get probe'],
    '/api/v1/task/{id}': ['get getTask'],
    '/api/v1/tasks/{id}': ['get getTaskByPluralPath'],
    '/api/v1/echo': ['get echo'],
    '/api/v1/version': ['get getRaidaVersions'],
    '/api/v1/health': ['post checkHealth'],
    '/api/v1/detect': ['post detect'],
    '/api/v1/import': ['post importCoins'],
    '/api/v1/fix': ['put fixAll', 'post fix'],
    '/api/v1/pown': ['post pown'],
    '/api/v1/convert': ['post convert'],
    '/api/v1/freecoin': ['get getFreeCoin'],
    '/api/v1/transfer': ['post transfer'],
    '/api/v1/export': ['post exportCoins'],
    '/api/v1/backup': ['post backup'],
    '/api/v1/join': ['post joinCoins'],
    '/api/v1/locker': ['post depositToLocker'],
    '/api/v1/locker/{code}': ['get verifyLocker', 'post retrieveFromLocker'],
    '/api/v1/deposit': ['post deposit'],
    '/api/v1/withdraw': ['post withdraw'],
    '/api/v1/skytransfer': ['post transferBetweenSkywallets'],
    '/api/v1/skywallets': ['get listSkywallets', 'post createSkywallet'],
    '/api/v1/skywallets/{sky_name}': ['get getSkywallet', 'delete deleteSkywallet', 'post changeSkywallet'],
    '/api/v1/skydetect': ['post detectSkywallet'],
    '/api/v1/skyhealth': ['post checkSkywalletHealth'],
    '/api/v1/skyfix': ['post fixSkywallet'],
    '/api/v1/sync': ['post syncSkywallet'],
    '/api/v1/statements/{sky_name}': ['delete deleteStatements'],
    '/api/v1/showpayment': ['post showPayment'],
    '/api/v1/wallets': ['get listWallets', 'post createWallet'],
    '/api/v1/wallets/{name}': ['get getWallet', 'put renameWallet', 'delete deleteWallet'],
    '/api/v1/wallets/{name}/leftovers': ['get getLeftovers'],
    '/api/v1/transactions/{name}/{receipt_id}': ['get getReceipt'],
    '/api/v1/transactions/{name}': ['delete deleteTransactions'],
    '/api/v1/info': ['get getInfo'],
    '/api/v1/settings': ['get getSettings', 'post changeSettings'],
    '/api/v1/unpack': ['post unpack'],
    '/api/v1/senderhistory': ['get findSenders'],
    '/api/v1/filepicker': ['get pickFiles'],
    '/api/v1/news': ['get getNews'],
    '/api/v1/skybackup': ['post backupSkywallet'],
    '/api/v1/skytransactions/{sky_name}/{guid}': ['get getSkyTransaction'],
  })
  t.strictSame(servers.map(({ url }: { url: string }) => url), ['http://127.0.0.1:8004'])
})

t.test('every example of the document has the shape of its schema', async (t) => {
  const { paths } = JSON.parse(await generateDocument(await cloudcoin.load()))
  const examples = Object.entries(paths['/api/v1/task/{id}'].get.responses['200'].content['application/json'].examples)
  t.equal(examples.length, 6)
  for (const [name, { value }] of examples as Array<[string, { value: unknown }]>) t.ok(Value.Check(TaskReply, value) || Value.Check(ErrorReply, value), name)
  for (const methods of Object.values(paths)) {
    for (const { operationId, responses } of Object.values(methods as object)) {
      t.ok(Object.keys(responses['200'].content['application/json'].examples).length > 0, `${operationId} has an example`)
    }
  }
  t.ok(Value.Check(ProbeReply, paths['/'].get.responses['200'].content['application/json'].examples.alive.value))
})

t.test('what is served has the shape that the document says, in both profiles', async (t) => {
  for (const profile of ['documented', 'recorded'] as const) {
    const world = await cloudcoinWorld(t, profile)
    const ids = ['success', 'failure', 'queued', 'cancelled', 'never-finishes'].flatMap((scenario) => cloudcoin.kinds.map((kind) => world.sandbox.startTask({ api: 'cloudcoin', kind, scenario }).task.id))
    for (const ms of [0, 500, 1500, 4000]) {
      await world.sandbox.clock.advance(ms)
      for (const id of ids) t.ok(Value.Check(TaskReply, JSON.parse(await poll(world, id))), `${profile} ${id} after ${ms} ms`)
    }
    t.ok(Value.Check(ErrorReply, JSON.parse(await poll(world, 'x'))))
    t.notOk(Value.Check(TaskReply, JSON.parse(await poll(world, 'x'))))
  }
})
