/**
 * Snapshot to wire body. Pure; a body is rendered once per snapshot and profile.
 */
import { isSettled, type Json, type TaskError, type TaskState } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { parseTaskId } from './ids.js'
import { progressOf, type Progress } from './raida.js'
import { bareDigits, resultOf, withBareDigits } from './results.js'
import type { WireProfile } from './schemas.js'
import { gradeOf } from './coins.js'
import type { Transaction, Wallet } from './wallets.js'

/** The vendor knows no other status (contract 3.2). */
const STATUS: Record<TaskState, 'running' | 'completed' | 'error'> = {
  queued: 'running', running: 'running', cancelling: 'running', succeeded: 'completed', failed: 'error', cancelled: 'error',
}

/** For a failure without a number of its own (contract 8). */
const UNKNOWN_ERROR = 4100
const CANCELLED: TaskError = { message: 'Task was cancelled' }
const FAILED: TaskError = { message: 'Task failed' }
const DETAIL_COUNT = 25

const QUEUED: Progress = { message: '', counters: null }

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029',
}

const bodies: Record<WireProfile, WeakMap<TaskSnapshot, string>> = { documented: new WeakMap(), recorded: new WeakMap() }

/** The body that answers a poll, and a starting call. */
export function taskBody (snapshot: TaskSnapshot, profile: WireProfile): string {
  let body = bodies[profile].get(snapshot)
  if (body === undefined) {
    body = envelope('success', { ...PAYLOAD[profile](snapshot), ...snapshot.task.wire })
    bodies[profile].set(snapshot, body)
  }
  return body
}

/** The body around every payload: compact JSON with the escapes of Go's encoder, and a newline (contract 1.6). */
export function envelope (status: 'success' | 'error', payload: object): string {
  // In JSON text these characters stand in strings only.
  return withBareDigits(JSON.stringify({ payload, status })).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPES[character] ?? character) + '\n'
}

/** The payload in each profile; the order of keys is the wire's (contract 3.2). */
const PAYLOAD: Record<WireProfile, (snapshot: TaskSnapshot) => object> = {
  documented (snapshot) {
    const status = STATUS[snapshot.state]
    return {
      ...identity(snapshot),
      ...(status === 'running' ? {} : { finished: finishedOf(snapshot) }),
      message: status === 'error' ? errorOf(snapshot).message : messageOf(snapshot),
      ...(status === 'completed' ? { data: resultOf(snapshot, 'documented') } : {}),
    }
  },
  recorded (snapshot) {
    return {
      ...identity(snapshot),
      progress: percentOf(snapshot),
      finished: finishedOf(snapshot),
      // Sic: the server's own spelling.
      message: STATUS[snapshot.state] === 'error' ? 'Error Occured' : messageOf(snapshot),
      data: recordedData(snapshot),
    }
  },
}

/** The keys that both profiles begin with. */
function identity (snapshot: TaskSnapshot): { id: string, status: string, progress: number, started: number } {
  const { task, state } = snapshot
  const percent = percentOf(snapshot)
  return {
    id: parseTaskId(task.id, 'documented') ?? task.id,
    status: STATUS[state],
    progress: isSettled(state) ? percent : Math.min(99, Math.floor(percent)),
    started: seconds(task.createdAt),
  }
}

/** 100 in both end states, however far the task was; two decimals on the way (contract 5.3). */
function percentOf ({ state, progress }: TaskSnapshot): number {
  if (isSettled(state)) return 100
  return state === 'queued' ? 0 : Math.round(progress * 10_000) / 100
}

function finishedOf ({ settledAt }: TaskSnapshot): number {
  return settledAt === undefined ? 0 : seconds(settledAt)
}

function messageOf (snapshot: TaskSnapshot): string {
  return snapshot.state === 'succeeded' ? 'Command Completed' : runningProgress(snapshot).message
}

function recordedData (snapshot: TaskSnapshot): Json {
  switch (STATUS[snapshot.state]) {
    case 'running': return runningProgress(snapshot).counters
    case 'completed': return resultOf(snapshot, 'recorded')
    case 'error': {
      const { message, code, details } = errorOf(snapshot)
      return { code: typeof code === 'number' && Number.isInteger(code) ? code : UNKNOWN_ERROR, message, details: isDetails(details) ? details : null }
    }
  }
}

/** A task in the queue looks as if it had just started (contract 8). */
function runningProgress (snapshot: TaskSnapshot): Progress {
  return snapshot.state === 'queued' ? QUEUED : progressOf(snapshot)
}

function errorOf ({ state, error }: TaskSnapshot): TaskError {
  if (state === 'cancelled') return CANCELLED
  return error === undefined || error.message === '' ? { ...error, ...FAILED } : error
}

/** One text per RAIDA server is all that the vendor ever puts there. */
function isDetails (details: Json | undefined): details is readonly string[] {
  return Array.isArray(details) && details.length === DETAIL_COUNT && details.every((text) => typeof text === 'string')
}

// Wallets (contract 7.2)

/** A wallet; its serial numbers and transactions only when they are asked for. */
export function walletBody ({ name, email, passwordHash, balance, shownBalance, serials, transactions }: Omit<Wallet, 'shownBalance'> & { readonly shownBalance?: string | undefined }, withContents: boolean): object {
  return {
    name,
    email,
    password_hash: passwordHash,
    balance: shownBalance === undefined ? balance : bareDigits(shownBalance),
    // In the order of texts; all value is counted in ones.
    denominations: Object.fromEntries(['1', '100', '25', '250', '5'].map((denomination) => [bareDigits(denomination), denomination === '1' ? Math.trunc(balance) : 0])),
    contents: withContents ? serials : [],
    transactions: withContents ? transactions.map(transactionBody) : null,
  }
}

function transactionBody ({ amount, message, type, at, receipt, runningBalance }: Transaction): object {
  return { amount, message, type, datetime: new Date(at).toISOString().replace(/\.\d+Z$/, 'Z'), receiptid: receipt, details: null, running_balance: runningBalance }
}

/** The coins of a transaction; all are ones. */
export function receiptBody ({ coins }: Transaction): readonly object[] {
  return coins.map(({ sn, pownstring }) => ({ sn, denomination: 1, pownstring, result: gradeOf(pownstring) }))
}

function seconds (ms: number): number {
  return Math.floor(ms / 1000)
}
