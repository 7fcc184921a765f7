import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import t from 'tap'
import { SETTINGS } from '../../src/config.js'
import { runCli, startCli } from './cli.js'
import { OWN_PROCESS } from './server.js'

t.test('the ready line is one JSON line with URL, APIs and seed, and the server answers by then', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t, '--seed', '7')
  t.match(pollux.url, /^http:\/\/127\.0\.0\.1:\d+$/)
  t.match(pollux, { apis: ['connect', 'svix', 'cognigy', 'cloudcoin'], seed: 7, listeners: {} })
  const health = await fetch(`${pollux.url}/_pollux/health`)
  t.equal(health.status, 200)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.match(await health.json(), { name: 'pollux', version, status: 'ok', apis: ['connect', 'svix', 'cognigy', 'cloudcoin'], seed: 7 })
  t.equal(pollux.lines.length, 1)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  t.test(`${signal} answers held polls, ends idle and silent connections, and exits 0`, OWN_PROCESS, async (t) => {
    const pollux = await startCli(t)
    const { port, hostname } = new URL(pollux.url)
    const silent = connect(Number(port), hostname)
    await once(silent, 'connect')
    const held = fetch(`${pollux.url}/__api__/v1/tasks/PolluxNeverEnds0?wait=20`, { headers: { authorization: 'Key k' } })
    // A further request on the same loop is answered only after the held one has arrived.
    await fetch(`${pollux.url}/_pollux/health`)
    const exited = pollux.stop(signal)
    const reply = await held
    t.equal(reply.status, 200)
    t.equal(reply.headers.get('connection'), 'close')
    t.match(await reply.json(), { finished: false })
    t.equal(await exited, 0)
    silent.destroy()
  })
}

t.test('a native listener is one API\'s alone', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t, '--listen', 'cloudcoin=0', '--listen', 'svix=0')
  const body = await (await fetch(`${pollux.listeners['cloudcoin']}/`)).text()
  t.equal(body, '{"payload":{},"status":"success"}\n')
  t.match(await (await fetch(`${pollux.listeners['svix']}/nothing`)).json(), { code: 'not_found' })
  t.equal(await pollux.stop(), 0)
})

t.test('--help names every command and setting, --version the package', OWN_PROCESS, async (t) => {
  const help = await runCli(['--help'])
  t.equal(help.code, 0)
  for (const verb of ['healthcheck', 'openapi', 'task', 'clock', 'scenario', 'next', 'fault', 'journal', 'report', 'sandbox', 'options', 'snapshot', 'reset', 'validate']) t.match(help.stdout, `  pollux ${verb} `)
  for (const name of Object.keys(SETTINGS)) t.match(help.stdout, `--${name}`)
  t.match((await runCli(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/)
})

t.test('a bad value ends with code 2 and one line', OWN_PROCESS, async (t) => {
  t.same(await runCli(['--port', 'abc']), { code: 2, stdout: '', stderr: 'pollux: --port: got "abc", expected a whole number of 0 to 65535\n' })
  t.match(await runCli([], { POLLUX_CLOCK: 'stopped' }), { code: 2, stderr: 'pollux: POLLUX_CLOCK: got "stopped", expected running or frozen\n' })
  t.match(await runCli(['frobnicate']), { code: 2, stderr: 'pollux: got "frobnicate", expected no command or one that pollux --help lists\n' })
  t.match(await runCli(['--set', 'connect.wait-wakes-on=never']), { code: 2, stderr: /^pollux: --set: got "connect.wait-wakes-on=never", expected for connect.wait-wakes-on .+\n$/ })
})

t.test('a bad fixture file stops the start with file, path and reason', OWN_PROCESS, async (t) => {
  const file = join(t.testdir({}), 'svix', 'tasks.json')
  mkdirSync(dirname(file))
  writeFileSync(file, JSON.stringify({ tasks: [{ kind: 'endpoint.recover', script: { steps: [{ at: '5 parsecs' }] } }] }))
  const { code, stderr } = await runCli(['--port', '0', '--fixtures', t.testdirName])
  t.equal(code, 2)
  t.match(stderr, /^pollux: .*svix\/tasks\.json at \/tasks\/0\/script\/steps\/0\/at: expected a duration .* got "5 parsecs"\n$/)
  t.match(await runCli(['--port', '0', '--fixtures', '/nowhere']), { code: 2, stderr: 'pollux: /nowhere: no such directory\n' })
})

t.test('fixtures of one\'s own add to the built-in ones', OWN_PROCESS, async (t) => {
  const file = join(t.testdir({}), 'cloudcoin', 'tasks.json')
  mkdirSync(dirname(file))
  writeFileSync(file, JSON.stringify({ tasks: [{ id: '11111111-1111-4111-8111-111111111111', kind: 'echo', script: { steps: [{ at: 0, state: 'failed', error: { message: 'mine' } }] } }] }))
  const pollux = await startCli(t, '--fixtures', t.testdirName)
  t.match(await (await fetch(`${pollux.url}/api/v1/task/11111111-1111-4111-8111-111111111111`)).json(), { payload: { status: 'error', message: 'mine' } })
  t.match(await (await fetch(`${pollux.url}/api/v1/task/bdc8e99d-dd8a-40e9-8840-f9f8eef16c71`)).json(), { payload: { status: 'completed' } })
})

t.test('a port in use ends with code 1 and says so', OWN_PROCESS, async (t) => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const { port } = blocker.address() as AddressInfo
  t.same(await runCli(['--port', String(port)]), { code: 1, stdout: '', stderr: `pollux: port ${port} is in use already; choose another with --port or --listen\n` })
  t.match(await runCli(['--port', '0', '--listen', `svix=${port}`]), { code: 1, stderr: new RegExp(`port ${port} is in use`) })
  blocker.close()
})

t.test('healthcheck tells by its exit code', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t)
  const { port } = new URL(pollux.url)
  t.equal((await runCli(['healthcheck', '--port', port])).code, 0)
  t.equal((await runCli(['healthcheck'], { POLLUX_PORT: port, POLLUX_HOST: '0.0.0.0' })).code, 0)
  await pollux.stop()
  t.equal((await runCli(['healthcheck', '--port', port])).code, 1)
})

