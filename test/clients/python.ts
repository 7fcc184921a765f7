/** Clients written in Python, in an environment of their own that pip fills once. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Test } from 'tap'

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Python {
  /** Directory of the programs that the packages bring. */
  readonly bin: string
  /** Runs a script, given as text. */
  run (script: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  /** Runs a program that a package brought. */
  call (program: string, args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
}

const CACHE = resolve('node_modules/.cache/pollux-python')
/** Written last: an environment without it is an unfinished one. */
const COMPLETE = 'pollux-packages'
const LONGEST_MS = 180_000

/**
 * Python with these packages (`name==version`). Without Python, or without a package index, the test is skipped with the
 * reason, and it is undefined; a package that the index has but that can't be used fails the test.
 */
export async function pythonWith (t: Test, packages: readonly string[]): Promise<Python | undefined> {
  const home = join(CACHE, createHash('sha256').update(JSON.stringify(packages)).digest('hex').slice(0, 16))
  const bin = join(home, 'bin')
  if (!existsSync(join(home, COMPLETE))) {
    const made = await make(home, packages)
    if (made !== undefined) {
      t.comment(`not available: ${packages.join(', ')} (${made})`)
      t.pass(packages.join(', '), { skip: made })
      return undefined
    }
  }
  return {
    bin,
    run: (script, args = [], env) => execute(join(bin, 'python'), ['-c', script, ...args], env),
    call: (program, args, env) => execute(join(bin, program), args, env),
  }
}

/** Makes the environment, or says why it can't be made. */
async function make (home: string, packages: readonly string[]): Promise<string | undefined> {
  const python = await execute('python3', ['-c', 'import venv, ensurepip']).catch(() => undefined)
  if (python?.code !== 0) return 'there is no Python 3 with venv'
  rmSync(home, { recursive: true, force: true })
  mkdirSync(CACHE, { recursive: true })
  const venv = await execute('python3', ['-m', 'venv', home])
  if (venv.code !== 0) return `no environment could be made: ${lastLine(venv)}`
  const pip = await execute(join(home, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--prefer-binary', ...packages])
  if (pip.code !== 0) return `pip could not install it: ${lastLine(pip)}`
  writeFileSync(join(home, COMPLETE), packages.join('\n'))
  return undefined
}

function lastLine ({ stdout, stderr }: Finished): string {
  return (stderr || stdout).trim().split('\n').at(-1) ?? ''
}

/** Runs a program to its end; one that takes too long is killed. Rejects when it can't be started. */
function execute (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env }, timeout: LONGEST_MS, killSignal: 'SIGKILL' })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr += text })
    child.once('error', reject)
    child.once('close', (code) => { resolve({ code, stdout, stderr }) })
  })
}
