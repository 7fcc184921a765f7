/**
 * What a verb of the command line is, and what it is given.
 */
import { readFileSync } from 'node:fs'
import type { SandboxClient } from '../client/client.js'

/** What was typed is not what a verb takes: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** What a verb found: for machines, for people, and as an exit code. */
export interface Answer {
  /** Printed by `--json`; undefined prints nothing. */
  readonly value: unknown
  /** Printed otherwise. */
  readonly text: string
  /** Default 0. */
  readonly code?: 0 | 1
}

/** One thing that can be done to a noun. */
export interface Action {
  readonly summary: string
  /** Names of positionals as usage shows them: `<id>`, `[name]`, `<line>...`. */
  readonly args?: readonly string[]
  /** Options by name: the placeholder of their value, a list of one for those that repeat, true for those without value. */
  readonly options?: Readonly<Record<string, string | readonly [string] | true>>
  readonly run: (given: Given) => Promise<Answer>
}

/** A verb of the command line: `pollux <noun> [action]`. */
export interface Noun {
  readonly summary: string
  readonly actions: Readonly<Record<string, Action>>
  /** The action that is meant when none is named. */
  readonly unnamed?: string
}

type Values = Readonly<Record<string, string | boolean | ReadonlyArray<string | boolean> | undefined>>

/** What stands behind a verb. */
export class Given {
  readonly client: SandboxClient
  readonly args: readonly string[]
  readonly #values: Values

  constructor (client: SandboxClient, args: readonly string[], values: Values) {
    this.client = client
    this.args = args
    this.#values = values
  }

  /** A positional; the parser has seen to it that those that are demanded are there. */
  arg (index: number): string {
    return this.args[index] ?? ''
  }

  text (name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }

  texts (name: string): string[] {
    const value = this.#values[name]
    return Array.isArray(value) ? value.map(String) : []
  }

  flag (name: string): boolean {
    return this.#values[name] === true
  }

  number (name: string): number | undefined {
    const text = this.text(name)
    return text === undefined ? undefined : toNumber(`--${name}`, text)
  }

  /** The JSON of an option: itself, or the content of the file it names. */
  json (name: string): unknown {
    const text = this.text(name)
    return text === undefined ? undefined : readJson(`--${name}`, text)
  }
}

export function toNumber (what: string, text: string): number {
  if (!/^\d{1,15}(?:\.\d{1,9})?$/.test(text)) throw new UsageError(`${what}: got ${JSON.stringify(text)}, expected a number`)
  return Number(text)
}

/** One of these words, or a UsageError. */
export function oneOf<Word extends string> (what: string, words: readonly Word[], text: string): Word {
  const word = words.find((known) => known === text)
  if (word === undefined) throw new UsageError(`${what}: got ${JSON.stringify(text)}, expected ${words.length === 1 ? '' : 'one of '}${words.join(', ')}`)
  return word
}

/** JSON as it stands, or that of a file (`-`: of the standard input). Throws a UsageError. */
export function readJson (what: string, given: string): unknown {
  const isInline = /^\s*[[{"]/.test(given)
  try {
    return JSON.parse(isInline ? given : readFileSync(given === '-' ? 0 : given, 'utf8'))
  } catch (error) {
    throw new UsageError(`${what}: got ${JSON.stringify(given)}, expected JSON or a file of it: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Text as JSON when it is some, else as it is. */
export function jsonOrText (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Options of APIs (`connect.retention-seconds=600`), by API. Throws a UsageError. */
export function toOptions (settings: readonly string[]): Record<string, Record<string, unknown>> {
  const options: Record<string, Record<string, unknown>> = {}
  for (const setting of settings) {
    const [, api, option, text] = /^([^.=]+)\.([^=]+)=(.*)$/s.exec(setting) ?? []
    if (api === undefined || option === undefined || text === undefined) throw new UsageError(`got ${JSON.stringify(setting)}, expected <api>.<option>=<value>`)
    options[api] = { ...options[api], [option]: jsonOrText(text) }
  }
  return options
}

/** The entries that are given: an optional key may be absent, not undefined. */
export function defined<Values extends object> (values: Values): { [Key in keyof Values]: Exclude<Values[Key], undefined> } {
  // What is left is what the type says; absent keys are undefined to whoever reads them.
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as { [Key in keyof Values]: Exclude<Values[Key], undefined> }
}
