/** The page's own JavaScript example, over a real socket; its timer is the simulated clock. */
import t, { type Test } from 'tap'
import { cloudcoinWorld } from './wire.js'

interface Exchange {
  readonly apiHost: string
  readonly taskId: string
  readonly setTimeout: (callback: () => void, ms: number) => void
  readonly console: { log (...words: unknown[]): void, error (...words: unknown[]): void }
}

interface TaskJson {
  readonly payload: { readonly status: string, readonly progress: number, readonly message: string, readonly data: unknown }
}

/** The example as the page has it, with what it takes from its surroundings as parameters. */
function runExample ({ apiHost, taskId, setTimeout, console }: Exchange): Promise<void> {
  // Function to check task status
  function checkTaskStatus (taskId: string): Promise<unknown> {
    return fetch(`${apiHost}/api/v1/task/${taskId}`)
      .then(response => {
        if (!response.ok) {
          throw new Error(`HTTP error! Status: ${response.status}`)
        }
        // Typed here only; the example trusts what it gets.
        return response.json() as Promise<TaskJson>
      })
      .then(data => {
        console.log(`Task status: ${data.payload.status}`)
        console.log(`Progress: ${data.payload.progress}%`)
        // Check if the task is complete
        if (data.payload.status === 'completed') {
          console.log('Task completed!')
          console.log('Result data:', data.payload.data)
          return data.payload.data
        } else if (data.payload.status === 'error') {
          console.error('Task error:', data.payload.message)
          throw new Error(data.payload.message)
        } else {
          // Task is still running, continue polling
          console.log('Task is still running. Checking again in 1 second...')
          return new Promise(resolve => {
            setTimeout(() => {
              resolve(checkTaskStatus(taskId))
            }, 1000)
          })
        }
      })
  }

  // Start checking the task status
  return checkTaskStatus(taskId)
    .then(resultData => {
      console.log('Final result:', resultData)
      // Handle the completed task data here
    })
    .catch(error => {
      console.error('Error checking task status:', error)
    })
}

/** What the example prints about a task; errors by their message. */
async function printed (t: Test, taskId: string, native: boolean): Promise<unknown[][]> {
  const world = await cloudcoinWorld(t)
  const { url, listeners } = await world.listen()
  const lines: unknown[][] = []
  const print = (...words: unknown[]): void => { lines.push(words.map((word) => word instanceof Error ? `Error: ${word.message}` : word)) }
  await runExample({
    apiHost: native ? listeners['cloudcoin'] ?? '' : url,
    taskId,
    setTimeout: (callback, ms) => { void world.sandbox.clock.advance(ms).then(callback) },
    console: { log: print, error: print },
  })
  return lines
}

const LATENCIES = [1104, 1104, 1417, 1407, 1397, 1416, 1405, 1412, 1397, 1407, 1406, 1397, 1413, 1412, 1405, 1398, 1413, 1398, 1414, 1397, 1410, 1404, 1403, 1415, 1113]

for (const native of [true, false]) {
  t.test(`the example prints the documented echo at once, ${native ? 'on a listener of its own' : 'on the shared listener'}`, async (t) => {
    const data = { online: 25, pownstring: 'ppppppppppppppppppppppppp', pownarray: Array.from({ length: 25 }, () => 1), latencies: LATENCIES }
    t.strictSame(await printed(t, 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71', native), [
      ['Task status: completed'],
      ['Progress: 100%'],
      ['Task completed!'],
      ['Result data:', data],
      ['Final result:', data],
    ])
  })
}

t.test('the example polls a running task each second until it is completed', async (t) => {
  const lines = await printed(t, '00000000-0000-4000-8000-000000000001', true)
  t.strictSame(lines.filter(([line]) => String(line).startsWith('Progress')).map(([line]) => line), [
    'Progress: 0%', 'Progress: 8%', 'Progress: 20%', 'Progress: 28%', 'Progress: 40%', 'Progress: 52%', 'Progress: 60%', 'Progress: 72%', 'Progress: 84%', 'Progress: 92%', 'Progress: 100%',
  ])
  t.equal(lines.filter(([line]) => line === 'Task is still running. Checking again in 1 second...').length, 10)
  t.strictSame(lines.at(-1)?.[0], 'Final result:')
  t.match(lines.at(-1)?.[1], { online: 25 })
})

t.test('the example throws the message of a task that failed', async (t) => {
  const lines = await printed(t, '00000000-0000-4000-8000-000000000002', true)
  t.equal(lines.filter(([line]) => line === 'Task status: running').length, 5)
  t.strictSame(lines.slice(-4), [
    ['Task status: error'],
    ['Progress: 100%'],
    ['Task error:', 'Not enough CloudCoins'],
    ['Error checking task status:', 'Error: Not enough CloudCoins'],
  ])
})
