/** What the README says is so. */
import { readFileSync } from 'node:fs'
import t from 'tap'
// @ts-expect-error -- a script, without types
import { fidelityTables, withFidelity } from '../.build/fidelity.js'
import { environmentName, SETTINGS, type SettingName } from '../src/config.js'
import { registry } from '../src/server.js'
import { testWorld } from './world.js'

const readme = readFileSync('README.md', 'utf8')

/** The cells of every table row whose first cell begins with the text. */
function rows (start: string): string[][] {
  return readme.split('\n').filter((line) => line.startsWith(`| \`${start}`)).map((line) => line.split(/(?<!\\)\|/).slice(1, -1).map((cell) => cell.trim().replaceAll('\\|', '|')))
}

const shown = (value: unknown): string => value === undefined || typeof value === 'object' ? '' : `\`${String(value)}\``

t.test('the settings table is the schema', async (t) => {
  const expected = (Object.keys(SETTINGS) as SettingName[]).map((name) => {
    const { default: fallback, expects, description } = SETTINGS[name]
    return [`\`--${name}\``, `\`${environmentName(name)}\``, shown(fallback), expects.startsWith('<') ? `\`${expects}\`` : expects, description]
  })
  t.same(rows('--'), expected)
})

t.test('the table of API options is their schemas', async (t) => {
  for (const { name, options } of registry) {
    t.same(rows(`${name}.`), Object.entries(options.properties).map(([option, schema]) => [`\`${name}.${option}\``, shown(schema['default']), schema['expects'], schema.description]), name)
  }
})

t.test('every task of the table can be polled', async (t) => {
  const { sandbox } = await testWorld(t)
  const table = readme.slice(readme.indexOf('| | Connect |')).split('\n\n', 1)[0] ?? ''
  const lines = table.split('\n').slice(2).map((line) => line.split('|').slice(2, -1).map((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, id = '']) => id)))
  t.equal(lines.length, 6)
  for (const cells of lines) {
    cells.forEach((ids, index) => {
      t.ok(ids.length > 0)
      for (const id of ids) t.ok(sandbox.simulator.has(registry[index]?.name ?? '', id), id)
    })
  }
})

t.test('what is emulated call by call is what the documents are marked with (npm run openapi renews it)', async (t) => {
  t.equal(readme, withFidelity(readme, fidelityTables()))
  t.match(fidelityTables(), '| `GET /api/v1/task/{id}` | ')
})

t.test('the two commands come first', async (t) => {
  t.ok(readme.indexOf('npm ci && npm start') < readme.indexOf('npm ci && npm test'))
  t.same([...readme.matchAll(/^## (.+)$/gm)].map(([, title]) => title), ['Run it', 'Test it', 'A test in three lines', 'What is emulated', 'Control plane', 'Settings', 'Load-test your poller', 'Performance', 'Security', 'Limits', 'Licence'])
})
