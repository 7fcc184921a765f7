import { Type } from '@sinclair/typebox'
import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { DEFAULT_LIMITS } from '../src/limits.js'
import { environmentName, loadConfig, SETTINGS, type CommandLine, type SettingName } from '../src/config.js'

const apis = [
  { name: 'connect', options: Type.Object({ 'server-version': Type.String({ pattern: '^\\d{4}\\.\\d{2}\\.\\d+$', default: '2026.04.0', expects: 'YYYY.MM.P' }), 'retention-seconds': Type.Integer({ minimum: 0, default: 0, expects: 'a whole number' }) }) },
  { name: 'svix', options: Type.Object({ tokens: Type.Optional(Type.Union([Type.Literal('none'), Type.Array(Type.Object({ token: Type.String() }))], { expects: 'none or a list' })) }) },
]

function load (argv: readonly string[] = [], env: Record<string, string> = {}): CommandLine {
  return loadConfig({ argv, env, apis })
}

function refuses (t: Test, argv: readonly string[], env: Record<string, string>, message: RegExp | string): void {
  t.throws(() => load(argv, env), { name: 'ConfigError', message }, [...argv, ...Object.entries(env)].join(' '))
}

function configFile (t: Test, json: unknown): string {
  const path = join(t.testdir(), 'pollux.json')
  writeFileSync(path, typeof json === 'string' ? json : JSON.stringify(json))
  return path
}

t.test('nothing needs to be configured', async (t) => {
  const { config, command, help, version } = load()
  t.match(config, { host: '127.0.0.1', port: 8080, seed: 1, speed: 1, clock: 'running', startAt: undefined, fixtures: undefined, logLevel: 'info', logRequests: false })
  t.same([...config.options], [['connect', { 'server-version': '2026.04.0', 'retention-seconds': 0 }], ['svix', {}]])
  t.same([command, help, version, config.listen.size], [[], false, false, 0])
  t.ok(Object.isFrozen(config))
})

t.test('every setting can be a flag, an environment variable or a line of the file, and means the same', async (t) => {
  const settings: Record<Exclude<SettingName, 'config' | 'listen' | 'set'>, string> = {
    host: '0.0.0.0',
    port: '0',
    seed: '7',
    speed: '2.5',
    clock: 'frozen',
    'start-at': '2026-11-22T12:00:00Z',
    fixtures: '/x',
    'log-level': 'debug',
    'log-requests': 'true',
    'control-token': 'secret',
    'allow-host': 'ci.example',
    'max-sandboxes': '5',
    'sandbox-idle': '90s',
    'journal-entries': '10',
    'journal-body': '0',
    'max-upload': '9',
    'max-tasks': '10',
    'max-lines': '11',
    'max-body': '2048',
    'max-depth': '9',
    'max-keys': '100',
    'max-header': '4096',
    'max-url': '1024',
    'max-connections': '12',
    'max-unread': '70000',
    'header-timeout': '1s',
    'request-timeout': '2s',
    'keep-alive': '3s',
    'idle-timeout': '4s',
    'check-every': '500ms',
  }
  const typed = { host: '0.0.0.0', port: 0, seed: 7, speed: 2.5, clock: 'frozen', 'start-at': '2026-11-22T12:00:00Z', fixtures: '/x', 'log-level': 'debug', 'log-requests': true, 'control-token': 'secret', 'allow-host': ['ci.example'], 'max-sandboxes': 5, 'sandbox-idle': '90s', 'journal-entries': 10, 'journal-body': 0, 'max-upload': 9, 'max-tasks': 10, 'max-lines': 11, 'max-body': 2048, 'max-depth': 9, 'max-keys': 100, 'max-header': 4096, 'max-url': 1024, 'max-connections': 12, 'max-unread': 70_000, 'header-timeout': '1s', 'request-timeout': '2s', 'keep-alive': '3s', 'idle-timeout': '4s', 'check-every': '500ms' }
  const wanted = load(Object.entries(settings).flatMap(([name, text]) => name === 'log-requests' ? ['--log-requests'] : [`--${name}`, text])).config
  t.match(wanted, { host: '0.0.0.0', port: 0, seed: 7, speed: 2.5, clock: 'frozen', startAt: Date.parse('2026-11-22T12:00:00Z'), fixtures: '/x', logLevel: 'debug', logRequests: true, controlToken: 'secret', allowedHosts: ['ci.example'], maxSandboxes: 5, sandboxIdleMs: 90_000, journalEntries: 10, journalBodyBytes: 0, maxUploadBytes: 9, limits: { tasks: 10, lines: 11, bodyBytes: 2048, json: { depth: 9, keys: 100 }, connections: { headerBytes: 4096, urlLength: 1024, count: 12, unreadBytes: 70_000, headerTimeoutMs: 1000, requestTimeoutMs: 2000, keepAliveMs: 3000, idleTimeoutMs: 4000, checkEveryMs: 500 } } })
  t.same(load([], Object.fromEntries(Object.entries(settings).map(([name, text]) => [environmentName(name as SettingName), text]))).config, wanted)
  t.same(load(['--config', configFile(t, typed)]).config, wanted)
  t.same(Object.keys(SETTINGS).sort(), [...Object.keys(settings), 'config', 'listen', 'set'].sort(), 'no setting is left out here')
})