t.test('verbs drive a running server, and end with a code that says how it went', OWN_PROCESS, async (t) => {
  const { url } = await startCli(t, '--clock', 'frozen', '--control-token', 'secret')
  const env = { POLLUX_URL: url, POLLUX_CONTROL_TOKEN: 'secret' }
  const { id } = JSON.parse((await runCli(['task', 'create', 'connect', '--scenario', 'instant', '--json'], env)).stdout) as { id: string }
  t.match(await runCli(['clock', 'advance', '20s'], env), { code: 0, stdout: /^\d{4}-.*Z {2}\d+ tasks changed, 0 held polls answered\n$/, stderr: '' })
  t.match(await runCli(['clock', 'freeze'], env), { code: 1, stdout: '', stderr: 'pollux: The clock is frozen already.\n' })
  t.match(await runCli(['clock', 'rewind'], env), { code: 2, stdout: '' })
  for (let polls = 0; polls < 2; polls++) await (await fetch(`${url}/__api__/v1/tasks/${id}`, { headers: { authorization: 'Key k' } })).text()
  t.match(await runCli(['report', '--fail-on', 'polled-after-settled', '--url', url, '--token', 'secret']), { code: 1, stdout: /polled-after-settled/, stderr: '' })
  t.match(await runCli(['clock', '--url', url]), { code: 1, stderr: /asks for its token/ })
})

t.test('a whole large reply is printed, into a pipe too', OWN_PROCESS, async (t) => {
  const { url } = await startCli(t)
  const { code, stdout } = await runCli(['task', 'list', '--limit', '1000', '--json', '--url', url])
  t.equal(code, 0)
  t.ok(stdout.length > 65_536, `${stdout.length} characters`)
  t.ok((JSON.parse(stdout) as { items: unknown[] }).items.length > 150)
})

t.test('a server that is not there is one line and code 1; files need none to be validated', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t)
  await pollux.stop()
  t.match(await runCli(['clock', '--url', pollux.url]), { code: 1, stdout: '', stderr: new RegExp(`^pollux: no Pollux answers at ${pollux.url}: connect ECONNREFUSED [\\d.:]+\n$`) })
  const file = join(t.testdir({ 'bad.json': '{"summary":"x","script":{"steps":[{"at":"soon"}]}}' }), 'bad.json')
  t.match(await runCli(['validate', file]), { code: 1, stdout: new RegExp(`^${file} at /script/steps/0/at: expected a duration`), stderr: '' })
  t.match(await runCli(['validate', 'fixtures/connect/scenarios/success.json']), { code: 0, stdout: 'fixtures/connect/scenarios/success.json: ok\n' })
})

t.test('request lines are off by default; --log-requests prints one per request, without the query', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t, '--log-requests')
  const { body } = await fetch(`${pollux.url}/sandbox/a/v2.0/tasks?api_key=secret`)
  await body?.cancel()
  await pollux.stop()
  const entry = pollux.lines.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === 'request')
  t.match(entry, { sandbox: 'a', api: 'cognigy', method: 'GET', path: '/sandbox/a/v2.0/tasks', status: 200 })
  t.notMatch(pollux.lines.join('\n'), 'secret')
})

t.test('openapi writes a document per API', OWN_PROCESS, async (t) => {
  const directory = join(t.testdir({}), 'documents')
  t.equal((await runCli(['openapi', directory])).code, 0)
  for (const api of ['connect', 'svix', 'cognigy', 'cloudcoin']) t.ok(existsSync(join(directory, `${api}.json`)), api)
})

t.test('documents are served as they are committed', OWN_PROCESS, async (t) => {
  const pollux = await startCli(t)
  for (const api of pollux.apis) t.equal(await (await fetch(`${pollux.url}/_pollux/openapi/${api}.json`)).text(), readFileSync(`openapi/${api}.json`, 'utf8'), api)
  t.equal((await fetch(`${pollux.url}/_pollux/openapi/nobody.json`)).status, 404)
})
