/** The verbs of the command line against a real server: what they print, and their exit codes. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { runVerb } from '../../src/commands/index.js'
import { testWorld, type TestWorldOptions } from '../world.js'

interface Ran { readonly code: number | undefined, readonly out: string, readonly err: string }

/** Gives a function that runs `pollux <argv>` against a world of its own. */
async function commandLine (t: Test, options: TestWorldOptions = {}, env: Readonly<Record<string, string>> = {}) {
  const world = await testWorld(t, options)
  const { url } = await world.listen()
  const pollux = async (...argv: string[]): Promise<Ran> => {
    let out = ''
    let err = ''
    const code = await runVerb({ argv, env: { POLLUX_URL: url, ...env }, print: (text) => { out += text }, complain: (text) => { err += text } })
    return { code, out, err }
  }
  const json = async (...argv: string[]): Promise<Record<string, unknown>> => JSON.parse((await pollux(...argv, '--json')).out) as Record<string, unknown>
  const poll = (id: string) => fetch(`${url}/__api__/v1/tasks/${id}`, { headers: { authorization: 'Key k', 'user-agent': 'poller/1' } })
  return { world, url, pollux, json, poll }
}

t.test('a task is created, moved by hand, shown and deleted', async (t) => {
  const { pollux, json, url } = await commandLine(t)
  t.match(await json('task', 'create', 'connect', '--id', 'Mine', '--label', 'x', '--script', '{"steps":[{"at":0,"state":"running"},{"at":"5s","state":"succeeded"}]}'), { id: 'Mine', label: 'x', scenario: null })
  t.match(await json('task', 'hold', 'Mine'), { held: true })
  t.match(await json('task', 'release', 'Mine', '--api', 'connect'), { held: false })
  t.match(await json('task', 'output', 'Mine', 'two words', 'more'), { snapshot: { output: ['two words', 'more'] } })
  t.match(await pollux('task', 'show', 'Mine'), { code: 0, out: /^id +Mine\napi +connect \(deploy\)\nstate +running, 0%\n[^]*poll at +http:[^]*\* +\+0s +running +0\n +\+5s +succeeded +0\n[^]*appended by control\n$/ })
  t.match(await json('task', 'step', 'Mine'), { state: 'succeeded' })
  t.match(await json('task', 'create', 'connect', '--count', '2'), [{ api: 'connect' }, { api: 'connect' }])
  t.match(await json('task', 'list', '--label', 'x'), { items: [{ id: 'Mine', state: 'succeeded' }], next: null })
  t.match((await pollux('task', 'list', '--limit', '1')).out, /^ID +API +KIND .*\n.*\nmore: --after \d+\n$/)
  t.same(await pollux('task', 'delete', 'Mine'), { code: 0, out: 'deleted Mine\n', err: '' })
  t.same(await pollux('task', 'delete', 'Mine'), { code: 1, out: '', err: 'pollux: There is no task Mine.\n' })
  t.match((await pollux('task', 'create', 'svix', '--count', '1')).out, new RegExp(`^qtask_\\w+ {2}${url}/svix/`))
})

t.test('a task ends as it is told', async (t) => {
  const { json } = await commandLine(t)
  const create = async () => String((await json('task', 'create', 'cloudcoin'))['id'])
  t.match(await json('task', 'finish', await create(), '--result', '{"coins":1}'), { state: 'succeeded', snapshot: { result: { coins: 1 } } })
  t.match(await json('task', 'fail', await create(), '--error', 'broken'), { state: 'failed', snapshot: { error: { message: 'broken' } } })
  t.match(await json('task', 'fail', await create(), '--error', '{"message":"broken","code":7}'), { snapshot: { error: { code: 7 } } })
  t.match(await json('task', 'cancel', await create()), { state: 'cancelling' })
  t.match(await json('task', 'expire', await create()), { api: 'cloudcoin' })
})

