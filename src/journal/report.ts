/**
 * The verdict on the pollers of a sandbox: counted as exchanges pass, in constant time each, and told when somebody asks.
 */
import { isSettled } from '../simulator/script.js'
import type { TaskSnapshot } from '../simulator/task.js'
import type { Entry } from './entry.js'
import { Finding, Findings } from './finding.js'
import type { Gaps } from './gaps.js'
import { Herd } from './herd.js'
import { PageWalks } from './page-walks.js'
import { defaultRules, RULE_NAMES, type RuleName, type RuleSettings, type Severity } from './rules.js'
import { Track } from './track.js'

/** Tasks whose polls are judged one by one; polls of others are counted only. */
const MOST_TASKS = 10_000
/** No vendor's ids are longer, nor those that the control plane gives. */
const LONGEST_ID = 255

/** A finding as it is told. */
export interface ToldFinding {
  readonly rule: RuleName
  readonly severity: Severity
  readonly api: string | undefined
  readonly taskId: string | undefined
  readonly finding: Finding
}

/** A task as it is told. */
export interface ToldTask extends Pick<Track, 'api' | 'taskId' | 'polls' | 'waits' | 'leastWaitMs' | 'longestWaitMs' | 'firstArrivedAt' | 'lastArrivedAt' | 'noticedAfterMs'> {
  readonly gapMs: ReturnType<Gaps['summary']>
  readonly findings: RuleName[]
}

/** When and of what the report is told. */
export interface Present {
  readonly now: number
  readonly machineNow: number
  /** The task as it is now; undefined when it is gone. */
  readonly peek: (api: string, id: string) => TaskSnapshot | undefined
}

export class Report {
  /** In force from the next exchange on; severities at once. They outlive `clear`. */
  readonly rules: RuleSettings = defaultRules()
  /** Polls of tasks beyond those that are judged. */
  pollsLeftOut = 0
  /** Arrival of the first exchange, sandbox clock. */
  startedAt: number | undefined
  readonly #tracks = new Map<string, Map<string, Track>>()
  #trackCount = 0
  readonly #walks = new PageWalks()
  /** By API. */
  readonly #walkFindings = new Map<string, Findings<RuleName>>()
  #herd = new Herd()

  /** Judges the exchange, by the task as its reply shows it and the cursor that its page ends with. */
  count (entry: Entry, task: TaskSnapshot | undefined, nextCursor: string | null | undefined): void {
    this.startedAt ??= entry.arrivedAt
    const { operation, taskId } = entry.call
    if (operation === 'list') return this.#walks.count(entry, nextCursor, this.#walkFindingsOf(entry.api))
    if (operation !== 'poll' || taskId === undefined) return
    const track = this.#track(entry.api, taskId, entry.client)
    if (track === undefined) {
      this.pollsLeftOut++
      return
    }
    track.count(entry, task)
    const poller = track.poller(entry.client)
    if (poller === undefined) return
    const gaps = poller.count(entry, task, this.rules, track.findings)
    if (gaps !== undefined) {
      track.gaps.add(gaps.gapMs)
      if (gaps.pauseMs > track.longestPauseMs) track.longestPauseMs = gaps.pauseMs
    }
    this.#herd.count(entry, poller, this.rules)
  }

  clear (): void {
    this.#tracks.clear()
    this.#trackCount = 0
    this.#walks.clear()
    this.#walkFindings.clear()
    this.#herd = new Herd()
    this.pollsLeftOut = 0
    this.startedAt = undefined
  }

  /** False when the task has certainly not been polled. */
  mayKnow (api: string, taskId: string): boolean {
    return this.pollsLeftOut > 0 || this.#tracks.get(api)?.has(taskId) === true
  }

