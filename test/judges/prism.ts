/**
 * The client suite against a server whose every reply Prism compares with the OpenAPI documents (`npm run test:prism`). Fails when a
 * client fails, when Prism finds a violation, or when a reply has a status that its document doesn't know.
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { createFrontDoor } from '../../src/front-door.js'
import { registry } from '../../src/server.js'
import { startGateway, type Gateway, type Showing } from './prism-gateway.js'

const PRISM = 'node_modules/@stoplight/prism-cli/dist/index.js'
const UNMATCHED = /unable to match the returned status code/i
const children: Array<ChildProcessByStdio<null, Readable, null>> = []
/** What the Prisms have printed. */
const log: string[] = []

/** Starts a program and resolves with the first line that is waited for. */
async function start (args: readonly string[], awaited: RegExp, onLine: (line: string) => void = () => undefined): Promise<string> {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  return new Promise((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      onLine(line)
      if (awaited.test(line)) resolve(line)
    })
    child.once('exit', (code) => { reject(new Error(`${args.join(' ')} ended with ${code}`)) })
  })
}

async function freePort (): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: it listens on a port
  server.close()
  return port
}

/** Starts the Prism of that name. */
async function judgeBy (document: string, gateway: Gateway, name: string): Promise<void> {
  const port = await freePort()
  await start([PRISM, 'proxy', document, gateway.backUrl, '--host', '127.0.0.1', '--port', String(port), '--errors', '--validate-request=false'], /Prism is listening/, (line) => { log.push(line) })
  gateway.judge(name, `http://127.0.0.1:${port}`)
}

/** Documents write a path once: without a last slash, and behind what the URLs of their servers end with. */
const showing: Showing = ({ api = '', path }, { headers: { 'content-type': type = '' } }) => {
  const [plain = '', ...query] = path.split('?')
  const documented = api === 'cognigy' ? plain.replace(/^\/new(?=\/)/, '') : api === 'control' ? plain.replace(/^\/_pollux/, '') : plain.replace(/(?<=.)\/+$/, '')
  return { path: [documented, ...query].join('?'), judge: api === 'cognigy' && !type.includes(HAL) ? WITHOUT_HAL : api }
}

/** Prism takes HAL for JSON and judges both by what stands first. So it gets Cognigy's document twice: without the one, without the other. */
const HAL = 'application/hal+json'
const WITHOUT_HAL = 'cognigy (no HAL)'

/** Writes Cognigy's document without a media type, wherever there is the other. */
function cognigyWithout (type: string, other: string, file: string): string {
  const strip = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(strip)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).filter(([key]) => key !== type || !(other in value)).map(([key, entry]) => [key, strip(entry)]))
  }
  writeFileSync(file, JSON.stringify(strip(JSON.parse(readFileSync('openapi/cognigy.json', 'utf8')))))
  return file
}

/** A Prism that finds nothing where something is wrong would be no judge. */
async function provePrismAwake (gateway: Gateway): Promise<void> {
  const planted = join(directory, 'svix.json')
  writeFileSync(planted, readFileSync('openapi/svix.json', 'utf8').replaceAll('"running"', '"walking"'))
  await judgeBy(planted, gateway, 'svix')
  const { status } = await fetch(`${gateway.url}/api/v1/background-task/`)
  if (status !== 500 || gateway.violations.length !== 1) throw new Error('Prism does not find a planted defect')
}

const directory = mkdtempSync(join(tmpdir(), 'pollux-prism-'))
const ready = await start(['dist/cli.js', '--port', '0'], /"msg":"ready"/)
const { url } = JSON.parse(ready) as { url: string }
const gateway = await startGateway(url, createFrontDoor(registry), showing)
await provePrismAwake(gateway)
const planted = gateway.violations.length
log.length = 0
await Promise.all([
  ...['connect', 'svix', 'cloudcoin', 'control'].map((name) => judgeBy(`openapi/${name}.json`, gateway, name)),
  judgeBy(cognigyWithout(HAL, 'application/json', join(directory, 'cognigy-json.json')), gateway, WITHOUT_HAL),
  judgeBy(cognigyWithout('application/json', HAL, join(directory, 'cognigy-hal.json')), gateway, 'cognigy'),
])

const only = process.argv.slice(2)
const files = only.length > 0 ? only : readdirSync('test/clients').filter((file) => file.endsWith('.test.ts')).map((file) => join('test/clients', file))
const suite = spawn(process.execPath, ['node_modules/.bin/tap', ...files], { stdio: 'inherit', env: { ...process.env, POLLUX_URL: gateway.url } })
const [code] = await once(suite, 'exit') as [number | null]

const violations = gateway.violations.slice(planted)
const unmatched = log.filter((line) => UNMATCHED.test(line))
for (const violation of violations) console.log(`violation: ${violation}`)
for (const line of unmatched) console.log(`unmatched: ${line}`)
for (const [call, count] of gateway.undocumented) console.log(`in no document: ${call} (${count})`)
console.log(`Prism: ${gateway.shown} exchanges, ${violations.length} violations, ${unmatched.length} unmatched statuses; clients ${code === 0 ? 'pass' : 'fail'}`)
gateway.close()
for (const child of children) child.removeAllListeners('exit').kill()
// Not before: Prism watches its documents.
rmSync(directory, { recursive: true })
process.exitCode = code === 0 && violations.length === 0 && unmatched.length === 0 ? 0 : 1
