/**
 * Wallets and lockers as values: what they hold, and what a payment makes of them (contract 7.2). Pure.
 */
import { Type, type Static } from '@sinclair/typebox'

const Serials = Type.Array(Type.Integer({ minimum: 1 }), { maxItems: 10_000 })

/** A coin as a receipt tells of it. */
const ReceiptCoin = Type.Object({ sn: Type.Integer(), pownstring: Type.String() }, { additionalProperties: false })
export type ReceiptCoin = Static<typeof ReceiptCoin>

const Transaction = Type.Object({
  amount: Type.Number(),
  message: Type.String(),
  type: Type.String(),
  /** Epoch ms. */
  at: Type.Number(),
  receipt: Type.String(),
  runningBalance: Type.Number(),
  coins: Type.Array(ReceiptCoin),
}, { additionalProperties: false })
export type Transaction = Static<typeof Transaction>

/** A wallet: its value, its serial numbers, and the pown strings of those that are fracked. */
export const Wallet = Type.Object({
  name: Type.String(),
  email: Type.String(),
  passwordHash: Type.String(),
  balance: Type.Number({ minimum: 0 }),
  serials: Serials,
  fracked: Type.Record(Type.String(), Type.String()),
  transactions: Type.Array(Transaction),
  /** Digits that are shown in place of the balance: more than a number of ours can hold. */
  shownBalance: Type.Optional(Type.String({ pattern: '^\\d{1,40}$' })),
}, { additionalProperties: false })
export type Wallet = Static<typeof Wallet>

export const Locker = Type.Object({
  code: Type.String(),
  balance: Type.Number({ minimum: 0 }),
  serials: Serials,
  receipt: Type.String(),
}, { additionalProperties: false })
export type Locker = Static<typeof Locker>

/** A movement of value, seen from one wallet. */
export interface Movement {
  readonly amount: number
  readonly message: string
  readonly type: 'Local Transfer' | 'Import' | 'Export' | 'Locker' | 'Deposit'
  readonly at: number
  readonly receipt: string
  /** What comes in; nothing for what goes out. */
  readonly coins?: readonly ReceiptCoin[]
}

/** Coins of one wallet; the oldest are forgotten. */
export const MOST_SERIALS = 10_000
const MOST_TRANSACTIONS = 1_000

/** Six decimals are more than any client sends, and hide what binary fractions leave over. */
export function rounded (value: number): number {
  return Number(value.toFixed(6))
}

/** The wallet behind the movement: one that falls to 0 loses its serial numbers. */
export function moved (wallet: Wallet, { amount, message, type, at, receipt, coins = [] }: Movement): Wallet {
  const { shownBalance: _outdated, ...rest } = wallet
  const balance = rounded(Math.max(0, wallet.balance + amount))
  const fracked = Object.fromEntries(coins.filter(({ pownstring }) => pownstring.includes('f')).map(({ sn, pownstring }) => [sn, pownstring]))
  return {
    ...rest,
    balance,
    serials: balance === 0 ? [] : latest([...new Set([...wallet.serials, ...coins.map(({ sn }) => sn)])], MOST_SERIALS),
    fracked: balance === 0 ? {} : { ...wallet.fracked, ...fracked },
    transactions: latest([...wallet.transactions, { amount, message, type, at, receipt, runningBalance: balance, coins: [...coins] }], MOST_TRANSACTIONS),
  }
}

/** The value of each of so many coins: whole ones, as equal as can be; a fraction is the first one's. */
export function valuesOf (total: number, count: number): readonly number[] {
  const whole = Math.floor(total)
  const share = Math.floor(whole / count)
  const left = whole - share * count
  return Array.from({ length: count }, (_, index) => rounded(share + (index < left ? 1 : 0) + (index === 0 ? total - whole : 0)))
}

/** The last so many. */
function latest<T> (items: readonly T[], count: number): T[] {
  return items.slice(-count)
}
