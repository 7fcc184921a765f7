/** A fault's status as each vendor, or a gateway in front of it, sends it: status, headers and body to the byte. */
import t from 'tap'
import { registry } from '../../src/server.js'
import { testWorld, type TestWorldOptions } from '../world.js'
import { addFault } from './raw-client.js'

interface Dialect {
  readonly path: string
  readonly requestHeaders?: Record<string, string>
  readonly options?: TestWorldOptions['options']
  /** By status: headers and body. */
  readonly replies: Record<number, readonly [headers: Record<string, string>, body: string]>
}

const TEXT = 'text/plain; charset=utf-8'
const HTML = { 'content-type': 'text/html' }

const CONNECT = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-cache, no-store, must-revalidate', expires: '0', pragma: 'no-cache' }
const connectBody = (code: number, error: string): string => JSON.stringify({ code, error, payload: null })
const LOOKUP = 'Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/'
const CORS = { 'access-control-allow-origin': 'https://a.example', 'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE, HEAD', 'access-control-allow-headers': 'Origin, Content-Length, Content-Type', 'access-control-max-age': '43200', 'access-control-allow-credentials': 'true' }

const SVIX_CORS = { 'access-control-allow-origin': '*', vary: 'origin, access-control-request-method, access-control-request-headers' }
const SVIX = { 'content-type': 'application/json', ...SVIX_CORS }

const COGNIGY = { 'content-type': 'application/json; charset=utf-8', vary: 'Accept', 'access-control-allow-origin': '*' }
const COGNIGY_ID = '111111111111111111111111'
const cognigyBody = (status: number, title: string, code: number, detail: string): string =>
  `{"type":"about:blank","title":"${title}","detail":"${detail}","instance":"/v2.0/tasks/${COGNIGY_ID}","status":${status},"traceId":"TRACE","code":${code},"details":{}}`

const CLOUDCOIN = { 'content-type': 'application/json' }

