/**
 * `/clock`: the sandbox's time, read and moved.
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { Sandbox } from '../sandbox.js'
import type { Simulator } from '../simulator/simulator.js'
import { lastChangeAt } from '../simulator/task.js'
import { forEachInSlices } from '../slices.js'
import { toInstant, type ControlContext } from './context.js'
import { badRequest, conflict } from './problems.js'
import { Duration, Instant, readDuration, readInstant } from './validation.js'

export const ClockReply = Type.Object({
  now: Type.String(),
  mode: Type.Union([Type.Literal('running'), Type.Literal('frozen')]),
  speed: Type.Number(),
  autoSkip: Type.Boolean(),
  heldPolls: Type.Integer(),
  nextChangeAt: Type.Union([Type.String(), Type.Null()], { description: 'When the next task changes by itself or the next wait is over' }),
}, { title: 'Clock' })

export const AdvanceReply = Type.Object({
  now: Type.String(),
  changed: Type.Integer({ description: 'Tasks that changed' }),
  answered: Type.Integer({ description: 'Held polls that were answered' }),
}, { title: 'Advance' })

const DEFAULT_MAX_MS = 3_600_000
const END_OF_TIME = Date.parse('9999-12-31T23:59:59.999Z')
const Nothing = Type.Object({}, { additionalProperties: false })

export const clockRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, _options, done) => {
  app.get('/clock', {
    schema: { operationId: 'getClock', tags: ['Clock'], summary: 'The time', description: 'Now, how fast it goes, who waits on it, and when something changes next.', response: { 200: ClockReply } },
  }, async (request, reply) => reply.send(await clockReply(request.sandbox)))

  app.patch('/clock', {
    schema: {
      operationId: 'changeClock',
      tags: ['Clock'],
      summary: 'Change how fast time goes',
      description: '`speed` is in simulated seconds per real second; with `autoSkip` the clock jumps to the earliest instant that anybody waits for.',
      body: Type.Object({
        speed: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e6, description: 'Simulated seconds per real second', expects: 'a number greater than 0, at most 1000000' })),
        autoSkip: Type.Optional(Type.Boolean({ description: 'Time jumps to the earliest instant that anybody waits for', expects: 'true or false' })),
      }, { additionalProperties: false, minProperties: 1, expects: 'at least one of speed and autoSkip' }),
      response: { 200: ClockReply },
    },
  }, async (request, reply) => {
    const { sandbox: { clock }, body: { speed, autoSkip } } = request
    if (speed !== undefined) clock.setSpeed(speed)
    if (autoSkip !== undefined) clock.setAutoSkip(autoSkip)
    return reply.send(await clockReply(request.sandbox))
  })

  app.post('/clock/freeze', {
    schema: { operationId: 'freezeClock', tags: ['Clock'], summary: 'Stop time', description: 'It stands until it is advanced or resumed. 409 when it stands already.', body: Nothing, response: { 200: ClockReply } },
  }, async (request, reply) => {
    if (request.sandbox.clock.mode === 'frozen') throw conflict('The clock is frozen already.')
    request.sandbox.clock.freeze()
    return reply.send(await clockReply(request.sandbox))
  })

  app.post('/clock/resume', {
    schema: { operationId: 'resumeClock', tags: ['Clock'], summary: 'Let time go on', description: 'From where it stands. 409 when it goes on already.', body: Nothing, response: { 200: ClockReply } },
  }, async (request, reply) => {
    if (request.sandbox.clock.mode === 'running') throw conflict('The clock is running already.')
    request.sandbox.clock.resume()
    return reply.send(await clockReply(request.sandbox))
  })

  app.post('/clock/advance', {
    schema: {
      operationId: 'advanceClock',
      tags: ['Clock'],
      summary: 'Move time on; answers when all that it released has been answered',
      description: 'By a span, to an instant, until the next change, or until nothing is to come.',
      body: Type.Object({
        by: Type.Optional(Duration),
        to: Type.Optional(Instant),
        until: Type.Optional(Type.Union([Type.Literal('next'), Type.Literal('idle')], { description: '`next`: the next change; `idle`: the last one that is due', expects: 'next or idle' })),
        max: Type.Optional(Type.Union([Type.String(), Type.Number()], { description: 'Beside `until`: no further than this (default 1h)', expects: Duration.expects })),
      }, { additionalProperties: false }),
      response: { 200: AdvanceReply },
    },
  }, async (request, reply) => {
    const { sandbox, body: { by, to, until, max } } = request
    const { clock, simulator } = sandbox
    if ([by, to, until].filter((given) => given !== undefined).length !== 1) throw badRequest('', 'expected exactly one of by, to and until')
    if (max !== undefined && until === undefined) throw badRequest('/max', 'goes with until only')
    const answeredBefore = simulator.answeredPollCount
    let changed = 0
    const moveTo = async (at: number): Promise<void> => {
      if (at > END_OF_TIME) throw conflict('The clock can go no further than the year 9999, where RFC 3339 ends.')
      changed += await countChanges(simulator, at)
      await clock.advanceTo(Math.max(at, clock.now()))
    }
    if (by !== undefined) {
      await moveTo(clock.now() + readDuration(by, '/by'))
    } else if (to !== undefined) {
      const at = readInstant(to, '/to')
      if (at < clock.now()) throw conflict(`Time never goes back: it is ${toInstant(clock.now()) ?? ''} already.`)
      await moveTo(at)
    } else {
      const limitAt = clock.now() + (max === undefined ? DEFAULT_MAX_MS : readDuration(max, '/max'))
      const isNext = until === 'next'
      let dueAt = await (isNext ? nextDueAt(sandbox) : lastDueAt(sandbox))
      if (isNext && dueAt > limitAt) throw conflict(dueAt === Infinity ? 'Nothing is due: no task changes by itself and nobody waits.' : `Nothing is due before ${toInstant(dueAt) ?? ''}, which is further than max allows.`)
      // What is answered may make clients ask again, and their polls wait anew.
      do {
        await moveTo(Math.min(dueAt, limitAt))
        dueAt = isNext ? Infinity : await lastDueAt(sandbox)
      } while (dueAt > clock.now() && dueAt !== Infinity && clock.now() < limitAt)
    }
    return reply.send({ now: toInstant(clock.now()) ?? '', changed, answered: simulator.answeredPollCount - answeredBefore })
  })
  done()
}

/** The clock as its resource shows it. */
export async function clockReply (sandbox: Sandbox): Promise<Static<typeof ClockReply>> {
  const nextChangeAt = toInstant(await nextDueAt(sandbox))
  const { clock, simulator } = sandbox
  return {
    now: toInstant(clock.now()) ?? '',
    mode: clock.mode,
    speed: clock.speed,
    autoSkip: clock.autoSkip,
    heldPolls: simulator.heldPollCount,
    nextChangeAt,
  }
}

/** When the next task changes or the next wait is over; Infinity: never. */
async function nextDueAt ({ clock, simulator }: Sandbox): Promise<number> {
  let dueAt = Infinity
  await forEachInSlices(simulator.changes(), ({ nextAt }) => { dueAt = Math.min(dueAt, nextAt) })
  return Math.min(dueAt, clock.nextWaitAt)
}

/** When the last task that changes by itself does so, or the next wait is over; -Infinity when there is neither. */
async function lastDueAt ({ clock, simulator }: Sandbox): Promise<number> {
  let dueAt = -Infinity
  await forEachInSlices(simulator.changes(), ({ task, nextAt }) => { if (nextAt !== Infinity) dueAt = Math.max(dueAt, lastChangeAt(task, nextAt)) })
  const { nextWaitAt } = clock
  return Math.max(dueAt, nextWaitAt === Infinity ? -Infinity : nextWaitAt)
}

/** How many tasks change by themselves up to and with the instant. */
async function countChanges (simulator: Simulator, until: number): Promise<number> {
  let count = 0
  await forEachInSlices(simulator.changes(), ({ nextAt }) => { if (nextAt <= until) count++ })
  return count
}
