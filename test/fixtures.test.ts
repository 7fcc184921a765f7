import { Type } from '@sinclair/typebox'
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { checkFixtureFile, loadFixtures, requireLayout } from '../src/fixtures.js'
import { BUILT_IN_FIXTURES, fixtureFilesOf, registry } from '../src/server.js'
import { parseInstant } from '../src/simulator/script.js'

const SUCCESS = { summary: 'Succeeds.', script: { steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'succeeded' }] } }

function directory (t: Test, name: string, files: Record<string, unknown>): string {
  const top = join(existsSync(t.testdirName) ? t.testdirName : t.testdir({}), name)
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(join(top, file)), { recursive: true })
    writeFileSync(join(top, file), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return top
}

t.test('tasks and scenarios are read per API; what is not there is empty', async (t) => {
  const top = directory(t, 'a', { 'svix/tasks.json': { tasks: [{ id: 'x', kind: 'k' }] }, 'svix/scenarios/success.json': SUCCESS, 'svix/scenarios/notes.txt': 'not JSON' })
  const fixtures = loadFixtures([top], ['svix', 'connect'])
  t.match(fixtures.get('svix')?.tasks, [{ id: 'x', kind: 'k', scenario: 'success', created: { agoMs: 0 }, facts: [] }])
  t.same([...fixtures.get('svix')?.scenarios.keys() ?? []], ['success'])
  t.same(fixtures.get('connect')?.tasks, [])
})

t.test('a later directory adds to an earlier one, and replaces what has the same id or name', async (t) => {
  const first = directory(t, 'a', { 'svix/tasks.json': { tasks: [{ id: 'x', kind: 'old' }, { id: 'y', kind: 'kept' }] }, 'svix/scenarios/success.json': SUCCESS, 'svix/scenarios/other.json': SUCCESS })
  const second = directory(t, 'b', { 'svix/tasks.json': { tasks: [{ id: 'x', kind: 'new' }, { kind: 'anonymous' }] }, 'svix/scenarios/success.json': { ...SUCCESS, summary: 'Mine.' } })
  const svix = loadFixtures([first, second], ['svix']).get('svix')
  t.same(svix?.tasks.map(({ id, kind }) => [id, kind]), [['x', 'new'], ['y', 'kept'], [undefined, 'anonymous']])
  t.equal(svix?.scenarios.get('success')?.json.summary, 'Mine.')
  t.ok(svix?.scenarios.has('other'))
})

t.test('count and every make several tasks, by age or from an instant', async (t) => {
  const top = directory(t, 'a', { 'svix/scenarios/success.json': SUCCESS, 'svix/tasks.json': { tasks: [{ kind: 'k', age: '1h', count: 3, every: '10m' }, { kind: 'k', createdAt: '2026-01-01T00:00:00Z', count: 2, every: '1s' }] } })
  const base = Date.parse('2026-01-01T00:00:00Z')
  t.same(loadFixtures([top], ['svix']).get('svix')?.tasks.map(({ created }) => created), [{ agoMs: 3_600_000 }, { agoMs: 3_000_000 }, { agoMs: 2_400_000 }, { at: base }, { at: base + 1000 }])
})

t.test('a task may have ended at an instant of its own', async (t) => {
  const top = directory(t, 'a', { 'svix/scenarios/success.json': SUCCESS, 'svix/tasks.json': { tasks: [{ kind: 'k', finished: { at: '2026-01-01T00:00:00Z', result: { n: 1 } } }, { kind: 'k', failed: { at: '2026-01-01T00:00:00Z', error: { message: 'no' } } }] } })
  const at = Date.parse('2026-01-01T00:00:00Z')
  t.same(loadFixtures([top], ['svix']).get('svix')?.tasks.map(({ facts }) => facts), [[{ at, what: 'finished', result: { n: 1 } }], [{ at, what: 'failed', error: { message: 'no' } }]])
})

