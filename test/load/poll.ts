/** How fast is a status poll, beside bare `node:http` sending the same bytes, and does it stay so when there is much around it? */
import { connectPollux } from '../../src/client/client.js'
import { compare, contestFor, rateFigure, replyTo, roundsOf, type Contest, type Outcome, type Request } from './contest.js'
import { atLeast, judgedTwice, type Answer, type Figure } from './figures.js'
import type { Question, Run } from './question.js'
import type { RunningServer } from './servers.js'
import { addIdleFault, fill, makeSandboxes } from './store.js'

type Api = 'connect' | 'svix' | 'cognigy' | 'cloudcoin'
type Rest = 'settled' | 'running'

interface Poll {
  readonly api: Api
  readonly rest: Rest
  /** A task of the fixtures. */
  readonly id: string
}

/** One settled task and one that never finishes on each API. */
const POLLS: readonly Poll[] = [
  { api: 'connect', rest: 'settled', id: 'jXhOhdm5OOSkGhJw' },
  { api: 'connect', rest: 'running', id: 'PolluxNeverEnds0' },
  { api: 'svix', rest: 'settled', id: 'qtask_33qen93MNuelBAq1T9G7eHLJRsF' },
  { api: 'svix', rest: 'running', id: 'qtask_2PolluxRunsAndNeverFinishes' },
  { api: 'cognigy', rest: 'settled', id: '555555555555555555555555' },
  { api: 'cognigy', rest: 'running', id: '333333333333333333333333' },
  { api: 'cloudcoin', rest: 'settled', id: 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71' },
  { api: 'cloudcoin', rest: 'running', id: '00000000-0000-4000-8000-000000000003' },
]

const APIS: readonly Api[] = ['connect', 'svix', 'cognigy', 'cloudcoin']
const SCENARIOS: Readonly<Record<Rest, string>> = { settled: 'instant', running: 'never-finishes' }
const TARGETS: Readonly<Record<Rest, number>> = { settled: 0.9, running: 0.85 }
const ONE = 'one task'
const MANY = '100 tasks in turn'
/** What much around a poll may take from its ratio. */
const KEPT = 0.95

/** How each vendor's clients ask. */
const REQUESTS: Readonly<Record<Api, (id: string) => Request>> = {
  connect: (id) => ({ path: `/__api__/v1/tasks/${id}`, headers: { authorization: 'Key load', cookie: 'pollux_node=1' } }),
  svix: (id) => ({ path: `/api/v1/background-task/${id}` }),
  cognigy: (id) => ({ path: `/v2.0/tasks/${id}`, headers: { 'x-api-key': 'load', accept: 'application/json' } }),
  cloudcoin: (id) => ({ path: `/api/v1/task/${id}` }),
}

/** A server in some condition, and what is polled on it. */
interface Surroundings {
  readonly name: string
  /** The condition without which it would be like this one; undefined: it is judged by itself. */
  readonly like?: string
  readonly pollux: RunningServer
  readonly requestsOf: (poll: Poll) => readonly [Request, ...Request[]]
}

export const poll: Question = {
  asks: 'status polls per second, 100 keep-alive connections, journal and report on',
  isPinned: true,
  async answer (run): Promise<Answer> {
    const { isQuick, progress } = run
    const plain = await plainServer(run)
    const more = await surroundings(run)
    const figures: Figure[] = []
    for (const poll of POLLS) {
      const name = `${poll.api} ${poll.rest}`
      const other = await findOther(run, plain.requestsOf(poll)[0])
      // A quick run looks at what is around the poll once.
      const around = [plain, ...isQuick && poll !== POLLS[0] ? [] : more]
      const contests: Contest[] = []
      for (const { name: condition, pollux, requestsOf } of around) {
        contests.push(await contestFor(run.servers, `${name}, ${condition}`, pollux, requestsOf(poll), condition === ONE ? other : undefined))
      }
      const outcomes = await compare(contests, roundsOf(isQuick), progress)
      figures.push(...figuresOf(outcomes, around, TARGETS[poll.rest], run.vs))
      await Promise.all(contests.map(({ bare }) => bare.stop()))
    }
    return { figures, notes: ['CPU us: processor time of Pollux per poll; CPU ratio: bare Node\'s to it. Where the client is the bottleneck, the rate flatters the slower server, the processor time does not.'] }
  },
}

/** The outcomes of the poll in these surroundings, in their order. */
function figuresOf (outcomes: readonly Outcome[], around: readonly Surroundings[], least: number, vs: string | undefined): Figure[] {
  return outcomes.flatMap((outcome, index) => {
    const figure = rateFigure(outcome, 'polls/s')
    const like = around[index]?.like
    const base = outcomes[around.findIndex(({ name }) => name === like)]
    if (base !== undefined) return [{ ...figure, ...judgedTwice(atLeast(KEPT), outcome.ratio / base.ratio, outcome.cpuRatio / base.cpuRatio), target: `>= ${KEPT} of ${like ?? ''}` }]
    const { other } = outcome
    return [
      { ...figure, ...judgedTwice(atLeast(least), outcome.ratio, outcome.cpuRatio) },
      ...(other === undefined || vs === undefined ? [] : [{ what: outcome.name, unit: 'polls/s', pollux: outcome.pollux.rate, beside: vs, besideValue: other.rate, ratio: other.ratio }]),
    ]
  })
}

/** Another server is put beside where it serves the same path. */
async function findOther ({ vs, progress }: Run, request: Request): Promise<{ url: string } | undefined> {
  if (vs === undefined) return undefined
  const url = vs.replace(/\/+$/, '')
  try {
    await replyTo(url, request)
    return { url }
  } catch (error) {
    progress(`left out at ${url}: ${String(error)}`)
    return undefined
  }
}

async function plainServer ({ servers }: Run): Promise<Surroundings> {
  return { name: ONE, pollux: await servers.pollux(), requestsOf: ({ api, id }) => [REQUESTS[api](id)] }
}

async function surroundings (run: Run): Promise<Surroundings[]> {
  const { isQuick, servers } = run
  const crowds: Surroundings[] = [{ name: MANY, ...await crowdedServer(run, 0) }]
  for (const count of isQuick ? [10_000] : [10_000, 1_000_000]) crowds.push({ name: `${MANY}, ${count.toLocaleString('en')} around`, like: MANY, ...await crowdedServer(run, count) })

  const divided = await servers.pollux()
  const names = await makeSandboxes(divided, 100)
  const [first = '', ...rest] = names
  const struck = await servers.pollux()
  await addIdleFault(struck)
  return [
    ...crowds,
    {
      name: `${names.length} sandboxes in turn`,
      like: MANY,
      pollux: divided,
      requestsOf: ({ api, id }) => {
        const inSandbox = (sandbox: string): Request => {
          const request = REQUESTS[api](id)
          return { ...request, path: `/sandbox/${sandbox}${request.path}` }
        }
        return [inSandbox(first), ...rest.map(inSandbox)]
      },
    },
    { name: `${ONE}, a fault rule that never fits`, like: ONE, pollux: struck, requestsOf: ({ api, id }) => [REQUESTS[api](id)] },
  ]
}

/** As many tasks as are asked for, a quarter on each API; polled are 100 others in turn, which lie evenly among them. */
async function crowdedServer ({ servers, progress }: Run, count: number): Promise<Pick<Surroundings, 'pollux' | 'requestsOf'>> {
  const pollux = await servers.pollux()
  const { tasks } = connectPollux(pollux.url)
  const polled = new Map<string, [string, ...string[]]>()
  const stretches = 25
  for (const api of APIS) {
    for (let stretch = 0; stretch < stretches; stretch++) {
      await fill(pollux, { api, scenario: SCENARIOS.settled }, count / APIS.length / stretches, () => {})
      for (const rest of ['settled', 'running'] as const) {
        const [first, ...others] = (await tasks.create({ api, scenario: SCENARIOS[rest], count: 4 })).map(({ id }) => id)
        if (first === undefined) throw new Error('no task was made')
        polled.set(`${api} ${rest}`, [...polled.get(`${api} ${rest}`) ?? [], first, ...others] as [string, ...string[]]) // the first is there
      }
    }
    progress(`${count} tasks: those of ${api} are made`)
  }
  return {
    pollux,
    requestsOf: ({ api, rest }) => {
      const [first = '', ...others] = polled.get(`${api} ${rest}`) ?? []
      return [REQUESTS[api](first), ...others.map(REQUESTS[api])]
    },
  }
}
