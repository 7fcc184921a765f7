/**
 * Which calls a fault is about. Pure.
 */
import type { Static } from '@sinclair/typebox'
import type { Call } from '../call.js'
import { ScriptError } from '../simulator/script.js'
import type { TaskSnapshot } from '../simulator/task.js'
import type { FaultMatchJson } from './fault.js'
import { compileGlob } from './glob.js'

const LONGEST_GLOB = 256

/** An exchange at its arrival, as the matchers see it. */
export interface Subject {
  readonly api: string
  readonly call: Call
  readonly method: string
  /** The vendor's path, with or without query. */
  readonly path: string
  /** The task it is about, if there is one. */
  readonly task: TaskSnapshot | undefined
  /** Sandbox clock, epoch ms. */
  readonly now: number
}

export type Matcher = (subject: Subject) => boolean

/** Compiles what a fault says of its calls. Throws ScriptError; `path` is where it stands. */
export function parseMatch (json: Static<typeof FaultMatchJson>, path: string): Matcher {
  const { api, operation, taskId, label, state, afterLine, afterProgress, method, path: glob } = json
  const conditions: Matcher[] = []
  if (api !== undefined) conditions.push((subject) => subject.api === api)
  if (operation !== undefined && operation !== 'any') conditions.push(({ call }) => call.operation === operation)
  if (taskId !== undefined) conditions.push(({ call }) => call.taskId === taskId)
  if (label !== undefined) conditions.push(({ task }) => task?.task.label === label)
  if (state !== undefined) conditions.push(({ task }) => task?.state === state)
  if (afterLine !== undefined) conditions.push(({ task }) => task !== undefined && task.lineCount >= afterLine)
  if (afterProgress !== undefined) conditions.push(({ task }) => task !== undefined && task.progress >= afterProgress)
  if (method !== undefined) {
    const name = parseMethod(method, `${path}/method`)
    conditions.push((subject) => subject.method === name)
  }
  if (glob !== undefined) {
    const describes = parseGlob(glob, `${path}/path`)
    conditions.push((subject) => describes(bare(subject.path)))
  }
  return (subject) => {
    for (const holds of conditions) if (!holds(subject)) return false
    return true
  }
}

function parseMethod (method: string, path: string): string {
  if (!/^[A-Za-z-]+$/.test(method)) throw new ScriptError(path, `expected an HTTP method such as GET, got ${JSON.stringify(method)}`)
  return method.toUpperCase()
}

/** Every path begins with a slash, so no other glob would ever match. */
function parseGlob (glob: string, path: string): (path: string) => boolean {
  if (!/^[/*]/.test(glob)) throw new ScriptError(path, `expected a glob over the path, beginning with / or *, got ${JSON.stringify(glob)}`)
  if (glob.length > LONGEST_GLOB) throw new ScriptError(path, `expected a glob of at most ${LONGEST_GLOB} characters, got ${glob.length}`)
  return compileGlob(glob)
}

function bare (path: string): string {
  const end = path.search(/[?#]/)
  return end < 0 ? path : path.slice(0, end)
}
