/**
 * Calls that answer once something has come about, or when their time is over.
 */
import type { FastifyRequest } from 'fastify'
import { machineTimer } from '../clock.js'
import { badRequest, Problem } from './problems.js'
import { readQueryDuration } from './validation.js'

const DEFAULT_TIMEOUT_MS = 10_000
const LONGEST_TIMEOUT_MS = 600_000

/** How documents describe what such a call may answer instead. */
export const WAIT_REFUSALS = {
  408: { description: 'The time-out (of real time, 10s unless told, 10m at most) came first' },
  503: { description: 'The sandbox or the server closes' },
}

/** Milliseconds of real time that `?timeout=` asks for. Throws a Problem (400). */
export function readTimeout (timeout: string | undefined): number {
  const timeoutMs = timeout === undefined ? DEFAULT_TIMEOUT_MS : readQueryDuration(timeout, '/timeout')
  if (timeoutMs > LONGEST_TIMEOUT_MS) throw badRequest('/timeout', 'expected at most 10m')
  return timeoutMs
}

/** How a wait ends: with a value, or with a Problem. */
export interface Ending<Value> {
  readonly resolve: (value: Value) => void
  readonly reject: (problem: Problem) => void
}

export interface WaitOptions<Value> {
  readonly timeoutMs: number
  /** Begins to look out, and returns what ends that. It may end the wait at once. */
  readonly begin: (ending: Ending<Value>) => () => void
  /** What had come about by the time-out. */
  readonly tellSoFar: () => string
}

/** Resolves as `begin` says. Throws a Problem: 408 at the time-out or when the client leaves, 503 when the sandbox closes. */
export function waitFor<Value> ({ sandbox: { drained, isDraining }, raw: { socket } }: FastifyRequest, { timeoutMs, begin, tellSoFar }: WaitOptions<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    if (isDraining) return reject(closing())
    let isOver = false
    let stop = (): void => {}
    const settle = (how: () => void): void => {
      if (isOver) return
      isOver = true
      stop()
      timer.cancel()
      socket.off('close', leave)
      drained.removeEventListener('abort', close)
      how()
    }
    const leave = (): void => { settle(() => { reject(new Problem(408, 'The client left.')) }) }
    const close = (): void => { settle(() => { reject(closing()) }) }
    const timer = machineTimer(timeoutMs, () => { settle(() => { reject(new Problem(408, tellSoFar())) }) })
    socket.once('close', leave)
    drained.addEventListener('abort', close)
    stop = begin({ resolve: (value) => { settle(() => { resolve(value) }) }, reject: (problem) => { settle(() => { reject(problem) }) } })
    if (isOver) stop()
  })
}

function closing (): Problem {
  return new Problem(503, 'The sandbox closes.')
}
