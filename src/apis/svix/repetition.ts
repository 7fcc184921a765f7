/**
 * What becomes of a call that is made again under its idempotency key (svix contract, 5.4).
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction } from 'fastify'
import { createHash } from 'node:crypto'
import { whenOut } from '../../released-reply.js'
import { sendJson } from './replies.js'
import { SvixResources } from './resources.js'

/** So long a repetition waits for the first reply; then it runs by itself. */
const PATIENCE_MS = 5_000

/**
 * Under what a call's reply is kept: its credential, its key and its URL; the body doesn't count. Undefined for one without a
 * key, and for a `PUT`, which heeds none. A digest, because it is saved with snapshots and no credential should be.
 */
export function repetitionKey ({ method, headers, door }: FastifyRequest): string | undefined {
  const given = headers['idempotency-key']
  if (method !== 'POST' || typeof given !== 'string' || given === '') return undefined
  return createHash('sha256').update(JSON.stringify([headers.authorization ?? '', given, door.path])).digest('base64url')
}

/** Answers a repetition as the first call was, or lets it wait for that, or lets the call begin. */
export function answerOnce (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void {
  const key = repetitionKey(request)
  if (key === undefined) return next()
  const { idempotency } = request.sandbox.resources(SvixResources)
  if (idempotency.underWay(key) !== undefined) waitForFirst(request, reply, key, next)
  else if (!replay(request, reply, key)) begin(request, reply, key, next)
}

/** False when nothing is kept. */
function replay (request: FastifyRequest, reply: FastifyReply, key: string): boolean {
  const { sandbox } = request
  const kept = sandbox.resources(SvixResources).idempotency.find(key, sandbox.clock.now())
  if (kept === undefined) return false
  // It tells of the task's start once more.
  request.startedTask = sandbox.simulator.peek('svix', kept.taskId)
  sendJson(reply, kept.body, 202)
  return true
}

function begin (request: FastifyRequest, { raw }: FastifyReply, key: string, next: HookHandlerDoneFunction): void {
  const onOut = request.sandbox.resources(SvixResources).idempotency.begin(key)
  const { socket } = request.raw
  raw.once('close', onOut)
  // Queued behind another of the same connection, it hears nothing of its end, only the socket does.
  if (raw.socket === null) {
    socket.setMaxListeners(0).once('close', onOut)
    raw.once('close', () => { socket.off('close', onOut) })
  }
  next()
}

function waitForFirst (request: FastifyRequest, reply: FastifyReply, key: string, next: HookHandlerDoneFunction): void {
  const { sandbox: { clock }, raw: { socket } } = request
  const { raw } = reply
  const first = request.sandbox.resources(SvixResources).idempotency.underWay(key)
  const connection = raw.socket === null ? socket : raw
  const stop = (): void => {
    wait.cancel()
    first?.delete(isOut)
    connection.off('close', leave)
  }
  const isOut = (): void => {
    stop()
    answerOnce(request, reply, next)
  }
  const leave = (): void => {
    stop()
    request.abandon()
  }
  const until = clock.now() + PATIENCE_MS
  const wait = clock.schedule(until, () => {
    stop()
    const sent = whenOut(request, raw)
    // Woken before its time, the sandbox is about to end or to begin anew: what the first call was answered will do.
    if (clock.now() >= until || !replay(request, reply, key)) begin(request, reply, key, next)
    return sent
  })
  first?.add(isOut)
  connection.once('close', leave)
}
