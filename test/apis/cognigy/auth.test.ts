/** Credentials (cognigy contract, 2). */
import t from 'tap'
import { cognigyWorld, ERROR_HEADERS, errorBodies, ownHeaders } from './support.js'

const URL = '/v2.0/tasks/111111111111111111111111'

interface Row { readonly what: string, readonly headers?: Record<string, string>, readonly query?: string, readonly any: boolean, readonly list: boolean }

const rows: readonly Row[] = [
  { what: 'nothing', any: false, list: false },
  { what: 'X-API-Key', headers: { 'X-API-Key': 'good' }, any: true, list: true },
  { what: 'a key that is not listed', headers: { 'x-api-key': 'other' }, any: true, list: false },
  { what: 'an empty x-api-key', headers: { 'x-api-key': '' }, any: false, list: false },
  { what: 'api_key', query: '?api_key=good', any: true, list: true },
  { what: 'a second api_key', query: '?api_key=good&api_key=other', any: true, list: true },
  { what: 'an empty api_key', query: '?api_key=', any: false, list: false },
  { what: 'api_key that is not listed', query: '?api_key=other', any: true, list: false },
  { what: 'a percent-encoded api_key', query: '?api_key=%67ood', any: true, list: true },
  { what: 'Bearer', headers: { authorization: 'Bearer good' }, any: true, list: true },
  { what: 'bearer in small letters', headers: { authorization: 'bearer good' }, any: true, list: true },
  { what: 'Bearer without a token', headers: { authorization: 'Bearer ' }, any: false, list: false },
  { what: 'Basic', headers: { authorization: 'Basic Z29vZDpnb29k' }, any: false, list: false },
  { what: 'a bare token', headers: { authorization: 'good' }, any: false, list: false },
  { what: 'a listed Bearer behind an empty key', headers: { authorization: 'Bearer good', 'x-api-key': '' }, any: true, list: true },
  { what: 'the key header before the query', headers: { 'x-api-key': 'other' }, query: '?api_key=good', any: true, list: false },
  { what: 'the query before Bearer', headers: { authorization: 'Bearer other' }, query: '?api_key=good', any: true, list: true },
]

for (const [option, keys, isAccepted] of [
  ['any', 'any', (row: Row) => row.any],
  ['a list', ['first', 'good'], (row: Row) => row.list],
  ['none', 'none', () => true],
] as const) {
  t.test(`api-keys: ${option}`, async (t) => {
    const { app } = await cognigyWorld(t, { 'api-keys': keys })
    const errorBody = errorBodies()
    for (const row of rows) {
      const reply = await app.inject({ url: URL + (row.query ?? ''), headers: row.headers ?? {} })
      if (isAccepted(row)) {
        t.equal(reply.statusCode, 200, row.what)
        continue
      }
      t.equal(reply.statusCode, 401, row.what)
      t.same(ownHeaders(reply.headers), ERROR_HEADERS)
      t.equal(reply.body, errorBody(401, 'Unauthorized', 401, 'Unauthorized Error', URL))
    }
  })
}

t.test('an empty list accepts nobody', async (t) => {
  const { app } = await cognigyWorld(t, { 'api-keys': [] })
  t.equal((await app.inject({ url: URL, headers: { 'x-api-key': 'any' } })).statusCode, 401)
})

t.test('the credential is asked for before anything else is looked at', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const [method, url] of [['GET', '/v2.0/nowhere'], ['DELETE', '/v2.0/tasks'], ['GET', '/v2.0/tasks/short'], ['GET', '/v2.0/tasks?limit=x'], ['POST', '/new/v2.0/tasks/short/cancel'], ['GET', '/cognigy/'], ['GET', '/V2.0/Tasks'], ['HEAD', '/v2.0/tasks']] as const) {
    t.equal((await app.inject({ method, url: url.startsWith('/V') ? `/cognigy${url}` : url })).statusCode, 401, `${method} ${url}`)
  }
})

t.test('no credential is asked for where a client can have none: OPTIONS, OAuth, the document', async (t) => {
  const { app } = await cognigyWorld(t)
  t.equal((await app.inject({ method: 'OPTIONS', url: URL })).statusCode, 204)
  t.equal((await app.inject({ method: 'POST', url: '/auth/oauth2/token', payload: 'grant_type=password', headers: { 'content-type': 'application/x-www-form-urlencoded' } })).statusCode, 200)
  t.equal((await app.inject({ url: '/openapi/openapi-viewer.json?x=1' })).statusCode, 200)
  t.equal((await app.inject({ url: '/openapi/openapi-viewer.jsonx' })).statusCode, 404, 'the root has this path')
  t.equal((await app.inject({ url: '/cognigy/openapi/openapi-viewer.jsonx' })).statusCode, 401)
})
