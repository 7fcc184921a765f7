/** `npm run load -- [question …] [--quick] [--json] [--vs <url>]`: figures beside bare Node in the same run, and whether they are what they ought to be. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { findCores, onClientCore, type Cores } from './cores.js'
import { create } from './create.js'
import { rounded, tableOf, type Answer } from './figures.js'
import { fleet } from './fleet.js'
import { hold } from './hold.js'
import { list } from './list.js'
import { poll } from './poll.js'
import type { Question } from './question.js'
import { Servers } from './servers.js'
import { soak } from './soak.js'
import { start } from './start.js'

const QUESTIONS: Readonly<Record<string, Question>> = { poll, hold, list, create, start, fleet, soak }

const { values: { quick, json, vs }, positionals } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false }, vs: { type: 'string' } },
  allowPositionals: true,
})

async function run (name: string, question: Question, cores: Cores | undefined): Promise<void> {
  const servers = new Servers(question.isPinned ? cores?.server : undefined)
  const killAll = (): void => {
    servers.kill()
    process.exit(130)
  }
  process.once('SIGINT', killAll).once('SIGTERM', killAll)
  try {
    const progress = (line: string): void => { process.stderr.write(`${line}\n`) }
    progress(`${name}: ${question.asks}`)
    const answer = await onClientCore(question.isPinned ? cores : undefined, () => question.answer({ isQuick: quick, vs, servers, progress }))
    print(name, question, answer, cores)
  } finally {
    process.off('SIGINT', killAll).off('SIGTERM', killAll)
    await servers.stop()
  }
}

function print (name: string, { asks, isPinned }: Question, { figures, notes }: Answer, cores: Cores | undefined): void {
  const machine = { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length }
  const pinned = isPinned && cores !== undefined ? { server: cores.server, client: cores.client } : null
  if (json) {
    process.stdout.write(`${JSON.stringify({ question: name, ...machine, pinned, isQuick: quick, figures: figures.map(rounded), notes })}\n`)
    return
  }
  const places = pinned === null ? 'nothing pinned to a core' : `servers on core ${pinned.server}, client on core ${pinned.client}`
  process.stdout.write([
    '',
    `${name}: ${asks}`,
    `node ${machine.node}, ${machine.cores} x ${machine.cpu}, ${places}${quick ? ', quick: shows that it runs, not how fast' : ''}`,
    '',
    tableOf(figures),
    '',
    ...notes,
    '',
  ].join('\n'))
}

const names = positionals.length === 0 ? Object.keys(QUESTIONS) : positionals
const unknown = names.filter((name) => QUESTIONS[name] === undefined)
if (unknown.length > 0 || (vs !== undefined && !URL.canParse(vs))) {
  process.stderr.write(`load: ${unknown.length > 0 ? `no question is called ${unknown.join(', ')}; there are ${Object.keys(QUESTIONS).join(', ')}` : `--vs takes a URL, got ${String(vs)}`}\n`)
  process.exit(2)
}
const cores = findCores()
for (const name of names) {
  const question = QUESTIONS[name]
  if (question !== undefined) await run(name, question, cores)
}
