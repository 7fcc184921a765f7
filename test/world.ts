/** Servers for tests: in process, on a frozen clock, seed 1, closed when the test ends. */
import inject, { type InjectOptions, type Response as InjectedReply } from 'light-my-request'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Test } from 'tap'
import type { ApiPlugin } from '../src/api.js'
import { defaultsOf, type Config } from '../src/config.js'
import { DEFAULT_LIMITS } from '../src/limits.js'
import { buildServer, loadServices, registry, type PolluxServer, type ServerOptions } from '../src/server.js'
import type { Sandbox } from '../src/sandbox.js'

/** Noon on 22 November 2026, the instant of the contracts' examples. */
export const NOON = Date.parse('2026-11-22T12:00:00Z')

export interface TestWorldOptions {
  /** Default: all. */
  readonly apis?: readonly ApiPlugin[]
  /** By API: what differs from the defaults. */
  readonly options?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly config?: Partial<Config>
  readonly onNotice?: ServerOptions['onNotice']
}

export interface TestWorld extends PolluxServer {
  /** Requests that come round the network, and the listener for those that don't. */
  readonly app: {
    inject (request: string | InjectOptions): Promise<InjectedReply>
    readonly server: Server
    readonly listeningOrigin: string
  }
  /** The default sandbox. */
  readonly sandbox: Sandbox
}

// Some clients close their side as soon as they have sent, and would not wait for code to be loaded.
await loadServices(registry)

export function testConfig ({ apis = registry, options = {}, config = {} }: TestWorldOptions = {}): Config {
  return {
    host: '127.0.0.1',
    port: 0,
    seed: 1,
    speed: 1,
    clock: 'frozen',
    startAt: NOON,
    listen: new Map(),
    options: new Map(apis.map((api) => [api.name, { ...defaultsOf(api.options), ...options[api.name] }])),
    fixtures: undefined,
    controlToken: undefined,
    allowedHosts: [],
    maxSandboxes: 1000,
    sandboxIdleMs: Infinity,
    journalEntries: 1000,
    journalBodyBytes: 8192,
    maxUploadBytes: 536_870_912,
    limits: DEFAULT_LIMITS,
    logLevel: 'silent',
    logRequests: false,
    ...config,
  }
}

export async function testWorld (t: Test, worldOptions: TestWorldOptions = {}): Promise<TestWorld> {
  const server = await buildServer({
    config: testConfig(worldOptions),
    ...(worldOptions.apis === undefined ? {} : { apis: worldOptions.apis }),
    ...(worldOptions.onNotice === undefined ? {} : { onNotice: worldOptions.onNotice }),
  })
  t.teardown(() => server.close())
  const app: TestWorld['app'] = {
    inject: (request) => inject(server.handle, request),
    server: server.http,
    get listeningOrigin () { return `http://127.0.0.1:${(server.http.address() as AddressInfo).port}` },
  }
  return { ...server, app, sandbox: server.sandboxes.get('default') }
}
