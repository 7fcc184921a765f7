/** The task list: parameters, order, pages (cognigy contract, 4.3 to 5.1). */
import fc from 'fast-check'
import t from 'tap'
import { parseListQuery } from '../../../src/apis/cognigy/list-query.js'
import { listPage } from '../../../src/apis/cognigy/pages.js'
import { taskBody } from '../../../src/apis/cognigy/view.js'
import type { JsonObject, ScriptJson } from '../../../src/simulator/script.js'
import type { TestWorld } from '../../world.js'
import { cognigyWorld, ERROR_HEADERS, errorBodies, JSON_KEY, KEY, ownHeaders, startTask } from './support.js'

const PROJECT = '61f25579055c2f43c249a181'
const FIRST = '000000000000000000000000'

/** Starts `count` tasks, 250 ms apart, in a world whose fixture tasks are gone. */
async function worldWith (t: Parameters<typeof cognigyWorld>[0], count: number): Promise<{ world: TestWorld, ids: string[] }> {
  const world = await cognigyWorld(t)
  world.sandbox.simulator.reset()
  const ids: string[] = []
  for (let n = 0; n < count; n++) {
    ids.push(startTask(world, { kind: n % 3 === 0 ? 'trainIntents' : 'createSnapshot' }))
    await world.sandbox.clock.advance(250)
  }
  return { world, ids }
}

async function idsOf (world: TestWorld, query: string): Promise<{ ids: string[], total: number, nextCursor: string | null, previousCursor: string | null }> {
  const reply = await world.app.inject({ url: `/v2.0/tasks${query}`, headers: JSON_KEY })
  const { items, ...envelope } = reply.json()
  return { ids: items.map(({ _id }: { _id: string }) => _id), ...envelope }
}

t.test('the newest 25 come first, with the count of all', async (t) => {
  const { world, ids } = await worldWith(t, 60)
  const newest = ids.toReversed()
  t.same(await idsOf(world, ''), { ids: newest.slice(0, 25), total: 60, nextCursor: newest[24], previousCursor: null })
})

t.test('tasks of one instant are listed in the order of their creation, newest first', async (t) => {
  const world = await cognigyWorld(t)
  const [a, b] = [startTask(world), startTask(world)]
  t.same((await idsOf(world, '?limit=2')).ids, [b, a])
  t.same((await idsOf(world, '?limit=2&sort=name:desc&name=trainIntents')).ids, [b, a])
  t.same((await idsOf(world, '?sort=name:asc&name=trainIntents')).ids.slice(-2), [a, b])
})

const limits: ReadonlyArray<readonly [query: string, count: number]> = [
  ['?limit=1', 1], ['?limit=0', 1], ['?limit=-5', 1], ['?limit=-0', 1], ['?limit=100', 100], ['?limit=200', 100], ['?limit=007', 7], [`?limit=${'9'.repeat(400)}`, 100],
  ['?limit[]=3', 3], ['?limit=%35', 5], ['?skip=100', 20], ['?skip=-3&limit=2', 2], ['?skip=119', 1], ['?skip=120', 0], [`?skip=${'9'.repeat(400)}`, 0], ['?', 25],
]

t.test('limit is held to 1..100 and skip to 0 and above', async (t) => {
  const { world } = await worldWith(t, 120)
  for (const [query, count] of limits) {
    const { ids, total } = await idsOf(world, query)
    t.equal(ids.length, count, query.slice(0, 40))
    t.equal(total, 120)
  }
})

