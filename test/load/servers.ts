/** Servers under load, each a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { REPLY_VARIABLE, type FixedReply } from './bare.js'
import type { Ask, Reading } from './probe.js'

export interface RunningServer {
  readonly url: string
  /** What its process uses. */
  read (ask?: Partial<Omit<Ask, 'id'>>): Promise<Reading>
  /** Its resident memory as the system counts it, without asking the process; NaN where there is no /proc. */
  residentBytes (): number
  stop (): Promise<void>
}

export interface StartOptions {
  /** Default: true. Without it there is no `read`. */
  readonly hasProbe?: boolean
}

/** npm runs scripts in the package's directory. */
const CLI = resolve('dist/cli.js')
const READY_WITHIN_MS = 30_000
const READ_WITHIN_MS = 60_000
const STOP_WITHIN_MS = 10_000

/** A program of the suite, built beside this one. */
function built (name: string): string {
  return fileURLToPath(new URL(`${name}.mjs`, import.meta.url))
}

/** Starts servers and keeps track of them, so that none outlives its question. */
export class Servers {
  readonly #children = new Set<ChildProcess>()
  readonly #core: number | undefined

  /** `core`: where they run; undefined: wherever the system lets them. */
  constructor (core: number | undefined) {
    this.#core = core
  }

  /** The built command line on a free port. */
  pollux (args: readonly string[] = [], options: StartOptions = {}): Promise<RunningServer> {
    return this.#start([CLI, '--port', '0', ...args], {}, options)
  }

  bareNode (reply: FixedReply, options: StartOptions = {}): Promise<RunningServer> {
    return this.#start([built('bare-node')], { [REPLY_VARIABLE]: JSON.stringify(reply) }, options)
  }

  bareHolder (reply: FixedReply): Promise<RunningServer> {
    return this.#start([built('bare-holder')], { [REPLY_VARIABLE]: JSON.stringify(reply) }, {})
  }

  bareFastify (options: StartOptions = {}): Promise<RunningServer> {
    return this.#start([built('bare-fastify')], {}, options)
  }

  async stop (): Promise<void> {
    await Promise.all([...this.#children].map(stopChild))
  }

  /** At once, for a process that ends itself. */
  kill (): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }

  async #start (program: readonly string[], env: Readonly<Record<string, string>>, { hasProbe = true }: StartOptions): Promise<RunningServer> {
    const node = [process.execPath, ...(hasProbe ? ['--expose-gc', '--import', built('probe')] : []), ...program]
    const [command = '', ...args] = this.#core === undefined ? node : ['taskset', '-c', String(this.#core), ...node]
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'], env: { ...process.env, ...env } })
    this.#children.add(child)
    child.once('exit', () => { this.#children.delete(child) })
    // Readings that are under way, of which there may be several.
    child.setMaxListeners(0)
    const url = await within(READY_WITHIN_MS, 'the server was not ready', urlOf(child))
    return {
      url,
      read: (ask = {}) => within(READ_WITHIN_MS, 'the server did not tell what it uses', read(child, { collect: false, watch: false, ...ask })),
      residentBytes: () => residentBytesOf(child.pid),
      stop: () => stopChild(child),
    }
  }
}

/** Waits for the line that names the URL. */
function urlOf (child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => { reject(new Error(`the server ended with ${String(code)} before it was ready`)) })
    if (child.stdout === null) return reject(new Error('the server has no standard output'))
    createInterface(child.stdout).on('line', (line) => {
      const { url } = JSON.parse(line) as { url?: string } // what our own servers print
      if (url !== undefined) resolve(url)
    })
  })
}

let asked = 0

function read (child: ChildProcess, ask: Omit<Ask, 'id'>): Promise<Reading> {
  const id = ++asked
  return new Promise((resolve, reject) => {
    const onMessage = (reading: unknown): void => {
      if (typeof reading !== 'object' || reading === null || !('id' in reading) || reading.id !== id) return
      child.off('message', onMessage)
      child.off('exit', onExit)
      resolve(reading as Reading) // ours by its number
    }
    const onExit = (): void => { reject(new Error('the server ended while it was measured')) }
    child.on('message', onMessage)
    child.once('exit', onExit)
    child.send({ id, ...ask })
  })
}

async function stopChild (child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const force = setTimeout(() => { child.kill('SIGKILL') }, STOP_WITHIN_MS)
  await exited
  clearTimeout(force)
}

function residentBytesOf (pid: number | undefined): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1]) * 1024
  } catch {
    return NaN
  }
}

/** What the promise brings, unless it takes too long. */
export async function within<T> (ms: number, complaint: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => { reject(new Error(`${complaint} within ${ms} ms`)) }, ms)
  })
  try {
    return await Promise.race([promise, tooLate])
  } finally {
    clearTimeout(timer)
  }
}
