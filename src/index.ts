/// <reference lib="esnext.disposable" preserve="true" />
/**
 * The package: Pollux in the process of a Node test, and the control client of one that runs elsewhere.
 */
import { Pollux } from './client/client.js'
import { loadConfig } from './config.js'
import { buildServer, registry } from './server.js'
import type { StartOptions } from './start-options.js'

export { API_NAMES, type ApiName } from './client/api-names.js'
export { connectPollux, type ConnectOptions, type Pollux, type Sandbox, type SandboxClient } from './client/client.js'
export type { ClockControl, Distance } from './client/clock.js'
export { PolluxError, UnreachableError, type Complaint } from './client/errors.js'
export type { FaultControl } from './client/faults.js'
export type { JournalControl, ReportRuleControl } from './client/journal.js'
export type { OptionControl, SandboxControl, SnapshotControl } from './client/sandboxes.js'
export type { NextControl, ScenarioControl } from './client/scenarios.js'
export type { TaskCondition, TaskFilter, TaskRef, Tasks } from './client/tasks.js'
export type * from './client/types.js'
export type { StartOptions } from './start-options.js'

/** Starts a server in this process, on a free port and without a word unless told otherwise; reads no environment. Rejects with a ConfigError for a setting that can't be used. */
export async function startPollux (options: StartOptions = {}): Promise<Pollux> {
  const { config } = loadConfig({ argv: [], env: {}, apis: registry, settings: { port: 0, 'log-level': 'silent', ...toSettings(options) } })
  const onRequestDone = config.logRequests ? await requestLog(config.logLevel) : undefined
  const server = await buildServer({ config, ...(onRequestDone === undefined ? {} : { onRequestDone }) })
  const { url } = await server.listen().catch(async (error: unknown) => {
    await server.close()
    throw error
  })
  return new Pollux(connectable(url), { token: config.controlToken }, () => server.close())
}

/** `startAt` as `start-at`; what is undefined is not given. */
function toSettings (options: StartOptions): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined).map(([name, value]) => [name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`), value]))
}

async function requestLog (level: string): Promise<(entry: Readonly<Record<string, unknown>>) => void> {
  const { default: pino } = await import('pino')
  const log = pino({ level, base: null })
  return (entry) => { log.info(entry, 'request') }
}

/** A server that listens everywhere is reached on this machine. */
function connectable (url: string): string {
  return url.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:')
}
