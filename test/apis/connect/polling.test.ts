/** Pollers as the vendor's clients are, walking through output by `first`, `last` and `wait`: every line exactly once. */
import t from 'tap'
import { connectWorld, until, type ConnectWorld } from './connect-world.js'

interface Collected {
  readonly lines: readonly string[]
  readonly polls: number
  readonly code: number
  readonly error: string
}

/** One request of a client that gives up after `waitMs`: the clock moves that far when the reply is held. */
async function poll (world: ConnectWorld, url: string, waitMs: number): Promise<Record<string, unknown>> {
  let isAnswered = false
  const pending = world.get(url).finally(() => { isAnswered = true })
  await until(() => isAnswered || world.sandbox.simulator.heldPollCount === 1)
  if (!isAnswered) await world.sandbox.clock.advance(waitMs)
  return (await pending).json()
}

function linesOf (value: unknown): string[] {
  if (!Array.isArray(value)) throw new TypeError('expected a list of lines')
  return value.map(String)
}

/** As rsconnect-python 1.29: `?wait=1` first, then `?first=<last>&wait=1` until finished. */
async function pollLikeRsconnectPython (world: ConnectWorld, id: string, waitSeconds = 1): Promise<Collected> {
  const lines: string[] = []
  let first: number | undefined
  for (let polls = 1; polls <= 500; polls++) {
    const task = await poll(world, `/__api__/v1/tasks/${id}?${first === undefined ? '' : `first=${first}&`}wait=${waitSeconds}`, waitSeconds * 1000)
    lines.push(...linesOf(task.output))
    first = Number(task.last)
    if (task.finished === true) return { lines, polls, code: Number(task.code), error: String(task.error) }
  }
  throw new Error(`task ${id} didn't finish`)
}

/** As rsconnect-python up to 1.24 and R's rsconnect 0.8: `?first_status=<last_status>` every second. */
async function pollLikeLegacyClients (world: ConnectWorld, id: string): Promise<Collected> {
  const lines: string[] = []
  let first = ''
  for (let polls = 1; polls <= 500; polls++) {
    const task = await poll(world, `/__api__/tasks/${id}?first_status=${first}`, 0)
    lines.push(...linesOf(task.status))
    first = String(task.last_status)
    if (task.finished === true) return { lines, polls, code: Number(task.code), error: String(task.error) }
    await world.sandbox.clock.advance(1000)
  }
  throw new Error(`task ${id} didn't finish`)
}

const TASKS = [
  ['deploy-static-ok', 2, 0],
  ['deploy-python-ok', 11, 0],
  ['deploy-python-fail', 10, 1],
  ['deploy-r-ok', 48, 0],
  ['deploy-r-long', 368, 0],
  ['queued-first', 2, 0],
  ['slow', 25, 0],
  ['cancelled', 2, 1],
  ['instant', 2, 0],
] as const

for (const [scenario, lineCount, code] of TASKS) {
  for (const [name, collect] of [['rsconnect-python', pollLikeRsconnectPython], ['legacy clients', pollLikeLegacyClients]] as const) {
    t.test(`a poller like ${name} gets every line of ${scenario} exactly once`, async (t) => {
      const world = await connectWorld(t)
      const { task } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario })
      const collected = await collect(world, task.id)
      t.equal(collected.lines.length, lineCount)
      t.equal(collected.code, code)
      t.strictSame(collected.lines, (await world.get(`/__api__/v1/tasks/${task.id}`)).json().output, 'as one read of all tells them')
    })
  }
}

t.test('the length of the wait changes the number of polls, not the lines', async (t) => {
  const seen: Array<readonly string[]> = []
  const polls: number[] = []
  for (const waitSeconds of [1, 5, 20]) {
    const world = await connectWorld(t)
    world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'Same', scenario: 'deploy-r-ok' })
    const collected = await pollLikeRsconnectPython(world, 'Same', waitSeconds)
    seen.push(collected.lines)
    polls.push(collected.polls)
  }
  t.strictSame(polls, [10, 2, 1])
  t.strictSame(seen[1], seen[0])
  t.strictSame(seen[2], seen[0])
})

t.test('a failed deploy is told by its code and sentence', async (t) => {
  const world = await connectWorld(t)
  const { code, error, lines } = await pollLikeRsconnectPython(world, 'PolluxDeployFail')
  t.equal(code, 1)
  t.equal(error, 'Content build failed (Error code: python-package-version-not-available)')
  t.equal(lines.at(-1), 'Build error: Content build failed (Error code: python-package-version-not-available)')
})

t.test('the documented example is walked through in three polls', async (t) => {
  const world = await connectWorld(t)
  const { lines, polls } = await pollLikeRsconnectPython(world, 'CmsfmnfDDyRUrsAc', 5)
  t.equal(polls, 3)
  t.equal(lines.length, 27)
  t.strictSame(lines, (await world.get('/__api__/v1/tasks/CmsfmnfDDyRUrsAc?first=0')).json().output)
})

t.test('two pollers of one task don\'t disturb each other', async (t) => {
  const world = await connectWorld(t)
  const early = await poll(world, '/__api__/v1/tasks/PolluxDeployOk01?wait=1', 1000)
  const { lines } = await pollLikeRsconnectPython(world, 'PolluxDeployOk01')
  t.equal(lines.length, 48)
  const rest = await poll(world, `/__api__/v1/tasks/PolluxDeployOk01?first=${String(early.last)}&wait=1`, 0)
  t.strictSame([...linesOf(early.output), ...linesOf(rest.output)], lines)
})
