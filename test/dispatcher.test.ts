/** Requests that come before what answers them is loaded. */
import t from 'tap'
import type { ApiPlugin } from '../src/api.js'
import { cloudcoin } from '../src/apis/cloudcoin/index.js'
import { svix } from '../src/apis/svix/index.js'
import { testWorld } from './world.js'

t.test('while an API is loaded everybody waits in the order of arrival, whoever is asked', async (t) => {
  let isLoaded = (): void => {}
  const loaded = new Promise<void>((resolve) => { isLoaded = resolve })
  const slow: ApiPlugin = { ...svix, load: async () => { await loaded; return await svix.load() } }
  const { app } = await testWorld(t, { apis: [slow, cloudcoin] })
  const ready = await app.inject('/api/v1/echo')
  t.equal(ready.statusCode, 200, 'another API has answered before')

  const answered: string[] = []
  const ask = async (name: string, url: string): Promise<void> => {
    await app.inject({ url, headers: { host: 'localhost' } })
    answered.push(name)
  }
  const asked = [ask('svix', '/api/v1/background-task/qtask_x'), ask('cloudcoin', '/api/v1/echo'), ask('control', '/_pollux/health')]
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  t.same(answered, [], 'nobody overtakes the first')
  isLoaded()
  await Promise.all(asked)
  t.same(answered, ['svix', 'cloudcoin', 'control'])
  const { items } = (await app.inject({ url: '/_pollux/journal', headers: { host: 'localhost' } })).json<{ items: Array<{ api: string }> }>()
  t.same(items.map(({ api }) => api), ['cloudcoin', 'svix', 'cloudcoin'])
})

t.test('when the code of an API can\'t be loaded those who ask for it are told so, others are answered in their turn, and the next request tries again', async (t) => {
  let refuse: ((error: Error) => void) | undefined
  const loaded = new Promise<never>((_resolve, reject) => { refuse = reject })
  let attempts = 0
  const broken: ApiPlugin = { ...svix, load: async () => await (++attempts === 1 ? loaded : svix.load()) }
  const notices: unknown[] = []
  const { app } = await testWorld(t, { apis: [broken, cloudcoin], onNotice: (text, details) => { notices.push({ text, ...details }) } })
  const ask = (url: string) => app.inject({ url, headers: { host: 'localhost' } })

  const asked = Promise.all(['/api/v1/background-task/qtask_x', '/api/v1/echo', '/svix/api/v1/health'].map(ask))
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  refuse?.(new Error('EMFILE: too many open files'))
  const [first, other, second] = await asked
  for (const reply of [first, second]) {
    t.equal(reply?.statusCode, 503)
    t.match(reply?.headers['content-type'], /^application\/problem\+json/)
    t.match(reply?.json(), { status: 503, detail: /could not load/ })
  }
  t.equal(other?.statusCode, 200)
  t.same(notices, [{ text: 'the code that answers requests could not be loaded', api: 'svix', error: 'EMFILE: too many open files' }], 'said once')

  t.match((await ask('/api/v1/background-task/qtask_x')).json(), { code: 'not_found' }, 'now it is Svix that answers')
  t.equal(attempts, 2)
})

t.test('a server closes although code can\'t be loaded', async (t) => {
  let refuse: ((error: Error) => void) | undefined
  const loaded = new Promise<never>((_resolve, reject) => { refuse = reject })
  const world = await testWorld(t, { apis: [{ ...svix, load: () => loaded }] })
  const reply = world.app.inject({ url: '/svix/api/v1/health', headers: { host: 'localhost' } })
  for (let turn = 0; turn < 50; turn++) await new Promise(setImmediate)
  const closed = world.close()
  refuse?.(new Error('EMFILE: too many open files'))
  t.equal((await reply).statusCode, 503)
  await closed
  t.pass('closed')
})
