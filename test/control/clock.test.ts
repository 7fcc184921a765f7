/** `/clock`: simulated time, moved by a test. */
import { Agent, get } from 'node:http'
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

t.test('the clock tells its time, its mode and what is due next', async (t) => {
  const control = controlOf(await testWorld(t))
  await control('POST /sandboxes', { name: 'bare', fixtures: false })
  t.strictSame((await control('GET /clock', undefined, { sandbox: 'bare' })).body, { now: '2026-11-22T12:00:00.000Z', mode: 'frozen', speed: 1, autoSkip: false, heldPolls: 0, nextChangeAt: null })
  await control('POST /tasks', { api: 'connect', script: { steps: [{ at: '90s', state: 'running' }] } }, { sandbox: 'bare' })
  t.equal((await control('GET /clock', undefined, { sandbox: 'bare' })).body.nextChangeAt, '2026-11-22T12:01:30.000Z')
})

t.test('freeze, resume and changes of speed are told, and refused where they change nothing', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('POST /clock/resume'), { status: 200, body: { mode: 'running' } })
  t.match(await control('POST /clock/resume'), { status: 409, body: { detail: 'The clock is running already.' } })
  t.match(await control('POST /clock/freeze'), { status: 200, body: { mode: 'frozen' } })
  t.match(await control('POST /clock/freeze'), { status: 409, body: { detail: 'The clock is frozen already.' } })
  t.match(await control('PATCH /clock', { speed: 60, autoSkip: true }), { status: 200, body: { speed: 60, autoSkip: true } })
  t.equal((await control('PATCH /clock', {})).status, 400)
})

t.test('time advances by, to, until the next change, and until nothing is due', async (t) => {
  const control = controlOf(await testWorld(t))
  await control('POST /sandboxes', { name: 'bare', fixtures: false })
  const bare = { sandbox: 'bare' }
  await control('POST /tasks', { api: 'connect', count: 2, script: { steps: [{ at: 0, state: 'running' }, { at: '10s', progress: 0.5 }, { at: '20m', state: 'succeeded' }] } }, bare)
  const advance = async (body: unknown): Promise<unknown> => (await control('POST /clock/advance', body, bare)).body
  t.strictSame(await advance({ by: '1.5s' }), { now: '2026-11-22T12:00:01.500Z', changed: 0, answered: 0 })
  t.strictSame(await advance({ by: 500 }), { now: '2026-11-22T12:00:02.000Z', changed: 0, answered: 0 })
  t.strictSame(await advance({ until: 'next' }), { now: '2026-11-22T12:00:10.000Z', changed: 2, answered: 0 })
  t.strictSame(await advance({ to: '2026-11-22T13:01:00+01:00' }), { now: '2026-11-22T12:01:00.000Z', changed: 0, answered: 0 })
  t.strictSame(await advance({ until: 'idle', max: '1m' }), { now: '2026-11-22T12:02:00.000Z', changed: 0, answered: 0 })
  t.strictSame(await advance({ until: 'idle' }), { now: '2026-11-22T12:20:00.000Z', changed: 2, answered: 0 })
  t.strictSame(await advance({ until: 'idle' }), { now: '2026-11-22T12:20:00.000Z', changed: 0, answered: 0 })
  t.match(await control('POST /clock/advance', { until: 'next' }, bare), { status: 409, body: { detail: /Nothing is due/ } })
})

t.test('an advance that can\'t be is refused with the reason', async (t) => {
  const control = controlOf(await testWorld(t))
  const refusal = async (body: unknown): Promise<{ status: number, detail: string }> => {
    const { status, body: { detail } } = await control('POST /clock/advance', body)
    return { status, detail }
  }
  t.match(await refusal({}), { status: 400, detail: /exactly one of by, to and until/ })
  t.match(await refusal({ by: '1s', until: 'next' }), { status: 400, detail: /exactly one/ })
  t.match(await refusal({ by: '1s', max: '2s' }), { status: 400, detail: /\/max: goes with until only/ })
  for (const by of ['1', '1 s', '-1s', '1e3s', -5, '1w', '']) t.match(await refusal({ by }), { status: 400, detail: /\/by: expected a duration such as "200ms", "1\.5s", "2m", "1h", "3d" or a number of milliseconds/ }, String(by))
  t.match(await refusal({ by: null }), { status: 400, detail: /\/by/ })
  t.match(await refusal({ to: 'tomorrow' }), { status: 400, detail: /RFC 3339/ })
  t.match(await refusal({ to: '2026-11-22T11:59:59Z' }), { status: 409, detail: /Time never goes back: it is 2026-11-22T12:00:00.000Z already/ })
  t.match(await refusal({ until: 'never' }), { status: 400, detail: /next or idle/ })
})

