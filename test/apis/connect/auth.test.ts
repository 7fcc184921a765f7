/** Credentials, roles and ownership: the contract's section 2. */
import t from 'tap'
import { API_HEADERS, BAD_KEY, connectWorld, NOT_YOURS, NO_CREDENTIAL, ownHeaders, SET_COOKIE, UNSUPPORTED } from './connect-world.js'

const URL = '/__api__/v1/tasks/eKm0RFxyzIKR3jnI'
const KEYS = [
  { key: 'first-key', username: 'first', role: 'publisher' },
  { key: 'admin-key', username: 'root', role: 'administrator' },
  { key: 'viewer-key', username: 'vic', role: 'viewer' },
]
const SIGNED = { 'x-auth-token': 'Tabc', 'x-auth-signature': 'c2ln', date: 'Sun, 22 Nov 2026 12:00:00 GMT', 'x-content-checksum': '1B2M2Y8AsgTpgAmY7PhCfg==' }

interface Row {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  /** Expected with any key allowed, and with a list: a status of 200, or the body of the 401. */
  readonly any: 200 | typeof NO_CREDENTIAL
  readonly list: 200 | typeof NO_CREDENTIAL | typeof BAD_KEY
}

const ROWS: readonly Row[] = [
  { name: 'a key', headers: { authorization: 'Key first-key' }, any: 200, list: 200 },
  { name: 'an unlisted key', headers: { authorization: 'Key whatever' }, any: 200, list: BAD_KEY },
  { name: 'a listed key in other case', headers: { authorization: 'Key First-Key' }, any: 200, list: BAD_KEY },
  { name: 'a header name in other case', headers: { AUTHORIZATION: 'Key first-key' }, any: 200, list: 200 },
  { name: 'a key in the second header beside a proxy\'s token', headers: { 'x-rsc-authorization': 'Key first-key', authorization: 'Snowflake Token="abc"' }, any: 200, list: 200 },
  { name: 'a bare key in the second header', headers: { 'x-rsc-authorization': 'first-key', authorization: 'Snowflake Token="abc"' }, any: 200, list: 200 },
  { name: 'the second header wins over the first', headers: { 'x-rsc-authorization': 'Key nobody', authorization: 'Key first-key' }, any: 200, list: BAD_KEY },
  { name: 'an empty second header leaves it to the first', headers: { 'x-rsc-authorization': 'Key', authorization: 'Key first-key' }, any: 200, list: 200 },
  { name: 'an unknown scheme in the second header', headers: { 'x-rsc-authorization': 'Token first-key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a bare key, as in the seed', headers: { authorization: 'YOUR_API_KEY' }, any: 200, list: NO_CREDENTIAL },
  { name: 'a bare listed key', headers: { authorization: 'first-key' }, any: 200, list: NO_CREDENTIAL },
  { name: 'a bearer token', headers: { authorization: 'Bearer eyJhbGciOi.J9.x' }, any: 200, list: 200 },
  { name: 'an empty bearer token', headers: { authorization: 'Bearer' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a bearer token in other case', headers: { authorization: 'bearer eyJhbGciOi.J9.x' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a signed request', headers: SIGNED, any: 200, list: 200 },
  { name: 'the anonymous token', headers: { ...SIGNED, 'x-auth-token': 'anonymous-access' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a token without signature', headers: { 'x-auth-token': 'Tabc', date: SIGNED.date, 'x-content-checksum': SIGNED['x-content-checksum'] }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a token without date', headers: { 'x-auth-token': 'Tabc', 'x-auth-signature': 'c2ln', 'x-content-checksum': SIGNED['x-content-checksum'] }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a token without checksum', headers: { 'x-auth-token': 'Tabc', 'x-auth-signature': 'c2ln', date: SIGNED.date }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a bootstrap token', headers: { authorization: 'Connect-Bootstrap eyJhbGciOi.J9.x' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'nothing', headers: {}, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'an empty header', headers: { authorization: '' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'the scheme alone', headers: { authorization: 'Key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'the scheme and a space', headers: { authorization: 'Key ' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'two spaces', headers: { authorization: 'Key  first-key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'a tab', headers: { authorization: 'Key\tfirst-key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'the scheme in lower case', headers: { authorization: 'key first-key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'the scheme in upper case', headers: { authorization: 'KEY first-key' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
  { name: 'another scheme', headers: { authorization: 'Basic dTpw' }, any: NO_CREDENTIAL, list: NO_CREDENTIAL },
]

for (const { name, headers, any, list } of ROWS) {
  t.test(`${name}: ${any === 200 ? 'accepted' : 'refused'} where any key is, ${list === 200 ? 'accepted' : 'refused'} with a list`, async (t) => {
    for (const [keys, expected] of [['any', any], [KEYS, list]] as const) {
      const world = await connectWorld(t, { 'api-keys': keys })
      const reply = await world.get(URL, { headers })
      if (expected === 200) {
        t.equal(reply.statusCode, 200)
      } else {
        t.equal(reply.statusCode, 401)
        t.equal(reply.body, expected)
        t.strictSame(ownHeaders(reply), { ...API_HEADERS, 'set-cookie': SET_COOKIE }, 'and no WWW-Authenticate')
      }
    }
  })
}

t.test('with `none` nothing is checked', async (t) => {
  const world = await connectWorld(t, { 'api-keys': 'none' })
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'OwnedByZoe', parameters: { owner: 'zoe' } })
  for (const { headers } of ROWS) t.equal((await world.get(URL, { headers })).statusCode, 200)
  t.equal((await world.get('/__api__/v1/tasks/OwnedByZoe', { headers: {} })).statusCode, 200)
})

t.test('a task with an owner is read by its owner and administrators', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'OwnedByVic', scenario: 'instant', parameters: { owner: 'vic' } })
  const readers = { 'viewer-key': 200, 'admin-key': 200, 'first-key': 403 }
  for (const [key, status] of Object.entries(readers)) {
    for (const route of ['v1/tasks', 'v1/experimental/tasks', 'tasks']) {
      const reply = await world.get(`/__api__/${route}/OwnedByVic`, { headers: { authorization: `Key ${key}` } })
      t.equal(reply.statusCode, status, `${key} on ${route}`)
      if (status === 403) t.equal(reply.body, NOT_YOURS)
    }
    t.equal((await world.get(URL, { headers: { authorization: `Key ${key}` } })).statusCode, 200, 'without an owner it is everybody\'s')
  }
  t.equal((await world.get('/__api__/v1/tasks/OwnedByVic', { headers: { authorization: 'Bearer x' } })).body, NOT_YOURS, 'a bearer token is the first user\'s')
})

t.test('the built-in user is an administrator', async (t) => {
  const world = await connectWorld(t)
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'OwnedByVic', parameters: { owner: 'vic' } })
  t.equal((await world.get('/__api__/v1/tasks/OwnedByVic')).statusCode, 200)
})

t.test('the checks come in order: route, credential, query, existence, permission, total', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  world.sandbox.startTask({ api: 'connect', kind: 'deploy', id: 'OwnedByVic', scenario: 'instant', parameters: { owner: 'vic' } })
  const stranger = { authorization: 'Key first-key' }
  t.equal((await world.get('/__api__/v1/nothing', { headers: {} })).body, '404 page not found')
  t.equal((await world.get('/__api__/v1/tasks/unknown?wait=21', { headers: {}, method: 'POST' })).body, UNSUPPORTED)
  t.equal((await world.get('/__api__/v1/tasks/unknown?wait=21', { headers: {} })).body, NO_CREDENTIAL)
  t.equal((await world.get('/__api__/v1/tasks/unknown?wait=21', { headers: { authorization: 'Key no' } })).body, BAD_KEY)
  t.equal((await world.get('/__api__/v1/tasks/OwnedByVic?wait=21', { headers: stranger })).statusCode, 400)
  t.equal((await world.get('/__api__/v1/tasks/unknown?first=99', { headers: stranger })).statusCode, 404)
  t.equal((await world.get('/__api__/v1/tasks/OwnedByVic?first=99', { headers: stranger })).body, NOT_YOURS)
  t.equal((await world.get('/__api__/v1/tasks/OwnedByVic?first=99', { headers: { authorization: 'Key viewer-key' } })).statusCode, 400)
})

t.test('an id beyond the router\'s limit is asked for a credential like any other', async (t) => {
  const world = await connectWorld(t, { 'api-keys': KEYS })
  const url = `/__api__/v1/tasks/${'x'.repeat(5000)}`
  t.equal((await world.get(url, { headers: {} })).body, NO_CREDENTIAL)
  t.equal((await world.get(url, { headers: { authorization: 'Key no' } })).body, BAD_KEY)
  t.equal((await world.get(url, { headers: { authorization: 'Key first-key' } })).statusCode, 404)
})