t.test('listeners and options repeat, and come the same three ways', async (t) => {
  const wanted = load(['--listen', 'connect=3939', '--listen', 'svix=0', '--set', 'connect.retention-seconds=600', '--set', 'svix.tokens=[{"token":"a"}]']).config
  t.same([...wanted.listen], [['connect', 3939], ['svix', 0]])
  t.same(Object.fromEntries(wanted.options), { connect: { 'server-version': '2026.04.0', 'retention-seconds': 600 }, svix: { tokens: [{ token: 'a' }] } })
  t.same(load([], { POLLUX_LISTEN: 'connect=3939; svix=0', POLLUX_SET: 'connect.retention-seconds=600\nsvix.tokens=[{"token":"a"}]' }).config, wanted)
  t.same(load([], { POLLUX_CONFIG: configFile(t, { listen: { connect: 3939, svix: 0 }, set: { connect: { 'retention-seconds': 600 }, svix: { tokens: [{ token: 'a' }] } } }) }).config, wanted)
  t.equal(load(['--set', 'connect.server-version=2024.01.0']).config.options.get('connect')?.['server-version'], '2024.01.0')
})

t.test('a flag wins over the environment, and that over the file', async (t) => {
  const config = configFile(t, { port: 1, seed: 1, speed: 9, set: { connect: { 'retention-seconds': 1, 'server-version': '2020.01.0' } } })
  const loaded = load(['--config', config, '--port', '3', '--set', 'connect.retention-seconds=3'], { POLLUX_PORT: '2', POLLUX_SEED: '2', POLLUX_SET: 'connect.retention-seconds=2' }).config
  t.match(loaded, { port: 3, seed: 2, speed: 9 })
  t.same(loaded.options.get('connect'), { 'server-version': '2020.01.0', 'retention-seconds': 3 })
})

t.test('a bad value is refused with which, what was given, and what is allowed', async (t) => {
  refuses(t, ['--port', 'abc'], {}, '--port: got "abc", expected a whole number of 0 to 65535')
  for (const port of ['-1', '65536', '1e3', '0x10', '1.5', ' 80', '']) refuses(t, [`--port=${port}`], {}, /--port: got .*, expected a whole number of 0 to 65535/)
  refuses(t, [], { POLLUX_PORT: 'abc' }, 'POLLUX_PORT: got "abc", expected a whole number of 0 to 65535')
  refuses(t, ['--speed', '0'], {}, '--speed: got "0", expected a number greater than 0, at most 1000000')
  refuses(t, ['--clock', 'stopped'], {}, '--clock: got "stopped", expected running or frozen')
  refuses(t, ['--start-at', 'yesterday'], {}, '--start-at: got "yesterday", expected an RFC 3339 instant such as 2026-11-22T12:00:00Z')
  refuses(t, ['--start-at', '2026-02-31T25:00:00Z'], {}, /--start-at: got/)
  refuses(t, ['--log-level', 'loud'], {}, '--log-level: got "loud", expected fatal, error, warn, info, debug, trace or silent')
  refuses(t, [], { POLLUX_LOG_REQUESTS: 'maybe' }, 'POLLUX_LOG_REQUESTS: got "maybe", expected true or false')
  refuses(t, ['--seed', '1', '--seed', '2'], {}, '--seed: given 2 times, expected once')
  refuses(t, ['--prot', '80'], {}, /Unknown option '--prot'; pollux --help lists what there is/)
  refuses(t, ['--port'], {}, /--port.*argument missing/)
})