const refused: ReadonlyArray<readonly [query: string, detail: string]> = [
  ...['', '1.0', ' 5', '%205', '+5', '%2B5', '1e1', '0x10', '--1', '-', '5%00', '٣', '1,2', 'ten', 'Infinity', 'NaN'].flatMap((text) => [
    [`?limit=${text}`, 'Invalid value for \'limit\': expected an integer'] as const,
    [`?skip=${text}`, 'Invalid value for \'skip\': expected an integer'] as const,
  ]),
  ['?limit=1&limit=2', 'Invalid value for \'limit\': expected an integer'],
  ['?limit=1&limit[]=2', 'Invalid value for \'limit\': expected an integer'],
  ['?limit', 'Invalid value for \'limit\': expected an integer'],
  ['?projectId=x', 'Invalid value for \'projectId\': expected a string of length 24'],
  ['?projectId=', 'Invalid value for \'projectId\': expected a string of length 24'],
  [`?projectId=${PROJECT}&projectId=${PROJECT}`, 'Invalid value for \'projectId\': expected a string of length 24'],
  ['?next=x', 'Invalid value for \'next\': expected a string of length 24'],
  ['?next=', 'Invalid value for \'next\': expected a string of length 24'],
  ['?previous=x', 'Invalid value for \'previous\': expected a string of length 24'],
  [`?next=${FIRST}`, 'Invalid value for \'next\': expected a cursor from an earlier reply'],
  [`?previous=${FIRST}`, 'Invalid value for \'previous\': expected a cursor from an earlier reply'],
  [`?sort=name:asc&next=${FIRST}`, 'Invalid value for \'next\': expected a cursor from an earlier reply'],
  ['?offset=5', 'The requested field offset does not exist'],
  ['?Status=done', 'The requested field Status does not exist'],
  ['?status.x=done', 'The requested field status.x does not exist'],
  ['?dataX=1', 'The requested field dataX does not exist'],
  ['?__proto__=1', 'The requested field __proto__ does not exist'],
  ['?constructor=1', 'The requested field constructor does not exist'],
  ['?_links=1', 'The requested field _links does not exist'],
  ['?taskId=1', 'The requested field taskId does not exist'],
  ['?a%22b=1', 'The requested field a"b does not exist'],
  ['?offset[]=1', 'The requested field offset does not exist'],
]

t.test('what is not of its form is refused by name', async (t) => {
  const { app } = await cognigyWorld(t)
  const errorBody = errorBodies()
  for (const [query, detail] of refused) {
    const reply = await app.inject({ url: `/new/v2.0/tasks${query}`, headers: KEY })
    t.equal(reply.statusCode, 400, query)
    t.same(ownHeaders(reply.headers), ERROR_HEADERS)
    t.equal(reply.body, errorBody(400, 'Bad Request', 400, detail, '/v2.0/tasks'))
  }
})

t.test('next leads through all pages, previous leads back', async (t) => {
  const { world, ids } = await worldWith(t, 60)
  for (const [query, all] of [['', ids.toReversed()], ['&sort=createdAt:asc', ids], ['&sort=name', byName(ids)], ['&sort=name:desc', byName(ids).toReversed()], ['&filter=e', ids.toReversed()]] as const) {
    const seen: string[] = []
    let page = await idsOf(world, `?limit=25${query}`)
    t.equal(page.previousCursor, null)
    for (;;) {
      seen.push(...page.ids)
      t.equal(page.total, 60)
      if (page.nextCursor === null) break
      page = await idsOf(world, `?limit=25&next=${page.nextCursor}${query}`)
    }
    t.same(seen, all, `forward ${query}`)
    t.equal(page.ids.length, 10)
    const back = await idsOf(world, `?limit=25&previous=${page.previousCursor}${query}`)
    t.same(back, { ids: all.slice(25, 50), total: 60, nextCursor: all[49], previousCursor: all[25] }, `back ${query}`)
    const first = await idsOf(world, `?limit=40&previous=${back.previousCursor}${query}`)
    t.same(first, { ids: all.slice(0, 25), total: 60, nextCursor: all[24], previousCursor: null }, `back to the start ${query}`)
  }
})

function byName (ids: readonly string[]): string[] {
  const isTraining = (id: string): boolean => ids.indexOf(id) % 3 === 0
  return [...ids.filter((id) => !isTraining(id)), ...ids.filter(isTraining)]
}

t.test('skip counts from the cursor, in both directions', async (t) => {
  const { world, ids } = await worldWith(t, 20)
  for (const sort of ['', '&sort=createdAt:desc,name:asc']) {
    const all = sort === '' ? ids.toReversed() : (await idsOf(world, `?limit=100${sort}`)).ids
    t.same((await idsOf(world, `?limit=3&skip=2&next=${all[4]}${sort}`)).ids, all.slice(7, 10))
    t.same((await idsOf(world, `?limit=3&skip=2&previous=${all[10]}${sort}`)).ids, all.slice(5, 8))
    t.same(await idsOf(world, `?limit=3&skip=9&previous=${all[10]}${sort}`), { ids: all.slice(0, 1), total: 20, nextCursor: all[0], previousCursor: null })
    t.same((await idsOf(world, `?limit=3&skip=30&previous=${all[10]}${sort}`)).ids, [])
    t.same((await idsOf(world, `?limit=2&next=${all[4]}&previous=${all[10]}${sort}`)).ids, all.slice(5, 7), 'next counts')
  }
})