t.test('waiting ends with the condition, or with code 1 at the time-out', async (t) => {
  const { pollux, json } = await commandLine(t)
  const id = String((await json('task', 'create', 'connect', '--scenario', 'never-finishes'))['id'])
  t.match(await json('task', 'wait', id, '--polls', '0'), { id })
  t.match(await pollux('task', 'wait', id, '--state', 'succeeded', '--timeout', '10ms'), { code: 1, out: '', err: /^pollux: The task is running, was polled 0 times/ })
  t.match(await pollux('task', 'wait', id, '--state', 'done'), { code: 2, err: 'pollux: --state: got "done", expected one of queued, running, cancelling, succeeded, failed, cancelled\n' })
})

t.test('the clock is shown and moved', async (t) => {
  const { pollux, json } = await commandLine(t)
  t.match((await pollux('clock')).out, /^now +2026-11-22T12:00:00\.000Z\nmode +frozen\nspeed +1\n/)
  t.match(await json('clock', 'advance', '20s'), { now: '2026-11-22T12:00:20.000Z' })
  t.match(await json('clock', 'advance', '500'), { now: '2026-11-22T12:00:20.500Z' })
  t.match(await json('clock', 'advance', '--to', '2026-11-22T13:00:00Z'), { now: '2026-11-22T13:00:00.000Z' })
  await pollux('task', 'create', 'connect', '--script', '{"steps":[{"at":"7s","state":"succeeded"}]}')
  t.match(await pollux('clock', 'advance', '--until', 'next', '--max', '10s'), { code: 0, out: '2026-11-22T13:00:07.000Z  1 tasks changed, 0 held polls answered\n' })
  t.match(await json('clock', 'speed', '60'), { speed: 60 })
  t.match(await json('clock', 'auto-skip', 'on'), { autoSkip: true })
  t.match(await json('clock', 'auto-skip', 'off'), { autoSkip: false })
  t.match(await json('clock', 'resume'), { mode: 'running' })
  t.match(await json('clock', 'freeze'), { mode: 'frozen' })
  t.same(await pollux('clock', 'freeze'), { code: 1, out: '', err: 'pollux: The clock is frozen already.\n' })
  t.match(await pollux('clock', 'advance', '5 parsecs'), { code: 2, err: /^pollux: \/by: expected a duration such as "200ms"/ })
  for (const bad of [[], ['1s', '--to', 'x'], ['1s', '--max', '2s']]) t.match(await pollux('clock', 'advance', ...bad), { code: 2, err: /^pollux: clock advance: / })
})

t.test('scenarios are listed, put from a file, queued and deleted', async (t) => {
  const { pollux, json } = await commandLine(t)
  t.match((await pollux('scenario', 'list', '--api', 'svix')).out, /^NAME +APIS +SUMMARY\n[^]*\nsuccess +\S*svix/)
  const file = join(t.testdir({ 'mine.json': '{"summary":"Fails at once.","script":{"steps":[{"at":0,"state":"failed"}]}}' }), 'mine.json')
  t.match(await json('scenario', 'put', file), { name: 'mine', builtIn: false })
  t.match(await json('scenario', 'put', file, '--name', 'other'), { name: 'other' })
  t.match((await pollux('scenario', 'show', 'mine')).out, /^name +mine\n[^]*does +Fails at once\./)
  t.match(await json('next', 'add', 'svix', 'mine', '--times', '2'), [{ api: 'svix', scenario: 'mine', times: 2 }])
  t.match((await pollux('next')).out, /svix +any +mine +2/)
  t.match(await pollux('next', 'clear'), { code: 0, out: 'cleared\n' })
  t.match(await pollux('next', 'list'), { out: 'nothing is queued: natively started tasks succeed\n' })
  t.match(await pollux('scenario', 'delete', 'mine'), { code: 0 })
  t.match(await pollux('scenario', 'delete', 'success'), { code: 1, err: /built in/ })
})

