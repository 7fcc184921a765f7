import { Value } from '@sinclair/typebox/value'
import t from 'tap'
import { cloudcoin } from '../../../src/apis/cloudcoin/index.js'
import { ErrorReply, ProbeReply, TaskReply } from '../../../src/apis/cloudcoin/schemas.js'
import { generateDocument } from '../../../src/openapi.js'
import { cloudcoinWorld, poll } from './wire.js'

t.test('the document lists what is served', async (t) => {
  const { paths, servers } = JSON.parse(await generateDocument(cloudcoin))
  t.strictSame(Object.fromEntries(Object.entries(paths).map(([path, methods]) => [path, Object.entries(methods as object).map(([method, { operationId }]) => `${method} ${operationId}`)])), {
    '/': ['get probe'],
    '/api/v1/task/{id}': ['get getTask'],
    '/api/v1/tasks/{id}': ['get getTaskByPluralPath'],
  })
  t.strictSame(servers.map(({ url }: { url: string }) => url), ['http://127.0.0.1:8004'])
})

t.test('every example of the document has the shape of its schema', async (t) => {
  const { paths } = JSON.parse(await generateDocument(cloudcoin))
  const examples = Object.entries(paths['/api/v1/task/{id}'].get.responses['200'].content['application/json'].examples)
  t.equal(examples.length, 6)
  for (const [name, { value }] of examples as Array<[string, { value: unknown }]>) t.ok(Value.Check(TaskReply, value) || Value.Check(ErrorReply, value), name)
  t.ok(Value.Check(ProbeReply, paths['/'].get.responses['200'].content['application/json'].examples.alive.value))
})

t.test('what is served has the shape that the document says, in both profiles', async (t) => {
  for (const profile of ['documented', 'recorded'] as const) {
    const world = await cloudcoinWorld(t, profile)
    const ids = ['success', 'failure', 'queued', 'cancelled', 'never-finishes'].flatMap((scenario) => cloudcoin.kinds.map((kind) => world.sandbox.startTask({ api: 'cloudcoin', kind, scenario }).task.id))
    for (const ms of [0, 500, 1500, 4000]) {
      await world.sandbox.clock.advance(ms)
      for (const id of ids) t.ok(Value.Check(TaskReply, JSON.parse(await poll(world, id))), `${profile} ${id} after ${ms} ms`)
    }
    t.ok(Value.Check(ErrorReply, JSON.parse(await poll(world, 'x'))))
    t.notOk(Value.Check(TaskReply, JSON.parse(await poll(world, 'x'))))
  }
})
