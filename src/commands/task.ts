/**
 * `pollux task …`: tasks made, shown, and moved by hand.
 */
import type { SandboxClient } from '../client/client.js'
import type { TaskRef } from '../client/tasks.js'
import type { NewTask, Task, TaskState } from '../client/types.js'
import { facts, more, table } from './table.js'
import { defined, jsonOrText, oneOf, type Action, type Answer, type Given, type Noun } from './verb.js'

const STATES: readonly TaskState[] = ['queued', 'running', 'cancelling', 'succeeded', 'failed', 'cancelled']
const API = { api: '<api>' }

export const TASK: Noun = {
  summary: 'make tasks, show them, move them by hand',
  actions: {
    create: {
      summary: 'Start a task',
      args: ['<api>'],
      options: { kind: '<kind>', scenario: '<name>', script: '<file or JSON>', id: '<id>', label: '<label>', parameters: '<file or JSON>', count: '<n>' },
      run: async (typed) => {
        // What the file or JSON holds is the server's to check.
        const task = defined({ api: typed.arg(0), kind: typed.text('kind'), scenario: typed.text('scenario'), script: typed.json('script'), id: typed.text('id'), label: typed.text('label'), parameters: typed.json('parameters') }) as NewTask
        const count = typed.number('count')
        if (count === undefined) return taskAnswer(await typed.client.tasks.create(task))
        const tasks = await typed.client.tasks.create({ ...task, count })
        return { value: tasks, text: tasks.map(({ id, pollUrl }) => `${id}  ${pollUrl}`).join('\n') }
      },
    },
    list: {
      summary: 'Show tasks',
      options: { ...API, kind: '<kind>', state: '<state>', label: '<label>', scenario: '<name>', limit: '<n>', after: '<cursor>' },
      run: async (typed) => {
        const page = await typed.client.tasks.list(defined({ api: typed.text('api'), kind: typed.text('kind'), state: stateOf(typed), label: typed.text('label'), scenario: typed.text('scenario'), limit: typed.number('limit'), after: typed.text('after') }))
        const rows = page.items.map(({ id, api, kind, scenario, state, progress, polls, waiters, held }) => [id, api, kind, scenario, held ? `${state} (held)` : state, percent(progress), polls, waiters])
        return { value: page, text: table(['ID', 'API', 'KIND', 'SCENARIO', 'STATE', 'PROGRESS', 'POLLS', 'WAITERS'], rows, 'no tasks') + more(page.next) }
      },
    },
    show: taskAction('Explain a task: its steps, what happened to it, its latest poll', {}, (client, task) => client.tasks.get(task)),
    wait: taskAction('Wait until all of these hold; exit code 1 at the time-out', { state: '<state>', polls: '<n>', waiters: '<n>', timeout: '<duration>' }, (client, task, typed) =>
      client.tasks.wait(task, defined({ state: stateOf(typed), polls: typed.number('polls'), waiters: typed.number('waiters'), timeout: typed.text('timeout') }))),
    hold: taskAction('Stop its script where it stands', {}, (client, task) => client.tasks.hold(task)),
    release: taskAction('Let it go on', {}, (client, task) => client.tasks.release(task)),
    finish: taskAction('End it well now', { result: '<JSON or text>' }, (client, task, typed) => {
      const result = typed.text('result')
      return client.tasks.finish(task, result === undefined ? {} : { result: jsonOrText(result) })
    }),
    fail: taskAction('End it badly now', { error: '<JSON or text>' }, (client, task, typed) => {
      const error = typed.text('error')
      // An object's keys are the server's to check.
      return client.tasks.fail(task, error === undefined ? {} : { error: (error.startsWith('{') ? jsonOrText(error) : error) as string })
    }),
    cancel: taskAction('Ask it to stop, as a client would', {}, (client, task) => client.tasks.cancel(task)),
    expire: taskAction('Let it vanish, as if its retention were over', {}, (client, task) => client.tasks.expire(task)),
    step: taskAction('Move on to its next step', { by: '<n>' }, (client, task, typed) => client.tasks.step(task, defined({ by: typed.number('by') }))),
    output: {
      ...taskAction('Append lines to its output', {}, (client, task, typed) => client.tasks.output(task, typed.args.slice(1))),
      args: ['<id>', '<line>...'],
    },
    delete: {
      summary: 'Take it away',
      args: ['<id>'],
      options: API,
      run: async (typed) => {
        await typed.client.tasks.delete(taskOf(typed))
        return { value: undefined, text: `deleted ${typed.arg(0)}` }
      },
    },
  },
}

/** An action on one task that answers with the task. */
function taskAction (summary: string, options: Record<string, string>, act: (client: SandboxClient, task: TaskRef, typed: Given) => Promise<Task>): Action {
  return { summary, args: ['<id>'], options: { ...options, ...API }, run: async (typed) => taskAnswer(await act(typed.client, taskOf(typed), typed)) }
}

function taskOf (typed: Given): TaskRef {
  return defined({ id: typed.arg(0), api: typed.text('api') })
}

function stateOf (typed: Given): TaskState | undefined {
  const text = typed.text('state')
  return text === undefined ? undefined : oneOf('--state', STATES, text)
}

function percent (progress: number): string {
  return `${Math.round(progress * 100)}%`
}

function taskAnswer (task: Task): Answer {
  const { snapshot, timeline, lastPoll } = task
  const head = facts([
    ['id', task.id],
    ['api', `${task.api} (${task.kind})`],
    ['state', `${task.state}${task.held ? ', held' : ''}, ${percent(task.progress)}`],
    ['scenario', task.scenario],
    ['label', task.label],
    ['created', task.createdAt],
    ['finished', task.finishedAt],
    ['poll at', task.pollUrl],
    ['polls', `${task.polls}, ${task.waiters} waiting`],
    ['last poll', lastPoll === null ? null : `#${lastPoll.seq}: ${lastPoll.why}`],
    ['output', `${snapshot.lines} lines`],
    ...snapshot.error === null ? [] : [['error', snapshot.error] as const],
    ...snapshot.result === null ? [] : [['result', snapshot.result] as const],
  ])
  const steps = table(['', 'STEP', 'STATE', 'LINES'], timeline.map(({ at, state, lines, past }) => [past ? '*' : ' ', at, state, lines]), 'no steps')
  const happened = task.facts.map(({ at, what, by }) => `${at ?? '-'}  ${what} by ${by}`).join('\n')
  return { value: task, text: [head, steps, happened].filter((part) => part !== '').join('\n\n') }
}
