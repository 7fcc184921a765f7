/**
 * The verbs of the command line over the control plane: a table, and what reads an invocation by it.
 */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { connectPollux } from '../client/client.js'
import { PolluxError, UnreachableError } from '../client/errors.js'
import { CLOCK } from './clock.js'
import { FAULT } from './fault.js'
import { JOURNAL, REPORT } from './journal.js'
import { OPTIONS, RESET, SANDBOX, SNAPSHOT } from './sandbox.js'
import { NEXT, SCENARIO } from './scenario.js'
import { TASK } from './task.js'
import { VALIDATE } from './validate.js'
import { Given, UsageError, type Action, type Answer, type Noun } from './verb.js'

const DEFAULT_URL = 'http://127.0.0.1:8080'

const NOUNS: Readonly<Record<string, Noun>> = {
  task: TASK,
  clock: CLOCK,
  scenario: SCENARIO,
  next: NEXT,
  fault: FAULT,
  journal: JOURNAL,
  report: REPORT,
  sandbox: SANDBOX,
  options: OPTIONS,
  snapshot: SNAPSHOT,
  reset: RESET,
  validate: VALIDATE,
}

const COMMON = { url: '<url>', sandbox: '<name>', token: '<token>', json: true, help: true } as const

const COMMON_HELP = `Options of every verb:
  --url <url>        The server (POLLUX_URL; default ${DEFAULT_URL})
  --sandbox <name>   The sandbox (POLLUX_SANDBOX; default: default)
  --token <token>    The server's --control-token (POLLUX_CONTROL_TOKEN)
  --json             Print JSON
  --help, -h         Show this text
Exit codes: 0 fine, 1 the answer is no, 2 what was typed can't be used`

/** The command line as a verb sees it. */
export interface Invocation {
  /** From the verb on. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly print: (text: string) => void
  readonly complain: (text: string) => void
}

/** A line for each verb. */
export const VERB_LINES = Object.entries(NOUNS).map(([name, { summary }]) => `  pollux ${name.padEnd(12)} ${summary}`).join('\n')

/** Runs a verb and returns its exit code; undefined when there is no such verb. */
export async function runVerb ({ argv: [name = '', ...argv], env, print, complain }: Invocation): Promise<number | undefined> {
  const noun = Object.hasOwn(NOUNS, name) ? NOUNS[name] : undefined
  if (noun === undefined) return undefined
  try {
    const { text, code } = await invoke(name, noun, argv, env)
    if (text !== '') print(`${text}\n`)
    return code
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof PolluxError || error instanceof UnreachableError)) throw error
    complain(`pollux: ${error.message}\n`)
    // What the server can't read was typed here.
    return error instanceof UsageError || (error instanceof PolluxError && error.status === 400) ? 2 : 1
  }
}

async function invoke (name: string, noun: Noun, argv: readonly string[], env: Invocation['env']): Promise<{ text: string, code: number }> {
  const [first] = argv
  const beforeDashes = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length)
  const named = first !== undefined && Object.hasOwn(noun.actions, first) && first !== '' ? first : undefined
  if (beforeDashes.includes('--help') || beforeDashes.includes('-h')) return { text: usageOf(name, noun, named), code: 0 }
  const verb = named ?? (first === undefined || first.startsWith('-') || noun.unnamed === '' ? noun.unnamed : undefined)
  const action = verb === undefined ? undefined : noun.actions[verb]
  if (verb === undefined || action === undefined) {
    throw new UsageError(`${name}: got ${first === undefined ? 'nothing' : JSON.stringify(first)}, expected one of ${Object.keys(noun.actions).join(', ')}`)
  }
  const title = verb === '' ? name : `${name} ${verb}`
  const { values, positionals } = parse(title, action, named === undefined ? argv : argv.slice(1))
  const text = (option: keyof typeof COMMON): string | undefined => typeof values[option] === 'string' ? values[option] : undefined
  const client = connect(text('url') ?? present(env['POLLUX_URL']) ?? DEFAULT_URL, text('sandbox') ?? present(env['POLLUX_SANDBOX']), text('token') ?? present(env['POLLUX_CONTROL_TOKEN']))
  const answer = await action.run(new Given(client, positionals, values))
  return { text: render(answer, values['json'] === true), code: answer.code ?? 0 }
}

function render ({ value, text }: Answer, isJson: boolean): string {
  if (!isJson) return text
  return value === undefined ? '' : JSON.stringify(value, null, 2)
}

function connect (url: string, sandbox: string | undefined, token: string | undefined) {
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw new UsageError(`--url: got ${JSON.stringify(url)}, expected a URL such as ${DEFAULT_URL}`)
  return connectPollux(url, { sandbox, token })
}

function parse (title: string, { args = [], options = {} }: Action, argv: readonly string[]) {
  const config: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' } }
  for (const [name, placeholder] of Object.entries({ ...COMMON, ...options })) {
    config[name] ??= { type: placeholder === true ? 'boolean' : 'string', multiple: Array.isArray(placeholder) }
  }
  const hint = `; pollux ${title} --help tells more`
  let parsed
  try {
    parsed = parseArgs({ args: [...argv], options: config, allowPositionals: true })
  } catch (error) {
    throw new UsageError(`${title}: ${error instanceof Error ? error.message.split(/\. |\n/)[0] ?? '' : String(error)}${hint}`)
  }
  const { length } = parsed.positionals
  const needed = args.filter((arg) => arg.startsWith('<')).length
  const isOpen = args.at(-1)?.endsWith('...') ?? false
  if (length < needed || (length > args.length && !isOpen)) {
    throw new UsageError(`${title}: got ${length} argument${length === 1 ? '' : 's'}, expected ${args.length === 0 ? 'none' : args.join(' ')}${hint}`)
  }
  return parsed
}

function usageOf (name: string, noun: Noun, only: string | undefined): string {
  const shown = Object.entries(noun.actions).filter(([action]) => only === undefined || action === only)
  const lines = shown.map(([action, { summary, args = [], options = {} }]) => {
    const optional = Object.entries(options).map(([option, placeholder]) => placeholder === true ? `[--${option}]` : `[--${option} ${String(placeholder)}]${Array.isArray(placeholder) ? '...' : ''}`)
    return `  ${['pollux', name, ...action === '' ? [] : [action === noun.unnamed ? `[${action}]` : action], ...args, ...optional].join(' ')}\n      ${summary}`
  })
  return `Usage:\n${lines.join('\n')}\n\n${COMMON_HELP}`
}

/** An empty variable is none. */
function present (text: string | undefined): string | undefined {
  return text === '' ? undefined : text
}
