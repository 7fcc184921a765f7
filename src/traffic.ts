/**
 * What every exchange with an emulated API passes: faults on its way in, faults and the journal on its way out.
 */
import type { FastifyReply, FastifyRequest, HookHandlerDoneFunction, onSendHookHandler } from 'fastify'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { ApiPlugin, FailedRequest, WireReply } from './api.js'
import { readCall, type Call, type CallPattern, type ReplyHeaders } from './call.js'
import { machineNow, machineTimer } from './clock.js'
import type { Firing } from './faults/faults.js'
import { reshape, type Reply } from './faults/reshape.js'
import { deliver, isTransportFault, reset as resetConnection } from './faults/transport.js'
import type { Door } from './front-door.js'
import type { Tally } from './journal/tally.js'
import { whenOut } from './released-reply.js'
import { Repeats, type Answered } from './repeats.js'
import type { Sandbox } from './sandbox.js'
import type { Sandboxes } from './sandboxes.js'
import type { TaskSnapshot } from './simulator/task.js'

export interface Traffic {
  /** Tells what an API's requests mean; before the first of them arrives. */
  readonly expect: (api: string, calls: readonly CallPattern[]) => void
  /** The exchange begins: `request.door` and `request.sandbox` are set. Calls `next`, unless a fault answers at once. */
  readonly arrive: (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction) => void
  /** Its reply is ready to go out. */
  readonly leave: onSendHookHandler
  /** The client left while its reply was held. */
  readonly abandon: (request: FastifyRequest) => void
  /** Answers a request that repeats an earlier poll or page; false when it must be looked into. */
  readonly repeat: (raw: IncomingMessage, response: ServerResponse) => boolean
  /** A reply went out that no hook saw. */
  readonly note: (request: FastifyRequest, status: number, headers: ReplyHeaders, body: unknown) => void
  /** A request was answered that could not be parsed: no more of it is known than this, and not who sent it. */
  readonly noteUnread: (sandbox: Sandbox, api: ApiPlugin, method: string, door: Door, reply: WireReply) => void
}

const NO_RULES: readonly number[] = []
const UNREAD: Call = { operation: 'other' }

