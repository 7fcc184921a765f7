/** The package as its users have it: by its name, from a tarball, and by its types. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'
import t from 'tap'
import { OWN_PROCESS } from './server.js'

/** A test as a user writes it. */
const PROGRAM = `
import assert from 'node:assert/strict'
import { startPollux } from 'pollux'

const pollux = await startPollux({ clock: 'frozen' })
const task = await pollux.tasks.create({ api: 'connect', scenario: 'success' })
const reply = fetch(\`\${task.pollUrl}?wait=20\`, { headers: { authorization: 'Key any' } })
await pollux.tasks.wait(task, { waiters: 1 })
await pollux.clock.advance('20s')
assert.equal((await (await reply).json()).finished, true)
assert.equal((await pollux.report()).verdict, 'pass')
await pollux.close()
`

const CONSUMER = `
import { connectPollux, PolluxError, startPollux, type Task } from 'pollux'

await using pollux = await startPollux({ seed: 7, clock: 'frozen', startAt: '2026-11-22T12:00:00Z', logLevel: 'silent', set: { svix: { profile: 'hosted' } } })
const task: Task = await pollux.tasks.create({ api: 'svix', script: { steps: [{ at: '5s', state: 'succeeded' }] } })
const many: Task[] = await pollux.tasks.create({ api: 'svix', count: 3 })
const state: 'queued' | 'running' | 'cancelling' | 'succeeded' | 'failed' | 'cancelled' = (await pollux.tasks.finish(task)).state
const now: string = (await pollux.clock.advance('20s')).now
const base: string = pollux.urls.connect
await using sandbox = await connectPollux(pollux.url, { token: 'secret' }).sandbox({ clock: { mode: 'frozen' } })
await sandbox.faults.add({ match: { operation: 'poll' }, effect: { status: 429, retryAfter: '2s' } })
await sandbox.reportRules.set({ 'busy-loop': { minGap: '50ms', severity: 'error' } })
const status: number | undefined = await sandbox.tasks.get('x').catch((error: unknown) => error instanceof PolluxError ? error.status : undefined) as number | undefined
console.log(task, many, state, now, base, status)
// @ts-expect-error no such setting
await startPollux({ prot: 1 })
// @ts-expect-error no such state
if (task.state === 'done') console.log()
// @ts-expect-error no such effect
await pollux.faults.add({ effect: { explode: true } })
// @ts-expect-error no such API
console.log(pollux.urls.nobody)
// @ts-expect-error an API is needed
await pollux.tasks.create({ scenario: 'success' })
`

async function run (program: string, cwd: string): Promise<{ code: number | null, errors: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  return { code, errors }
}

/** A directory outside of this one with nothing but the packed package installed. */
function install (t: Test): string {
  const home = mkdtempSync(join(tmpdir(), 'pollux-package-'))
  t.teardown(() => { rmSync(home, { recursive: true, force: true }) })
  const must = (command: string, ...args: string[]): string => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  // The build is there; packing with scripts would take it away from tests that run beside this one.
  must(process.execPath, '.build/declarations.js')
  const [packed] = JSON.parse(must('npm', 'pack', '--ignore-scripts', '--json', '--pack-destination', home)) as ReadonlyArray<{ filename: string }>
  const target = join(home, 'node_modules', 'pollux')
  mkdirSync(target, { recursive: true })
  must('tar', '-xzf', join(home, packed?.filename ?? ''), '-C', target, '--strip-components=1')
  writeFileSync(join(home, 'package.json'), '{"type":"module"}')
  return home
}

t.test('a test in the process of Node runs by the name of the package, ends by itself, and can fail', OWN_PROCESS, async (t) => {
  t.same(await run(PROGRAM, '.'), { code: 0, errors: '' })
  t.match(await run(PROGRAM.replace("'success'", "'never-finishes'"), '.'), { code: 1, errors: /AssertionError/ })
})

t.test('the README\'s three-line test runs as printed, and can fail', OWN_PROCESS, async (t) => {
  const programs = [...readFileSync('README.md', 'utf8').matchAll(/^```(?:js|mjs)\n(.*?)^```$/gms)].flatMap(([, text = '']) => text.includes("from 'pollux'") ? [text] : [])
  t.equal(programs.length, 1)
  const [program = ''] = programs
  t.match(program.trim().split('\n'), [/^import /, ...Array<RegExp>(3).fill(/./)])
  t.same(await run(program, '.'), { code: 0, errors: '' })
  t.match((await run(program.replace("'20s'", "'1s'"), '.')).errors, /Assertion failed/)
})

t.test('the packed package stands alone: it runs, and its types are precise', OWN_PROCESS, async (t) => {
  const home = install(t)
  t.same(await run(PROGRAM, home), { code: 0, errors: '' })
  const { status, stdout } = spawnSync(process.execPath, [join(home, 'node_modules/pollux/dist/cli.js'), '--version'], { encoding: 'utf8' })
  t.equal(status, 0)
  t.match(stdout, /^\d+\.\d+\.\d+\n$/)
  writeFileSync(join(home, 'consumer.ts'), CONSUMER)
  // A console is all that the program needs of its surroundings.
  writeFileSync(join(home, 'console.d.ts'), 'declare const console: { log (...values: unknown[]): void }')
  writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ compilerOptions: { noEmit: true, strict: true, exactOptionalPropertyTypes: true, target: 'es2022', lib: ['es2022'], module: 'nodenext', types: [] }, files: ['consumer.ts', 'console.d.ts'] }))
  const check = spawnSync(process.execPath, [resolve('node_modules/typescript/bin/tsc'), '-p', home], { encoding: 'utf8' })
  t.equal(check.stdout, '')
  t.equal(check.status, 0)
})
