/**
 * What the document says of the companions' payloads.
 */
import { Type } from '@sinclair/typebox'
import type { PayloadDocumentation } from '../documentation.js'

const Transaction = Type.Object({
  amount: Type.Number(),
  message: Type.String(),
  type: Type.String({ description: 'Local Transfer, Import, Export, Locker or Deposit' }),
  datetime: Type.String(),
  receiptid: Type.String({ description: '32 hex digits' }),
  details: Type.Null(),
  running_balance: Type.Number({ description: 'Balance behind it' }),
}, { title: 'Transaction', additionalProperties: false })

const Wallet = Type.Object({
  name: Type.String(),
  email: Type.String(),
  password_hash: Type.String(),
  balance: Type.Number(),
  denominations: Type.Record(Type.String(), Type.Integer(), { description: 'All value is counted in ones' }),
  contents: Type.Array(Type.Integer(), { description: 'Serial numbers; empty unless asked for' }),
  transactions: Type.Union([Type.Array(Transaction), Type.Null()], { description: 'Null unless asked for' }),
}, { title: 'Wallet', additionalProperties: false })

const DENOMINATIONS = { 1: 1, 100: 0, 25: 0, 250: 0, 5: 0 }
const W2 = { name: 'W2', email: '', password_hash: '', balance: 1, denominations: DENOMINATIONS, contents: [], transactions: null }
const PAID = { amount: 2, message: 'Transfer from Default: hi', type: 'Local Transfer', datetime: '2026-11-22T02:39:53Z', receiptid: '76d65e205f13bd8825abfb0c7758bbc7', details: null, running_balance: 2 }
const AN = '0123456789abcdef0123456789abcdef'

export const EMPTY: PayloadDocumentation = { schema: Type.Object({}, { additionalProperties: false }), example: {} }
export const LIST: PayloadDocumentation = { schema: Type.Array(Type.Unknown()), example: [] }
export const WALLETS: PayloadDocumentation = { schema: Type.Array(Wallet), example: [W2] }
export const WALLET: PayloadDocumentation = { schema: Wallet, example: { ...W2, contents: [1002], transactions: [PAID] } }

export const RECEIPT: PayloadDocumentation = {
  schema: Type.Array(Type.Object({ sn: Type.Integer(), denomination: Type.Integer(), pownstring: Type.String(), result: Type.String() }, { additionalProperties: false })),
  example: [{ sn: 1001, denomination: 1, pownstring: 'p'.repeat(25), result: 'Authentic' }],
}

export const UNPACKED: PayloadDocumentation = {
  schema: Type.Array(Type.Object({ sn: Type.Integer(), ans: Type.Array(Type.String()), pownstring: Type.String() }, { additionalProperties: false })),
  example: [{ sn: 16, ans: Array.from({ length: 25 }, () => AN), pownstring: 'u'.repeat(25) }],
}

export const INFO: PayloadDocumentation = { schema: Type.Object({ version: Type.String() }, { additionalProperties: false }), example: { version: '0.1.127' } }

export const SETTINGS: PayloadDocumentation = {
  schema: Type.Object({
    default_timeout_mult: Type.Number(),
    echo_timeout_mult: Type.Number(),
    max_notes: Type.Number(),
    change_server_sn: Type.Number(),
    use_local_raidas: Type.Boolean(),
    local_raidas: Type.Array(Type.Unknown()),
  }, { additionalProperties: false }),
  example: { default_timeout_mult: 100, echo_timeout_mult: 100, max_notes: 50, change_server_sn: 2, use_local_raidas: false, local_raidas: [] },
}

export const NAMES: PayloadDocumentation = { schema: Type.Object({ names: Type.Array(Type.String()) }, { additionalProperties: false }), example: { names: [] } }
export const PICKED: PayloadDocumentation = { schema: Type.Object({ items_picked: Type.Array(Type.String()) }, { additionalProperties: false }), example: { items_picked: ['/coins/5.CloudCoin.sample.bin'] } }
export const FILE_NAME: PayloadDocumentation = { schema: Type.Object({ FileName: Type.String() }, { additionalProperties: false }), example: { FileName: '/coins/0.Backup.CC.2026-11-22-02-40-00.zip' } }
export const NEWS: PayloadDocumentation = {
  schema: Type.Object({ version: Type.String(), title: Type.String(), items: Type.Array(Type.Unknown()) }, { additionalProperties: false }),
  example: { version: 'https://jsonfeed.org/version/1', title: '', items: [] },
}
