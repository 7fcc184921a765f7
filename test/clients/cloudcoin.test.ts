/** The polling example of CloudCoin's page, as printed there but for its host, its silence and its pause, over a real socket. */
import t from 'tap'
import { startCli } from './cli.js'

/** The page waits a second between polls; the server's second passes faster here, so the next poll follows at once. */
function checkTaskStatus (apiHost: string, taskId: string, seen: number[]): Promise<unknown> {
  return fetch(`${apiHost}/api/v1/task/${taskId}`)
    .then(response => {
      if (!response.ok) {
        throw new Error(`HTTP error! Status: ${response.status}`)
      }
      return response.json() as Promise<{ payload: { status: string, progress: number, message: string, data: unknown } }>
    })
    .then(data => {
      seen.push(data.payload.progress)
      if (data.payload.status === 'completed') {
        return data.payload.data
      } else if (data.payload.status === 'error') {
        throw new Error(data.payload.message)
      } else {
        return checkTaskStatus(apiHost, taskId, seen)
      }
    })
}

t.test('the page\'s own example gets its documented result at once', async (t) => {
  const { url } = await startCli(t)
  const seen: number[] = []
  t.match(await checkTaskStatus(url, 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', seen), { online: 25, pownstring: 'p'.repeat(25) })
  t.same(seen, [100])
})

t.test('the example polls a living task to its result, progress rising', async (t) => {
  const { url } = await startCli(t, '--speed', '50')
  const seen: number[] = []
  t.ok(await checkTaskStatus(url, '00000000-0000-4000-8000-000000000001', seen))
  t.same(seen, seen.toSorted((a, b) => a - b))
  t.ok(new Set(seen).size > 2, [...new Set(seen)].join())
})

t.test('the example throws the message of a task that fails', async (t) => {
  const { url } = await startCli(t, '--speed', '50')
  await t.rejects(checkTaskStatus(url, '00000000-0000-4000-8000-000000000002', []), { message: /\w/ })
})

t.test('a task that is not there is an error envelope under HTTP 200, which the example does not expect', async (t) => {
  const { url } = await startCli(t)
  const reply = await fetch(`${url}/api/v1/task/ffffffff-ffff-4fff-8fff-ffffffffffff`)
  t.equal(reply.status, 200)
  t.match(await reply.json(), { payload: { code: 4105, message: 'Task does not exist', details: null }, status: 'error' })
})
