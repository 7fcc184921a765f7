/** Credentials are taken out of all that is told. */
import t from 'tap'
import { isSecretName, redactHeader, redactQuery, redactText } from '../../src/journal/redaction.js'

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
