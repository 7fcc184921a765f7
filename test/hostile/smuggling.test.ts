/** Requests that two servers in a row could take for one or for two: all are refused, and what they carry along never arrives. */
import t from 'tap'
import { testWorld } from '../world.js'
import { dialectFlaw, ownerOf } from './dialects.js'
import { send } from './raw.js'

const SMUGGLED = 'GET /api/v1/background-task/smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'

/** Targets of each owner that read a body. */
const TARGETS = ['/__api__/v1/content', '/api/v1/stats/usage/app', '/v2.0/snapshots', '/api/v1/transfer', '/_pollux/tasks']

/** The rest of a head, and a body in which a second request hides. */
const KINDS: Readonly<Record<string, readonly [head: string, body: string]>> = {
  'CL.TE': [`Content-Length: ${5 + SMUGGLED.length}\r\nTransfer-Encoding: chunked`, `0\r\n\r\n${SMUGGLED}`],
  'TE.CL': ['Transfer-Encoding: chunked\r\nContent-Length: 4', `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n0\r\n\r\n`],
  'TE.TE, one of them foreign': ['Transfer-Encoding: chunked\r\nTransfer-Encoding: x', `0\r\n\r\n${SMUGGLED}`],
  'a coding that looks like chunked': ['Transfer-Encoding: xchunked', `0\r\n\r\n${SMUGGLED}`],
  'a coding behind a vertical tab': ['Transfer-Encoding:\x0bchunked', `0\r\n\r\n${SMUGGLED}`],
  'chunked that is not the last': ['Transfer-Encoding: chunked, identity', `0\r\n\r\n${SMUGGLED}`],
  'chunked in quotes': ['Transfer-Encoding: "chunked"', `0\r\n\r\n${SMUGGLED}`],
  'two lengths': [`Content-Length: 0\r\nContent-Length: ${SMUGGLED.length}`, SMUGGLED],
  'two lengths in one': [`Content-Length: 0, ${SMUGGLED.length}`, SMUGGLED],
  'a length with a sign': ['Content-Length: +0', SMUGGLED],
  'a length in hexadecimal': ['Content-Length: 0x0', SMUGGLED],
  'a length behind a blank name': [`Content-Length : ${SMUGGLED.length}`, SMUGGLED],
  'a length in a fold': [`X: y\r\n Content-Length: ${SMUGGLED.length}`, SMUGGLED],
  'a length behind a bare line feed': [`X: y\nContent-Length: ${SMUGGLED.length}`, SMUGGLED],
  'a length behind a bare carriage return': [`X: y\rContent-Length: ${SMUGGLED.length}`, SMUGGLED],
  'a NUL in a name': [`Content-Length\0: ${SMUGGLED.length}`, SMUGGLED],
  'a chunk size that is too large': ['Transfer-Encoding: chunked', `fffffffffffffffff0\r\n${SMUGGLED}`],
  'a chunk size with a sign': ['Transfer-Encoding: chunked', `-1\r\n${SMUGGLED}`],
  'a chunk size with a prefix': ['Transfer-Encoding: chunked', `0x0\r\n\r\n${SMUGGLED}`],
  'a chunk size ended by a line feed': ['Transfer-Encoding: chunked', `0\n\n${SMUGGLED}`],
  'a chunk that goes on': ['Transfer-Encoding: chunked', `1\r\nab\r\n0\r\n\r\n${SMUGGLED}`],
  'an extension with a line feed': ['Transfer-Encoding: chunked', `0;a\nb\r\n\r\n${SMUGGLED}`],
}

for (const [kind, [head, body]] of Object.entries(KINDS)) {
  t.test(`${kind}: refused, closed, and nothing slips through`, async (t) => {
    const { listen, sandbox } = await testWorld(t)
    const { url } = await listen()
    await Promise.all(TARGETS.map(async (target) => {
      const { replies, isClosed, text } = await send(url, `POST ${target} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Key k\r\nX-API-Key: k\r\nContent-Type: application/json\r\n${head}\r\n\r\n${body}`, { staysOpen: true })
      t.equal(replies.length, 1, `${target}: one reply`)
      const [reply] = replies
      t.equal(reply?.status, 400, target)
      if (reply !== undefined) t.equal(dialectFlaw(ownerOf(target), reply), undefined, `${target}: ${reply.body}`)
      t.ok(isClosed, `${target}: closed`)
      t.notMatch(text, /not_found/)
    }))
    t.same([...sandbox.journal.entries()].filter(({ url, call }) => url.includes('smuggled') || call.taskId === 'smuggled'), [])
  })
}

t.test('the same request by itself would have been noted', async (t) => {
  const { listen, sandbox } = await testWorld(t)
  const { url } = await listen()
  await send(url, SMUGGLED)
  t.match([...sandbox.journal.entries()], [{ url: '/api/v1/background-task/smuggled', status: 404 }])
})
