/**
 * `/journal`: what clients did, listed, verified, waited for.
 */
import { Type, type Static } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import { OPERATIONS } from '../call.js'
import { entryBody, type Entry } from '../journal/entry.js'
import { isMatch, missesOf, type Criteria } from '../journal/matching.js'
import { sendInSlices } from '../slices.js'
import { requireApi, type ControlContext } from './context.js'
import { PAGE_QUERY, pageOf, PageOf } from './pages.js'
import { badRequest } from './problems.js'
import { OrNull, QueryDuration, readInstant } from './validation.js'
import { readTimeout, waitFor, WAIT_REFUSALS } from './waiting.js'

const Message = Type.Object({
  headers: Type.Record(Type.String(), Type.String()),
  body: OrNull(Type.String()),
  truncated: Type.Optional(Type.Literal(true, { description: 'The body was longer than is kept' })),
})

export const EntryReply = Type.Object({
  seq: Type.Integer({ description: 'Place in the order of replies, from 1' }),
  at: Type.String({ description: 'Arrival, sandbox clock' }),
  wallAt: Type.Optional(Type.String({ description: 'The same on the machine\'s clock' })),
  api: Type.String(),
  operation: Type.Union(OPERATIONS.map((operation) => Type.Literal(operation))),
  method: Type.String(),
  path: Type.String({ description: 'As the client wrote it' }),
  query: OrNull(Type.String(), 'Without its question mark, credentials as ***'),
  taskId: OrNull(Type.String()),
  status: OrNull(Type.Integer(), 'Null: no reply went out'),
  durationMs: Type.Optional(Type.Number({ description: 'Machine time from arrival to reply' })),
  waited: Type.String({ description: 'Sandbox time from arrival to reply' }),
  client: OrNull(Type.String(), 'User-Agent'),
  fault: OrNull(Type.Integer(), 'The first fault rule that struck it'),
  first: OrNull(Type.Integer(), 'Of a poll with output: the line asked from'),
  last: OrNull(Type.Integer(), 'Of a poll with output: how many lines there were'),
  abandoned: Type.Optional(Type.Literal(true, { description: 'The client left before its reply' })),
  headers: Type.Record(Type.String(), Type.String(), { description: 'Request headers that tell calls and their repetitions apart' }),
  request: Type.Optional(Message),
  response: Type.Optional(Message),
}, { title: 'JournalEntry' })

const STATUS_HINT = 'a status, a class such as 5xx, or none'
const FAULT_HINT = 'the id of a fault rule, any, or none'
const SINCE_HINT = 'a seq, or an RFC 3339 instant such as 2026-11-22T12:00:00Z'

const FILTERS = {
  api: Type.Optional(Type.String()),
  operation: Type.Optional(Type.Union(OPERATIONS.map((operation) => Type.Literal(operation)), { expects: `one of ${OPERATIONS.join(', ')}` })),
  method: Type.Optional(Type.String()),
  taskId: Type.Optional(Type.String()),
  client: Type.Optional(Type.String({ description: 'Part of the User-Agent' })),
}

const QUERY_FILTERS = {
  ...FILTERS,
  status: Type.Optional(Type.String({ pattern: '^(?:[1-5](?:\\d\\d|xx)|none)$', description: STATUS_HINT, expects: STATUS_HINT })),
  fault: Type.Optional(Type.String({ pattern: '^(?:\\d{1,9}|any|none)$', description: FAULT_HINT, expects: FAULT_HINT })),
  since: Type.Optional(Type.String({ description: `From here on: ${SINCE_HINT}`, expects: SINCE_HINT })),
}

export const Match = Type.Object({
  ...FILTERS,
  status: Type.Optional(Type.Union([Type.Integer({ minimum: 100, maximum: 599 }), QUERY_FILTERS.status], { description: STATUS_HINT, expects: STATUS_HINT })),
  fault: Type.Optional(Type.Union([Type.Integer({ minimum: 1 }), QUERY_FILTERS.fault], { description: FAULT_HINT, expects: FAULT_HINT })),
  since: Type.Optional(Type.Union([Type.Integer({ minimum: 0 }), Type.String()], { description: `Entries before don't take part: ${SINCE_HINT}`, expects: SINCE_HINT })),
}, { additionalProperties: false, title: 'JournalMatch' })
type Match = Static<typeof Match>

