/** `/metrics`: the whole server in Prometheus' text format. */
import t from 'tap'
import { machineNow } from '../../src/clock.js'
import { metric } from '../../src/control/metrics.js'
import { testWorld, type TestWorld } from '../world.js'

const SVIX = '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds'

async function metrics ({ app }: TestWorld): Promise<string> {
  return (await app.inject('/_pollux/metrics')).body
}

t.test('requests are counted over all sandboxes, deleted ones included', async (t) => {
  const world = await testWorld(t)
  await world.app.inject(SVIX)
  await world.app.inject(`/sandbox/a${SVIX}`)
  await world.app.inject('/sandbox/a/api/v1/background-task/nothing')
  await world.app.inject({ method: 'DELETE', url: '/_pollux/sandboxes/a' })
  const text = await metrics(world)
  t.match(text, '# TYPE pollux_requests_total counter\npollux_requests_total{api="svix",operation="poll",status="200"} 2\npollux_requests_total{api="svix",operation="poll",status="404"} 1\n# HELP')
  t.match(text, '\npollux_sandboxes 1\n')
})

t.test('the content type is that of the text format', async (t) => {
  const { headers } = await (await testWorld(t)).app.inject('/_pollux/metrics')
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8')
})

t.test('tasks are counted by state, held polls and fired faults beside them', async (t) => {
  const world = await testWorld(t)
  world.sandbox.simulator.reset()
  const { task: { id } } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'never-finishes' })
  world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', scenario: 'failure' })
  await world.sandbox.clock.advance(3_600_000)
  const held = world.app.inject({ url: `/__api__/v1/tasks/${id}?wait=20`, headers: { authorization: 'Key k' } })
  await world.app.inject(`/_pollux/tasks/${id}/wait?waiters=1`)
  await world.app.inject({ method: 'POST', url: '/_pollux/faults', payload: { match: { api: 'svix' }, effect: { status: 503 } } })
  await world.app.inject(SVIX)
  const text = await metrics(world)
  t.match(text, '\npollux_tasks{api="connect",state="running"} 1\n')
  t.match(text, '\npollux_tasks{api="svix",state="failed"} 1\n')
  t.match(text, '\npollux_tasks{api="cognigy",state="queued"} 0\n')
  t.match(text, '\npollux_held_polls 1\n')
  t.match(text, '\npollux_faults_fired_total 1\n')
  await world.sandbox.clock.advance(20_000)
  await held
  t.match(await metrics(world), '\npollux_held_polls 0\n')
})

t.test('an exchange without reply counts as such', async (t) => {
  const world = await testWorld(t)
  const { url } = await world.listen()
  await world.app.inject({ method: 'POST', url: '/_pollux/faults', payload: { match: { api: 'svix' }, effect: { reset: 'before' } } })
  await t.rejects(fetch(url + SVIX))
  t.match(await metrics(world), 'pollux_requests_total{api="svix",operation="poll",status="none"} 1\n')
})

t.test('memory and event loop delay are told', async (t) => {
  const text = await metrics(await testWorld(t))
  t.match(text, /\npollux_memory_bytes\{kind="rss"\} \d{7,}\n/)
  t.match(text, '# TYPE pollux_event_loop_delay_seconds gauge\n')
})

t.test('the delay of the event loop is told that begins right behind a scrape', async (t) => {
  const world = await testWorld(t)
  const longest = async (): Promise<number> => Number(/\npollux_event_loop_delay_seconds\{quantile="1"\} (\S+)\n/.exec(await metrics(world))?.[1])
  await metrics(world)
  // Until a tick has been counted.
  while (!(await longest() > 0));
  const until = machineNow() + 100
  while (machineNow() < until);
  await new Promise(setImmediate)
  await new Promise(setImmediate)
  t.ok(await longest() >= 0.1)
})

t.test('label values are escaped', async (t) => {
  t.equal(metric('m', 'gauge', 'Help.', [{ labels: { a: 'x"y\\z\n' }, value: 1 }]), '# HELP m Help.\n# TYPE m gauge\nm{a="x\\"y\\\\z\\n"} 1\n')
})
