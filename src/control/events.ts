/**
 * `GET /events`: what happens in the sandbox, as server-sent events.
 */
import { Type } from '@sinclair/typebox'
import type { FastifyPluginCallbackTypebox } from '@fastify/type-provider-typebox'
import { OWN_HEADERS } from '../own-headers.js'
import type { ControlContext } from './context.js'
import { badRequest } from './problems.js'

/** A client that lets so much lie unread is dropped. */
const MOST_UNREAD_BYTES = 1_048_576

export const eventRoutes: FastifyPluginCallbackTypebox<{ readonly context: ControlContext }> = (app, _options, done) => {
  app.get('/events', {
    schema: {
      operationId: 'streamEvents',
      tags: ['Journal'],
      summary: 'What happens, as it happens',
      description: 'Events `task` (created, changed, gone), `request` (a journal entry), `fault`, `clock` and `sandbox`, each with JSON as its data. A sandbox records nothing before the first subscriber; from then on the latest 1000 events are kept for clients that come back with `Last-Event-ID`. The default sandbox also tells of the making and deleting of all others. A client that leaves more than 1 MiB unread is dropped.',
      headers: Type.Object({ 'last-event-id': Type.Optional(Type.String({ description: 'Begin behind this event' })) }),
      response: { 200: { description: 'Server-sent events, until the client leaves or the sandbox closes', content: { 'text/event-stream': { schema: Type.String() } } } },
    },
  }, (request, reply) => {
    const { sandbox, headers } = request
    const after = headers['last-event-id']
    if (after !== undefined && !/^\d{1,15}$/.test(after)) throw badRequest('Last-Event-ID', `expected the id of an event, a whole number, got ${JSON.stringify(after)}`)
    reply.hijack()
    const { raw } = reply
    raw.writeHead(200, { ...OWN_HEADERS, 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' })
    // Tells the client that it is subscribed.
    raw.write(`: events of the sandbox ${sandbox.name}\n\n`)
    const end = (): void => { raw.end() }
    const unsubscribe = sandbox.events.subscribe(after === undefined ? undefined : Number(after), (text) => {
      raw.write(text)
      if (raw.writableLength > MOST_UNREAD_BYTES) {
        unsubscribe()
        raw.destroy()
      }
    })
    raw.once('close', () => {
      unsubscribe()
      sandbox.drained.removeEventListener('abort', end)
    })
    sandbox.drained.addEventListener('abort', end, { once: true })
    if (sandbox.isDraining) end()
  })
  done()
}
