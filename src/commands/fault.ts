/**
 * `pollux fault …`: what goes wrong.
 */
import type { Fault, NewFault } from '../client/types.js'
import { more, table } from './table.js'
import { defined, readJson, toNumber, type Answer, type Noun } from './verb.js'

export const FAULT: Noun = {
  summary: 'let replies go wrong',
  actions: {
    add: {
      summary: 'Put a fault in force: {"match":{"operation":"poll"},"when":{"nthCall":[2]},"effect":{"status":503}}',
      args: ['<file or JSON>'],
      // What it holds is the server's to check.
      run: async (typed) => faultAnswer([await typed.client.faults.add(readJson('fault add', typed.arg(0)) as NewFault)]),
    },
    list: {
      summary: 'Show the faults in force',
      options: { limit: '<n>', after: '<cursor>' },
      run: async (typed) => {
        const page = await typed.client.faults.list(defined({ limit: typed.number('limit'), after: typed.text('after') }))
        return { value: page, text: faultAnswer(page.items).text + more(page.next) }
      },
    },
    delete: {
      summary: 'Take one away',
      args: ['<id>'],
      run: async (typed) => {
        await typed.client.faults.delete(toNumber('fault delete', typed.arg(0)))
        return { value: undefined, text: `deleted ${typed.arg(0)}` }
      },
    },
    clear: {
      summary: 'Take all away',
      run: async ({ client }) => {
        await client.faults.clear()
        return { value: undefined, text: 'cleared' }
      },
    },
  },
}

function faultAnswer (faults: readonly Fault[]): Answer {
  return { value: faults[0], text: table(['ID', 'FIRED', 'MATCH', 'WHEN', 'EFFECT'], faults.map(({ id, fired, match, when, effect }) => [id, fired, match, when, effect]), 'no faults') }
}
