/** What stays of very many polls: counts, and the latest exchanges. */
import t from 'tap'
import { Client, IS_SOAK, request, startServer, timed } from './crowd.js'

t.setTimeout(900_000)

const POLLS = IS_SOAK ? 1_000_000 : 40_000
const DISTINCT = IS_SOAK ? 1_000_000 : 1500
const CLIENTS = 20
const COLLECT = 'data:text/javascript,process.on("SIGUSR2",()=>{globalThis.gc();process.stderr.write("heap "+process.memoryUsage().heapUsed+String.fromCharCode(10))})'

t.test(`${POLLS} polls leave no more behind than the journal keeps`, async (t) => {
  const server = await startServer(t, { nodeArgs: ['--expose-gc', '--import', COLLECT] })
  const heapUsed = async (): Promise<number> => {
    const known = server.stderr().length
    server.kill('SIGUSR2')
    while (!server.stderr().slice(known).includes('\n')) await new Promise(setImmediate)
    return Number(/heap (\d+)\n$/.exec(server.stderr())?.[1])
  }
  const clients = Array.from({ length: CLIENTS }, () => new Client(server.url, ''))
  t.teardown(() => { for (const { socket } of clients) socket.destroy() })
  async function poll (polls: number, path: (n: number) => string): Promise<void> {
    let n = 0
    await Promise.all(clients.map(async (client) => {
      while (n < polls) {
        await client.exchange(request(path(n++)))
        client.replies.length = 0
      }
    }))
  }
  // The ring is full, and everything is compiled.
  await poll(5000, () => '/api/v1/task/00000000-0000-4000-8000-000000000003')
  const before = await heapUsed()
  await timed(t, `${POLLS} polls`, () => poll(POLLS, () => '/api/v1/task/00000000-0000-4000-8000-000000000003'))
  const grownBytes = await heapUsed() - before
  t.ok(grownBytes < 20_000_000, `${Math.round(grownBytes / 1000)} kB more`)

  const [first] = clients
  await timed(t, `${DISTINCT} polls of as many tasks, one after the other`, async () => {
    for (let n = 0; n < DISTINCT; n++) {
      await first?.exchange(request(`/api/v1/background-task/qtask_${n}`))
      if (first !== undefined) first.replies.length = 0
    }
  })
  const seen: string[] = []
  let cursor: string | null = null
  do {
    const { body } = await server.ask(`/_pollux/journal?limit=500${cursor === null ? '' : `&after=${cursor}`}`)
    const page = body as { items: Array<{ seq: number, path: string }>, next: string | null } // as the control plane's document has it
    seen.push(...page.items.map(({ path }) => path))
    cursor = page.next
  } while (cursor !== null)
  t.same(seen, Array.from({ length: 1000 }, (_, n) => `/api/v1/background-task/qtask_${DISTINCT - 1000 + n}`), 'exactly the last thousand, in order')
})
