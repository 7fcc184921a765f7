/** Credentials go with requests in many ways, and none of them comes to light in what the server prints or shows. */
import t from 'tap'
import { startChild } from './child.js'
import { send } from './raw.js'

const SECRET = 's3cr3t-0f-n0b0dy'

const CARRIERS: ReadonlyArray<readonly [query: string, head: string]> = [
  [`?api_key=${SECRET}`, ''],
  [`?access_token=${SECRET}&token=${SECRET}`, ''],
  [`?%61pi_key=${SECRET}`, ''],
  ['', `Authorization: Key ${SECRET}\r\n`],
  ['', `Authorization: Bearer ${SECRET}\r\n`],
  ['', `X-API-Key: ${SECRET}\r\n`],
  ['', `X-RSC-Authorization: Key ${SECRET}\r\n`],
  ['', `Cookie: session=${SECRET}\r\n`],
]

/** Replies of each class, from each API; and heads that make a request unreadable, or one to be refused. */
const PATHS = ['/__api__/v1/tasks/PolluxNeverEnds0', '/__api__/nothing', '/api/v1/background-task', '/api/v1/background-task/x', '/v2.0/tasks', '/v2.0/nothing', '/api/v1/echo', '/nowhere', '/_pollux/tasks', '/v2.0/%zz']
const ENDS = ['Host: localhost\r\n', 'Host: localhost\r\nBad Header: x\r\n', 'Host: a\r\nHost: b\r\n', 'Host: localhost\r\nContent-Length: x\r\n', 'Host: localhost\r\nExpect: x\r\n']

t.test('no credential is printed, journaled or reported, however a request ends', async (t) => {
  const child = await startChild(t, '--log-level', 'trace', '--log-requests')
  const replies: string[] = []
  for (const path of PATHS) {
    for (const [query, head] of CARRIERS) {
      for (const end of ENDS) {
        const { replies: [reply] } = await send(child.url, `GET ${path}${query} HTTP/1.1\r\n${head}${end}Connection: close\r\n\r\n`)
        if (reply !== undefined && reply.status >= 400) replies.push(reply.body)
      }
    }
  }
  await fetch(`${child.url}/_pollux/faults`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"effect":{"status":503}}' })
  await send(child.url, `GET /v2.0/tasks?api_key=${SECRET} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  for (const path of ['journal?limit=1000&bodies=true', 'report', 'report?format=text', 'metrics', 'tasks', 'snapshot']) {
    const text = await (await fetch(`${child.url}/_pollux/${path}`)).text()
    t.ok(text.length > 10, path)
    t.notOk(text.includes(SECRET), `${path}: ${text.slice(Math.max(text.indexOf(SECRET) - 300, 0), text.indexOf(SECRET) + 30)}`)
  }
  t.ok(replies.length > 100)
  t.same(replies.filter((body) => body.includes(SECRET)), [], 'errors quote none')
  t.ok(child.output().split('\n').length > 100, 'requests were logged')
  t.same(child.output().split('\n').filter((line) => line.includes(SECRET)), [], 'and none with its credential')
})
