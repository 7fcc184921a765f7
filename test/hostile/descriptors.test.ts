/** More clients than descriptors. */
import t from 'tap'
import { crowd, HEALTH, POLL, startServer, timed } from './crowd.js'

t.setTimeout(120_000)

for (const [what, notices, args] of [
  ['the limit that descriptors set', 1, []],
  // Then it is libuv that closes what it can't keep, and it tells nobody.
  ['no limit but the descriptors themselves', 0, ['--max-connections', '100000']],
] as const) {
  t.test(`600 clients, 256 descriptors, ${what}: who has a place keeps it, and the next comes when there is room`, async (t) => {
    const server = await startServer(t, { descriptors: 256, args: ['--clock', 'frozen', ...args] })
    // One that was there before asks for all.
    const [control] = crowd(t, server.url, 1, HEALTH)
    const clients = crowd(t, server.url, 600, POLL)
    const heldPolls = async (): Promise<number> => Number(/"heldPolls":(\d+)/.exec(await control?.exchange(HEALTH.replace('health', 'health?verbose=true')) ?? '')?.[1])
    let held = 0
    for (let now = await heldPolls(); now < 100 || now !== held; now = await heldPolls()) {
      held = now
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    t.comment(`${held} polls held with ${server.descriptors()} descriptors`)

    const before = server.processorMs()
    await new Promise((resolve) => setTimeout(resolve, 2000))
    const used = server.processorMs() - before
    t.ok(used < 600, `${used} ms of processor time in 2 s`)
    t.equal(server.log.filter(({ level }) => level === 40).length, notices, 'said once')
    t.equal(server.stderr(), '')

    const advance = '{"by":"20s"}'
    t.match(await control?.exchange(`POST /_pollux/clock/advance HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${advance.length}\r\n\r\n${advance}`), /^HTTP\/1\.1 200/)
    await Promise.all(clients.map(({ gone, replies }) => replies.length > 0 ? undefined : Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 3000))])))
    const answered = clients.filter(({ replies }) => replies[0]?.includes('"finished":false') === true).length
    t.ok(answered >= held, `${answered} polls were answered`)

    await timed(t, 'from release to the next answer', async () => {
      for (const { socket } of clients) socket.destroy()
      let reply: string | undefined
      while (!(reply ?? '').startsWith('HTTP/1.1 200')) {
        const [client] = crowd(t, server.url, 1, HEALTH)
        reply = await client?.reply()
      }
    }, 1000)
  })
}
