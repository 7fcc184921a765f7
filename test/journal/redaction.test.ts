/** Credentials are taken out of all that is told. */
import t from 'tap'
import { isSecretName, redactHeader, redactPath, redactQuery, redactText } from '../../src/journal/redaction.js'

t.test('names of credentials are known, others left alone', async (t) => {
  for (const name of ['api_key', 'apikey', 'api-key', 'X-API-Key', 'key', 'token', 'access_token', 'accessToken', 'client_secret', 'password', 'Authorization', 'x-auth-token', 'private_key']) t.ok(isSecretName(name), name)
  for (const name of ['limit', 'iterator', 'idempotency-key', 'monkey', 'tokens_used', 'first', 'taskId']) t.notOk(isSecretName(name), name)
})

t.test('headers', async (t) => {
  t.equal(redactHeader('set-cookie', 'a=b; Path=/'), '***')
  t.equal(redactHeader('proxy-authorization', 'Basic x'), '***')
  t.equal(redactHeader('location', '/x?token=abc&y=1'), '/x?token=***&y=1')
  t.equal(redactHeader('accept', 'text/html;q=0.5'), 'text/html;q=0.5')
})

t.test('queries, however the name is written', async (t) => {
  t.equal(redactQuery('a=1&api%5Fkey=x&token=&b'), 'a=1&api%5Fkey=***&token=***&b')
  t.equal(redactQuery('%E0%A4%A=1'), '%E0%A4%A=1')
})

t.test('texts: URLs, forms, JSON, and JSON that was cut off', async (t) => {
  t.equal(redactText('{"next":"/v2.0/tasks?api_key=abc&next=1"}'), '{"next":"/v2.0/tasks?api_key=***&next=1"}')
  t.equal(redactText('grant_type=password&password=abc&x=1'), 'grant_type=password&password=***&x=1')
  t.equal(redactText('{"token": "a\\"b", "data":"c"}'), '{"token": "***", "data":"c"}')
  t.equal(redactText('{"data":"c","token":"ab'), '{"data":"c","token":"***')
  t.equal(redactText('{"token":"ab\\'), '{"token":"***')
})

t.test('paths, and ids that stand in them', async (t) => {
  t.equal(redactPath('/api/v1/app/testsk_abc-1.eu/x'), '/api/v1/app/testsk_***/x')
  t.equal(redactPath('/a/whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), '/a/whsec_***')
  t.equal(redactPath('/a/desk_1/task_sk/qtask_33qen93MNuelBAq1T9G7eHLJRsF'), '/a/desk_1/task_sk/qtask_33qen93MNuelBAq1T9G7eHLJRsF')
  t.equal(redactPath('/a/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln'), '/a/***')
})

t.test('credentials of other makes', async (t) => {
  for (const name of ['x-rsc-authorization', 'X-Auth-Signature', 'x-amz-signature', 'X-Amz-Security-Token', 'tokens', 'api_keys', 'passwordHash', 'passphrase', 'pwd']) t.ok(isSecretName(name), name)
  for (const name of ['public_key', 'keyphrases', 'authority', 'tokenizer']) t.notOk(isSecretName(name), name)
  t.equal(redactHeader('x-note', 'Authorization: Bearer abcdef'), 'Authorization: Bearer ***')
  t.equal(redactQuery('url=https%3A%2F%2Fada%3Apw%40git.example.com&a=https%3A%2F%2Fgit.example.com&sk_abc'), 'url=***&a=https%3A%2F%2Fgit.example.com&sk_***')
  t.equal(redactText('clone https://ada:pw@git.example.com/x and mail ada@example.com'), 'clone https://***@git.example.com/x and mail ada@example.com')
})

t.test('texts: members of any form, elements of XML, parts of forms', async (t) => {
  t.equal(redactText('{"tokens":["a","b]"],"x":1}'), '{"tokens":"***","x":1}')
  t.equal(redactText('{"secret":{"a":{"b":"}"}},"password":12,"y":[{"apiKey":"k"}]}'), '{"secret":"***","password":"***","y":[{"apiKey":"***"}]}')
  t.equal(redactText('{"token":null,"secret":"","password":true,"z":0}'), '{"token":null,"secret":"","password":true,"z":0}')
  t.equal(redactText('{"secrets":["a","b'), '{"secrets":"***"', 'what breaks off within is gone too')
  t.equal(redactText('<a><password>abc</password><name>n</name></a>'), '<a><password>***</password><name>n</name></a>')
  t.equal(redactText('--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nabc\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ndata'), '--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n***\r\n--b\r\nContent-Disposition: form-data; name="file"\r\n\r\ndata')
  const long = `${'"token":['.repeat(20_000)}${'name="a"\r\n'.repeat(20_000)}${'://'.repeat(20_000)}`
  t.ok(redactText(long).length < long.length, 'and what is long and hostile takes no longer than it is')
})

t.test('JSON that stands in a text of JSON, however deep', async (t) => {
  let sent: unknown = { a: 1, password: 'a "quoted" \\ and \\" one\\', list: [{ token: 12, keep: 'x' }], secret: { b: ['c, d'] }, passphrase: '', note: 'n' }
  let told: unknown = { a: 1, password: '***', list: [{ token: '***', keep: 'x' }], secret: '***', passphrase: '', note: 'n' }
  for (let depth = 0; depth <= 4; depth++) {
    t.equal(redactText(JSON.stringify(sent)), JSON.stringify(told), `${depth} deep`)
    sent = { event: JSON.stringify(sent), after: true }
    told = { event: JSON.stringify(told), after: true }
  }
  t.equal(redactText('{"body":"{\\"token\\":\\"abc'), '{"body":"{\\"token\\":\\"***', 'what breaks off')
  t.equal(redactText('{"body":"{\\"token\\":12"}'), '{"body":"{\\"token\\":\\"***\\""}', 'what its text ends')
  t.equal(redactText('{"body":"password=abc&x=1","other":"x=1&token=abc"}'), '{"body":"password=***&x=1","other":"x=1&token=***"}', 'a form in a text')
  const hostile = '"token":'.repeat(20_000) + '\\'.repeat(500_000) + '":'.repeat(20_000) + '\\":\\"'.repeat(20_000)
  t.ok(redactText(hostile).length <= hostile.length, 'and what is long and hostile takes no longer than it is')
})

t.test('what proves who owns a coin', async (t) => {
  t.equal(redactText(JSON.stringify({ coins: [{ sn: 7, ans: ['0123456789abcdef0123456789abcdef'], pans: ['fedcba9876543210fedcba9876543210'] }] })), '{"coins":[{"sn":7,"ans":"***","pans":"***"}]}')
})