const DIALECTS: Record<string, Record<string, Dialect>> = {
  connect: {
    'by default': {
      path: '/__api__/v1/tasks/PolluxDeployOk01',
      requestHeaders: { authorization: 'Key k', cookie: 'pollux_node=1' },
      replies: {
        400: [CONNECT, connectBody(121, 'The request JSON is invalid.')],
        401: [CONNECT, connectBody(24, 'The requested operation requires authentication.')],
        403: [CONNECT, connectBody(19, 'You don\'t have permission to access this item.')],
        404: [CONNECT, connectBody(141, LOOKUP)],
        405: [CONNECT, connectBody(2, 'The requested method or endpoint is not supported.')],
        408: [{ 'content-type': TEXT }, '408 Request Timeout'],
        409: [CONNECT, connectBody(26, 'An object with that name already exists.')],
        410: [{ 'content-type': TEXT }, '410 Gone'],
        413: [CONNECT, connectBody(87, 'The request body cannot be parsed')],
        422: [CONNECT, connectBody(121, 'The request JSON is invalid.')],
        429: [{ ...CONNECT, 'retry-after': '1' }, connectBody(277, 'Rate limit exceeded.')],
        499: [{ 'content-type': TEXT }, '499 Unassigned'],
        500: [CONNECT, connectBody(1, 'An internal failure occurred.')],
        502: [HTML, '<html>Bad Gateway</html>'],
        503: [HTML, '<html>Service Unavailable</html>'],
        504: [HTML, '<html>Gateway Timeout</html>'],
        599: [CONNECT, connectBody(1, 'An internal failure occurred.')],
      },
    },
    'with other options': {
      path: '/__api__/v1/experimental/tasks/PolluxDeployOk01',
      options: { connect: { 'cors-origin': 'https://a.example', 'unknown-task-code': 4 } },
      replies: {
        404: [{ ...CONNECT, ...CORS, 'set-cookie': 'pollux_node=1; Path=/; HttpOnly', 'x-deprecated-endpoint': '/v1/tasks/PolluxDeployOk01' }, connectBody(4, 'The requested object does not exist.')],
        502: [{ ...HTML, ...CORS }, '<html>Bad Gateway</html>'],
      },
    },
  },
  svix: {
    'by default': {
      path: '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds',
      replies: {
        400: [SVIX, '{"code":"generic_error","detail":"Invalid request"}'],
        401: [SVIX, '{"code":"authentication_failed","detail":"Invalid token"}'],
        403: [SVIX, '{"code":"insufficient access","detail":"Insufficient access for the given operation."}'],
        404: [SVIX, '{"code":"not_found","detail":"Entity not found"}'],
        405: [{ ...SVIX, allow: 'GET,HEAD' }, '{"code":"method_not_allowed","detail":"Method Not Allowed"}'],
        409: [SVIX, '{"code":"conflict","detail":"A conflict has occurred"}'],
        413: [SVIX, '{"code":"payload_too_large","detail":"Request payload is too large."}'],
        418: [SVIX, '{"code":"generic_error","detail":"I\'m a Teapot"}'],
        422: [SVIX, '{"detail":[{"loc":["path","task_id"],"msg":"Invalid id. Expected different prefix","type":"value_error"}]}'],
        429: [{ ...SVIX, 'retry-after': '1' }, '{"code":"rate_limit","detail":"Rate limit exceeded"}'],
        499: [SVIX, '{"code":"generic_error","detail":"Invalid request"}'],
        500: [SVIX, '{}'],
        501: [SVIX, '{"code":"not_implemented","detail":"This API endpoint is not yet implemented."}'],
        502: [{ ...HTML, ...SVIX_CORS }, '<html>Bad Gateway</html>'],
        503: [{ ...HTML, ...SVIX_CORS }, '<html>Bad Gateway</html>'],
        504: [{ ...HTML, ...SVIX_CORS }, '<html>Bad Gateway</html>'],
        505: [SVIX, '{}'],
      },
    },
    'as the hosted service': {
      path: '/api/v1/background-task/qtask_2PolluxSucceedsInTenSeconds',
      options: { svix: { profile: 'hosted' } },
      replies: {
        404: [SVIX, '{"code":"not_found","detail":"Entity not found"}'],
        405: [{ ...SVIX_CORS, allow: 'GET,HEAD' }, ''],
      },
    },
  },
  cognigy: {
    'by default': {
      path: `/new/v2.0/tasks/${COGNIGY_ID}`,
      requestHeaders: { 'x-api-key': 'k', accept: 'text/csv' },
      replies: {
        400: [COGNIGY, cognigyBody(400, 'Bad Request', 400, 'Bad Request Error')],
        401: [COGNIGY, cognigyBody(401, 'Unauthorized', 401, 'Unauthorized Error')],
        402: [COGNIGY, cognigyBody(402, 'Payment Required', 402, 'Payment Required Error')],
        403: [COGNIGY, cognigyBody(403, 'Forbidden', 403, 'Forbidden Error')],
        404: [COGNIGY, cognigyBody(404, 'Not Found', 1002, 'Task does not exist')],
        405: [{ ...COGNIGY, allow: 'GET, HEAD' }, cognigyBody(405, 'Method Not Allowed', 1013, 'Method Not Allowed Error')],
        409: [COGNIGY, cognigyBody(409, 'Conflict', 1004, 'Task has already finished')],
        413: [COGNIGY, cognigyBody(413, 'Payload Too Large', 413, 'Payload Too Large Error')],
        418: [COGNIGY, cognigyBody(418, 'I\'m a Teapot', 418, 'I\'m a Teapot Error')],
        429: [{ ...COGNIGY, 'retry-after': '1' }, cognigyBody(429, 'Too Many Requests Error', 429, 'Too Many Requests Error')],
        499: [COGNIGY, cognigyBody(499, 'Unknown', 499, 'Unknown Error')],
        500: [COGNIGY, cognigyBody(500, 'Internal Server Error', 1008, 'Internal Server Error')],
        501: [COGNIGY, cognigyBody(501, 'Not Implemented', 1009, 'Not Implemented Error')],
        502: [COGNIGY, cognigyBody(502, 'Bad Gateway', 502, 'Bad Gateway Error')],
        503: [COGNIGY, cognigyBody(503, 'Service Unavailable', 503, 'Service Unavailable Error')],
        504: [COGNIGY, cognigyBody(504, 'Gateway Timeout', 504, 'Gateway Timeout Error')],
      },
    },
  },
  cloudcoin: {
    'by default': {
      path: '/api/v1/task/00000000-0000-4000-8000-000000000001',
      replies: {
        400: [{ 'content-type': TEXT }, '400 Bad Request'],
        404: [{ 'content-type': TEXT }, '404 Not Found'],
        405: [CLOUDCOIN, ''],
        429: [{ 'content-type': TEXT }, '429 Too Many Requests'],
        500: [CLOUDCOIN, ''],
        502: [HTML, '<html>Bad Gateway</html>'],
        503: [HTML, '<html>Service Unavailable</html>'],
        504: [HTML, '<html>Gateway Timeout</html>'],
        507: [CLOUDCOIN, ''],
      },
    },
    'for another origin': {
      path: '/api/v1/task/00000000-0000-4000-8000-000000000001',
      requestHeaders: { origin: 'https://b.example' },
      replies: {
        429: [{ 'content-type': TEXT, 'access-control-allow-origin': 'https://b.example' }, '429 Too Many Requests'],
        500: [{ ...CLOUDCOIN, 'access-control-allow-origin': 'https://b.example' }, ''],
        502: [{ ...HTML, 'access-control-allow-origin': 'https://b.example' }, '<html>Bad Gateway</html>'],
      },
    },
  },
}

