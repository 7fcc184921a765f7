/**
 * Calls that ask the RAIDA about coins: echo, version, health, detect, import, fix, pown, convert, freecoin.
 */
import type { JsonObject } from '../../../simulator/script.js'
import { isMissingPath, serialsOfFile, unpackCoins } from '../coins.js'
import { anything, BLANK, coins, coinsWithPans, dataItems, importItems, list, noBody, pownItems, record, tag, walletName } from '../fields.js'
import type { Wallets } from '../resources.js'
import { checking } from '../scripts.js'
import { fileMissing, foreignCoin, noCoins, ServiceError, suspectMixed, walletNotFound } from '../service-error.js'
import { MOST_SERIALS, rounded, valuesOf, type Wallet } from '../wallets.js'
import { starting, type Beginning, type Start } from './start-row.js'

const name = walletName('Name of the wallet')

/** The serial numbers of coin files, each once; or why they can't be read. */
type Read = readonly number[] | ServiceError

export const coinStarts: readonly Start[] = [
  starting({
    kind: 'echo',
    method: 'GET',
    path: '/echo',
    aliases: ['/check-all-raida-status'],
    body: noBody,
    documentation: { operationId: 'echo', tag: 'raida', summary: 'Ask every RAIDA server whether it is there', isTagInQuery: true },
    begin: () => ({}),
  }),
  starting({
    kind: 'version',
    method: 'GET',
    path: '/version',
    body: noBody,
    documentation: { operationId: 'getRaidaVersions', tag: 'raida', summary: 'Ask every RAIDA server for its version', isTagInQuery: true },
    begin: () => ({}),
  }),
  starting({
    kind: 'health',
    method: 'POST',
    path: '/health',
    body: record({ name }),
    documentation: { operationId: 'checkHealth', tag: 'coins', summary: 'Check the coins of a wallet', description: 'Coins found fracked stay in the wallet, are left out of later checks, and can be fixed.' },
    begin ({ body, wallets }) {
      const wallet = wallets.find(body.name)
      const { serials, total, alreadyFracked } = uncheckedOf(wallet)
      return {
        texts: [body.name],
        parameters: { name: body.name, coins: serials, total, already_fracked: alreadyFracked },
        failure: wallet === undefined ? walletNotFound() : serials.length === 0 ? noCoins('to detect') : undefined,
        usual: checking('health', serials.length),
        effect: { what: 'health', wallet: body.name },
      }
    },
  }),
  starting({
    kind: 'detect',
    method: 'POST',
    path: '/detect',
    body: record({ coins: coins(false), items: dataItems }, (body, profile) => {
      return body.coins.length === 0 && (profile === 'recorded' || body.items.length === 0) ? new Map([['Coins', BLANK]]) : undefined
    }),
    documentation: { operationId: 'detect', tag: 'coins', summary: 'Check coins that are given', description: 'Coins that no wallet holds are worth 1 each. The profile `recorded` takes no `items`.' },
    begin ({ body, wallets, profile }) {
      const serials = body.coins.length > 0 || profile === 'recorded' ? body.coins.map(({ sn }) => sn) : serialsIn(body.items)
      return { parameters: valued(serials, wallets), failure: failureOf(serials, 'to detect'), usual: checking('detect', countOf(serials)) }
    },
  }),
  starting({
    kind: 'import',
    method: 'POST',
    path: '/import',
    body: record({ name, items: importItems, tag }),
    documentation: { operationId: 'importCoins', tag: 'coins', summary: 'Take coins into a wallet', description: 'Authentic and fracked coins come in when the task has succeeded. No file is read: a path stands for as many coins as the number its file name begins with, always the same ones.' },
    begin ({ body, wallets }) {
      const wallet = wallets.find(body.name)
      const isSuspect = body.items.some(({ type }) => type === 'suspect')
      const read = isSuspect ? [] : serialsOfItems(body.items)
      const known = new Set(wallet?.serials)
      const serials = isFailure(read) ? [] : read.filter((sn) => !known.has(sn))
      return {
        texts: [body.name, ...body.items.filter(({ type }) => type === 'file').map(({ data }) => data)],
        parameters: {
          name: body.name,
          tag: body.tag,
          coins: serials,
          already_exists: isFailure(read) ? 0 : rounded(read.filter((sn) => known.has(sn)).reduce((sum, sn) => sum + wallets.valueOf(sn), 0)),
          is_suspect: isSuspect,
        },
        failure: wallet === undefined
          ? walletNotFound()
          : isSuspect && body.items.some(({ type }) => type !== 'suspect') ? suspectMixed() : isSuspect ? undefined : failureOf(read, 'to import'),
        usual: checking('import', serials.length),
        effect: { what: 'import', into: body.name, tag: isSuspect ? 'Leftovers in Suspect' : body.tag },
      }
    },
  }),
  starting({
    kind: 'fix',
    method: 'PUT',
    path: '/fix',
    body: record({ name }),
    documentation: { operationId: 'fixAll', tag: 'coins', summary: 'Fix all fracked coins of a wallet' },
    begin: ({ body, wallets }) => fixing(body.name, wallets, Object.entries(wallets.find(body.name)?.fracked ?? {}).map(([sn, pownstring]) => ({ sn: Number(sn), pownstring }))),
  }),
  starting({
    kind: 'fix',
    method: 'POST',
    path: '/fix',
    body: record({ name, pown_items: pownItems, tickets: list(anything('Tickets of a coin'), { description: 'Tickets that prove the coins, as an import has left them; ignored', isRequired: false }) }),
    documentation: { operationId: 'fix', tag: 'coins', summary: 'Fix coins that are given' },
    begin: ({ body, wallets }) => fixing(body.name, wallets, body.pown_items),
  }),
  starting({
    kind: 'pown',
    method: 'POST',
    path: '/pown',
    body: record({ coins: coinsWithPans }),
    documentation: { operationId: 'pown', tag: 'coins', summary: 'Make coins that are given one\'s own' },
    begin ({ body, wallets }) {
      const serials = body.coins.map(({ sn }) => sn)
      return { parameters: valued(serials, wallets), usual: checking('pown', serials.length) }
    },
  }),
  starting({
    kind: 'convert',
    method: 'POST',
    path: '/convert',
    aliases: ['/import-coins-from-file'],
    body: record({ name, coins: coins(false), items: dataItems, tag }, (body) => {
      return body.coins.length === 0 && body.items.length === 0 ? new Map([['Coins', BLANK], ['items', BLANK]]) : undefined
    }),
    documentation: { operationId: 'convert', tag: 'coins', summary: 'Convert coins of an older generation into a wallet' },
    begin ({ body, wallets }) {
      const serials = body.coins.length > 0 ? body.coins.map(({ sn }) => sn) : serialsIn(body.items)
      return {
        texts: [body.name],
        parameters: { name: body.name, ...valued(serials, wallets) },
        failure: wallets.find(body.name) === undefined ? walletNotFound() : failureOf(serials, 'to import'),
        effect: { what: 'import', into: body.name, tag: body.tag },
      }
    },
  }),
  starting({
    kind: 'freecoin',
    method: 'GET',
    path: '/freecoin',
    body: noBody,
    documentation: { operationId: 'getFreeCoin', tag: 'coins', summary: 'Get a coin for nothing', isTagInQuery: true },
    begin: () => ({}),
  }),
]

