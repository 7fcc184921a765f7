/** The built command line as a child process, as users run it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url))

export interface Ready {
  readonly url: string
  readonly listeners: Readonly<Record<string, string>>
  readonly apis: readonly string[]
  readonly seed: number
}

export interface RunningCli extends Ready {
  readonly child: ChildProcessWithoutNullStreams
  /** Every line printed so far. */
  readonly lines: readonly string[]
  /** Sends the signal and resolves with the exit code. */
  stop (signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `pollux --port 0 …` and waits for its ready line; it ends with the test. */
export async function startCli (t: Test, ...args: string[]): Promise<RunningCli> {
  const child = spawn(process.execPath, [CLI, '--port', '0', ...args])
  const exited = once(child, 'exit')
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal)
    const [code] = await exited as [number | null]
    return code
  }
  t.teardown(() => stop('SIGKILL'))
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => { errors += chunk.toString() })
  const lines: string[] = []
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line)
      const entry = JSON.parse(line) as Ready & { msg: string }
      if (entry.msg === 'ready') resolve({ ...entry, child, lines, stop })
    })
    exited.then(() => { reject(new Error(`pollux ended before it was ready: ${errors}`)) }, reject)
  })
}

/** Runs a command to its end. */
export async function runCli (args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number | null, stdout: string, stderr: string }> {
  const child = spawn(process.execPath, [CLI, ...args], { env: { ...process.env, ...env } })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const [code] = await once(child, 'close') as [number | null]
  return { code, stdout, stderr }
}
