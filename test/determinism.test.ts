/** The same seed and the same calls give the same bytes. */
import t, { type Test } from 'tap'
import { controlOf } from './control/control.js'
import { testWorld } from './world.js'

/** Polls, lists, faults drawn by chance and held polls on all APIs; returns the journal as it is served. */
async function journalOf (t: Test, seed: number): Promise<string> {
  const world = await testWorld(t, { config: { seed, journalEntries: 5000 } })
  const control = controlOf(world)
  await control('POST /faults', { match: { probability: 0.2 }, effect: { status: 503, retryAfter: '2s' } })
  await control('POST /faults', { match: { operation: 'poll' }, when: { probability: 0.3 }, effect: { delay: { median: '200ms', p99: '2s' } } })
  const headers = { authorization: 'Key k', 'x-api-key': 'k' }
  const paths: Record<string, (id: string) => string> = {
    connect: (id) => `/__api__/v1/tasks/${id}?wait=5`,
    svix: (id) => `/api/v1/background-task/${id}/`,
    cognigy: (id) => `/v2.0/tasks/${id}`,
    cloudcoin: (id) => `/api/v1/task/${id}`,
  }
  for (let round = 0; round < 60; round++) {
    for (const [api, path] of Object.entries(paths)) {
      const { body: { id } } = await control('POST /tasks', { api, scenario: round % 2 === 0 ? 'success' : 'failure' })
      for (const url of [path(id), path(id), path('unknown'), '/api/v1/background-task/?limit=3', '/v2.0/tasks?limit=3']) {
        const reply = world.app.inject({ url, headers })
        const progress = { isAnswered: false }
        void reply.then(() => { progress.isAnswered = true })
        // What waits, or is delayed, needs its time.
        for (let turn = 0; turn < 20 && !progress.isAnswered; turn++) await new Promise((resolve) => { setImmediate(resolve) })
        while (!progress.isAnswered) await control('POST /clock/advance', { by: '500ms' })
      }
    }
    await control('POST /clock/advance', { by: '1s' })
  }
  const { body } = await world.app.inject({ url: '/_pollux/journal?bodies=true&wall=false&limit=1000', headers: { host: 'localhost' } })
  t.equal(JSON.parse(body).items.length, 1000)
  return body
}

t.test('two runs give byte-identical journals, instants, ids and faults included', async (t) => {
  const first = await journalOf(t, 1)
  t.ok(await journalOf(t, 1) === first, 'byte by byte')
  t.ok(/"fault":1/.test(first) && /"fault":2/.test(first), 'faults among them')
  t.notOk(await journalOf(t, 2) === first, 'another seed tells another story')
})
