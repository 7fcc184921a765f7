/** `first`, `wait` and `first_status`: every spelling of the contract's section 4. */
import t from 'tap'
import { badFirst, BAD_WAIT, connectWorld, UNKNOWN_TASK } from './connect-world.js'

/** Spellings that are no number of one to nine digits, percent-encoded where a URL demands it. */
const MALFORMED = ['-1', '+1', '%2B1', '1.0', '1e2', '1e0', '0x1', 'abc', '%20', '%205', '5%20', '1_0', '1,0', '0000000000', '1234567890', '99999999999999999999', 'Infinity', 'NaN', 'null', 'true', '%00', '5%00', '1%0A', '%D9%A1', '%EF%BC%91', '%zz', '-0', '[1]', '1;2']

const FAILED_TASK = '/__api__/v1/tasks/jXhOhdm5OOSkGhJw'

t.test('a malformed `wait` is refused', async (t) => {
  const world = await connectWorld(t)
  for (const text of ['', ...MALFORMED, '21', '021', '999999999']) {
    for (const url of [`${FAILED_TASK}?wait=${text}`, `/__api__/v1/experimental/tasks/jXhOhdm5OOSkGhJw?first=0&wait=${text}`]) {
      const reply = await world.get(url)
      t.equal(reply.statusCode, 400, url)
      t.equal(reply.body, BAD_WAIT)
    }
  }
})

t.test('a malformed `first` is refused, and told how far the lines reach', async (t) => {
  const world = await connectWorld(t)
  for (const text of ['', ...MALFORMED, '3', '003', '999999999']) {
    for (const url of [`${FAILED_TASK}?first=${text}`, `/__api__/v1/experimental/tasks/jXhOhdm5OOSkGhJw?first=${text}&wait=0`]) {
      const reply = await world.get(url)
      t.equal(reply.statusCode, 400, url)
      t.equal(reply.body, badFirst(2))
    }
  }
})

t.test('a parameter without `=` counts as empty', async (t) => {
  const world = await connectWorld(t)
  t.equal((await world.get(`${FAILED_TASK}?wait`)).body, BAD_WAIT)
  t.equal((await world.get(`${FAILED_TASK}?first`)).body, badFirst(2))
  t.equal((await world.get('/__api__/tasks/jXhOhdm5OOSkGhJw?first_status')).statusCode, 200)
})

t.test('whole numbers in range are taken, leading zeros too', async (t) => {
  const world = await connectWorld(t)
  for (const query of ['first=0', 'first=000000001', 'first=2', 'wait=0', 'wait=20', 'wait=000000020', 'first=%31', 'first=1&wait=20']) {
    t.equal((await world.get(`${FAILED_TASK}?${query}`)).statusCode, 200, query)
  }
})

t.test('of a repeated parameter the first occurrence counts', async (t) => {
  const world = await connectWorld(t)
  t.equal((await world.get(`${FAILED_TASK}?first=1&first=x&wait=0&wait=99`)).json().output.length, 1)
  t.equal((await world.get(`${FAILED_TASK}?first=x&first=1`)).body, badFirst(2))
  t.equal((await world.get(`${FAILED_TASK}?wait=21&wait=0`)).body, BAD_WAIT)
  t.equal((await world.get('/__api__/tasks/jXhOhdm5OOSkGhJw?first_status=&first_status=x')).statusCode, 200)
})

t.test('unknown parameters are ignored', async (t) => {
  const world = await connectWorld(t)
  const plain = (await world.get(FAILED_TASK)).body
  for (const query of ['?limit=x', '?first_status=x', '?__proto__=1', '?constructor=1', '?First=x', '?wait%20=x', '?&&', '?=']) {
    t.equal((await world.get(FAILED_TASK + query)).body, plain, query)
  }
})

t.test('the legacy route: empty is 0, above the total gives no lines, `wait` is ignored', async (t) => {
  const world = await connectWorld(t)
  const whole = '{"id":"jXhOhdm5OOSkGhJw","user_id":1,"status":["Building static content...","Launching static content..."],"result":null,"finished":true,"code":1,"error":"Unable to render: Rendering exited abnormally: exit status 1","last_status":2}'
  const tail = whole.replace(/\[.*?\]/, '[]')
  for (const query of ['', '?first_status=', '?first_status=0', '?first_status=000', '?wait=abc', '?first=x']) t.equal((await world.get(`/__api__/tasks/jXhOhdm5OOSkGhJw${query}`)).body, whole, query)
  for (const query of ['?first_status=2', '?first_status=3', '?first_status=999999999']) t.equal((await world.get(`/__api__/tasks/jXhOhdm5OOSkGhJw${query}`)).body, tail, query)
  for (const text of MALFORMED) {
    const reply = await world.get(`/__api__/tasks/jXhOhdm5OOSkGhJw?first_status=${text}`)
    t.equal(reply.statusCode, 400, text)
    t.equal(reply.body, badFirst(999999999, 'first_status'))
  }
  t.equal((await world.get('/__api__/tasks/eKm0RFxyzIKR3jnI?wait=20')).statusCode, 200)
  t.equal(world.sandbox.simulator.heldPollCount, 0)
})

t.test('syntax is looked at before existence, `first` before `wait`, and the total last', async (t) => {
  const world = await connectWorld(t)
  t.equal((await world.get('/__api__/v1/tasks/unknown?wait=21')).body, BAD_WAIT)
  t.equal((await world.get('/__api__/v1/tasks/unknown?first=x')).body, badFirst(999999999))
  t.equal((await world.get('/__api__/v1/tasks/unknown?first=5')).body, UNKNOWN_TASK)
  t.equal((await world.get(`${FAILED_TASK}?first=x&wait=x`)).body, badFirst(2))
  t.equal((await world.get(`${FAILED_TASK}?first=3&wait=x`)).body, BAD_WAIT)
})

t.test('`first` is held against the lines at arrival', async (t) => {
  const world = await connectWorld(t)
  const { task } = world.sandbox.startTask({ api: 'connect', kind: 'deploy', scenario: 'deploy-static-ok' })
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}?first=2&wait=20`)).body, badFirst(1))
  t.equal(world.sandbox.simulator.heldPollCount, 0, 'refused before any waiting')
  await world.sandbox.clock.advance(1000)
  t.equal((await world.get(`/__api__/v1/tasks/${task.id}?first=2`)).statusCode, 200)
})
