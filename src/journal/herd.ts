/**
 * Pollers in step: many that poll at the same instant, again and again, with silence in between.
 */
import type { Entry } from './entry.js'
import { Finding } from './finding.js'
import type { Poller } from './poller.js'
import type { RuleSettings } from './rules.js'

export class Herd {
  /** Number of the present burst: polls with no quiet between them. */
  #burst = 0
  #pollers = 0
  #firstSeq = 0
  #startedAt = 0
  #startedMachineAt = 0
  #latestAt = -Infinity
  #latestMachineAt = -Infinity
  #finding = new Finding('')

  count ({ seq, arrivedAt, arrivedMachineAt, call }: Entry, poller: Poller, rules: RuleSettings): void {
    if (call.waitMs !== undefined && call.waitMs > 0) return
    if (Math.max(arrivedAt - this.#latestAt, arrivedMachineAt - this.#latestMachineAt) >= rules['synchronised-herd'].quiet) {
      this.#close(this.#finding, rules)
      this.#burst++
      this.#pollers = 0
      this.#firstSeq = seq
      this.#startedAt = arrivedAt
      this.#startedMachineAt = arrivedMachineAt
    }
    if (poller.burst !== this.#burst) {
      poller.burst = this.#burst
      this.#pollers++
    }
    this.#latestAt = Math.max(this.#latestAt, arrivedAt)
    this.#latestMachineAt = Math.max(this.#latestMachineAt, arrivedMachineAt)
  }

  /** The bursts of a herd so far, if they are enough; the present one counts as over. */
  finding (rules: RuleSettings): Finding | undefined {
    // The present burst may go on, so it is judged on a copy.
    const finding = this.#finding.copy()
    this.#close(finding, rules)
    return finding.count >= rules['synchronised-herd'].times ? finding : undefined
  }

  #close (finding: Finding, rules: RuleSettings): void {
    const { pollers, window } = rules['synchronised-herd']
    const spreadMs = Math.max(this.#latestAt - this.#startedAt, this.#latestMachineAt - this.#startedMachineAt)
    if (this.#pollers < pollers || spreadMs > window) return
    finding.add({ seq: this.#firstSeq, at: this.#startedAt, measured: { pollers: this.#pollers, spreadsMs: Math.round(spreadMs) } })
  }
}
