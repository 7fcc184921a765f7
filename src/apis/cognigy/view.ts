/**
 * From a task's snapshot to the bodies on the wire (cognigy contract, 3, 5.2 and 8).
 */
import type { Json, JsonObject, TaskState } from '../../simulator/script.js'
import type { ListState } from '../../simulator/simulator.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { resourcePath } from './errors.js'
import type { Medium } from './negotiation.js'

/** The keys of a polled task, in the vendor's order. */
export const TASK_KEYS = [
  'name', 'data', 'status', 'currentStep', 'totalStep', 'failReason', 'lastRunAt', 'lastFinishedAt', '_id', 'createdAt', 'lastChanged', 'createdBy', 'lastChangedBy',
] as const

/** A task as the vendor shows it. */
export type TaskBody = JsonObject & Readonly<Record<typeof TASK_KEYS[number], Json>>

/** A page of a list, its cursors being ids of its last and first task. */
export interface Page {
  readonly snapshots: readonly TaskSnapshot[]
  /** Matches on all pages. */
  /** How the list stood that it is a page of. */
  readonly state: ListState
  readonly total: number
  readonly nextCursor: string | null
  readonly previousCursor: string | null
}

/** Where a reply goes: its links lead the same way. */
export interface Addressee {
  readonly medium: Medium
  /** What stands in front of the vendor's paths for this client. */
  readonly mount: string
  /** The vendor's path as asked for, with its query. */
  readonly path: string
}

const STATUS: Record<TaskState, string> = {
  queued: 'queued', running: 'active', cancelling: 'cancelling', succeeded: 'done', failed: 'error', cancelled: 'cancelled',
}

const DEFAULT_TOTAL_STEP = 100
const DEFAULT_FAIL_REASON = 'Task failed'

/** Who has started and changed every task. */
export const FIXTURE_USER = '5f8f0c1e2a6b4d0012ab34cd'

/** What has been rendered of a snapshot so far; it lasts as long as the snapshot, which is until the task changes. */
interface Rendering {
  readonly body: TaskBody
  json?: string
  hal?: string
  /** The mount in the links of `hal`. */
  mount?: string
  xml?: Promise<string>
  csv?: Promise<string>
}

const renderings = new WeakMap<TaskSnapshot, Rendering>()

/** The task as an object, the same for the same snapshot. */
export function taskBody (snapshot: TaskSnapshot): TaskBody {
  return renderingOf(snapshot).body
}

/** The task in the addressee's medium; at once for the JSON media, later for those whose library may have to be loaded first. */
export function renderTask (snapshot: TaskSnapshot, { medium, mount }: Addressee): string | Promise<string> {
  const rendering = renderingOf(snapshot)
  const { body } = rendering
  switch (medium) {
    case 'application/json':
      return jsonOf(snapshot)
    case 'application/hal+json':
      if (rendering.hal === undefined || rendering.mount !== mount) {
        rendering.hal = JSON.stringify({ ...body, _links: taskLinks(snapshot, mount) })
        rendering.mount = mount
      }
      return rendering.hal
    case 'application/xml':
    case 'text/xml':
      rendering.xml ??= renderXml('task', body)
      return rendering.xml
    case 'text/csv':
      rendering.csv ??= renderCsv([body])
      return rendering.csv
  }
}

/** The task as the call that started it is told of it, under key names of its own (contract 3.2). */
export function createdBody ({ task }: TaskSnapshot): JsonObject {
  const createdAt = seconds(task.createdAt)
  return {
    _id: task.id,
    status: 'queued',
    type: task.kind,
    parameters: task.parameters,
    createdAt,
    lastCreatedAt: createdAt,
    lastChangedAt: createdAt,
    progress: 0,
    currentStep: 0,
    totalStep: DEFAULT_TOTAL_STEP,
  }
}

/** The same with its links where the addressee wants them. */
export function createdFor (snapshot: TaskSnapshot, { medium, mount }: Addressee): JsonObject {
  return medium === 'application/hal+json' ? { ...createdBody(snapshot), _links: taskLinks(snapshot, mount) } : createdBody(snapshot)
}

/** The page in the addressee's medium. */
export function renderPage (page: Page, { medium, mount, path }: Addressee): string | Promise<string> {
  const { snapshots, total, nextCursor, previousCursor } = page
  switch (medium) {
    case 'application/json':
      return `{"items":[${snapshots.map(jsonOf).join()}],"total":${total},"nextCursor":${JSON.stringify(nextCursor)},"previousCursor":${JSON.stringify(previousCursor)}}`
    case 'application/hal+json':
      return JSON.stringify({
        _embedded: { tasks: snapshots.map((snapshot) => ({ ...taskBody(snapshot), taskId: snapshot.task.id, _links: taskLinks(snapshot, mount) })) },
        _links: pageLinks(page, mount, path),
        total,
      })
    case 'application/xml':
    case 'text/xml':
      return renderXml('tasks', { items: snapshots.map(taskBody), total, nextCursor, previousCursor })
    case 'text/csv':
      return renderCsv(snapshots.map(taskBody))
  }
}

