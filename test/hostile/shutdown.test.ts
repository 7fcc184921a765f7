/** The end of a process: by signals and errors, at any instant. */
import t from 'tap'
import { createRandomStream } from '../../src/ids.js'
import { crowd, HEALTH, IS_SOAK, POLL, spawnServer, startServer, timed, until } from './crowd.js'

t.setTimeout(600_000)

t.test('SIGTERM amid 5,000 held polls, and clients that say nothing, half a request, or no more', async (t) => {
  const server = await startServer(t)
  const idle = crowd(t, server.url, 200, HEALTH)
  await Promise.all(idle.map((client) => client.reply()))
  crowd(t, server.url, 100, '')
  crowd(t, server.url, 50, POLL.slice(0, 40))
  const held = crowd(t, server.url, 5000, POLL)
  const replies = Promise.all(held.map((client) => client.reply()))
  await until(server, ({ heldPolls }) => heldPolls === 5000)
  await timed(t, 'from SIGTERM to the end', async () => {
    server.kill('SIGTERM')
    t.equal(await server.ended, 0)
  }, 2000)
  const good = (await replies).filter((reply) => /^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*"finished":false/i.test(reply ?? ''))
  t.equal(good.length, 5000, 'each has its present state, and knows that the connection ends')
  t.equal(server.stderr(), '')
  t.same(server.log.map(({ msg }) => msg), ['ready', 'closing'], 'in order, and before the deadline')
})

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
  t.test(`${signal} ends with 0, a second one at once with 128 and its number`, async (t) => {
    const gentle = await startServer(t)
    gentle.kill(signal)
    t.equal(await gentle.ended, 0)
    t.match(gentle.log.at(-1), { msg: 'closing', signal })

    const hurried = await startServer(t)
    // Silent: it would be cut after 1.5 s only.
    crowd(t, hurried.url, 1, '')
    await until(hurried, ({ connections }) => connections === 1)
    hurried.kill(signal)
    while (hurried.log.at(-1)?.['msg'] !== 'closing') await new Promise(setImmediate)
    hurried.kill(signal)
    t.equal(await hurried.ended, 128 + { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 }[signal])
  })
}

t.test('readiness turns 503 for those who are connected while held polls are answered', async (t) => {
  const server = await startServer(t)
  const [watcher] = crowd(t, server.url, 1, HEALTH)
  await watcher?.reply()
  // Half a request keeps its connection until all are cut.
  const path = '/_pollux/ready'
  watcher?.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n`)
  server.kill('SIGTERM')
  while (server.log.at(-1)?.['msg'] !== 'closing') await new Promise(setImmediate)
  t.match(await watcher?.exchange('\r\n'), /^HTTP\/1\.1 503 [^]*"status":"draining"/)
  t.equal(await server.ended, 0)
})

t.test('a signal at any instant of the start ends it', async (t) => {
  const random = createRandomStream(1, '', 'instants of the start')
  const endings: unknown[] = []
  for (let n = 0; n < 20; n++) {
    const { child, ended } = spawnServer(t)
    const afterMs = random.below(1500)
    const timer = setTimeout(() => child.kill('SIGTERM'), afterMs)
    endings.push(await ended)
    clearTimeout(timer)
  }
  // Node itself has to come up before anybody can listen to signals.
  t.same(endings.filter((ending) => ending !== 0 && ending !== 'SIGTERM'), [])
  t.comment(`ended with ${endings.join(', ')}`)
})

t.test('the port is free as soon as the process has ended', async (t) => {
  const cycles = IS_SOAK ? 50 : 8
  let port = 0
  for (let cycle = 0; cycle < cycles; cycle++) {
    const server = await startServer(t, { port })
    port = Number(new URL(server.url).port)
    const [held] = crowd(t, server.url, 1, POLL)
    await until(server, ({ heldPolls }) => heldPolls === 1)
    server.kill('SIGTERM')
    t.match(await held?.reply(), /^HTTP\/1\.1 200/)
    t.equal(await server.ended, 0, `cycle ${cycle}`)
  }
})

for (const [what, statement] of [['an error that nobody caught', 'throw new Error("planted")'], ['a rejection that nobody handled', 'Promise.reject(new Error("planted"))']] as const) {
  t.test(`${what} is logged, what is held is answered, and the process ends with 1`, async (t) => {
    const server = await startServer(t, { nodeArgs: ['--import', `data:text/javascript,process.on("SIGUSR2",()=>{${statement}})`] })
    const held = crowd(t, server.url, 20, POLL)
    await until(server, ({ heldPolls }) => heldPolls === 20)
    server.kill('SIGUSR2')
    for (const client of held) t.match(await client.reply(), /^HTTP\/1\.1 200 [^]*"finished":false/)
    t.equal(await server.ended, 1)
    t.match(server.log.find(({ level }) => level === 60), { err: { message: 'planted' } }, 'with the error')
  })

  t.test(`${what} during the start is told, and ends with 1`, async (t) => {
    const { child, ended } = spawnServer(t, { nodeArgs: ['--import', `data:text/javascript,setTimeout(()=>{if(process.listenerCount("SIGTERM")>0){${statement}}else setTimeout(()=>{${statement}},1)},1)`] })
    // A Node that loads all modules in one go has a log by then; others are told on the standard error output.
    let told = ''
    for (const output of [child.stderr, child.stdout]) output.on('data', (chunk: Buffer) => { told += chunk.toString() })
    t.equal(await ended, 1)
    t.match(told, /planted/)
  })
}

t.test('an error on the way out does not pass for a good end', async (t) => {
  const server = await startServer(t, { nodeArgs: ['--import', 'data:text/javascript,process.on("SIGTERM",()=>{setImmediate(()=>{throw new Error("planted")})})'] })
  crowd(t, server.url, 1, '')
  await until(server, ({ connections }) => connections === 1)
  server.kill('SIGTERM')
  t.equal(await server.ended, 1)
  // A fatal line is written at once, and may overtake one that is still on its way.
  t.same(server.log.map(({ msg }) => msg).sort(), ['closing', 'ready', 'uncaughtException'])
})
