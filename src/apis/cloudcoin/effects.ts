/**
 * What a task that has succeeded makes of wallets and lockers; each effect is a few words that its starting call left (contract 7.2).
 */
import { Type } from '@sinclair/typebox'
import type { Json, JsonObject } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { checkOf, type CheckedCoin } from './checks.js'
import type { Wallets } from './resources.js'
import { receiptOf } from './results.js'
import { rounded, type Movement } from './wallets.js'

const Text = Type.String()

/** What a task may bring about by succeeding. */
export const Effect = Type.Union([
  Type.Object({ what: Type.Literal('transfer'), from: Text, to: Text, amount: Type.Number(), tag: Text }),
  Type.Object({ what: Type.Literal('spend'), from: Text, amount: Type.Number(), tag: Text, type: Type.Optional(Type.Literal('Deposit')), locker: Type.Optional(Text) }),
  Type.Object({ what: Type.Literal('retrieve'), into: Text, locker: Text, tag: Text }),
  Type.Object({ what: Type.Literal('import'), into: Text, tag: Text }),
  Type.Object({ what: Type.Literal('health'), wallet: Text }),
  Type.Object({ what: Type.Literal('fix'), wallet: Text, serials: Type.Array(Type.Integer()) }),
])

/** What an effect is going to take away: from a wallet, or all of a locker. */
export interface Take {
  readonly wallet?: string
  readonly amount: number
  readonly locker?: string
}

/** What the effect takes; undefined when it takes nothing. */
export function readTake (effect: JsonObject): Take | undefined {
  const { what } = effect
  if (what === 'retrieve') return { amount: 0, locker: text(effect, 'locker') }
  return what === 'transfer' || what === 'spend' ? { wallet: text(effect, 'from'), amount: number(effect, 'amount') } : undefined
}

type Apply = (wallets: Wallets, effect: JsonObject, success: TaskSnapshot) => void

const ALL_PASS = 'p'.repeat(25)

const APPLY: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  ['transfer', (wallets, effect, success) => {
    const [from, to] = [text(effect, 'from'), text(effect, 'to')]
    if (wallets.find(from) === undefined || wallets.find(to) === undefined) return
    const amount = Math.min(number(effect, 'amount'), wallets.get(from).balance)
    const tag = text(effect, 'tag')
    wallets.move(from, { ...movementOf(success), amount: -amount, message: `Transfer to ${to}: ${tag}`, type: 'Local Transfer' })
    wallets.move(to, { ...movementOf(success), amount, message: `Transfer from ${from}: ${tag}`, type: 'Local Transfer', coins: newCoin(wallets) })
  }],
  ['spend', (wallets, effect, success) => {
    const from = text(effect, 'from')
    const wallet = wallets.find(from)
    if (wallet === undefined) return
    const amount = Math.min(number(effect, 'amount'), wallet.balance)
    const locker = text(effect, 'locker')
    wallets.move(from, { ...movementOf(success), amount: -amount, message: text(effect, 'tag'), type: locker !== '' ? 'Locker' : effect['type'] === 'Deposit' ? 'Deposit' : 'Export' })
    if (locker !== '') wallets.fillLocker(locker, amount, receiptOf(success.task))
  }],
  ['retrieve', (wallets, effect, success) => {
    const into = text(effect, 'into')
    if (wallets.find(into) === undefined) return
    const locker = wallets.emptyLocker(text(effect, 'locker'))
    if (locker === undefined) return
    wallets.move(into, { ...movementOf(success), amount: locker.balance, message: text(effect, 'tag'), type: 'Locker', coins: newCoin(wallets) })
  }],
  ['import', (wallets, effect, success) => {
    const into = text(effect, 'into')
    if (wallets.find(into) === undefined) return
    const coins = (checkOf(success)?.coins ?? []).filter(isGood)
    const amount = rounded(coins.reduce((sum, { value }) => sum + value, 0))
    wallets.move(into, { ...movementOf(success), amount, message: text(effect, 'tag'), type: 'Import', coins: coins.map(({ sn, pownstring }) => ({ sn, pownstring })) })
  }],
  ['health', (wallets, effect, success) => {
    const wallet = wallets.find(text(effect, 'wallet'))
    if (wallet === undefined) return
    const found = (checkOf(success)?.coins ?? []).filter(({ sn, result }) => result === 'Fracked' && wallet.serials.includes(sn))
    wallets.put({ ...wallet, fracked: { ...wallet.fracked, ...Object.fromEntries(found.map(({ sn, pownstring }) => [sn, pownstring])) } })
  }],
  ['fix', (wallets, effect) => {
    const wallet = wallets.find(text(effect, 'wallet'))
    const fixed = effect['serials']
    if (wallet === undefined || !Array.isArray(fixed)) return
    wallets.put({ ...wallet, fracked: Object.fromEntries(Object.entries(wallet.fracked).filter(([sn]) => !fixed.includes(Number(sn)))) })
  }],
])

/** Lets the effect come about; one about what is not there any more does nothing. */
export function applyEffect (wallets: Wallets, effect: JsonObject, success: TaskSnapshot): void {
  APPLY.get(text(effect, 'what'))?.(wallets, effect, success)
  // A scenario may leave a balance that no payment could.
  const shownBalance = success.data['balance']
  const wallet = wallets.find(text(effect, 'from') || text(effect, 'into') || text(effect, 'wallet'))
  if (wallet !== undefined && typeof shownBalance === 'string' && /^\d{1,40}$/.test(shownBalance)) wallets.put({ ...wallet, shownBalance })
}

function movementOf (success: TaskSnapshot): Pick<Movement, 'at' | 'receipt'> {
  return { at: success.settledAt ?? success.changedAt, receipt: receiptOf(success.task) }
}

/** The one coin that a payment arrives as. */
function newCoin (wallets: Wallets): Movement['coins'] & object {
  return [{ sn: wallets.drawSerial(), pownstring: ALL_PASS }]
}

function isGood ({ result }: CheckedCoin): boolean {
  return result === 'Authentic' || result === 'Fracked'
}

function text (effect: JsonObject, name: string): string {
  const value: Json | undefined = effect[name]
  return typeof value === 'string' ? value : ''
}

function number (effect: JsonObject, name: string): number {
  const value: Json | undefined = effect[name]
  return typeof value === 'number' && value > 0 ? value : 0
}
