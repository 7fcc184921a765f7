/** Content negotiation, XML and CSV (cognigy contract, 5.2). */
import fc from 'fast-check'
import t from 'tap'
import { chooseMedium, MEDIA, type Medium } from '../../../src/apis/cognigy/negotiation.js'
import { toCsv } from '../../../src/apis/cognigy/csv.js'
import { toXml } from '../../../src/apis/cognigy/xml.js'
import { cognigyWorld, KEY, startTask } from './support.js'

const HAL = 'application/hal+json'
const JSON_TYPE = 'application/json'

const table: ReadonlyArray<readonly [accept: string | undefined, hal: Medium, json: Medium]> = [
  [undefined, HAL, JSON_TYPE],
  ['', HAL, JSON_TYPE],
  ['*/*', HAL, JSON_TYPE],
  ['application/*', HAL, JSON_TYPE],
  ['multipart/form-data', HAL, JSON_TYPE],
  ['image/png, text/html', HAL, JSON_TYPE],
  ['nonsense', HAL, JSON_TYPE],
  [',;=/,', HAL, JSON_TYPE],
  ['*/*;q=0', HAL, JSON_TYPE],
  ['application/hal+json;q=0', HAL, JSON_TYPE],
  ['application/hal+json', HAL, HAL],
  ['application/json', JSON_TYPE, JSON_TYPE],
  ['APPLICATION/JSON', JSON_TYPE, JSON_TYPE],
  ['application/json, text/plain, */*', JSON_TYPE, JSON_TYPE],
  ['application/json; charset=utf-8', JSON_TYPE, JSON_TYPE],
  ['application/json;charset="utf-8"', JSON_TYPE, JSON_TYPE],
  ['application/json; charset=utf-8; q=0.5, text/csv;q=0.4', JSON_TYPE, JSON_TYPE],
  ['application/json; q=0.4; charset=utf-8, text/csv;q=0.5', 'text/csv', 'text/csv'],
  ['text/csv ; charset=iso-8859-1', 'text/csv', 'text/csv'],
  ['application/json;x="a,text/xml"', JSON_TYPE, JSON_TYPE],
  ['application/xml', 'application/xml', 'application/xml'],
  ['text/xml', 'text/xml', 'text/xml'],
  ['text/*', 'text/xml', 'text/xml'],
  ['text/*, text/xml;q=0', 'text/csv', 'text/csv'],
  ['text/csv, text/xml', 'text/csv', 'text/csv'],
  ['text/xml, text/csv', 'text/xml', 'text/xml'],
  ['text/csv;q=0.5, text/xml;q=0.6', 'text/xml', 'text/xml'],
  ['*/*, application/json;q=0.1', HAL, HAL],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8', 'application/xml', 'application/xml'],
  ['application/hal+json;q=0, */*', JSON_TYPE, JSON_TYPE],
  ['*/*, text/csv', 'text/csv', 'text/csv'],
]

for (const [accept, hal, json] of table) {
  t.test(`Accept ${JSON.stringify(accept) ?? 'absent'} chooses ${hal}, or ${json} where JSON is the default`, async (t) => {
    for (const time of ['first', 'second']) {
      t.equal(chooseMedium(accept, 'hal'), hal, time)
      t.equal(chooseMedium(accept, 'json'), json, time)
    }
  })
}

