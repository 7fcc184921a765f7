/** The same seed tells the same story, and the machine's clock has no say in it. */
import { createHash } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { startCli } from '../clients/cli.js'
import { controlOf } from '../control/control.js'
import { testWorld } from '../world.js'
import { makeThings, vendorCalls, type Send } from './vendor-calls.js'

const TASKS = 10_000
const PAGE = 1000
/** Tasks of one call of the control plane. */
const BATCH = 500

/** Starts so many tasks, by clients and by hand, under faults drawn by chance, polls each of them, and gives the digest of the whole journal. */
async function storyOf (t: Test, seed: number): Promise<{ digest: string, bytes: number, tasks: number }> {
  const world = await testWorld(t, { config: { seed, journalEntries: 100_000 } })
  const control = controlOf(world)
  const send: Send = async ({ method, url, headers, payload }) => {
    const reply = await world.app.inject({ method: method as 'GET', url, headers: { host: 'localhost', ...headers }, ...(payload === undefined ? {} : { payload }) }) // as: typed for the usual methods only
    return { status: reply.statusCode, body: reply.body }
  }
  const ids = await makeThings(send)
  const starts = vendorCalls(ids).filter(({ name }) => /POST .*(?:\/deploy|\/recover|\/broadcast|intents\/train|\/trainallflows|\/transfer|\/locker)$/.test(name))
  t.ok(starts.length > 6)
  await control('POST /faults', { match: { probability: 0.1 }, effect: { status: 429, retryAfter: '2s' } })
  await control('POST /faults', { match: { probability: 0.1 }, effect: { body: { set: { '/drawn': true } } } })
  const { simulator } = world.sandbox
  for (let round = 0; simulator.taskCount < TASKS; round++) {
    for (const start of starts) await send(start)
    if (round % 10 > 0) continue
    const api = ['connect', 'svix', 'cognigy', 'cloudcoin'][round / 10 % 4] ?? ''
    const { body } = await control('POST /tasks', { api, count: BATCH, scenario: 'flaky-502' })
    for (const { pollUrl } of body) await send({ method: 'GET', url: new URL(pollUrl).pathname, headers: { authorization: 'Key k', 'x-api-key': 'k' }, payload: undefined })
    await control('POST /clock/advance', { by: '300ms' })
  }
  const hash = createHash('sha256')
  let bytes = 0
  for (let after = 0; after < world.sandbox.journal.lastSeq; after += PAGE) {
    const { body } = await world.app.inject({ url: `/_pollux/journal?bodies=true&wall=false&limit=${PAGE}&after=${after}`, headers: { host: 'localhost' } })
    hash.update(body)
    bytes += body.length
  }
  return { digest: hash.digest('hex'), bytes, tasks: simulator.taskCount }
}

t.test('two runs over ten thousand tasks give byte-identical journals', async (t) => {
  const first = await storyOf(t, 1)
  t.ok(first.tasks >= TASKS && first.bytes > 5_000_000, JSON.stringify(first))
  t.same(await storyOf(t, 1), first)
})

/** Sets the clock that programs read back by an hour, on SIGUSR2. */
const SHIFTER = `
const real = Date.now
let shift = 0
class Shifted extends Date { constructor (...given) { given.length === 0 ? super(real() + shift) : super(...given) } static now () { return real() + shift } }
globalThis.Date = Shifted
process.on('SIGUSR2', () => { shift -= 3_600_000 })
`
const HOUR_MS = 3_600_000

t.test('a wall clock that is set back by an hour changes no poll', async (t) => {
  const shifter = join(t.testdir({}), 'shifter.mjs')
  writeFileSync(shifter, SHIFTER)
  const before = process.env['NODE_OPTIONS']
  process.env['NODE_OPTIONS'] = `--import ${shifter}`
  const cli = await startCli(t, '--speed', '5', '--log-requests').finally(() => {
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  })
  const ask = async (path: string, body?: object): Promise<any> => { // eslint-disable-line @typescript-eslint/no-explicit-any -- what it holds is what the test is about
    const reply = await fetch(`${cli.url}${path}`, { headers: { authorization: 'Key k', ...(body === undefined ? {} : { 'content-type': 'application/json' }) }, ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }) })
    return reply.json()
  }
  const { id, createdAt } = await ask('/_pollux/tasks', { api: 'connect', script: { steps: [{ at: 0, state: 'running' }, { at: '15s', output: ['half way'] }, { at: '20s', state: 'succeeded' }] } })
  const instants = [Date.parse((await ask('/_pollux/clock')).now)]
  const held = ask(`/__api__/v1/tasks/${id}?wait=4`)
  await ask(`/_pollux/tasks/${id}/wait?waiters=1`)
  const logged = (): number[] => cli.lines.map((line) => JSON.parse(line).time)
  cli.child.kill('SIGUSR2')
  // Only the log tells by the wall clock, and so that the clock is back.
  for (let nth = 0; nth < 200 && (logged().at(-1) ?? 0) > Date.now() - HOUR_MS / 2; nth++) {
    instants.push(Date.parse((await ask('/_pollux/clock')).now))
  }
  t.ok((logged().at(-1) ?? 0) < (logged()[0] ?? 0) - HOUR_MS / 2, 'the wall clock was set back')
  t.match(await held, { finished: false, last: 0 }, 'the held poll is answered when its time is over')
  const done = await ask(`/_pollux/tasks/${id}/wait?state=succeeded`)
  instants.push(Date.parse((await ask('/_pollux/clock')).now))
  t.equal(Date.parse(done.finishedAt) - Date.parse(createdAt), 20_000, 'the task takes as long as it takes')
  t.match(await ask(`/__api__/v1/tasks/${id}`), { finished: true, last: 1 })
  t.same(instants, [...instants].sort((a, b) => a - b), 'time never went back')
  t.ok((instants.at(-1) ?? 0) - (instants[0] ?? 0) < HOUR_MS / 2, 'nor did it leap')
  const { items } = await ask('/_pollux/journal')
  const polls = items.filter(({ operation, status }: { operation: string, status: number }) => operation === 'poll' && status === 200)
  t.equal(polls.length, 2)
  const waitedMs = (text: string): number => Number.parseFloat(text) * (text.endsWith('ms') ? 1 : 1000)
  t.ok(waitedMs(polls[0].waited) >= 4000 && waitedMs(polls[0].waited) < 15_000, `the held poll waited its 4 s: ${polls[0].waited}`)
  t.ok(polls.every(({ wallAt, durationMs }: { wallAt: string, durationMs: number }) => durationMs >= 0 && Math.abs(Date.parse(wallAt) - Date.now()) < HOUR_MS / 2), 'what is told of the machine goes by no clock that can be set')
})
