/**
 * The server itself, its settings, and what of the vendor's world needs no task.
 */
import type { JsonObject } from '../../../simulator/script.js'
import { unpackCoins } from '../coins.js'
import { readInput } from '../endpoint.js'
import { BLANK, flag, folder, isBase64, list, anything, noBody, number, optionalText, record, requiredText, skywalletName, tag } from '../fields.js'
import { fileTime } from '../results.js'
import { foreignData } from '../service-error.js'
import { answering, type Companion } from './companion-row.js'
import { EMPTY, FILE_NAME, INFO, LIST, NAMES, NEWS, PICKED, SETTINGS, UNPACKED } from './payloads.js'

/** As if a user had chosen them in the vendor's dialog. */
const PICKED_ITEMS: Readonly<Record<string, readonly string[]>> = { file: ['/coins/5.CloudCoin.sample.bin'], folder: ['/coins'] }

const UNTRIED = 'u'.repeat(25)

export const serverCompanions: readonly Companion[] = [
  answering({
    method: 'GET',
    path: '/info',
    body: noBody,
    documentation: { operationId: 'getInfo', tag: 'server', summary: 'Tell the version', payload: INFO },
    reply: () => ({ version: '0.1.127' }),
  }),
  answering({
    method: 'GET',
    path: '/settings',
    body: noBody,
    documentation: { operationId: 'getSettings', tag: 'server', summary: 'Read the settings', payload: SETTINGS },
    reply: ({ wallets }) => wallets.settings,
  }),
  answering({
    method: 'POST',
    path: '/settings',
    body: record({
      default_timeout_mult: number('Factor of time-outs, percent', 100),
      echo_timeout_mult: number('The same for echo', 100),
      max_notes: number('Coins asked for at once', 50),
      change_server_sn: number('Serial number of the change server', 2),
      use_local_raidas: flag('Whether to ask the servers listed'),
      local_raidas: list(anything('A server'), { description: 'Servers', isRequired: false }),
    }),
    documentation: { operationId: 'changeSettings', tag: 'server', summary: 'Change the settings', payload: EMPTY, emulated: 'partly: they are kept, but nothing acts by them' },
    reply ({ body, wallets }) {
      // What JSON.parse has made of the body.
      wallets.changeSettings(Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) as JsonObject)
      return {}
    },
  }),
  answering({
    method: 'POST',
    path: '/unpack',
    body: record({ data: requiredText('A coin file, Base64', 'eyJjbG91ZGNvaW4iOltdfQ==', isBase64) }),
    documentation: { operationId: 'unpack', tag: 'coins', summary: 'Tell what coins a file holds', payload: UNPACKED },
    reply ({ body: { data } }) {
      const coins = unpackCoins(Buffer.from(data, 'base64'))
      if (coins === undefined) throw foreignData()
      return coins.map(({ sn, ans }) => ({ sn, ans, pownstring: UNTRIED }))
    },
  }),
  answering({
    method: 'GET',
    path: '/senderhistory',
    body: noBody,
    documentation: { operationId: 'findSenders', tag: 'server', summary: 'Find names that coins were sent from', payload: NAMES, query: { pattern: 'Part of a name' }, emulated: 'partly: nobody is known' },
    reply: () => ({ names: [] }),
  }),
  {
    method: 'GET',
    path: '/filepicker',
    body: noBody,
    documentation: { operationId: 'pickFiles', tag: 'server', summary: 'Let the user pick a file or a folder', payload: PICKED, query: { type: '`file` or `folder`' }, emulated: 'partly: always the same is picked' },
    answer (request) {
      const { query: { type = '' } } = readInput(request, noBody)
      const picked = Object.hasOwn(PICKED_ITEMS, type) ? PICKED_ITEMS[type] : undefined
      // Alone among the errors this one is a bare map (contract 6).
      return picked === undefined ? { status: 'error', payload: { type: type === '' ? BLANK : 'must be a valid value' } } : { status: 'success', payload: { items_picked: picked } }
    },
  },
  answering({
    method: 'GET',
    path: '/news',
    body: noBody,
    documentation: { operationId: 'getNews', tag: 'server', summary: 'Read the vendor\'s news', payload: NEWS, emulated: 'partly: there are none' },
    reply: () => ({ version: 'https://jsonfeed.org/version/1', title: '', items: [] }),
  }),
  answering({
    method: 'POST',
    path: '/skybackup',
    body: record({ name: skywalletName('DNS name of the skywallet'), folder, tag }),
    documentation: { operationId: 'backupSkywallet', tag: 'skywallets', summary: 'Write a backup of a skywallet', payload: FILE_NAME, emulated: 'partly: no file is written' },
    reply: ({ body: { folder, tag }, sandbox }) => ({ FileName: `${folder}/0.Backup.${tag === '' ? 'CC' : tag}.${fileTime(sandbox.clock.now())}.zip` }),
  }),
  answering({
    method: 'POST',
    path: '/skywallets/:sky_name',
    body: record({ type: optionalText('Its type', 'bin') }),
    documentation: { operationId: 'changeSkywallet', tag: 'skywallets', summary: 'Change a skywallet', payload: EMPTY, emulated: 'partly: none is kept' },
    reply: () => ({}),
  }),
  answering({
    method: 'GET',
    path: '/skytransactions/:sky_name/:guid',
    body: noBody,
    documentation: { operationId: 'getSkyTransaction', tag: 'skywallets', summary: 'Read a transaction of a skywallet', payload: LIST, emulated: 'partly: there are none' },
    reply: () => [],
  }),
]
