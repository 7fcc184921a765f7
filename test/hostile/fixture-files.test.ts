/** Damaged fixture and scenario files: each is refused with file, place and reason, or makes a server in which everything works. */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkFixtureFile, FixtureError, loadFixtures, requireLayout } from '../../src/fixtures.js'
import { VALIDATE } from '../../src/commands/validate.js'
import { BUILT_IN_FIXTURES, fixtureFilesOf, registry } from '../../src/server.js'
import { controlOf } from '../control/control.js'
import { testWorld } from '../world.js'
import { damager } from './mutations.js'

/** More of them find more. */
const ROUNDS = Number(process.env['POLLUX_FUZZ_ROUNDS'] ?? 100)
const SEED = Number(process.env['POLLUX_FUZZ_SEED'] ?? 1)
const APIS = registry.map(({ name }) => name)
const FILES = fixtureFilesOf(registry)

const TASKS = {
  tasks: [
    { id: 'FixtureTask00001', kind: 'deploy', label: 'l', age: '1h', scenario: 'mine', parameters: { owner: 'ada' } },
    { kind: 'deploy', createdAt: '2026-01-01T00:00:00Z', count: 3, every: '1s', script: { steps: [{ at: 0, state: 'running', output: ['a'] }, { at: '1s', times: 3, every: '100ms', progress: 0.5, output: ['{n}'], data: { x: 1 }, stepCounts: { current: 1, total: 2 } }, { at: '2s', state: 'succeeded', result: { type: 'x', data: 1 } }], cancelAfter: '2s', expireAfter: '30d' } },
    { id: 'FixtureTask00002', kind: 'render', wire: { output: ['w'], code: 3 }, finished: { at: '2026-01-01T00:00:00Z', result: { a: 1 } } },
    { id: 'FixtureTask00003', kind: 'render', failed: { at: '2026-01-01T00:00:00Z', error: { message: 'm', code: 1, details: [] } } },
    { id: 'FixtureTask00004', kind: 'deploy', script: { pace: 'polls', steps: [{ at: 0, state: 'queued' }, { at: 2, state: 'running' }, { at: 4, state: 'failed', error: { message: 'm' } }], cancellable: false, unchecked: true } },
  ],
}
const SCENARIO = { summary: 's', exposes: 'e', apis: ['connect'], like: 'success', kinds: { deploy: { steps: [{ at: 0, state: 'running' }, { at: '5s', state: 'succeeded' }] } }, faults: [{ match: { operation: 'poll', afterLine: 1 }, when: { nthCall: [1, 3], from: '1s', until: '1m' }, effect: { delay: { median: '10ms', p99: '1s' }, body: { set: { '/code': 1 }, remove: ['/last'] } }, times: 2 }] }

function layOut (top: string, tasks: string, scenario: string): void {
  mkdirSync(join(top, 'connect', 'scenarios'), { recursive: true })
  writeFileSync(join(top, 'connect', 'tasks.json'), tasks)
  writeFileSync(join(top, 'connect', 'scenarios', 'mine.json'), scenario)
}

/** The error of what it runs; undefined when there is none. */
function errorOf (run: () => unknown): unknown {
  try {
    run()
    return undefined
  } catch (error) {
    return error
  }
}

/** Every task of the fixtures polled, listed and explained, now and an hour later. */
async function failures (t: Test, fixtures: string): Promise<string[]> {
  const world = await testWorld(t, { config: { fixtures } })
  const control = controlOf(world)
  const failed: string[] = []
  world.sandbox.clock.setAutoSkip(true)
  for (let pass = 0; pass < 2; pass++) {
    for (const { id } of world.sandbox.simulator.tasks()) {
      const [poll, told] = [await world.app.inject({ url: `/__api__/v1/tasks/${encodeURIComponent(id)}`, headers: { authorization: 'Key k' } }).catch(() => undefined), await control(`GET /tasks/${encodeURIComponent(id)}`)]
      const struck = ([...world.sandbox.journal.entries()].at(-1)?.faults.length ?? 0) > 0
      if (poll !== undefined && poll.statusCode >= 500 && !struck) failed.push(`the poll of ${id}: ${poll.body.slice(0, 200)}`)
      if (told.status >= 500) failed.push(`the explanation of ${id}: ${told.status}`)
    }
    const { status } = await control('GET /snapshot')
    if (status >= 500) failed.push(`the snapshot: ${status}`)
    await world.sandbox.clock.advance(3_600_000)
  }
  await world.close()
  return failed
}

