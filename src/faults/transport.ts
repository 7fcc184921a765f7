/**
 * Faults on the wire: bodies that break off, connections that are reset, bytes that drip.
 */
import type { ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { Clock, Wait } from '../clock.js'
import type { Effect } from './effect.js'
import type { ReshapedReply } from './reshape.js'

export interface Delivery {
  readonly raw: ServerResponse
  readonly reply: ReshapedReply
  readonly effect: Effect
  readonly clock: Clock
  /** True when nothing may wait for the clock any more. */
  readonly isHurried: boolean
  /** Calls back a moment of the machine's time later. */
  readonly soon: (onSoon: () => void) => void
  /** Called when the reply begins to wait for the clock. */
  readonly onDeferred: () => void
  /** Called once: when all that the fault lets through is on its way, or when the client left before. */
  readonly onDone: (isAbandoned: boolean) => void
}

/** The shortest time between two writes of a drip, ms: more bytes go out at once rather than more often. */
const SHORTEST_PAUSE_MS = 10

/** True when the bytes must go out otherwise than Node would send them. */
export function isTransportFault ({ reset, truncateAt, bytesPerSecond }: Effect): boolean {
  return reset === 'mid-body' || truncateAt !== undefined || bytesPerSecond !== undefined
}

/** Writes the reply as the effect says: its whole length announced, then all or part of the body, at once or on the sandbox's clock. */
export function deliver (delivery: Delivery): void {
  const { raw, reply: { status, headers, body }, effect, isHurried, onDone } = delivery
  const whole = Buffer.isBuffer(body) ? body : Buffer.from(body ?? '')
  const hasNoBody = raw.req.method === 'HEAD' || status === 204 || status === 304
  raw.writeHead(status, status === 204 || status === 304 ? headers : { ...headers, 'content-length': String(whole.length) })
  const part = hasNoBody ? whole.subarray(0, 0) : partOf(whole, effect)
  if (effect.bytesPerSecond !== undefined && part.length > 0 && !isHurried) {
    raw.flushHeaders()
    drip(delivery, part, effect.bytesPerSecond)
    return
  }
  onDone(false)
  finish(delivery, part)
}

/** Resets the connection: the client sees it break, not end. */
export function reset (raw: ServerResponse, socket: Socket): void {
  // In process there is no connection, so the reply breaks.
  if (socket instanceof Socket) socket.resetAndDestroy()
  else raw.destroy()
}

function partOf (whole: Buffer, { truncateAt, reset }: Effect): Buffer {
  if (truncateAt !== undefined) return whole.subarray(0, truncateAt)
  return reset === 'mid-body' ? whole.subarray(0, Math.floor(whole.length / 2)) : whole
}

/** Writes the last bytes, and ends the reply or the connection. */
function finish ({ raw, effect, soon }: Delivery, bytes: Buffer): void {
  const { socket } = raw
  if (effect.reset === undefined && effect.truncateAt === undefined) {
    raw.end(bytes)
    return
  }
  raw.flushHeaders()
  raw.write(bytes, () => {
    if (socket === null) return
    // A client that finds the bytes and the reset together may take them for an ordinary end.
    if (effect.reset !== undefined) soon(() => { reset(raw, socket) })
    else if (socket instanceof Socket) socket.destroySoon()
    else raw.destroy()
  })
}

/** Writes the bytes as fast as the effect says on the sandbox's clock; when that is woken early, the rest goes out at once. */
function drip (delivery: Delivery, bytes: Buffer, bytesPerSecond: number): void {
  const { raw, clock, onDeferred, onDone } = delivery
  const startAt = clock.now()
  const stride = Math.max(1, Math.round(bytesPerSecond * SHORTEST_PAUSE_MS / 1000))
  const unwritten = new Set<() => void>()
  let sentCount = 0
  let isDone = false
  let wait: Wait | undefined

  function scheduleNext (): void {
    const nextCount = Math.min(sentCount + stride, bytes.length)
    const at = startAt + Math.ceil(nextCount * 1000 / bytesPerSecond)
    wait = clock.schedule(at, () => new Promise((resolve) => {
      unwritten.add(resolve)
      // A timer that comes late catches up.
      const dueCount = Math.max(nextCount, Math.floor((clock.now() - startAt) * bytesPerSecond / 1000))
      const endCount = clock.now() < at ? bytes.length : Math.min(dueCount, bytes.length)
      const chunk = bytes.subarray(sentCount, endCount)
      sentCount = endCount
      if (sentCount === bytes.length) {
        isDone = true
        onDone(false)
        finish(delivery, chunk)
      } else {
        raw.write(chunk, () => {
          unwritten.delete(resolve)
          resolve()
        })
        scheduleNext()
      }
    }))
  }

  raw.once('close', () => {
    wait?.cancel()
    if (!isDone) onDone(true)
    for (const resolve of unwritten) resolve()
  })
  scheduleNext()
  onDeferred()
}
