/** The scenarios that come with this API (cognigy contract, 9.3 to 9.5). */
import t from 'tap'
import { cognigy } from '../../../src/apis/cognigy/index.js'
import type { TestWorld } from '../../world.js'
import { cognigyWorld, getJson, KEY } from './support.js'

function start ({ sandbox }: TestWorld, kind: string, scenario?: string): string {
  return sandbox.startTask({ api: 'cognigy', kind, scenario }).task.id
}

const DURATIONS: Record<string, number> = {
  createSnapshot: 4, packageSnapshot: 2, restoreSnapshot: 6, trainIntents: 5, createPackageNFS: 3, extractPackage: 2, mergePackage: 4, runPlaybook: 3, uploadExtension: 3, importIntoLexicon: 2, processKnowledgeSourceFile: 6,
}

for (const kind of cognigy.kinds) {
  const seconds = DURATIONS[kind] ?? 2
  t.test(`${kind} is active at once, moves at every quarter and is done after ${seconds} s`, async (t) => {
    const world = await cognigyWorld(t)
    const id = start(world, kind)
    for (const [quarter, step] of [0, 25, 50, 75, 100].entries()) {
      if (quarter > 0) {
        await world.sandbox.clock.advance(seconds * 250 - 1)
        t.match(await getJson(world, `/v2.0/tasks/${id}`), { name: kind, status: 'active', currentStep: step - 25 })
        await world.sandbox.clock.advance(1)
      }
      t.match(await getJson(world, `/v2.0/tasks/${id}`), { status: quarter === 4 ? 'done' : 'active', currentStep: step, totalStep: 100, failReason: '' })
    }
  })
}

const FAIL_REASONS: Record<string, string> = {
  trainIntents: 'NLU training failed: not enough example sentences',
  extractPackage: 'The uploaded package could not be read',
  uploadExtension: 'The extension package is missing a module entry point',
  processKnowledgeSourceFile: 'The file type is not supported',
  runPlaybook: 'The flow or locale of the playbook no longer exists',
}

t.test('failure ends each kind half-way, with its own reason', async (t) => {
  const world = await cognigyWorld(t)
  for (const kind of cognigy.kinds) {
    const id = start(world, kind, 'failure')
    const halfMs = (DURATIONS[kind] ?? 2) * 500
    await world.sandbox.clock.advance(halfMs - 1)
    t.match(await getJson(world, `/v2.0/tasks/${id}`), { status: 'active', currentStep: 25 }, kind)
    await world.sandbox.clock.advance(1)
    t.match(await getJson(world, `/v2.0/tasks/${id}`), { status: 'error', currentStep: 50, failReason: FAIL_REASONS[kind] ?? 'Task failed' }, kind)
  }
})

t.test('fail-first is in error at its first poll', async (t) => {
  const world = await cognigyWorld(t)
  for (const kind of cognigy.kinds) {
    t.match(await getJson(world, `/v2.0/tasks/${start(world, kind, 'fail-first')}`), { status: 'error', currentStep: 0, failReason: FAIL_REASONS[kind] ?? 'Task failed' })
  }
})

const courses: ReadonlyArray<readonly [scenario: string, kind: string, course: ReadonlyArray<readonly [seconds: number, expected: object]>]> = [
  ['queued-first', 'trainIntents', [[0, { status: 'queued', lastRunAt: null }], [2.999, { status: 'queued' }], [3, { status: 'active', currentStep: 0, lastRunAt: '2026-11-22T12:00:03.000Z' }], [5, { status: 'done' }]]],
  ['slow', 'createSnapshot', [[0, { status: 'active' }], [149.999, { status: 'active', currentStep: 75 }], [150, { status: 'done' }]]],
  ['never-finishes', 'createSnapshot', [[0, { status: 'active', currentStep: 0 }], [1_000_000_000, { status: 'active', currentStep: 75 }]]],
  ['cancelled-outside', 'trainIntents', [[1.999, { status: 'active' }], [2, { status: 'cancelling', currentStep: 25, lastFinishedAt: null }], [2.999, { status: 'cancelling' }], [3, { status: 'cancelled', currentStep: 25, lastFinishedAt: '2026-11-22T12:00:03.000Z' }]]],
  ['stuck-cancelling', 'trainIntents', [[1.999, { status: 'active' }], [2, { status: 'cancelling', currentStep: 25 }], [1_000_000, { status: 'cancelling' }]]],
  ['full-but-active', 'mergePackage', [[0, { status: 'active', currentStep: 0 }], [1, { status: 'active', currentStep: 100, totalStep: 100 }], [2.999, { status: 'active' }], [3, { status: 'done' }]]],
  ['zero-steps', 'mergePackage', [[0, { status: 'active', currentStep: 0, totalStep: 0 }], [2, { status: 'done', currentStep: 0, totalStep: 0 }]]],
  ['snapshot-limit', 'createSnapshot', [[0, { status: 'active' }], [1, { status: 'error', failReason: /Limit of allowed Snapshots/ }]]],
  ['in-use', 'deleteSnapshot', [[0, { status: 'active' }], [1, { status: 'error', failReason: /attached to an endpoint/ }]]],
  ['not-cancellable', 'processKnowledgeSourceFile', [[0, { status: 'active' }], [6, { status: 'done' }]]],
]

for (const [scenario, kind, course] of courses) {
  t.test(`${scenario} takes its course`, async (t) => {
    const world = await cognigyWorld(t)
    const id = start(world, kind, scenario)
    let now = 0
    for (const [seconds, expected] of course) {
      await world.sandbox.clock.advance(Math.round((seconds - now) * 1000))
      now = seconds
      t.match(await getJson(world, `/v2.0/tasks/${id}`), expected, `after ${seconds} s`)
    }
  })
}

t.test('stuck-cancelling and not-cancellable outlast a cancel', async (t) => {
  const world = await cognigyWorld(t)
  const [stuck, deaf] = [start(world, 'trainIntents', 'stuck-cancelling'), start(world, 'trainIntents', 'not-cancellable')]
  for (const id of [stuck, deaf]) t.equal((await world.app.inject({ method: 'POST', url: `/v2.0/tasks/${id}/cancel`, headers: KEY })).statusCode, 204)
  await world.sandbox.clock.advance(10_000)
  t.equal((await getJson(world, `/v2.0/tasks/${stuck}`))['status'], 'cancelling')
  t.equal((await getJson(world, `/v2.0/tasks/${deaf}`))['status'], 'done')
})
