/** What is to change by itself, told from all tasks together. */
import type { Simulator } from '../../src/simulator/simulator.js'
import { lastChangeAt } from '../../src/simulator/task.js'

/** The first and the last instant at which any task changes; Infinity and -Infinity when none does. */
export function nextAndLastChange (simulator: Simulator): [nextAt: number, lastAt: number] {
  const moving = [...simulator.changes()].filter(({ nextAt }) => nextAt !== Infinity)
  return [Math.min(...moving.map(({ nextAt }) => nextAt)), Math.max(...moving.map(({ task, nextAt }) => lastChangeAt(task, nextAt)))]
}

/** How many tasks change up to and with the instant. */
export function changesUntil (simulator: Simulator, at: number): number {
  return [...simulator.changes()].filter(({ nextAt }) => nextAt !== Infinity && nextAt <= at).length
}
