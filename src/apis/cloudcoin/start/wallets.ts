/**
 * Calls that move what wallets hold: transfer, export, backup, join.
 */
import { isMissingPath } from '../coins.js'
import { amount, folder, oneOf, optionalText, record, tag, walletName } from '../fields.js'
import type { Wallets } from '../resources.js'
import { backingUp } from '../scripts.js'
import { folderMissing, notEnoughCoins, walletNotFound, type ServiceError } from '../service-error.js'
import { rounded, type Wallet } from '../wallets.js'
import { starting, type Start } from './start-row.js'

export const walletStarts: readonly Start[] = [
  starting({
    kind: 'transfer',
    method: 'POST',
    path: '/transfer',
    body: record({ srcname: walletName('Wallet that pays'), dstname: walletName('Wallet that is paid', 'W2'), amount, tag }),
    documentation: { operationId: 'transfer', tag: 'wallets', summary: 'Move coins from one wallet to another', description: 'The balances change when the task has succeeded; until then the amount counts as spent.' },
    begin: ({ body: { srcname, dstname, amount, tag }, wallets }) => ({
      texts: [srcname, dstname],
      parameters: { srcname, dstname, amount, tag },
      failure: spendingFailure(wallets, srcname, amount, () => wallets.find(dstname) === undefined ? walletNotFound() : undefined),
      effect: { what: 'transfer', from: srcname, to: dstname, amount, tag },
    }),
  }),
  starting({
    kind: 'export',
    method: 'POST',
    path: '/export',
    body: record({ name: walletName('Wallet that is emptied'), amount, folder, type: optionalText('Form of the files: `png`, `zip` or `bin`; default: `png`', 'zip', oneOf('png', 'zip', 'bin')), tag }),
    documentation: { operationId: 'exportCoins', tag: 'wallets', summary: 'Write coins of a wallet into files', description: 'No file is written; a folder whose path begins with `nope` or `nonexistent` is missing.' },
    begin: ({ body: { name, amount, folder, type, tag }, wallets }) => ({
      texts: [name, folder],
      parameters: { name, amount, folder, type, tag },
      failure: spendingFailure(wallets, name, amount, () => isMissingPath(folder) ? folderMissing(folder) : undefined),
      effect: { what: 'spend', from: name, amount, tag },
    }),
  }),
  starting({
    kind: 'backup',
    method: 'POST',
    path: '/backup',
    aliases: ['/create-wallet-backup'],
    body: record({ name: optionalText('Wallet; default: all of them', 'Default'), folder, tag }),
    documentation: { operationId: 'backup', tag: 'wallets', summary: 'Write a backup of one wallet or of all', description: 'No file is written.' },
    begin ({ body: { name, folder, tag }, wallets }) {
      const saved = name === '' ? wallets.list() : [wallets.find(name)].flatMap((wallet) => wallet ?? [])
      const total = rounded(saved.reduce((sum, { balance }) => sum + balance, 0))
      return {
        texts: [name, folder],
        parameters: { name, folder, total, ...(tag === '' ? {} : { tag }) },
        failure: name !== '' && saved.length === 0 ? walletNotFound() : isMissingPath(folder) ? folderMissing(folder) : undefined,
        usual: backingUp(saved.flatMap(({ serials }: Wallet) => serials)),
      }
    },
  }),
  starting({
    kind: 'join',
    method: 'POST',
    path: '/join',
    body: record({ name: walletName('Name of the wallet'), tag }),
    documentation: { operationId: 'joinCoins', tag: 'wallets', summary: 'Join small coins into larger ones', emulated: 'partly: coins have no denominations that could be joined' },
    begin: ({ body: { name } }) => ({ texts: [name], parameters: { name } }),
  }),
]

/** Why a wallet can't pay: it is missing, `between` says so, or it has too little (contract 6, in this order). */
export function spendingFailure (wallets: Wallets, name: string, amount: number, between: () => ServiceError | undefined = () => undefined): ServiceError | undefined {
  if (wallets.find(name) === undefined) return walletNotFound()
  return between() ?? (wallets.available(name) < amount ? notEnoughCoins() : undefined)
}
