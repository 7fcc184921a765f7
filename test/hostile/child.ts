/** The built server as a child process, with what tells how it fares. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

/** Collects garbage when it is told to, so that what is left is what is kept. */
const COLLECT_ON_SIGNAL = 'data:text/javascript,process.on("SIGUSR2",()=>globalThis.gc())'

export interface Memory {
  /** What V8 keeps, and what it keeps outside its heap. */
  readonly keptBytes: number
  readonly rssBytes: number
}

export interface ChildServer {
  readonly url: string
  /** Native listeners by API. */
  readonly listeners: Readonly<Record<string, string>>
  /** Open descriptors. */
  descriptors (): number
  /** After a full garbage collection. */
  memory (): Promise<Memory>
  /** The longest delay of its event loop since this was last asked, in ms; the first answer is 0. */
  longestDelay (): Promise<number>
  /** The exit code; undefined while it runs. */
  exitCode (): number | null | undefined
  /** All it has printed, on either stream. */
  output (): string
}

/** Starts it on a port of its own; it ends with the test. */
export async function startChild (t: Test, ...args: readonly string[]): Promise<ChildServer> {
  const child = spawn(process.execPath, ['--expose-gc', '--import', COLLECT_ON_SIGNAL, CLI, '--port', '0', ...args])
  let exit: number | null | undefined
  const exited = once(child, 'exit').then(([code]) => { exit = code as number | null }) // as Node documents the event
  t.teardown(async () => {
    child.kill('SIGKILL')
    await exited
  })
  let printed = ''
  child.stderr.on('data', (chunk: Buffer) => { printed += chunk.toString() })
  const { url, listeners } = await new Promise<{ url: string, listeners: Record<string, string> }>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      printed += `${line}\n`
      const entry: { msg?: string, url: string, listeners: Record<string, string> } = JSON.parse(line)
      if (entry.msg === 'ready') resolve(entry)
    })
    exited.then(() => { reject(new Error(`pollux ended before it was ready: ${printed}`)) }, reject)
  })

  async function metric (name: string, label: string): Promise<number> {
    const text = await (await fetch(`${url}/_pollux/metrics`, { headers: { connection: 'close' } })).text()
    return Number(new RegExp(`^${name}\\{${label}\\} (\\S+)$`, 'm').exec(text)?.[1] ?? 0)
  }

  return {
    url,
    listeners,
    descriptors: () => readdirSync(`/proc/${child.pid ?? ''}/fd`).length,
    async memory () {
      child.kill('SIGUSR2')
      // Twice: the first request may have been read before the signal came.
      await metric('pollux_memory_bytes', 'kind="rss"')
      child.kill('SIGUSR2')
      await metric('pollux_memory_bytes', 'kind="rss"')
      const text = await (await fetch(`${url}/_pollux/metrics`, { headers: { connection: 'close' } })).text()
      const read = (kind: string): number => Number(new RegExp(`kind="${kind}"\\} (\\d+)`).exec(text)?.[1])
      return { keptBytes: read('heap_used') + read('external'), rssBytes: read('rss') }
    },
    longestDelay: async () => Math.round(await metric('pollux_event_loop_delay_seconds', 'quantile="1"') * 1000),
    exitCode: () => exit,
    output: () => printed,
  }
}