for (const [what, document] of [['tasks', TASKS], ['a scenario', SCENARIO]] as const) {
  t.test(`damaged files of ${what}`, async (t) => {
    const top = join(t.testdir({}), 'fixtures')
    const draw = damager(JSON.stringify(document), SEED)
    const counts = { refused: 0, taken: 0 }
    for (let round = 0; round < ROUNDS; round++) {
      const { damaged, what: damage } = draw()
      // Sometimes it isn't even JSON.
      const text = round % 10 === 9 ? damaged.slice(0, damaged.length * (round % 7) / 7) : damaged
      layOut(top, document === TASKS ? text : JSON.stringify(TASKS), document === TASKS ? JSON.stringify(SCENARIO) : text)
      const file = join(top, 'connect', ...document === TASKS ? ['tasks.json'] : ['scenarios', 'mine.json'])
      const onStart = errorOf(() => loadFixtures([BUILT_IN_FIXTURES, top], APIS, FILES))
      const onCheck = errorOf(() => checkFixtureFile(file, BUILT_IN_FIXTURES, APIS, FILES))
      if (onStart === undefined) {
        counts.taken++
        // Every world costs a server: some of them speak for all.
        if (counts.taken % 6 === 1) for (const failure of await failures(t, top)) t.fail(`${damage}: ${failure}`)
      } else {
        counts.refused++
        if (!(onStart instanceof FixtureError) || onStart.reason === '' || !onStart.file.startsWith(top)) t.fail(`${damage}: ${String(onStart)}`)
        else if (onStart.path !== '' && !onStart.path.startsWith('/')) t.fail(`${damage}: no place: ${onStart.path}`)
        if (onCheck === undefined && onStart instanceof FixtureError && onStart.file === file) t.fail(`${damage}: only a start finds it: ${onStart.message}`)
      }
      if (onCheck !== undefined && !(onCheck instanceof FixtureError)) t.fail(`${damage}: ${String(onCheck)}`)
    }
    t.comment(JSON.stringify(counts))
    t.ok(counts.refused > ROUNDS / 10 && counts.taken > ROUNDS / 10, 'both came about')
  })
}

t.test('whatever lies where a file or a folder should be is told by name', async (t) => {
  const top = join(t.testdir({}), 'fixtures')
  const anew = (): void => {
    rmSync(top, { recursive: true, force: true })
    layOut(top, JSON.stringify(TASKS), JSON.stringify(SCENARIO))
  }
  const messes: ReadonlyArray<readonly [string, () => void]> = [
    ['a folder in the place of tasks.json', () => { rmSync(join(top, 'connect/tasks.json')); mkdirSync(join(top, 'connect/tasks.json')) }],
    ['a folder in the place of a scenario', () => { mkdirSync(join(top, 'connect/scenarios/x.json')) }],
    ['a file in the place of the scenarios', () => { rmSync(join(top, 'connect/scenarios'), { recursive: true }); writeFileSync(join(top, 'connect/scenarios'), '') }],
    ['a file in the place of an API', () => { rmSync(join(top, 'connect'), { recursive: true }); writeFileSync(join(top, 'connect'), '') }],
    ['bytes that are no text', () => { writeFileSync(join(top, 'connect/tasks.json'), Buffer.from([0xff, 0xfe, 0x00, 0x7b])) }],
    ['an empty file', () => { writeFileSync(join(top, 'connect/tasks.json'), '') }],
    ['nesting beyond all measure', () => { writeFileSync(join(top, 'connect/tasks.json'), `{"tasks":[{"kind":"k","parameters":{"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}}]}`) }],
    ['a link to itself', () => { symlinkSync('y.json', join(top, 'connect/scenarios/y.json')) }],
  ]
  for (const [name, mess] of messes) {
    anew()
    mess()
    const error = errorOf(() => {
      requireLayout(top, APIS)
      loadFixtures([BUILT_IN_FIXTURES, top], APIS, FILES)
    })
    t.match(error, { name: 'FixtureError', file: new RegExp(`^${top}`), reason: /./ }, `${name}: ${String(error).slice(0, 200)}`)
    const verdicts = await VALIDATE.actions['']?.run({ args: [top], options: {}, client: undefined } as never) // as: it looks at nothing but the files
    t.ok(verdicts !== undefined, `${name}: and a check ends with a verdict`)
  }
})

t.test('the built-in fixtures pass the same judges', async (t) => {
  const top = join(t.testdir({}), 'fixtures')
  cpSync(BUILT_IN_FIXTURES, top, { recursive: true })
  rmSync(join(top, 'README.md'))
  t.equal(errorOf(() => loadFixtures([top], APIS, FILES)), undefined)
  const files = readdirSync(top, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.json'))
  t.ok(files.length > 100)
  for (const name of files) t.equal(errorOf(() => { checkFixtureFile(join(top, name), BUILT_IN_FIXTURES, APIS, FILES) }), undefined, name)
})
