/**
 * The rules that the report judges pollers by, each with its thresholds.
 */

export const SEVERITIES = ['error', 'warning', 'off'] as const
/** How much a finding weighs: an error fails the report, `off` hides it. */
export type Severity = typeof SEVERITIES[number]

/** A rule as it is at the start. Thresholds given as numbers are counts, those given as `{ ms }` are durations. */
interface RuleDefinition {
  readonly severity: Severity
  /** When it fires, in terms of its thresholds. */
  readonly fires: string
  readonly thresholds: Readonly<Record<string, number | { readonly ms: number }>>
}

/**
 * All rules. A *client* is one `User-Agent`; a *pause* is taken on the sandbox's clock and on the machine's, and the larger
 * of both counts, so that neither a frozen clock with real sleeps nor a fast clock makes a client look hasty.
 */
export const RULES = {
  'busy-loop': {
    severity: 'error',
    fires: 'A client polled one task `count` times in a row less than `minGap` after its poll before (from arrival to arrival).',
    thresholds: { minGap: { ms: 100 }, count: 20 },
  },
  'ignored-retry-after': {
    severity: 'error',
    fires: 'A reply to a poll carried Retry-After (seconds or an HTTP date; anything else counts for nothing), and the client\'s next poll of the task came more than `tolerance` before that time was over.',
    thresholds: { tolerance: { ms: 10 } },
  },
  'polled-after-settled': {
    severity: 'warning',
    fires: 'A client that had got a reply which shows the task settled polled it more than `allowed` times after that.',
    thresholds: { allowed: 0 },
  },
  'stopped-before-settled': {
    severity: 'warning',
    fires: 'The task has settled, no reply ever showed it, and for `after` (or twice the longest pause so far, if that is longer) nobody has polled it. Judged when the report is asked for. A task whose last poll was answered with a status of 400 to 499 other than 408, 425 and 429 was rightly given up.',
    thresholds: { after: { ms: 10_000 } },
  },
  'overlapping-polls': {
    severity: 'warning',
    fires: 'At least `count` times a poll arrived while an earlier one of the same client for the same task had no reply yet (by the machine\'s clock).',
    thresholds: { count: 1 },
  },
  'abandoned-wait': {
    severity: 'warning',
    fires: 'At least `count` times a client asked a poll to wait and left before that time was over, without a fault having delayed the reply.',
    thresholds: { count: 1 },
  },
  'output-reread': {
    severity: 'warning',
    fires: 'A poll asked again for at least `lines` lines of output that its client had been sent already.',
    thresholds: { lines: 1 },
  },
  'output-skipped': {
    severity: 'error',
    fires: 'A reply brought lines of output to a client that had not been sent at least `lines` lines before them. A client\'s first poll may begin anywhere.',
    thresholds: { lines: 1 },
  },
  'tail-never-fetched': {
    severity: 'warning',
    fires: 'The task has settled, its output was read, and at least `lines` lines at its end were never sent to anybody; a reply has shown the end, or nobody has polled for as long as `stopped-before-settled` says. Judged when the report is asked for.',
    thresholds: { lines: 1 },
  },
  'page-reread': {
    severity: 'warning',
    fires: 'At least `count` times a client that reads a list page by page asked for a page that it had been sent in the same walk. A request without cursor begins a new walk.',
    thresholds: { count: 1 },
  },
  'page-skipped': {
    severity: 'warning',
    fires: 'At least `count` times a client that reads a list page by page asked for a page other than the one which follows, or, having followed at least one cursor, began anew although there was a next page.',
    thresholds: { count: 1 },
  },
  'synchronised-herd': {
    severity: 'warning',
    fires: 'At least `times` times `pollers` or more pollers (pairs of client and task) polled within `window`, with no poll for `quiet` before and after. Polls that ask to wait don\'t count: what releases them together is the server.',
    thresholds: { pollers: 20, window: { ms: 100 }, quiet: { ms: 500 }, times: 3 },
  },
} as const satisfies Record<string, RuleDefinition>

export type RuleName = keyof typeof RULES

/** The rules in force: durations in milliseconds. */
export type RuleSettings = {
  [Name in RuleName]: { severity: Severity } & { [Threshold in keyof (typeof RULES)[Name]['thresholds']]: number }
}

/** The keys of RULES, in its order. */
export const RULE_NAMES = Object.keys(RULES) as RuleName[]

/** The definition, however its thresholds are called. */
export function ruleOf (name: RuleName): RuleDefinition {
  return RULES[name]
}

/** The rules as they are at the start. */
export function defaultRules (): RuleSettings {
  // Built from the very table that its type is derived from.
  return Object.fromEntries(RULE_NAMES.map((name) => {
    const { severity, thresholds } = ruleOf(name)
    return [name, { severity, ...Object.fromEntries(Object.entries(thresholds).map(([threshold, value]) => [threshold, typeof value === 'number' ? value : value.ms])) }]
  })) as RuleSettings
}
