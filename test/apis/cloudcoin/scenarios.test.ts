import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import type { WireProfile } from '../../../src/apis/cloudcoin/schemas.js'
import { findScript, type ScenarioJson } from '../../../src/scenarios.js'
import { BUILT_IN_FIXTURES } from '../../../src/server.js'
import { cloudcoinWorld, poll } from './wire.js'

const ID = '66666666-6666-4666-8666-666666666666'
const ALL_P = 'p'.repeat(25)

function scenarioJson (name: string): ScenarioJson {
  // Its shape was checked when the world was made.
  return JSON.parse(readFileSync(join(BUILT_IN_FIXTURES, 'cloudcoin', 'scenarios', `${name}.json`), 'utf8')) as ScenarioJson
}

interface Payload {
  readonly status: string
  readonly progress: number
  readonly message: string
  readonly data: unknown
}

/** A task of the scenario, as it shows itself at each of these instants (ms after its start). */
async function shownAt (t: Test, scenario: string, kind: string, instants: readonly number[], profile: WireProfile = 'documented'): Promise<Payload[]> {
  const world = await cloudcoinWorld(t, profile)
  world.sandbox.startTask({ api: 'cloudcoin', kind, scenario, id: ID })
  const startedAt = world.sandbox.clock.now()
  const payloads: Payload[] = []
  for (const ms of instants) {
    await world.sandbox.clock.advanceTo(startedAt + ms)
    payloads.push(JSON.parse(await poll(world, ID)).payload)
  }
  return payloads
}

/** The JSON text of what a completed task leaves: the order of its keys counts. */
async function resultAt (t: Test, scenario: string, kind: string, ms: number, profile: WireProfile = 'documented'): Promise<string> {
  const [payload] = await shownAt(t, scenario, kind, [ms], profile)
  t.equal(payload?.status, 'completed', `${scenario} is completed at ${ms} ms`)
  return JSON.stringify(payload?.data)
}

type Grade = 'Authentic' | 'Fracked' | 'Counterfeit' | 'Limbo'

/** The check of the wallet's five coins, all of them alike. */
function check (pownstring: string, grade: Grade): string {
  const total = (of: Grade): number => of === grade ? 3000000020 : 0
  const coins = [16, 17, 23, 24, 25].map((sn) => `{"sn":${sn},"pownstring":"${pownstring}","result":"${grade}"}`).join(',')
  return `{"TotalCoins":3000000020,"TotalCheckedCoins":3000000020,"TotalAuthentic":${total('Authentic')},"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":${total('Fracked')},"TotalCounterfeit":${total('Counterfeit')},"TotalLimbo":${total('Limbo')},"TotalErrors":0,"Details":null,"Coins":[${coins}]}`
}

t.test('success plays for each kind what the scenario of that kind says', async (t) => {
  const { kinds = {} } = scenarioJson('success')
  for (const [kind, scenario] of [['echo', 'echo-ok'], ['health', 'health-ok'], ['detect', 'detect-ok'], ['import', 'import-ok'], ['transfer', 'transfer-ok'], ['locker-deposit', 'locker-ok'], ['locker-verify', 'locker-ok'], ['locker-retrieve', 'locker-ok'], ['fix', 'fix-ok'], ['export', 'export-ok'], ['backup', 'backup-ok']] as const) {
    const json = scenarioJson(scenario)
    t.strictSame(kinds[kind], json.kinds?.[kind] ?? json.script, kind)
  }
})

t.test('every scenario has a script for every kind it could be asked for', async (t) => {
  const world = await cloudcoinWorld(t)
  const scenarios = world.sandbox.scenarios('cloudcoin')
  for (const name of scenarios.keys()) {
    const kinds = name === 'locker-ok' ? cloudcoin.kinds.filter((kind) => kind.startsWith('locker')) : cloudcoin.kinds
    for (const kind of kinds) t.ok(findScript(scenarios, name, kind), `${name} for ${kind}`)
  }
})