/** Watches the exchanges of these APIs, and counts them. */
export function createTraffic (apis: ReadonlyMap<string, ApiPlugin>, tally: Tally, sandboxes: Sandboxes): Traffic {
  const repeats = new Repeats(sandboxes, recordRepeat)
  // Doors are kept by URL, so most polls find their meaning here.
  const readsByDoor = new WeakMap<Door, Call>()
  const patterns = new Map<string, readonly CallPattern[]>()

  function patternsOf ({ name }: ApiPlugin): readonly CallPattern[] {
    return patterns.get(name) ?? []
  }

  function callOf (api: ApiPlugin, { method, door }: FastifyRequest): Call {
    if (method !== 'GET') return readCall(patternsOf(api), method, door.path)
    let call = readsByDoor.get(door)
    if (call === undefined) {
      call = readCall(patternsOf(api), method, door.path)
      readsByDoor.set(door, call)
    }
    return call
  }

  function taskOf ({ sandbox }: FastifyRequest, api: ApiPlugin, { taskId }: Call): TaskSnapshot | undefined {
    return taskId === undefined ? undefined : sandbox.simulator.peek(api.name, taskId)
  }

  function record (request: FastifyRequest, api: ApiPlugin, call: Call, { status, headers, body, task, isSound = true, isAbandoned = false }: {
    status: number | null
    headers: ReplyHeaders
    body: unknown
    task: TaskSnapshot | undefined
    /** False when a fault has made another reply of what was found. */
    isSound?: boolean
    isAbandoned?: boolean
  }): void {
    const { sandbox: { clock, journal }, door, raw, firing } = request
    const faults = firing?.ruleIds ?? NO_RULES
    tally.count(api.name, call.operation, status, faults.length)
    journal.add({
      seq: journal.lastSeq + 1,
      api: api.name,
      call,
      method: request.method,
      url: door.mount + door.path,
      client: journal.keepClient(request.headers['user-agent'] ?? ''),
      arrivedAt: request.arrivedAt,
      answeredAt: clock.now(),
      arrivedMachineAt: request.arrivedMachineAt,
      answeredMachineAt: machineNow(),
      status,
      isAbandoned,
      lineCount: task?.lineCount,
      faults,
      requestHeaders: journal.keepHeaders(raw.rawHeaders),
      requestBody: journal.keepBody(request.body),
      replyHeaders: headers,
      replyBody: journal.keepBody(body),
    }, task, isSound ? request.nextCursor : undefined)
  }

  function recordRepeat ({ sandbox: { journal }, api, call, url, requestHeaders, shows, status, replyHeaders, keptBody, nextCursor, client }: Answered, at: number, machineAt: number): void {
    const task = 'task' in shows ? shows : undefined
    tally.count(api.name, call.operation, status, 0)
    journal.add({
      seq: journal.lastSeq + 1,
      api: api.name,
      call,
      method: 'GET',
      url,
      client,
      arrivedAt: at,
      answeredAt: at,
      arrivedMachineAt: machineAt,
      answeredMachineAt: machineAt,
      status,
      isAbandoned: false,
      lineCount: task?.lineCount,
      faults: NO_RULES,
      requestHeaders,
      requestBody: undefined,
      replyHeaders,
      replyBody: keptBody,
    }, task, nextCursor)
  }

  /** Remembers the request, if others may repeat it: a body might be read another time. */
  function learn ({ raw, originalUrl: target, sandbox, door, nextCursor }: FastifyRequest, found: Pick<Answered, 'api' | 'call' | 'shows' | 'status' | 'replyHeaders'>, body: unknown): void {
    const { method, headers, rawHeaders, listener } = raw
    if (method !== 'GET' || found.status !== 200 || typeof body !== 'string' || headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0') return
    const { journal } = sandbox
    repeats.learn({ ...found, target, url: door.mount + door.path, requestHeaders: journal.keepHeaders(rawHeaders), client: journal.keepClient(headers['user-agent'] ?? ''), sandbox, door, body, keptBody: journal.keepBody(body), nextCursor }, listener)
  }

  function arrive (request: FastifyRequest, reply: FastifyReply, next: HookHandlerDoneFunction): void {
    const { sandbox, door } = request
    const api = door.api === undefined ? undefined : apis.get(door.api)
    if (api === undefined) return next()
    request.arrivedAt = sandbox.clock.now()
    request.arrivedMachineAt = machineNow()
    if (sandbox.faults.ruleCount === 0) return next()

    const call = callOf(api, request)
    const firing = sandbox.faults.strike({ api: api.name, call, method: request.method, path: door.path, task: taskOf(request, api, call), now: request.arrivedAt })
    if (firing === undefined) return next()
    request.firing = firing
    const { status, reset, vanish, cursor } = firing.effect
    if (vanish && call.taskId !== undefined && sandbox.simulator.has(api.name, call.taskId)) sandbox.simulator.expire(api.name, call.taskId)
    if (cursor !== undefined) loseCursor(request, patternsOf(api), cursor)
    if (reset === 'before') {
      breakOff(request, reply, api, call, firing)
    } else if (status !== undefined && status >= 400) {
      // The request never reaches the service, so it moves nothing there.
      const wire = api.faultReply(status, failedRequest(request))
      reply.code(wire.status).headers(wire.headers).serializer(asIs).send(wire.body === '' ? undefined : wire.body)
    } else {
      next()
    }
  }

  /** Resets the connection in place of a reply. */
  function breakOff (request: FastifyRequest, reply: FastifyReply, api: ApiPlugin, call: Call, firing: Firing): void {
    reply.hijack()
    whenDelayIsOver(request, reply, firing, () => {
      whenItsTurn(request, reply.raw, () => {
        record(request, api, call, { status: null, headers: {}, body: undefined, task: undefined })
        resetConnection(reply.raw, request.raw.socket)
      })
    })
  }

  /** What a scenario does to the reply that tells of its task's start: the task is there, whatever the client hears. */
  function strikeStart (request: FastifyRequest, api: ApiPlugin, call: Call, task: TaskSnapshot): Firing | undefined {
    const { sandbox: { faults }, method, door: { path }, arrivedAt } = request
    return faults.ruleCount === 0 ? undefined : faults.strikeStart({ api: api.name, call, method, path, task, now: arrivedAt })
  }

  const leave: onSendHookHandler = (request, reply, payload, done) => {
    const { door, sandbox, startedTask } = request
    const api = door.api === undefined ? undefined : apis.get(door.api)
    if (api === undefined) return done(null, payload)
    const call = startedTask === undefined ? callOf(api, request) : { operation: 'start', taskId: startedTask.task.id } as const
    let sent: Reply | undefined
    if (startedTask !== undefined && request.firing === undefined) {
      request.firing = strikeStart(request, api, call, startedTask)
      const { status = 200, reset } = request.firing?.effect ?? {}
      if (request.firing !== undefined && reset === 'before') return breakOff(request, reply, api, call, request.firing)
      if (status >= 400) sent = api.faultReply(status, failedRequest(request))
    }
    const { firing } = request
    if (firing === undefined) {
      const status = reply.statusCode
      // The handler has just looked at the task.
      const task = status < 400 && call.taskId !== undefined ? sandbox.simulator.glimpse(api.name, call.taskId) : undefined
      const headers = headersOf(reply)
      record(request, api, call, { status, headers, body: payload, task })
      if (request.repeatable !== undefined) learn(request, { api, call, shows: request.repeatable, status, replyHeaders: headers }, payload)
      return done(null, payload)
    }

    const { effect } = firing
    const task = reply.statusCode < 400 && (effect.status ?? 200) < 400 ? taskOf(request, api, call) : undefined
    sent ??= { status: reply.statusCode, headers: reply.getHeaders(), body: payload }
    whenDelayIsOver(request, reply, firing, () => {
      const wire = reshape(sent, effect, sandbox.clock.now())
      const recordReply = (isAbandoned: boolean): void => { record(request, api, call, { ...wire, task: wire.isSound && !isAbandoned ? task : undefined, isAbandoned }) }
      if (isTransportFault(effect)) {
        reply.hijack()
        whenItsTurn(request, reply.raw, () => {
          deliver({ raw: reply.raw, reply: wire, effect, clock: sandbox.clock, isHurried: sandbox.isDraining, soon, onDeferred: () => request.onDeferred?.(), onDone: recordReply })
        })
        return
      }
      recordReply(false)
      for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name)
      reply.code(wire.status).headers(wire.headers)
      // Undefined would leave the body as it was.
      done(null, wire.body ?? null)
    })
  }

  /** Goes on when the fault's delay is over on the sandbox's clock, unless the client leaves before. */
  function whenDelayIsOver (request: FastifyRequest, { raw }: FastifyReply, { delayMs }: Firing, goOn: () => void): void {
    const { sandbox } = request
    if (delayMs === 0 || sandbox.isDraining) return goOn()
    const connection = connectionOf(request, raw)
    const leaveNow = (): void => {
      wait.cancel()
      abandon(request)
    }
    const wait = sandbox.clock.schedule(sandbox.clock.now() + delayMs, () => {
      connection.off('close', leaveNow)
      const sent = whenOut(request, raw)
      goOn()
      return sent
    })
    connection.once('close', leaveNow)
    // Whoever released the reply need not wait for it any longer.
    request.onDeferred?.()
  }

  /** Goes on when the replies before this one on the same connection are out, unless the client leaves before. */
  function whenItsTurn (request: FastifyRequest, raw: ServerResponse, goOn: () => void): void {
    if (raw.socket !== null) return goOn()
    const socket = socketOf(request)
    const leaveNow = (): void => { abandon(request) }
    socket.once('close', leaveNow)
    raw.once('socket', () => {
      socket.off('close', leaveNow)
      goOn()
    })
    request.onDeferred?.()
  }

  function abandon (request: FastifyRequest): void {
    const api = apis.get(request.door.api ?? '')
    if (api !== undefined) record(request, api, callOf(api, request), { status: null, headers: {}, body: undefined, task: undefined, isAbandoned: true })
  }

  function note (request: FastifyRequest, status: number, headers: ReplyHeaders, body: unknown): void {
    const api = apis.get(request.door.api ?? '')
    if (api === undefined) return
    request.arrivedAt = request.sandbox.clock.now()
    request.arrivedMachineAt = machineNow()
    record(request, api, callOf(api, request), { status, headers, body, task: undefined })
  }

  function noteUnread ({ clock, journal }: Sandbox, { name: api }: ApiPlugin, method: string, { mount, path }: Door, { status, headers, body }: WireReply): void {
    const at = clock.now()
    const machineAt = machineNow()
    // Not as a poll: without its headers nobody can tell whose it would be.
    tally.count(api, UNREAD.operation, status, 0)
    journal.add({
      seq: journal.lastSeq + 1,
      api,
      call: UNREAD,
      method,
      url: mount + path,
      client: '',
      arrivedAt: at,
      answeredAt: at,
      arrivedMachineAt: machineAt,
      answeredMachineAt: machineAt,
      status,
      isAbandoned: false,
      lineCount: undefined,
      faults: NO_RULES,
      requestHeaders: [],
      requestBody: undefined,
      replyHeaders: headers,
      replyBody: body,
    }, undefined, undefined)
  }

  return { expect: (api, calls) => { patterns.set(api, calls) }, arrive, leave, abandon, repeat: (raw, response) => repeats.answer(raw, response), note, noteUnread }
}

