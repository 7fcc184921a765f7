/** Damaged snapshots: each import is refused whole and says where, or leaves a sandbox in which everything works. */
import t, { type Test } from 'tap'
import { createRandomStream } from '../../src/ids.js'
import { controlOf, type Control } from '../control/control.js'
import { testWorld, type TestWorld } from '../world.js'
import { damager } from './mutations.js'
import { makeThings, vendorCalls, type Send, type VendorCall } from './vendor-calls.js'

/** More of either finds more. */
const ROUNDS = Number(process.env['POLLUX_FUZZ_ROUNDS'] ?? 100)
const SEED = Number(process.env['POLLUX_FUZZ_SEED'] ?? 1)
const CALLS_PER_IMPORT = 12

function sendTo ({ app }: TestWorld): Send {
  return async ({ method, url, headers, payload }) => {
    const reply = await app.inject({ method: method as 'GET', url, headers: { host: 'localhost', ...headers }, ...(payload === undefined ? {} : { payload }) }) // as: typed for the usual methods only
    return { status: reply.statusCode, body: reply.body }
  }
}

/** A sandbox in which something of everything is under way, as a document, and the calls about it. */
async function busySnapshot (t: Test): Promise<{ text: string, calls: VendorCall[] }> {
  const world = await testWorld(t)
  const control = controlOf(world)
  const send = sendTo(world)
  const sandbox = 'busy'
  await control('POST /sandboxes', { name: sandbox, fixtures: false, clock: { mode: 'frozen' } })
  const at = { sandbox }
  await control('PUT /scenarios/own', { summary: 'Own', kinds: { deploy: { steps: [{ at: 0, state: 'running', output: ['a'], data: { x: 1 } }, { at: '10s', times: 3, every: '1s', output: ['line {n}'] }, { at: '20s', state: 'succeeded', result: { type: 'a', data: 1 } }] } }, like: 'success', faults: [{ match: { operation: 'poll' }, when: { every: 2 }, effect: { status: 429, retryAfter: '1s' } }] }, at)
  await control('PATCH /options', { svix: { profile: 'hosted', tokens: 'any' }, connect: { 'retention-seconds': 86_400 } }, at)
  const ids = await makeThings(send, `/sandbox/${sandbox}`)
  const calls = vendorCalls(ids, `/sandbox/${sandbox}`)
  // All starts, so that their effects are still to come.
  for (const call of calls) if (call.method !== 'DELETE') await send(call)
  await control('POST /next', { api: 'svix', scenario: 'failure', times: 3 }, at)
  for (const scenario of ['own', 'never-finishes']) await control('POST /tasks', { api: 'connect', scenario, label: 'made', parameters: { owner: 'ada' } }, at)
  await control('POST /tasks', { api: 'cognigy', id: 'polledpolledpolledpolled', script: { pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, progress: 0.5, output: ['x'] }, { at: 40, state: 'failed', error: { message: 'm', code: 5, details: {} } }] } }, at)
  for (const [verb, body] of [['output', { lines: ['y'] }], ['hold', {}], ['release', {}], ['step', {}]] as const) await control(`POST /tasks/polledpolledpolledpolled/${verb}`, body, at)
  for (const verb of ['cancel', 'finish', 'fail'] as const) {
    const { body: { id } } = await control('POST /tasks', { api: 'svix', kind: 'endpoint.recover', scenario: 'slow' }, at)
    await control(`POST /tasks/${id}/hold`, {}, at)
    await control('POST /clock/advance', { by: '10ms' }, at)
    await control(`POST /tasks/${id}/${verb}`, {}, at)
  }
  await control('POST /faults', { match: { operation: 'list', api: 'svix' }, when: { first: 5, probability: 0.5 }, effect: { delay: { median: '10ms', p99: '1s' }, body: { set: { '/data': [] } } }, times: 9 }, at)
  await control('POST /faults', { match: { path: '/nowhere/**', state: 'running', afterLine: 1 }, when: { from: '1s', until: '2026-12-01T00:00:00Z' }, effect: { truncateAt: 3 } }, at)
  const { status, body } = await control('GET /snapshot', undefined, at)
  t.equal(status, 200)
  for (const part of ['next', 'scripts', 'tasks', 'faults']) t.ok(body[part].length > 0, `there are ${part}`)
  t.same(Object.keys(body.resources).sort(), ['cloudcoin', 'cognigy', 'connect', 'svix'])
  for (const api of ['connect', 'cognigy', 'cloudcoin']) t.ok(body.tasks.some((task: { api: string, effect?: object }) => task.api === api && task.effect !== undefined), `tasks of ${api} are still to bring something about`)
  return { text: JSON.stringify(body), calls }
}