/** The faults of the contract's menu (section 10), and the scenarios that play them. */
const FAULT_MENU: Readonly<Record<string, string>> = {
  'task-lost': 'task-lost',
  'error-without-data': 'error-without-data',
  'http-500': 'http-500',
  'html-200': 'html-200',
  'connection-refused': 'connection-refused',
  'socket-reset': 'socket-reset',
  stalled: 'stalled',
  'progress-overrun': 'progress-overrun',
  'progress-overrun, falling back': 'progress-backwards',
  'torn-state': 'torn-state',
  'unknown-status': 'unknown-status',
  'flat-body': 'flat-body',
  'data-null-on-success': 'data-null-on-success',
  'all-unknown': 'all-unknown',
  'slow-response': 'slow-response',
  'big-number': 'big-number',
}

t.test('the whole fault menu can be ordered', async (t) => {
  const scenarios = (await cloudcoinWorld(t)).sandbox.scenarios('cloudcoin')
  for (const [fault, scenario] of Object.entries(FAULT_MENU)) t.ok(scenarios.has(scenario), fault)
})

t.test('success: each kind takes its usual time and goes on with 100 at once', async (t) => {
  for (const kind of cloudcoin.kinds) {
    const ms = kind === 'echo' ? 2000 : 1000
    const [started, before, after] = await shownAt(t, 'success', kind, [0, ms - 1, ms])
    t.match(started, { status: 'running', progress: 0, message: '' }, `${kind} has just started`)
    t.equal(before?.status, 'running', `${kind} at ${ms - 1}`)
    t.match(after, { status: 'completed', progress: 100, message: 'Command Completed' }, `${kind} at ${ms}`)
  }
})

t.test('queued: each kind waits 3 s as if it had just started', async (t) => {
  for (const kind of cloudcoin.kinds) {
    const ms = kind === 'echo' ? 5000 : 4000
    const [waiting, before, after] = await shownAt(t, 'queued', kind, [2999, ms - 1, ms])
    t.match(waiting, { status: 'running', progress: 0, message: '' }, kind)
    t.match([before?.status, after?.status], ['running', 'completed'], kind)
  }
})

t.test('slow: each kind takes a minute and leaves the result of its success', async (t) => {
  for (const kind of cloudcoin.kinds) {
    const [before, after] = await shownAt(t, 'slow', kind, [59_999, 60_000])
    t.equal(before?.status, 'running', kind)
    const [success] = await shownAt(t, 'success', kind, [2000])
    // These two tell when they ended.
    if (kind !== 'backup' && kind !== 'showpayment') t.strictSame(after?.data, success?.data, kind)
  }
})

t.test('the progress texts of each kind, in their order', async (t) => {
  for (const [kind, texts] of [
    ['health', ['Health Checking Coins', 'Last received response was from Raida N']],
    ['detect', ['Last received response was from Raida N']],
    ['echo', ['Last received response was from Raida N']],
    ['version', ['Last received response was from Raida N']],
    ['import', ['Unpacking Coins', 'Placing Coins', 'Generating Pans', 'Powning', 'Last received response was from Raida N']],
    ['transfer', []],
    ['locker-deposit', ['Last received response was from Raida N']],
    ['fix', ['Last received response was from Raida N']],
    ['export', ['Exporting Coins']],
    ['backup', ['Coin #16', 'Coin #17', 'Coin #23', 'Coin #24', 'Coin #25']],
  ] as const) {
    const payloads = await shownAt(t, 'success', kind, Array.from({ length: 199 }, (_, n) => 10 * (n + 1)))
    const messages = payloads.filter(({ status }) => status === 'running').map(({ message }) => message.replace(/Raida \d+$/, 'Raida N'))
    t.strictSame([...new Set(messages)].filter((message) => message !== ''), texts, kind)
    if (texts.some((text) => text.endsWith('Raida N'))) {
      const raida = new Set(payloads.map(({ message }) => /Raida (\d+)$/.exec(message)?.[1]).filter((number) => number !== undefined))
      t.equal(raida.size, 25, `${kind}: all servers reply`)
    }
  }
})

