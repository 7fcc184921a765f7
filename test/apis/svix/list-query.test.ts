/** Every row of the list's parameter table in the profile `seed` (contract, section 4). */
import t from 'tap'
import { ask, LIST, page, svixWorld, violation, type Item } from './support.js'

const NO_INTEGER: Item = [['query', 'limit'], 'value is not a valid integer', 'type_error.integer']
const TOO_SMALL: Item = [['query', 'limit'], 'ensure this value is greater than or equal to 1', 'value_error.number.not_ge']
const TOO_LARGE: Item = [['query', 'limit', 'limit'], 'Given limit must not exceed 250', 'value_error']
const OTHER_PREFIX: Item = [['query', 'iterator', '__all__'], 'Invalid id. Expected different prefix', 'value_error']
const NO_KSUID: Item = [['query', 'iterator', '__all__'], 'ID was not encoded as valid ksuid', 'value_error']
const NO_ORDER: Item = [['query', 'order'], "value is not a valid enumeration member; permitted: 'ascending', 'descending'", 'type_error.enum']
const NO_STATUS: Item = [['query', 'status'], "value is not a valid enumeration member; permitted: 'running', 'finished', 'failed'", 'type_error.enum']
const NO_TASK: Item = [['query', 'task'], "value is not a valid enumeration member; permitted: 'endpoint.recover', 'endpoint.replay', 'endpoint.bulk-replay', 'application.stats', 'event-type.aggregate', 'application.purge_content', 'message.broadcast', 'sdk.generate', 'endpoint.bulk_replay'", 'type_error.enum']

const KSUID = '33qen93MNuelBAq1T9G7eHLJRsF'

t.test('a value that breaks its rule is named', async (t) => {
  const world = await svixWorld(t)
  const cases: Array<[string, Item]> = [
    ...['x', '', '-1', '+1', '1.0', '1e1', '0x10', '%205', '5%20', '5%00', '%zz', '٣', '1'.repeat(20), 'Infinity', 'NaN', 'null', '[1]'].map((text): [string, Item] => [`limit=${text}`, NO_INTEGER]),
    ['limit', NO_INTEGER],
    ['limit=0', TOO_SMALL],
    ['limit=000', TOO_SMALL],
    ['limit=251', TOO_LARGE],
    ['limit=300', TOO_LARGE],
    [`limit=${'9'.repeat(19)}`, TOO_LARGE],
    ...['', '-', '--', 'BAD-$$$ITERATOR', `app_${KSUID}`, KSUID, `QTASK_${KSUID}`, `%20qtask_${KSUID}`, `--qtask_${KSUID}`, 'null'].map((text): [string, Item] => [`iterator=${text}`, OTHER_PREFIX]),
    ...['qtask_', '-qtask_', 'qtask_1', `qtask_${KSUID}0`, `qtask_${KSUID.slice(1)}-`, `qtask_${KSUID}%00`, 'qtask_aWgEPTl1tmebfsQzFP4bxwgy80W', '-qtask_zzzzzzzzzzzzzzzzzzzzzzzzzzz'].map((text): [string, Item] => [`iterator=${text}`, NO_KSUID]),
    ...['', 'up', 'Ascending', 'ascending%20', 'asc', '1'].map((text): [string, Item] => [`order=${text}`, NO_ORDER]),
    ...['', 'done', 'Running', 'succeeded', '0'].map((text): [string, Item] => [`status=${text}`, NO_STATUS]),
    ...['', 'endpoint', 'endpoint.rewind', 'ENDPOINT.RECOVER'].map((text): [string, Item] => [`task=${text}`, NO_TASK]),
    ...['limit', 'iterator', 'order', 'status', 'task'].flatMap((name): Array<[string, Item]> => [
      [`${name}=1&${name}=1`, [['query', name], `duplicate field \`${name}\``, 'value_error']],
      [`${name}=&x=1&${name}=&${name}=`, [['query', name], `duplicate field \`${name}\``, 'value_error']],
    ]),
  ]
  for (const [query, item] of cases) t.strictSame(await ask(world, `${LIST}?${query}`), violation(item), query)
})

t.test('several violations are all named, in the order of the table', async (t) => {
  const world = await svixWorld(t)
  t.strictSame(await ask(world, `${LIST}?task=x&status=x&order=x&iterator=x&limit=x`), violation(NO_INTEGER, OTHER_PREFIX, NO_ORDER, NO_STATUS, NO_TASK))
  t.strictSame(await ask(world, `${LIST}?iterator=qtask_x&limit=999&order=x&order=x`), violation(TOO_LARGE, NO_KSUID, [['query', 'order'], 'duplicate field `order`', 'value_error']))
})

t.test('a value at the edge of its rule is taken', async (t) => {
  const world = await svixWorld(t)
  for (const [query, count] of [['limit=1', 1], ['limit=007', 7], [`limit=${'2'.padStart(19, '0')}`, 2], ['limit=%31%30', 10], ['limit=250', 158]] as const) {
    t.equal((await page(world, query)).ids.length, count, query)
  }
  for (const query of [`iterator=qtask_${KSUID}`, `iterator=-qtask_${KSUID}`, 'iterator=qtask_aWgEPTl1tmebfsQzFP4bxwgy80V', `iterator=qtask_${'0'.repeat(27)}`]) {
    t.equal((await ask(world, `${LIST}?${query}`)).status, 200, query)
  }
})

t.test('unset parameters mean 50 tasks, the newest first', async (t) => {
  const world = await svixWorld(t)
  const { ids, done } = await page(world, '')
  t.equal(ids.length, 50)
  t.equal(done, false)
  t.strictSame(ids, [...ids].sort().reverse())
  t.strictSame(await page(world, 'limit=50&order=descending'), await page(world, ''))
})

t.test('unknown names are ignored', async (t) => {
  const world = await svixWorld(t)
  const expected = await ask(world, `${LIST}?limit=3`)
  for (const query of ['limit=3&x=1&x=2', '__proto__=1&limit=3', 'limit=3&constructor', 'Limit=0&limit=3', 'limit=3&idempotency-key=1', 'limit[]=0&limit=3', '&&limit=3&=']) {
    t.strictSame(await ask(world, `${LIST}?${query}`), expected, query)
  }
})

t.test('status and task filter, and walk on until the page is full', async (t) => {
  const world = await svixWorld(t)
  const all = await page(world, 'limit=250')
  const bodies: Array<{ id: string, status: string, task: string }> = JSON.parse((await ask(world, `${LIST}?limit=250`)).body).data
  const filters: Array<[string, (task: { status: string, task: string }) => boolean]> = [
    ['status=running', ({ status }) => status === 'running'],
    ['status=finished', ({ status }) => status === 'finished'],
    ['status=failed', ({ status }) => status === 'failed'],
    ['task=endpoint.recover', ({ task }) => task === 'endpoint.recover'],
    ['task=sdk.generate&status=finished', ({ task, status }) => task === 'sdk.generate' && status === 'finished'],
    ['task=endpoint.bulk_replay', () => false],
  ]
  t.equal(all.ids.length, 158)
  for (const [query, matches] of filters) {
    const expected = bodies.filter(matches).map(({ id }) => id)
    t.strictSame((await page(world, `limit=250&${query}`)).ids, expected, query)
    t.strictSame((await page(world, `limit=4&${query}`)).ids, expected.slice(0, 4), `${query}, a page of 4`)
    t.equal((await page(world, `limit=4&${query}`)).done, expected.length <= 4, `${query}, done`)
  }
})
