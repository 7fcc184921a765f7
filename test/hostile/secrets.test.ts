/** Credentials that clients show, in whatever carrier and however the call ends: nothing that Pollux tells holds any of them. */
import { once } from 'node:events'
import { get } from 'node:http'
import { connect as openSocket } from 'node:net'
import t, { type Test } from 'tap'
import { startCli, type RunningCli } from '../clients/cli.js'

const CONTROL_TOKEN = 'TOPSECRET-control-token'
const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': 'application/x-www-form-urlencoded' }

/** What a client sends besides method and path. */
interface Dress {
  readonly headers?: Readonly<Record<string, string>>
  readonly query?: string
  readonly method?: string
  readonly body?: string
  /** In front of what is asked for, or in its place. */
  readonly path?: string
}

let drawn = 0
/** A secret that is like no other. */
function secret (): string {
  return `TOPSECRET${++drawn}x`
}

const basic = (): string => `Basic ${Buffer.from(`ada:${secret()}`).toString('base64')}`
const MULTIPART = (): Dress => ({ headers: { 'content-type': 'multipart/form-data; boundary=b' }, body: `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret()}\r\n--b\r\nContent-Disposition: form-data; name="projectId"\r\n\r\n61f25579055c2f43c249a181\r\n--b--\r\n` })

/** Each carrier, made anew for each use. */
const CARRIERS: Readonly<Record<string, () => Dress>> = {
  'Authorization: Bearer': () => ({ headers: { authorization: `Bearer ${secret()}` } }),
  'Authorization: Key': () => ({ headers: { authorization: `Key ${secret()}` } }),
  'Authorization: Basic': () => ({ headers: { authorization: basic() } }),
  'Authorization without scheme': () => ({ headers: { authorization: secret() } }),
  'Proxy-Authorization': () => ({ headers: { 'proxy-authorization': basic() } }),
  'X-API-Key': () => ({ headers: { 'x-api-key': secret() } }),
  'X-RSC-Authorization': () => ({ headers: { 'x-rsc-authorization': `Key ${secret()}` } }),
  'X-Auth-Token and signature': () => ({ headers: { 'x-auth-token': secret(), 'x-auth-signature': secret(), date: 'x', 'x-content-checksum': 'x' } }),
  Cookie: () => ({ headers: { cookie: `session=${secret()}; pollux_node=1` } }),
  '?api_key=': () => ({ query: `api_key=${secret()}` }),
  'other names in the query': () => ({ query: `token=${secret()}&access_token=${secret()}&key=${secret()}&client%5Fsecret=${secret()}&X-Amz-Signature=${secret()}` }),
  'a URL with a login in the query': () => ({ query: `url=${encodeURIComponent(`https://ada:${secret()}@git.example.com/x`)}` }),
  'a form': () => ({ method: 'POST', headers: FORM_TYPE, body: `grant_type=password&username=ada&password=${secret()}&client_secret=${secret()}&token=${secret()}` }),
  'a multipart form': () => ({ method: 'POST', ...MULTIPART() }),
  'members of a JSON body': () => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ name: 'n', password: secret(), token: secret(), client_secret: secret(), nested: [{ apiKey: secret(), secret: secret() }], url: `https://ada:${secret()}@git.example.com/x` }) }),
  'members of a JSON body that are lists or numbers': () => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ tokens: [secret()], password: { value: secret() }, credentials: [secret(), [secret()]], secrets: { a: secret() } }) }),
  'a JSON body that breaks off': () => ({ method: 'POST', headers: JSON_TYPE, body: `{"token":"${secret()}","password":"${secret()}` }),
  'a JSON body with a slip right beside it': () => ({ method: 'POST', headers: JSON_TYPE, body: `{"password":${secret()}}` }),
  'a JSON body under another type': () => ({ method: 'POST', headers: { 'content-type': 'text/plain' }, body: JSON.stringify({ password: secret() }) }),
  'a token of Svix in the path': () => ({ path: `testsk_${secret()}.eu` }),
  'a token of Svix in a body': () => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ since: `testsk_${secret()}.eu`, uid: `appsk_${secret()}`, note: `whsec_${secret()}` }) }),
  'a bearer token in a text': () => ({ method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ description: `curl -H 'Authorization: Bearer ${secret()}'` }) }),
  'the control token': () => ({ headers: { authorization: `Bearer ${CONTROL_TOKEN}` } }),
}

