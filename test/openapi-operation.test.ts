/** How a route's schema becomes an operation of a document. */
import { Type } from '@sinclair/typebox'
import t from 'tap'
import { documentPathOf, operationOf } from '../src/openapi-operation.js'

const NO_CREDENTIALS = { query: new Set<string>(), header: new Set<string>(), path: new Set<string>() }

t.test('parameters say where they stand, whether they are needed, and what they are for', async (t) => {
  const querystring = Type.Object({ limit: Type.Integer({ minimum: 1, description: 'How many' }), next: Type.Optional(Type.String({ examples: ['abc'] })) })
  t.strictSame(JSON.parse(JSON.stringify(operationOf({ querystring, params: Type.Object({ id: Type.String() }) }, '/tasks/{id}', NO_CREDENTIALS)['parameters'])), [
    { schema: { minimum: 1, type: 'integer' }, in: 'query', name: 'limit', required: true, description: 'How many' },
    { schema: { type: 'string' }, example: 'abc', in: 'query', name: 'next', required: false },
    { schema: { type: 'string' }, in: 'path', name: 'id', required: true },
  ])
})

t.test('what stands in the path is a parameter, though no schema says so', async (t) => {
  t.strictSame(operationOf({}, '/a/{x}', NO_CREDENTIALS)['parameters'], [{ schema: { type: 'string' }, in: 'path', name: 'x', required: true }])
  t.equal(operationOf({}, '/a', NO_CREDENTIALS)['parameters'], undefined)
})

t.test('a credential is a security scheme, not a parameter', async (t) => {
  const schema = { headers: Type.Object({ authorization: Type.String(), other: Type.String() }), querystring: Type.Object({ api_key: Type.String() }), security: [{ Bearer: [] }] }
  t.match(operationOf(schema, '/', { query: new Set(['api_key']), header: new Set(['authorization']), path: new Set() }), { parameters: [{ in: 'header', name: 'other' }], security: [{ Bearer: [] }] })
})

t.test('a body is JSON unless the route takes another type, and its examples stand beside its schema', async (t) => {
  const body = Type.Object({ a: Type.Literal('x') }, { examples: [{ a: 'x' }, { a: 'y' }], description: 'What is sent' })
  const media = { schema: { type: 'object', required: ['a'], description: 'What is sent', properties: { a: { type: 'string', enum: ['x'] } } }, examples: { example1: { value: { a: 'x' } }, example2: { value: { a: 'y' } } } }
  const bodyOf = (schema: object): unknown => JSON.parse(JSON.stringify(operationOf({ ...schema }, '/', NO_CREDENTIALS)['requestBody']))
  t.strictSame(bodyOf({ body }), { required: true, content: { 'application/json': media }, description: 'What is sent' })
  t.match(bodyOf({ body, consumes: ['text/plain'] }), { content: { 'text/plain': media } })
  t.strictSame(bodyOf({ body: { content: { 'application/zip': { schema: Type.String() } } } }), { required: true, content: { 'application/zip': { schema: { type: 'string' } } } })
})

t.test('a reply has headers, a body of its own types or none; classes of status are written in capitals', async (t) => {
  const response = {
    200: { description: 'Fine', headers: { ETag: { type: 'string', description: 'Which' } }, content: { 'text/csv': { schema: Type.String() } } },
    204: Type.Null({ description: 'Gone' }),
    '4xx': Type.Record(Type.String(), Type.Integer(), { description: 'Refused' }),
  }
  t.strictSame(JSON.parse(JSON.stringify(operationOf({ response }, '/', NO_CREDENTIALS)['responses'])), {
    200: { description: 'Fine', headers: { ETag: { schema: { type: 'string' }, description: 'Which' } }, content: { 'text/csv': { schema: { type: 'string' } } } },
    204: { description: 'Gone' },
    '4XX': { description: 'Refused', content: { 'application/json': { schema: { description: 'Refused', type: 'object', additionalProperties: { type: 'integer' } } } } },
  })
})

t.test('a call is described in the vendor\'s words, or by how near the emulation comes', async (t) => {
  t.equal(operationOf({ description: 'Get a task.', 'x-emulated': 'fully' }, '/', NO_CREDENTIALS)['description'], 'Get a task.')
  t.equal(operationOf({ 'x-emulated': 'fully' }, '/', NO_CREDENTIALS)['description'], 'As the vendor\'s service answers.')
  t.equal(operationOf({ 'x-emulated': 'partly: nothing is sent' }, '/', NO_CREDENTIALS)['description'], 'As the vendor\'s service answers, but: nothing is sent.')
  t.equal(operationOf({}, '/', NO_CREDENTIALS)['description'], undefined)
})

t.test('extensions are kept, and paths are written in braces', async (t) => {
  t.match(operationOf({ operationId: 'a', 'x-emulated': 'fully' }, '/', NO_CREDENTIALS), { operationId: 'a', 'x-emulated': 'fully' })
  t.equal(documentPathOf('/a/:id/b/:other_id'), '/a/{id}/b/{other_id}')
  t.equal(documentPathOf('/files/*'), '/files/{*}')
})
