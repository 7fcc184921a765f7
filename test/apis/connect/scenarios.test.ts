/** The shipped scenarios and living tasks: their lines, lengths and ends (the contract's sections 7.7 and 9). */
import t from 'tap'
import { connect } from '../../../src/apis/connect/index.js'
import { connectWorld } from './connect-world.js'

/** Scenario, kind, ms until the end, lines, and the end: the tail of the v1 body, or undefined when none comes. */
const SCENARIOS: ReadonlyArray<readonly [scenario: string, kind: string, endsAfterMs: number, lineCount: number, end: string | undefined]> = [
  ['deploy-static-ok', 'deploy', 2000, 2, '"result":null,"finished":true,"code":0,"error":"","last":2}'],
  ['deploy-python-ok', 'deploy', 8000, 11, '"result":null,"finished":true,"code":0,"error":"","last":11}'],
  ['deploy-python-fail', 'deploy', 5000, 10, '"result":{"type":"build-failed-error","data":"Content build failed (Error code: python-package-version-not-available)"},"finished":true,"code":1,"error":"Content build failed (Error code: python-package-version-not-available)","last":10}'],
  ['deploy-r-ok', 'deploy', 10_000, 48, '"result":null,"finished":true,"code":0,"error":"","last":48}'],
  ['deploy-r-long', 'deploy', 48_000, 368, '"result":null,"finished":true,"code":0,"error":"","last":368}'],
  ['build-python-ok', 'build', 8000, 10, '"result":null,"finished":true,"code":0,"error":"","last":10}'],
  ['render-ok', 'render', 3000, 4, '"result":null,"finished":true,"code":0,"error":"","last":4}'],
  ['render-fail', 'render', 3000, 5, '"result":null,"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last":5}'],
  ['cache-delete-ok', 'cache-delete', 2000, 2, '"result":null,"finished":true,"code":0,"error":"","last":2}'],
  ['mail-ok', 'mail', 1000, 2, '"result":null,"finished":true,"code":0,"error":"","last":2}'],
  ['git-branches', 'git-branches', 1000, 1, '"result":{"type":"git-repo-branches-result","data":{"branches":[{"branch":"main","ref":"3f2a9c1d7b604e58a1c2d3e4f5061728b9a0c1d2"},{"branch":"develop","ref":"8c1e0d2f4a6b8c0d1e2f3a4b5c6d7e8f90a1b2c3"}],"default_branch":"main"}},"finished":true,"code":0,"error":"","last":1}'],
  ['git-dirs', 'git-dirs', 2000, 2, '"result":{"type":"git-repo-branch-manifest-dirs-array","data":["."]},"finished":true,"code":0,"error":"","last":2}'],
  ['git-bundle', 'git-bundle', 3000, 3, '"result":null,"finished":true,"code":0,"error":"","last":3}'],
  ['slow', 'deploy', 120_000, 25, '"result":null,"finished":true,"code":0,"error":"","last":25}'],
  ['queued-first', 'render', 7000, 2, '"result":null,"finished":true,"code":0,"error":"","last":2}'],
  ['cancelled', 'build', 3000, 2, '"result":null,"finished":true,"code":1,"error":"Task was cancelled.","last":2}'],
  ['instant', 'deploy', 0, 2, '"result":null,"finished":true,"code":0,"error":"","last":2}'],
  ['result-on-success', 'deploy', 2000, 2, '"result":{"type":"deploy-result","data":{"warnings":1}},"finished":true,"code":0,"error":"","last":2}'],
  ['never-finishes', 'mail', 86_400_000, 1, undefined],
  ['queued-forever', 'deploy', 86_400_000, 0, undefined],
]

for (const [scenario, kind, endsAfterMs, lineCount, end] of SCENARIOS) {
  t.test(`${scenario}: ${lineCount} lines, ${end === undefined ? 'no end' : `over after ${endsAfterMs} ms`}`, async (t) => {
    const world = await connectWorld(t)
    const url = `/__api__/v1/tasks/${world.sandbox.startTask({ api: 'connect', kind, scenario }).task.id}`
    if (endsAfterMs > 0) {
      await world.sandbox.clock.advance(endsAfterMs - 1)
      t.equal((await world.get(url)).json().finished, false)
      await world.sandbox.clock.advance(1)
    }
    const { body } = await world.get(url)
    if (end === undefined) t.match(body, `"result":null,"finished":false,"code":0,"error":"","last":${lineCount}}`)
    else t.equal(body.slice(body.indexOf('"result"')), end)
    t.equal(JSON.parse(body).output.length, lineCount)
  })
}

const SUCCESS: Readonly<Record<string, string>> = {
  deploy: 'deploy-python-ok', build: 'build-python-ok', render: 'render-ok', 'cache-delete': 'cache-delete-ok', 'git-branches': 'git-branches', 'git-dirs': 'git-dirs', 'git-bundle': 'git-bundle', mail: 'mail-ok',
}

t.test('success is the default script of each kind', async (t) => {
  const world = await connectWorld(t)
  const scenarios = world.sandbox.scenarios('connect')
  t.strictSame(Object.keys(SUCCESS), connect.kinds)
  for (const kind of connect.kinds) {
    const script = scenarios.get('success')?.scriptFor(kind)
    t.ok(script, kind)
    t.strictSame(script, scenarios.get(SUCCESS[kind] ?? '')?.scriptFor(kind))
  }
})

