/**
 * `pollux scenario …` and `pollux next …`: what tasks can be told to do, and what natively started ones get next.
 */
import { basename } from 'node:path'
import type { NewScenario, NextScenario, Scenario } from '../client/types.js'
import { facts, more, table } from './table.js'
import { defined, readJson, type Answer, type Noun } from './verb.js'

export const SCENARIO: Noun = {
  summary: 'show what tasks can be told to do, add to it',
  actions: {
    list: {
      summary: 'Show scenarios',
      options: { api: '<api>', limit: '<n>', after: '<cursor>' },
      run: async (typed) => {
        const page = await typed.client.scenarios.list(defined({ api: typed.text('api'), limit: typed.number('limit') ?? 1000, after: typed.text('after') }))
        return { value: page, text: table(['NAME', 'APIS', 'SUMMARY'], page.items.map(({ name, apis, summary }) => [name, apis.join(','), summary]), 'no scenarios') + more(page.next) }
      },
    },
    show: {
      summary: 'Show one, with scripts and faults',
      args: ['<name>'],
      run: async (typed) => scenarioAnswer(await typed.client.scenarios.get(typed.arg(0))),
    },
    put: {
      summary: 'Add the scenario of a file to the sandbox, or replace one of its own',
      args: ['<file>'],
      options: { name: '<name>' },
      run: async (typed) => {
        const file = typed.arg(0)
        // The file's content is the server's to check.
        return scenarioAnswer(await typed.client.scenarios.put(typed.text('name') ?? basename(file, '.json'), readJson('scenario put', file) as NewScenario))
      },
    },
    delete: {
      summary: 'Take one of the sandbox\'s own away',
      args: ['<name>'],
      run: async (typed) => {
        await typed.client.scenarios.delete(typed.arg(0))
        return { value: undefined, text: `deleted ${typed.arg(0)}` }
      },
    },
  },
}

export const NEXT: Noun = {
  summary: 'choose the scenario of tasks that clients start natively',
  unnamed: 'list',
  actions: {
    list: { summary: 'Show what natively started tasks get next', run: async ({ client }) => nextAnswer(await client.next.list()) },
    add: {
      summary: 'Give the next natively started tasks a scenario',
      args: ['<api>', '<scenario>'],
      options: { kind: '<kind>', times: '<n>' },
      run: async (typed) => nextAnswer(await typed.client.next.add(defined({ api: typed.arg(0), scenario: typed.arg(1), kind: typed.text('kind'), times: typed.number('times') }))),
    },
    clear: {
      summary: 'Back to success',
      run: async ({ client }) => {
        await client.next.clear()
        return { value: undefined, text: 'cleared' }
      },
    },
  },
}

function scenarioAnswer (scenario: Scenario): Answer {
  const { name, apis, summary, exposes, builtIn, definitions } = scenario
  return { value: scenario, text: `${facts([['name', name], ['apis', apis.join(', ')], ['does', summary], ['exposes', exposes], ['built in', builtIn ? 'yes' : 'no']])}\n\n${JSON.stringify(definitions, null, 2)}` }
}

function nextAnswer (next: readonly NextScenario[]): Answer {
  return { value: next, text: table(['API', 'KIND', 'SCENARIO', 'TIMES'], next.map(({ api, kind, scenario, times }) => [api, kind ?? 'any', scenario, times]), 'nothing is queued: natively started tasks succeed') }
}
