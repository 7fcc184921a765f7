/** What does the report say of many pollers at once, of such as behave and of such as keep in step? */
import { connectPollux, type Pollux } from '../../src/client/client.js'
import type { Report } from '../../src/client/types.js'
import type { Answer, Figure } from './figures.js'
import { HERD_MANNER, keepPaging, keepPolling, MANNERS, type Manner } from './pollers.js'
import type { Question, Run } from './question.js'
import type { RunningServer } from './servers.js'
import { median, percentile } from './statistics.js'

interface Fleet {
  readonly seconds: number
  readonly pollersOf: (manner: Manner) => number
  readonly pagers: number
  readonly taskMs: number
}

const BEHAVED = { intervalMs: 500, isInStep: false }
/** Slow enough for the silence in between that makes a herd of them. */
const IN_STEP = { intervalMs: 1_000, isInStep: true }
const HERD = 40
const HERD_SECONDS = 6

export const fleet: Question = {
  asks: 'polls per task, how soon its end is noticed, and what the report finds',
  isPinned: true,
  async answer (run): Promise<Answer> {
    const server = await run.servers.pollux()
    const pollux = connectPollux(server.url)
    const fleet = fleetOf(run.isQuick)
    const figures = await behaved(run, server, pollux, fleet)
    await pollux.reset()
    run.progress(`${HERD} pollers in step for ${HERD_SECONDS} s`)
    const untilAt = performance.now() + HERD_SECONDS * 1000
    await Promise.all(Array.from({ length: HERD }, (_, index) => keepPolling({ pollux, manner: HERD_MANNER, name: `in-step-${index}`, tasks: { lastMs: 2_500 }, beat: IN_STEP, untilAt })))
    figures.push(...findingFigures(`${HERD} in step`, await pollux.report()))
    return { figures, notes: [`${MANNERS.map((manner) => `${fleet.pollersOf(manner)} ${manner.name} of ${manner.api}`).join(', ')} and ${fleet.pagers} pagers for ${fleet.seconds} s, each client under a name of its own; then ${HERD} that poll at the same instants.`] }
  },
}

function fleetOf (isQuick: boolean): Fleet {
  return isQuick
    ? { seconds: 4, pollersOf: () => 15, pagers: 2, taskMs: 1_500 }
    : { seconds: 30, pollersOf: ({ api }) => api === 'connect' ? 400 : 100, pagers: 10, taskMs: 4_000 }
}

async function behaved ({ progress }: Run, server: RunningServer, pollux: Pollux, { seconds, pollersOf, pagers, taskMs }: Fleet): Promise<Figure[]> {
  progress(`pollers of all kinds for ${seconds} s`)
  const before = await server.read({ watch: true })
  const startedAt = performance.now()
  const untilAt = startedAt + seconds * 1000
  const polling = MANNERS.flatMap((manner) => Array.from({ length: pollersOf(manner) }, (_, index) =>
    keepPolling({ pollux, manner, name: `${manner.api}-${index}`, tasks: { lastMs: taskMs }, beat: BEHAVED, untilAt })))
  const paging = Array.from({ length: pagers }, (_, index) => keepPaging({ pollux, name: `pager-${index}`, beat: BEHAVED, untilAt }))
  const [pages] = await Promise.all([Promise.all(paging), Promise.all(polling)])
  const spanMs = performance.now() - startedAt
  const after = await server.read({ watch: true })
  const report = await pollux.report()
  const pageCount = pages.reduce((sum, count) => sum + count, 0)
  const requests = report.tasks.reduce((sum, { polls }) => sum + polls, report.pollsLeftOut) + pageCount
  return [
    ...MANNERS.flatMap((manner) => noticeFigures(manner, report)),
    { what: 'pages read', unit: 'pages', pollux: pageCount },
    { what: 'requests, starts not counted', unit: 'requests/s', pollux: requests / spanMs * 1000 },
    { what: 'processor', unit: '% of a core', pollux: (after.cpuMicros - before.cpuMicros) / 10 / spanMs },
    { what: 'event loop late, 99 of 100 turns', unit: 'ms', pollux: after.delayMs?.p99 ?? NaN },
    ...findingFigures('behaved', report),
  ]
}

function noticeFigures ({ api, name }: Manner, report: Report): Figure[] {
  const noticed = report.tasks.filter((task) => task.api === api && task.noticedAfterMs !== null)
  const spans = noticed.map(({ noticedAfterMs }) => noticedAfterMs ?? NaN)
  const polls = noticed.reduce((sum, task) => sum + task.polls, 0)
  const what = `${api} ${name}`
  return [
    { what: `${what}, tasks`, unit: 'tasks', pollux: noticed.length },
    { what: `${what}, polls of each`, unit: 'polls', pollux: polls / noticed.length },
    { what: `${what}, noticed after (median)`, unit: 'ms', pollux: median(spans) },
    { what: `${what}, noticed after (p99)`, unit: 'ms', pollux: percentile(spans, 99) },
  ]
}

/** By rule, how often; the herd even when there is none. */
function findingFigures (who: string, { findings }: Report): Figure[] {
  const counts = new Map<string, number>([['synchronised-herd', 0]])
  for (const { rule, count } of findings) counts.set(rule, (counts.get(rule) ?? 0) + count)
  return [...counts].map(([rule, count]) => ({ what: `${who}: found ${rule}`, unit: 'times', pollux: count }))
}
