/**
 * What the command line runs when it runs no verb: the server with its log, or what can be told without one.
 */
import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import pino from 'pino'
import type { Config } from './config.js'
import { buildServer, documentFile, registry } from './server.js'
import type { Shutdown } from './shutdown.js'

export { ConfigError, loadConfig } from './config.js'
export { packageVersion, registry } from './server.js'

/** Starts the server; resolves when it listens. */
export async function serve (config: Config, shutdown: Shutdown | undefined): Promise<void> {
  const log = pino({ level: config.logLevel, base: null })
  const server = await buildServer({
    config,
    onNotice: (text, details) => { log.warn(details, text) },
    ...(config.logRequests ? { onRequestDone: (entry) => { log.info(entry, 'request') } } : {}),
  })
  shutdown?.serving({ close: () => server.close(), log })
  const { url, listeners } = await server.listen()
  if (shutdown?.isUnderWay !== true) log.info({ url, listeners, apis: registry.map(({ name }) => name), seed: config.seed }, 'ready')
}

/** Writes the OpenAPI documents into a directory. */
export function writeDocuments (directory: string): void {
  mkdirSync(directory, { recursive: true })
  for (const name of [...registry.map((api) => api.name), 'control']) copyFileSync(documentFile(name), join(directory, `${name}.json`))
}
