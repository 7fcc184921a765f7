/** A bare Fastify with one route: the unit of start-up. */
import Fastify from 'fastify'

const app = Fastify()
app.get('/', (_request, reply) => { reply.send({ hello: 'world' }) })
const url = await app.listen({ port: 0, host: '127.0.0.1' })
console.log(JSON.stringify({ url }))
