/** Tasks, sandboxes and rules that a server is filled with before it is measured. */
import { connectPollux } from '../../src/client/client.js'
import type { RunningServer } from './servers.js'

/** The most that the control plane makes in one call. */
const PER_CALL = 10_000

/** Makes so many tasks in the scenario; the replies, which list them all, are read and dropped. */
export async function fill ({ url }: Pick<RunningServer, 'url'>, task: { readonly api: string, readonly scenario: string, readonly kind?: string }, count: number, progress: (line: string) => void): Promise<void> {
  for (let made = 0; made < count; made += PER_CALL) {
    const reply = await fetch(`${url}/_pollux/tasks`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...task, count: Math.min(PER_CALL, count - made) }),
    })
    if (reply.status !== 201 || reply.body === null) throw new Error(`no tasks were made: ${reply.status} ${await reply.text()}`)
    await reply.body.pipeTo(new WritableStream())
    if (made % 100_000 === 0) progress(`${task.api}: ${made} of ${count} tasks are made`)
  }
}

/** A rule that every request is held against and none fits. */
export async function addIdleFault ({ url }: RunningServer): Promise<void> {
  await connectPollux(url).faults.add({ match: { label: 'no task has this label' }, effect: { status: 503 } })
}

/** The names of so many new sandboxes. */
export async function makeSandboxes ({ url }: RunningServer, count: number): Promise<string[]> {
  const { sandboxes } = connectPollux(url)
  const names = Array.from({ length: count }, (_, index) => `load-${index}`)
  for (const name of names) await sandboxes.create({ name })
  return names
}