const Count = Type.Optional(Type.Integer({ minimum: 0, expects: 'a whole number of 0 or more' }))

const VIEW_QUERY = {
  bodies: Type.Optional(Type.Boolean({ default: false, description: 'With headers and bodies, credentials as ***', expects: 'true or false' })),
  wall: Type.Optional(Type.Boolean({ default: true, description: 'false: without what the machine\'s clock said, so that two runs look the same', expects: 'true or false' })),
}

export const Verified = Type.Object({
  pass: Type.Boolean(),
  count: Type.Integer({ description: 'Entries that match' }),
  nearest: Type.Array(Type.Object({
    seq: Type.Integer(),
    differs: Type.Array(Type.Object({ criterion: Type.String(), expected: Type.String(), actual: OrNull(Type.String()) })),
    entry: EntryReply,
  }), { description: 'Too few matched: the latest entries among those that miss by the fewest criteria. Too many: the latest that match' }),
}, { title: 'Verified' })

const MOST_NEAREST = 5

/** What somebody looks for: criteria, from a place on. */
interface Search {
  readonly criteria: Criteria
  readonly isWithin: (entry: Entry) => boolean
}

export const journalRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, { context }, done) => {
  function readMatch ({ since, status, fault, ...plain }: Match, path: string): Search {
    if (plain.api !== undefined) requireApi(context, plain.api, `${path}/api`)
    return {
      criteria: { ...plain, status: status === undefined ? undefined : String(status), fault: fault === undefined ? undefined : String(fault) },
      isWithin: since === undefined ? () => true : readSince(String(since), `${path}/since`),
    }
  }

  app.get('/journal', {
    schema: {
      operationId: 'listJournal',
      tags: ['Journal'],
      summary: 'What clients sent and got, the oldest first',
      description: 'Page by page, by filters; the ring forgets the oldest. Credentials stand in no entry.',
      querystring: Type.Object({ ...PAGE_QUERY, ...QUERY_FILTERS, ...VIEW_QUERY }, { additionalProperties: false }),
      response: { 200: PageOf(EntryReply) },
    },
  }, async (request, reply) => {
    const { journal } = request.sandbox
    const { limit, after, bodies = false, wall, ...match } = request.query
    if (after !== undefined && !/^\d{1,15}$/.test(after)) throw badRequest('/after', `expected the \`next\` of an earlier page, got ${JSON.stringify(after)}`)
    const search = readMatch(match, '')
    // The ring may turn meanwhile.
    const page = await pageOf([...journal.entries()], { limit, after }, ({ seq }) => seq, (entry) => isFound(entry, search) ? entry : undefined)
    return sendInSlices(reply, page.items, (entry) => entryBody(entry, { bodyBytes: bodies ? journal.limits.bodyBytes : undefined, wall }), { name: 'items', rest: () => ({ next: page.next }) })
  })

  app.delete('/journal', {
    schema: { operationId: 'clearJournal', tags: ['Journal'], summary: 'Forget what clients did; the report begins anew too', description: 'Entries, counts and findings of all tasks; the tasks themselves stay.', response: { 204: Type.Null({ description: 'Forgotten' }) } },
  }, (request, reply) => {
    request.sandbox.journal.clear()
    reply.code(204).send(null)
  })

  app.post('/journal/verify', {
    schema: {
      operationId: 'verifyJournal',
      tags: ['Journal'],
      summary: 'Whether clients did something so often',
      description: 'Counts the entries that match, and shows the nearest ones when they are too few.',
      body: Type.Object({
        match: Match,
        count: Count,
        atLeast: Count,
        atMost: Count,
        never: Type.Optional(Type.Literal(true, { description: 'The same as `count` 0', expects: 'true' })),
      }, { additionalProperties: false }),
      response: { 200: Verified },
    },
  }, (request, reply) => {
    const { match, count: exactly, atLeast, atMost, never } = request.body
    if ([exactly, atLeast, atMost, never].filter((given) => given !== undefined).length !== 1) throw badRequest('', 'expected exactly one of count, atLeast, atMost and never')
    const least = exactly ?? atLeast ?? 0
    const most = never === true ? 0 : exactly ?? atMost ?? Infinity
    const search = readMatch(match, '/match')
    const { count, nearest } = compare(request.sandbox.journal.entries(), search)
    const pass = count >= least && count <= most
    reply.send({
      pass,
      count,
      nearest: pass ? [] : nearest(count < least).map(({ entry, differs }) => ({ seq: entry.seq, differs, entry: entryBody(entry) })),
    })
  })

  app.get('/journal/wait', {
    schema: {
      operationId: 'waitForJournal',
      tags: ['Journal'],
      summary: 'Answer when so many entries match, those that the journal still has included',
      description: 'After the time-out, which is real time, 408 tells how many there were.',
      querystring: Type.Object({
        ...QUERY_FILTERS,
        ...VIEW_QUERY,
        count: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1, expects: 'a whole number of 1 to 1000000' })),
        timeout: Type.Optional(QueryDuration),
      }, { additionalProperties: false }),
      response: {
        200: Type.Object({ count: Type.Integer(), items: Type.Array(EntryReply, { description: 'The latest of them, 100 at most' }) }, { title: 'Awaited' }),
        ...WAIT_REFUSALS,
      },
    },
  }, async (request, reply) => {
    const { count = 1, timeout, bodies = false, wall, ...match } = request.query
    const timeoutMs = readTimeout(timeout)
    const { journal } = request.sandbox
    const { count: seen, latest } = await soMany(request, readMatch(match, ''), count, timeoutMs)
    return reply.send({ count: seen, items: latest.map((entry) => entryBody(entry, { bodyBytes: bodies ? journal.limits.bodyBytes : undefined, wall })) })
  })
  done()
}

