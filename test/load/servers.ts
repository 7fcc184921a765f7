/** Servers under load, each a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { resolve } from 'node:path'

export interface RunningServer {
  readonly url: string
  stop (): Promise<void>
}

/** npm runs scripts in the package's directory. */
const CLI = resolve('dist/cli.js')

/** The built command line on a free port. */
export function startPollux (...args: string[]): Promise<RunningServer> {
  return start(spawn(process.execPath, [CLI, '--port', '0', ...args], { stdio: ['ignore', 'pipe', 'inherit'] }))
}

export interface FixedReply {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Bare `node:http` that answers everything with this reply: the unit of every ratio. */
export function startBareNode (reply: FixedReply): Promise<RunningServer> {
  const program = `
    const { headers, body } = JSON.parse(process.env.REPLY)
    const server = require('node:http').createServer((request, response) => { response.writeHead(200, headers); response.end(body) })
    server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ url: 'http://127.0.0.1:' + server.address().port })))`
  return start(spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, REPLY: JSON.stringify(reply) } }))
}

/** A bare Fastify with one route: the unit of start-up. */
export function startBareFastify (): Promise<RunningServer> {
  const program = `
    const app = require('fastify')()
    app.get('/', (request, reply) => { reply.send({ hello: 'world' }) })
    app.listen({ port: 0, host: '127.0.0.1' }).then((url) => console.log(JSON.stringify({ url })))`
  return start(spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] }))
}

/** Waits for the line that names the URL. */
async function start (child: ChildProcess): Promise<RunningServer> {
  if (child.stdout === null) throw new Error('the child has no standard output')
  for await (const line of createInterface(child.stdout)) {
    const { url } = JSON.parse(line) as { url?: string }
    if (url === undefined) continue
    child.stdout.resume()
    return {
      url,
      async stop () {
        const exited = once(child, 'exit')
        child.kill('SIGTERM')
        await exited
      },
    }
  }
  throw new Error('the server ended before it was ready')
}
