/**
 * `pollux clock …`: the time, shown and moved.
 */
import type { Clock } from '../client/types.js'
import { facts } from './table.js'
import { defined, oneOf, toNumber, UsageError, type Answer, type Noun } from './verb.js'

export const CLOCK: Noun = {
  summary: 'show the time, stop it, move it on',
  unnamed: 'show',
  actions: {
    show: { summary: 'Show the time', run: async ({ client }) => clockAnswer(await client.clock.get()) },
    advance: {
      summary: 'Move time on by a duration, to an instant, or until the next change or the last one that is due',
      args: ['[duration]'],
      options: { to: '<instant>', until: '<next or idle>', max: '<duration>' },
      run: async (typed) => {
        const [by] = typed.args
        const to = typed.text('to')
        const until = typed.text('until')
        const max = typed.text('max')
        if ([by, to, until].filter((one) => one !== undefined).length !== 1) throw new UsageError('clock advance: expected exactly one of <duration>, --to and --until')
        if (max !== undefined && until === undefined) throw new UsageError('clock advance: --max goes with --until only')
        const advance = await typed.client.clock.advance(
          to !== undefined
            ? { to }
            : until !== undefined
              ? defined({ until: oneOf('--until', ['next', 'idle'], until), max })
              : { by: /^\d+$/.test(by ?? '') ? Number(by) : by ?? '' }
        )
        return { value: advance, text: `${advance.now}  ${advance.changed} tasks changed, ${advance.answered} held polls answered` }
      },
    },
    freeze: { summary: 'Stop time', run: async ({ client }) => clockAnswer(await client.clock.freeze()) },
    resume: { summary: 'Let time go on', run: async ({ client }) => clockAnswer(await client.clock.resume()) },
    speed: {
      summary: 'Set how many simulated seconds a real one has',
      args: ['<factor>'],
      run: async (typed) => clockAnswer(await typed.client.clock.set({ speed: toNumber('clock speed', typed.arg(0)) })),
    },
    'auto-skip': {
      summary: 'Let time jump to what anybody waits for',
      args: ['<on or off>'],
      run: async (typed) => clockAnswer(await typed.client.clock.set({ autoSkip: oneOf('clock auto-skip', ['on', 'off'], typed.arg(0)) === 'on' })),
    },
  },
}

function clockAnswer (clock: Clock): Answer {
  const { now, mode, speed, autoSkip, heldPolls, nextChangeAt } = clock
  return { value: clock, text: facts([['now', now], ['mode', mode], ['speed', speed], ['auto-skip', autoSkip ? 'on' : 'off'], ['held polls', heldPolls], ['next change', nextChangeAt]]) }
}
