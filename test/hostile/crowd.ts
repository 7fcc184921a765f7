/** The built server as a child process, and crowds of clients on bare sockets. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { CLI } from '../clients/cli.js'

export const POLL = request('/__api__/v1/tasks/PolluxNeverEnds0?wait=20')
export const HEALTH = request('/_pollux/health')

/** True: the long forms, for a machine that has an hour. */
export const IS_SOAK = process.env['POLLUX_SOAK'] === '1'

export interface Server {
  readonly url: string
  readonly pid: number
  /** What it logged, each line parsed. */
  readonly log: ReadonlyArray<Readonly<Record<string, unknown>>>
  readonly stderr: () => string
  kill (signal: NodeJS.Signals): void
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>
  descriptors (): number
  /** Processor time so far, ms. */
  processorMs (): number
  ask (path: string, init?: { readonly method?: string, readonly json?: unknown }): Promise<Reply>
  counts (): Promise<Counts>
}

export interface Reply {
  readonly status: number
  /** Parsed JSON; undefined for another body. */
  readonly body: unknown
}

export interface Counts {
  readonly heldPolls: number
  readonly connections: number
}

export interface StartOptions {
  readonly args?: readonly string[]
  readonly nodeArgs?: readonly string[]
  /** Soft and hard limit of descriptors. */
  readonly descriptors?: number
  readonly port?: number
}

/** Starts a process without waiting; it ends with the test. */
export function spawnServer (t: Test, { args = [], nodeArgs = [], descriptors, port = 0 }: StartOptions = {}) {
  const argv = [...nodeArgs, CLI, '--port', String(port), ...args]
  const child = descriptors === undefined
    ? spawn(process.execPath, argv)
    : spawn('/bin/sh', ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...argv])
  const ended = once(child, 'close').then(([code, signal]: Array<number | NodeJS.Signals | null>) => code ?? signal ?? 0)
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  return { child, ended }
}

/** Starts a server and waits until it is ready. */
export async function startServer (t: Test, options: StartOptions = {}): Promise<Server> {
  const { child, ended } = spawnServer(t, options)
  const log: Array<Readonly<Record<string, unknown>>> = []
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const url = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      const entry: Readonly<Record<string, unknown>> = JSON.parse(line)
      log.push(entry)
      if (entry['msg'] === 'ready') resolve(String(entry['url']))
    })
    ended.then((how) => { reject(new Error(`ended before it was ready with ${how}: ${stderr}`)) }, reject)
  })
  const pid = child.pid ?? 0

  async function ask (path: string, { method = 'GET', json }: { readonly method?: string, readonly json?: unknown } = {}): Promise<Reply> {
    const response = await fetch(url + path, { method, headers: { connection: 'close', authorization: 'Key k', ...(json === undefined ? {} : { 'content-type': 'application/json' }) }, ...(json === undefined ? {} : { body: JSON.stringify(json) }) })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : undefined }
  }

  return {
    url,
    pid,
    log,
    stderr: () => stderr,
    kill: (signal) => { child.kill(signal) },
    ended,
    descriptors: () => readdirSync(`/proc/${pid}/fd`).length,
    processorMs: () => {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ')
      // Fields 14 and 15 of the whole line, in hundredths of a second.
      return (Number(fields[11]) + Number(fields[12])) * 10
    },
    ask,
    counts: async () => {
      const { body } = await ask('/_pollux/health?verbose=true')
      return (body as { counts: Counts }).counts // as the control plane's document has it
    },
  }
}

/** Waits until the server's counts are as wanted; the one connection that asks is left out. */
export async function until (server: Server, isReached: (counts: Counts) => boolean): Promise<void> {
  for (;;) {
    const { heldPolls, connections } = await server.counts()
    if (isReached({ heldPolls, connections: connections - 1 })) return
  }
}

/** The text of a GET request. */
export function request (path: string): string {
  return `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: Key k\r\n\r\n`
}

/** One client on a bare socket. */
export class Client {
  readonly socket: Socket
  /** Complete replies, head and body. */
  readonly replies: string[] = []
  /** Resolves when the connection is gone, however. */
  readonly gone: Promise<void>
  #unread = ''
  #onReply: (() => void) | undefined

  constructor (url: string, sent: string) {
    const { hostname, port } = new URL(url)
    this.socket = connect(Number(port), hostname)
    this.socket.on('error', () => {})
    this.gone = new Promise((resolve) => { this.socket.once('close', () => { resolve() }) })
    this.socket.on('data', (chunk: Buffer) => { this.#read(chunk.toString('latin1')) })
    if (sent !== '') this.socket.write(sent)
  }

  /** Sends, and resolves with the next reply; undefined when the connection went first. */
  async exchange (sent: string): Promise<string | undefined> {
    this.socket.write(sent)
    return this.reply(this.replies.length)
  }

  /** The reply of that number, from 0; undefined when the connection went first. */
  async reply (index = 0): Promise<string | undefined> {
    while (this.replies.length <= index && !this.socket.destroyed) {
      await Promise.race([this.gone, new Promise<void>((resolve) => { this.#onReply = resolve })])
    }
    return this.replies[index]
  }

  #read (text: string): void {
    this.#unread += text
    for (;;) {
      const headEnd = this.#unread.indexOf('\r\n\r\n')
      const length = Number(/^content-length: (\d+)\r$/im.exec(this.#unread.slice(0, headEnd + 1))?.[1])
      const end = headEnd + 4 + length
      if (headEnd < 0 || Number.isNaN(length) || this.#unread.length < end) return
      this.replies.push(this.#unread.slice(0, end))
      this.#unread = this.#unread.slice(end)
      this.#onReply?.()
    }
  }
}

/** So many clients that all send this; they leave with the test. */
export function crowd (t: Test, url: string, count: number, sent: string): Client[] {
  const clients = Array.from({ length: count }, () => new Client(url, sent))
  t.teardown(() => { for (const { socket } of clients) socket.destroy() })
  return clients
}

/** Tells how many milliseconds it took. Whether that is too much is judged in the long form alone: a machine that others share says nothing of it. */
export async function timed (t: Test, what: string, run: () => Promise<void>, mostMs = Infinity): Promise<void> {
  const startedAt = performance.now()
  await run()
  const took = Math.round(performance.now() - startedAt)
  t.comment(`${what}: ${took} ms`)
  if (IS_SOAK && mostMs !== Infinity) t.ok(took <= mostMs, `${what}: ${took} ms, and ${mostMs} are as many as may be`)
}