/** The calls that fail by Pollux's own fault: no rule struck them. */
async function failuresOf (world: TestWorld, calls: readonly VendorCall[]): Promise<string[]> {
  const send = sendTo(world)
  const failures: string[] = []
  const { journal } = world.sandboxes.get('busy')
  for (const call of calls) {
    // A fault may have broken the connection, which is what it was asked for.
    const reply = await send(call).catch(() => undefined)
    const last = [...journal.entries()].at(-1)
    if (reply !== undefined && reply.status >= 500 && last?.faults.length === 0) failures.push(`${call.name}: ${reply.status} ${reply.body.slice(0, 200)}`)
  }
  return failures
}

async function everythingWorks (world: TestWorld, control: Control, calls: readonly VendorCall[]): Promise<string[]> {
  const at = { sandbox: 'busy' }
  const odd: string[] = []
  const expectGood = async (call: Parameters<Control>[0], body?: unknown): Promise<void> => {
    const reply = await control(call, body, at)
    if (reply.status >= 500) odd.push(`${call}: ${reply.status} ${JSON.stringify(reply.body).slice(0, 200)}`)
  }
  // What waits or is delayed is then answered at once.
  await expectGood('PATCH /clock', { autoSkip: true })
  await expectGood('GET /tasks?limit=1000')
  await expectGood('GET /options')
  await expectGood('GET /scenarios?limit=1000')
  await expectGood('GET /faults')
  await expectGood('GET /next')
  await expectGood('GET /metrics')
  const { body } = await control('GET /tasks?limit=1000', undefined, at)
  for (const { id, api } of (body?.items ?? []).filter((_: unknown, index: number) => index % 5 === 0)) await expectGood(`GET /tasks/${encodeURIComponent(id)}?api=${api}`)
  odd.push(...await failuresOf(world, calls))
  await expectGood('POST /clock/advance', { by: '1h' })
  odd.push(...await failuresOf(world, calls))
  await expectGood('GET /snapshot')
  await expectGood('GET /report')
  return odd
}

t.test('a damaged snapshot changes nothing and says where, or leaves a sandbox in which everything works', async (t) => {
  const { text, calls } = await busySnapshot(t)
  const world = await testWorld(t)
  const control = controlOf(world)
  const at = { sandbox: 'busy' }
  t.equal((await control('PUT /snapshot', text, at)).status, 200, 'undamaged, it is good')
  t.same(await everythingWorks(world, control, calls), [])
  const random = createRandomStream(SEED, 'calls', 'of a sandbox')
  const draw = damager(text, SEED)
  const counts = { refused: 0, taken: 0 }
  await control('PUT /snapshot', text, at)
  let before = JSON.stringify((await control('GET /snapshot', undefined, at)).body)
  for (let round = 0; round < ROUNDS; round++) {
    const { damaged, what } = draw()
    const { status, body } = await control('PUT /snapshot', damaged, at)
    if (status === 200) {
      counts.taken++
      const some = counts.taken % 25 === 1 ? calls : Array.from({ length: CALLS_PER_IMPORT }, () => calls[random.below(calls.length)]).flatMap((call) => call ?? [])
      const odd = await everythingWorks(world, control, some)
      if (odd.length > 0) t.fail(`${what}: ${odd.slice(0, 3).join(' | ')}`)
      await control('PUT /snapshot', text, at)
      before = JSON.stringify((await control('GET /snapshot', undefined, at)).body)
    } else {
      counts.refused++
      const paths: string[] = (body?.errors ?? []).map(({ path }: { path: string }) => path)
      if (status >= 500 || status < 400 || !paths.some((path) => path.startsWith('/'))) t.fail(`${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`)
      const after = JSON.stringify((await control('GET /snapshot', undefined, at)).body)
      if (after !== before) t.fail(`${what}: refused with ${JSON.stringify(body).slice(0, 200)}, but changed something`)
    }
  }
  t.comment(JSON.stringify(counts))
  t.ok(counts.refused > ROUNDS / 10 && counts.taken > ROUNDS / 10, 'both came about')
})

t.test('an effect that no task of its API could bear is refused with the snapshot', async (t) => {
  const { text } = await busySnapshot(t)
  const control = controlOf(await testWorld(t))
  for (const api of ['connect', 'cognigy', 'cloudcoin', 'svix']) {
    for (const effect of [{}, { content: 1, bundle: 'x', activates: 0 }, { adds: 'snapshot', item: {} }, { what: 'transfer', from: 'Default' }, { what: 'nothing' }]) {
      const snapshot = JSON.parse(text)
      const index = snapshot.tasks.findIndex((task: { api: string }) => task.api === api)
      snapshot.tasks[index].effect = effect
      const { status, body } = await control('PUT /snapshot', snapshot, { sandbox: 'copy' })
      t.equal(status, 400, `${api}: ${JSON.stringify(effect)}`)
      t.match(body.errors?.[0]?.path, new RegExp(`^/tasks/${index}/effect`))
    }
  }
})
