/** From simulator to wire (the contract's sections 3 and 8), and what stands in for placeholders (9.3). */
import t from 'tap'
import { bundleOf, guidOf, jobKeyOf } from '../../../src/apis/connect/ids.js'
import { parseScript, type ScriptJson } from '../../../src/simulator/script.js'
import { connectWorld, type ConnectWorld } from './connect-world.js'

function start (world: ConnectWorld, kind: string, steps: ScriptJson['steps']): string {
  return world.sandbox.startTask({ api: 'connect', kind, script: parseScript({ steps }) }).task.id
}

async function tail (world: ConnectWorld, id: string): Promise<string> {
  const { body } = await world.get(`/__api__/v1/tasks/${id}`)
  return body.slice(body.indexOf('"result"'))
}

const STATES: ReadonlyArray<readonly [name: string, kind: string, steps: ScriptJson['steps'], expected: string]> = [
  ['queued', 'deploy', [{ at: 0, state: 'queued' }], '"result":null,"finished":false,"code":0,"error":"","last":0}'],
  ['running', 'deploy', [{ at: 0, state: 'running', output: ['a'], result: { type: 'x', data: 1 } }], '"result":null,"finished":false,"code":0,"error":"","last":1}'],
  ['cancelling', 'deploy', [{ at: 0, state: 'cancelling' }], '"result":null,"finished":false,"code":0,"error":"","last":0}'],
  ['cancelled', 'deploy', [{ at: 0, state: 'cancelled', result: { type: 'x', data: 1 } }], '"result":null,"finished":true,"code":1,"error":"Task was cancelled.","last":0}'],
  ['succeeded', 'deploy', [{ at: 0, state: 'succeeded' }], '"result":null,"finished":true,"code":0,"error":"","last":0}'],
  ['succeeded with null', 'deploy', [{ at: 0, state: 'succeeded', result: null }], '"result":null,"finished":true,"code":0,"error":"","last":0}'],
  ['succeeded with a typed result', 'git-dirs', [{ at: 0, state: 'succeeded', result: { type: 'list', data: ['.'] } }], '"result":{"type":"list","data":["."]},"finished":true,"code":0,"error":"","last":0}'],
  ['succeeded with a list', 'deploy', [{ at: 0, state: 'succeeded', result: [1] }], '"result":{"type":"","data":[1]},"finished":true,"code":0,"error":"","last":0}'],
  ['succeeded with a text', 'deploy', [{ at: 0, state: 'succeeded', result: 'x' }], '"result":{"type":"","data":"x"},"finished":true,"code":0,"error":"","last":0}'],
  ['succeeded with an untyped object', 'deploy', [{ at: 0, state: 'succeeded', result: { a: 1 } }], '"result":{"type":"","data":{"a":1}},"finished":true,"code":0,"error":"","last":0}'],
  ['a failed deploy', 'deploy', [{ at: 0, state: 'failed', error: { message: 'No <luck>' } }], '"result":{"type":"build-failed-error","data":"No <luck>"},"finished":true,"code":1,"error":"No <luck>","last":0}'],
  ['a failed build', 'build', [{ at: 0, state: 'failed', error: { message: 'No' } }], '"result":{"type":"build-failed-error","data":"No"},"finished":true,"code":1,"error":"No","last":0}'],
  ['a failed deploy whose script says null', 'deploy', [{ at: 0, state: 'failed', error: { message: 'No' }, result: null }], '"result":null,"finished":true,"code":1,"error":"No","last":0}'],
  ['a failed deploy with a result', 'deploy', [{ at: 0, state: 'failed', error: { message: 'No' }, result: { type: 'y', data: 2 } }], '"result":{"type":"y","data":2},"finished":true,"code":1,"error":"No","last":0}'],
  ['a failed deploy without error', 'deploy', [{ at: 0, state: 'failed' }], '"result":{"type":"build-failed-error","data":"Content build failed"},"finished":true,"code":1,"error":"Content build failed","last":0}'],
  ['a failed render without error', 'render', [{ at: 0, state: 'failed' }], '"result":null,"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last":0}'],
  ['a failed mail without error', 'mail', [{ at: 0, state: 'failed' }], '"result":null,"finished":true,"code":1,"error":"An internal failure occurred.","last":0}'],
  ['a failure of a kind that no vendor knows', 'constructor', [{ at: 0, state: 'failed' }], '"result":null,"finished":true,"code":1,"error":"An internal failure occurred.","last":0}'],
  ['a failed cache deletion', 'cache-delete', [{ at: 0, state: 'failed', error: { message: 'In use' } }], '"result":null,"finished":true,"code":1,"error":"In use","last":0}'],
  ['a failure with a code', 'mail', [{ at: 0, state: 'failed', error: { message: 'No', code: 7 } }], '"result":null,"finished":true,"code":7,"error":"No","last":0}'],
  ['a failure with code 0', 'mail', [{ at: 0, state: 'failed', error: { message: 'No', code: 0 } }], '"result":null,"finished":true,"code":1,"error":"No","last":0}'],
  ['a failure with a code that is text', 'mail', [{ at: 0, state: 'failed', error: { message: 'No', code: '7' } }], '"result":null,"finished":true,"code":1,"error":"No","last":0}'],
]

