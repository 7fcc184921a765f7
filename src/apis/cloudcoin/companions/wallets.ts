/**
 * Wallets and their transactions.
 */
import { createHash } from 'node:crypto'
import { format, length, noBody, optionalText, record, walletName } from '../fields.js'
import { receiptMissing } from '../service-error.js'
import { receiptBody, walletBody } from '../view.js'
import { EMPTY, RECEIPT, WALLET, WALLETS } from './payloads.js'
import { answering, type Companion } from './companion-row.js'

const email = optionalText('Address of the owner', 'owner@example.org', format(/^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/, 'must be a valid email address'))
const password = optionalText('Password; only a hash of it is shown', 'secret', length(4, 64))

export const walletCompanions: readonly Companion[] = [
  answering({
    method: 'GET',
    path: '/wallets',
    body: noBody,
    documentation: { operationId: 'listWallets', tag: 'wallets', summary: 'List the wallets', payload: WALLETS },
    reply: ({ wallets }) => wallets.list().map((wallet) => walletBody(wallet, false)),
  }),
  answering({
    method: 'POST',
    path: '/wallets',
    body: record({ name: walletName('Name of the wallet', 'W2'), email, password }),
    documentation: { operationId: 'createWallet', tag: 'wallets', summary: 'Create a wallet', payload: EMPTY },
    reply ({ body: { name, email, password }, wallets }) {
      wallets.create(name, email, password === '' ? '' : createHash('sha256').update(password).digest('hex'))
      return {}
    },
  }),
  answering({
    method: 'GET',
    path: '/wallets/:name',
    body: noBody,
    documentation: { operationId: 'getWallet', tag: 'wallets', summary: 'Read a wallet', payload: WALLET, query: { contents: 'true: with its serial numbers and transactions' } },
    reply: ({ params: { name = '' }, query: { contents }, wallets }) => walletBody(wallets.get(name), contents === 'true'),
  }),
  answering({
    method: 'PUT',
    path: '/wallets/:name',
    body: record({ new_name: walletName('New name of the wallet', 'W3') }),
    documentation: { operationId: 'renameWallet', tag: 'wallets', summary: 'Rename a wallet', payload: EMPTY },
    reply ({ params: { name = '' }, body, wallets }) {
      wallets.rename(name, body.new_name)
      return {}
    },
  }),
  answering({
    method: 'DELETE',
    path: '/wallets/:name',
    body: noBody,
    documentation: { operationId: 'deleteWallet', tag: 'wallets', summary: 'Delete an empty wallet', payload: EMPTY },
    reply ({ params: { name = '' }, wallets }) {
      wallets.remove(name)
      return {}
    },
  }),
  answering({
    method: 'GET',
    path: '/wallets/:name/leftovers',
    body: noBody,
    documentation: { operationId: 'getLeftovers', tag: 'wallets', summary: 'Read what an interrupted import has left of a wallet', payload: WALLET, emulated: 'partly: there are never any' },
    reply: ({ params: { name = '' }, wallets }) => walletBody({ ...wallets.get(name), balance: 0, shownBalance: undefined }, false),
  }),
  answering({
    method: 'GET',
    path: '/transactions/:name/:receipt_id',
    body: noBody,
    documentation: { operationId: 'getReceipt', tag: 'wallets', summary: 'Read the coins of a transaction', payload: RECEIPT },
    reply ({ params: { name = '', receipt_id: receipt = '' }, wallets }) {
      const found = wallets.get(name).transactions.find((transaction) => transaction.receipt === receipt.toLowerCase())
      if (found === undefined) throw receiptMissing(receipt, name)
      return receiptBody(found)
    },
  }),
  answering({
    method: 'DELETE',
    path: '/transactions/:name',
    body: noBody,
    documentation: { operationId: 'deleteTransactions', tag: 'wallets', summary: 'Forget the transactions of a wallet', payload: EMPTY },
    reply ({ params: { name = '' }, wallets }) {
      wallets.clearTransactions(name)
      return {}
    },
  }),
]
