/**
 * Polls that wait (contract 5.1 and 5.7).
 */
import type { FastifyReply, FastifyRequest } from 'fastify'
import { whenOut } from '../../released-reply.js'
import type { WakeCondition } from '../../simulator/held-polls.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'

/** What a reply waits for, for how long, and how it is then sent. */
export interface LongPoll {
  readonly task: TaskRecord
  readonly waitMs: number
  readonly condition: WakeCondition
  /** Sends the reply: of the task as it then is, or undefined when it is gone. */
  readonly answer: (snapshot: TaskSnapshot | undefined) => void
}

/** Holds the reply until the condition or the wait is over; a client that leaves takes its hold along. */
export function holdReply (request: FastifyRequest, { raw }: FastifyReply, { task, waitMs, condition, answer }: LongPoll): void {
  const { sandbox, raw: { socket } } = request
  // A reply queued behind another of the same connection hears nothing of its end, only the socket does.
  const connection = raw.socket === null ? socket : raw
  const hold = sandbox.simulator.holdPoll(task, {
    until: sandbox.clock.now() + waitMs,
    condition,
    answer: (snapshot) => {
      connection.off('close', drop)
      const sent = whenOut(request, raw)
      answer(snapshot)
      return sent
    },
  })
  const drop = (): void => {
    hold.cancel()
    request.abandon()
  }
  connection.once('close', drop)
}
