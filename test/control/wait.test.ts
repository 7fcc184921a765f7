/** `/tasks/{id}/wait`: a test learns when its client hangs, or its task is as it needs it. */
import { get } from 'node:http'
import t from 'tap'
import { testWorld } from '../world.js'
import { controlOf } from './control.js'

t.test('it answers at once when the conditions hold already', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('GET /tasks/PolluxDeployOk01/wait?state=running&polls=0&waiters=0'), { status: 200, body: { id: 'PolluxDeployOk01', state: 'running' } })
})

t.test('it answers when the clock brings the state, and not before', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  let isAnswered = false
  const waiting = control('GET /tasks/PolluxDeployOk01/wait?state=succeeded').finally(() => { isAnswered = true })
  await control('POST /clock/advance', { by: '9s' })
  t.equal(isAnswered, false)
  await control('POST /clock/advance', { by: '1s' })
  t.match(await waiting, { status: 200, body: { state: 'succeeded' } })
  t.equal(world.sandbox.clock.waitCount, 0, 'and leaves nothing behind')
})

t.test('it answers when a command brings the state', async (t) => {
  const control = controlOf(await testWorld(t))
  const waiting = control('GET /tasks/PolluxNeverEnds0/wait?state=failed')
  await control('POST /tasks/PolluxNeverEnds0/fail', { error: 'enough' })
  t.match(await waiting, { status: 200, body: { state: 'failed', snapshot: { error: { message: 'enough' } } } })
})

t.test('it answers when the task was polled so often and so many polls wait', async (t) => {
  const world = await testWorld(t)
  const control = controlOf(world)
  const poll = (wait: number): Promise<unknown> => world.app.inject({ url: `/__api__/v1/tasks/PolluxNeverEnds0?wait=${wait}`, headers: { authorization: 'Key k' } })
  const polled = control('GET /tasks/PolluxNeverEnds0/wait?polls=2&waiters=1')
  await poll(0)
  const held = poll(5)
  t.match(await polled, { status: 200, body: { polls: 2, waiters: 1 } })
  await control('POST /clock/advance', { by: '5s' })
  await held
})

t.test('at the time-out it tells how far the task has come', async (t) => {
  const world = await testWorld(t)
  // A time-out alone keeps no process alive; a server that listens does.
  await world.listen()
  const control = controlOf(world)
  t.match(await control('GET /tasks/PolluxNeverEnds0/wait?polls=3&timeout=1ms'), { status: 408, body: { title: 'Request Timeout', detail: 'The task is running, was polled 0 times, and 0 polls wait for it.' } })
})

t.test('a task that goes ends the wait', async (t) => {
  const control = controlOf(await testWorld(t))
  const waiting = control('GET /tasks/PolluxNeverEnds0/wait?polls=3')
  await control('DELETE /tasks/PolluxNeverEnds0')
  t.match(await waiting, { status: 404, body: { detail: 'The task PolluxNeverEnds0 is gone.' } })
})

t.test('a client that leaves takes its wait along', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  const before = world.sandbox.clock.waitCount
  const request = get(`${url}/_pollux/tasks/PolluxDeployOk01/wait?state=failed`)
  request.on('error', () => {})
  while (world.sandbox.clock.waitCount === before) await new Promise((resolve) => { setImmediate(resolve) })
  request.destroy()
  while (world.sandbox.clock.waitCount !== before) await new Promise((resolve) => { setImmediate(resolve) })
  t.pass('nothing waits any more')
})

t.test('what can\'t be waited for is refused', async (t) => {
  const control = controlOf(await testWorld(t))
  t.match(await control('GET /tasks/PolluxNeverEnds0/wait'), { status: 400, body: { detail: /at least one of state, polls and waiters/ } })
  t.equal((await control('GET /tasks/PolluxNeverEnds0/wait?state=odd')).status, 400)
  t.equal((await control('GET /tasks/PolluxNeverEnds0/wait?polls=-1')).status, 400)
  t.match(await control('GET /tasks/PolluxNeverEnds0/wait?polls=1&timeout=1x'), { status: 400, body: { errors: [{ path: '/timeout' }] } })
  t.equal((await control('GET /tasks/PolluxNeverEnds0/wait?polls=1&timeout=11m')).status, 400)
  t.equal((await control('GET /tasks/nobody/wait?polls=1')).status, 404)
})
