/** What does a page out of 100,000 tasks cost, and does it matter how deep it lies? */
import { compare, contestFor, rateFigure, roundsOf, type Contest, type Request } from './contest.js'
import { atLeast, judgedTwice, type Answer, type Figure } from './figures.js'
import type { Question, Run } from './question.js'
import type { RunningServer } from './servers.js'
import { fill } from './store.js'

interface List {
  readonly api: 'svix' | 'cognigy'
  readonly limits: readonly [usual: number, largest: number]
  /** The page behind the cursor, the first without one. */
  readonly page: (limit: number, cursor: string | undefined) => Request
  /** Where the page that follows begins. */
  readonly cursorIn: (body: string) => string
}

const COGNIGY_HEADERS = { 'x-api-key': 'load', accept: 'application/json' }

const LISTS: readonly List[] = [
  {
    api: 'svix',
    limits: [50, 250],
    page: (limit, cursor) => ({ path: `/api/v1/background-task?limit=${limit}${cursor === undefined ? '' : `&iterator=${cursor}`}` }),
    cursorIn: (body) => textAt(body, 'iterator'),
  },
  {
    api: 'cognigy',
    // The vendor gives no more than 100.
    limits: [50, 100],
    page: (limit, cursor) => ({ path: `/v2.0/tasks?limit=${limit}${cursor === undefined ? '' : `&next=${cursor}`}`, headers: COGNIGY_HEADERS }),
    cursorIn: (body) => textAt(body, 'nextCursor'),
  },
]

const LEAST_RATIO = 0.8
/** What depth may take from the first page's ratio. */
const KEPT_BELOW = 0.95
/** Part of the list that lies before a deep page. */
const DEPTH = 0.9

export const list: Question = {
  asks: 'pages per second out of a long list, 100 keep-alive connections',
  isPinned: true,
  async answer (run): Promise<Answer> {
    const count = run.isQuick ? 5_000 : 100_000
    const figures: Figure[] = []
    for (const one of LISTS) {
      const pollux = await run.servers.pollux()
      await fill(pollux, { api: one.api, scenario: 'instant' }, count, run.progress)
      figures.push(...await figuresOf(run, one, pollux, count))
      await pollux.stop()
    }
    return { figures, notes: ['Cognigy\'s largest page is one of 100, as the vendor\'s.', ...(run.isQuick ? [`Quick: out of ${count.toLocaleString('en')} tasks.`] : [])] }
  },
}

async function figuresOf ({ servers, isQuick, progress }: Run, list: List, pollux: RunningServer, count: number): Promise<Figure[]> {
  const cursor = await deepCursor(pollux, list, count * DEPTH)
  const contests: Contest[] = []
  for (const limit of list.limits) {
    for (const [place, from] of [['first page', undefined], ['deep page', cursor]] as const) {
      contests.push(await contestFor(servers, `${list.api} ${limit} of ${count.toLocaleString('en')}, ${place}`, pollux, [list.page(limit, from)]))
    }
  }
  const outcomes = await compare(contests, roundsOf(isQuick), progress)
  return outcomes.map((outcome, index) => {
    const figure = rateFigure(outcome, 'pages/s')
    const above = outcomes[index - 1]
    if (index % 2 === 0) return { ...figure, ...(index === 0 ? judgedTwice(atLeast(LEAST_RATIO), outcome.ratio, outcome.cpuRatio) : {}) }
    return { ...figure, ...judgedTwice(atLeast(KEPT_BELOW), outcome.ratio / (above?.ratio ?? NaN), outcome.cpuRatio / (above?.cpuRatio ?? NaN)), target: `>= ${KEPT_BELOW} of the first page` }
  })
}

/** Walks down the list as a client does, until so many tasks lie before. */
async function deepCursor ({ url }: RunningServer, { limits: [, limit], page, cursorIn }: List, before: number): Promise<string> {
  let cursor: string | undefined
  for (let passed = 0; passed < before; passed += limit) {
    const { path, headers = {} } = page(limit, cursor)
    const reply = await fetch(url + path, { headers })
    cursor = cursorIn(await reply.text())
  }
  return cursor ?? ''
}

function textAt (body: string, key: string): string {
  const value = new RegExp(`"${key}":"([^"]+)"`).exec(body)?.[1]
  if (value === undefined) throw new Error(`a page without ${key}: ${body.slice(0, 200)}`)
  return value
}
