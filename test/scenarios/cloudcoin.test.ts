/** What a client of CloudCoin's sees of each scenario. */
import { NOON } from '../world.js'
import { dripping, late, NOTHING, testScenarios, type Course, type Moment, type Reply } from './poller.js'

const RECORDED = { 'wire-profile': 'recorded' }

/** The server of 2022 knows the plural only. */
const recordedPath = (id: string): string => `/api/v1/tasks/${id}`

const seconds = (ms: number): number => Math.floor((NOON + ms) / 1000)
const reply = (payload: string, status = 'success'): Reply => ({ status: 200, contentType: 'application/json', retryAfter: undefined, body: `{"payload":${payload},"status":"${status}"}\n`, end: 'whole' })
const running = (id: string, progress = 0, message = ''): Reply => reply(`{"id":"${id}","status":"running","progress":${progress},"started":${seconds(0)},"message":"${message}"}`)
const completed = (id: string, ms: number, data: string): Reply => reply(`{"id":"${id}","status":"completed","progress":100,"started":${seconds(0)},"finished":${seconds(ms)},"message":"Command Completed","data":${data}}`)
const failed = (id: string, ms: number, message: string): Reply => reply(`{"id":"${id}","status":"error","progress":100,"started":${seconds(0)},"finished":${seconds(ms)},"message":"${message}"}`)
const edited = (sound: Reply, from: string, to: string): Reply => ({ ...sound, body: sound.body.replace(from, to) })

/** The servers reply in an order that is the task's own. */
const REPLIED = 'Last received response was from Raida N'

const ECHO = `{"online":25,"pownstring":"${'p'.repeat(25)}","pownarray":[${Array.from({ length: 25 }, () => 1).join()}],"latencies":LATENCIES}`
const coins = (pownstring: string, grade: string): string => [16, 17, 23, 24, 25].map((sn) => `{"sn":${sn},"pownstring":"${pownstring}","result":"${grade}"}`).join()
const check = (pownstring: string, grade: 'Authentic' | 'Fracked' | 'Counterfeit' | 'Limbo'): string => {
  const total = (of: string): number => of === grade ? 3000000020 : 0
  return `{"TotalCoins":3000000020,"TotalCheckedCoins":3000000020,"TotalAuthentic":${total('Authentic')},"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":${total('Fracked')},"TotalCounterfeit":${total('Counterfeit')},"TotalLimbo":${total('Limbo')},"TotalErrors":0,"Details":null,"Coins":[${coins(pownstring, grade)}]}`
}
const ALL_P = 'p'.repeat(25)
const NO_QUORUM = `[[${Array.from({ length: 25 }, (_, n) => n < 12 ? '"RaidaCode#241"' : '"NetworkCode#1: "').join()}]]`
const TRANSFERRED = '{"amount":2}'

// A transfer takes 1 s and says nothing on the way.
const end = (id: string): Reply => completed(id, 1000, TRANSFERRED)
const course = (moments: Course['moments'], kind?: string): Course => kind === undefined ? { moments } : { kind, moments }
/** The first two polls get this, and the rest goes well. */
const firstTwo = (fault: Reply): Course => course((id) => [[0, fault], [0, fault], [0, running(id)], [1000, end(id)]], 'transfer')
/** The second poll gets this, and the rest goes well. */
const second = (fault: (sound: Reply) => Reply): Course => course((id) => [[0, running(id)], [0, fault(running(id))], [0, running(id)], [1000, end(id)]], 'transfer')
/** Runs for so long and leaves this. */
const leaves = (data: string, kind: string, ms = 1000): Course => course((id) => [[0, running(id)], [ms, completed(id, ms, data)]], kind)
/** Runs for so long and ends in this error. */
const fails = (message: string, ms: number, kind?: string): Course => course((id) => [[0, running(id)], [ms, failed(id, ms, message)]], kind)

const BAD_GATEWAY: Reply = { status: 502, contentType: 'text/html', retryAfter: undefined, body: '<html>Bad Gateway</html>', end: 'whole' }
const UNKNOWN_TASK = reply('{"code":4105,"message":"Task does not exist","details":null}', 'error')
const limited = (retryAfter: string): Reply => ({ status: 429, contentType: 'text/plain; charset=utf-8', retryAfter, body: '429 Too Many Requests', end: 'whole' })