t.test('the list covers every API', async (t) => {
  t.same(Object.keys(DIALECTS), registry.map(({ name }) => name))
})

for (const [api, situations] of Object.entries(DIALECTS)) {
  for (const [situation, { path, requestHeaders = {}, options, replies }] of Object.entries(situations)) {
    t.test(`${api} ${situation}: each status has the vendor's form`, async (t) => {
      const world = await testWorld(t, options === undefined ? {} : { options })
      for (const [status, [headers, body]] of Object.entries(replies)) {
        addFault(world, { effect: { status: Number(status) }, times: 1 })
        const reply = await world.app.inject({ url: path, headers: requestHeaders })
        const { date: _date, connection: _connection, ...named } = reply.headers
        t.equal(reply.statusCode, Number(status))
        t.same(named, { ...headers, 'content-length': String(reply.rawPayload.length) }, `headers of ${status}`)
        t.equal(reply.body.replace(/api--[0-9a-f-]{36}/, 'TRACE'), body)
      }
    })
  }

  t.test(`${api}: no status from 400 to 599 is left out, and none is an error of Pollux's own`, async (t) => {
    const [{ path, requestHeaders = {} }] = Object.values(situations) as [Dialect]
    const world = await testWorld(t)
    for (let status = 400; status < 600; status++) {
      addFault(world, { effect: { status }, times: 1 })
      const reply = await world.app.inject({ url: path, headers: requestHeaders })
      if (reply.statusCode !== status || /Pollux|undefined|fastify/i.test(reply.body)) t.fail(`${status}: ${reply.statusCode} ${reply.body}`)
    }
    t.equal((await world.app.inject({ url: path, headers: requestHeaders })).statusCode, 200, 'and then all is well again')
  })
}

t.test('a miss in Cognigy\'s list is of the path, not of a task', async (t) => {
  const world = await testWorld(t)
  addFault(world, { effect: { status: 404 } })
  t.match((await world.app.inject({ url: '/v2.0/tasks?limit=1', headers: { 'x-api-key': 'k' } })).body, /"detail":"Resource Not Found Error","instance":"\/v2.0\/tasks"/)
})

t.test('what Connect refuses a starting call is the role, not the item', async (t) => {
  const world = await testWorld(t)
  addFault(world, { effect: { status: 403 } })
  t.equal((await world.app.inject({ method: 'POST', url: '/__api__/v1/content/x/deploy', headers: { authorization: 'Key k' } })).body, connectBody(22, 'You don\'t have permission to perform this operation.'))
})
