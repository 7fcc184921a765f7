/** Every number in a query, in twenty spellings: each means what the contracts say, and nothing is held longer than its cap. */
import t from 'tap'
import { testWorld } from '../world.js'
import { dialectFlaw, ownerOf } from './dialects.js'
import { NUMBERS } from './malformed.js'

/** As they stand in a URL. */
const SPELLINGS: readonly string[] = [...NUMBERS, '3', '003']
/** Digits and nothing else. */
const PLAIN = ['3', '003']
const CAP_MS = 20_000

interface Parameter {
  readonly name: string
  readonly url: string
  readonly headers?: Record<string, string>
  readonly accepted: readonly string[]
  readonly status: number
}

const KEY = { authorization: 'Key k' }
const COGNIGY = { 'x-api-key': 'k' }

const PARAMETERS: readonly Parameter[] = [
  // Connect contract, 4: one to nine digits.
  { name: 'wait', url: '/__api__/v1/tasks/PolluxNeverEnds0', headers: KEY, accepted: PLAIN, status: 400 },
  { name: 'wait', url: '/__api__/v1/experimental/tasks/PolluxNeverEnds0', headers: KEY, accepted: PLAIN, status: 400 },
  { name: 'first', url: '/__api__/v1/tasks/CmsfmnfDDyRUrsAc', headers: KEY, accepted: PLAIN, status: 400 },
  { name: 'first', url: '/__api__/v1/experimental/tasks/CmsfmnfDDyRUrsAc', headers: KEY, accepted: PLAIN, status: 400 },
  { name: 'first_status', url: '/__api__/tasks/CmsfmnfDDyRUrsAc', headers: KEY, accepted: [...PLAIN, ''], status: 400 },
  // Svix contract, 4.3: digits, rejected beyond the range.
  { name: 'limit', url: '/api/v1/background-task', accepted: PLAIN, status: 422 },
  // Cognigy contract, 4.3: digits with or without a minus, clamped.
  ...['limit', 'skip'].flatMap((name) => ['/v2.0/tasks', '/new/v2.0/tasks', '/v2.0/projects'].map((url) => ({ name, url, headers: COGNIGY, accepted: [...PLAIN, '-1', '-0', '99999999999999999999'], status: 400 }))),
  // The control plane: digits only.
  ...['/_pollux/journal', '/_pollux/tasks', '/_pollux/scenarios', '/_pollux/faults'].map((url) => ({ name: 'limit', url, accepted: PLAIN, status: 400 })),
  { name: 'after', url: '/_pollux/journal', accepted: PLAIN, status: 400 },
  { name: 'since', url: '/_pollux/journal', accepted: PLAIN, status: 400 },
  ...['polls', 'waiters'].map((name) => ({ name, url: '/_pollux/tasks/PolluxNeverEnds0/wait?timeout=1ms', accepted: PLAIN, status: 400 })),
  { name: 'count', url: '/_pollux/journal/wait?timeout=1ms', accepted: PLAIN, status: 400 },
  { name: 'timeout', url: '/_pollux/journal/wait?count=1000', accepted: PLAIN, status: 400 },
]

t.test('every number is read by the lexical form of its contract', async (t) => {
  t.ok(SPELLINGS.length >= 20)
  const { app, sandbox: { clock } } = await testWorld(t)
  clock.setAutoSkip(true)
  // The time-outs of the control plane keep no process alive.
  const alive = setInterval(() => {}, 1_000)
  t.teardown(() => { clearInterval(alive) })
  for (const { name, url, headers = {}, accepted, status } of PARAMETERS) {
    for (const spelling of SPELLINGS) {
      const before = clock.now()
      const reply = await app.inject({ url: `${url}${url.includes('?') ? '&' : '?'}${name}=${spelling}`, headers })
      const what = `${url} ${name}=${spelling}: ${reply.statusCode} ${reply.body.slice(0, 100)}`
      // A wait of the control plane that is over without anything having come about is a 408.
      if (accepted.includes(spelling)) t.ok([200, 408].includes(reply.statusCode), what)
      else t.equal(reply.statusCode, status, what)
      if (reply.statusCode >= 400) t.equal(dialectFlaw(ownerOf(url), { status: reply.statusCode, headers: { 'content-type': String(reply.headers['content-type']) }, body: reply.body }), undefined, what)
      t.ok(clock.now() - before <= CAP_MS, `${what}: held ${clock.now() - before} ms`)
    }
  }
})

t.test('of a repeated parameter each vendor makes what its contract says', async (t) => {
  const { app } = await testWorld(t)
  const statusOf = async (url: string, headers: Record<string, string> = {}): Promise<number> => (await app.inject({ url, headers })).statusCode
  t.equal(await statusOf('/__api__/v1/tasks/CmsfmnfDDyRUrsAc?first=1&first=x', KEY), 200, 'the first counts')
  t.equal(await statusOf('/__api__/v1/tasks/CmsfmnfDDyRUrsAc?first=x&first=1', KEY), 400)
  t.equal(await statusOf('/api/v1/background-task?limit=1&limit=1'), 422)
  t.equal(await statusOf('/v2.0/tasks?limit=1&limit=1', COGNIGY), 400)
  t.equal(await statusOf('/_pollux/journal?limit=1&limit=1'), 400)
})