/** What of a wallet has not been found fracked yet. */
function uncheckedOf (wallet: Wallet | undefined): { readonly serials: readonly number[], readonly total: number, readonly alreadyFracked: number } {
  if (wallet === undefined || wallet.serials.length === 0) return { serials: [], total: 0, alreadyFracked: 0 }
  // Shared as long as it can be: many checks of a large wallet would be many long lists.
  if (Object.keys(wallet.fracked).length === 0) return { serials: wallet.serials, total: wallet.balance, alreadyFracked: 0 }
  const serials = wallet.serials.filter((sn) => wallet.fracked[sn] === undefined)
  const values = valuesOf(wallet.balance, wallet.serials.length)
  const alreadyFracked = rounded(wallet.serials.reduce((sum, sn, index) => wallet.fracked[sn] === undefined ? sum : sum + (values[index] ?? 0), 0))
  return { serials, total: rounded(wallet.balance - alreadyFracked), alreadyFracked }
}

/** Fixes those coins that some server fails, and skips the others (contract 7.1; the sums are values). */
function fixing (wallet: string, wallets: Wallets, items: ReadonlyArray<{ readonly sn: number, readonly pownstring: string }>): Beginning {
  const fracked = items.filter(({ pownstring }) => pownstring.includes('f'))
  const worth = (coins: typeof items): number => rounded(coins.reduce((sum, { sn }) => sum + wallets.valueOf(sn), 0))
  return {
    texts: [wallet],
    parameters: {
      name: wallet,
      total_fixed: worth(fracked),
      total_skipped: worth(items.filter(({ pownstring }) => !pownstring.includes('f'))),
      total_fixes_made: fracked.reduce((sum, { pownstring }) => sum + pownstring.split('f').length - 1, 0),
    },
    failure: wallets.find(wallet) === undefined ? walletNotFound() : undefined,
    effect: { what: 'fix', wallet, serials: fracked.map(({ sn }) => sn) },
  }
}

/** The coins of a call as its task's parameters tell of them; values only where they are not 1 each. */
function valued (read: Read, wallets: Wallets): JsonObject {
  const coins = isFailure(read) ? [] : read
  const values = coins.map((sn) => wallets.valueOf(sn))
  return { coins, ...(values.every((value) => value === 1) ? {} : { values }) }
}

function serialsIn (items: ReadonlyArray<{ readonly data: string }>): Read {
  return serialsOfItems(items.map(({ data }) => ({ type: 'inline', data })))
}

function serialsOfItems (items: ReadonlyArray<{ readonly type: string, readonly data: string }>): Read {
  const serials = new Set<number>()
  for (const { type, data } of items) {
    if (type === 'file' && isMissingPath(data)) return fileMissing(data)
    const found = type === 'file' ? serialsOfFile(data) : unpackCoins(Buffer.from(data, 'base64'))?.map(({ sn }) => sn)
    if (found === undefined) return foreignCoin()
    for (const sn of found) serials.add(sn)
    // No wallet holds more.
    if (serials.size >= MOST_SERIALS) break
  }
  return [...serials].slice(0, MOST_SERIALS)
}

function failureOf (read: Read, purpose: 'to detect' | 'to import'): ServiceError | undefined {
  if (isFailure(read)) return read
  return read.length === 0 ? noCoins(purpose) : undefined
}

function countOf (read: Read): number {
  return isFailure(read) ? 0 : read.length
}

function isFailure (read: Read): read is ServiceError {
  return read instanceof ServiceError
}