/** Where Fastify gathers the headers of a reply. */
let gathered: symbol | undefined

/** The reply's headers, which must not be changed any more; read in place, because `getHeaders` copies them twice. */
function headersOf (reply: FastifyReply): ReplyHeaders {
  gathered ??= Object.getOwnPropertySymbols(reply).find(({ description }) => description === 'fastify.reply.headers')
  // As Fastify declares nothing of its symbols; should it drop this one, nothing is lost but time.
  const headers = gathered === undefined ? undefined : (reply as unknown as Readonly<Record<symbol, ReplyHeaders | undefined>>)[gathered]
  return headers ?? reply.getHeaders()
}

/** As long as a client needs to read what has come. */
const SOON_MS = 10

function soon (onSoon: () => void): void {
  machineTimer(SOON_MS, onSoon)
}

/** What tells that the client left: a reply queued behind another of the same connection hears nothing of its end, only the socket does. */
function connectionOf (request: FastifyRequest, raw: ServerResponse): ServerResponse | Socket {
  return raw.socket === null ? socketOf(request) : raw
}

/** The socket, for any number of queued replies to listen to. */
function socketOf ({ raw: { socket } }: FastifyRequest): Socket {
  return socket.setMaxListeners(0)
}

/** Long enough for any vendor's form of cursor, and never one that a list gave out. */
const NO_CURSOR = '0'.repeat(24)

/** Takes the cursor out of the query before a handler reads it, or puts one there that is none. */
function loseCursor ({ query }: FastifyRequest, calls: readonly CallPattern[], how: 'ignored' | 'expired'): void {
  if (typeof query !== 'object' || query === null) return
  for (const name of calls.flatMap((pattern) => pattern.query?.cursors ?? [])) {
    if (!Reflect.has(query, name)) continue
    if (how === 'ignored') Reflect.deleteProperty(query, name)
    else Reflect.set(query, name, NO_CURSOR)
  }
}

function asIs (body: string): string {
  return body
}

/** What an error reply needs to know of a request. */
export function failedRequest ({ method, door: { path, mount }, headers, sandbox }: FastifyRequest & { readonly sandbox: Sandbox }): FailedRequest {
  return { method, path, mount, headers, sandbox }
}
