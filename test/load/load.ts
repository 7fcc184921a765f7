/** `npm run load -- <question> [--quick] [--json]`: figures as ratios within one run. */
import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { poll } from './poll.js'
import { start } from './start.js'

const { values, positionals } = parseArgs({ options: { quick: { type: 'boolean', default: false }, json: { type: 'boolean', default: false } }, allowPositionals: true })
const progress = (line: string): void => { process.stderr.write(`${line}\n`) }

const QUESTIONS: Record<string, () => Promise<readonly object[]>> = {
  poll: () => poll(values.quick ? { rounds: 1, seconds: 1 } : { rounds: 5, seconds: 3 }, progress),
  start: () => start(values.quick ? 2 : 20, progress),
}

const names = positionals.length === 0 ? Object.keys(QUESTIONS) : positionals
for (const name of names) {
  const question = QUESTIONS[name]
  if (question === undefined) throw new Error(`no question is called ${name}; there are ${Object.keys(QUESTIONS).join(', ')}`)
  const figures = await question()
  if (values.json) {
    process.stdout.write(`${JSON.stringify({ question: name, node: process.version, cpu: cpus()[0]?.model, cores: cpus().length, figures })}\n`)
  } else {
    process.stdout.write(`\n${name} (node ${process.version}, ${cpus().length} cores)\n`)
    console.table(figures)
  }
}