t.test('echo-ok: 25 of 25, with latencies of 100 to 1500 ms that are the task\'s own', async (t) => {
  const text = await resultAt(t, 'echo-ok', 'echo', 2000)
  const [, latencies = ''] = /^\{"online":25,"pownstring":"p{25}","pownarray":\[(?:1,){24}1\],"latencies":\[([\d,]+)\]\}$/.exec(text) ?? []
  const numbers = latencies.split(',').map(Number)
  t.equal(numbers.length, 25)
  t.ok(numbers.every((latency) => latency >= 100 && latency <= 1500))
  t.ok(new Set(numbers).size > 15, 'they differ')
  t.equal(await resultAt(t, 'echo-ok', 'echo', 2000), text, 'the same task has the same ones')
  const world = await cloudcoinWorld(t)
  const { task } = world.sandbox.startTask({ api: 'cloudcoin', kind: 'echo' })
  await world.sandbox.clock.advance(2000)
  t.notMatch(await poll(world, task.id), latencies, 'another task has others')
})

t.test('echo-partial: an error keeps its latency, silence has none', async (t) => {
  const text = await resultAt(t, 'echo-partial', 'echo', 2000)
  t.match(text, '{"online":23,"pownstring":"pppepppnppppppppppppppppp","pownarray":[1,1,1,2,1,1,1,4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"latencies":[')
  const { latencies } = JSON.parse(text)
  t.equal(latencies[7], 0)
  t.strictSame(latencies.map((latency: number) => latency > 0), latencies.map((_: number, server: number) => server !== 7))
})

t.test('echo-down: completed without one reply', async (t) => {
  const zeros = Array.from({ length: 25 }, () => 0).join()
  t.equal(await resultAt(t, 'echo-down', 'echo', 2000), `{"online":0,"pownstring":"${'n'.repeat(25)}","pownarray":[${zeros.replaceAll('0', '4')}],"latencies":[${zeros}]}`)
  const [running] = await shownAt(t, 'echo-down', 'echo', [1999], 'recorded')
  t.match(running, { status: 'running', progress: 0, message: '', data: null })
})

t.test('checks of coins: authentic, fracked, counterfeit, limbo', async (t) => {
  t.equal(await resultAt(t, 'detect-ok', 'detect', 1000), check(ALL_P, 'Authentic'))
  t.equal(await resultAt(t, 'health-ok', 'health', 1000), check(ALL_P, 'Authentic'))
  t.equal(await resultAt(t, 'detect-fracked', 'detect', 1000), check('ppfppppppnppppppppppppppp', 'Fracked'))
  t.equal(await resultAt(t, 'detect-counterfeit', 'detect', 1000), check('fffffffffffffffpppppppppp', 'Counterfeit'))
  t.equal(await resultAt(t, 'detect-limbo', 'detect', 1000), check('nnnnnnnnffffffppppppppppp', 'Limbo'))
})

t.test('checks of coins, as recorded', async (t) => {
  const coins = (pownstring: string, grade: string): string => [16, 17, 23, 24, 25].map((sn) => `{"sn":${sn},"pownstring":"${pownstring}","result":"${grade}"}`).join(',')
  t.equal(await resultAt(t, 'detect-fracked', 'detect', 1000, 'recorded'), `{"total":3000000020,"authentic":0,"fracked":3000000020,"limbo":0,"counterfeit":0,"unknown":0,"coins":[${coins('ppfppppppnppppppppppppppp', 'Fracked')}],"details":null}`)
  t.equal(await resultAt(t, 'detect-counterfeit', 'detect', 1000, 'recorded'), `{"total":3000000020,"authentic":0,"fracked":0,"limbo":0,"counterfeit":3000000020,"unknown":0,"coins":[${coins('fffffffffffffffpppppppppp', 'Counterfeit')}],"details":null}`)
  t.equal(await resultAt(t, 'detect-limbo', 'detect', 1000, 'recorded'), `{"total":3000000020,"authentic":0,"fracked":0,"limbo":3000000020,"counterfeit":0,"unknown":0,"coins":[${coins('nnnnnnnnffffffppppppppppp', 'Limbo')}],"details":null}`)
  t.equal(await resultAt(t, 'health-ok', 'health', 1000, 'recorded'), check(ALL_P, 'Authentic').replace('"TotalAlreadyLimbo":0,', ''))
})