for (const [name, kind, steps, expected] of STATES) {
  t.test(`on the wire: ${name}`, async (t) => {
    const world = await connectWorld(t)
    t.equal(await tail(world, start(world, kind, steps)), expected)
  })
}

t.test('a cancel by command is finished with code 1, a second later', async (t) => {
  const world = await connectWorld(t)
  world.sandbox.simulator.cancel('connect', 'PolluxNeverEnds0')
  t.equal(await tail(world, 'PolluxNeverEnds0'), '"result":null,"finished":false,"code":0,"error":"","last":1}')
  await world.sandbox.clock.advance(1000)
  t.equal(await tail(world, 'PolluxNeverEnds0'), '"result":null,"finished":true,"code":1,"error":"Task was cancelled.","last":1}')
})

t.test('a finish by command leaves its result', async (t) => {
  const world = await connectWorld(t)
  world.sandbox.simulator.finish('connect', 'PolluxNeverEnds0', { type: 'done', data: null })
  t.equal(await tail(world, 'PolluxNeverEnds0'), '"result":{"type":"done","data":null},"finished":true,"code":0,"error":"","last":1}')
})

t.test('lines may be empty, indented, or anything that JSON can carry', async (t) => {
  const world = await connectWorld(t)
  const output = ['', '   indented', '"quoted" \\ ', 'tab\there', 'Grüße 😀', '\u0000\u001b[31m', '{other} {n}', '{}']
  const id = start(world, 'deploy', [{ at: 0, state: 'running', output }])
  t.strictSame((await world.get(`/__api__/v1/tasks/${id}`)).json().output, output)
})

t.test('`{time}` is the instant at which its line appeared, in UTC', async (t) => {
  const world = await connectWorld(t)
  const id = start(world, 'deploy', [{ at: 0, state: 'running', output: ['{time}a'] }, { at: 61_007, output: ['{time}b {time}'] }])
  await world.sandbox.clock.advance(3_600_000)
  t.strictSame((await world.get(`/__api__/v1/tasks/${id}`)).json().output, ['2026/11/22 12:00:00.000000000 a', '2026/11/22 12:01:01.007000000 b 2026/11/22 12:01:01.007000000 '])
})

t.test('`{guid}`, `{bundle}` and `{job}` come from the task\'s parameters', async (t) => {
  const world = await connectWorld(t)
  const script = parseScript({ steps: [{ at: 0, state: 'running', output: ['{guid} {bundle} {job}'] }] })
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'Given', script, parameters: { guid: '$&', bundle: 12, job: 'aB3' } })
  t.strictSame((await world.get('/__api__/v1/tasks/Given')).json().output, ['$& 12 aB3'])
})

t.test('without parameters they are fixed by the task id', async (t) => {
  const world = await connectWorld(t)
  const script = parseScript({ steps: [{ at: 0, state: 'running', output: ['{guid}', '{bundle}', '{job}', '{guid}'] }] })
  for (const id of ['One', 'Two']) world.sandbox.startTask({ api: 'connect', kind: 'deploy', id, script })
  const one: string[] = (await world.get('/__api__/v1/tasks/One')).json().output
  t.strictSame(one, [guidOf('One'), bundleOf('One'), jobKeyOf('One'), guidOf('One')])
  t.match(one[0], /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.match(one[1], /^[1-9][0-9]{0,3}$/)
  t.match(one[2], /^[0-9A-Za-z]{16}$/)
  t.notSame((await world.get('/__api__/v1/tasks/Two')).json().output, one)
  t.strictSame((await world.get('/__api__/v1/tasks/One?first=1')).json().output, one.slice(1), 'in a part as in the whole')
})

t.test('the body of a task changes when the task does, from one poll to the next', async (t) => {
  const world = await connectWorld(t)
  const id = start(world, 'deploy', [{ at: 0, state: 'running', output: ['a'] }, { at: 1000, output: ['b'] }, { at: 2000, state: 'succeeded' }])
  const bodies: string[] = []
  for (let n = 0; n < 3; n++) {
    bodies.push((await world.get(`/__api__/v1/tasks/${id}`)).body, (await world.get(`/__api__/v1/tasks/${id}?first=1`)).body)
    await world.sandbox.clock.advance(1000)
  }
  t.strictSame(bodies, [
    `{"id":"${id}","output":["a"],"result":null,"finished":false,"code":0,"error":"","last":1}`,
    `{"id":"${id}","output":[],"result":null,"finished":false,"code":0,"error":"","last":1}`,
    `{"id":"${id}","output":["a","b"],"result":null,"finished":false,"code":0,"error":"","last":2}`,
    `{"id":"${id}","output":["b"],"result":null,"finished":false,"code":0,"error":"","last":2}`,
    `{"id":"${id}","output":["a","b"],"result":null,"finished":true,"code":0,"error":"","last":2}`,
    `{"id":"${id}","output":["b"],"result":null,"finished":true,"code":0,"error":"","last":2}`,
  ])
})
