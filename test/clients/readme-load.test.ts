/** The README's load tests, by copy and paste. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { connectPollux } from '../../src/client/client.js'
import { startCli } from './cli.js'
import { OWN_PROCESS } from './server.js'

const [, section = ''] = /^## Load-test your poller\n(.*?)^## /ms.exec(readFileSync('README.md', 'utf8')) ?? []
const lines = section.split('\n').filter((line) => line.startsWith('npx autocannon '))
const settings = /^npm start -- (.+)$/m.exec(section)?.[1]?.split(' ') ?? []

const [PLAIN = '', HELD = '', PAGER = '', STARTS = ''] = lines

/** Connections of the line. */
const crowdOf = (line: string): number => Number(/ -c (\d+)/.exec(line)?.[1])
/** However slow the machine is: as many requests as this, in place of as many seconds. */
const bounded = (line: string): string => line.replace(/ -d \d+/, ` -a ${2 * crowdOf(line)}`)
const requestsOf = (line: string): number => Number(/ -a (\d+)/.exec(bounded(line))?.[1])

/** What autocannon says of the line. */
async function cannonade (t: Test, line: string, url: string): Promise<Record<'2xx' | 'non2xx' | 'errors' | 'timeouts', number>> {
  const command = line.replace('npx autocannon', `exec '${process.execPath}' node_modules/autocannon/autocannon.js --json`).replace('http://127.0.0.1:8080', url)
  const child = spawn('sh', ['-c', command])
  t.teardown(() => child.kill('SIGKILL'))
  let output = ''
  let complaints = ''
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { complaints += chunk.toString() })
  const [code] = await once(child, 'close')
  t.equal(code, 0, complaints)
  return JSON.parse(output)
}

t.test('there is a line for each manner of polling, and one that starts tasks', OWN_PROCESS, async (t) => {
  t.equal(lines.length, 4)
  t.same(settings, ['--speed', '60'])
  t.match(PLAIN, /tasks\/PolluxNeverEnds0'$/)
  t.match(HELD, /\?wait=20'$/)
  t.match(PAGER, /\?limit=50'$/)
  t.match(STARTS, / -m POST /)
})

for (const [index, line] of [PLAIN, HELD, PAGER].entries()) {
  t.test(`line ${index + 1} gets nothing but what it asks for`, OWN_PROCESS, async (t) => {
    const { url } = await startCli(t, ...settings)
    t.match(await cannonade(t, bounded(line), url), { '2xx': requestsOf(line), non2xx: 0, errors: 0, timeouts: 0 })
  })
}

t.test('the line that starts tasks leaves as many as it asks for', OWN_PROCESS, async (t) => {
  const { url } = await startCli(t)
  const pollux = connectPollux(url)
  await pollux.next.add({ api: 'cognigy', scenario: 'slow', times: 1000 })
  t.match(await cannonade(t, STARTS, url), { '2xx': 1000, non2xx: 0, errors: 0, timeouts: 0 })
  let count = 0
  for (let after: string | null = ''; after !== null;) {
    const { items, next }: Awaited<ReturnType<typeof pollux.tasks.list>> = await pollux.tasks.list({ api: 'cognigy', kind: 'trainAllProjectFlows', scenario: 'slow', limit: 1000, ...(after === '' ? {} : { after }) })
    count += items.length
    after = next
  }
  t.equal(count, 1000)
})

t.test('with auto-skip the clock jumps over each wait', OWN_PROCESS, async (t) => {
  const { url } = await startCli(t)
  const { clock } = connectPollux(url)
  const { now: startedAt } = await clock.set({ autoSkip: true })
  const began = performance.now()
  t.match(await cannonade(t, bounded(HELD), url), { '2xx': requestsOf(HELD), non2xx: 0, errors: 0, timeouts: 0 })
  const simulatedMs = Date.parse((await clock.get()).now) - Date.parse(startedAt)
  t.ok(simulatedMs - (performance.now() - began) >= 20_000, 'each connection waited twice, most of it in no time')
})

t.test('the report finds with autocannon what the README says of it', OWN_PROCESS, async (t) => {
  const { url } = await startCli(t, ...settings)
  const pollux = connectPollux(url)
  const rulesFound = async (): Promise<Set<string>> => new Set((await pollux.report()).findings.map(({ rule }) => rule))
  for (const rule of ['busy-loop', 'overlapping-polls', 'abandoned-wait']) t.ok(section.includes(`\`${rule}\``), rule)

  await cannonade(t, bounded(PLAIN), url)
  t.ok((await rulesFound()).has('busy-loop'))
  t.equal((await pollux.report()).verdict, 'fail')

  await pollux.journal.clear()
  await cannonade(t, bounded(HELD), url)
  t.ok((await rulesFound()).has('overlapping-polls'))

  // At its own speed nobody is answered before autocannon leaves.
  await pollux.journal.clear()
  await pollux.clock.set({ speed: 1 })
  await cannonade(t, HELD.replace(/ -d \d+/, ' -d 2'), url)
  await pollux.journal.wait({ status: 'none', timeout: '30s' })
  t.ok((await rulesFound()).has('abandoned-wait'))
})
