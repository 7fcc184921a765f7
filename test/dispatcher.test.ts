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
