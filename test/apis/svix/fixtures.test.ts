/** The living tasks and the scenarios that come with Pollux (contract, sections 7.3 and 9). */
import t from 'tap'
import { NOON } from '../../world.js'
import { ask, emptyWorld, LIST, svixWorld } from './support.js'

type Shown = readonly [ms: number, data: string, status: string, updatedMs: number]

const at = (ms: number): string => new Date(NOON + ms).toISOString()
const bodyOf = (id: string, task: string, [, data, status, updatedMs]: Shown): string => `{"data":${data},"id":"${id}","status":"${status}","task":"${task}","updatedAt":"${at(updatedMs)}"}`

const LIVING: ReadonlyArray<readonly [id: string, task: string, course: readonly Shown[]]> = [
  ['qtask_2PolluxSucceedsInTenSeconds', 'endpoint.recover', [
    [0, '{"messagesSent":0}', 'running', 0], [2000, '{"messagesSent":50}', 'running', 2000], [8000, '{"messagesSent":200}', 'running', 8000], [10_000, '{"messagesSent":250}', 'finished', 10_000],
  ]],
  ['qtask_2PolluxCrashesInFiveSeconds', 'endpoint.replay', [
    [0, '{"messagesSent":0}', 'running', 0], [4999, '{"messagesSent":71}', 'running', 4000], [5000, '{"messagesSent":71}', 'failed', 5000],
  ]],
  ['qtask_2PolluxRunsAndNeverFinishes', 'application.purge_content', [
    [0, '{"messagesPurged":0}', 'running', 0], [3000, '{"messagesPurged":50}', 'running', 3000], [86_400_000, '{"messagesPurged":50}', 'running', 3000],
  ]],
  ['qtask_2PolluxWaitsInTheQueueFirst', 'endpoint.bulk-replay', [
    [0, '{"messagesSent":0}', 'running', 0], [3000, '{"messagesSent":0}', 'running', 0], [6000, '{"messagesSent":20}', 'running', 6000], [9000, '{"messagesSent":40}', 'finished', 9000],
  ]],
  ['qtask_2PolluxWasCancelledOnTheWay', 'application.purge_content', [
    [0, '{"messagesPurged":0}', 'running', 0], [2000, '{"messagesPurged":50}', 'running', 2000], [4000, '{"messagesPurged":50}', 'failed', 4000],
  ]],
]

for (const [id, task, course] of LIVING) {
  t.test(`the living task ${id} runs its course`, async (t) => {
    const world = await svixWorld(t)
    for (const shown of course) {
      await world.sandbox.clock.advanceTo(NOON + shown[0])
      t.equal((await ask(world, `${LIST}/${id}`)).body, bodyOf(id, task, shown), `after ${shown[0]} ms`)
    }
  })
}

t.test('the living tasks have documented ids, and ones too old for the list', async (t) => {
  const world = await svixWorld(t)
  const { body } = await ask(world, `${LIST}?limit=250`)
  for (const [id] of LIVING) {
    t.match(id, /^qtask_[0-9A-Za-z]{27}$/)
    t.notOk(body.includes(id))
  }
})

const STATS = '{"appStats":[{"messageDestinations":2,"appId":"app_33W1An2Zz5cO9SWbhHsYyDmVC6m","appUid":null}]}'
const EVENT_TYPES = '{"event_types":[{"appId":"app_33W1An2Zz5cO9SWbhHsYyDmVC6m","explicitlySubscribedEventTypes":["user.signup"],"hasCatchAllEndpoint":false}]}'
const BROADCAST = '{"messagesCreated":[{"appId":"app_33s1An2Zz5cO9SWbhHsYyDmVC6m","msgId":"msg_33s1An2Zz5cO9SWbhHsYyDmVC6m"},{"appId":"app_33sXYjcO6bkWeZIXDI8w6ZYMivz","msgId":"msg_33sZJfmYMOQGApyIgRdteOX0xlX"}]}'
const ZIP = '{"schemaZip":"https://example.com/schema.zip"}'
const INTERNAL = (sent: number, from: string): string => `{"messages_sent":${sent},"endp_id":"ep_33W1An2Zz5cO9SWbhHsYyDmVC6m","cur_batch_start":"${from}","since":"2026-11-08T12:00:00Z","until":"2026-11-22T12:00:00Z"}`

const SENDING = ['endpoint.recover', 'endpoint.replay', 'endpoint.bulk-replay', 'endpoint.bulk_replay']
const sending = (...course: readonly Shown[]): Array<[string, readonly Shown[]]> => SENDING.map((kind) => [kind, course])

