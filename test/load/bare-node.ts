/** Bare `node:http` that answers everything with the reply that its environment holds: the unit of most ratios. */
import { createServer } from 'node:http'
import { announce, readReply } from './bare.js'

const { status, headers, body } = readReply()
const server = createServer((_request, response) => {
  response.writeHead(status, headers)
  response.end(body)
})
announce(server)