t.test('faults are put in force from JSON or a file, and strike', async (t) => {
  const { pollux, json, poll } = await commandLine(t)
  const id = String((await json('task', 'create', 'connect'))['id'])
  t.match(await json('fault', 'add', '{"match":{"operation":"poll"},"effect":{"status":503}}'), { id: 1, fired: 0 })
  t.equal((await poll(id)).status, 503)
  t.match((await pollux('fault', 'list')).out, /^ID +FIRED .*\n1 +1 +\{"operation":"poll"\}/)
  t.match(await pollux('fault', 'delete', '1'), { code: 0 })
  t.equal((await poll(id)).status, 200)
  const file = join(t.testdir({ 'fault.json': '{"effect":{"empty":true}}' }), 'fault.json')
  t.match(await json('fault', 'add', file), { effect: { empty: true } })
  t.match(await pollux('fault', 'clear'), { code: 0 })
  t.match(await pollux('fault', 'list'), { out: 'no faults\n' })
  t.match(await pollux('fault', 'add', '{'), { code: 2, err: /^pollux: fault add: got "\{", expected JSON or a file of it: / })
  t.match(await pollux('fault', 'add', '{"effect":{"explode":true}}'), { code: 2, err: /\/effect/ })
})

t.test('the journal is shown, verified with near misses, waited for and cleared', async (t) => {
  const { pollux, json, poll } = await commandLine(t)
  const id = String((await json('task', 'create', 'connect'))['id'])
  await poll(id)
  await poll(id)
  t.match((await pollux('journal', '--task', id)).out, new RegExp(`^SEQ .*\n1 +2026-11-22T12:00:00\\.000Z +connect +poll +200 +GET /__api__/v1/tasks/${id} +${id}\n2 `))
  t.match(await json('journal', 'list', '--bodies', '--no-wall', '--limit', '1'), { items: [{ seq: 1, client: 'poller/1', wallAt: undefined, response: { body: /finished/ } }], next: /./ })
  t.match(await pollux('journal', 'verify', '--task', id, '--count', '2'), { code: 0, out: 'pass: 2 match\n' })
  t.match(await pollux('journal', 'verify', '--task', id, '--status', '404', '--at-least', '1'), { code: 1, out: /^fail: 0 match; the nearest:\n#1 GET \S+ 200: status is 200, not 404\n/ })
  t.match(await pollux('journal', 'verify', '--operation', 'poll', '--never'), { code: 1, out: /^fail: 2 match/ })
  t.match(await pollux('journal', 'verify', '--at-most', '1', '--never'), { code: 2, err: /expected exactly one of/ })
  t.match(await json('journal', 'wait', '--task', id, '--count', '2'), { count: 2 })
  t.match(await pollux('journal', 'wait', '--task', id, '--count', '3', '--timeout', '10ms'), { code: 1, err: /there were 2/ })
  t.match(await pollux('journal', 'clear'), { code: 0 })
  t.match(await pollux('journal'), { out: 'no exchanges\n' })
})

t.test('the report is a verdict, and an exit code where it is asked to be one', async (t) => {
  const { pollux, json, poll } = await commandLine(t)
  t.match(await pollux('report', '--fail-on', 'any'), { code: 0, out: /^PASS/ })
  const id = String((await json('task', 'create', 'connect', '--scenario', 'instant'))['id'])
  await poll(id)
  await poll(id)
  t.match(await pollux('report'), { code: 0, out: /polled-after-settled/ })
  t.match(await json('report'), { verdict: 'pass', tasks: [{ taskId: id, polls: 2 }] })
  t.match(await pollux('report', '--fail-on', 'busy-loop'), { code: 0 })
  t.match(await pollux('report', '--fail-on', 'busy-loop,polled-after-settled'), { code: 1, out: /polled-after-settled/ })
  t.match(await pollux('report', '--fail-on', 'any'), { code: 1 })
  t.match(await pollux('report', '--fail-on', 'lazy'), { code: 2, err: /^pollux: --fail-on: got "lazy", expected one or more of any, busy-loop, / })
})

t.test('sandboxes are made, addressed, listed and deleted', async (t) => {
  const { pollux, json } = await commandLine(t)
  t.match(await json('sandbox', 'create', 'mine', '--seed', '7', '--clock', 'running', '--start-at', '2030-01-01T00:00:00Z', '--speed', '2', '--auto-skip', '--set', 'connect.retention-seconds=5', '--set', 'svix.profile=hosted', '--no-fixtures'), { name: 'mine', seed: 7, tasks: 0, clock: { mode: 'running', speed: 2, autoSkip: true } })
  t.match(await json('options', '--sandbox', 'mine'), { connect: { 'retention-seconds': 5 }, svix: { profile: 'hosted' } })
  t.match((await pollux('sandbox', 'list')).out, /^NAME .*\ndefault .*\nmine +0 +running/)
  t.match((await pollux('sandbox', 'show', 'mine')).out, /^name +mine\nbase URL .*\nby host .*\ncredential +\w{32}\n/)
  t.match(await pollux('sandbox', 'create', 'mine'), { code: 1, err: 'pollux: There is a sandbox mine already.\n' })
  t.match(await pollux('sandbox', 'delete', 'mine'), { code: 0, out: 'deleted mine\n' })
})

t.test('options are shown and changed, and a bad one says what is allowed', async (t) => {
  const { pollux, json } = await commandLine(t)
  t.match(await json('options', 'set', 'connect.retention-seconds=600', 'connect.server-version=2024.01.0', 'svix.tokens=[{"token":"a","role":"organization"}]'), { connect: { 'retention-seconds': 600, 'server-version': '2024.01.0' }, svix: { tokens: [{ token: 'a' }] } })
  t.match((await pollux('options')).out, /^connect\.server-version +2024\.01\.0\n/)
  t.match(await json('options', 'set', 'connect.retention-seconds=null'), { connect: { 'retention-seconds': 0 } })
  t.match(await pollux('options', 'set', 'connect.retention-seconds=soon'), { code: 2, err: /\/connect\/retention-seconds: expected/ })
  t.match(await pollux('options', 'set', 'connect'), { code: 2, err: 'pollux: got "connect", expected <api>.<option>=<value>\n' })
})

t.test('a snapshot goes through a file into another sandbox; a reset goes back to the start', async (t) => {
  const { pollux, json } = await commandLine(t)
  const file = join(t.testdir({}), 'saved.json')
  await pollux('task', 'create', 'connect', '--id', 'Mine')
  await pollux('clock', 'advance', '1s')
  t.same(await pollux('snapshot', 'save', file), { code: 0, out: `saved default into ${file}\n`, err: '' })
  t.match(JSON.parse(readFileSync(file, 'utf8')), { version: 1 })
  t.match(await pollux('snapshot', 'load', file, '--sandbox', 'copy'), { code: 0, out: /^loaded \S+ into copy: \d+ tasks, 0 faults\n$/ })
  t.match(await json('task', 'show', 'Mine', '--sandbox', 'copy'), { id: 'Mine' })
  t.match(await pollux('reset', '--keep', 'clock,faults'), { code: 0, out: /^default is as at its start: \d+ tasks\n$/ })
  t.match(await json('clock'), { now: '2026-11-22T12:00:01.000Z' })
  t.match(await pollux('task', 'show', 'Mine'), { code: 1 })
  t.match(await pollux('reset', '--keep', 'all'), { code: 2, err: 'pollux: --keep: got "all", expected one of faults, scenarios, clock\n' })
})

t.test('the token comes from the flag or the environment', async (t) => {
  const { pollux } = await commandLine(t, { config: { controlToken: 'secret' } })
  t.match(await pollux('clock'), { code: 1, err: /asks for its token/ })
  t.match(await pollux('clock', '--token', 'secret'), { code: 0 })
  const other = await commandLine(t, { config: { controlToken: 'secret' } }, { POLLUX_CONTROL_TOKEN: 'secret' })
  t.match(await other.pollux('clock'), { code: 0 })
})

t.test('a server that is not there is one line and code 1', async (t) => {
  const { pollux, world, url } = await commandLine(t)
  await world.close()
  t.match(await pollux('clock'), { code: 1, out: '', err: new RegExp(`^pollux: no Pollux answers at ${url}: connect ECONNREFUSED [\\d.:]+\n$`) })
  t.match(await pollux('clock', '--url', 'nonsense'), { code: 2, err: /^pollux: --url: got "nonsense", expected a URL such as/ })
})

t.test('what can\'t be typed is told with what can', async (t) => {
  const { pollux } = await commandLine(t)
  t.equal((await pollux('frobnicate')).code, undefined)
  t.equal((await pollux('constructor')).code, undefined)
  t.match(await pollux('task'), { code: 2, err: /^pollux: task: got nothing, expected one of create, list, show, / })
  t.match(await pollux('task', 'constructor'), { code: 2, err: /^pollux: task: got "constructor", expected one of create, / })
  t.match(await pollux('task', 'show'), { code: 2, err: 'pollux: task show: got 0 arguments, expected <id>; pollux task show --help tells more\n' })
  t.match(await pollux('clock', 'show', 'now'), { code: 2, err: /got 1 argument, expected none/ })
  t.match(await pollux('task', 'list', '--frob'), { code: 2, err: /^pollux: task list: Unknown option '--frob'; pollux task list --help tells more\n$/ })
  t.match(await pollux('task', 'create', 'connect', '--count', 'x'), { code: 2, err: 'pollux: --count: got "x", expected a number\n' })
})

t.test('help tells the usage of a verb, and of one of its actions', async (t) => {
  const { pollux } = await commandLine(t)
  const { code, out } = await pollux('task', '--help')
  t.equal(code, 0)
  for (const action of ['create <api>', 'list', 'show <id>', 'hold <id>', 'output <id> <line>...', 'delete <id>']) t.match(out, `  pollux task ${action}`)
  t.match(out, '--token <token>')
  const one = (await pollux('clock', 'advance', '-h')).out
  t.match(one, '  pollux clock advance [duration] [--to <instant>]')
  t.notMatch(one, 'freeze')
  t.match((await pollux('reset', '--help')).out, '  pollux reset [--keep <faults,scenarios,clock>]')
})

t.test('files are validated without a server, each bad one with path and reason', async (t) => {
  const { pollux, json, world } = await commandLine(t)
  await world.close()
  t.match(await pollux('validate', 'fixtures'), { code: 0, out: /fixtures\/svix\/tasks\.json: ok\n/ })
  const directory = t.testdir({
    connect: {
      'tasks.json': '{"tasks":[{"kind":"deploy","scenario":"own"},{"kind":"deploy","scenario":"nothing"}]}',
      scenarios: { 'own.json': '{"summary":"Own.","script":{"steps":[{"at":0,"state":"failed"}]}}', 'backwards.json': '{"summary":"x","script":{"steps":[{"at":"5 parsecs"}]}}' },
    },
    'fault.json': '{"summary":"x","like":"success","faults":[{"effect":{"explode":true}}]}',
    'like.json': '{"summary":"x","like":"nothing"}',
    'apis.json': '{"summary":"x","apis":["nobody"],"like":"success"}',
    'good.json': '{"summary":"x","like":"success"}',
    'tasks.json': '{"tasks":[]}',
    'broken.json': '{',
  })
  const verdicts = await json('validate', ...['connect/scenarios/backwards.json', 'fault.json', 'like.json', 'apis.json', 'good.json', 'tasks.json', 'broken.json', 'absent.json'].map((file) => join(directory, file))) as unknown as ReadonlyArray<{ file: string, path?: string, reason?: string }>
  t.match(verdicts.map(({ file, path, reason }) => [file.slice(directory.length + 1), path, reason]), [
    ['connect/scenarios/backwards.json', '/script/steps/0/at', /expected a duration/],
    ['fault.json', '/faults/0/effect/explode', /./],
    ['like.json', '/like', /no scenario is called "nothing"; there are .*success/],
    ['apis.json', '/apis/0', /no API is called nobody; there are connect, svix/],
    ['good.json', undefined, undefined],
    ['tasks.json', '', /tasks lie in a folder of connect, svix/],
    ['broken.json', '', /JSON/],
    ['absent.json', '', 'no such file'],
  ])
  writeFileSync(join(directory, 'connect/scenarios/backwards.json'), '{"summary":"x","like":"own"}')
  t.match(await pollux('validate', join(directory, 'connect')), { code: 1, out: new RegExp(`backwards\\.json: ok\n.*own\\.json: ok\n${directory}/connect/tasks\\.json at /tasks/1/scenario: no scenario is called "nothing"`) })
})