t.test('detect-no-quorum: completed, and nothing is known', async (t) => {
  const details = `[[${Array.from({ length: 25 }, (_, n) => n < 12 ? '"RaidaCode#241"' : '"NetworkCode#1: "').join()}]]`
  t.equal(
    await resultAt(t, 'detect-no-quorum', 'detect', 1000),
    `{"TotalCoins":3000000020,"TotalCheckedCoins":0,"TotalAuthentic":0,"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":0,"TotalCounterfeit":0,"TotalLimbo":0,"TotalErrors":3000000020,"Details":${details},"Coins":null}`
  )
  t.equal(
    await resultAt(t, 'detect-no-quorum', 'detect', 1000, 'recorded'),
    `{"total":3000000020,"authentic":0,"fracked":0,"limbo":0,"counterfeit":0,"unknown":3000000020,"coins":null,"details":${details}}`
  )
})

t.test('import-ok: the pown shape and a receipt', async (t) => {
  const coins = [16, 17, 23, 24, 25].map((sn) => `{"sn":${sn},"pownstring":"${ALL_P}","result":"Authentic"}`).join()
  for (const profile of ['documented', 'recorded'] as const) {
    const text = await resultAt(t, 'import-ok', 'import', 1000, profile)
    const shape = text.replace(/\["[0-9a-f]{8}"(?:,"[0-9a-f]{8}"){24}\]/, 'TICKETS').replace(/"[0-9a-f]{32}"/, 'RECEIPT')
    t.equal(shape, `{"pown_results":{"total":3000000020,"authentic":3000000020,"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"already_exists":0,"coins":[${coins}],"tickets":[TICKETS],"details":[]},"receipt_id":RECEIPT}`)
  }
})

t.test('the other results', async (t) => {
  t.equal(await resultAt(t, 'transfer-ok', 'transfer', 1000), '{"amount":2}')
  t.equal(await resultAt(t, 'fix-ok', 'fix', 1000), '{"total_fixed":0,"total_errors":0,"total_skipped":0,"total_fixes_made":0,"total_fixes_failed":0}')
  t.equal(await resultAt(t, 'export-ok', 'export', 1000), 'null')
  t.equal(await resultAt(t, 'backup-ok', 'backup', 1000), '{"TotalCoins":3000000020,"FileName":"/coins/3000000020.Backup.CC.2026-11-22-12-00-01.zip"}')
  t.equal(await resultAt(t, 'locker-ok', 'locker-verify', 1000), '{"total":20,"coins":[{"sn":16}]}')
  t.match(await resultAt(t, 'locker-ok', 'locker-deposit', 1000), /^\{"transmit_code":"AAC-WS5I-F90000000E","receipt_id":"[0-9a-f]{32}","total_stored":20,"total_failed":0\}$/)
  t.match(await resultAt(t, 'locker-ok', 'locker-retrieve', 1000), /^\{"total":20,"receipt_id":"[0-9a-f]{32}"\}$/)
  t.equal(await resultAt(t, 'success', 'version', 1000), `{"raw_versions":[${Array.from({ length: 25 }, () => '"1640995200"').join()}],"versions":[${Array.from({ length: 25 }, () => '"2022-01-01T00:00:00Z"').join()}]}`)
})