t.test('pages hold while tasks come and go', async (t) => {
  const { world, ids } = await worldWith(t, 30)
  const all = ids.toReversed()
  startTask(world)
  world.sandbox.simulator.expire('cognigy', all[20] ?? '')
  t.same(await idsOf(world, `?limit=10&next=${all[14]}`), { ids: [...all.slice(15, 20), ...all.slice(21, 26)], total: 30, nextCursor: all[25], previousCursor: all[15] })
})

t.test('a cursor whose task matches the filter no longer keeps its place', async (t) => {
  const world = await cognigyWorld(t)
  world.sandbox.simulator.reset()
  const script: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '10s', state: 'succeeded' }] }
  const ids = []
  for (let n = 0; n < 6; n++) {
    ids.push(startTask(world, { script }))
    await world.sandbox.clock.advance(2000)
  }
  // The two oldest are done by now.
  t.same(await idsOf(world, `?status=active&sort=createdAt:asc&next=${ids[0]}&limit=2`), { ids: ids.slice(2, 4), total: 4, nextCursor: ids[3], previousCursor: null })
})

t.test('the wire form of the vendor\'s client is understood whole', async (t) => {
  const { world, ids } = await worldWith(t, 40)
  const all = ids.toReversed().filter((id) => ids.indexOf(id) % 3 === 0)
  const query = `?filter=train&limit=4&next=${all[1]}&projectId=${PROJECT}&skip=5&sort=createdAt%3Adesc%2Cname%3Aasc&status[]=queued&status[]=active`
  // Four tasks share a second: their names decide, then their order.
  const expected = (await idsOf(world, '?limit=100&filter=train&sort=createdAt:desc')).ids
  t.same((await idsOf(world, query)).ids, expected.slice(7, 11))
})

const filters: ReadonlyArray<readonly [query: string, count: number]> = [
  ['filter=TRAIN', 2], ['filter=', 6], ['filter=zzz', 0], ['filter=PACKAGE', 2],
  ['status=active', 3], ['status=active,queued', 5], ['status[]=active&status[]=queued', 5], ['status=active&status=cancelled', 4], ['status[]=active,queued&status=cancelled', 6], ['status=', 0], ['status=Active', 0],
  ['name=trainIntents', 2], ['name=train', 0], ['name=trainIntents&status=queued', 1],
  ['_id=111111111111111111111111', 1], ['currentStep=123', 1], ['currentStep=[1,99]', 1], ['currentStep=[0,25]', 5], ['currentStep=[0,0],123', 5], ['currentStep=[25,123]', 2], ['currentStep[]=[24,26]&currentStep[]=123', 2],
  ['currentStep=0123', 0], ['createdAt=1694518620', 1], ['createdAt=[1694518620,1694518621]', 1], ['createdAt=[-5,5]', 0], ['status=[1,5]', 0],
  ['lastRunAt=', 1], ['lastFinishedAt=', 4], ['failReason=', 0], ['lastRunAt=2023-11-07T05:31:56Z', 1],
  ['data.flowId=5ce7c2d833ea1e04d7e6c432', 1], ['data.flowId=', 5], ['data.flowId=,5ce7c2d833ea1e04d7e6c432', 1], ['data.a.b=', 6], ['data.a.b=1', 0], ['data.__proto__=', 6], ['data.toString=x', 0], ['data=x', 0],
  [`projectId=${PROJECT}`, 6], ['projectId=abcdefabcdefabcdefabcdef', 4],
  ['api_key=other', 6],
]

t.test('filters', async (t) => {
  const world = await cognigyWorld(t)
  for (const [query, count] of filters) t.equal((await idsOf(world, `?${query}`)).total, count, query)
})

const sorts: ReadonlyArray<readonly [sort: string, names: string]> = [
  ['createdAt:desc', '543210'], ['createdAt:asc', '012345'], ['createdAt', '012345'], ['createdAt:DESC', '012345'], ['createdAt:descending', '012345'],
  ['-createdAt', '543210'], ['', '543210'], ['unknown:asc', '543210'], ['unknown:asc,createdAt:asc', '012345'],
  ['name:asc', '423501'], ['name:desc', '105324'], ['name', '423501'],
  ['currentStep:desc', '054321'], ['currentStep:desc,name:asc', '054231'], ['lastRunAt:asc', '401235'], ['lastFinishedAt:asc', '123405'], ['data.flowId:desc', '154320'], ['data.projectId,name', '350142'],
]

