/**
 * From the listeners to those who answer: finds the door and the sandbox of every request, once, and hands it to the
 * application that it is for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { ApiPlugin, WireReply } from './api.js'
import type { ApiApp } from './api-app.js'
import { machineNow } from './clock.js'
import { CONTROL, DEFAULT_SANDBOX, shownCredentials, type Door, type OpenDoor } from './front-door.js'
import { redactPath } from './journal/redaction.js'
import { nothingHereReply, problemReply, refusalReply } from './problem-replies.js'
import { flawOf } from './request-flaws.js'
import type { Sandboxes } from './sandboxes.js'
import type { Traffic } from './traffic.js'

export interface DispatcherOptions {
  readonly apis: readonly ApiPlugin[]
  readonly openDoor: OpenDoor
  readonly sandboxes: Sandboxes
  readonly traffic: Traffic
  /** Builds the application of an API, or of the control plane. */
  readonly appOf: (name: string) => ApiApp
  /** Gets one entry per answered request; nothing is measured without it. */
  readonly onRequestDone: ((entry: Readonly<Record<string, unknown>>) => void) | undefined
  /** Told that the code of an API, or of the control plane, can't be loaded. */
  readonly onNotice: (text: string, details: Readonly<Record<string, unknown>>) => void
}

export interface Dispatcher {
  /** Answers the request. */
  handle (raw: IncomingMessage, response: ServerResponse): void
  /** From now on every reply ends its connection. */
  drain (): void
  /** Lets go of the applications: no request comes any more. */
  close (): Promise<void>
}

export function createDispatcher ({ apis, openDoor, sandboxes, traffic, appOf, onRequestDone, onNotice }: DispatcherOptions): Dispatcher {
  const apps = new Map<string, ApiApp>()
  /** The latest request that waits for an application to be ready, until it is handed over. */
  let waiting: Promise<void> | undefined
  let isDraining = false

  /** The same door into the sandbox that the client's credential was issued for. */
  function throughCredential (door: Door, { headers, url = '/' }: IncomingMessage): Door {
    if (sandboxes.credentialCount === 0 || door.sandbox !== DEFAULT_SANDBOX || door.mount.startsWith('/sandbox/')) return door
    for (const credential of shownCredentials(headers, url)) {
      const sandbox = sandboxes.nameByCredential(credential)
      if (sandbox !== undefined) return { ...door, sandbox }
    }
    return door
  }

  function handle (raw: IncomingMessage, response: ServerResponse): void {
    if (onRequestDone !== undefined) tellWhenDone(onRequestDone, raw, response)
    if (isDraining) response.setHeader('connection', 'close')
    else if (waiting === undefined && traffic.repeat(raw, response)) return
    const door = throughCredential(openDoor(raw.url ?? '/', raw.headers.host, raw.listener), raw)
    raw.door = door
    if (door.api === undefined) {
      const flaw = flawOf(raw)
      if (flaw !== undefined) response.setHeader('connection', 'close')
      return send(response, flaw === undefined ? nothingHereReply(raw.method ?? '', door, apis) : problemReply(flaw.status, flaw.why))
    }
    // The control plane looks first who asks: no stranger makes a sandbox.
    if (door.api !== CONTROL) {
      try {
        raw.sandbox = sandboxes.get(door.sandbox)
      } catch (refusal) {
        // Not the vendor's business, so not in its dialect, and no exchange with it.
        return send(response, refusalReply(refusal))
      }
    }
    let app = apps.get(door.api)
    if (app === undefined) {
      app = appOf(door.api)
      apps.set(door.api, app)
    }
    if (app.isReady && waiting === undefined) app.handle(raw, response)
    else wait(door.api, app, raw, response)
  }

  /** Hands over in the order in which requests came, whoever they are for: what moves the clock must not overtake a poll. */
  function wait (name: string, app: ApiApp, raw: IncomingMessage, response: ServerResponse): void {
    const isReady = app.ready.then(() => true, (error: unknown) => {
      forget(name, app, error)
      return false
    })
    const turn = Promise.all([isReady, waiting]).then(([isReady]) => {
      if (waiting === turn) waiting = undefined
      if (isReady) app.handle(raw, response)
      else send(response, problemReply(503, 'Pollux could not load the code that answers this request; its log says why. The next request tries again.'))
    })
    waiting = turn
  }

  /** Lets the next request build the application anew, such as when there are descriptors again. */
  function forget (name: string, app: ApiApp, error: unknown): void {
    if (apps.get(name) !== app) return
    apps.delete(name)
    onNotice('the code that answers requests could not be loaded', { api: name, error: error instanceof Error ? error.message : String(error) })
  }

  return {
    handle,
    drain () { isDraining = true },
    async close () { await Promise.all([...apps.values()].map((app) => app.close())) },
  }
}

function tellWhenDone (onRequestDone: (entry: Readonly<Record<string, unknown>>) => void, raw: IncomingMessage, response: ServerResponse): void {
  const arrivedAt = machineNow()
  response.once('close', () => {
    const { method, door } = raw
    // Without the query: it may carry a credential.
    if (door !== undefined) onRequestDone({ sandbox: door.sandbox, api: door.api, method, path: redactPath(door.mount + door.path.replace(/\?.*/s, '')), status: response.statusCode, ms: Math.round(machineNow() - arrivedAt) })
  })
}

function send (response: ServerResponse, { status, headers, body }: WireReply): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(body)
}
