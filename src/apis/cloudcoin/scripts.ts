/**
 * Scripts made for a start: those of success with another number of replies than 25, and those that end in a vendor's error.
 * Tasks that are alike share one.
 */
import { parseScript, type Script } from '../../simulator/script.js'
import type { TaskStart } from '../../sandbox.js'
import { batchCount, SERVER_COUNT } from './coins.js'
import type { ServiceError } from './service-error.js'

type Usual = NonNullable<TaskStart['usual']>

const REPLY = 'Last received response was from Raida {raida}'
/** What a kind says before the servers reply. */
const LEADS: Readonly<Record<string, readonly string[]>> = {
  health: ['Health Checking Coins'],
  import: ['Unpacking Coins', 'Placing Coins', 'Generating Pans', 'Powning'],
  pown: ['Powning'],
}
const LEAD_MS = 20
const USUAL_MS = 1000
const FAILING_MS = 300

const MOST_KEPT = 256
const kept = new Map<string, Script>()

function keptScript (key: string, make: () => Script): Script {
  let script = kept.get(key)
  if (script === undefined) {
    script = make()
    if (kept.size === MOST_KEPT) kept.clear()
    kept.set(key, script)
  }
  return script
}

/** The course of a check of so many coins: that of the scenario `success` when all are asked for at once. */
export function checking (kind: string, coinCount: number): Usual {
  const batches = batchCount(kind, coinCount)
  if (batches === 1) return { scenario: 'success' }
  const leads = LEADS[kind] ?? []
  const script = keptScript(`replies ${kind} ${batches}`, () => stepwise(leads, Array.from({ length: SERVER_COUNT * batches }, () => REPLY)))
  return { scenario: 'success', script }
}

/** The course of a backup of these coins. */
export function backingUp (serials: readonly number[]): Usual {
  return { scenario: 'success', script: keptScript(`coins ${serials.join()}`, () => stepwise([], serials.map((sn) => `Coin #${sn}`))) }
}

/** The course of a start that can't go well. */
export function failing ({ code, message }: ServiceError): Usual {
  return { scenario: 'failure', script: keptScript(`failure ${code} ${message}`, () => parseScript({ steps: [{ at: 0, state: 'running' }, { at: FAILING_MS, state: 'failed', error: { code, message } }] })) }
}

/** The leads, then one equal step per line, all in about a second; what is left comes from the starting call. */
function stepwise (leads: readonly string[], lines: readonly string[]): Script {
  const startMs = leads.length * LEAD_MS
  const everyMs = Math.max(1, Math.floor((USUAL_MS - LEAD_MS - startMs) / Math.max(1, lines.length)))
  return parseScript({
    steps: [
      { at: 0, state: 'running' },
      ...leads.map((lead, index) => ({ at: (index + 1) * LEAD_MS, output: [lead] })),
      ...lines.map((line, index) => ({ at: startMs + (index + 1) * everyMs, progress: (index + 1) / lines.length, output: [line] })),
      { at: Math.max(USUAL_MS, startMs + (lines.length + 1) * everyMs), state: 'succeeded' as const },
    ],
  })
}
