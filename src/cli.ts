#!/usr/bin/env node
/**
 * The command line: arguments to configuration to server to signals. The only place that ends the process.
 */
import { get } from 'node:http'
import type { Config, SettingName } from './config.js'
import { Shutdown } from './shutdown.js'

const HEALTHCHECK_MS = 1500

/** Commands that are not verbs over the control plane. */
const OWN_COMMANDS = ['healthcheck', 'openapi']

async function helpText (): Promise<string> {
  const [{ VERB_LINES }, { environmentName, SETTINGS }] = await Promise.all([import('./commands/index.js'), import('./config.js')])
  return `Usage:
  pollux [options]             start the server
  pollux healthcheck [options] exit 0 when the server on that port is healthy, else 1
  pollux openapi <dir>         write the OpenAPI documents into a directory
${VERB_LINES}

pollux <verb> --help tells more of a verb. Options of the server (each also as an environment variable, and by its name in the file given by --config):
${(Object.keys(SETTINGS) as SettingName[]).map((name) => {
  const { description, expects, default: fallback } = SETTINGS[name]
  const shown = fallback === undefined || typeof fallback === 'object' ? '' : ` (default ${String(fallback)})`
  return `  --${name.padEnd(15)} ${description}: ${expects}${shown}; ${environmentName(name)}`
}).join('\n')}
  --help, -h       Show this text
  --version, -v    Show the version
`
}

/** Asks the server on the configured port for its health; the container's HEALTHCHECK. */
function healthcheck ({ host, port }: Config): Promise<boolean> {
  const target = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return new Promise((resolve) => {
    const request = get({ host: target, port, path: '/_pollux/health', timeout: HEALTHCHECK_MS, agent: false }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.on('timeout', () => { request.destroy() })
    request.on('error', () => { resolve(false) })
  })
}

/** Runs a verb over the control plane, without loading what serves; false when it is none. */
async function runAsVerb (argv: readonly string[]): Promise<boolean> {
  const [verb = '-'] = argv
  if (verb.startsWith('-') || OWN_COMMANDS.includes(verb)) return false
  const { runVerb } = await import('./commands/index.js')
  const code = await runVerb({ argv, env: process.env, print: (text) => { process.stdout.write(text) }, complain: (text) => { process.stderr.write(text) } })
  // Not at once: what was printed may not have left yet.
  process.exitCode = code
  return code !== undefined
}

async function run (argv: readonly string[], shutdown: Shutdown | undefined): Promise<void> {
  if (await runAsVerb(argv)) return
  const { ConfigError, loadConfig, packageVersion, registry, serve, writeDocuments } = await import('./serve.js')
  const { config, command: [verb, ...rest], help, version } = loadConfig({ argv, env: process.env, apis: registry })
  if (help) process.stdout.write(await helpText())
  else if (version) process.stdout.write(`${packageVersion()}\n`)
  else if (verb === undefined) await serve(config, shutdown)
  else if (verb === 'healthcheck' && rest.length === 0) process.exit(await healthcheck(config) ? 0 : 1)
  else if (verb === 'openapi' && rest[0] !== undefined && rest.length === 1) writeDocuments(rest[0])
  else throw new ConfigError(`got ${JSON.stringify([verb, ...rest].join(' '))}, expected no command or one that pollux --help lists`)
}

/** Errors that are the caller's: a setting or a fixture file that can't be used. Told by name, because their modules may not have been loaded. */
const CALLERS_ERRORS = ['ConfigError', 'FixtureError']

const argv = process.argv.slice(2)
const isServing = argv[0]?.startsWith('-') !== false && !argv.some((argument) => OWN_COMMANDS.includes(argument))
// First of all: a signal may come while modules are still being loaded. What doesn't serve ends as any process does.
const shutdown = isServing ? new Shutdown((code) => process.exit(code)) : undefined

run(argv, shutdown).catch((error: unknown) => {
  // As when a port can't be listened on any more.
  if (shutdown?.isUnderWay === true) return
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof Error && CALLERS_ERRORS.includes(error.name)) {
    process.stderr.write(`pollux: ${message}\n`)
    process.exit(2)
  }
  const isPortTaken = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE' && 'port' in error
  process.stderr.write(`pollux: ${isPortTaken ? `port ${String(error.port)} is in use already; choose another with --port or --listen` : message}\n`)
  process.exit(1)
})