function readSince (since: string, path: string): (entry: Entry) => boolean {
  if (/^\d{1,15}$/.test(since)) return ({ seq }) => seq >= Number(since)
  const at = readInstant(since, path)
  return ({ arrivedAt }) => arrivedAt >= at
}

function isFound (entry: Entry, { criteria, isWithin }: Search): boolean {
  return isWithin(entry) && isMatch(entry, criteria)
}

/** How many match, and those that are nearest to it: the near misses, or the matches themselves. */
function compare (entries: Iterable<Entry>, { criteria, isWithin }: Search) {
  const byMisses = new Map<number, Array<{ entry: Entry, differs: ReturnType<typeof missesOf> }>>()
  let count = 0
  for (const entry of entries) {
    if (!isWithin(entry)) continue
    const differs = missesOf(entry, criteria)
    if (differs.length === 0) count++
    const alike = byMisses.get(differs.length) ?? []
    byMisses.set(differs.length, alike)
    alike.push({ entry, differs })
    if (alike.length > MOST_NEAREST) alike.shift()
  }
  return {
    count,
    nearest: (isTooFew: boolean) => {
      const misses = isTooFew ? Math.min(...[...byMisses.keys()].filter((number) => number > 0)) : 0
      return byMisses.get(misses) ?? []
    },
  }
}

const MOST_AWAITED = 100

/** Resolves when so many entries have matched. Throws the Problems of `waitFor`. */
function soMany (request: FastifyRequest, search: Search, count: number, timeoutMs: number): Promise<{ readonly count: number, readonly latest: Entry[] }> {
  const { journal } = request.sandbox
  const matching = [...journal.entries()].filter((entry) => isFound(entry, search))
  let seen = matching.length
  const latest = matching.slice(-MOST_AWAITED)
  if (seen >= count) return Promise.resolve({ count: seen, latest })
  return waitFor(request, {
    timeoutMs,
    begin: ({ resolve }) => journal.observe((entry) => {
      if (!search.isWithin(entry) || !isMatch(entry, search.criteria)) return
      seen++
      latest.push(entry)
      if (latest.length > MOST_AWAITED) latest.shift()
      if (seen >= count) resolve({ count: seen, latest })
    }),
    tellSoFar: () => `Of the ${count} entries waited for there were ${seen}.`,
  })
}