t.test('sort orders', async (t) => {
  const world = await cognigyWorld(t)
  for (const [sort, expected] of sorts) {
    const { ids } = await idsOf(world, `?sort=${encodeURIComponent(sort)}`)
    // The example is 0; the living tasks have their digit.
    t.equal(ids.map((id) => id.startsWith('6') ? '0' : id[0]).join(''), expected, sort)
  }
})

t.test('repeated sorts are one list', async (t) => {
  const world = await cognigyWorld(t)
  t.same((await idsOf(world, '?sort[]=currentStep:desc&sort[]=name:asc')).ids, (await idsOf(world, '?sort=currentStep:desc,name:asc')).ids)
})

t.test('HAL links to the next and the previous page repeat the query without skip and credential', async (t) => {
  const { world, ids } = await worldWith(t, 5)
  const all = ids.toReversed()
  const { body } = await world.app.inject({ url: '/new/v2.0/tasks?api_key=secret&limit=1&skip=2&sort=createdAt%3Adesc', headers: { accept: 'application/hal+json' } })
  t.same(JSON.parse(body)._links, {
    self: { href: '/v2.0/tasks?limit=1&skip=2&sort=createdAt%3Adesc' },
    next: { href: `/v2.0/tasks?limit=1&sort=createdAt%3Adesc&next=${all[2]}` },
    prev: { href: `/v2.0/tasks?limit=1&sort=createdAt%3Adesc&previous=${all[2]}` },
  })
  t.match(body, /"total":5}$/)
})

t.test('who follows the HAL links sees every task once, inside the same sandbox', async (t) => {
  const world = await cognigyWorld(t)
  const other = world.sandboxes.get('other')
  for (let n = 0; n < 10; n++) startTask({ ...world, sandbox: other })
  const seen: string[] = []
  for (let href: string | undefined = '/sandbox/other/cognigy/new/v2.0/tasks?limit=3'; href !== undefined;) {
    const page: { _embedded: { tasks: Array<{ taskId: string }> }, _links: { next?: { href: string } }, total: number } = (await world.app.inject({ url: href, headers: KEY })).json()
    t.equal(page.total, 16)
    seen.push(...page._embedded.tasks.map(({ taskId }) => taskId))
    href = page._links.next?.href
  }
  t.same(seen, [...other.simulator.list('cognigy').descending()].map(({ id }) => id))
})

