/**
 * `pollux journal …` and `pollux report`: what clients did, and the verdict on it.
 */
import { OPERATIONS } from '../call.js'
import type { JournalEntry, JournalMatch, Verification } from '../client/types.js'
import { more, table } from './table.js'
import { defined, oneOf, UsageError, type Answer, type Given, type Noun } from './verb.js'

const MATCH = { api: '<api>', operation: '<operation>', method: '<method>', task: '<id>', status: '<status, 5xx or none>', fault: '<id, any or none>', client: '<text>', since: '<seq or instant>' }

export const JOURNAL: Noun = {
  summary: 'show what clients did, check it, wait for it',
  unnamed: 'list',
  actions: {
    list: {
      summary: 'Show exchanges, the oldest first',
      options: { ...MATCH, bodies: true, 'no-wall': true, limit: '<n>', after: '<cursor>' },
      run: async (typed) => {
        const page = await typed.client.journal.list({ ...matchOf(typed), ...defined({ bodies: typed.flag('bodies') ? true : undefined, wall: typed.flag('no-wall') ? false : undefined, limit: typed.number('limit'), after: typed.text('after') }) })
        return { value: page, text: exchanges(page.items) + more(page.next) }
      },
    },
    verify: {
      summary: 'Check how many exchanges match; exit code 1 when it fails',
      options: { ...MATCH, count: '<n>', 'at-least': '<n>', 'at-most': '<n>', never: true },
      run: async (typed) => {
        const numbers = { count: typed.number('count'), atLeast: typed.number('at-least'), atMost: typed.number('at-most') }
        const expectation = defined({ ...numbers, never: typed.flag('never') ? true as const : undefined })
        const [first, ...others] = Object.keys(expectation)
        if (first === undefined || others.length > 0) throw new UsageError('journal verify: expected exactly one of --count, --at-least, --at-most and --never')
        // Exactly one of them is there, as has just been seen.
        const verification = await typed.client.journal.verify({ match: matchOf(typed), ...expectation as { count: number } })
        const { pass, count, nearest } = verification
        const verdict = `${pass ? 'pass' : 'fail'}: ${count} match`
        return { value: verification, text: pass || nearest.length === 0 ? verdict : `${verdict}; the nearest:\n${nearest.map(nearMiss).join('\n')}`, code: pass ? 0 : 1 }
      },
    },
    wait: {
      summary: 'Wait until so many exchanges match; exit code 1 at the time-out',
      options: { ...MATCH, count: '<n>', timeout: '<duration>' },
      run: async (typed) => {
        const found = await typed.client.journal.wait({ ...matchOf(typed), ...defined({ count: typed.number('count'), timeout: typed.text('timeout') }) })
        return { value: found, text: exchanges(found.items) }
      },
    },
    clear: {
      summary: 'Forget them',
      run: async ({ client }) => {
        await client.journal.clear()
        return { value: undefined, text: 'cleared' }
      },
    },
  },
}

export const REPORT: Noun = {
  summary: 'show the verdict on the pollers; --fail-on makes it an exit code',
  unnamed: '',
  actions: {
    '': {
      summary: 'Show the verdict; exit code 1 when it has a finding of one of these rules (any: of whichever)',
      options: { 'fail-on': '<rule,...>' },
      run: report,
    },
  },
}

async function report (typed: Given): Promise<Answer> {
  const { client } = typed
  const failOn = typed.text('fail-on')?.split(',') ?? []
  if (failOn.length > 0) {
    const rules = ['any', ...Object.keys(await client.reportRules.get())]
    const unknown = failOn.find((rule) => !rules.includes(rule))
    if (unknown !== undefined) throw new UsageError(`--fail-on: got ${JSON.stringify(unknown)}, expected one or more of ${rules.join(', ')}`)
  }
  const [value, text] = await Promise.all([client.report(), client.reportText()])
  return { value, text: text.trimEnd(), code: value.findings.some(({ rule }) => failOn.includes('any') || failOn.includes(rule)) ? 1 : 0 }
}

function matchOf (typed: Given): JournalMatch {
  const operation = typed.text('operation')
  return defined({
    api: typed.text('api'),
    operation: operation === undefined ? undefined : oneOf('--operation', OPERATIONS, operation),
    method: typed.text('method'),
    taskId: typed.text('task'),
    status: typed.text('status'),
    fault: typed.text('fault'),
    client: typed.text('client'),
    since: typed.text('since'),
  })
}

function nearMiss ({ seq, entry, differs }: Verification['nearest'][number]): string {
  const wrong = differs.map(({ criterion, expected, actual }) => `${criterion} is ${actual ?? 'none'}, not ${expected}`).join(', ')
  return `#${seq} ${entry.method} ${entry.path} ${entry.status ?? 'no reply'}${wrong === '' ? '' : `: ${wrong}`}`
}

function exchanges (entries: readonly JournalEntry[]): string {
  return table(['SEQ', 'AT', 'API', 'OPERATION', 'STATUS', 'REQUEST', 'TASK'], entries.map(({ seq, at, api, operation, status, method, path, taskId }) => [seq, at, api, operation, status, `${method} ${path}`, taskId]), 'no exchanges')
}
