/**
 * One client that polls one task: what it does wrong from one poll to the next, in constant time and space.
 */
import { isSettled } from '../simulator/script.js'
import type { TaskSnapshot } from '../simulator/task.js'
import type { Entry } from './entry.js'
import type { Case, Findings } from './finding.js'
import type { RuleName, RuleSettings } from './rules.js'

const MOST_RUN_CASES = 10

export class Poller {
  readonly client: string
  polls = 0
  /** The last burst of polls in the sandbox that it took part in. */
  burst = 0
  /** The end of the output that it has been sent, as a number of lines. */
  linesShown = 0
  hasOutput = false
  #arrivedAt = 0
  #arrivedMachineAt = 0
  /** Of the reply that went out last. */
  #answeredAt = 0
  #answeredMachineAt = 0
  /** What the last reply asked for; 0: nothing. */
  #retryAfterMs = 0
  /** When it learned that the task has settled. */
  #toldMachineAt = Infinity
  #pollsAfterSettled = 0
  #shortGaps = 0
  #shortGapCases: Case[] | undefined

  constructor (client: string) {
    this.client = client
  }

  /** The task is another one under the same id: what the client knew of it counts no more. */
  forget (): void {
    this.#toldMachineAt = Infinity
    this.#pollsAfterSettled = 0
    this.hasOutput = false
    this.linesShown = 0
  }

  /** Judges the poll, which showed the task so, by those before it. Returns its gap on the sandbox clock and the pause that counts; undefined for the first. */
  count (entry: Entry, task: TaskSnapshot | undefined, rules: RuleSettings, findings: Findings<RuleName>): { readonly gapMs: number, readonly pauseMs: number } | undefined {
    const { seq, arrivedAt, arrivedMachineAt } = entry
    let gaps: { readonly gapMs: number, readonly pauseMs: number } | undefined
    if (this.polls++ > 0) {
      const gapMs = Math.max(arrivedAt - this.#arrivedAt, 0)
      gaps = { gapMs, pauseMs: Math.max(gapMs, arrivedMachineAt - this.#arrivedMachineAt) }
      this.#countGap(gaps.pauseMs, entry, rules, findings)
      if (arrivedMachineAt < this.#answeredMachineAt) findings.add('overlapping-polls', this.client, { seq, at: arrivedAt })
      else if (this.#retryAfterMs > 0) this.#countRetry(entry, rules, findings)
      // A poll that was under way when the news went out is no offence.
      if (arrivedMachineAt >= this.#toldMachineAt && ++this.#pollsAfterSettled > rules['polled-after-settled'].allowed) {
        findings.add('polled-after-settled', this.client, { seq, at: arrivedAt })
      }
    }
    if (entry.isAbandoned) this.#countAbandoned(entry, findings)
    if (entry.call.first !== undefined && task !== undefined && entry.method === 'GET') this.#countOutput(entry.call.first, task.lineCount, entry, rules, findings)

    if (task !== undefined && this.#toldMachineAt === Infinity && isSettled(task.state)) this.#toldMachineAt = entry.answeredMachineAt
    this.#arrivedAt = Math.max(arrivedAt, this.#arrivedAt)
    this.#arrivedMachineAt = Math.max(arrivedMachineAt, this.#arrivedMachineAt)
    this.#answeredAt = entry.answeredAt
    this.#answeredMachineAt = entry.answeredMachineAt
    this.#retryAfterMs = retryAfterMs(entry)
    return gaps
  }

  #countGap (pauseMs: number, { seq, arrivedAt }: Entry, rules: RuleSettings, findings: Findings<RuleName>): void {
    const { minGap, count } = rules['busy-loop']
    if (pauseMs >= minGap) {
      this.#shortGaps = 0
      return
    }
    const found = { seq, at: arrivedAt, measured: { gapsMs: Math.round(pauseMs) } }
    if (this.#shortGaps === 0) this.#shortGapCases = []
    if (this.#shortGaps < MOST_RUN_CASES) this.#shortGapCases?.push(found)
    this.#shortGaps++
    if (this.#shortGaps > count) {
      findings.add('busy-loop', this.client, found)
    } else if (this.#shortGaps === count) {
      // The evidence is how the loop began; what came since then counts without being kept.
      const cases = this.#shortGapCases ?? []
      for (const one of cases) findings.add('busy-loop', this.client, one)
      findings.addUnseen('busy-loop', count - cases.length)
    }
  }

  #countRetry ({ seq, arrivedAt, arrivedMachineAt }: Entry, rules: RuleSettings, findings: Findings<RuleName>): void {
    const pauseMs = Math.max(arrivedAt - this.#answeredAt, arrivedMachineAt - this.#answeredMachineAt)
    if (pauseMs + rules['ignored-retry-after'].tolerance >= this.#retryAfterMs) return
    findings.add('ignored-retry-after', this.client, { seq, at: arrivedAt, measured: { retryAfterMs: this.#retryAfterMs, pausesMs: Math.round(pauseMs) } })
  }

  #countAbandoned ({ seq, call: { waitMs = 0 }, faults, arrivedAt, arrivedMachineAt, answeredAt, answeredMachineAt }: Entry, findings: Findings<RuleName>): void {
    const stayedMs = Math.max(answeredAt - arrivedAt, answeredMachineAt - arrivedMachineAt)
    if (faults.length > 0 || stayedMs >= waitMs) return
    findings.add('abandoned-wait', this.client, { seq, at: arrivedAt, measured: { waitsMs: waitMs, stayedMs: Math.round(stayedMs) } })
  }

  #countOutput (first: number, last: number, { seq, arrivedAt: at }: Entry, rules: RuleSettings, findings: Findings<RuleName>): void {
    const known = this.linesShown
    if (this.hasOutput && first > known && last > first) {
      if (first - known >= rules['output-skipped'].lines) findings.add('output-skipped', this.client, { seq, at, measured: { skippedLines: `${known} to ${first - 1}` } })
    } else if (first < known && Math.min(last, known) - first >= rules['output-reread'].lines) {
      findings.add('output-reread', this.client, { seq, at, measured: { rereadLines: `${first} to ${Math.min(last, known) - 1}` } })
    }
    if (last > first) this.linesShown = Math.max(known, last)
    // Who begins in the middle has the rest from elsewhere.
    else if (!this.hasOutput) this.linesShown = first
    this.hasOutput = true
  }
}

const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** How long the reply asks its client to stay away, ms; 0 when it doesn't, or not in a form that HTTP knows. */
function retryAfterMs ({ replyHeaders, answeredAt }: Entry): number {
  const value = replyHeaders['retry-after']
  if (value === undefined) return 0
  const text = String(value)
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  return HTTP_DATE.test(text) ? Math.max(Date.parse(text) - answeredAt, 0) || 0 : 0
}
