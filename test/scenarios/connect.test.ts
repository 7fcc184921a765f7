/** What a client of Connect's sees of each scenario. */
import { dripping, late, NOTHING, testScenarios, type Course, type Moment, type Reply } from './poller.js'

const path = (id: string, query = ''): string => `/__api__/v1/tasks/${id}${query}`

const reply = (body: string, status = 200): Reply => ({ status, contentType: 'application/json; charset=utf-8', retryAfter: undefined, body, end: 'whole' })
const error = (status: number, code: number, text: string): Reply => reply(JSON.stringify({ code, error: text, payload: null }), status)

/** A task with these lines, `last` of them in all. */
const running = (id: string, output: readonly string[], last = output.length): Reply =>
  reply(`{"id":"${id}","output":${JSON.stringify(output)},"result":null,"finished":false,"code":0,"error":"","last":${last}}`)
const finished = (id: string, output: readonly string[], last: number, { result = null, code = 0, failure = '' }: { result?: unknown, code?: number, failure?: string } = {}): Reply =>
  reply(`{"id":"${id}","output":${JSON.stringify(output)},"result":${JSON.stringify(result)},"finished":true,"code":${code},"error":${JSON.stringify(failure)},"last":${last}}`)
const edited = (sound: Reply, from: string | RegExp, to: string): Reply => ({ ...sound, body: sound.body.replace(from, to) })

// The usual deploy at its telling moments: 0 s, 5 s and 8 s, read on from where the lines ended.
const BUILDING = 'Building FastAPI application...'
const start = (id: string): Reply => running(id, [BUILDING])
const middle = (id: string): Reply => running(id, ['2026/11/22 12:00:05.000000000 Successfully installed anyio-4.4.0 fastapi-0.115.0'], 8)
const end = (id: string): Reply => finished(id, ['Launching FastAPI application...', 'Using environment Local'], 11)
const rest = (id: string): readonly Moment[] => [[5000, middle(id), path(id, '?first=7')], [3000, end(id), path(id, '?first=9')]]

const course = (moments: Course['moments'], kind?: string): Course => kind === undefined ? { moments } : { kind, moments }
/** The first poll gets this, or the first two, and the rest goes well. */
const first = (fault: Reply): Course => course((id) => [[0, fault], ...rest(id)])
const firstTwo = (fault: Reply): Course => course((id) => [[0, fault], [0, fault], ...rest(id)])
/** The second poll gets this, and the rest goes well. */
const second = (fault: (sound: Reply) => Reply): Course => course((id) => [[0, start(id)], [0, fault(start(id))], ...rest(id)])

const BAD_GATEWAY: Reply = { status: 502, contentType: 'text/html', retryAfter: undefined, body: '<html>Bad Gateway</html>', end: 'whole' }
const UNKNOWN_TASK = error(404, 141, 'Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/')
const limited = (retryAfter: string): Reply => ({ ...error(429, 277, 'Rate limit exceeded.'), retryAfter })
const BUILD_FAILURE = 'Content build failed (Error code: python-package-version-not-available)'
const STATIC = ['Building static content...', 'Launching static content...']
const BURST = Array.from({ length: 5000 }, (_, n) => `Installing package ${Math.floor(n / 10) + 1}, file ${n % 10}`)