/** Paths by how the call ends when no fault strikes it: well, or badly. */
const PATHS: readonly string[] = [
  '/connect/__api__/v1/tasks/PolluxDeployOk01', '/connect/__api__/v1/content', '/connect/__api__/v1/tasks/nothing', '/connect/__api__/repo/branches', '/connect/nowhere',
  '/svix/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds', '/svix/api/v1/background-task', '/svix/api/v1/app/app1/endpoint/ep1/recover', '/svix/api/v1/stats/usage/app', '/svix/nowhere',
  '/cognigy/v2.0/tasks/111111111111111111111111', '/cognigy/v2.0/snapshots', '/cognigy/v2.0/projects/createbytemplate', '/cognigy/auth/oauth2/token', '/cognigy/v2.0/extensions/upload', '/cognigy/nowhere',
  '/cloudcoin/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', '/cloudcoin/api/v1/wallets', '/cloudcoin/api/v1/transfer', '/cloudcoin/nowhere',
  '/nowhere', '/_pollux/nowhere', '/_pollux/tasks',
]

const NO_BODY = new Set(['GET', 'HEAD'])

async function ask (url: string, path: string, { headers = {}, query, method = 'GET', body, path: more }: Dress): Promise<{ status: number, text: string }> {
  const target = `${url}${path}${more === undefined ? '' : `/${more}`}${query === undefined ? '' : `?${query}`}`
  const response = await fetch(target, { method, headers, ...(body === undefined || NO_BODY.has(method) ? {} : { body }), signal: AbortSignal.timeout(10_000) })
  return { status: response.status, text: await response.text() }
}

/** Sends bytes that are no HTTP beyond their first lines, and gives the reply. */
async function sendRaw (url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = openSocket({ host: hostname, port: Number(port) })
  let reply = ''
  socket.setEncoding('latin1').on('data', (chunk: string) => { reply += chunk }).on('error', () => {})
  await once(socket, 'connect')
  socket.end(text, 'latin1')
  await once(socket, 'close')
  return reply
}

/** Everything that the server tells of what has happened, and the whole of its event stream so far. */
async function tellings ({ url, lines }: RunningCli, events: () => string, errors: () => string): Promise<ReadonlyArray<readonly [name: string, text: string]>> {
  const control = async (path: string): Promise<string> => (await ask(url, `/_pollux${path}`, { headers: { authorization: `Bearer ${CONTROL_TOKEN}` } })).text
  const tasks: { items: Array<{ id: string, api: string }> } = JSON.parse(await control('/tasks?limit=1000'))
  const told: Array<readonly [string, string]> = []
  for (const path of ['/journal?bodies=true&limit=1000', '/journal?bodies=true&limit=1000&after=1000', '/journal?limit=1000', '/journal?limit=1000&after=1000', '/report', '/report?format=text', '/metrics', '/faults', '/snapshot', '/tasks?limit=1000', '/health?verbose', '/sandboxes', '/scenarios', '/apis']) told.push([path, await control(path)])
  for (const { id, api } of tasks.items) told.push([`explain ${id}`, await control(`/tasks/${encodeURIComponent(id)}?api=${api}`)])
  return [...told, ['events', events()], ['stdout', lines.join('\n')], ['stderr', errors()]]
}

function findsNothing (t: Test, told: ReadonlyArray<readonly [string, string]>): void {
  for (const [name, text] of told) {
    // In Base64 it looks different, by what stands before it.
    const found = [...text.matchAll(/TOPSECRET|VE9QU0VDUkVU|RPUFNFQ1JF|UT1BTRUNSRV/g)].map(({ index }) => text.slice(Math.max(0, index - 60), index + 30))
    if (found.length > 0) t.fail(`${name} tells ${found.length}: ${found.slice(0, 4).join('  ||  ')}`)
  }
}

