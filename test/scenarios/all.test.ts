/** What holds for all scenarios that come with Pollux. */
import t from 'tap'
import { registry } from '../../src/server.js'
import { testWorld } from '../world.js'
import { createTask } from './poller.js'

/** Those for kinds other than their API's first. */
const OTHER_KINDS: Readonly<Record<string, string>> = { 'cognigy in-use': 'deleteSnapshot', 'cloudcoin locker-ok': 'locker-deposit' }

/** What every API can be asked for, and the APIs for which a name makes no sense. */
const EVERYWHERE: ReadonlyArray<readonly [name: string, ...notFor: string[]]> = [
  ['success'], ['failure'], ['slow'], ['instant'], ['never-finishes'], ['queued-forever'], ['cancelled'], ['stuck-cancelling'], ['lost'], ['flaky-502'], ['rate-limited'],
  ['retry-after-date'], ['retry-after-garbage'], ['reset-midway'], ['truncated-body'], ['malformed-json'], ['html-error-page'], ['null-fields'], ['missing-fields'],
  ['terminal-on-last-poll'], ['slow-drip'],
  // It asks nobody for a credential.
  ['unauthorised-midway', 'cloudcoin'],
  // Its tasks have neither a status nor progress.
  ['unknown-status', 'connect'], ['progress-backwards', 'connect'],
  // It alone shows lines of output.
  ['output-burst', 'svix', 'cognigy', 'cloudcoin'], ['output-with-final-chunk', 'svix', 'cognigy', 'cloudcoin'],
  // These list no tasks.
  ['expired-cursor', 'connect', 'cloudcoin'], ['duplicate-page', 'connect', 'cloudcoin'],
]

t.test('every scenario can be started for the default kind of its API, and for every kind that it names', async (t) => {
  const world = await testWorld(t)
  for (const { name: api, kinds: [defaultKind] } of registry) {
    for (const [name, { json }] of world.sandbox.scenarios(api)) {
      const otherKind = OTHER_KINDS[`${api} ${name}`]
      await t.resolves(createTask(world, otherKind === undefined ? { api, scenario: name } : { api, scenario: name, kind: otherKind }), `${api} ${name} for ${otherKind ?? defaultKind ?? ''}`)
      for (const kind of Object.keys(json.kinds ?? {})) await t.resolves(createTask(world, { api, scenario: name, kind }), `${api} ${name} for ${kind}`)
    }
  }
})

t.test('the names of all APIs mean something to each of them but where they make no sense', async (t) => {
  const { sandbox } = await testWorld(t)
  for (const [name, ...notFor] of EVERYWHERE) {
    t.strictSame(registry.filter((api) => !sandbox.scenarios(api.name).has(name)).map((api) => api.name), registry.map((api) => api.name).filter((api) => notFor.includes(api)), name)
  }
})

t.test('every scenario says in one sentence what it does; those with faults, and those for all APIs, which bug they expose', async (t) => {
  const { sandbox } = await testWorld(t)
  for (const { name: api } of registry) {
    for (const [name, { json: { summary, exposes, faults } }] of sandbox.scenarios(api)) {
      t.match(summary, /^[A-Z].{9,}[^.]$/, `${api} ${name}`)
      if (exposes !== undefined || faults !== undefined) t.match(exposes, /^[A-Z].{9,}[^.]$/, `${api} ${name}`)
    }
  }
})

t.test('the list on the control plane tells of each what it does and which bug it exposes', async (t) => {
  const { app } = await testWorld(t)
  const { items, next } = (await app.inject('/_pollux/scenarios?limit=1000')).json()
  t.equal(next, null)
  t.match(items.find(({ name }: { name: string }) => name === 'flaky-502'), {
    apis: registry.map(({ name }) => name),
    summary: 'A gateway answers its first two polls with 502, and the rest goes well',
    exposes: 'A client that takes one bad gateway for the end of the task',
    builtIn: true,
  })
})