t.test('limits have defaults, and a time-out is a duration that Node\'s timers take', async (t) => {
  t.same(load().config.limits, {
    tasks: 2_000_000,
    lines: 100_000,
    bodyBytes: 262_144,
    json: { depth: 64, keys: 50_000 },
    connections: { headerBytes: 16_384, urlLength: 8192, count: undefined, unreadBytes: 268_435_456, headerTimeoutMs: 10_000, requestTimeoutMs: 30_000, keepAliveMs: 5000, idleTimeoutMs: 30_000, checkEveryMs: 1000 },
  })
  t.same(load().config.limits, DEFAULT_LIMITS)
  for (const span of ['0s', 'never', '30', '30d', 'soon']) refuses(t, ['--idle-timeout', span], {}, `--idle-timeout: got "${span}", expected a duration such as 30s`)
  refuses(t, ['--max-connections', '0'], {}, '--max-connections: got "0", expected a whole number of 1 to 1000000')
})

t.test('a bad listener or option is refused by name', async (t) => {
  for (const listen of ['nobody=1', 'connect', 'connect=x', 'connect=99999', '=1']) refuses(t, ['--listen', listen], {}, new RegExp(`--listen: got "${listen}", expected <api>=<port> with one of connect, svix and a whole number of 0 to 65535`))
  refuses(t, ['--set', 'nobody.x=1'], {}, '--set: got "nobody.x=1", expected <api>.<option>=<value> with one of connect, svix')
  refuses(t, ['--set', 'connect.color=red'], {}, '--set: got "connect.color=red", but connect has no option "color", only server-version, retention-seconds')
  refuses(t, ['--set', 'connect.constructor=red'], {}, /no option "constructor"/)
  refuses(t, ['--set', 'connect.retention-seconds=soon'], {}, '--set: got "connect.retention-seconds=soon", expected for connect.retention-seconds a whole number')
  refuses(t, ['--set', 'connect.server-version=new'], {}, /expected for connect.server-version YYYY.MM.P/)
})

t.test('a bad file is refused with its path and place', async (t) => {
  refuses(t, ['--config', '/nowhere/pollux.json'], {}, /--config: got "\/nowhere\/pollux.json", expected a JSON file: ENOENT/)
  refuses(t, ['--config', configFile(t, '{')], {}, /expected a JSON file: .*JSON/)
  refuses(t, ['--config', configFile(t, [])], {}, /pollux.json: expected a JSON object of settings/)
  refuses(t, ['--config', configFile(t, { prot: 1 })], {}, /pollux.json at \/prot: unknown setting, expected one of host, port/)
  refuses(t, ['--config', configFile(t, { config: 'x' })], {}, /at \/config: unknown setting/)
  refuses(t, ['--config', configFile(t, { port: 1.5 })], {}, /pollux.json at \/port: got 1.5, expected a whole number/)
  refuses(t, ['--config', configFile(t, { listen: { connect: 'x' } })], {}, /pollux.json at \/listen\/connect: got "x"/)
  refuses(t, ['--config', configFile(t, { listen: 1 })], {}, /at \/listen: got 1, expected an object by API/)
  refuses(t, ['--config', configFile(t, { set: { connect: { 'retention-seconds': -1 } } })], {}, /at \/set\/connect\/retention-seconds: got -1/)
})

t.test('a service link that Kubernetes makes of the name is not taken for the port', async (t) => {
  t.equal(load([], { POLLUX_PORT: 'tcp://10.0.0.1:80', POLLUX_SERVICE_HOST: '10.0.0.1' }).config.port, 8080)
})

t.test('sub-commands, --help and --version are told apart from settings', async (t) => {
  t.same(load(['openapi', 'x']).command, ['openapi', 'x'])
  t.match(load(['-h']), { help: true, version: false })
  t.match(load(['--version']), { help: false, version: true })
})
