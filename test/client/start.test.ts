/** Pollux in the process of a test. */
import t from 'tap'
import { startPollux, type StartOptions } from '../../src/index.js'
import { SETTINGS } from '../../src/config.js'

t.test('a server starts on a free port, is controlled, and ends with its scope', async (t) => {
  let url = ''
  {
    await using pollux = await startPollux({ seed: 7, clock: 'frozen', startAt: '2026-11-22T12:00:00Z' })
    url = pollux.url
    t.match(url, /^http:\/\/127\.0\.0\.1:\d+$/)
    t.match(await pollux.health(), { status: 'ok', seed: 7 })
    const task = await pollux.tasks.create({ api: 'cloudcoin', scenario: 'success' })
    t.match(await (await fetch(task.pollUrl)).json(), { payload: { status: 'running' } })
    t.match(await pollux.clock.advance('20s'), { now: '2026-11-22T12:00:20.000Z' })
    t.match(await (await fetch(task.pollUrl)).json(), { payload: { status: 'completed' } })
  }
  await t.rejects(fetch(url))
})

t.test('two servers of one process know nothing of each other', async (t) => {
  await using first = await startPollux({ clock: 'frozen' })
  await using second = await startPollux({ clock: 'frozen' })
  await first.tasks.create({ api: 'connect', id: 'Mine' })
  await t.rejects(second.tasks.get('Mine'), { name: 'PolluxError', status: 404 })
})

t.test('every setting has its option, and a bad value is refused with what is allowed', async (t) => {
  const options: Required<StartOptions> = {
    host: '0.0.0.0',
    port: 0,
    seed: 3,
    speed: 2,
    clock: 'frozen',
    startAt: '2026-11-22T12:00:00Z',
    listen: { cloudcoin: 0 },
    set: { connect: { 'retention-seconds': 5 } },
    fixtures: t.testdir({}),
    controlToken: 'secret',
    allowHost: ['ci.example'],
    maxSandboxes: 2,
    sandboxIdle: 'never',
    journalEntries: 10,
    journalBody: 0,
    maxUpload: 9,
    maxTasks: 10,
    maxLines: 11,
    maxBody: 2048,
    maxDepth: 9,
    maxKeys: 100,
    maxHeader: 4096,
    maxUrl: 1024,
    maxConnections: 12,
    maxUnread: 70_000,
    headerTimeout: '1s',
    requestTimeout: '2s',
    keepAlive: '3s',
    idleTimeout: '4s',
    checkEvery: '500ms',
    logLevel: 'silent',
    logRequests: true,
  }
  t.same(Object.keys(options).length, Object.keys(SETTINGS).length - 1, 'all but config')
  await using pollux = await startPollux(options)
  t.match(pollux.url, 'http://127.0.0.1:')
  t.match(await pollux.options.get(), { connect: { 'retention-seconds': 5 } })
  t.match((await pollux.apis()).find(({ name }) => name === 'cloudcoin')?.nativeUrl, /^http:\/\/0\.0\.0\.0:\d+$/)
  await pollux.sandbox()
  await t.rejects(pollux.sandbox(), { name: 'PolluxError', status: 503 })
  await t.rejects(startPollux({ seed: -1 }), { name: 'ConfigError', message: 'settings at /seed: got -1, expected a whole number of 0 to 4294967295' })
  await t.rejects(startPollux({ port: Number(new URL(pollux.url).port), host: '0.0.0.0' }), { code: 'EADDRINUSE' })
})
