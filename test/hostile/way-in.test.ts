/** Who gets in: every call of the control plane against foreign pages, foreign hosts, other types, wrong tokens and preflights. */
import { createHash } from 'node:crypto'
import { request as ask, type IncomingHttpHeaders } from 'node:http'
import t, { type Test } from 'tap'
import { testWorld, type TestWorld, type TestWorldOptions } from '../world.js'
import { controlCalls, prepare, type ControlCall } from './control-calls.js'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

interface OpenWorld extends TestWorld {
  readonly port: number
  readonly calls: readonly ControlCall[]
  /** Everything of the server that a call could have changed. */
  readonly hash: () => Promise<string>
}

const TOKEN = 'correct horse battery staple'

/** Node's own client, because `fetch` does not let its caller say `Host` or `Origin`. */
function send (port: number, method: string, path: string, headers: Readonly<Record<string, string>> = {}, body?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = ask({ host: '127.0.0.1', port, method, path, headers: { ...headers, ...(body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }) }, agent: false }, (response) => {
      const { statusCode: status = 0, headers: answered } = response
      // A stream of events has no end, and needs none here.
      if (String(answered['content-type']).startsWith('text/event-stream')) {
        response.destroy()
        return resolve({ status, headers: answered, text: '' })
      }
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => { resolve({ status, headers: answered, text }) })
    })
    request.on('error', reject)
    request.end(body)
  })
}

async function openWorld (t: Test, options: TestWorldOptions = {}): Promise<OpenWorld> {
  const world = await testWorld(t, options)
  const { url } = await world.listen()
  const port = Number(new URL(url).port)
  prepare(world.sandbox)
  world.sandboxes.get('bystander')
  const authorization = `Bearer ${TOKEN}`
  const snapshot = await send(port, 'GET', '/_pollux/snapshot', { authorization })
  t.equal(snapshot.status, 200)
  const hash = async (): Promise<string> => {
    const seen = await Promise.all(['/snapshot', '/sandboxes', '/next', '/report/rules', '/journal'].map((path) => send(port, 'GET', `/_pollux${path}`, { authorization })))
    return createHash('sha256').update(JSON.stringify(seen.map(({ text }) => text))).digest('hex')
  }
  return { ...world, port, calls: controlCalls(snapshot.text), hash }
}

/** Makes every call as `dress` says, expects the status of each, and that nothing has changed. */
async function refusesAll (t: Test, { port, calls, hash }: OpenWorld, dress: (call: ControlCall) => { headers: Record<string, string>, method?: string, expected: number } | undefined): Promise<void> {
  const before = await hash()
  t.ok(calls.length > 50, 'the document was read')
  for (const call of calls) {
    const dressed = dress(call)
    if (dressed === undefined) continue
    const { method = call.method, headers, expected } = dressed
    // Who is refused makes no sandbox either; a body is looked at when its sender was let in.
    for (const mount of expected === 415 ? [''] : ['', '/sandbox/stranger']) {
      const { status, headers: answered, text } = await send(port, method, `${mount}/_pollux${call.path}`, headers, method === 'OPTIONS' ? undefined : call.body)
      t.equal(status, expected, `${method} ${mount}/_pollux${call.path}: ${text.slice(0, 200)}`)
      t.same(Object.keys(answered).filter((name) => name.startsWith('access-control-')), [], 'no page is let in')
      t.match(answered, { 'content-type': 'application/problem+json; charset=utf-8' })
    }
  }
  t.equal(await hash(), before, 'nothing has changed')
}

const JSON_TYPE = { 'content-type': 'application/json' }

t.test('pages of others are refused by every call', async (t) => {
  const world = await openWorld(t)
  for (const origin of ['https://evil.example', 'null', 'http://localhost:1']) {
    await refusesAll(t, world, () => ({ headers: { ...JSON_TYPE, origin }, expected: 403 }))
  }
})