t.test('the golden HAL list', async (t) => {
  const { world } = await worldWith(t, 1)
  startTask(world, { id: '6b02d940a1b2c3d4e5000001' })
  const { body } = await world.app.inject({ url: '/v2.0/tasks?limit=1', headers: KEY })
  t.match(body, /^{"_embedded":{"tasks":\[{"name":/)
  t.ok(body.endsWith('"_links":{"self":{"href":"/v2.0/tasks?limit=1"},"next":{"href":"/v2.0/tasks?limit=1&next=6b02d940a1b2c3d4e5000001"}},"total":2}'))
})

t.test('the walkers of the real clients see everything', async (t) => {
  const { world, ids } = await worldWith(t, 230)
  const all = ids.toReversed()
  // CLI: one page to learn the total, then pages of 100 by skip.
  const { total } = await idsOf(world, `?projectId=${PROJECT}`)
  const cli: string[] = []
  for (let n = 0; n < Math.ceil(total / 100); n++) cli.push(...(await idsOf(world, `?projectId=${PROJECT}&limit=100&skip=${n * 100}`)).ids)
  t.same(cli, all)
  // PY: by cursor, until there is none or the page is short.
  const py: string[] = []
  for (let cursor: string | null = ''; cursor !== null;) {
    const page: Awaited<ReturnType<typeof idsOf>> = await idsOf(world, `?limit=100&sort=-createdAt${cursor === '' ? '' : `&next=${cursor}`}`)
    py.push(...page.ids)
    cursor = page.ids.length < 100 ? null : page.nextCursor
  }
  t.same(py, all)
})

interface Row { readonly index: number, readonly body: JsonObject }

t.test('a page is that of a plain array, filtered and sorted, whatever is asked for (property)', async (t) => {
  const { world, ids } = await worldWith(t, 40)
  const { simulator, clock } = world.sandbox
  const all = ids.map((id, index): Row => {
    const snapshot = simulator.peek('cognigy', id)
    return { index, body: snapshot === undefined ? {} : taskBody(snapshot) }
  })
  const query = fc.record({
    limit: fc.integer({ min: 1, max: 50 }),
    skip: fc.integer({ min: 0, max: 50 }),
    sort: fc.constantFrom('createdAt:desc', 'createdAt:asc', 'name:asc', 'name:desc', 'status:desc,name:asc', 'currentStep:asc,createdAt:desc'),
    filter: fc.constantFrom('', 'TRAIN', 't', 'zzz'),
    status: fc.constantFrom(undefined, 'active', 'done', 'queued,active'),
    cursor: fc.option(fc.record({ towards: fc.constantFrom('next', 'previous'), row: fc.constantFrom(...all) }), { nil: undefined }),
  })
  await fc.assert(fc.asyncProperty(query, async ({ limit, skip, sort, filter, status, cursor }) => {
    const text = { limit: String(limit), skip: String(skip), sort, filter, ...(status && { status }), ...(cursor && { [cursor.towards]: ids[cursor.row.index] }) }
    const { snapshots, state, ...page } = await listPage(simulator, 'cognigy', parseListQuery(text))

    const keys = sort.split(',').map((key) => key.split(':') as [name: string, direction: string])
    const order = (a: Row, b: Row): number => {
      for (const [name, direction] of keys) {
        const [x = 0, y = 0] = [a, b].map(({ body }) => body[name] as number | string)
        if (x !== y) return (x < y) === (direction === 'asc') ? -1 : 1
      }
      return keys[0]?.[1] === 'asc' ? a.index - b.index : b.index - a.index
    }
    const matches = all.filter(({ body }) => String(body['name']).toLowerCase().includes(filter.toLowerCase()) && (status?.split(',').includes(String(body['status'])) ?? true)).sort(order)
    const before = cursor === undefined ? 0 : matches.filter((row) => order(row, cursor.row) < 0).length
    const through = cursor === undefined ? 0 : matches.filter((row) => order(row, cursor.row) <= 0).length
    const end = cursor?.towards === 'previous' ? Math.max(before - skip, 0) : through + skip + limit
    const start = cursor?.towards === 'previous' ? Math.max(end - limit, 0) : through + skip
    const expected = matches.slice(start, end).map(({ index }) => ids[index])
    t.same(snapshots.map(({ task }) => task.id), expected)
    t.same(page, {
      total: matches.length,
      nextCursor: end < matches.length ? expected.at(-1) ?? null : null,
      previousCursor: start > 0 ? expected[0] ?? null : null,
    })
    const isWhole = filter === '' && status === undefined && /^createdAt:[a-z]+$/.test(sort)
    t.equal(state.until > clock.now(), isWhole, 'what a filter passes may change with any task')
  }), { seed: 1, numRuns: 600 })
})

t.test('very many tasks are filtered and sorted while others have their turn; what is shown is what matched', async (t) => {
  const world = await cognigyWorld(t)
  const { simulator } = world.sandbox
  simulator.reset()
  const script: ScriptJson = { steps: [{ at: 0, state: 'running' }, { at: '1h', state: 'succeeded' }] }
  const ids = Array.from({ length: 3000 }, () => startTask(world, { script }))
  const [oldest = '', newest = ''] = [ids[0], ids.at(-1)]

  const asked = idsOf(world, '?status=active&sort=name:asc,createdAt:asc&limit=2')
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate)
  // In the midst of it: some have been looked at, and some have not.
  simulator.finish('cognigy', newest)
  simulator.remove('cognigy', oldest)
  const page = await asked
  t.equal(page.total, 2999, 'the newest had not been looked at')
  t.same(page.ids, [oldest, ids[1]], 'the oldest had')
  const { items, total } = (await world.app.inject({ url: '/v2.0/tasks?status=active&limit=1', headers: JSON_KEY })).json<{ items: unknown[], total: number }>()
  t.match(items, [{ _id: ids.at(-2), status: 'active' }])
  t.equal(total, 2998)
})

t.test('a page by cursor touches no more of the list than the page', async (t) => {
  const { world, ids } = await worldWith(t, 500)
  const { simulator } = world.sandbox
  let touched = 0
  const spied = new Proxy(simulator, {
    get (target, key) {
      if (key === 'snapshot') touched++
      const value = Reflect.get(target, key, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
  const page = await listPage(spied, 'cognigy', parseListQuery({ limit: '10', next: ids[250] ?? '' }))
  t.equal(page.snapshots.length, 10)
  t.equal(page.total, 500)
  t.equal(touched, 10)
})
