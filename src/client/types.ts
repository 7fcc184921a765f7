/**
 * What the control plane takes and tells, as types: derived from the schemas that it validates and answers by.
 * The package's declarations carry them written out.
 */
import type { Static } from '@sinclair/typebox'
import type { ApiReply } from '../control/apis.js'
import type { AdvanceReply, ClockReply } from '../control/clock.js'
import type { FaultReply } from '../control/faults.js'
import type { HealthReply } from '../control/health.js'
import type { EntryReply, Match, Verified } from '../control/journal.js'
import type { NextReply } from '../control/next.js'
import type { ReportReply } from '../control/report.js'
import type { ResetBody, ResetReply } from '../control/reset.js'
import type { NewSandbox as NewSandboxSchema, SandboxReply } from '../control/sandboxes.js'
import type { ScenarioReply } from '../control/scenarios.js'
import type { TaskReply, TaskSummary as TaskSummarySchema } from '../control/task-view.js'
import type { NewTask as NewTaskSchema } from '../control/tasks.js'
import type { FaultJson } from '../faults/fault.js'
import type { RuleName, RULES, Severity } from '../journal/rules.js'
import type { ScenarioJson } from '../scenarios.js'

export type Health = Static<typeof HealthReply>
export type Api = Static<typeof ApiReply>
/** By API, options by name. */
export type Options = Record<string, Record<string, unknown>>
export type Task = Static<typeof TaskReply>
export type TaskSummary = Static<typeof TaskSummarySchema>
export type NewTask = Static<typeof NewTaskSchema>
export type Scenario = Static<typeof ScenarioReply>
export type NewScenario = ScenarioJson
export type NextScenario = Static<typeof NextReply>
export type Clock = Static<typeof ClockReply>
export type Advance = Static<typeof AdvanceReply>
export type NewFault = FaultJson
export type Fault = Static<typeof FaultReply>
export type SandboxInfo = Static<typeof SandboxReply>
export type NewSandbox = Static<typeof NewSandboxSchema>
export type Reset = Static<typeof ResetReply>
export type TaskState = TaskSummary['state']

/** `"200ms"`, `"1.5s"`, `"2m"`, `"1h"`, `"3d"`, or a number of milliseconds. */
export type Duration = string | number
/** What a reset can leave as it is. */
export type Keepable = NonNullable<Static<typeof ResetBody>['keep']>[number]

/** Part of a list. */
export interface Page<Item> {
  readonly items: Item[]
  /** What `after` takes for the next page; null: this is the last one. */
  readonly next: string | null
}

/** Which part of a list. */
export interface Paging {
  /** Most items of a page: 1 to 1000, default 100. */
  readonly limit?: number
  /** Where the page begins: `next` of the page before. */
  readonly after?: string
}

/** What a verification or a wait looks for; all that is given must hold. */
export type JournalMatch = Static<typeof Match>
export type JournalEntry = Static<typeof EntryReply>
export type Verification = Static<typeof Verified>

/** What a wait found. */
export interface Awaited {
  readonly count: number
  /** The latest of them, 100 at most. */
  readonly items: JournalEntry[]
}

export type Report = Static<typeof ReportReply>
export type Finding = Report['findings'][number]

type Thresholds = { [Rule in RuleName]: typeof RULES[Rule]['thresholds'] }
type RuleValue<Value> = Value extends number ? number : string | number

/** The rules in force: severity and thresholds of each. */
export type ReportRules = { [Rule in RuleName]: { [Key in 'severity' | keyof Thresholds[Rule]]: Key extends keyof Thresholds[Rule] ? RuleValue<Thresholds[Rule][Key]> : Severity } }
/** What differs from now on. */
export type ReportRuleChanges = { [Rule in RuleName]?: { [Key in 'severity' | keyof Thresholds[Rule]]?: Key extends keyof Thresholds[Rule] ? RuleValue<Thresholds[Rule][Key]> : Severity } }

/** A sandbox mid-flight: JSON to be kept and put back as it is. */
export interface Snapshot {
  readonly version: number
  readonly [part: string]: unknown
}

/** What a snapshot brought. */
export interface Restored {
  readonly name: string
  readonly tasks: number
  readonly faults: number
}
