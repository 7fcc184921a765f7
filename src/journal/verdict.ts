/**
 * The report as it is told: as an object, and as text for people.
 */
import { durationText } from './entry.js'
import type { Finding } from './finding.js'
import { redactPath, redactText } from './redaction.js'
import type { Present, Report, ToldFinding, ToldTask } from './report.js'
import { RULE_NAMES, ruleOf, type RuleName, type RuleSettings } from './rules.js'

/** What a rule found, in one sentence. */
const MESSAGES: { readonly [Name in RuleName]: (count: number, rules: RuleSettings) => string } = {
  'busy-loop': (count, { 'busy-loop': { minGap, count: least } }) => `${times(count, 'poll')} came less than ${durationText(minGap)} after the one before, ${least} or more in a row.`,
  'ignored-retry-after': (count) => `${times(count, 'poll')} came before the time was over that Retry-After had asked to wait.`,
  'polled-after-settled': (count) => `${times(count, 'poll')} came after the client had been told that the task has settled.`,
  'stopped-before-settled': () => 'The task has settled, and nobody polled it long enough to see that.',
  'overlapping-polls': (count) => `${times(count, 'poll')} came while an earlier one of the same client had no reply yet.`,
  'abandoned-wait': (count) => `The client left ${times(count, 'poll')} before the time was over that it had asked to wait.`,
  'output-reread': (count) => `${times(count, 'poll')} asked for lines of output that the client had already.`,
  'output-skipped': (count) => `${times(count, 'reply', 'replies')} brought lines of output to a client that never got those before them.`,
  'tail-never-fetched': () => 'The last lines of the output were never fetched.',
  'page-reread': (count) => `${times(count, 'request')} asked for a page of the list that the client had already.`,
  'page-skipped': (count) => `${times(count, 'time')} the page that followed was not asked for.`,
  'synchronised-herd': (count) => `${times(count, 'time')} many pollers polled at the same instant, with silence before and after.`,
}

/** What the report says. */
export function reportBody (report: Report, present: Present, seed: number) {
  const { tasks, findings } = report.tell(present)
  return {
    seed,
    from: report.startedAt === undefined ? null : instant(report.startedAt),
    to: instant(present.now),
    tasks: tasks.map(taskBody),
    pollsLeftOut: report.pollsLeftOut,
    findings: findings.map((told) => findingBody(told, report.rules)),
    verdict: findings.some(({ severity }) => severity === 'error') ? 'fail' as const : 'pass' as const,
  }
}

function taskBody ({ api, taskId, polls, gapMs, waits, leastWaitMs, longestWaitMs, firstArrivedAt, lastArrivedAt, noticedAfterMs, findings }: ToldTask) {
  return {
    taskId: redactPath(taskId),
    api,
    polls,
    gapMs: gapMs ?? null,
    waitSeconds: waits === 0 ? null : { polls: waits, min: leastWaitMs / 1000, max: longestWaitMs / 1000 },
    firstPollAt: instant(firstArrivedAt),
    lastPollAt: instant(lastArrivedAt),
    noticedAfterMs: noticedAfterMs ?? null,
    findings,
  }
}

function findingBody ({ rule, severity, api, taskId, finding }: ToldFinding, rules: RuleSettings) {
  return {
    rule,
    severity,
    api: api ?? null,
    taskId: taskId === undefined ? null : redactPath(taskId),
    client: clientOf(finding),
    count: finding.count,
    message: MESSAGES[rule](finding.count, rules),
    evidence: finding.evidence(),
  }
}

/** The rules in force, in the form in which they are changed. */
export function rulesBody (rules: RuleSettings): Record<string, Record<string, string | number>> {
  return Object.fromEntries(RULE_NAMES.map((name) => {
    const { thresholds } = ruleOf(name)
    return [name, Object.fromEntries(Object.entries(rules[name]).map(([key, value]) => [key, typeof value === 'number' && typeof thresholds[key] === 'object' ? durationText(value) : value]))]
  }))
}

/** The report for people. */
export function reportText ({ seed, from, to, tasks, pollsLeftOut, findings, verdict }: ReturnType<typeof reportBody>): string {
  const polls = tasks.reduce((sum, task) => sum + task.polls, pollsLeftOut)
  return [
    `${verdict.toUpperCase()}: ${times(findings.length, 'finding')} in ${times(polls, 'poll')} of ${times(tasks.length, 'task')}${from === null ? '' : `, ${from} to ${to}`} (seed ${seed})`,
    ...(pollsLeftOut === 0 ? [] : [`${times(pollsLeftOut, 'poll')} of further tasks were not judged.`]),
    ...findings.flatMap(({ rule, severity, api, taskId, client, message, evidence: { seqs, at, ...measured } }) => [
      '',
      `${severity}  ${rule}  ${[api, taskId].flatMap((part) => part === null ? [] : [printable(part)]).join(' ') || 'all tasks'}${client === null ? '' : `  by ${printable(client)}`}`,
      `  ${message}`,
      `  requests ${seqs.join(', ')}; first at ${at[0] ?? ''}`,
      ...Object.entries(measured).map(([name, values]) => `  ${name} ${printable(values.join(', '))}`),
    ]),
    ...(tasks.length === 0 ? [] : ['', 'task  polls  gaps in ms (min/median/max)  noticed after']),
    ...tasks.map(({ api, taskId, polls, gapMs, noticedAfterMs }) =>
      `${api} ${printable(taskId)}  ${polls}  ${gapMs === null ? '-' : `${gapMs.min}/${gapMs.median}/${gapMs.max}`}  ${noticedAfterMs === null ? '-' : durationText(noticedAfterMs)}`),
    '',
  ].join('\n')
}

function clientOf ({ client }: Finding): string | null {
  return client === '' ? null : redactText(client)
}

/** Clients choose ids and names, and a terminal acts on control characters. */
function printable (text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function times (count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

function instant (at: number): string {
  return new Date(at).toISOString()
}