t.test('a bad file stops the start with file, place and reason', async (t) => {
  const good = { 'svix/scenarios/success.json': SUCCESS }
  const table: Array<[Record<string, unknown>, RegExp]> = [
    [{ 'svix/tasks.json': '{"tasks":[' }, /svix\/tasks.json: .*JSON/],
    [{ 'svix/tasks.json': { tasks: [{ id: 'x' }] } }, /svix\/tasks.json at \/tasks\/0\/kind: /],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', colour: 1 }] } }, /at \/tasks\/0\/colour: Unexpected property, got 1/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k' }, { kind: 'k', scenario: 'nope' }] } }, /at \/tasks\/1\/scenario: no scenario is called "nope"; there are success/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', script: { steps: [{ at: '5 parsecs' }] } }] } }, /at \/tasks\/0\/script\/steps\/0\/at: expected a duration .* got "5 parsecs"/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', age: 'old' }] } }, /at \/tasks\/0\/age: expected a duration/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', createdAt: 'then' }] } }, /at \/tasks\/0\/createdAt: expected an RFC 3339 instant/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', createdAt: '2026-01-01T00:00:00Z', age: '1s' }] } }, /at \/tasks\/0\/age: expected either createdAt or age/],
    [{ 'svix/tasks.json': { tasks: [{ id: 'x', kind: 'k', count: 2 }] } }, /at \/tasks\/0\/count: several tasks can't share one id/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', scenario: 'success', script: { steps: [{ at: 0 }] } }] } }, /either script or scenario/],
    [{ 'svix/tasks.json': { tasks: [{ kind: 'k', finished: { at: '2026-01-01T00:00:00Z' }, failed: { at: '2026-01-01T00:00:00Z', error: { message: 'x' } } }] } }, /either finished or failed/],
    [{ 'svix/scenarios/bad.json': { summary: 'x', script: { steps: [{ at: 2 }, { at: 1 }] } } }, /scenarios\/bad.json at \/script\/steps\/1\/at: steps ascend/],
    [{ 'svix/scenarios/bad.json': { script: { steps: [{ at: 2 }] } } }, /scenarios\/bad.json at \/summary: /],
    [{ 'svix/scenarios/some.json': { summary: 'x', kinds: { echo: SUCCESS.script } }, 'svix/tasks.json': { tasks: [{ kind: 'k', scenario: 'some' }] } }, /at \/tasks\/0\/kind: the scenario some has no script for the kind "k"/],
  ]
  for (const [index, [files, message]] of table.entries()) {
    t.throws(() => loadFixtures([directory(t, `bad-${index}`, { ...good, ...files })], ['svix']), { name: 'FixtureError', message }, message.source)
  }
})

t.test('an API may ask for further files, of which the last directory\'s counts', async (t) => {
  const Apps = Type.Object({ apps: Type.Array(Type.String()) }, { additionalProperties: false })
  const files = new Map([['svix', { 'apps.json': Apps }]])
  const first = directory(t, 'a', { 'svix/scenarios/success.json': SUCCESS, 'svix/apps.json': { apps: ['a'] }, 'connect/apps.json': 'nobody reads this' })
  const second = directory(t, 'b', { 'svix/apps.json': { apps: ['b', 'c'] } })
  const read = (...directories: string[]): unknown => loadFixtures(directories, ['svix', 'connect'], files).get('svix')?.files?.get(Apps)
  t.same(read(first), { apps: ['a'] })
  t.same(read(first, second), { apps: ['b', 'c'] })
  t.same(read(second, directory(t, 'c', {})), { apps: ['b', 'c'] })
  t.equal(read(directory(t, 'c', {})), undefined, 'it may be absent')
  const bad = directory(t, 'd', { 'svix/apps.json': { apps: [1] }, 'svix/scenarios/apps.json': SUCCESS })
  t.throws(() => read(first, bad), { name: 'FixtureError', message: /svix\/apps\.json at \/apps\/0: Expected string, got 1/ })
  t.throws(() => { checkFixtureFile(join(bad, 'svix/apps.json'), first, ['svix'], files) }, { name: 'FixtureError', path: '/apps/0' }, 'and by the check of a single file')
  t.doesNotThrow(() => { checkFixtureFile(join(second, 'svix/apps.json'), first, ['svix'], files) })
  t.doesNotThrow(() => { checkFixtureFile(join(bad, 'svix/scenarios/apps.json'), first, ['svix'], files) }, 'a scenario may have the same name')
})

