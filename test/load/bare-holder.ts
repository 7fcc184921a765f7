/** Bare `node:http` that holds every request until it is told to answer them all: the unit of held polls. */
import { createServer, type ServerResponse } from 'node:http'
import { announce, readReply } from './bare.js'

const { status, headers, body } = readReply()
let held: ServerResponse[] = []

const server = createServer((request, response) => {
  if (request.url === '/held') {
    response.end(String(held.length))
  } else if (request.url === '/release') {
    const released = held
    held = []
    for (const one of released) {
      one.writeHead(status, headers)
      one.end(body)
    }
    response.end()
  } else {
    held.push(response)
  }
})
announce(server)
