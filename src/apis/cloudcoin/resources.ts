/**
 * What the server keeps beside its tasks: wallets, lockers and settings, one set per sandbox (contract 7.2 and 9.3).
 */
import { Type, type Static } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check } from '@sinclair/typebox/value'
import type { Resources } from '../../api.js'
import type { Sandbox } from '../../sandbox.js'
import { ScriptError, type JsonObject } from '../../simulator/script.js'
import type { TaskRecord, TaskSnapshot } from '../../simulator/task.js'
import { applyEffect, readTake } from './effects.js'
import { walletExists, walletNotEmpty, walletNotFound } from './service-error.js'
import { Locker, moved, rounded, valuesOf, Wallet, type Movement } from './wallets.js'

const MOST_WALLETS = 10_000
const MOST_LOCKERS = 10_000
const FIRST_SERIAL = 1001
const LAST_SERIAL = 16_777_216
const CODE_LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789'

/** What the settings are before anybody changes them. */
const SETTINGS: JsonObject = { default_timeout_mult: 100, echo_timeout_mult: 100, max_notes: 50, change_server_sn: 2, use_local_raidas: false, local_raidas: [] }

/** The wallet that every server begins with: health on it gives the documented check (contract 9.3). */
const DEFAULT_WALLET: Wallet = { name: 'Default', email: '', passwordHash: '', balance: 3_000_000_020, serials: [16, 17, 23, 24, 25], fracked: {}, transactions: [] }
const DOCUMENTED_LOCKER: Locker = { code: 'AAC-WS5I-F90000000E', balance: 20, serials: [16], receipt: '930c58c367f4b8a3201a066b69529768' }

const Saved = Type.Object({
  wallets: Type.Array(Wallet, { maxItems: MOST_WALLETS }),
  lockers: Type.Array(Locker, { maxItems: MOST_LOCKERS }),
  nextSerial: Type.Integer({ minimum: 1, maximum: LAST_SERIAL }),
  settings: Type.Record(Type.String(), Type.Unknown()),
}, { additionalProperties: false })

export class Wallets implements Resources {
  readonly #sandbox: Sandbox
  #wallets: Map<string, Wallet> = new Map([[DEFAULT_WALLET.name, DEFAULT_WALLET]])
  #lockers: Map<string, Locker> = new Map([[DOCUMENTED_LOCKER.code, DOCUMENTED_LOCKER]])
  #nextSerial = FIRST_SERIAL
  #settings = SETTINGS