t.test('any text at all chooses one of the five', async (t) => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.stringMatching(/^[a-z*/+;,="q0. \\-]{0,300}$/)), (accept) => MEDIA.includes(chooseMedium(accept, 'hal'))), { seed: 1, numRuns: 3000 })
  t.equal(chooseMedium(`${'a/b;c="x",'.repeat(1600)}text/csv`, 'hal'), 'text/csv')
})

t.test('the option default-media decides what a request without Accept gets, on single tasks and on lists', async (t) => {
  for (const [option, medium] of [['hal', HAL], ['json', JSON_TYPE]] as const) {
    const { app } = await cognigyWorld(t, { 'default-media': option })
    for (const url of ['/v2.0/tasks', '/v2.0/tasks/111111111111111111111111']) {
      t.equal((await app.inject({ url, headers: KEY })).headers['content-type'], `${medium}; charset=utf-8`)
    }
  }
})

t.test('lists exist in all media', async (t) => {
  const { app } = await cognigyWorld(t)
  const url = '/new/v2.0/tasks?limit=1&status=cancelled&status[]=error'
  const task = '"name":"restoreSnapshot","data":{"snapshotId":"61f255d0055c2f43c249a19a"},"status":"cancelled","currentStep":25,"totalStep":100,"failReason":"","lastRunAt":"2026-11-22T12:00:00.000Z","lastFinishedAt":"2026-11-22T12:00:00.000Z","_id":"555555555555555555555555","createdAt":1795348800,"lastChanged":1795348800,"createdBy":"5f8f0c1e2a6b4d0012ab34cd","lastChangedBy":"5f8f0c1e2a6b4d0012ab34cd"'
  const xmlTask = '<name>restoreSnapshot</name><data><snapshotId>61f255d0055c2f43c249a19a</snapshotId></data><status>cancelled</status><currentStep>25</currentStep><totalStep>100</totalStep><failReason/><lastRunAt>2026-11-22T12:00:00.000Z</lastRunAt><lastFinishedAt>2026-11-22T12:00:00.000Z</lastFinishedAt><_id>555555555555555555555555</_id><createdAt>1795348800</createdAt><lastChanged>1795348800</lastChanged><createdBy>5f8f0c1e2a6b4d0012ab34cd</createdBy><lastChangedBy>5f8f0c1e2a6b4d0012ab34cd</lastChangedBy>'
  const xml = `<?xml version="1.0" encoding="UTF-8"?><tasks><items><item>${xmlTask}</item></items><total>1</total><nextCursor/><previousCursor/></tasks>`
  for (const [accept, body] of [
    [JSON_TYPE, `{"items":[{${task}}],"total":1,"nextCursor":null,"previousCursor":null}`],
    [HAL, `{"_embedded":{"tasks":[{${task},"taskId":"555555555555555555555555","_links":{"self":{"href":"/v2.0/tasks/555555555555555555555555"}}}]},"_links":{"self":{"href":"/v2.0/tasks?limit=1&status=cancelled&status[]=error"}},"total":1}`],
    ['application/xml', xml],
    ['text/xml', xml],
    ['text/csv', 'name,data,status,currentStep,totalStep,failReason,lastRunAt,lastFinishedAt,_id,createdAt,lastChanged,createdBy,lastChangedBy\r\nrestoreSnapshot,"{""snapshotId"":""61f255d0055c2f43c249a19a""}",cancelled,25,100,,2026-11-22T12:00:00.000Z,2026-11-22T12:00:00.000Z,555555555555555555555555,1795348800,1795348800,5f8f0c1e2a6b4d0012ab34cd,5f8f0c1e2a6b4d0012ab34cd\r\n'],
  ] as const) {
    const reply = await app.inject({ url, headers: { ...KEY, accept } })
    t.equal(reply.headers['content-type'], `${accept}; charset=utf-8`)
    t.equal(reply.headers['vary'], 'Accept')
    t.equal(reply.body, body)
  }
})

t.test('an empty list in all media', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const [accept, body] of [
    [JSON_TYPE, '{"items":[],"total":0,"nextCursor":null,"previousCursor":null}'],
    [HAL, '{"_embedded":{"tasks":[]},"_links":{"self":{"href":"/v2.0/tasks?filter=zzz"}},"total":0}'],
    ['application/xml', '<?xml version="1.0" encoding="UTF-8"?><tasks><items/><total>0</total><nextCursor/><previousCursor/></tasks>'],
    ['text/csv', 'name,data,status,currentStep,totalStep,failReason,lastRunAt,lastFinishedAt,_id,createdAt,lastChanged,createdBy,lastChangedBy\r\n'],
  ] as const) {
    t.equal((await app.inject({ url: '/v2.0/tasks?filter=zzz', headers: { ...KEY, accept } })).body, body)
  }
})

t.test('errors are JSON, whatever is asked for', async (t) => {
  const { app } = await cognigyWorld(t)
  for (const accept of MEDIA) {
    const reply = await app.inject({ url: '/v2.0/tasks/aaaaaaaaaaaaaaaaaaaaaaaa', headers: { ...KEY, accept } })
    t.equal(reply.headers['content-type'], 'application/json; charset=utf-8')
    t.equal(reply.json().code, 1002)
  }
})

