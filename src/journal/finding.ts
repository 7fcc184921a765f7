/**
 * What a rule found about one task, or about the sandbox: how often, and the first cases as evidence.
 */

/** How many cases are shown. */
const MOST_CASES = 10

/** One case: the request and its instant, and what was measured. */
export interface Case {
  readonly seq: number
  /** Arrival, sandbox clock. */
  readonly at: number
  readonly measured?: Readonly<Record<string, number | string>>
}

export class Finding {
  /** Who gave cause first. */
  readonly client: string
  /** Cases so far. */
  count = 0
  readonly #cases: Case[] = []

  constructor (client: string) {
    this.client = client
  }

  /** Counts a case; the first ones are kept. */
  add (found: Case): void {
    this.count++
    if (this.#cases.length < MOST_CASES) this.#cases.push(found)
  }

  copy (): Finding {
    const copy = new Finding(this.client)
    copy.count = this.count
    copy.#cases.push(...this.#cases)
    return copy
  }

  /** The first cases, each kind of value in a list of its own. */
  evidence (): { seqs: number[], at: string[], [measured: string]: ReadonlyArray<number | string> } {
    const names = [...new Set(this.#cases.flatMap(({ measured = {} }) => Object.keys(measured)))]
    return {
      seqs: this.#cases.map(({ seq }) => seq),
      at: this.#cases.map(({ at }) => new Date(at).toISOString()),
      ...Object.fromEntries(names.map((name) => [name, this.#cases.flatMap(({ measured }) => measured?.[name] ?? [])])),
    }
  }
}

/** The findings of one task, or of the sandbox, by rule. */
export class Findings<Rule extends string> {
  #byRule: Map<Rule, Finding> | undefined

  add (rule: Rule, client: string, found: Case): void {
    this.#byRule ??= new Map()
    let finding = this.#byRule.get(rule)
    if (finding === undefined) {
      finding = new Finding(client)
      this.#byRule.set(rule, finding)
    }
    finding.add(found)
  }

  /** Counts further cases of a rule that has some, without keeping them. */
  addUnseen (rule: Rule, count: number): void {
    const finding = this.#byRule?.get(rule)
    if (finding !== undefined) finding.count += count
  }

  get (rule: Rule): Finding | undefined {
    return this.#byRule?.get(rule)
  }
}
