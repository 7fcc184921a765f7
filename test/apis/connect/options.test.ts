/** The options of the contract's table: defaults, what is taken, what is refused. */
import t from 'tap'
import { connect } from '../../../src/apis/connect/index.js'
import { ConfigError, defaultsOf, loadConfig } from '../../../src/config.js'

function set (assignment: string): Readonly<Record<string, unknown>> | undefined {
  return loadConfig({ argv: ['--set', `connect.${assignment}`], env: {}, apis: [connect] }).config.options.get('connect')
}

t.test('the defaults are the contract\'s', async (t) => {
  t.strictSame(defaultsOf(connect.options), {
    'server-version': '2026.04.0',
    'api-keys': 'any',
    'wait-wakes-on': 'finish',
    'unknown-task-code': 141,
    'session-cookie': 'optional',
    'retention-seconds': 0,
  })
})

const TAKEN: ReadonlyArray<readonly [name: string, text: string, value: unknown]> = [
  ['server-version', '2023.09.0', '2023.09.0'],
  ['server-version', '2025.06.12', '2025.06.12'],
  ['api-keys', 'none', 'none'],
  ['api-keys', '[{"key":"k","username":"u","role":"viewer"}]', [{ key: 'k', username: 'u', role: 'viewer' }]],
  ['wait-wakes-on', 'output', 'output'],
  ['unknown-task-code', '4', 4],
  ['session-cookie', 'required', 'required'],
  ['retention-seconds', '600', 600],
  ['cors-origin', 'https://app.example.com:8443', 'https://app.example.com:8443'],
]

for (const [name, text, value] of TAKEN) {
  t.test(`${name} takes ${text}`, async (t) => {
    t.strictSame(set(`${name}=${text}`)?.[name], value)
  })
}

const REFUSED: ReadonlyArray<readonly [name: string, text: string]> = [
  ['server-version', '2026'], ['server-version', '2026.13.0'], ['server-version', '1.8.6'], ['server-version', ''],
  ['api-keys', 'some'], ['api-keys', '[]'], ['api-keys', '[{"key":"k"}]'], ['api-keys', '[{"key":"","username":"u","role":"viewer"}]'], ['api-keys', '[{"key":"k","username":"u","role":"root"}]'],
  ['wait-wakes-on', 'poll'], ['unknown-task-code', '404'], ['session-cookie', 'maybe'], ['retention-seconds', '-1'], ['retention-seconds', '1.5'], ['retention-seconds', '10s'],
  ['cors-origin', '*'], ['cors-origin', 'app.example.com'], ['cors-origin', 'https://app.example.com/path'],
]

for (const [name, text] of REFUSED) {
  t.test(`${name} refuses ${JSON.stringify(text)} and says what it expects`, async (t) => {
    t.throws(() => set(`${name}=${text}`), ConfigError)
    t.throws(() => set(`${name}=${text}`), { message: String(connect.options.properties[name]?.['expects']) })
  })
}

t.test('every option says what it expects and what it does', async (t) => {
  for (const [name, schema] of Object.entries(connect.options.properties)) {
    t.type(schema['expects'], 'string', name)
    t.type(schema.description, 'string', name)
  }
})