testScenarios({
  api: 'cloudcoin',
  headers: {},
  normalised: (body) => body
    .replace(/"latencies":\[\d+(?:,\d+){24}\]/, '"latencies":LATENCIES')
    .replace(/Raida \d+/, 'Raida N')
    .replace(/\["[0-9a-f]{8}"(?:,"[0-9a-f]{8}"){24}\]/, 'TICKETS')
    .replace(/"[0-9a-f]{32}"/, 'RECEIPT'),
  courses: {
    // Courses
    success: course((id) => [[0, running(id)], [76, running(id, 4, REPLIED)], [1923, running(id, 99, REPLIED)], [1, completed(id, 2000, ECHO)], [1e9, completed(id, 2000, ECHO)]]),
    failure: fails('Task timed out', 1000),
    slow: course((id) => [[0, running(id)], [59_999, running(id, 99, REPLIED)], [1, completed(id, 60_000, ECHO)]]),
    instant: course((id) => [[0, completed(id, 0, ECHO)]]),
    'never-finishes': course((id) => [[2000, running(id, 52, REPLIED)], [1e9, running(id, 52, REPLIED)]]),
    queued: course((id) => [[3000, running(id)], [2000, completed(id, 5000, ECHO)]]),
    'queued-forever': course((id) => [[0, running(id)], [1e9, running(id)]]),
    cancelled: course((id) => [[1999, running(id, 48, REPLIED)], [1, failed(id, 2000, 'Task was cancelled')]]),
    'stuck-cancelling': course((id) => [[1000, running(id, 25)], [1e9, running(id, 25)]]),
    stalled: course((id) => [[1000, running(id, 99, REPLIED)], [599_999, running(id, 99, REPLIED)], [1001, failed(id, 601_000, 'Task timed out')]]),
    'terminal-on-last-poll': course((id) => [
      [0, running(id)],
      ...Array.from({ length: 8 }, (_, n): Moment => [1000, running(id, Math.floor(90 * (n + 1) / 8))]),
      [1000, completed(id, 9000, ECHO)],
      [1000, completed(id, 9000, ECHO)],
    ]),
    'progress-backwards': course((id) => [[1000, running(id, 60)], [1000, running(id, 20)], [1000, running(id, 80)], [1000, completed(id, 4000, ECHO)]]),
    'echo-ok': leaves(ECHO, 'echo', 2000),
    'echo-partial': leaves('{"online":23,"pownstring":"pppepppnppppppppppppppppp","pownarray":[1,1,1,2,1,1,1,4,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1],"latencies":LATENCIES}', 'echo', 2000),
    'echo-down': leaves(`{"online":0,"pownstring":"${'n'.repeat(25)}","pownarray":[${Array.from({ length: 25 }, () => 4).join()}],"latencies":LATENCIES}`, 'echo', 2000),
    'health-ok': leaves(check(ALL_P, 'Authentic'), 'health'),
    'detect-ok': leaves(check(ALL_P, 'Authentic'), 'detect'),
    'detect-fracked': leaves(check('ppfppppppnppppppppppppppp', 'Fracked'), 'detect'),
    'detect-counterfeit': leaves(check('fffffffffffffffpppppppppp', 'Counterfeit'), 'detect'),
    'detect-limbo': leaves(check('nnnnnnnnffffffppppppppppp', 'Limbo'), 'detect'),
    'detect-no-quorum': leaves(`{"TotalCoins":3000000020,"TotalCheckedCoins":0,"TotalAuthentic":0,"TotalAlreadyFracked":0,"TotalAlreadyLimbo":0,"TotalFracked":0,"TotalCounterfeit":0,"TotalLimbo":0,"TotalErrors":3000000020,"Details":${NO_QUORUM},"Coins":null}`, 'detect'),
    'all-unknown': leaves(check('u'.repeat(25), 'Limbo'), 'detect'),
    'import-ok': leaves(`{"pown_results":{"total":3000000020,"authentic":3000000020,"fracked":0,"limbo":0,"counterfeit":0,"unknown":0,"already_exists":0,"coins":[${coins(ALL_P, 'Authentic')}],"tickets":[TICKETS],"details":[]},"receipt_id":RECEIPT}`, 'import'),
    'transfer-ok': leaves(TRANSFERRED, 'transfer'),
    'locker-ok': leaves('{"transmit_code":"AAC-WS5I-F90000000E","receipt_id":RECEIPT,"total_stored":20,"total_failed":0}', 'locker-deposit'),
    'fix-ok': leaves('{"total_fixed":0,"total_errors":0,"total_skipped":0,"total_fixes_made":0,"total_fixes_failed":0}', 'fix'),
    'export-ok': leaves('null', 'export'),
    'backup-ok': leaves('{"TotalCoins":3000000020,"FileName":"/coins/3000000020.Backup.CC.2026-11-22-12-00-01.zip"}', 'backup'),
    'fail-coins': fails('Not enough CloudCoins', 300, 'transfer'),
    'fail-wallet': fails('Wallet not found', 300, 'health'),
    'fail-timeout': fails('Task timed out', 300),

    // Misses and errors
    lost: course((id) => [[0, running(id)], [2999, running(id)], [1, UNKNOWN_TASK], [1000, UNKNOWN_TASK]], 'transfer'),
    'task-lost': course((id) => [[0, running(id)], [100, UNKNOWN_TASK], [1000, UNKNOWN_TASK]], 'transfer'),
    'flaky-502': firstTwo(BAD_GATEWAY),
    'html-error-page': second(() => ({ ...BAD_GATEWAY, status: 503 })),
    'http-500': second(() => ({ status: 500, contentType: 'application/json', retryAfter: undefined, body: '', end: 'whole' })),
    'rate-limited': firstTwo(limited('2')),
    'retry-after-date': firstTwo(limited('Sun, 22 Nov 2026 12:00:02 GMT')),
    'retry-after-garbage': firstTwo(limited('soon')),

    // Bodies
    'html-200': second(() => ({ ...BAD_GATEWAY, status: 200 })),
    'malformed-json': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)) })),
    'unknown-status': course((id) => [[1999, running(id, 48, REPLIED)], [1, edited(failed(id, 2000, 'Task was cancelled'), '"error"', '"cancelled"')], [1e9, edited(failed(id, 2000, 'Task was cancelled'), '"error"', '"cancelled"')]]),
    'null-fields': second((sound) => edited(edited(sound, '"progress":0', '"progress":null'), '"message":""', '"message":null')),
    'missing-fields': second((sound) => edited(sound, '"status":"running","progress":0,', '')),
    'progress-overrun': course((id) => [[0, running(id, 104)], [1000, end(id)]], 'transfer'),
    'data-null-on-success': course((id) => [[0, running(id)], [1000, completed(id, 1000, 'null')]], 'transfer'),
    'error-without-data': {
      kind: 'transfer',
      options: RECORDED,
      moments: (id) => [
        [0, reply(`{"id":"${id}","status":"running","progress":0,"started":${seconds(0)},"finished":0,"message":"","data":null}`), recordedPath(id)],
        [1000, reply(`{"id":"${id}","status":"error","progress":100,"started":${seconds(0)},"finished":${seconds(1000)},"message":"Error Occured","data":null}`), recordedPath(id)],
      ],
    },
    'torn-state': {
      options: RECORDED,
      moments: (id) => [
        [0, reply(`{"id":"${id}","status":"running","progress":0,"started":${seconds(0)},"finished":0,"message":"","data":null}`), recordedPath(id)],
        [1900, reply(`{"id":"${id}","status":"running","progress":100,"started":${seconds(0)},"finished":0,"message":"Powning","data":"${'1'.repeat(25)}"}`), recordedPath(id)],
        [0, reply(`{"id":"${id}","status":"running","progress":100,"started":${seconds(0)},"finished":0,"message":"${REPLIED}","data":"${'1'.repeat(25)}"}`), recordedPath(id)],
      ],
    },

    'big-number': course((id) => [[0, running(id)], [1000, completed(id, 1000, '{"amount":18446744073709551000}')]], 'transfer'),
    'flat-body': course((id) => [
      [0, { ...running(id), body: `{"id":"${id}","status":"running","progress":0,"started":${seconds(0)},"message":""}\n` }],
      [1000, { ...running(id), body: `{"id":"${id}","status":"completed","progress":100,"started":${seconds(0)},"finished":${seconds(1000)},"message":"Command Completed","data":${TRANSFERRED}}\n` }],
    ], 'transfer'),

    // Connections
    'connection-refused': course(() => [[0, NOTHING], [1000, NOTHING], [1e9, NOTHING]], 'transfer'),
    'truncated-body': second((sound) => ({ ...sound, body: sound.body.slice(0, 20), end: 'short' })),
    'reset-midway': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)), end: 'reset' })),
    'socket-reset': second(() => NOTHING),
  },
  plays: {
    'slow-response': late(35_000, (id) => running(id), { kind: 'transfer' }),
    'slow-drip': dripping(50, (id) => running(id), { kind: 'transfer' }),
  },
})
