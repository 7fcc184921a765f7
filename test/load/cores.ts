/** One core for the servers and another for their client, where the system lets us choose: they would else take turns on both. */
import { execFileSync } from 'node:child_process'

export interface Cores {
  readonly server: number
  readonly client: number
  /** All that this process may use, as `taskset` writes it. */
  readonly all: string
}

/** Two cores of those that this process may use; undefined when there is no `taskset`, or only one core. */
export function findCores (): Cores | undefined {
  const all = /list: (\S+)/.exec(taskset('-cp', String(process.pid)) ?? '')?.[1]
  const [server, client] = all === undefined ? [] : coresIn(all)
  return all === undefined || server === undefined || client === undefined ? undefined : { server, client, all }
}

/** Does the work with this process on the client's core. */
export async function onClientCore<T> (cores: Cores | undefined, work: () => Promise<T>): Promise<T> {
  if (cores === undefined) return work()
  taskset('-a', '-cp', String(cores.client), String(process.pid))
  try {
    return await work()
  } finally {
    taskset('-a', '-cp', cores.all, String(process.pid))
  }
}

/** The numbers of a list such as `0-2,5`. */
function coresIn (list: string): number[] {
  return list.split(',').flatMap((range) => {
    const [from = 0, to = from] = range.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, index) => from + index)
  })
}

function taskset (...args: readonly string[]): string | undefined {
  try {
    return execFileSync('taskset', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined
  }
}
