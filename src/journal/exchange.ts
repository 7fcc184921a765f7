/**
 * One exchange with an emulated API, as it went over the wire.
 */
import type { Call, ReplyHeaders } from '../call.js'
import type { TaskSnapshot } from '../simulator/task.js'

export interface Exchange {
  readonly api: string
  readonly call: Call
  readonly method: string
  /** As the client wrote it: mount, path and query. */
  readonly url: string
  /** What the client calls itself (`User-Agent`); `''` when it says nothing. */
  readonly client: string
  /** Sandbox clock, epoch ms. */
  readonly arrivedAt: number
  readonly answeredAt: number
  /** The machine's clock, epoch ms with fractions. */
  readonly arrivedMachineAt: number
  readonly answeredMachineAt: number
  /** Null when no status line went out: the client left first, or a fault reset the connection before. */
  readonly status: number | null
  /** True when the client left before it had its reply. */
  readonly isAbandoned: boolean
  /** The task as the reply shows it; undefined when it shows none (a miss, an error, a fault's reply). */
  readonly task: TaskSnapshot | undefined
  /** Ids of the fault rules that struck it. */
  readonly faults: readonly number[]
  /** Names and values in turn, as sent. */
  readonly requestHeaders: readonly string[]
  readonly requestBody: unknown
  readonly replyHeaders: ReplyHeaders
  readonly replyBody: unknown
  /** Of a list's reply: where the next page begins, null after the last one; undefined: nothing can be said of it. */
  readonly nextCursor: string | null | undefined
}
