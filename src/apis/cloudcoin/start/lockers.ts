/**
 * Calls about lockers: put coins into one, look into it, take them out.
 */
import { amount, noBody, optionalText, record, tag, walletName, type Field } from '../fields.js'
import { noCoins, walletNotFound } from '../service-error.js'
import { starting, type Start } from './start-row.js'
import { spendingFailure } from './wallets.js'

const code: Field<string> = optionalText('Code of the locker; default: a new one', 'AAC-WS5I-F90000000E')

export const lockerStarts: readonly Start[] = [
  starting({
    kind: 'locker-deposit',
    method: 'POST',
    path: '/locker',
    aliases: ['/deposit-coins-to-locker'],
    body: record({ name: walletName('Wallet that pays'), amount, tag, transmit_code: code }),
    documentation: { operationId: 'depositToLocker', tag: 'lockers', summary: 'Put coins of a wallet into a locker' },
    begin ({ body: { name, amount, tag, transmit_code: given }, wallets }) {
      const locker = given === '' ? wallets.drawLockerCode() : given
      return {
        texts: [name, given],
        parameters: { name, amount, tag, transmit_code: locker },
        failure: spendingFailure(wallets, name, amount),
        effect: { what: 'spend', from: name, amount, tag, locker },
      }
    },
  }),
  starting({
    kind: 'locker-verify',
    method: 'GET',
    path: '/locker/:code',
    aliases: ['/verify-locker-contents/:code'],
    body: noBody,
    documentation: { operationId: 'verifyLocker', tag: 'lockers', summary: 'Look into a locker', description: 'Takes nothing out.', isTagInQuery: true },
    begin ({ params: { code = '' }, wallets }) {
      const locker = wallets.findFullLocker(code)
      const total = locker?.balance ?? 0
      const coins = (locker?.serials ?? []).map((sn) => ({ sn }))
      return { texts: [code], parameters: { code, total, locker_coins: coins }, failure: locker === undefined ? noCoins('in locker') : undefined }
    },
  }),
  starting({
    kind: 'locker-retrieve',
    method: 'POST',
    path: '/locker/:code',
    aliases: ['/retrieve-coins-from-locker/:code'],
    body: record({ name: walletName('Wallet that is paid'), tag }),
    documentation: { operationId: 'retrieveFromLocker', tag: 'lockers', summary: 'Take the coins out of a locker into a wallet' },
    begin ({ body: { name, tag }, params: { code = '' }, wallets }) {
      const locker = wallets.findFullLocker(code)
      const total = locker?.balance ?? 0
      return {
        texts: [name, code],
        parameters: { name, tag, code, total, ...(locker === undefined ? {} : { receipt_id: locker.receipt }) },
        failure: wallets.find(name) === undefined ? walletNotFound() : locker === undefined ? noCoins('in locker') : undefined,
        effect: { what: 'retrieve', into: name, locker: code, tag },
      }
    },
  }),
]
