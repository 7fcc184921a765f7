/**
 * From a request's URL and host to the sandbox, the API and the path that it means. Pure.
 */

/** How a vendor takes slashes: runs collapse to one, and a last one may or may not be dropped; or every slash counts. */
export type SlashRule = 'collapse' | 'collapse-and-trim' | 'keep'

/** What the front door needs to know of an API. */
export interface DoorPlate {
  readonly name: string
  readonly paths: readonly string[]
  readonly slashes: SlashRule
}

/** Where a request belongs. */
export interface Door {
  readonly sandbox: string
  /** The API's name, CONTROL for the control plane, or undefined when nothing is served there. */
  readonly api: string | undefined
  /** What stands in front of `path` and is Pollux's own: `''`, `/sandbox/a`, `/svix`, `/sandbox/a/svix`. */
  readonly mount: string
  /** The vendor's path, slashes by its rule, with the query as sent. */
  readonly path: string
}

/** `url` is the request target, `host` the Host header, `listener` the API of a native listener. */
export type OpenDoor = (url: string, host: string | undefined, listener?: string) => Door

export const DEFAULT_SANDBOX = 'default'

/** What stands for an API's name where the control plane is meant. */
export const CONTROL = 'control'

const SANDBOX_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/
const SANDBOX_PREFIX = '/sandbox/'
const CONTROL_PREFIX = '/_pollux'

/** True for a name that works both as a path segment and as a host label. */
export function isSandboxName (name: string): boolean {
  return SANDBOX_NAME.test(name)
}

/** How many doors are kept open, and for URLs of what length. */
const KEPT_DOORS = 1024
const LONGEST_KEPT_URL = 256

/**
 * Makes the function that opens the door. Pollers ask for the same URLs again and again, so the latest doors of the
 * shared listener are kept: finding them anew would be the dearest part of Pollux's own code on a poll.
 */
export function createFrontDoor (plates: readonly DoorPlate[]): OpenDoor {
  const open = createDoorOpener(plates)
  const kept = new Map<string, Door>()
  // The latest host that names no sandbox: mostly it is every client's.
  let plainHost: string | undefined
  return (url, host, listener) => {
    if (listener !== undefined || url.length > LONGEST_KEPT_URL) return open(url, host, listener)
    if (host !== undefined && host !== plainHost) {
      if (sandboxOfHost(host) !== undefined) return open(url, host, listener)
      plainHost = host
    }
    let door = kept.get(url)
    if (door === undefined) {
      door = open(url, undefined)
      if (kept.size === KEPT_DOORS) kept.clear()
      kept.set(url, door)
    }
    return door
  }
}

/**
 * What clients show as key or token, wherever the vendors take one: behind the scheme of `Authorization`, in `X-API-Key`,
 * in `?api_key=`. Some of them can't be given a base path, but each can be given a credential.
 */
export function shownCredentials ({ authorization, 'x-api-key': apiKey, 'x-rsc-authorization': inner }: Readonly<Record<string, string | readonly string[] | undefined>>, url: string): string[] {
  return [
    lastWord(authorization),
    // Connect's clients behind a proxy that has a login of its own.
    lastWord(inner),
    typeof apiKey === 'string' ? apiKey : undefined,
    /[?&]api_key=([^&#]*)/.exec(url)?.[1],
  ].filter((credential) => credential !== undefined)
}

/** The credential behind its scheme, or alone. */
function lastWord (header: string | readonly string[] | undefined): string | undefined {
  return typeof header === 'string' ? /(?:^|\s)"?([^\s"]+)"?\s*$/.exec(header)?.[1] : undefined
}

function createDoorOpener (plates: readonly DoorPlate[]): OpenDoor {
  const byName = new Map(plates.map((plate) => [plate.name, plate]))
  // The longest prefix first: what one API owns may lie inside what another owns.
  const owned = plates.flatMap((plate) => plate.paths.map((path) => ({ path, plate }))).sort((a, b) => b.path.length - a.path.length)

  return (url, host, listener) => {
    let target = url
    let sandbox = host === undefined ? undefined : sandboxOfHost(host)
    if (!target.startsWith('/')) {
      // The absolute form that RFC 9112 3.2.2 asks every server to accept.
      const absolute = /^https?:\/\/([^/?#]*)(.*)$/is.exec(target)
      sandbox = sandboxOfHost(absolute?.[1] ?? '') ?? sandbox
      target = absolute?.[2] ?? target
      if (!target.startsWith('/')) target = `/${target}`
    }
    const queryAt = target.indexOf('?')
    const query = queryAt < 0 ? '' : target.slice(queryAt)
    let path = queryAt < 0 ? target : target.slice(0, queryAt)
    let mount = ''

    // Runs of slashes never decide who is meant, only how that vendor takes them.
    let plain = path.includes('//') ? collapse(path) : path
    if (plain.startsWith(SANDBOX_PREFIX)) {
      const end = plain.indexOf('/', SANDBOX_PREFIX.length)
      const name = plain.slice(SANDBOX_PREFIX.length, end < 0 ? undefined : end)
      if (!isSandboxName(name)) return { sandbox: DEFAULT_SANDBOX, api: undefined, mount: '', path: plain + query }
      sandbox = name
      mount = SANDBOX_PREFIX + name
      path = behind(path, 2)
      plain = behind(plain, 2)
    }
    sandbox ??= DEFAULT_SANDBOX

    if (isWithin(plain, CONTROL_PREFIX)) return { sandbox, api: CONTROL, mount, path: plain + query }
    if (listener !== undefined) {
      return { sandbox, api: listener, mount, path: tidy(path, byName.get(listener)?.slashes) + query }
    }
    const segmentEnd = plain.indexOf('/', 1)
    const plate = byName.get(plain.slice(1, segmentEnd < 0 ? undefined : segmentEnd))
    if (plate !== undefined) {
      return { sandbox, api: plate.name, mount: `${mount}/${plate.name}`, path: tidy(behind(path, 1), plate.slashes) + query }
    }
    for (const { path: prefix, plate } of owned) {
      if (isWithin(plain, prefix)) return { sandbox, api: plate.name, mount, path: tidy(path, plate.slashes) + query }
    }
    return { sandbox, api: undefined, mount, path: plain + query }
  }
}

/** `<name>.localhost`, with or without port, names a sandbox. */
function sandboxOfHost (host: string): string | undefined {
  const name = /^([^.]+)\.localhost(?::\d*)?$/i.exec(host)?.[1]?.toLowerCase()
  return name !== undefined && isSandboxName(name) ? name : undefined
}

/** True for the prefix itself and for what lies below it. */
function isWithin (path: string, prefix: string): boolean {
  return path.startsWith(prefix) && (path.length === prefix.length || path[prefix.length] === '/')
}

/** What follows the first `segments` segments, slash runs in front of them included; at least `/`. */
function behind (path: string, segments: number): string {
  let at = 0
  for (let i = 0; i < segments; i++) {
    while (path[at] === '/') at++
    while (at < path.length && path[at] !== '/') at++
  }
  return path.slice(at) || '/'
}

function tidy (path: string, slashes: SlashRule | undefined): string {
  if (slashes === 'keep' || slashes === undefined) return path
  const collapsed = path.includes('//') ? collapse(path) : path
  return slashes === 'collapse-and-trim' && collapsed.length > 1 && collapsed.endsWith('/') ? collapsed.slice(0, -1) : collapsed
}

function collapse (path: string): string {
  return path.replace(/\/{2,}/g, '/')
}
