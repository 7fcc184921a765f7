/**
 * CloudCoin's clients. The polling example of its page, as printed there but for its host, its silence and its pause; and, since there is
 * no package to install, what the others were recorded to send (contract 7.5), over real sockets.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { startServer } from './server.js'
import { session, type Received, type Sent } from './cloudcoin-exchange.js'

/** The page waits a second between polls; the server's second passes faster here, so the next poll follows at once. */
function checkTaskStatus (apiHost: string, taskId: string, seen: number[]): Promise<unknown> {
  return fetch(`${apiHost}/api/v1/task/${taskId}`)
    .then(response => {
      if (!response.ok) {
        throw new Error(`HTTP error! Status: ${response.status}`)
      }
      return response.json() as Promise<{ payload: { status: string, progress: number, message: string, data: unknown } }>
    })
    .then(data => {
      seen.push(data.payload.progress)
      if (data.payload.status === 'completed') {
        return data.payload.data
      } else if (data.payload.status === 'error') {
        throw new Error(data.payload.message)
      } else {
        return checkTaskStatus(apiHost, taskId, seen)
      }
    })
}

t.test('the page\'s own example gets its documented result at once', async (t) => {
  const { url } = await startServer(t)
  const seen: number[] = []
  t.match(await checkTaskStatus(url, 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', seen), { online: 25, pownstring: 'p'.repeat(25) })
  t.same(seen, [100])
})

t.test('the example polls a living task to its result, progress rising', async (t) => {
  const { url } = await startServer(t, '--speed', '10')
  const seen: number[] = []
  t.ok(await checkTaskStatus(url, '00000000-0000-4000-8000-000000000001', seen))
  t.same(seen, seen.toSorted((a, b) => a - b))
  t.ok(new Set(seen).size > 2, [...new Set(seen)].join())
})

t.test('the example throws the message of a task that fails', async (t) => {
  const { url } = await startServer(t, '--speed', '50')
  await t.rejects(checkTaskStatus(url, '00000000-0000-4000-8000-000000000002', []), { message: /\w/ })
})

t.test('a task that is not there is an error envelope under HTTP 200, which the example does not expect', async (t) => {
  const { url } = await startServer(t)
  const reply = await fetch(`${url}/api/v1/task/ffffffff-ffff-4fff-8fff-ffffffffffff`)
  t.equal(reply.status, 200)
  t.match(await reply.json(), { payload: { code: 4105, message: 'Task does not exist', details: null }, status: 'error' })
})

const STARTED = 1795348800
const OK = 'HTTP/1.1 200 OK'

/** What comes back for a body of this server's. */
function json (body: string, ...headers: readonly string[]): Received {
  return { status: OK, headers: [...headers, 'content-type: application/json', `content-length: ${Buffer.byteLength(body)}`], body }
}

const task = (payload: string): string => `{"payload":${payload},"status":"success"}\n`
const NO_WALLET = '{"payload":{"code":4115,"message":"Wallet not found","details":null},"status":"error"}\n'
const EMPTY = task('{}')

t.test('the page\'s cURL example reads an echo that was started just so', async (t) => {
  const { exchange, pause } = await session(t)
  const curl = (path: string): Sent => ({ line: `GET ${path}`, headers: ['Host: 127.0.0.1:8004', 'User-Agent: curl/7.88.1', 'Accept: application/json'] })
  const started = await exchange(curl('/api/v1/echo'))
  const id: string = JSON.parse(started.body).payload.id
  const running = task(`{"id":"${id}","status":"running","progress":0,"started":${STARTED},"message":""}`)
  t.strictSame(started, json(running))
  t.strictSame(await exchange(curl(`/api/v1/task/${id}`)), json(running))
  await pause(1000)
  t.match((await exchange(curl(`/api/v1/task/${id}`))).body, /^\{"payload":\{"id":"[^"]+","status":"running","progress":52,"started":1795348800,"message":"Last received response was from Raida \d+"\},"status":"success"\}\n$/)
  await pause(1000)
  const { body } = await exchange(curl(`/api/v1/task/${id.replaceAll('-', '')}`))
  t.match(body, /^\{"payload":\{"id":"[^"]+","status":"completed","progress":100,"started":1795348800,"finished":1795348802,"message":"Command Completed","data":\{"online":25,"pownstring":"p{25}","pownarray":\[(?:1,){24}1\],"latencies":\[(?:\d+,){24}\d+\]\}\},"status":"success"\}\n$/)
})

t.test('the page\'s example follows tasks that were started natively, to their result or their error', async (t) => {
  const { url } = await startServer(t, '--speed', '50')
  const start = async (path: string, body?: object): Promise<string> => {
    const reply = await fetch(url + path, body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) })
    const { payload } = await reply.json() as { payload: { id: string } }
    return payload.id
  }
  t.match(await checkTaskStatus(url, await start('/api/v1/echo'), []), { online: 25 })
  t.match(await checkTaskStatus(url, await start('/api/v1/health', { name: 'Default' }), []), { TotalCoins: 3000000020, Coins: { length: 5 } })
  await t.rejects(checkTaskStatus(url, await start('/api/v1/health', { name: 'nobody' }), []), { message: 'Wallet not found' })
  await t.rejects(checkTaskStatus(url, await start('/api/v1/transfer', { srcname: 'Default', dstname: 'Default', amount: 1, tag: 'scenario:fail-coins' }), []), { message: 'Not enough CloudCoins' })
})

t.test('the GUI: probe, wallets, echo, polls of the plural path, and an error that it shows', async (t) => {
  const { exchange, start, pause } = await session(t, '--set', 'cloudcoin.wire-profile=recorded')
  const origin = 'http://localhost:4200'
  const allowed = `access-control-allow-origin: ${origin}`
  const get = (path: string): Sent => ({ line: `GET ${path}`, headers: ['Host: localhost:8888', 'Accept: application/json, text/plain, */*', `Origin: ${origin}`, `Referer: ${origin}/`] })
  const post = (path: string, body: object): Sent => ({ line: `POST ${path}`, headers: [...get(path).headers, 'Content-Type: application/json'], body: JSON.stringify(body) })
  t.strictSame(await exchange(get('/')), { status: OK, headers: ['access-control-allow-origin: *', 'content-type: application/json', 'access-control-allow-headers: Content-Type', 'content-length: 34'], body: EMPTY })
  t.strictSame(await exchange(get('/api/v1/wallets')), json(task('[{"name":"Default","email":"","password_hash":"","balance":3000000020,"denominations":{"1":3000000020,"100":0,"25":0,"250":0,"5":0},"contents":[],"transactions":null}]'), allowed))
  const echo = await start(get('/api/v1/echo'))
  for (let polls = 0; polls < 4; polls++) {
    t.match(JSON.parse((await exchange(get(`/api/v1/tasks/${echo}`))).body), { status: 'success', payload: { id: echo, status: 'running', finished: 0 } })
    await pause(500)
  }
  t.match(JSON.parse((await exchange(get(`/api/v1/tasks/${echo}`))).body), { status: 'success', payload: { status: 'completed', data: { online: 25, latencies: { length: 25 } } } })
  t.strictSame(await exchange({ line: 'OPTIONS /api/v1/transfer', headers: ['Host: localhost:8888', `Origin: ${origin}`, 'Access-Control-Request-Method: POST', 'Access-Control-Request-Headers: content-type'] }), {
    status: OK,
    headers: [allowed, 'access-control-allow-methods: GET,HEAD,POST,PUT,DELETE', 'access-control-allow-headers: Content-Type,Accept', 'content-length: 0'],
    body: '',
  })
  const transfer = await start(post('/api/v1/transfer', { srcname: 'Default', dstname: 'nobody', amount: 2, tag: '' }))
  await pause(500)
  t.strictSame(await exchange(get(`/api/v1/tasks/${transfer}`)), json(task(`{"id":"${transfer}","status":"error","progress":100,"started":${STARTED + 2},"finished":${STARTED + 2},"message":"Error Occured","data":{"code":4115,"message":"Wallet not found","details":null}}`), allowed))
})

t.test('the bots: a wallet that is missing is made, a locker emptied into it, and text without content type pays', async (t) => {
  const { exchange, start, pause } = await session(t)
  const headers = ['Host: 127.0.0.1:8004', 'User-Agent: Python/3.10 aiohttp/3.8.4', 'Accept: */*', 'Accept-Encoding: gzip, deflate']
  const get = (path: string): Sent => ({ line: `GET ${path}`, headers })
  const post = (path: string, body: string): Sent => ({ line: `POST ${path}`, headers, body })
  const end = async (id: string): Promise<Received> => {
    let reply = await exchange(get(`/api/v1/tasks/${id}`))
    while (JSON.parse(reply.body).payload.status === 'running') {
      await pause(1000)
      reply = await exchange(get(`/api/v1/tasks/${id}`))
    }
    return reply
  }
  t.strictSame(await exchange(get('/api/v1/wallets/user%231234')), json(NO_WALLET))
  t.strictSame(await exchange(post('/api/v1/wallets', '{"name": "user#1234"}')), json(EMPTY))
  const retrieved = await start(post('/api/v1/locker/AAC-WS5I-F90000000E', '{"name": "user#1234"}'))
  t.strictSame(await end(retrieved), json(task(`{"id":"${retrieved}","status":"completed","progress":100,"started":${STARTED},"finished":${STARTED + 1},"message":"Command Completed","data":{"total":20,"receipt_id":"930c58c367f4b8a3201a066b69529768"}}`)))
  t.match(JSON.parse((await exchange(get('/api/v1/wallets/user%231234'))).body), { payload: { balance: 20 }, status: 'success' })
  const stored = await start(post('/api/v1/locker', '{"name": "user#1234", "amount": 5.0}'))
  t.match(JSON.parse((await end(stored)).body), { status: 'success', payload: { status: 'completed', data: { transmit_code: /^[A-Z0-9]{3}-[A-Z0-9]{4}$/, total_stored: 5, total_failed: 0 } } })
  const paid = await start(post('/api/v1/transfer', '{"srcname": "user#1234", "dstname": "Default", "amount": 2.5, "tag": "tip"}'))
  t.match((await end(paid)).body, '"data":{"amount":2.5}},"status":"success"}\n')
  t.match(JSON.parse((await exchange(get('/api/v1/wallets/user%231234'))).body).payload.balance, 12.5)
  const refused = await start(post('/api/v1/transfer', '{"srcname": "user#1234", "dstname": "Default", "amount": 100, "tag": "tip"}'))
  t.match(JSON.parse((await end(refused)).body), { status: 'success', payload: { status: 'error', message: 'Not enough CloudCoins' } })
})

t.test('the PHP page: a wallet by digits, content type without body, a locker under its own code, polls each second', async (t) => {
  const { exchange, start, pause } = await session(t)
  const headers = ['Host: localhost:8006', 'Accept: */*', 'Content-Type: application/json']
  const request = (line: string, body?: object): Sent => ({ line, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
  t.strictSame(await exchange(request('GET /api/v1/wallets/4711')), json(NO_WALLET))
  t.strictSame(await exchange(request('POST /api/v1/wallets', { name: '4711' })), json(EMPTY))
  t.match(JSON.parse((await exchange(request('GET /api/v1/wallets/4711'))).body), { payload: { name: '4711', balance: 0 }, status: 'success' })
  const empty = await start(request('POST /api/v1/locker', { name: '4711', amount: 3, transmit_code: 'ABC-D123' }))
  await pause(1000)
  t.strictSame(await exchange(request(`GET /api/v1/tasks/${empty}`)), json(task(`{"id":"${empty}","status":"error","progress":100,"started":${STARTED},"finished":${STARTED},"message":"Not enough CloudCoins"}`)))
  const stored = await start(request('POST /api/v1/locker', { name: 'Default', amount: 3, transmit_code: 'ABC-D123' }))
  t.match(JSON.parse((await exchange(request(`GET /api/v1/tasks/${stored}`))).body), { payload: { status: 'running' } })
  await pause(1000)
  t.match(JSON.parse((await exchange(request(`GET /api/v1/tasks/${stored}`))).body), { payload: { status: 'completed', data: { transmit_code: 'ABC-D123', total_stored: 3 } } })
  const retrieved = await start(request('POST /api/v1/locker/ABC-D123', { name: '4711' }))
  await pause(1000)
  t.match(JSON.parse((await exchange(request(`GET /api/v1/tasks/${retrieved}`))).body), { payload: { status: 'completed', data: { total: 3 } } })
  t.match(JSON.parse((await exchange(request('GET /api/v1/wallets/4711'))).body), { payload: { balance: 3 } })
})

/** The vendor's script, but for its host, its pause, and its reading of JSON where there is no jq. */
const SCRIPT = `
set -eu
command -v curl >/dev/null || { echo "no curl"; exit 77; }
field () {
  if command -v jq >/dev/null; then jq -r ".payload$1"
  else "$NODE" -e 'let s="";process.stdin.on("data",d=>s+=d).on("end",()=>{const v=process.argv[1].split(".").slice(1).reduce((o,k)=>o[k],JSON.parse(s).payload);console.log(typeof v==="object"?JSON.stringify(v):v)})' -- "$1"; fi
}
await () {
  while :; do
    state=$(curl -s "$HOST/api/v1/tasks/$1" | field .status)
    [ "$state" = completed ] && break
    [ "$state" = running ] || { echo "unexpected $state"; exit 1; }
    sleep 0.1
  done
}
id=$(curl -s "$HOST/api/v1/echo" | field .id)
await "$id"
echo "online $(curl -s "$HOST/api/v1/tasks/$id" | field .data.online)"
id=$(curl -s -d '{"name":"Default"}' "$HOST/api/v1/health" | field .id)
await "$id"
echo "checked $(curl -s "$HOST/api/v1/tasks/$id" | field .data.TotalCheckedCoins)"
curl -s -d '{"name":"W2"}' "$HOST/api/v1/wallets" >/dev/null
id=$(curl -s -d '{"srcname":"Default","dstname":"W2","amount":2,"tag":"hi"}' "$HOST/api/v1/transfer" | field .id)
await "$id"
echo "balance $(curl -s "$HOST/api/v1/wallets/W2" | field .balance)"
`

t.test('the vendor\'s shell scripts: curl sends forms, and polls until completed', async (t) => {
  const { url } = await startServer(t, '--speed', '20')
  const child = spawn('sh', ['-c', SCRIPT], { env: { ...process.env, HOST: url, NODE: process.execPath } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const [code] = await once(child, 'close')
  if (code === 77) {
    t.comment(`skipped: ${output}`)
    return
  }
  t.equal(output, 'online 25\nchecked 3000000020\nbalance 2\n')
  t.equal(code, 0)
})