t.test('failure ends each kind badly, with a sentence', async (t) => {
  const world = await connectWorld(t)
  const scenarios = world.sandbox.scenarios('connect')
  for (const kind of connect.kinds) {
    const id = world.sandbox.startTask({ api: 'connect', kind, scenario: 'failure' }).task.id
    await world.sandbox.clock.advance(5000)
    t.match((await world.get(`/__api__/v1/tasks/${id}`)).json(), { finished: true, code: 1, error: /^[A-Z].{10,}/ }, kind)
  }
  t.strictSame(scenarios.get('failure')?.scriptFor('deploy'), scenarios.get('deploy-python-fail')?.scriptFor('deploy'))
  t.strictSame(scenarios.get('failure')?.scriptFor('render'), scenarios.get('render-fail')?.scriptFor('render'))
})

t.test('the lines of deploy-python-ok are the contract\'s', async (t) => {
  const world = await connectWorld(t)
  const parameters = { guid: '<guid>', bundle: '<n>', job: '<J>' }
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'Python', parameters })
  await world.sandbox.clock.advance(8000)
  t.strictSame((await world.get('/__api__/v1/tasks/Python')).json().output, [
    'Building FastAPI application...',
    'Bundle asks for Python 3.11.9; picked 3.11.11 at /opt/python/3.11.11/bin/python3.11',
    '2026/11/22 12:00:01.000000000 [rsc-session] Content GUID: <guid>',
    '2026/11/22 12:00:01.000000000 [rsc-session] Bundle ID: <n>',
    '2026/11/22 12:00:01.000000000 [rsc-session] Job Key: <J>',
    '2026/11/22 12:00:02.000000000 Collecting anyio==4.4.0 (from -r requirements.txt (line 1))',
    '2026/11/22 12:00:02.000000000   Using cached anyio-4.4.0-py3-none-any.whl (86 kB)',
    '2026/11/22 12:00:05.000000000 Successfully installed anyio-4.4.0 fastapi-0.115.0',
    'Finished Python build (3.11.11)',
    'Launching FastAPI application...',
    'Using environment Local',
  ])
})

t.test('the lines of the failing build are the contract\'s', async (t) => {
  const world = await connectWorld(t)
  await world.sandbox.clock.advance(5000)
  t.strictSame((await world.get('/__api__/v1/tasks/PolluxDeployFail?first=7')).json().output, [
    '2026/11/22 12:00:04.000000000 ERROR: No matching distribution found for anyio==99.0',
    '2026/11/22 12:00:04.000000000 pip exited with code 1',
    'Build error: Content build failed (Error code: python-package-version-not-available)',
  ])
})

t.test('the living tasks begin with their world and go their ways', async (t) => {
  const world = await connectWorld(t)
  const table: ReadonlyArray<readonly [atMs: number, states: Readonly<Record<string, string>>]> = [
    [0, { PolluxDeployOk01: 'false 0', PolluxDeployFail: 'false 0', PolluxNeverEnds0: 'false 0', PolluxQueued3Sec: 'false 0', PolluxCancelled0: 'false 0' }],
    [3000, { PolluxDeployOk01: 'false 0', PolluxDeployFail: 'false 0', PolluxNeverEnds0: 'false 0', PolluxQueued3Sec: 'false 0', PolluxCancelled0: 'true 1' }],
    [5000, { PolluxDeployOk01: 'false 0', PolluxDeployFail: 'true 1', PolluxNeverEnds0: 'false 0', PolluxQueued3Sec: 'false 0', PolluxCancelled0: 'true 1' }],
    [7000, { PolluxDeployOk01: 'false 0', PolluxDeployFail: 'true 1', PolluxNeverEnds0: 'false 0', PolluxQueued3Sec: 'true 0', PolluxCancelled0: 'true 1' }],
    [10_000, { PolluxDeployOk01: 'true 0', PolluxDeployFail: 'true 1', PolluxNeverEnds0: 'false 0', PolluxQueued3Sec: 'true 0', PolluxCancelled0: 'true 1' }],
  ]
  let atMs = 0
  for (const [nextMs, states] of table) {
    await world.sandbox.clock.advance(nextMs - atMs)
    atMs = nextMs
    for (const [id, state] of Object.entries(states)) {
      const { finished, code } = (await world.get(`/__api__/v1/tasks/${id}`)).json()
      t.equal(`${String(finished)} ${String(code)}`, state, `${id} at ${atMs} ms`)
    }
  }
})

t.test('a queued task has no lines until it starts', async (t) => {
  const world = await connectWorld(t)
  await world.sandbox.clock.advance(2999)
  t.match((await world.get('/__api__/v1/tasks/PolluxQueued3Sec')).json(), { output: [], last: 0, finished: false })
  await world.sandbox.clock.advance(1)
  t.match((await world.get('/__api__/v1/tasks/PolluxQueued3Sec')).json(), { output: ['Building content...'], last: 1, finished: false })
})
