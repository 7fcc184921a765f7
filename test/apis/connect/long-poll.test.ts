/** `wait`: held replies, what ends them, and what leaves nothing behind (the contract's sections 5.1 and 5.7). */
import { once } from 'node:events'
import type { LightMyRequestResponse } from 'fastify'
import t from 'tap'
import { parseScript } from '../../../src/simulator/script.js'
import { connectTo, connectWorld, KNOWN, openConnection, ownHeaders, API_HEADERS, raw, until, UNKNOWN_TASK, type ConnectWorld } from './connect-world.js'

interface HeldReply {
  isThere (): boolean
  /** The reply; throws as long as it isn't there. */
  reply (): LightMyRequestResponse
}

/** Sends a request and returns when it is held. */
async function hold (world: ConnectWorld, url: string): Promise<HeldReply> {
  const before = world.sandbox.simulator.heldPollCount
  let reply: LightMyRequestResponse | undefined
  void world.get(url).then((value) => { reply = value })
  await until(() => world.sandbox.simulator.heldPollCount === before + 1)
  return {
    isThere: () => reply !== undefined,
    reply: () => {
      if (reply === undefined) throw new Error(`no reply yet to ${url}`)
      return reply
    },
  }
}

function deploy (world: ConnectWorld, scenario = 'deploy-static-ok'): string {
  return world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario }).task.id
}

t.test('a wait is over when the task has finished, and the reply is there when the clock has moved', async (t) => {
  const world = await connectWorld(t)
  const id = deploy(world)
  const held = await hold(world, `/__api__/v1/tasks/${id}?wait=20`)
  await world.sandbox.clock.advance(1999)
  t.notOk(held.isThere(), 'new output alone doesn\'t wake it')
  await world.sandbox.clock.advance(1)
  t.equal(held.reply().body, `{"id":"${id}","output":["Building static content...","Launching static content..."],"result":null,"finished":true,"code":0,"error":"","last":2}`)
  t.equal(world.sandbox.clock.waitCount, 0)
  t.equal(world.sandbox.simulator.heldPollCount, 0)
})

t.test('a wait is over at its time, with the state of that moment', async (t) => {
  const world = await connectWorld(t)
  const id = deploy(world)
  const held = await hold(world, `/__api__/v1/experimental/tasks/${id}?wait=1&first=1`)
  await world.sandbox.clock.advance(999)
  t.notOk(held.isThere())
  await world.sandbox.clock.advance(1)
  t.equal(held.reply().body, `{"id":"${id}","output":["Launching static content..."],"finished":false,"code":0,"error":"","last":2}`)
  t.strictSame(ownHeaders(held.reply()), { ...API_HEADERS, 'x-deprecated-endpoint': `/v1/tasks/${id}` })
})

t.test('a wait may last 20 seconds and starts at its own arrival', async (t) => {
  const world = await connectWorld(t)
  await world.sandbox.clock.advance(5000)
  const held = await hold(world, '/__api__/v1/tasks/PolluxNeverEnds0?wait=20')
  await world.sandbox.clock.advance(19_999)
  t.notOk(held.isThere())
  await world.sandbox.clock.advance(1)
  t.match(held.reply().body, '"finished":false')
})

t.test('who asks not to wait, or for a finished task, is answered at once', async (t) => {
  const world = await connectWorld(t)
  world.sandbox.simulator.holdPoll = () => { throw new Error('nobody is held') }
  t.equal((await world.get('/__api__/v1/tasks/PolluxNeverEnds0?wait=0')).statusCode, 200)
  t.equal((await world.get('/__api__/v1/tasks/jXhOhdm5OOSkGhJw?wait=20')).statusCode, 200)
  t.equal((await world.get('/__api__/v1/tasks/PolluxNeverEnds0?wait=1')).statusCode, 500, 'the judge is awake')
})

