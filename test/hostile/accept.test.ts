/** Thousands of Accept headers at Cognigy, over tasks full of hostile text: each answer is well-formed in its own format, as parsers of others' see it. */
import { parse as parseCsv } from 'csv-parse/sync'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import t from 'tap'
import { createRandomStream, type RandomStream } from '../../src/ids.js'
import { testWorld } from '../world.js'

const HEADERS = 5_000
const TASK = '0123456789abcdef01234567'

const HOSTILE: Readonly<Record<string, string>> = {
  cdata: 'a]]>b<![CDATA[c]]>',
  markup: '<script>&amp;&lt;</script>&#0;<!--',
  controls: '\u0000\u0001\u0008\u000b\u001f\u007f\u0085\ufffe\uffff',
  surrogates: '\ud800 \udc00 \ud83d\udc38',
  lines: 'a\r\nb\rc\nd\u2028e',
  quotes: '"\'""',
  formula: '=cmd|\' /C calc\'!A0',
  'key with <blanks> & "quotes"': 'x',
  ']]>': 'x',
  '=1+1': '+1-1@x',
  '\u0000\r\n': 'x',
  __proto: '__proto__',
}

const TYPES = ['application/hal+json', 'application/json', 'application/xml', 'text/xml', 'text/csv', 'application/*', 'text/*', '*/*', 'text/html', 'image/png', 'APPLICATION/XML', 'Text/CSV', 'application/x', '*', '/', 'application/', '/xml', '*/xml', '', 'multipart/form-data']
const PARAMETERS = ['', ';q=0', ';q=1', ';q=0.5', '; q=0.001', ';q=1.5', ';q=-1', ';q=', ';q', ';q=x', ';Q=0.9', ';charset=utf-8', ';charset="a,b"', ';x="', ';;', '; q = 0.3', ';q=0.7;q=0.1', ';level=1;q=0.4', ';q=1e-1', ';q=\u00ff']
const SEPARATORS = [',', ', ', ' , ', ',,', ';', ' ', '\t,', '']

function pick<T> (random: RandomStream, values: readonly T[]): T {
  const value = values[random.below(values.length)]
  if (value === undefined) throw new RangeError('nothing to pick from')
  return value
}

function acceptHeader (random: RandomStream): string {
  let header = ''
  for (let i = random.below(6); i >= 0; i--) header += pick(random, TYPES) + pick(random, PARAMETERS) + pick(random, SEPARATORS)
  return random.below(10) === 0 ? header + String.fromCharCode(33 + random.below(94)).repeat(random.below(200)) : header
}

const xml = new XMLParser({ ignoreAttributes: false, parseTagValue: false, processEntities: true })

/** Each medium's judge: throws, or returns what is wrong. */
const JUDGES: Readonly<Record<string, (body: string, isList: boolean) => string | undefined>> = {
  'application/json; charset=utf-8': (body, isList) => {
    const json: object = JSON.parse(body)
    return ('_links' in json) || (isList ? !('items' in json) : !('data' in json)) ? 'no JSON of a task' : undefined
  },
  'application/hal+json; charset=utf-8': (body, isList) => {
    const json: object = JSON.parse(body)
    return '_links' in json && (!isList || '_embedded' in json) ? undefined : 'no HAL'
  },
  'application/xml; charset=utf-8': judgeXml,
  'text/xml; charset=utf-8': judgeXml,
  'text/csv; charset=utf-8': (body) => {
    const rows: Array<Record<string, string>> = parseCsv(body, { columns: true, record_delimiter: '\r\n' })
    const hostile = rows.find(({ _id }) => _id === TASK)
    if (hostile === undefined) return 'the task is missing'
    const data: Record<string, string> = JSON.parse(hostile['data'] ?? '')
    return data['lines'] === HOSTILE['lines'] && data['formula'] === HOSTILE['formula'] ? undefined : 'the text is another one'
  },
}

function judgeXml (body: string, isList: boolean): string | undefined {
  const verdict = XMLValidator.validate(body)
  if (verdict !== true) return verdict.err.msg
  // What XML 1.0 calls no character must not even be there as a reference; the validator doesn't look for it.
  if (/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|&#/u.test(body)) return 'a character that XML doesn\'t have'
  const document: { tasks?: object, task?: { data?: { cdata?: string } } } = xml.parse(body)
  if (isList) return document.tasks === undefined ? 'no tasks' : undefined
  return document.task?.data?.cdata === HOSTILE['cdata'] ? undefined : 'the text is another one'
}

t.test(`${HEADERS} Accept headers get well-formed answers`, { timeout: 110_000 }, async (t) => {
  const { app } = await testWorld(t)
  const created = await app.inject({ method: 'POST', url: '/_pollux/tasks', headers: { 'content-type': 'application/json' }, payload: JSON.stringify({ api: 'cognigy', id: TASK, kind: 'a]]>&<b>"\'\r\n=cmd', parameters: { ...HOSTILE, nested: [HOSTILE, null, [], {}] } }) })
  t.equal(created.statusCode, 201, created.body)
  const random = createRandomStream(1, '', 'accept headers')
  const seen = new Map<string, number>()
  const judged = new Map<string, string | undefined>()
  const flaws: string[] = []
  for (let i = 0; i < HEADERS; i++) {
    const accept = acceptHeader(random)
    const isList = random.below(2) === 0
    const reply = await app.inject({ url: isList ? '/v2.0/tasks' : `/new/v2.0/tasks/${TASK}`, headers: { 'x-api-key': 'k', accept } })
    const type = String(reply.headers['content-type'])
    seen.set(type, (seen.get(type) ?? 0) + 1)
    const judge = JUDGES[type]
    const key = `${type} ${isList} ${reply.body}`
    if (!judged.has(key)) judged.set(key, judge === undefined ? `unknown type ${type}` : judge(reply.body, isList))
    const flaw = reply.statusCode === 200 ? judged.get(key) : `status ${reply.statusCode}`
    if (flaw !== undefined) flaws.push(`${JSON.stringify(accept)}: ${type}: ${flaw}`)
    if (reply.headers['vary'] !== 'Accept') flaws.push(`${JSON.stringify(accept)}: no vary`)
  }
  t.same(flaws.slice(0, 20), [], `${flaws.length} flaws`)
  t.same([...seen.keys()].sort(), Object.keys(JUDGES).sort(), 'every medium was chosen')
  t.comment([...seen].map(([type, count]) => `${type}: ${count}`).join(', '))
})
