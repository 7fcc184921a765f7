/** The front door's finer points: credentials, plates in any order, paths at the edge, and doors that are kept. */
import t, { type Test } from 'tap'
import { createFrontDoor, isSandboxName, shownCredentials, type Door, type DoorPlate } from '../src/front-door.js'

const PLATES: readonly DoorPlate[] = [
  { name: 'cloudcoin', paths: ['/api/v1'], slashes: 'keep' },
  { name: 'svix', paths: ['/api/v1/app', '/api/v1/background-task'], slashes: 'collapse-and-trim' },
  { name: 'connect', paths: ['/__api__', '/content'], slashes: 'collapse' },
]

const open = createFrontDoor(PLATES)

function is (t: Test, url: string, expected: Door, host?: string, listener?: string): void {
  t.strictSame(open(url, host, listener), expected, `${url} at ${host ?? 'no host'}`)
}

t.test('a credential is what stands behind the scheme, or all there is, with or without quotes', async (t) => {
  for (const [header, credential] of [['Key abc', 'abc'], ['Bearer abc', 'abc'], ['abc', 'abc'], ['Key "abc"', 'abc'], ['"abc"', 'abc'], ['Key  abc  ', 'abc'], ['a b c', 'c']] as const) {
    t.strictSame(shownCredentials({ authorization: header }, '/'), [credential], header)
  }
  for (const header of ['', ' ', 'Key ', '"']) t.strictSame(shownCredentials({ authorization: header }, '/').filter((one) => one !== 'Key'), [], JSON.stringify(header))
})

t.test('a credential is shown in any place where a vendor takes one, in the order of the places', async (t) => {
  t.strictSame(shownCredentials({ authorization: 'Key a', 'x-api-key': 'b b', 'x-rsc-authorization': 'Key c' }, '/v2.0/tasks?limit=1&api_key=d-e_f&x=y#z'), ['a', 'c', 'b b', 'd-e_f'])
  t.strictSame(shownCredentials({}, '/v2.0/tasks?api_key=d#z'), ['d'])
  t.strictSame(shownCredentials({}, '/v2.0/tasks?my_api_key=d'), [])
  t.strictSame(shownCredentials({ 'x-api-key': ['a', 'b'], authorization: ['Key a'] }, '/'), [], 'twice is not at all')
  t.strictSame(shownCredentials({}, '/'), [])
})

t.test('the longest prefix is looked at first, however the plates are ordered', async (t) => {
  for (const plates of [PLATES, PLATES.toReversed()]) t.match(createFrontDoor(plates)('/api/v1/app/x', undefined), { api: 'svix' })
  t.match(createFrontDoor([{ name: 'long', paths: ['/abcdef/g'], slashes: 'keep' }, { name: 'short', paths: ['/abcdef'], slashes: 'keep' }])('/abcdef/h', undefined), { api: 'short' })
})

t.test('queries and paths at the edge', async (t) => {
  is(t, '?a=b', { sandbox: 'default', api: undefined, mount: '', path: '/?a=b' })
  is(t, '/?a=b', { sandbox: 'default', api: undefined, mount: '', path: '/?a=b' })
  is(t, '', { sandbox: 'default', api: undefined, mount: '', path: '/' })
  is(t, '/svix', { sandbox: 'default', api: 'svix', mount: '/svix', path: '/' })
  is(t, '/svix/', { sandbox: 'default', api: 'svix', mount: '/svix', path: '/' })
  is(t, '/svix?a=b', { sandbox: 'default', api: 'svix', mount: '/svix', path: '/?a=b' })
  is(t, '/sandbox/a?x=y', { sandbox: 'a', api: undefined, mount: '/sandbox/a', path: '/?x=y' })
  is(t, '/sandbox/', { sandbox: 'default', api: undefined, mount: '', path: '/sandbox/' })
  is(t, '/sandbox/-/x?y', { sandbox: 'default', api: undefined, mount: '', path: '/sandbox/-/x?y' })
  is(t, '/content//x/', { sandbox: 'default', api: 'connect', mount: '', path: '/content/x/' })
  is(t, '/nothing//at/all/', { sandbox: 'default', api: undefined, mount: '', path: '/nothing/at/all/' })
  is(t, '/x//y/', { sandbox: 'default', api: 'nobody', mount: '', path: '/x//y/' }, undefined, 'nobody')
})

t.test('only a scheme at the beginning makes a target absolute', async (t) => {
  is(t, 'http://h/content', { sandbox: 'default', api: 'connect', mount: '', path: '/content' })
  is(t, 'http://h?a', { sandbox: 'default', api: undefined, mount: '', path: '/?a' })
  is(t, 'xhttp://h/content', { sandbox: 'default', api: undefined, mount: '', path: '/xhttp:/h/content' })
  is(t, 'http://b.localhost/content', { sandbox: 'b', api: 'connect', mount: '', path: '/content' }, 'c.localhost')
  is(t, 'http://h/content', { sandbox: 'c', api: 'connect', mount: '', path: '/content' }, 'c.localhost')
})

t.test('a host names a sandbox only by one that can be one', async (t) => {
  for (const [host, sandbox] of [['a.localhost', 'a'], ['A-1_b.localhost:1', 'a-1_b'], ['-a.localhost', 'default'], ['a-.localhost', 'default'], [`${'x'.repeat(64)}.localhost`, 'default'], [`${'x'.repeat(63)}.localhost`, 'x'.repeat(63)], ['xa.localhost.', 'default']] as const) {
    t.equal(open('/content', host).sandbox, sandbox, host)
  }
  t.ok(isSandboxName('a'))
  t.notOk(isSandboxName('a/b'))
})

t.test('a door is kept for those who come the same way, and opened anew for every other', async (t) => {
  const url = '/content/kept'
  const door = open(url, '127.0.0.1')
  t.equal(open(url, '127.0.0.1'), door)
  t.equal(open(url, 'other.example'), door, 'a host that names no sandbox changes nothing')
  t.equal(open(url, undefined), door)
  t.not(open(url, 'a.localhost'), door)
  t.equal(open(url, 'a.localhost').sandbox, 'a')
  t.equal(open(url, 'a.localhost').sandbox, 'a', 'the second time too')
  t.not(open(url, undefined, 'connect'), door)
  t.equal(open(url, '127.0.0.1'), door)
})

t.test('long URLs are not kept, nor are more doors than there is room for', async (t) => {
  const long = (length: number): string => '/content/'.padEnd(length, 'x')
  t.equal(open(long(256), undefined), open(long(256), undefined))
  t.not(open(long(257), undefined), open(long(257), undefined))
  const fresh = createFrontDoor(PLATES)
  const first = fresh('/content/0', undefined)
  for (let n = 1; n < 1024; n++) fresh(`/content/${n}`, undefined)
  t.equal(fresh('/content/0', undefined), first, 'there is room for 1,024')
  fresh('/content/1024', undefined)
  t.not(fresh('/content/0', undefined), first, 'one more, and all are forgotten')
})
