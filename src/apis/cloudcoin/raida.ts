/**
 * The 25 RAIDA servers: which of them answers when, and what the running task shows of it (contract 5.4).
 */
import { createRandomStream } from '../../ids.js'
import type { TaskSnapshot } from '../../simulator/task.js'

/** Stands in a script's line for the number of the server that replies. */
const RAIDA = '{raida}'
const RAIDA_COUNT = 25

/** What a running task says: its newest line, and the reply counters when that line is a reply. */
export interface Progress {
  readonly message: string
  readonly counters: string | null
}

const SILENCE: Progress = { message: '', counters: null }

/** The newest line of the task; a line of the script's own sets the counters back to null. */
export function progressOf ({ task, lineCount }: TaskSnapshot): Progress {
  const { lines } = task.script
  const line = lines[lineCount - 1]
  if (line === undefined) return SILENCE
  if (!line.includes(RAIDA)) return { message: line, counters: null }
  let replies = 0
  for (let index = 0; index < lineCount; index++) if (lines[index]?.includes(RAIDA) === true) replies++
  const order = replyOrder(task.id)
  return { message: line.replaceAll(RAIDA, String(order[(replies - 1) % RAIDA_COUNT])), counters: countersAfter(replies, order) }
}

/** Replies of server 0, 1, … 24 so far, written one after the other: a counter above 9 makes the text longer, as on the real server. */
function countersAfter (replies: number, order: readonly number[]): string {
  const rounds = Math.floor(replies / RAIDA_COUNT)
  const counters = new Array<number>(RAIDA_COUNT).fill(rounds)
  for (const raida of order.slice(0, replies % RAIDA_COUNT)) counters[raida] = rounds + 1
  return counters.join('')
}

/** The servers 0 .. 24 in the order in which they reply, which is the task's own. */
function replyOrder (taskId: string): number[] {
  const random = createRandomStream(0, '', `cloudcoin replies to ${taskId}`)
  const order: number[] = []
  // Inside-out shuffle: every permutation is equally likely.
  for (let raida = 0; raida < RAIDA_COUNT; raida++) order.splice(random.below(raida + 1), 0, raida)
  return order
}