  /** The tasks in the order of their first polls, the findings in that of tasks and rules. */
  tell (present: Present): { readonly tasks: ToldTask[], readonly findings: ToldFinding[] } {
    const tasks: ToldTask[] = []
    const findings: ToldFinding[] = []
    for (const tracks of this.#tracks.values()) {
      for (const track of tracks.values()) {
        const told = this.#told(track.api, track.taskId, (rule) => this.#judge(rule, track, present))
        const { api, taskId, polls, waits, leastWaitMs, longestWaitMs, firstArrivedAt, lastArrivedAt, noticedAfterMs } = track
        tasks.push({ api, taskId, polls, waits, leastWaitMs, longestWaitMs, firstArrivedAt, lastArrivedAt, noticedAfterMs, gapMs: track.gaps.summary(), findings: told.map(({ rule }) => rule) })
        findings.push(...told)
      }
    }
    for (const [api, walkFindings] of this.#walkFindings) findings.push(...this.#told(api, undefined, (rule) => this.#counted(rule, walkFindings)))
    findings.push(...this.#told(undefined, undefined, (rule) => rule === 'synchronised-herd' ? this.#herd.finding(this.rules) : undefined))
    return { tasks, findings }
  }

  #track (api: string, taskId: string, client: string): Track | undefined {
    let tracks = this.#tracks.get(api)
    if (tracks === undefined) {
      tracks = new Map()
      this.#tracks.set(api, tracks)
    }
    let track = tracks.get(taskId)
    if (track === undefined && this.#trackCount < MOST_TASKS && taskId.length <= LONGEST_ID) {
      track = new Track(api, taskId, client)
      tracks.set(taskId, track)
      this.#trackCount++
    }
    return track
  }

  #walkFindingsOf (api: string): Findings<RuleName> {
    let findings = this.#walkFindings.get(api)
    if (findings === undefined) {
      findings = new Findings()
      this.#walkFindings.set(api, findings)
    }
    return findings
  }

  #told (api: string | undefined, taskId: string | undefined, findingOf: (rule: RuleName) => Finding | undefined): ToldFinding[] {
    return RULE_NAMES.flatMap((rule) => {
      const { severity } = this.rules[rule]
      const finding = severity === 'off' ? undefined : findingOf(rule)
      return finding === undefined ? [] : [{ rule, severity, api, taskId, finding }]
    })
  }

  #judge (rule: RuleName, track: Track, present: Present): Finding | undefined {
    if (rule === 'stopped-before-settled') return this.#stopped(track, present)
    if (rule === 'tail-never-fetched') return this.#tail(track, present)
    return this.#counted(rule, track.findings)
  }

  /** The cases, if there are as many as the rule wants. */
  #counted (rule: RuleName, findings: Findings<RuleName>): Finding | undefined {
    const finding = findings.get(rule)
    const settings = this.rules[rule]
    // A busy loop's count is one of gaps in a row, and reached when there is a case at all.
    const least = 'count' in settings && rule !== 'busy-loop' ? settings.count : 1
    return finding !== undefined && finding.count >= least ? finding : undefined
  }

  #stopped (track: Track, present: Present): Finding | undefined {
    const settled = settledSnapshot(track, present)
    if (settled === undefined || track.noticedAfterMs !== undefined || !this.#isLeft(track, settled, present)) return undefined
    return lastPollOf(track, { settledAt: new Date(settled.settledAt ?? present.now).toISOString() })
  }

  #tail (track: Track, present: Present): Finding | undefined {
    const pollers = track.pollers().filter(({ hasOutput }) => hasOutput)
    const settled = pollers.length === 0 ? undefined : settledSnapshot(track, present)
    if (settled === undefined || (track.noticedAfterMs === undefined && !this.#isLeft(track, settled, present))) return undefined
    const shown = Math.max(...pollers.map(({ linesShown }) => linesShown))
    if (settled.lineCount - shown < this.rules['tail-never-fetched'].lines) return undefined
    return lastPollOf(track, { missedLines: `${shown} to ${settled.lineCount - 1}` })
  }

  /** True when nobody has polled for so long that nobody will. */
  #isLeft (track: Track, { settledAt = 0 }: TaskSnapshot, { now, machineNow }: Present): boolean {
    const { lastStatus, lastAnsweredAt, lastAnsweredMachineAt, longestPauseMs } = track
    if (lastStatus !== null && lastStatus >= 400 && lastStatus < 500 && ![408, 425, 429].includes(lastStatus)) return false
    const silentMs = Math.max(now - Math.max(settledAt, lastAnsweredAt), machineNow - lastAnsweredMachineAt)
    return silentMs >= Math.max(this.rules['stopped-before-settled'].after, 2 * longestPauseMs)
  }
}

/** The task at its end; undefined when it has not come to it, or was never shown and is gone. */
function settledSnapshot ({ api, taskId }: Track, { peek }: Present): TaskSnapshot | undefined {
  const snapshot = peek(api, taskId)
  return snapshot !== undefined && isSettled(snapshot.state) ? snapshot : undefined
}

function lastPollOf (track: Track, measured: Readonly<Record<string, string>>): Finding {
  const finding = new Finding(track.lastClient)
  finding.add({ seq: track.lastSeq, at: track.lastArrivedAt, measured })
  return finding
}