t.test('advance returns after the five hundred polls that it released have their replies', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { url } = await world.listen()
  const { body: { id } } = await control('POST /tasks', { api: 'connect', script: { steps: [{ at: 0, state: 'running' }, { at: '10m', state: 'succeeded' }] } })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => { agent.destroy() })
  let replies = 0
  const bodies: Array<Promise<string>> = []
  for (let i = 0; i < 500; i++) {
    bodies.push(new Promise((resolve, reject) => {
      get(`${url}/__api__/v1/tasks/${String(id)}?wait=20`, { agent, headers: { authorization: 'Key k' } }, (response) => {
        let body = ''
        response.setEncoding('utf8').on('data', (chunk: string) => { body += chunk }).on('end', () => {
          replies++
          resolve(body)
        })
      }).on('error', reject)
    }))
  }
  t.equal((await control(`GET /tasks/${String(id)}/wait?waiters=500`)).body.waiters, 500)
  t.strictSame((await control('POST /clock/advance', { by: '20s' })).body.answered, 500)
  // The server has sent them all; what is still on its way to this very process arrives within some turns.
  t.match(await Promise.all(bodies), Array(500).fill(/"finished":false/))
  t.equal(replies, 500)
  t.equal(world.sandbox.simulator.heldPollCount, 0)
})

t.test('ten minutes of polling every twenty seconds pass without one of them being waited for', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const { body: { id } } = await control('POST /tasks', { api: 'connect', script: { steps: [{ at: 0, state: 'running' }, { at: '10m', state: 'succeeded' }] } })
  await control('PATCH /clock', { autoSkip: true })
  const startedAt = world.sandbox.clock.now()
  const begun = process.hrtime.bigint()
  let polls = 0
  for (let isFinished = false; !isFinished; polls++) {
    const reply = await world.app.inject({ url: `/__api__/v1/tasks/${String(id)}?wait=20`, headers: { authorization: 'Key k' } })
    isFinished = JSON.parse(reply.body).finished
  }
  t.equal(polls, 30)
  t.equal(world.sandbox.clock.now() - startedAt, 600_000)
  t.ok(process.hrtime.bigint() - begun < 10_000_000_000n, 'in far less than the time that passed')
})

t.test('with auto-skip a poll on a task that never finishes is answered after its twenty simulated seconds', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  await control('PATCH /clock', { autoSkip: true })
  const reply = await world.app.inject({ url: '/__api__/v1/tasks/PolluxNeverEnds0?wait=20', headers: { authorization: 'Key k' } })
  t.match(JSON.parse(reply.body), { finished: false })
  t.equal((await control('GET /clock')).body.now, '2026-11-22T12:00:20.000Z')
})

t.test('a poll that waits survives the calls of the control plane', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const poll = world.app.inject({ url: '/__api__/v1/tasks/PolluxDeployOk01?wait=20', headers: { authorization: 'Key k' } })
  t.equal((await control('GET /tasks/PolluxDeployOk01/wait?waiters=1')).status, 200)
  await control('POST /clock/resume')
  await control('POST /clock/freeze')
  await control('PATCH /clock', { speed: 5 })
  await control('POST /tasks/PolluxDeployOk01/hold')
  await control('POST /tasks/PolluxDeployOk01/release')
  await control('PATCH /options', { connect: { 'wait-wakes-on': 'finish' } })
  await control('POST /tasks', { api: 'connect' })
  t.equal((await control('GET /clock')).body.heldPolls, 1)
  await control('POST /clock/advance', { by: '1h' })
  t.match(JSON.parse((await poll).body), { finished: true })
})