t.test('nothing that is told holds a credential', async (t) => {
  const cli = await startCli(t, '--log-level', 'trace', '--log-requests', '--control-token', CONTROL_TOKEN, '--journal-entries', '100000', '--journal-body', '65536')
  const control = { authorization: `Bearer ${CONTROL_TOKEN}`, ...JSON_TYPE }
  let errors = ''
  cli.child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  let events = ''
  const stream = get(`${cli.url}/_pollux/events`, { headers: control }, (response) => { response.setEncoding('utf8').on('data', (chunk: string) => { events += chunk }).on('error', () => {}) }).on('error', () => {})
  t.teardown(() => { stream.destroy() })
  const [opened] = await once(stream, 'response')
  t.equal(opened.statusCode, 200)

  const seen = new Set<string>()
  const replies: Array<readonly [string, string]> = []
  for (const fault of [undefined, 500, 503]) {
    if (fault !== undefined) await fetch(`${cli.url}/_pollux/faults`, { method: 'POST', headers: control, body: JSON.stringify({ effect: { status: fault } }) })
    for (const [carrier, dress] of Object.entries(CARRIERS)) {
      await Promise.all(PATHS.map(async (path) => {
        const { status, text } = await ask(cli.url, path, dress())
        seen.add(`${String(status)[0] ?? ''}xx`)
        // Cognigy's errors name the path that was asked for, as the vendor's do.
        replies.push([`the reply ${status} of ${path} to ${carrier}`, status < 400 ? '' : text.replace(/"instance":"[^"]*"/, '')])
      }))
    }
    await fetch(`${cli.url}/_pollux/faults`, { method: 'DELETE', headers: { authorization: `Bearer ${CONTROL_TOKEN}` } })
  }
  t.same([...seen].sort(), ['2xx', '4xx', '5xx'])
  for (const path of PATHS) {
    for (const broken of [
      `GET ${path}?api_key=${secret()} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${secret()}\r\nbad header\r\n\r\n`,
      `GET ${path}?token=${secret()}\r\n\r\n`,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nX-API-Key: ${secret()}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{"token":"${secret()}"}`,
      `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{"token":"${secret()}"}`,
      `GET ${path}/%zz?api_key=${secret()} HTTP/1.1\r\nHost: x\r\nCookie: a=${secret()}\r\nConnection: close\r\n\r\n`,
    ]) replies.push([`the reply to what can't be parsed at ${path}`, await sendRaw(cli.url, broken)])
  }
  findsNothing(t, replies)
  const told = await tellings(cli, () => events, () => errors)
  t.ok(told.length > 50)
  t.ok((told.find(([name]) => name.startsWith('/journal?bodies'))?.[1].length ?? 0) > 100_000, 'the journal was read')
  t.match(events, 'event: request')
  t.match(cli.lines.join('\n'), '"msg":"request"')
  findsNothing(t, told)
  t.equal(errors, '')
  // A journal of nothing would hold no credential either, nor would a search that finds nothing.
  t.match(told[0]?.[1], '"authorization":"***"')
  const planted: string[] = []
  findsNothing({ fail: (message: string) => { planted.push(message) } } as Test, [['planted', `x ${secret()}`], ['planted', btoa(`ada:${secret()}`)]]) // as: it calls nothing else
  t.equal(planted.length, 2, 'the judge is awake')
})

t.test('what clients write never breaks a line of the log', async (t) => {
  const cli = await startCli(t, '--log-level', 'trace', '--log-requests')
  const hostile = '%0d%0a%0a{%22level%22:60,%22msg%22:%22forged%22}%00%1b[31m%e2%80%a8%c2%85'
  const raw = '\x80\xff\xc2\x85\xe2\x80\xa8"\\{}'
  for (const path of ['/connect/', '/svix/', '/cognigy/', '/cloudcoin/', '/', '/_pollux/', '/sandbox/']) {
    await sendRaw(cli.url, `GET ${path}${hostile} HTTP/1.1\r\nHost: x\r\nUser-Agent: ${raw}\r\nConnection: close\r\n\r\n`)
    await sendRaw(cli.url, `GET ${path}${raw} HTTP/1.1\r\nHost: ${raw}\r\nAuthorization: ${raw}\r\nConnection: close\r\n\r\n`)
    await sendRaw(cli.url, `GE${raw} ${path}${raw}\r\n\r\n`)
  }
  t.equal(await cli.stop(), 0)
  t.ok(cli.lines.length > 7)
  for (const line of cli.lines) t.match(JSON.parse(line), { level: Number, time: Number, msg: /^(?:ready|request|closing)$/ }, line)
  // startCli has parsed each line; one more reader by another rule for what ends a line.
  t.same(cli.lines.join('\n').split(/\r|\n|\u2028|\u2029|\u0085/).length, cli.lines.length)
})
