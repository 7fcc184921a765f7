import fc from 'fast-check'
import t, { type Test } from 'tap'
import { createFrontDoor, type Door, type DoorPlate } from '../src/front-door.js'

const PLATES: readonly DoorPlate[] = [
  { name: 'connect', paths: ['/__api__', '/__ping__', '/content'], slashes: 'collapse' },
  { name: 'svix', paths: ['/api/v1/background-task', '/api/v1/app'], slashes: 'collapse-and-trim' },
  { name: 'cognigy', paths: ['/new', '/v2.0'], slashes: 'collapse-and-trim' },
  { name: 'cloudcoin', paths: ['/api/v1'], slashes: 'keep' },
]

const open = createFrontDoor(PLATES)

function is (t: Test, url: string, expected: Partial<Door>, host?: string, listener?: string): void {
  t.match(open(url, host, listener), { sandbox: 'default', mount: '', ...expected }, `${url} at ${host ?? 'no host'}`)
}

t.test('the path tells the API, the longest owned prefix first', async (t) => {
  is(t, '/__api__/v1/tasks/x?wait=5', { api: 'connect', path: '/__api__/v1/tasks/x?wait=5' })
  is(t, '/api/v1/background-task', { api: 'svix' })
  is(t, '/api/v1/background-tasks', { api: 'cloudcoin' })
  is(t, '/api/v1/task/x', { api: 'cloudcoin' })
  is(t, '/api/v1', { api: 'cloudcoin' })
  is(t, '/new/v2.0/tasks', { api: 'cognigy' })
  is(t, '/newer', { api: undefined })
  is(t, '/', { api: undefined })
  is(t, '/api', { api: undefined })
})

t.test('an API\'s name in front gives it the whole URL space', async (t) => {
  is(t, '/svix/api/v1/health', { api: 'svix', mount: '/svix', path: '/api/v1/health' })
  is(t, '/connect/connect/x', { api: 'connect', mount: '/connect', path: '/connect/x' })
  is(t, '/cloudcoin', { api: 'cloudcoin', mount: '/cloudcoin', path: '/' })
  is(t, '/cloudcoin/', { api: 'cloudcoin', mount: '/cloudcoin', path: '/' })
  is(t, '/connect/_pollux/health', { api: 'connect', mount: '/connect', path: '/_pollux/health' })
})

t.test('slashes are taken as each vendor takes them', async (t) => {
  is(t, '//__api__//v1///tasks/x/', { api: 'connect', path: '/__api__/v1/tasks/x/' })
  is(t, '//api//v1/background-task//?limit=//5', { api: 'svix', path: '/api/v1/background-task?limit=//5' })
  is(t, '/v2.0/tasks/', { api: 'cognigy', path: '/v2.0/tasks' })
  is(t, '//api/v1//task/x/', { api: 'cloudcoin', path: '//api/v1//task/x/' })
  is(t, '/cloudcoin//echo', { api: 'cloudcoin', mount: '/cloudcoin', path: '//echo' })
})

t.test('sandboxes are named by prefix, by host, or not at all; the prefix decides', async (t) => {
  is(t, '/sandbox/a/api/v1/task/x', { sandbox: 'a', api: 'cloudcoin', mount: '/sandbox/a', path: '/api/v1/task/x' })
  is(t, '/sandbox/a/svix/x', { sandbox: 'a', api: 'svix', mount: '/sandbox/a/svix', path: '/x' })
  is(t, '//sandbox//a//__api__/x', { sandbox: 'a', mount: '/sandbox/a', api: 'connect', path: '/__api__/x' })
  is(t, '/v2.0/tasks', { sandbox: 'b', api: 'cognigy' }, 'b.localhost:8080')
  is(t, '/v2.0/tasks', { sandbox: 'api-b' }, 'API-b.LocalHost')
  is(t, '/sandbox/a/v2.0/tasks', { sandbox: 'a', mount: '/sandbox/a' }, 'b.localhost')
  is(t, '/sandbox/a', { sandbox: 'a', mount: '/sandbox/a', api: undefined })
  for (const host of ['localhost:8080', '127.0.0.1', 'b.localhost.example.com', '.localhost', 'a.b.localhost', 'b.localhost:80x']) is(t, '/v2.0/tasks', { sandbox: 'default', api: 'cognigy' }, host)
  for (const name of ['', '-a', 'a-', 'a.b', 'a%20b', 'x'.repeat(64)]) is(t, `/sandbox/${name}/v2.0/tasks`, { sandbox: 'default', api: undefined })
})

t.test('the control plane is reached through every listener and sandbox', async (t) => {
  is(t, '/_pollux/health', { api: 'control', path: '/_pollux/health' })
  is(t, '/sandbox/a/_pollux/clock', { sandbox: 'a', api: 'control', mount: '/sandbox/a', path: '/_pollux/clock' })
  is(t, '/_pollux/health', { api: 'control' }, undefined, 'connect')
  is(t, '/_polluxx', { api: undefined })
})

t.test('a native listener is one API\'s alone', async (t) => {
  is(t, '/connect/#/apps/x', { api: 'connect', mount: '', path: '/connect/#/apps/x' }, undefined, 'connect')
  is(t, '/v2.0/tasks', { api: 'cloudcoin', path: '/v2.0/tasks' }, undefined, 'cloudcoin')
  is(t, '/sandbox/a/echo', { api: 'cloudcoin', sandbox: 'a', mount: '/sandbox/a', path: '/echo' }, undefined, 'cloudcoin')
})

t.test('the absolute form means the same as the origin form', async (t) => {
  is(t, 'http://b.localhost:8080/v2.0/tasks?a=b', { sandbox: 'b', api: 'cognigy', path: '/v2.0/tasks?a=b' }, 'other')
  is(t, 'HTTP://127.0.0.1', { api: undefined, path: '/' })
  is(t, '*', { api: undefined, path: '/*' })
})

t.test('a door that was kept is the one that would be opened anew, whoever asked for the URL before', async (t) => {
  const urls = ['/v2.0/tasks?a=b', '/sandbox/a/api/v1/task/x', 'http://b.localhost/v2.0/tasks', '//api//v1/background-task/', '/nothing']
  const askers = [[undefined, undefined], ['c.localhost', undefined], [undefined, 'cloudcoin'], ['example.test', undefined]] as const
  for (let round = 0; round < 2; round++) {
    for (const url of urls) {
      for (const [host, listener] of askers) t.same(open(url, host, listener), createFrontDoor(PLATES)(url, host, listener), `${url} at ${host} on ${listener}`)
    }
    // More than are kept.
    for (let n = 0; n < 3000; n++) open(`/v2.0/tasks/${n}`, undefined)
  }
})

t.test('any text opens some door: a path that begins with a slash, and never an API out of nothing (property)', async () => {
  fc.assert(fc.property(fc.string({ unit: 'binary-ascii' }), fc.option(fc.string(), { nil: undefined }), (url, host) => {
    const door = open(url, host)
    return door.path.startsWith('/') && /^[A-Za-z0-9][A-Za-z0-9_-]*$/.test(door.sandbox)
  }), { seed: 1, numRuns: 2000 })
})
