/**
 * Configuration: one schema for flags, environment and file, and the function that reads all three.
 */
import { Type, type TObject, type TSchema } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import { readFileSync } from 'node:fs'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { LIMIT_SETTINGS, readLimits, type Limits, type SpanName } from './limits.js'
import { parseDuration, parseInstant } from './simulator/script.js'

/**
 * Every setting, by the name it has as a flag (`--start-at`), in the environment (`POLLUX_START_AT`) and in the file
 * (`"start-at"`). `expects` says what is allowed, in error messages and in the README.
 */
export const SETTINGS = {
  host: Type.String({ minLength: 1, default: '127.0.0.1', expects: 'an address or host name', description: 'Address to listen on; `0.0.0.0` for every interface' }),
  port: Type.Integer({ minimum: 0, maximum: 65535, default: 8080, expects: 'a whole number of 0 to 65535', description: 'Port of the shared listener; `0`: any free one' }),
  seed: Type.Integer({ minimum: 0, maximum: 2 ** 32 - 1, default: 1, expects: 'a whole number of 0 to 4294967295', description: 'Start of every random stream: the same seed and the same requests give the same bytes' }),
  speed: Type.Number({ exclusiveMinimum: 0, maximum: 1e6, default: 1, expects: 'a number greater than 0, at most 1000000', description: 'Simulated seconds per real second' }),
  clock: Type.Union([Type.Literal('running'), Type.Literal('frozen')], { default: 'running', expects: 'running or frozen', description: 'Whether simulated time moves by itself' }),
  'start-at': Type.Optional(Type.String({ expects: 'an RFC 3339 instant such as 2026-11-22T12:00:00Z', description: 'First instant of the simulated clock; default: now' })),
  listen: Type.Record(Type.String(), Type.Integer({ minimum: 0, maximum: 65535 }), { default: {}, expects: '<api>=<port>', description: 'A further listener that is one API\'s alone, for clients that take no base path; repeatable' }),
  set: Type.Record(Type.String(), Type.Record(Type.String(), Type.Unknown()), { default: {}, expects: '<api>.<option>=<value>', description: 'An option of an API (see below); repeatable' }),
  fixtures: Type.Optional(Type.String({ minLength: 1, expects: 'a directory', description: 'Directory of your own tasks and scenarios, laid out like `fixtures/`; they add to or replace the built-in ones' })),
  'control-token': Type.Optional(Type.String({ minLength: 1, expects: 'a text', description: 'Demanded by the control plane as `Authorization: Bearer <token>`; health excepted' })),
  'allow-host': Type.Array(Type.String({ minLength: 1 }), { default: [], expects: 'a host name', description: 'A further name under which the control plane may be addressed; repeatable' }),
  'max-sandboxes': Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1000, expects: 'a whole number of 1 to 1000000', description: 'How many sandboxes there may be at once' }),
  'sandbox-idle': Type.String({ default: '30m', expects: 'a duration such as 30m, or never', description: 'A sandbox that is not addressed for so long (real time) is deleted; the default one never is' }),
  'journal-entries': Type.Integer({ minimum: 1, maximum: 1_000_000, default: 1000, expects: 'a whole number of 1 to 1000000', description: 'How many exchanges the journal of a sandbox keeps' }),
  'journal-body': Type.Integer({ minimum: 0, maximum: 67_108_864, default: 8192, expects: 'a whole number of 0 to 67108864', description: 'How many bytes of a body the journal keeps' }),
  'max-upload': Type.Integer({ minimum: 0, maximum: 2 ** 40, default: 536_870_912, expects: 'a whole number of 0 to 1099511627776', description: 'How many bytes an upload (a bundle, a package) may have; it is read, not kept' }),
  ...LIMIT_SETTINGS,
  'log-level': Type.Union((['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const).map((level) => Type.Literal(level)), { default: 'info', expects: 'fatal, error, warn, info, debug, trace or silent', description: 'Least severe level that is logged' }),
  'log-requests': Type.Boolean({ default: false, expects: 'true or false', description: 'One log line per answered request' }),
  config: Type.Optional(Type.String({ minLength: 1, expects: 'a JSON file', description: 'File with any of these settings' })),
} satisfies Record<string, TSchema>

export type SettingName = keyof typeof SETTINGS

/** What the server is built from. */
export interface Config {
  readonly host: string
  readonly port: number
  readonly seed: number
  readonly speed: number
  readonly clock: 'running' | 'frozen'
  /** Epoch ms; undefined: the machine's time. */
  readonly startAt: number | undefined
  /** Ports of native listeners by API. */
  readonly listen: ReadonlyMap<string, number>
  /** Options of every API, defaults filled in. */
  readonly options: ReadonlyMap<string, Readonly<Record<string, unknown>>>
  readonly fixtures: string | undefined
  /** Undefined: the control plane asks nobody. */
  readonly controlToken: string | undefined
  readonly allowedHosts: readonly string[]
  readonly maxSandboxes: number
  /** Machine time; Infinity: never. */
  readonly sandboxIdleMs: number
  readonly journalEntries: number
  readonly journalBodyBytes: number
  readonly maxUploadBytes: number
  readonly limits: Limits
  readonly logLevel: string
  readonly logRequests: boolean
}

/** A setting that can't be used: which, what was given, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** What an API brings to the configuration. */
export interface ConfigurableApi {
  readonly name: string
  readonly options: TObject
}

export interface ConfigSources {
  /** Arguments without node and script. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  /** Settings by name as a program gives them; they take the place of a file. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly apis: readonly ConfigurableApi[]
}

/** What the command line asks for, besides settings. */
export interface CommandLine {
  readonly config: Config
  /** Sub-command and its arguments; empty: serve. */
  readonly command: readonly string[]
  readonly help: boolean
  readonly version: boolean
}

/** One value on its way in: from where, and as text (flags, environment) or as JSON (file). */
interface Given {
  readonly from: string
  readonly value: unknown
}

const NAMES = Object.keys(SETTINGS) as SettingName[]
const REPEATABLE: ReadonlySet<SettingName> = new Set(['listen', 'set', 'allow-host'])

/** The environment variable of a setting. */
export function environmentName (name: SettingName): string {
  return `POLLUX_${name.toUpperCase().replaceAll('-', '_')}`
}

/** Reads flags, then environment, then file: the first that names a setting decides. Throws ConfigError; reads no file but the named one. */
export function loadConfig ({ argv, env, settings, apis }: ConfigSources): CommandLine {
  const flags = parseFlags(argv)
  const fromEnvironment = readEnvironment(env)
  const configFile = flags.given.get('config')?.[0] ?? fromEnvironment.get('config')?.[0]
  const fromFile = settings !== undefined ? readSettings(settings, 'settings') : configFile === undefined ? new Map<SettingName, Given[]>() : readConfigFile(configFile)
  const givenOf = (name: SettingName): readonly Given[] => flags.given.get(name) ?? fromEnvironment.get(name) ?? fromFile.get(name) ?? []
  const one = (name: SettingName): unknown => {
    const given = givenOf(name)[0]
    return given === undefined ? SETTINGS[name].default : checked(name, given)
  }

  // Each value has just been checked against its schema.
  const startAt = givenOf('start-at')[0]
  const config: Config = {
    host: one('host') as string,
    port: one('port') as number,
    seed: one('seed') as number,
    speed: one('speed') as number,
    clock: one('clock') as Config['clock'],
    startAt: startAt === undefined ? undefined : instantOf(startAt),
    listen: toListeners(givenOf('listen'), apis),
    options: toOptions([...fromFile.get('set') ?? [], ...fromEnvironment.get('set') ?? [], ...flags.given.get('set') ?? []], apis),
    fixtures: one('fixtures') as string | undefined,
    controlToken: one('control-token') as string | undefined,
    allowedHosts: givenOf('allow-host').map((given) => hostOf(given)),
    maxSandboxes: one('max-sandboxes') as number,
    sandboxIdleMs: spanOf('sandbox-idle', givenOf('sandbox-idle')[0]),
    journalEntries: one('journal-entries') as number,
    journalBodyBytes: one('journal-body') as number,
    maxUploadBytes: one('max-upload') as number,
    limits: readLimits({ number: (name) => one(name) as number | undefined, span: (name) => spanOf(name, givenOf(name)[0]) }),
    logLevel: one('log-level') as string,
    logRequests: one('log-requests') as boolean,
  }
  return { config: Object.freeze(config), command: flags.command, help: flags.help, version: flags.version }
}

function parseFlags (argv: readonly string[]): { given: Map<SettingName, Given[]>, command: string[], help: boolean, version: boolean } {
  const options: NonNullable<ParseArgsConfig['options']> = { help: { type: 'boolean', short: 'h' }, version: { type: 'boolean', short: 'v' } }
  for (const name of NAMES) options[name] = { type: SETTINGS[name].type === 'boolean' ? 'boolean' : 'string', multiple: true }
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true })
    const given = new Map<SettingName, Given[]>()
    for (const name of NAMES) {
      const texts = values[name]
      if (!Array.isArray(texts)) continue
      if (texts.length > 1 && !REPEATABLE.has(name)) throw new ConfigError(`--${name}: given ${texts.length} times, expected once`)
      given.set(name, texts.map((value) => ({ from: `--${name}`, value })))
    }
    return { given, command: positionals, help: values['help'] === true, version: values['version'] === true }
  } catch (error) {
    if (error instanceof ConfigError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new ConfigError(`${message.split('. ')[0]}; pollux --help lists what there is`)
  }
}

function readEnvironment (env: ConfigSources['env']): Map<SettingName, Given[]> {
  const given = new Map<SettingName, Given[]>()
  for (const name of NAMES) {
    const from = environmentName(name)
    const text = env[from]
    // Kubernetes sets POLLUX_PORT=tcp://… for a service called pollux: not meant for us.
    if (text === undefined || text === '' || (name === 'port' && text.startsWith('tcp://'))) continue
    const values = REPEATABLE.has(name) ? text.split(/[;\n]/).map((entry) => entry.trim()).filter((entry) => entry !== '') : [text]
    given.set(name, values.map((value) => ({ from, value })))
  }
  return given
}

function readConfigFile (file: Given): Map<SettingName, Given[]> {
  const path = String(file.value)
  let json: unknown
  try {
    json = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new ConfigError(`${file.from}: got ${JSON.stringify(path)}, expected ${SETTINGS.config.expects}: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isRecord(json)) throw new ConfigError(`${path}: expected a JSON object of settings`)
  return readSettings(json, path)
}

/** Settings as JSON has them; `path` says where they come from. */
function readSettings (json: Readonly<Record<string, unknown>>, path: string): Map<SettingName, Given[]> {
  const given = new Map<SettingName, Given[]>()
  for (const [key, value] of Object.entries(json)) {
    const name = NAMES.find((known) => known === key && known !== 'config')
    if (name === undefined) throw new ConfigError(`${path} at /${key}: unknown setting, expected one of ${NAMES.filter((known) => known !== 'config').join(', ')}`)
    if (!REPEATABLE.has(name)) {
      given.set(name, [{ from: `${path} at /${key}`, value }])
      continue
    }
    if (name === 'allow-host') {
      given.set(name, (Array.isArray(value) ? value : [value]).map((entry: unknown) => ({ from: `${path} at /${key}`, value: entry })))
      continue
    }
    if (!isRecord(value)) throw new ConfigError(`${path} at /${key}: got ${JSON.stringify(value)}, expected an object by API`)
    const entries = name === 'listen'
      ? Object.entries(value).map(([api, port]) => ({ keys: [api], value: port }))
      : Object.entries(value).flatMap(([api, options]) => isRecord(options)
        ? Object.entries(options).map(([option, optionValue]) => ({ keys: [api, option], value: optionValue }))
        : [{ keys: [api], value: options }])
    given.set(name, entries.map(({ keys, value: entry }) => ({ from: `${path} at /${[key, ...keys].join('/')}`, value: { keys, entry } })))
  }
  return given
}

/** The value in its schema's type, or a ConfigError. */
function checked (name: SettingName, { from, value }: Given): unknown {
  const schema: TSchema = SETTINGS[name]
  const typed = typeof value === 'string' ? fromText(schema, value) : value
  if (!Check(schema, typed)) throw new ConfigError(`${from}: got ${JSON.stringify(value)}, expected ${String(schema['expects'])}`)
  return typed
}

/** The lexical forms of numbers and booleans; other text stays what it is. */
function fromText (schema: TSchema, text: string): unknown {
  if (schema.type === 'integer') return /^-?\d{1,15}$/.test(text) ? Number(text) : text
  if (schema.type === 'number') return /^-?\d{1,15}(?:\.\d{1,9})?$/.test(text) ? Number(text) : text
  if (schema.type === 'boolean') return text === 'true' || text === '1' ? true : text === 'false' || text === '0' ? false : text
  return text
}

function instantOf (given: Given): number {
  const at = parseInstant(String(given.value))
  if (at === undefined) throw new ConfigError(`${given.from}: got ${JSON.stringify(given.value)}, expected ${String(SETTINGS['start-at'].expects)}`)
  return at
}

function hostOf ({ from, value }: Given): string {
  if (typeof value !== 'string' || value === '' || /[\s/]/.test(value)) throw new ConfigError(`${from}: got ${JSON.stringify(value)}, expected ${SETTINGS['allow-host'].expects}`)
  return value.toLowerCase()
}

/** Node's timers take no more. */
const LONGEST_SPAN_MS = 2 ** 31 - 1

function spanOf (name: SpanName | 'sandbox-idle', given: Given | undefined): number {
  const value = given?.value ?? SETTINGS[name].default
  if (value === 'never' && name === 'sandbox-idle') return Infinity
  const ms = typeof value === 'string' ? parseDuration(value) : undefined
  if (ms === undefined || ms === 0 || (ms > LONGEST_SPAN_MS && name !== 'sandbox-idle')) throw new ConfigError(`${given?.from ?? ''}: got ${JSON.stringify(value)}, expected ${SETTINGS[name].expects}`)
  return ms
}

function toListeners (entries: readonly Given[], apis: readonly ConfigurableApi[]): Map<string, number> {
  const listeners = new Map<string, number>()
  for (const entry of entries) {
    const { keys: [api = ''], value } = keysAndValue(entry, 1)
    const port = typeof value === 'string' ? fromText(SETTINGS.port, value) : value
    if (!apis.some(({ name }) => name === api) || !Check(SETTINGS.port, port)) {
      throw new ConfigError(`${entry.from}: got ${show(entry)}, expected ${SETTINGS.listen.expects} with one of ${apis.map(({ name }) => name).join(', ')} and ${SETTINGS.port.expects}`)
    }
    listeners.set(api, port)
  }
  return listeners
}

function toOptions (entries: readonly Given[], apis: readonly ConfigurableApi[]): Map<string, Readonly<Record<string, unknown>>> {
  const all = new Map<string, Record<string, unknown>>(apis.map(({ name, options }) => [name, defaultsOf(options)]))
  for (const entry of entries) {
    const { keys: [apiName = '', option = ''], value } = keysAndValue(entry, 2)
    const api = apis.find(({ name }) => name === apiName)
    if (api === undefined) throw new ConfigError(`${entry.from}: got ${show(entry)}, expected ${SETTINGS.set.expects} with one of ${apis.map(({ name }) => name).join(', ')}`)
    const schema = Object.hasOwn(api.options.properties, option) ? api.options.properties[option] : undefined
    if (schema === undefined) throw new ConfigError(`${entry.from}: got ${show(entry)}, but ${apiName} has no option ${JSON.stringify(option)}, only ${Object.keys(api.options.properties).join(', ')}`)
    const accepted = readingsOf(value).find((reading) => Check(schema, reading))
    if (accepted === undefined) throw new ConfigError(`${entry.from}: got ${show(entry)}, expected for ${apiName}.${option} ${String(schema['expects'])}`)
    all.set(apiName, { ...all.get(apiName), [option]: accepted })
  }
  return new Map([...all].map(([name, options]) => [name, Object.freeze(options)]))
}

/** The options that are in force when nothing is set. */
export function defaultsOf (options: TObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options.properties).filter(([, { default: value }]) => value !== undefined).map(([name, { default: value }]) => [name, value]))
}

/** Splits `a.b=value` into keys and value; an entry of the file comes apart already. */
function keysAndValue ({ value }: Given, depth: 1 | 2): { keys: string[], value: unknown } {
  if (isRecord(value)) return { keys: Array.isArray(value['keys']) ? value['keys'].map(String) : [], value: value['entry'] }
  const [, path = '', text = ''] = /^([^=]*)=(.*)$/s.exec(String(value)) ?? []
  const dot = path.indexOf('.')
  return { keys: depth === 1 || dot < 0 ? [path] : [path.slice(0, dot), path.slice(dot + 1)], value: text }
}

/** What a value may mean: text may be JSON (`600`, `[{"key":…}]`), or just text. */
function readingsOf (value: unknown): unknown[] {
  if (typeof value !== 'string') return [value]
  try {
    return [value, JSON.parse(value)]
  } catch {
    return [value]
  }
}

function show ({ value }: Given): string {
  return JSON.stringify(isRecord(value) ? value['entry'] : value)
}

function isRecord (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
