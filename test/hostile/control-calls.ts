/** One good call for every call of the control plane that its document names. */
import { readFileSync } from 'node:fs'
import type { Sandbox } from '../../src/sandbox.js'
import { parseScenario } from '../../src/scenarios.js'
import { parseFault } from '../../src/faults/fault.js'

export interface ControlCall {
  readonly operationId: string
  readonly method: string
  /** Behind `/_pollux`, parameters filled in. */
  readonly path: string
  /** JSON text; undefined: it takes none. */
  readonly body: string | undefined
}

/** The task, fault and scenario that the calls are about; `prepare` puts them there. */
const TASK = 'HostileTask00001'
const HELD_TASK = 'HostileTask00002'

/** Bodies and queries by operation; what is not here takes neither. */
const BODIES: Readonly<Record<string, unknown>> = {
  changeOptions: { svix: { profile: 'hosted' } },
  createTask: { api: 'connect' },
  expireTask: {},
  holdTask: {},
  releaseTask: {},
  finishTask: { result: 1 },
  failTask: { error: 'no' },
  cancelTask: {},
  stepTask: {},
  outputTask: { lines: ['x'] },
  putScenario: { summary: 'x', like: 'success' },
  queueScenario: { api: 'connect', scenario: 'failure' },
  changeClock: { speed: 2 },
  freezeClock: {},
  resumeClock: {},
  advanceClock: { by: '1s' },
  addFault: { effect: { status: 503 } },
  verifyJournal: { match: {}, never: true },
  changeReportRules: { 'busy-loop': { severity: 'off' } },
  createSandbox: {},
  resetSandbox: {},
}
const QUERIES: Readonly<Record<string, string>> = { waitForTask: '?polls=0', waitForJournal: '?timeout=1ms' }
const PARAMETERS: Readonly<Record<string, (operationId: string) => string>> = {
  '/tasks/{id}': (operationId) => operationId === 'releaseTask' ? HELD_TASK : TASK,
  '/faults/{id}': () => '1',
  '/scenarios/{name}': () => 'own',
  '/sandboxes/{name}': () => 'bystander',
  '/openapi/{document}': () => 'control.json',
}

/** Every call that the document names; `snapshot` is what an import takes. */
export function controlCalls (snapshot: string): ControlCall[] {
  const { paths }: { paths: Record<string, Record<string, { operationId: string }>> } = JSON.parse(readFileSync(new URL('../../openapi/control.json', import.meta.url), 'utf8'))
  return Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { operationId }]) => {
    const filled = path.replace(/^(\/\w+\/)\{\w+\}/, (place, noun: string) => `${noun}${PARAMETERS[place]?.(operationId) ?? ''}`)
    const body = operationId === 'importSandbox' ? snapshot : operationId in BODIES ? JSON.stringify(BODIES[operationId]) : undefined
    return { operationId, method: method.toUpperCase(), path: filled + (QUERIES[operationId] ?? ''), body }
  }))
}

/** Puts there what the calls are about. */
export function prepare (sandbox: Sandbox): void {
  sandbox.putScenario(parseScenario('own', { summary: 'x', like: 'success' }))
  // With a step to go to.
  sandbox.startTask({ api: 'connect', kind: 'deploy', id: TASK, scenario: 'success' })
  sandbox.startTask({ api: 'connect', kind: 'deploy', id: HELD_TASK, scenario: 'never-finishes' })
  sandbox.simulator.hold('connect', HELD_TASK)
  sandbox.addFault(parseFault({ match: { taskId: 'nobody' }, effect: { status: 500 } }), sandbox.clock.now())
}
