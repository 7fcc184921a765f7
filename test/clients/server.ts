/**
 * A server for a client to drive: the built command line as a process of the test's own, or a sandbox of its own in the server that
 * `POLLUX_URL` names, which may run in a container or behind a proxy.
 */
import type { Test } from 'tap'
import { loadConfig } from '../../src/config.js'
import { registry } from '../../src/server.js'
import { startCli } from './cli.js'

const GIVEN_URL = process.env['POLLUX_URL']

/** Where the server is asked for; no flag may be needed that a sandbox can't be given. */
export interface Server {
  readonly url: string
  /** Where one API has the whole URL space: the listener that `--listen` gave it, else its prefix. */
  readonly native: (api: string) => string
}

/** For tests of what only a process of their own has: flags, signals, exit codes, listeners, a second sandbox. */
export const OWN_PROCESS = { skip: GIVEN_URL === undefined ? false : 'needs a process of its own, and POLLUX_URL names one that is there already' }

/** Starts a server with these flags and waits until it serves; it ends with the test. */
export async function startServer (t: Test, ...flags: string[]): Promise<Server> {
  if (GIVEN_URL === undefined) {
    const { url, listeners } = await startCli(t, ...flags)
    return { url, native: (api) => listeners[api] ?? `${url}/${api}` }
  }
  const { config: { seed, speed, clock: mode, startAt, options } } = loadConfig({ argv: flags, env: {}, apis: registry })
  // Its time begins when it is there, as a process's does: making it takes a while, which a fast clock would multiply.
  const clock = { mode: 'frozen', speed, ...(startAt === undefined ? {} : { startAt: new Date(startAt).toISOString() }) }
  const { name, baseUrl } = await post(`${GIVEN_URL}/_pollux/sandboxes`, { seed, clock, options: Object.fromEntries(options) }) as { name: string, baseUrl: string }
  if (mode === 'running') await post(`${baseUrl}/_pollux/clock/resume`, {})
  t.teardown(() => fetch(`${GIVEN_URL}/_pollux/sandboxes/${name}`, { method: 'DELETE' }))
  return { url: baseUrl, native: (api) => `${baseUrl}/${api}` }
}

async function post (url: string, body: object): Promise<unknown> {
  const reply = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
  const text = await reply.text()
  if (!reply.ok) throw new Error(`${url} answers ${reply.status}: ${text}`)
  return JSON.parse(text)
}