t.test('`wait-wakes-on: output` answers when there is a line beyond `first`', async (t) => {
  const world = await connectWorld(t, { 'wait-wakes-on': 'output' })
  const id = deploy(world)
  const { holdPoll } = world.sandbox.simulator
  world.sandbox.simulator.holdPoll = () => { throw new Error('nobody is held') }
  t.match((await world.get(`/__api__/v1/tasks/${id}?wait=20`)).json(), { last: 1 }, 'at once when there is one already')
  world.sandbox.simulator.holdPoll = holdPoll
  const held = await hold(world, `/__api__/v1/tasks/${id}?wait=20&first=1`)
  await world.sandbox.clock.advance(999)
  t.notOk(held.isThere())
  await world.sandbox.clock.advance(1)
  t.match(held.reply().json(), { output: ['Launching static content...'], last: 2, finished: false })
  const last = await hold(world, `/__api__/v1/tasks/${id}?wait=20&first=2`)
  await world.sandbox.clock.advance(1000)
  t.match(last.reply().json(), { output: [], last: 2, finished: true })
})

t.test('500 held polls are released by one move of the clock', async (t) => {
  const world = await connectWorld(t)
  const id = deploy(world, 'success')
  const bodies: string[] = []
  for (let n = 0; n < 500; n++) void world.get(`/__api__/v1/tasks/${id}?wait=20`).then(({ body }) => { bodies.push(body) })
  await until(() => world.sandbox.simulator.heldPollCount === 500)
  t.equal(world.sandbox.clock.waitCount, 500)
  await world.sandbox.clock.advance(8000)
  t.equal(bodies.length, 500)
  t.equal(new Set(bodies).size, 1)
  t.match(bodies[0], '"finished":true')
  t.equal(world.sandbox.simulator.heldPollCount, 0)
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('a fact ends the wait without the clock', async (t) => {
  const world = await connectWorld(t)
  const { simulator } = world.sandbox
  const facts = [
    ['finish', () => simulator.finish('connect', 'PolluxNeverEnds0'), '"finished":true,"code":0,"error":""'],
    ['fail', () => simulator.fail('connect', 'PolluxQueued3Sec', { message: 'Out of disk' }), '"result":{"type":"build-failed-error","data":"Out of disk"},"finished":true,"code":1,"error":"Out of disk"'],
  ] as const
  for (const [name, command, expected] of facts) {
    const id = name === 'finish' ? 'PolluxNeverEnds0' : 'PolluxQueued3Sec'
    const held = await hold(world, `/__api__/v1/tasks/${id}?wait=20`)
    command()
    await simulator.answered()
    t.match(held.reply().body, expected, name)
  }
})

t.test('a task that vanishes while a poll is held is an unknown task', async (t) => {
  const world = await connectWorld(t)
  for (const route of ['v1/tasks', 'v1/experimental/tasks']) {
    const id = deploy(world)
    const held = await hold(world, `/__api__/${route}/${id}?wait=20`)
    world.sandbox.simulator.expire('connect', id)
    await world.sandbox.simulator.answered()
    t.equal(held.reply().statusCode, 404)
    t.equal(held.reply().body, UNKNOWN_TASK)
  }
})

t.test('a reset answers held polls before it is over', async (t) => {
  const world = await connectWorld(t)
  const held = await hold(world, '/__api__/v1/tasks/PolluxNeverEnds0?wait=20')
  await world.sandbox.reset()
  t.equal(held.reply().body, UNKNOWN_TASK)
  t.equal(world.sandbox.clock.waitCount, 0)
  t.equal((await world.get('/__api__/v1/tasks/PolluxNeverEnds0')).statusCode, 200, 'and the fixtures are back')
})

t.test('a script paced by polls moves on while another poll is held', async (t) => {
  const world = await connectWorld(t)
  const script = parseScript({ pace: 'polls', steps: [{ at: 0, state: 'running' }, { at: 2, state: 'succeeded', output: ['done'] }] })
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', script })
  const held = await hold(world, `/__api__/v1/tasks/${task.id}?wait=20`)
  t.match((await world.get(`/__api__/v1/tasks/${task.id}?wait=20`)).json(), { finished: true, output: ['done'] })
  await world.sandbox.simulator.answered()
  t.match(held.reply().json(), { finished: true, output: ['done'] })
})

t.test('a server that closes answers held polls with the present state and lets nobody wait', async (t) => {
  const world = await connectWorld(t)
  const held = await hold(world, '/__api__/v1/tasks/PolluxNeverEnds0?wait=20')
  await world.sandbox.drain()
  t.equal(held.reply().body, '{"id":"PolluxNeverEnds0","output":["Building content..."],"result":null,"finished":false,"code":0,"error":"","last":1}')
  t.equal(held.reply().headers.connection, 'close')
  const later = await world.get('/__api__/v1/tasks/PolluxNeverEnds0?wait=20')
  t.equal(later.statusCode, 200)
  t.equal(later.headers.connection, 'close')
  t.equal((await world.get('/__api__/v1/tasks/unknown')).headers.connection, 'close')
})

t.test('a client that leaves takes its wait along', async (t) => {
  const world = await connectWorld(t)
  const { socket } = await openConnection(t, world)
  socket.write(raw('GET', '/__api__/v1/tasks/PolluxNeverEnds0?wait=20'))
  await until(() => world.sandbox.simulator.heldPollCount === 1)
  t.equal(world.sandbox.clock.waitCount, 1)
  socket.destroy()
  await until(() => world.sandbox.simulator.heldPollCount === 0)
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('one connection may wait again and again', async (t) => {
  const world = await connectWorld(t)
  const { socket, received } = await openConnection(t, world)
  for (let n = 1; n <= 20; n++) {
    socket.write(raw('GET', '/__api__/v1/tasks/PolluxNeverEnds0?wait=1'))
    await until(() => world.sandbox.simulator.heldPollCount === 1)
    await world.sandbox.clock.advance(1000)
    await until(() => received().split('"finished":false').length === n + 1)
  }
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('pipelined waits are answered in their order and hinder no move of the clock', async (t) => {
  const world = await connectWorld(t)
  const { socket, received } = await openConnection(t, world)
  socket.write(raw('GET', '/__api__/v1/tasks/PolluxNeverEnds0?wait=20') + raw('GET', '/__api__/v1/tasks/eKm0RFxyzIKR3jnI?wait=5'))
  await until(() => world.sandbox.simulator.heldPollCount === 2)
  await world.sandbox.clock.advance(5000)
  t.equal(world.sandbox.simulator.heldPollCount, 1)
  t.equal(received(), '', 'the second reply stands behind the first')
  await world.sandbox.clock.advance(15_000)
  await until(() => received().includes('eKm0RFxyzIKR3jnI'))
  t.ok(received().indexOf('PolluxNeverEnds0') < received().indexOf('eKm0RFxyzIKR3jnI'))
})

t.test('a client that leaves takes its pipelined waits along', async (t) => {
  const world = await connectWorld(t)
  const { socket } = await openConnection(t, world)
  socket.write(raw('GET', '/__api__/v1/tasks/PolluxNeverEnds0?wait=20') + raw('GET', '/__api__/v1/tasks/eKm0RFxyzIKR3jnI?wait=5'))
  await until(() => world.sandbox.simulator.heldPollCount === 2)
  socket.destroy()
  await until(() => world.sandbox.simulator.heldPollCount === 0)
  t.equal(world.sandbox.clock.waitCount, 0)
})

t.test('closing the server answers who waits on a real connection, then ends it', async (t) => {
  const world = await connectWorld(t)
  const { url } = await world.listen()
  const { socket, received } = await connectTo(t, Number(new URL(url).port))
  socket.write(raw('GET', '/__api__/v1/tasks/PolluxNeverEnds0?wait=20', KNOWN))
  await until(() => world.sandbox.simulator.heldPollCount === 1)
  const ended = once(socket, 'close')
  await world.close()
  await ended
  t.match(received(), /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*"finished":false,"code":0,"error":"","last":1}$/i)
})