t.test('the failing scenarios end with number and text', async (t) => {
  for (const [scenario, kind, ms, code, message] of [
    ['fail-coins', 'transfer', 300, 4135, 'Not enough CloudCoins'],
    ['fail-wallet', 'health', 300, 4115, 'Wallet not found'],
    ['fail-timeout', 'echo', 300, 4106, 'Task timed out'],
    ['failure', 'echo', 1000, 4106, 'Task timed out'],
    ['failure', 'transfer', 1000, 4135, 'Not enough CloudCoins'],
    ['failure', 'export', 1000, 4135, 'Not enough CloudCoins'],
    ['failure', 'locker-deposit', 1000, 4135, 'Not enough CloudCoins'],
    ['failure', 'health', 1000, 4192, 'No coins to detect'],
    ['failure', 'import', 1000, 4192, 'No coins to import'],
    ['failure', 'locker-retrieve', 1000, 4192, 'No coins in locker'],
    ['failure', 'backup', 1000, 4193, 'Failed to stat folder stat /nonexistent: no such file or directory'],
  ] as const) {
    const [before, after] = await shownAt(t, scenario, kind, [ms - 1, ms], 'recorded')
    t.equal(before?.status, 'running', `${scenario} for ${kind} still runs`)
    t.match(after, { status: 'error', progress: 100, message: 'Error Occured', data: { code, message, details: null } }, `${scenario} for ${kind}`)
  }
})

t.test('never-finishes: 52 percent for ever', async (t) => {
  const [first, , last] = await shownAt(t, 'never-finishes', 'detect', [2000, 601_000, 1e10])
  t.match(first, { status: 'running', progress: 52 })
  t.strictSame(last, first)
})

t.test('stalled: 99 percent, until the watchdog has heard nothing for 600 s', async (t) => {
  const [working, stalled, before, after] = await shownAt(t, 'stalled', 'detect', [999, 1000, 600_999, 601_000])
  t.match(working, { status: 'running', progress: 95 })
  t.match(stalled, { status: 'running', progress: 99 })
  t.strictSame(before, stalled)
  t.match(after, { status: 'error', progress: 100, message: 'Task timed out' })
})

t.test('cancelled: an error after 2 s', async (t) => {
  const [before, after] = await shownAt(t, 'cancelled', 'fix', [1999, 2000], 'recorded')
  t.match(before, { status: 'running', progress: 48 })
  t.match(after, { status: 'error', progress: 100, message: 'Error Occured', data: { code: 4100, message: 'Task was cancelled', details: null } })
})

t.test('no default script is silent for the 600 s of the watchdog', async (t) => {
  const world = await cloudcoinWorld(t)
  for (const [name, scenario] of world.sandbox.scenarios('cloudcoin')) {
    if (name === 'stalled') continue
    for (const kind of cloudcoin.kinds) {
      const steps = scenario.scriptFor(kind)?.steps ?? []
      for (const [index, { offset }] of steps.entries()) t.ok(offset - (steps[index - 1]?.offset ?? 0) < 600_000, `${name} for ${kind}`)
    }
  }
})

const LIVING = (n: number): string => `00000000-0000-4000-8000-00000000000${n}`

t.test('the living tasks start with their world', async (t) => {
  const world = await cloudcoinWorld(t)
  const states = async (): Promise<string[]> => Promise.all([1, 2, 3, 4, 5].map(async (n) => JSON.parse(await poll(world, LIVING(n))).payload.status))
  t.strictSame(await states(), ['running', 'running', 'running', 'running', 'running'])
  await world.sandbox.clock.advance(2000)
  t.strictSame(await states(), ['running', 'running', 'running', 'running', 'error'], 'the fifth is cancelled after 2 s')
  await world.sandbox.clock.advance(2000)
  t.strictSame(await states(), ['running', 'running', 'running', 'completed', 'error'], 'the fourth waited 3 s and ran 1 s')
  await world.sandbox.clock.advance(1000)
  t.strictSame(await states(), ['running', 'error', 'running', 'completed', 'error'], 'the second fails after 5 s')
  await world.sandbox.clock.advance(5000)
  t.strictSame(await states(), ['completed', 'error', 'running', 'completed', 'error'], 'the first succeeds after 10 s')
  await world.sandbox.clock.advance(1e9)
  t.strictSame(await states(), ['completed', 'error', 'running', 'completed', 'error'], 'the third never finishes')
})