  constructor (sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  get settings (): JsonObject {
    return this.#settings
  }

  /** Replaces those settings that are given; nothing acts by them. */
  changeSettings (changed: JsonObject): void {
    this.#settings = { ...this.#settings, ...changed }
  }

  // Wallets

  find (name: string): Wallet | undefined {
    return this.#wallets.get(name)
  }

  /** Throws ServiceError when there is none. */
  get (name: string): Wallet {
    const wallet = this.find(name)
    if (wallet === undefined) throw walletNotFound()
    return wallet
  }

  /** All wallets in the order of their names, as a directory lists them. */
  list (): readonly Wallet[] {
    return [...this.#wallets.values()].sort((a, b) => a.name < b.name ? -1 : 1)
  }

  /** Throws ServiceError when the name is taken. Beyond 10,000 the oldest goes. */
  create (name: string, email: string, passwordHash: string): void {
    if (this.#wallets.has(name)) throw walletExists()
    this.put({ name, email, passwordHash, balance: 0, serials: [], fracked: {}, transactions: [] })
    dropOldest(this.#wallets, MOST_WALLETS)
  }

  rename (name: string, newName: string): void {
    const wallet = this.get(name)
    if (newName !== name && this.#wallets.has(newName)) throw walletExists()
    this.#wallets.delete(name)
    this.put({ ...wallet, name: newName })
  }

  remove (name: string): void {
    if (this.get(name).balance > 0) throw walletNotEmpty()
    this.#wallets.delete(name)
  }

  put (wallet: Wallet): void {
    this.#wallets.set(wallet.name, wallet)
  }

  clearTransactions (name: string): void {
    this.put({ ...this.get(name), transactions: [] })
  }

  /** Lets value come in or go out. */
  move (name: string, movement: Movement): void {
    this.put(moved(this.get(name), movement))
  }

  /** What can be spent: what the wallet holds but for what tasks that still run are going to take. */
  available (name: string): number {
    let balance = this.find(name)?.balance ?? 0
    for (const { take } of this.#pendingTakes()) if (take.wallet === name) balance -= take.amount
    return rounded(balance)
  }

  /** A serial number that no coin of this server has had. */
  drawSerial (): number {
    const serial = this.#nextSerial
    this.#nextSerial = serial === LAST_SERIAL ? FIRST_SERIAL : serial + 1
    return serial
  }

  /** What a coin is worth: its share of the wallet that holds it, else 1. */
  valueOf (serial: number): number {
    for (const { serials, balance } of this.#wallets.values()) {
      const index = serials.indexOf(serial)
      if (index >= 0) return valuesOf(balance, serials.length)[index] ?? 0
    }
    return 1
  }

  // Lockers

  /** The locker of this code, unless it is empty or a task that still runs is about to empty it. */
  findFullLocker (code: string): Locker | undefined {
    for (const { take } of this.#pendingTakes()) if (take.locker === code) return undefined
    return this.#lockers.get(code)
  }

  /** A code that no locker has, in the form of the vendor's. */
  drawLockerCode (): string {
    const random = this.#sandbox.random('cloudcoin locker codes')
    for (;;) {
      const letters = Array.from({ length: 7 }, () => CODE_LETTERS.charAt(random.below(CODE_LETTERS.length))).join('')
      const code = `${letters.slice(0, 3)}-${letters.slice(3)}`
      if (!this.#lockers.has(code)) return code
    }
  }

  /** Puts value into the locker, beside what it holds. Beyond 10,000 lockers the oldest goes. */
  fillLocker (code: string, amount: number, receipt: string): void {
    const { balance = 0, serials = [] } = this.#lockers.get(code) ?? {}
    this.#lockers.set(code, { code, balance: rounded(balance + amount), serials: [...serials, this.drawSerial()].slice(-MOST_WALLETS), receipt })
    dropOldest(this.#lockers, MOST_LOCKERS)
  }

  /** Takes everything out; undefined when there is nothing. */
  emptyLocker (code: string): Locker | undefined {
    const locker = this.#lockers.get(code)
    this.#lockers.delete(code)
    return locker
  }

  // As every API's resources

  apply (effect: JsonObject, success: TaskSnapshot): void {
    applyEffect(this, effect, success)
  }

  save (): JsonObject {
    return { wallets: [...this.#wallets.values()], lockers: [...this.#lockers.values()], nextSerial: this.#nextSerial, settings: this.#settings }
  }

  load (saved: JsonObject): void {
    const read = requireSaved(saved)
    this.#wallets = new Map(read.wallets.map((wallet) => [wallet.name, wallet]))
    this.#lockers = new Map(read.lockers.map((locker) => [locker.code, locker]))
    this.#nextSerial = read.nextSerial
    // Every value of a snapshot is JSON.
    this.#settings = read.settings as JsonObject
  }

  /** What tasks that may still succeed by themselves are going to take. */
  * #pendingTakes (): Generator<{ readonly take: NonNullable<ReturnType<typeof readTake>> }> {
    for (const task of this.#sandbox.simulator.effective()) {
      const take = task.api !== 'cloudcoin' || task.effect === undefined || !mayStillSucceed(task) ? undefined : readTake(task.effect)
      if (take !== undefined) yield { take }
    }
  }
}

function mayStillSucceed ({ script, facts }: TaskRecord): boolean {
  return script.steps.at(-1)?.state === 'succeeded' && !facts.some(({ what }) => what === 'cancelled' || what === 'failed')
}

function requireSaved (saved: JsonObject): Static<typeof Saved> {
  if (Check(Saved, saved)) return saved
  const [error] = Errors(Saved, saved)
  throw new ScriptError(error?.path ?? '', error?.message ?? 'expected wallets, lockers, nextSerial and settings')
}

function dropOldest<T> (items: Map<string, T>, most: number): void {
  for (const key of items.keys()) {
    if (items.size <= most) return
    items.delete(key)
  }
}