t.test('a directory that is not there, or a folder that no API reads, is refused', async (t) => {
  t.throws(() => requireLayout('/nowhere', ['svix']), { name: 'FixtureError', message: '/nowhere: no such directory' })
  const top = directory(t, 'a', { 'swix/tasks.json': { tasks: [] }, 'README.md': 'notes are welcome' })
  t.throws(() => requireLayout(top, ['svix', 'connect']), { name: 'FixtureError', message: /a\/swix: no API is called swix; there are svix, connect/ })
})

t.test('instants are RFC 3339 with a zone', async (t) => {
  t.equal(parseInstant('2026-11-22T12:00:00.1239Z'), Date.parse('2026-11-22T12:00:00.123Z'))
  t.equal(parseInstant('2026-11-22T13:00:00+01:00'), Date.parse('2026-11-22T12:00:00Z'))
  for (const bad of ['2026-11-22', '2026-11-22T12:00:00', '2026-13-22T12:00:00Z', 'now', '']) t.equal(parseInstant(bad), undefined, bad)
})

t.test('links may lead anywhere below the directory, as those of mounted volumes do, and nowhere else', async (t) => {
  const outside = directory(t, 'outside', { 'secret.json': { summary: 'Not yours.', script: SUCCESS.script }, 'tasks.json': { tasks: [] } })
  const linked = directory(t, 'linked', { '..data/one.json': SUCCESS, 'svix/scenarios/keep.txt': '', 'connect/scenarios/keep.txt': '' })
  symlinkSync('../../..data/one.json', join(linked, 'svix/scenarios/success.json'))
  const byLink = join(dirname(linked), 'by-link')
  symlinkSync(linked, byLink)
  t.same([...loadFixtures([byLink], ['svix']).get('svix')?.scenarios.keys() ?? []], ['success'])
  const leadsOut = { name: 'FixtureError', reason: /^the link leads out of / }
  const out = join(linked, 'connect/scenarios/out.json')
  symlinkSync(join(outside, 'secret.json'), out)
  t.throws(() => loadFixtures([linked], ['connect']), { ...leadsOut, file: out })
  t.throws(() => checkFixtureFile(out, linked, ['connect']), leadsOut)
  const tasks = join(linked, 'svix/tasks.json')
  symlinkSync('../../outside/tasks.json', tasks)
  t.throws(() => loadFixtures([linked], ['svix']), { ...leadsOut, file: tasks })
  // The name of one is the beginning of the other's.
  const neighbour = directory(t, 'outside-too', { 'svix/scenarios/keep.txt': '' })
  symlinkSync(join(neighbour, '../outside/secret.json'), join(neighbour, 'svix/scenarios/success.json'))
  t.throws(() => loadFixtures([neighbour], ['svix']), leadsOut)
  const loop = join(directory(t, 'loop', { 'svix/scenarios/keep.txt': '' }), 'svix/scenarios/success.json')
  symlinkSync('success.json', loop)
  t.throws(() => loadFixtures([join(loop, '../../..')], ['svix']), { name: 'FixtureError', reason: /ELOOP/ })
})

t.test('what comes with Pollux is what it must be, so that no start need check it', async (t) => {
  const names = registry.map(({ name }) => name)
  t.doesNotThrow(() => { loadFixtures([BUILT_IN_FIXTURES], names, fixtureFilesOf(registry)) })
  const bad = directory(t, 'bad-built-in', { 'svix/tasks.json': { tasks: 'none' } })
  t.throws(() => { loadFixtures([bad], names) }, { name: 'FixtureError', path: '/tasks' })
  t.throws(() => { loadFixtures([bad], names, new Map(), BUILT_IN_FIXTURES) }, { name: 'FixtureError', path: '/tasks' }, 'another directory is checked')
})