t.test('so is what a page fetches without saying who it is, as an image or a script', async (t) => {
  const world = await openWorld(t)
  for (const site of ['cross-site', 'same-site']) {
    await refusesAll(t, world, () => ({ headers: { ...JSON_TYPE, 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' }, expected: 403 }))
  }
  for (const [site, mode] of [['none', 'navigate'], ['same-origin', 'cors'], ['cross-site', 'navigate']] as const) {
    t.equal((await send(world.port, 'GET', '/_pollux/clock', { 'sec-fetch-site': site, 'sec-fetch-mode': mode })).status, 200, `${site}, ${mode}`)
  }
  t.equal((await send(world.port, 'GET', '/_pollux/clock', { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' })).status, 403, 'a frame is the page, not a person')
})

t.test('a host that was rebound to this address is refused by every call', async (t) => {
  await refusesAll(t, await openWorld(t), () => ({ headers: { ...JSON_TYPE, host: 'rebound.example:80' }, expected: 403 }))
})

t.test('a preflight is refused by every call, of others and of nobody', async (t) => {
  const world = await openWorld(t)
  const wanted = { 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type' }
  await refusesAll(t, world, () => ({ method: 'OPTIONS', headers: { origin: 'https://evil.example', ...wanted }, expected: 403 }))
  await refusesAll(t, world, () => ({ method: 'OPTIONS', headers: wanted, expected: 405 }))
})

t.test('bodies of the types that a page may send unasked are refused by every call', async (t) => {
  const world = await openWorld(t)
  for (const type of ['text/plain', 'text/plain;charset=application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
    await refusesAll(t, world, ({ body }) => body === undefined ? undefined : { headers: type === '' ? {} : { 'content-type': type }, expected: 415 })
  }
})

t.test('a wrong token is refused by every call but health', async (t) => {
  const world = await openWorld(t, { config: { controlToken: TOKEN } })
  const free = (operationId: string): boolean => operationId === 'getHealth' || operationId === 'getReadiness'
  for (const authorization of [undefined, 'Bearer', 'Bearer wrong', `Bearer ${TOKEN} `.repeat(2), `Basic ${TOKEN}`, `Bearer ${TOKEN.slice(1)}`, `Bearer ${TOKEN}x`]) {
    await refusesAll(t, world, ({ operationId }) => free(operationId) ? undefined : { headers: { ...JSON_TYPE, ...(authorization === undefined ? {} : { authorization }) }, expected: 401 })
  }
  const credential = world.sandboxes.issueCredential(world.sandboxes.get('bystander'))
  await refusesAll(t, world, ({ operationId }) => free(operationId) ? undefined : { headers: { ...JSON_TYPE, authorization: `Bearer ${credential}` }, expected: 401 })
})

/** What each reply of the control plane says to browsers. */
const OWN_HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

t.test('the same calls pass from who is no page, or Pollux\'s own, each reply closed to browsers', async (t) => {
  for (const [who, headers, config] of [
    ['curl', {}, {}],
    ['curl with the token', { authorization: `Bearer ${TOKEN}` }, { controlToken: TOKEN }],
    ['a page of its own', { origin: 'http://localhost:8080', host: 'localhost:8080', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors' }, {}],
  ] as ReadonlyArray<readonly [string, Record<string, string>, object]>) {
    const world = await openWorld(t, { config })
    let place = 0
    for (const { operationId, method, path, body } of world.calls) {
      // A world of its own for each, as some calls end what others are about.
      const name = `w${place++}`
      const sandbox = world.sandboxes.get(name)
      prepare(sandbox)
      if (operationId === 'freezeClock') sandbox.clock.resume()
      const { status, headers: answered, text } = await send(world.port, method, `/sandbox/${name}/_pollux${path}`, { ...headers, ...(body === undefined ? {} : JSON_TYPE) }, body)
      t.equal(status, operationId === 'waitForJournal' ? 408 : status >= 200 && status < 300 ? status : 200, `${who}: ${method} ${path}: ${text.slice(0, 200)}`)
      t.match(answered, OWN_HEADERS, `${who}: ${method} ${path}`)
    }
  }
})

t.test('what Pollux says in its own name elsewhere is closed to browsers too', async (t) => {
  const { port } = await openWorld(t)
  for (const [path, headers, status] of [
    ['/', {}, 404], ['/nowhere', {}, 404], ['/_pollux/nothing', {}, 404], ['/_pollux/%zz', {}, 400], ['/_pollux/clock', { origin: 'https://evil.example' }, 403],
  ] as const) {
    const answer = await send(port, 'GET', path, headers)
    t.equal(answer.status, status, path)
    t.match(answer.headers, OWN_HEADERS, path)
  }
})

/** What only files outside of what is served hold. */
const FROM_A_FILE = /root:[^:]*:0:|"devDependencies"|tap-snapshot|"lockfileVersion"/

t.test('no path climbs out of what is served, however it is written', async (t) => {
  const { port } = await openWorld(t)
  const climbs = ['etc/passwd', 'package.json', 'package-lock.json'].flatMap((file) => [
    `../${file}`, `../../../../../../../../${file}`, `..%2f..%2f..%2f..%2f..%2f${file}`, `%2e%2e/%2e%2e/%2e%2e/%2e%2e/${file}`, `..%5c..%5c..%5c${file}`, `..%252f..%252f..%252f${file}`,
    `%2f${file}`, `/${file}`, `file:%2f%2f%2f${file}`, `....//....//....//${file}`, `..;/..;/${file}`, `${file}%00.json`, `..%c0%af..%c0%af${file}`, `%2e%2e%2f${file}%2ejson`,
  ])
  const places = [
    '/', '/_pollux/openapi/', '/_pollux/scenarios/', '/_pollux/tasks/', '/_pollux/sandboxes/', '/sandbox/', '/connect/content/', '/connect/__api__/v1/content/', '/connect/__api__/v1/content/x/bundles/1/download/',
    '/cognigy/v2.0/downloads/', '/cognigy/v2.0/downloads/x/', '/cognigy/openapi/', '/svix/api/v1/app/', '/cloudcoin/api/v1/wallets/', '/cloudcoin/api/v1/locker/',
  ]
  for (const place of places) {
    for (const climb of climbs) {
      const { status, text } = await send(port, 'GET', place + climb)
      if (FROM_A_FILE.test(text) || status >= 500) t.fail(`${place}${climb}: ${status} ${text.slice(0, 200)}`)
    }
  }
  t.match('{"devDependencies":{}}', FROM_A_FILE)
  // Paths in bodies are names too.
  for (const [path, body] of [['/cloudcoin/api/v1/import', { name: 'Default', items: [{ type: 'file', data: '/etc/passwd' }] }], ['/cloudcoin/api/v1/backup', { folder: '/etc' }], ['/cloudcoin/api/v1/export', { name: 'Default', amount: 1, folder: '../../..' }]] as const) {
    const { status, text } = await send(port, 'POST', path, JSON_TYPE, JSON.stringify(body))
    t.ok(status < 500 && !FROM_A_FILE.test(text), path)
  }
})