const SCENARIOS: Record<string, ReadonlyArray<[kind: string, course: readonly Shown[]]>> = {
  success: [
    ...sending([0, '{"messagesSent":0}', 'running', 0], [2000, '{"messagesSent":1}', 'running', 2000], [4000, '{"messagesSent":2}', 'finished', 4000]),
    ['application.stats', [[1999, '{}', 'running', 0], [2000, STATS, 'finished', 2000]]],
    ['event-type.aggregate', [[1999, '{}', 'running', 0], [2000, EVENT_TYPES, 'finished', 2000]]],
    ['application.purge_content', [[0, '{"messagesPurged":0}', 'running', 0], [2000, '{"messagesPurged":50}', 'running', 2000], [4000, '{"messagesPurged":100}', 'running', 4000], [6000, '{"messagesPurged":150}', 'finished', 6000]]],
    ['message.broadcast', [[2999, '{}', 'running', 0], [3000, BROADCAST, 'finished', 3000]]],
    ['sdk.generate', [[4999, '{}', 'running', 0], [5000, ZIP, 'finished', 5000]]],
    ['endpoint.rewind', [[2999, '{}', 'running', 0], [3000, '{}', 'finished', 3000]]],
  ],
  failure: [
    ...sending([2000, '{"messagesSent":1}', 'running', 2000], [3000, '{"messagesSent":1}', 'failed', 3000]),
    ['application.purge_content', [[3000, '{"messagesPurged":75}', 'failed', 3000]]],
    ['sdk.generate', [[2999, '{}', 'running', 0], [3000, '{}', 'failed', 3000]]],
  ],
  slow: [
    ...sending([29_999, '{"messagesSent":0}', 'running', 0], [30_000, '{"messagesSent":1}', 'running', 30_000], [599_999, '{"messagesSent":19}', 'running', 570_000], [600_000, '{"messagesSent":20}', 'finished', 600_000]),
    ['application.stats', [[599_999, '{}', 'running', 0], [600_000, STATS, 'finished', 600_000]]],
    ['event-type.aggregate', [[599_999, '{}', 'running', 0], [600_000, EVENT_TYPES, 'finished', 600_000]]],
    ['application.purge_content', [[599_999, '{"messagesPurged":100}', 'running', 400_000], [600_000, '{"messagesPurged":150}', 'finished', 600_000]]],
    ['message.broadcast', [[600_000, BROADCAST, 'finished', 600_000]]],
    ['sdk.generate', [[600_000, ZIP, 'finished', 600_000]]],
  ],
  'never-finishes': [
    ...sending([2000, '{"messagesSent":1}', 'running', 2000], [1e9, '{"messagesSent":1}', 'running', 2000]),
    ['sdk.generate', [[1e9, '{}', 'running', 0]]],
  ],
  'internal-data': [
    ...sending([0, INTERNAL(0, '2026-11-08T12:00:00Z'), 'running', 0], [2000, INTERNAL(1, '2026-11-15T12:00:00Z'), 'running', 2000], [4000, '{"messagesSent":2}', 'finished', 4000]),
    ['application.stats', [[0, '{"app_stats":[]}', 'running', 0], [2000, STATS, 'finished', 2000]]],
    ['application.purge_content', [[4000, '{"messages_purged":100}', 'running', 4000], [6000, '{"messagesPurged":150}', 'finished', 6000]]],
    ['message.broadcast', [[0, '{"messages_created":[],"messages_failed":[]}', 'running', 0], [3000, BROADCAST, 'finished', 3000]]],
  ],
  'empty-result': [
    ...sending([0, '{"messagesSent":0}', 'running', 0], [4000, '{"messagesSent":0}', 'finished', 4000]),
    ['application.stats', [[2000, '{"appStats":[]}', 'finished', 2000]]],
    ['event-type.aggregate', [[2000, '{"event_types":[]}', 'finished', 2000]]],
    ['application.purge_content', [[6000, '{"messagesPurged":0}', 'finished', 6000]]],
    ['message.broadcast', [[3000, '{"messagesCreated":[]}', 'finished', 3000]]],
  ],
  'large-recover': sending([0, '{"messagesSent":0}', 'running', 0], [5799, '{"messagesSent":5700}', 'running', 5700], [10_000, '{"messagesSent":10000}', 'finished', 10_000]),
}

for (const [scenario, kinds] of Object.entries(SCENARIOS)) {
  t.test(`the scenario ${scenario} shows what the contract says for each kind`, async (t) => {
    for (const [kind, course] of kinds) {
      const world = await emptyWorld(t)
      const { task: { id } } = world.sandbox.startTask({ api: 'svix', kind, scenario })
      for (const shown of course) {
        await world.sandbox.clock.advanceTo(NOON + shown[0])
        t.equal((await ask(world, `${LIST}/${id}`)).body, bodyOf(id, kind, shown), `${kind} after ${shown[0]} ms`)
      }
    }
  })
}

t.test('large-recover grows by exactly 100 at each of its 100 steps', async (t) => {
  const world = await emptyWorld(t)
  const { task: { id } } = world.sandbox.startTask({ api: 'svix', kind: 'endpoint.recover', scenario: 'large-recover' })
  for (let n = 0; n <= 100; n++) {
    t.match((await ask(world, `${LIST}/${id}`)).body, `{"data":{"messagesSent":${n * 100}},`)
    await world.sandbox.clock.advance(100)
  }
})
