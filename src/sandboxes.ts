/**
 * All sandboxes of a server: each made when it is first addressed or asked for, and gone when it is deleted or long idle.
 */
import { machineInterval } from './clock.js'
import { DEFAULT_SANDBOX } from './front-door.js'
import { Sandbox, type World } from './sandbox.js'

export interface SandboxesOptions {
  readonly world: World
  /** How many there may be at once. */
  readonly max: number
  /** A sandbox that nobody has addressed for so long (machine time, ms) is deleted; Infinity: never. */
  readonly idleMs: number
}

/** There are as many sandboxes as there may be. */
export class TooManySandboxes extends Error {
  override readonly name = 'TooManySandboxes'
}

/** How often per idle time the idle are looked for. */
const SWEEPS_PER_IDLE_TIME = 10

interface Resident {
  readonly sandbox: Sandbox
  /** Sweeps since it was last addressed. */
  idleSweeps: number
}

export class Sandboxes {
  /** What all sandboxes have in common. */
  readonly world: World
  readonly #max: number
  readonly #residents = new Map<string, Resident>()
  readonly #byCredential = new Map<string, string>()
  readonly #sweep: { cancel (): void } | undefined
  #isDraining = false
  /** Rises whenever a credential begins or ceases to lead to a sandbox. */
  credentialRevision = 0

  constructor ({ world, max, idleMs }: SandboxesOptions) {
    this.world = world
    this.#max = max
    if (idleMs !== Infinity) this.#sweep = machineInterval(Math.max(idleMs / SWEEPS_PER_IDLE_TIME, 1), () => { this.#deleteIdle() })
  }

  get size (): number {
    return this.#residents.size
  }

  /** The sandbox of that name, made now if need be. Throws TooManySandboxes. */
  get (name: string): Sandbox {
    const resident = this.#residents.get(name)
    if (resident === undefined) return this.create(name)
    resident.idleSweeps = 0
    return resident.sandbox
  }

  /** The sandbox of that name if it is there; looking at it does not count as use. */
  peek (name: string): Sandbox | undefined {
    return this.#residents.get(name)?.sandbox
  }

  list (): Sandbox[] {
    return [...this.#residents.values()].map(({ sandbox }) => sandbox)
  }

  /** Makes a sandbox; what `own` names differs from the other sandboxes. The caller knows that there is none of that name. Throws TooManySandboxes. */
  create (name: string, own: Partial<World> = {}): Sandbox {
    if (this.#residents.size >= this.#max && name !== DEFAULT_SANDBOX) {
      throw new TooManySandboxes(`there are ${this.#residents.size} sandboxes, as many as --max-sandboxes allows: delete some (DELETE /_pollux/sandboxes/<name>)`)
    }
    const sandbox = new Sandbox(name, { ...this.world, ...own })
    sandbox.isDraining = this.#isDraining
    this.#residents.set(name, { sandbox, idleSweeps: 0 })
    this.#tell('created', sandbox)
    return sandbox
  }

  /** Lets the sandbox's credential lead to it from now on, and returns it. */
  issueCredential (sandbox: Sandbox): string {
    this.#byCredential.set(sandbox.credential, sandbox.name)
    this.credentialRevision++
    return sandbox.credential
  }

  /** How many credentials lead to a sandbox; with 0 nobody need look for one. */
  get credentialCount (): number {
    return this.#byCredential.size
  }

  /** The name of the sandbox that the credential was issued for. */
  nameByCredential (credential: string): string | undefined {
    return this.#byCredential.get(credential)
  }

  /** Answers its held polls and forgets it; false when there is none. It is free when this resolves. */
  async delete (name: string): Promise<boolean> {
    const sandbox = this.#residents.get(name)?.sandbox
    if (sandbox === undefined) return false
    this.#residents.delete(name)
    this.#byCredential.delete(sandbox.credential)
    this.credentialRevision++
    this.#tell('deleted', sandbox)
    await sandbox.drain()
    sandbox.close()
    return true
  }

  /** Answers every held poll of every sandbox. */
  async drain (): Promise<void> {
    this.#isDraining = true
    await Promise.all(this.list().map((sandbox) => sandbox.drain()))
  }

  close (): void {
    this.#sweep?.cancel()
    for (const sandbox of this.list()) sandbox.close()
    this.#residents.clear()
    this.#byCredential.clear()
  }

  /** To those who listen to the sandbox, and to those who listen to the default one, which tells of all. */
  #tell (what: 'created' | 'deleted', sandbox: Sandbox): void {
    const listeners = new Set([sandbox, this.peek(DEFAULT_SANDBOX)])
    for (const listener of listeners) listener?.events.tell('sandbox', () => ({ what, name: sandbox.name }))
  }

  #deleteIdle (): void {
    for (const [name, resident] of this.#residents) {
      if (name === DEFAULT_SANDBOX || resident.sandbox.simulator.heldPollCount > 0 || resident.sandbox.events.subscriberCount > 0) continue
      // One sweep more than the time holds: it may have been addressed just before the first.
      if (++resident.idleSweeps > SWEEPS_PER_IDLE_TIME) void this.delete(name)
    }
  }
}