/** The task as JSON text, the same for the same snapshot. */
function jsonOf (snapshot: TaskSnapshot): string {
  const rendering = renderingOf(snapshot)
  rendering.json ??= JSON.stringify(rendering.body)
  return rendering.json
}

function renderingOf (snapshot: TaskSnapshot): Rendering {
  let rendering = renderings.get(snapshot)
  if (rendering === undefined) {
    rendering = { body: toTaskBody(snapshot) }
    renderings.set(snapshot, rendering)
  }
  return rendering
}

function toTaskBody (snapshot: TaskSnapshot): TaskBody {
  const { task, state } = snapshot
  const totalStep = snapshot.stepCounts?.total ?? DEFAULT_TOTAL_STEP
  return {
    name: task.kind,
    data: { ...task.parameters, ...snapshot.data, ...resultKeys(state === 'succeeded' ? snapshot.result : foreknown(snapshot)) },
    status: STATUS[state],
    // Products such as 0.29 × 100 lie a little below the whole number that they mean.
    currentStep: state === 'succeeded' ? totalStep : snapshot.stepCounts?.current ?? Math.floor(snapshot.progress * totalStep + 1e-9),
    totalStep,
    failReason: state === 'failed' ? failReason(snapshot) : '',
    lastRunAt: dateTime(snapshot.startedAt),
    lastFinishedAt: dateTime(snapshot.settledAt),
    _id: task.id,
    createdAt: seconds(task.createdAt),
    lastChanged: seconds(snapshot.changedAt),
    createdBy: FIXTURE_USER,
    lastChangedBy: FIXTURE_USER,
    ...task.wire,
  }
}

/** What of the result shows before the end: a playbook's run has its id as soon as it runs (contract 7.1, row 12). */
function foreknown ({ task, startedAt }: TaskSnapshot): Json | undefined {
  return task.kind === 'runPlaybook' && startedAt !== undefined ? task.result : undefined
}

/** Texts of scenarios name what the task was to make by `{name}`. */
function failReason ({ task, error }: TaskSnapshot): string {
  const message = error?.message || DEFAULT_FAIL_REASON
  return message.includes('{name}') ? message.replaceAll('{name}', () => nameToMake(task)) : message
}

function nameToMake ({ effect, label }: TaskRecord): string {
  const item = effect?.['item']
  return isObject(item) ? String(item['name'] ?? '') : label ?? ''
}

function resultKeys (result: Json | undefined): JsonObject {
  return isObject(result) ? result : {}
}

/** True for objects, not for arrays and null. */
export function isObject (value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function dateTime (at: number | undefined): string | null {
  return at === undefined ? null : new Date(at).toISOString()
}

/** Unix seconds, rounded down (contract 3.1.4). */
export function seconds (at: number): number {
  return Math.floor(at / 1000)
}

function taskLinks ({ task }: TaskSnapshot, mount: string): JsonObject {
  return { self: { href: `${mount}/v2.0/tasks/${encodeURIComponent(task.id)}` } }
}

/** Links to the page itself and to its neighbours. */
export function pageLinks ({ nextCursor, previousCursor }: Pick<Page, 'nextCursor' | 'previousCursor'>, mount: string, path: string): JsonObject {
  const href = mount + resourcePath(path)
  const queryAt = path.indexOf('?')
  // A link is for everybody who may see it, so it carries no credential.
  const parameters = (queryAt < 0 ? [] : path.slice(queryAt + 1).split('&')).filter((parameter) => parameter !== '' && !isNamed(parameter, ['api_key']))
  // What was skipped lies in front of the cursor already.
  const kept = parameters.filter((parameter) => !isNamed(parameter, ['next', 'previous', 'skip']))
  return {
    self: { href: withQuery(href, parameters) },
    ...(nextCursor === null ? {} : { next: { href: withQuery(href, [...kept, `next=${encodeURIComponent(nextCursor)}`]) } }),
    ...(previousCursor === null ? {} : { prev: { href: withQuery(href, [...kept, `previous=${encodeURIComponent(previousCursor)}`]) } }),
  }
}

/** True for `name=…` and `name[]=…`, however it is percent-encoded. */
function isNamed (parameter: string, names: readonly string[]): boolean {
  const [name = ''] = new URLSearchParams(parameter).keys()
  return names.includes(name.replace(/\[\]$/, ''))
}

function withQuery (path: string, parameters: readonly string[]): string {
  return parameters.length === 0 ? path : `${path}?${parameters.join('&')}`
}

async function renderXml (root: string, value: Json): Promise<string> {
  const { toXml } = await import('./xml.js')
  return toXml(root, value)
}

async function renderCsv (records: readonly JsonObject[]): Promise<string> {
  const { toCsv } = await import('./csv.js')
  return toCsv(TASK_KEYS, records)
}