t.test('a task is rendered anew in each medium when it changes', async (t) => {
  const world = await cognigyWorld(t)
  for (const accept of MEDIA) {
    const id = startTask(world, { script: { steps: [{ at: 0, state: 'running' }, { at: '1s', state: 'succeeded' }] } })
    const body = async (): Promise<string> => (await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: { ...KEY, accept } })).body
    t.match(await body(), /active/)
    await world.sandbox.clock.advance(1000)
    t.match(await body(), /done/)
  }
})

const PROLOG = '<?xml version="1.0" encoding="UTF-8"?>'

t.test('XML: null and empty texts are empty elements, lists repeat item, what is no name becomes entry', async (t) => {
  t.equal(
    toXml('task', { a: null, b: '', c: {}, d: [], e: [1, [], [true, null], { f: 'x' }], '1st': 'x', 'a b': {}, 'x:y': 0, '': 'z', '#text': 't', ':@': { '@_q': 'v' }, '?xml': 'pi' }),
    `${PROLOG}<task><a/><b/><c/><d/><e><item>1</item><item/><item><item>true</item><item/></item><item><f>x</f></item></e><entry key="1st">x</entry><entry key="a b"/><entry key="x:y">0</entry><entry key="">z</entry><entry key="#text">t</entry><entry key=":@"><entry key="@_q">v</entry></entry><entry key="?xml">pi</entry></task>`
  )
})

t.test('XML: names of JavaScript\'s own objects are names like others', async (t) => {
  t.equal(toXml('task', JSON.parse('{"__proto__":{"x":1},"constructor":"c","toString":true}')), `${PROLOG}<task><__proto__><x>1</x></__proto__><constructor>c</constructor><toString>true</toString></task>`)
})

t.test('XML: markup is escaped once, in texts and in keys; the apostrophe is none', async (t) => {
  t.equal(toXml('t', { a: ']]> & &amp; <b> "q" \'s\'', '<&">': 1 }), `${PROLOG}<t><a>]]&gt; &amp; &amp;amp; &lt;b&gt; &quot;q&quot; 's'</a><entry key="&lt;&amp;&quot;&gt;">1</entry></t>`)
})

t.test('XML: what XML 1.0 forbids is dropped, lone surrogates too; whole characters stay', async (t) => {
  t.equal(toXml('t', { a: '\u0000x\u0008\u000b\u001f\ufffe\uffff\ud800y\udc00\ud83d\ude00\t\n', b: '\u0001', '\u0002k': 1 }), `${PROLOG}<t><a>xy\u{1f600}\t\n</a><b/><entry key="k">1</entry></t>`)
})

t.test('CSV: fields with commas, quotes, line ends are quoted, quotes doubled, nothing else is touched', async (t) => {
  t.equal(
    toCsv(['a', 'b'], [{ a: 'x,y', b: 'say "hi"' }, { a: 'l1\nl2', b: 'c\rr' }, { a: null, b: '' }, { a: '=cmd|x', b: ' sp ' }, { a: true, b: -1.5 }, { a: { k: [1, 'ü'] }, b: [] }]),
    'a,b\r\n"x,y","say ""hi"""\r\n"l1\nl2","c\rr"\r\n,\r\n=cmd|x, sp \r\ntrue,-1.5\r\n"{""k"":[1,""ü""]}",[]\r\n'
  )
})

t.test('hostile texts arrive whole in every medium over the wire', async (t) => {
  const world = await cognigyWorld(t)
  const hostile = ']]>&<x/>"\',;\r\n=cmd \u{1f600}'
  const id = startTask(world, { kind: 'a"<b>', parameters: { hostile } })
  const get = async (accept: string): Promise<string> => (await world.app.inject({ url: `/v2.0/tasks/${id}`, headers: { ...KEY, accept } })).body
  t.equal(JSON.parse(await get(JSON_TYPE)).data.hostile, hostile)
  t.match(await get('text/xml'), '<name>a&quot;&lt;b&gt;</name><data><hostile>]]&gt;&amp;&lt;x/&gt;&quot;\',;\r\n=cmd \u{1f600}</hostile></data>')
  t.match(await get('text/csv'), '\r\n"a""<b>","{""hostile"":""]]>&<x/>\\""\',;\\r\\n=cmd \u{1f600}""}",active,')
})
