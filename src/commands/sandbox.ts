/**
 * `pollux sandbox …`, `options …`, `snapshot …`, `reset`: sandboxes as wholes.
 */
import { writeFileSync } from 'node:fs'
import type { Keepable, Options, SandboxInfo, Snapshot } from '../client/types.js'
import { facts, more, table } from './table.js'
import { defined, oneOf, readJson, toOptions, type Answer, type Noun } from './verb.js'

const KEEPABLE: readonly Keepable[] = ['faults', 'scenarios', 'clock']

export const SANDBOX: Noun = {
  summary: 'make and delete isolated worlds',
  actions: {
    create: {
      summary: 'Make one, with a credential that leads to it',
      args: ['[name]'],
      options: { seed: '<n>', clock: '<running or frozen>', 'start-at': '<instant>', speed: '<factor>', 'auto-skip': true, set: ['<api>.<option>=<value>'], 'no-fixtures': true },
      run: async (typed) => {
        const mode = typed.text('clock')
        const clock = defined({ mode: mode === undefined ? undefined : oneOf('--clock', ['running', 'frozen'], mode), startAt: typed.text('start-at'), speed: typed.number('speed'), autoSkip: typed.flag('auto-skip') ? true : undefined })
        const sandbox = await typed.client.sandboxes.create(defined({ name: typed.args[0], seed: typed.number('seed'), clock, options: toOptions(typed.texts('set')), fixtures: !typed.flag('no-fixtures') }))
        return sandboxAnswer(sandbox)
      },
    },
    list: {
      summary: 'Show the sandboxes that are there',
      options: { limit: '<n>', after: '<cursor>' },
      run: async (typed) => {
        const page = await typed.client.sandboxes.list(defined({ limit: typed.number('limit'), after: typed.text('after') }))
        return { value: page, text: table(['NAME', 'TASKS', 'CLOCK', 'NOW', 'BASE URL'], page.items.map(({ name, tasks, clock, baseUrl }) => [name, tasks, clock.mode, clock.now, baseUrl]), 'no sandboxes') + more(page.next) }
      },
    },
    show: { summary: 'Show one', args: ['<name>'], run: async (typed) => sandboxAnswer(await typed.client.sandboxes.get(typed.arg(0))) },
    delete: {
      summary: 'Answer its held polls and free everything',
      args: ['<name>'],
      run: async (typed) => {
        await typed.client.sandboxes.delete(typed.arg(0))
        return { value: undefined, text: `deleted ${typed.arg(0)}` }
      },
    },
  },
}

export const OPTIONS: Noun = {
  summary: 'show and change the options of the APIs',
  unnamed: 'get',
  actions: {
    get: { summary: 'Show the options in force', run: async ({ client }) => optionsAnswer(await client.options.get()) },
    set: {
      summary: 'Change some, all or none; a value is JSON or else text, null gives the default back',
      args: ['<api>.<option>=<value>...'],
      run: async (typed) => optionsAnswer(await typed.client.options.set(toOptions(typed.args))),
    },
  },
}

export const SNAPSHOT: Noun = {
  summary: 'take the state of a sandbox elsewhere',
  actions: {
    save: {
      summary: 'Write it into a file (-: the standard output)',
      args: ['<file>'],
      run: async (typed) => {
        const snapshot = await typed.client.snapshot.get()
        const file = typed.arg(0)
        if (file === '-') return { value: snapshot, text: JSON.stringify(snapshot) }
        writeFileSync(file, `${JSON.stringify(snapshot)}\n`)
        return { value: undefined, text: `saved ${typed.client.name} into ${file}` }
      },
    },
    load: {
      summary: 'Put a file\'s state in the place of what the sandbox holds',
      args: ['<file>'],
      run: async (typed) => {
        // The file's content is the server's to check.
        const restored = await typed.client.snapshot.put(readJson('snapshot load', typed.arg(0)) as Snapshot)
        return { value: restored, text: `loaded ${typed.arg(0)} into ${restored.name}: ${restored.tasks} tasks, ${restored.faults} faults` }
      },
    },
  },
}

export const RESET: Noun = {
  summary: 'put the sandbox back to its start',
  unnamed: '',
  actions: {
    '': {
      summary: 'Back to the fixtures, but for what is kept; held polls have been answered when it ends',
      options: { keep: '<faults,scenarios,clock>' },
      run: async (typed) => {
        const keep = typed.text('keep')?.split(',').map((what) => oneOf('--keep', KEEPABLE, what))
        const reset = await typed.client.reset(defined({ keep }))
        return { value: reset, text: `${reset.name} is as at its start: ${reset.tasks} tasks` }
      },
    },
  },
}

function sandboxAnswer (sandbox: SandboxInfo): Answer {
  const { name, seed, baseUrl, hostUrl, credential, urls, clock, tasks } = sandbox
  return { value: sandbox, text: facts([['name', name], ['base URL', baseUrl], ['by host', hostUrl], ['credential', credential], ...Object.entries(urls), ['clock', `${clock.now}, ${clock.mode}`], ['seed', seed], ['tasks', tasks]]) }
}

function optionsAnswer (options: Options): Answer {
  const lines = Object.entries(options).flatMap(([api, values]) => Object.entries(values).map(([option, value]): [string, unknown] => [`${api}.${option}`, value]))
  return { value: options, text: facts(lines) }
}
