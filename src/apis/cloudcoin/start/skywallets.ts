/**
 * Calls about skywallets, of which Pollux keeps none: most of them end in the vendor's "not found" unless a scenario says otherwise (contract 7.4).
 */
import type { JsonObject } from '../../../simulator/script.js'
import { amount, anything, BLANK, isHex32, noBody, optionalText, record, requiredText, skywalletName, tag, type Field, type Values } from '../fields.js'
import { skywalletNotFound, skywalletToDeleteNotFound } from '../service-error.js'
import { starting, type Start } from './start-row.js'
import { spendingFailure } from './wallets.js'

const sky = skywalletName('DNS name of the skywallet')
const recipient = optionalText('Serial number or address of who is paid', 'other.skywallet.cc')
const payment = { name: optionalText('Who pays', 'Default'), srcname: optionalText('The same', 'my.skywallet.cc'), to: recipient, toname: recipient, dstname: optionalText('Wallet that is paid', 'Default'), amount, tag }

type PaymentBody = Values<typeof payment>

/** The body of a payment: who pays is told in one way or the other, and so is who is paid. */
function paying (source: 'name' | 'srcname', ...recipients: ReadonlyArray<'to' | 'toname' | 'dstname'>): Field<PaymentBody> {
  return record(payment, (body) => {
    const blanks = body.name === '' && body.srcname === '' ? [source] : []
    const missing = recipients.every((key) => body[key] === '') ? recipients : []
    return new Map([...blanks, ...missing].map((key) => [key, BLANK]))
  })
}

function parametersOf ({ name, srcname, to, toname, dstname, amount, tag }: PaymentBody): JsonObject {
  return { name: name || srcname, to: to || toname || dstname, amount, tag }
}

/** A call about one skywallet, which is not there. */
function about (kind: string, path: string, operationId: string, summary: string): Start {
  return starting({
    kind,
    method: 'POST',
    path,
    body: record({ name: sky, tag }),
    documentation: { operationId, tag: 'skywallets', summary, emulated: NO_SKYWALLETS },
    begin: ({ body: { name } }) => ({ texts: [name], parameters: { name }, failure: skywalletNotFound() }),
  })
}

const NO_SKYWALLETS = 'partly: no skywallet is kept, so only a scenario makes it succeed'

export const skywalletStarts: readonly Start[] = [
  starting({
    kind: 'deposit',
    method: 'POST',
    path: '/deposit',
    body: paying('name', 'to', 'toname'),
    documentation: { operationId: 'deposit', tag: 'skywallets', summary: 'Pay from a wallet into a skywallet', emulated: 'partly: no skywallet is kept, so what is paid is gone' },
    begin: ({ body, body: { name, srcname, amount, tag }, wallets }) => ({
      texts: [name || srcname],
      parameters: parametersOf(body),
      failure: spendingFailure(wallets, name || srcname, amount),
      effect: { what: 'spend', from: name || srcname, amount, tag, type: 'Deposit' },
    }),
  }),
  starting({
    kind: 'withdraw',
    method: 'POST',
    path: '/withdraw',
    body: paying('srcname', 'dstname', 'to', 'toname'),
    documentation: { operationId: 'withdraw', tag: 'skywallets', summary: 'Pay from a skywallet into a wallet', emulated: NO_SKYWALLETS },
    begin: ({ body }) => ({ texts: [body.name || body.srcname], parameters: parametersOf(body), failure: skywalletNotFound() }),
  }),
  starting({
    kind: 'skytransfer',
    method: 'POST',
    path: '/skytransfer',
    body: paying('srcname', 'to', 'toname'),
    documentation: { operationId: 'transferBetweenSkywallets', tag: 'skywallets', summary: 'Pay from one skywallet into another', emulated: NO_SKYWALLETS },
    begin: ({ body }) => ({ texts: [body.name || body.srcname], parameters: parametersOf(body), failure: skywalletNotFound() }),
  }),
  starting({
    kind: 'skywallets',
    method: 'GET',
    path: '/skywallets',
    body: noBody,
    documentation: { operationId: 'listSkywallets', tag: 'skywallets', summary: 'List the skywallets with their balances', description: 'With `list_only=true` the empty list is the payload itself, and no task is started.', isTagInQuery: true, query: { list_only: 'true: answer at once' } },
    instead: ({ query: { list_only: listOnly } }) => listOnly === 'true' ? [] : undefined,
    begin: () => ({}),
  }),
  starting({
    kind: 'skywallet',
    method: 'GET',
    path: '/skywallets/:sky_name',
    body: noBody,
    documentation: { operationId: 'getSkywallet', tag: 'skywallets', summary: 'Read a skywallet', emulated: NO_SKYWALLETS, isTagInQuery: true },
    begin: ({ params: { sky_name: name = '' } }) => ({ texts: [name], parameters: { name }, failure: skywalletNotFound() }),
  }),
  starting({
    kind: 'skywallet-create',
    method: 'POST',
    path: '/skywallets',
    body: record({ name: sky, coin: anything('The id coin'), type: optionalText('Its type', 'bin'), tag }),
    documentation: { operationId: 'createSkywallet', tag: 'skywallets', summary: 'Create a skywallet', emulated: 'partly: none is kept' },
    begin: ({ body: { name, type } }) => ({ texts: [name], parameters: { name, type } }),
  }),
  starting({
    kind: 'skywallet-delete',
    method: 'DELETE',
    path: '/skywallets/:sky_name',
    body: noBody,
    documentation: { operationId: 'deleteSkywallet', tag: 'skywallets', summary: 'Delete a skywallet', emulated: NO_SKYWALLETS, isTagInQuery: true, query: { file_only: 'true: keep its name' } },
    begin: ({ params: { sky_name: name = '' } }) => ({ texts: [name], parameters: { name }, failure: skywalletToDeleteNotFound() }),
  }),
  about('skydetect', '/skydetect', 'detectSkywallet', 'Check the coins of a skywallet'),
  about('skyhealth', '/skyhealth', 'checkSkywalletHealth', 'Check the state of a skywallet on all servers'),
  about('skyfix', '/skyfix', 'fixSkywallet', 'Fix a skywallet'),
  about('sync', '/sync', 'syncSkywallet', 'Bring the servers to the same coins of a skywallet'),
  starting({
    kind: 'statements-delete',
    method: 'DELETE',
    path: '/statements/:sky_name',
    body: noBody,
    documentation: { operationId: 'deleteStatements', tag: 'skywallets', summary: 'Delete the statements of a skywallet', emulated: NO_SKYWALLETS, isTagInQuery: true },
    begin: ({ params: { sky_name: name = '' } }) => ({ texts: [name], parameters: { name }, failure: skywalletNotFound() }),
  }),
  starting({
    kind: 'showpayment',
    method: 'POST',
    path: '/showpayment',
    body: record({ guid: requiredText('Payment, 32 hex digits', '76d65e205f13bd8825abfb0c7758bbc7', isHex32), tag }),
    documentation: { operationId: 'showPayment', tag: 'skywallets', summary: 'Show a payment', emulated: NO_SKYWALLETS },
    begin: ({ body: { guid } }) => ({
      texts: [guid],
      parameters: { guid },
      failure: skywalletNotFound(),
    }),
  }),
]
