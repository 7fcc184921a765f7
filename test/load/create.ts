/** How many tasks can be started per second, and what does one cost that is over and kept? */
import { connectPollux } from '../../src/client/client.js'
import { compare, contestFor, rateFigure, roundsOf, type Contest, type Request } from './contest.js'
import { atMost, judged, type Answer, type Figure } from './figures.js'
import type { Question, Run } from './question.js'
import { fill } from './store.js'

/** The call of each vendor that asks for least. */
const STARTS: ReadonlyArray<readonly [api: string, request: Request]> = [
  ['connect', { method: 'GET', path: '/__api__/repo/branches?url=https://git.example.test/load', headers: { authorization: 'Key load', cookie: 'pollux_node=1' } }],
  ['svix', { method: 'PUT', path: '/api/v1/stats/usage/event-types' }],
  ['cognigy', { method: 'POST', path: '/v2.0/projects/5ce7c2d833ea1e04d7e6c432/trainallflows', headers: { 'x-api-key': 'load', accept: 'application/json' } }],
  ['cloudcoin', { method: 'GET', path: '/api/v1/echo' }],
]

const MOST_BYTES = 400

export const create: Question = {
  asks: 'native starts per second, 100 keep-alive connections, and heap bytes per settled task',
  isPinned: true,
  async answer (run): Promise<Answer> {
    const count = run.isQuick ? 20_000 : 1_000_000
    const figures = await rates(run)
    for (const [api] of STARTS) figures.push(await memory(run, api, count))
    return { figures, notes: [`Bytes: heap after a collection with ${count.toLocaleString('en')} more tasks of the scenario instant, without the text of their ids; scripts are shared.`] }
  },
}

async function rates ({ servers, isQuick, progress }: Run): Promise<Figure[]> {
  const pollux = await servers.pollux()
  const contests: Contest[] = []
  for (const [api, request] of STARTS) contests.push(await contestFor(servers, `${api} ${request.method ?? 'GET'} ${request.path.replace(/\?.*/, '')}`, pollux, [request]))
  const outcomes = await compare(contests, roundsOf(isQuick), progress)
  await Promise.all([pollux, ...contests.map(({ bare }) => bare)].map((server) => server.stop()))
  return outcomes.map((outcome) => rateFigure(outcome, 'starts/s'))
}

async function memory ({ servers, progress }: Run, api: string, count: number): Promise<Figure> {
  const pollux = await servers.pollux()
  const { id } = await connectPollux(pollux.url).tasks.create({ api, scenario: 'instant' })
  // What comes once is there before: code, buffers, the shared script.
  await fill(pollux, { api, scenario: 'instant' }, Math.min(count / 10, 10_000), () => {})
  const before = await pollux.read({ collect: true })
  await fill(pollux, { api, scenario: 'instant' }, count, progress)
  const after = await pollux.read({ collect: true })
  await pollux.stop()
  const bytes = (after.heapBytes - before.heapBytes) / count - textBytes(id)
  return { what: `${api}, a settled task at rest`, unit: 'bytes', pollux: bytes, ...judged(atMost(MOST_BYTES), bytes) }
}

/** What V8 keeps for a text of one-byte characters: a head of 16 bytes, in steps of 8. */
function textBytes (text: string): number {
  return 16 + Math.ceil(text.length / 8) * 8
}
