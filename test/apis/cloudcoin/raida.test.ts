import t, { type Test } from 'tap'
import { parseScript, type Script } from '../../../src/simulator/script.js'
import { cloudcoinWorld } from './wire.js'

const REPLY = 'Last received response was from Raida {raida}'

interface Shown {
  readonly progress: number
  readonly message: string
  readonly data: string | null
}

/** What polls of the recorded server show after each second of the script. */
async function course (t: Test, script: Script, id: string, seconds: number): Promise<Shown[]> {
  const world = await cloudcoinWorld(t, 'recorded')
  world.sandbox.startTask({ api: 'cloudcoin', kind: 'detect', script, id })
  const polls: Shown[] = []
  for (let n = 0; n < seconds; n++) {
    await world.sandbox.clock.advance(1000)
    polls.push((await world.app.inject(`/api/v1/tasks/${id}`)).json().payload)
  }
  return polls
}

function replies (times: number): Script {
  return parseScript({ steps: [{ at: 0, state: 'running' }, { at: '1s', times, every: '1s', progress: 1, output: [REPLY] }] })
}

const ID = '44444444-4444-4444-8444-444444444444'
const serverOf = ({ message }: Shown): number => Number(/^Last received response was from Raida (\d+)$/.exec(message)?.[1])

t.test('25 replies come from 25 servers, each adding 4 percent and its own counter', async (t) => {
  const polls = await course(t, replies(25), ID, 25)
  t.strictSame(polls.map(serverOf).sort((a, b) => a - b), Array.from({ length: 25 }, (_, n) => n))
  t.strictSame(polls.map(({ progress }) => progress), Array.from({ length: 25 }, (_, n) => 4 * (n + 1)))
  const counters = Array.from({ length: 25 }, () => 0)
  for (const shown of polls) {
    counters[serverOf(shown)] = 1
    t.equal(shown.data, counters.join(''))
  }
  t.equal(polls[12]?.data?.replaceAll('0', ''), '1'.repeat(13))
})

t.test('75 replies go three times round in the same order, each adding 1.33 percent', async (t) => {
  const polls = await course(t, replies(75), ID, 75)
  const order = polls.map(serverOf)
  t.strictSame(order.slice(25, 50), order.slice(0, 25))
  t.strictSame(order.slice(50), order.slice(0, 25))
  t.strictSame(polls.slice(0, 3).map(({ progress }) => progress), [1.33, 2.67, 4])
  t.equal(polls[24]?.data, '1'.repeat(25))
  t.equal(polls[74]?.data, '3'.repeat(25))
  t.equal(polls[25]?.data?.[order[0] ?? 0], '2')
})

t.test('a counter above 9 makes the text longer', async (t) => {
  const polls = await course(t, replies(251), ID, 251)
  t.equal(polls[224]?.data, '9'.repeat(25))
  t.equal(polls[249]?.data, '10'.repeat(25))
  t.equal(polls[250]?.data?.length, 50)
  t.match(polls[250]?.data, '11')
})

t.test('the order is the task\'s own, and always the same for it', async (t) => {
  const one = (await course(t, replies(25), ID, 25)).map(serverOf)
  t.strictSame((await course(t, replies(25), ID, 25)).map(serverOf), one)
  t.notSame((await course(t, replies(25), '55555555-5555-4555-8555-555555555555', 25)).map(serverOf), one)
  t.strictSame(one, [3, 10, 15, 6, 21, 17, 18, 5, 11, 12, 23, 9, 0, 20, 4, 1, 14, 2, 8, 24, 13, 7, 19, 22, 16])
})

t.test('a text of the script\'s own sets the counters back to null, and later replies count on', async (t) => {
  const script = parseScript({
    steps: [
      { at: 0, state: 'running' },
      { at: '1s', output: [REPLY] },
      { at: '2s', output: ['Powning'] },
      { at: '3s', output: [REPLY] },
      { at: '4s', output: [REPLY, 'Coin #16'] },
    ],
  })
  const polls = await course(t, script, ID, 4)
  t.equal(polls[0]?.data?.replaceAll('0', ''), '1')
  t.strictSame([polls[1]?.message, polls[1]?.data], ['Powning', null])
  t.equal(polls[2]?.data?.replaceAll('0', ''), '11')
  t.strictSame([polls[3]?.message, polls[3]?.data], ['Coin #16', null])
})