testScenarios({
  api: 'connect',
  headers: { authorization: 'Key k', cookie: 'pollux_node=1' },
  courses: {
    // Courses
    success: course((id) => [[0, start(id)], ...rest(id), [1e9, end(id), path(id, '?first=9')]]),
    failure: course((id) => [[0, start(id)], [4999, running(id, [], 9), path(id, '?first=9')], [1, finished(id, [`Build error: ${BUILD_FAILURE}`], 10, { result: { type: 'build-failed-error', data: BUILD_FAILURE }, code: 1, failure: BUILD_FAILURE }), path(id, '?first=9')]]),
    slow: course((id) => [[0, running(id, ['Waiting for a free build node...'])], [119_999, running(id, ['Still building, 23 of 23...'], 24), path(id, '?first=23')], [1, finished(id, ['Done.'], 25), path(id, '?first=24')]]),
    instant: course((id) => [[0, finished(id, STATIC, 2)], [1e9, finished(id, STATIC, 2)]]),
    'never-finishes': course((id) => [[0, running(id, ['Building content...'])], [1e9, running(id, ['Building content...'])]]),
    stalled: course((id) => [[0, running(id, ['Building content...'])], [1e9, running(id, ['Building content...'])]]),
    'queued-forever': course((id) => [[0, running(id, [])], [1e9, running(id, [])]]),
    'queued-first': course((id) => [[0, running(id, [])], [2999, running(id, [])], [1, running(id, ['Building content...'])]]),
    cancelled: course((id) => [[2000, running(id, ['Stopping the build...'], 2), path(id, '?first=1')], [1000, finished(id, [], 2, { code: 1, failure: 'Task was cancelled.' }), path(id, '?first=2')]]),
    'stuck-cancelling': course((id) => [[2000, running(id, ['Building content...', 'Stopping the build...'])], [1e9, running(id, ['Building content...', 'Stopping the build...'])]]),
    'terminal-on-last-poll': course((id) => [
      [0, running(id, ['Building content...'])],
      ...Array.from({ length: 8 }, (_, n): Moment => [1000, running(id, [`Still building, ${n + 1} of 8...`], n + 2), path(id, `?first=${n + 1}`)]),
      [1000, finished(id, ['Done.'], 10), path(id, '?first=9')],
      [1000, finished(id, [], 10), path(id, '?first=10')],
    ]),
    'output-burst': course((id) => [[0, running(id, ['Building content...'])], [1499, running(id, BURST, 5001), path(id, '?first=1')], [1001, finished(id, [], 5001), path(id, '?first=5001')]]),
    'output-with-final-chunk': course((id) => [[0, running(id, ['Building content...'])], [1999, running(id, [], 1), path(id, '?first=1')], [1, finished(id, ['Build complete.', 'Launching content...', 'Content is live.'], 4), path(id, '?first=1')]]),
    'lost-tail': course((id) => [[0, running(id, ['Building content...', 'Build complete.'], 4)], [2000, finished(id, [], 4), path(id, '?first=4')], [0, finished(id, ['Launching content...', 'Content is live.'], 4), path(id, '?first=2')]]),
    'silent-failure': course((id) => [[0, running(id, ['Building content...'])], [3000, finished(id, [], 1, { code: 7 }), path(id, '?first=1')]]),
    'result-on-success': course((id) => [[2000, finished(id, STATIC, 2, { result: { type: 'deploy-result', data: { warnings: 1 } } })]]),
    'deploy-static-ok': course((id) => [[0, running(id, STATIC.slice(0, 1))], [2000, finished(id, STATIC, 2)]]),
    'deploy-python-ok': course((id) => [[0, start(id)], ...rest(id)]),
    'deploy-python-fail': course((id) => [[4999, running(id, [], 9), path(id, '?first=9')], [1, finished(id, [`Build error: ${BUILD_FAILURE}`], 10, { result: { type: 'build-failed-error', data: BUILD_FAILURE }, code: 1, failure: BUILD_FAILURE }), path(id, '?first=9')]]),
    'deploy-r-ok': course((id) => [[9999, running(id, [], 48), path(id, '?first=48')], [1, finished(id, [], 48), path(id, '?first=48')]]),
    'deploy-r-long': course((id) => [[47_999, running(id, [], 368), path(id, '?first=368')], [1, finished(id, [], 368), path(id, '?first=368')]]),
    'build-python-ok': course((id) => [[8000, finished(id, ['Using environment Local'], 10), path(id, '?first=9')]], 'build'),
    'build-static-ok': course((id) => [[999, running(id, STATIC.slice(0, 1))], [1, finished(id, STATIC.slice(0, 1), 1)]], 'build'),
    'build-r-ok': course((id) => [[8999, running(id, [], 47), path(id, '?first=47')], [1, finished(id, [], 47), path(id, '?first=47')]], 'build'),
    'build-document-ok': course((id) => [[4999, running(id, ['Finished rendering'], 8), path(id, '?first=7')], [1, finished(id, [], 8), path(id, '?first=8')]], 'build'),
    'build-nodejs-ok': course((id) => [[4999, running(id, ['Finished Node.js build (22.11.0)'], 8), path(id, '?first=7')], [1, finished(id, ['Using environment Local'], 9), path(id, '?first=8')]], 'build'),
    'build-tensorflow-ok': course((id) => [[1999, running(id, ['2026/11/22 12:00:01.000000000 Found saved_model.pb with the tag serve'], 5), path(id, '?first=4')], [1, finished(id, [], 5), path(id, '?first=5')]], 'build'),
    'deploy-document-ok': course((id) => [[5999, running(id, ['Launching Quarto document...'], 9), path(id, '?first=8')], [1, finished(id, [], 9), path(id, '?first=9')]]),
    'deploy-nodejs-ok': course((id) => [[5999, running(id, ['Launching Node.js application...'], 9), path(id, '?first=8')], [1, finished(id, ['Using environment Local'], 10), path(id, '?first=9')]]),
    'deploy-tensorflow-ok': course((id) => [[2999, running(id, ['Launching TensorFlow model...'], 6), path(id, '?first=5')], [1, finished(id, [], 6), path(id, '?first=6')]]),
    // Only a native start has a reply that can be lost.
    'lost-reply': course((id) => [[0, start(id)], ...rest(id)]),
    'render-ok': course((id) => [[0, running(id, ['Rendering report...'])], [3000, finished(id, [], 4), path(id, '?first=4')]], 'render'),
    'render-fail': course((id) => [[3000, finished(id, ['2026/11/22 12:00:02.000000000 Execution halted'], 5, { code: 1, failure: 'Unable to render: Rendering exited abnormally: exit status 1' }), path(id, '?first=4')]], 'render'),
    'cache-delete-ok': course((id) => [[0, running(id, ['Deleting runtime cache...'])], [2000, finished(id, ['Runtime cache deleted.'], 2), path(id, '?first=1')]], 'cache-delete'),
    'mail-ok': course((id) => [[0, running(id, ['Sending email...'])], [1000, finished(id, ['Email sent.'], 2), path(id, '?first=1')]], 'mail'),
    'git-branches': course((id) => [[1000, finished(id, ['Listing branches...'], 1, { result: { type: 'git-repo-branches-result', data: { branches: [{ branch: 'main', ref: '3f2a9c1d7b604e58a1c2d3e4f5061728b9a0c1d2' }, { branch: 'develop', ref: '8c1e0d2f4a6b8c0d1e2f3a4b5c6d7e8f90a1b2c3' }], default_branch: 'main' } } })]], 'git-branches'),
    'git-dirs': course((id) => [[2000, finished(id, ['Cloning repository...', 'Searching for manifests...'], 2, { result: { type: 'git-repo-branch-manifest-dirs-array', data: ['.'] } })]], 'git-dirs'),
    'git-bundle': course((id) => [[3000, finished(id, ['Bundle created.'], 3), path(id, '?first=2')]], 'git-bundle'),

    // Misses and errors
    lost: course((id) => [[2999, running(id, ['Waiting for a free build node...'])], [1, UNKNOWN_TASK], [1000, UNKNOWN_TASK]]),
    'not-found-first': first(UNKNOWN_TASK),
    'flaky-502': firstTwo(BAD_GATEWAY),
    'proxy-502': second(() => BAD_GATEWAY),
    'html-error-page': second(() => ({ ...BAD_GATEWAY, status: 503 })),
    'rate-limit': first(limited('1')),
    'rate-limited': firstTwo(limited('2')),
    'retry-after-date': firstTwo(limited('Sun, 22 Nov 2026 12:00:02 GMT')),
    'retry-after-garbage': firstTwo(limited('soon')),
    'unauthorised-midway': second(() => error(401, 24, 'The requested operation requires authentication.')),

    // Bodies
    'malformed-json': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)) })),
    'wrong-content-type': course((id) => [[0, { ...start(id), contentType: 'text/plain' }], [8000, { ...end(id), contentType: 'text/plain' }, path(id, '?first=9')]]),
    'null-fields': second((sound) => edited(edited(sound, /"output":\[.*?\]/, '"output":null'), '"code":0,"error":""', '"code":null,"error":null')),
    'output-null': second((sound) => edited(sound, /"output":\[.*?\]/, '"output":null')),
    'code-null': course((id) => [[0, edited(start(id), '"code":0,"error":""', '"code":null,"error":null')], [8000, edited(end(id), '"code":0,"error":""', '"code":null,"error":null'), path(id, '?first=9')]]),
    'missing-fields': second((sound) => edited(sound, ',"code":0,"error":"","last":1', '')),
    'last-missing': second((sound) => edited(sound, ',"last":1', '')),

    // Connections
    'truncated-body': second((sound) => ({ ...sound, body: sound.body.slice(0, 20), end: 'short' })),
    'reset-midway': second((sound) => ({ ...sound, body: sound.body.slice(0, Math.floor(sound.body.length / 2)), end: 'reset' })),
    'socket-reset': second(() => NOTHING),
  },
  plays: {
    'slow-response': late(35_000, start),
    'slow-drip': dripping(50, start),
  },
})
