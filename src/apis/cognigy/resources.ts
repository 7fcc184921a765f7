/**
 * What a sandbox keeps beside its tasks: what they have brought about, and what has been issued (cognigy contract, 7.3.1 and 7.3.2).
 */
import { Check } from '@sinclair/typebox/value'
import type { Resources } from '../../api.js'
import type { Sandbox } from '../../sandbox.js'
import type { JsonObject } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { Collection } from './collection.js'
import { notFound } from './errors.js'
import { drawToken } from './ids.js'
import { DownloadRecord, Effect, ExtensionRecord, PackageRecord, ProjectRecord, RunRecord, SnapshotRecord, SourceRecord, TokenRecord } from './records.js'

/** How long a packaged snapshot and a download link last. */
export const DAY_MS = 86_400_000

/** What the scenario `placeholder-download` has in store. */
const CONFLICTS = 2
const PLACEHOLDERS = 1

export class CognigyResources implements Resources {
  readonly snapshots = new Collection('snapshots', SnapshotRecord)
  readonly packages = new Collection('packages', PackageRecord)
  readonly extensions = new Collection('extensions', ExtensionRecord)
  readonly sources = new Collection('sources', SourceRecord)
  readonly runs = new Collection('runs', RunRecord)
  readonly projects = new Collection('projects', ProjectRecord)
  readonly #downloads = new Collection('downloads', DownloadRecord)
  readonly #tokens = new Collection('tokens', TokenRecord)
  readonly #sandbox: Sandbox

  constructor (sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  /** Throws the 404 when there is none. */
  snapshot (id: string): SnapshotRecord {
    return this.snapshots.get(id) ?? missing('Snapshot')
  }

  /** Throws the 404 when there is none. */
  package (id: string): PackageRecord {
    return this.packages.get(id) ?? missing('Package')
  }

  /** Throws the 404 when there is none. */
  extension (id: string): ExtensionRecord {
    return this.extensions.get(id) ?? missing('Extension')
  }

  /** The project's extension of this id or name; names tell those of the vendor's market place. */
  findExtension (projectId: string, idOrName: string): ExtensionRecord | undefined {
    return this.extensions.get(idOrName) ?? this.extensions.all().find((extension) => extension.projectId === projectId && extension.name === idOrName)
  }

  /** A token for a link to this, good for a day. */
  issueDownload (of: DownloadRecord['of'], id: string): string {
    const token = drawToken(this.#sandbox)
    this.#downloads.put(token, { of, id, createdAt: this.#sandbox.clock.now() })
    return token
  }

  /** What the token leads to. Throws the 404 for one that was never issued, or more than a day ago. */
  download (token: string): DownloadRecord {
    const download = this.#downloads.get(token)
    if (download === undefined || this.#sandbox.clock.now() >= download.createdAt + DAY_MS) throw notFound('Download link')
    return download
  }

  /** Whether a link conflicts although it should not; once fewer from now on. */
  takeConflict (of: 'snapshot' | 'package', id: string): boolean {
    return this.#take(of, id, 'conflicts')
  }

  /** Whether a download is no more than a placeholder; once fewer from now on. */
  takePlaceholder (of: 'snapshot' | 'package', id: string): boolean {
    return this.#take(of, id, 'placeholders')
  }

  /** A credential that is accepted whatever the options say (contract 2.5). */
  issueToken (): string {
    const token = drawToken(this.#sandbox)
    this.#tokens.put(token, { createdAt: this.#sandbox.clock.now() })
    return token
  }

  revokeToken (token: string): void {
    this.#tokens.delete(token)
  }

  isIssued (token: string): boolean {
    return this.#tokens.get(token) !== undefined
  }

  apply (effect: JsonObject, success: TaskSnapshot): void {
    // Tasks may come from a file.
    if (!Check(Effect, effect)) return
    if ('packages' in effect) this.#pack(effect.packages, success)
    else if ('deletes' in effect) this.#delete(effect.deletes, effect.id)
    else this.#add(effect, success)
  }

  save (): JsonObject {
    return Object.fromEntries(this.#collections().map(([name, collection]) => [name, collection.save()]))
  }

  load (saved: JsonObject): void {
    for (const [name, collection] of this.#collections()) collection.load(saved[name])
  }

  #collections () {
    return [
      ['snapshots', this.snapshots], ['packages', this.packages], ['extensions', this.extensions], ['sources', this.sources], ['runs', this.runs],
      ['projects', this.projects], ['downloads', this.#downloads], ['tokens', this.#tokens],
    ] as const
  }

  #take (of: 'snapshot' | 'package', id: string, what: 'conflicts' | 'placeholders'): boolean {
    const left = this[`${of}s`].get(id)?.[what] ?? 0
    if (left === 0) return false
    const snapshot = this.snapshots.get(id)
    const made = this.packages.get(id)
    if (snapshot !== undefined) this.snapshots.put(id, { ...snapshot, [what]: left - 1 })
    if (made !== undefined) this.packages.put(id, { ...made, [what]: left - 1 })
    return true
  }

  #pack (id: string, success: TaskSnapshot): void {
    const snapshot = this.snapshots.get(id)
    if (snapshot !== undefined) this.snapshots.put(id, { ...snapshot, ...downloadsOf(success), packagedAt: instantOf(success) })
  }

  #delete (noun: 'snapshot' | 'package' | 'project', id: string): void {
    if (noun !== 'project') return this[`${noun}s`].delete(id)
    this.projects.delete(id)
    for (const { _id } of this.snapshots.all().filter(({ projectId }) => projectId === id)) this.snapshots.delete(_id)
    for (const { _id } of this.packages.all().filter(({ projectId }) => projectId === id)) this.packages.delete(_id)
    for (const { _id } of this.extensions.all().filter(({ projectId }) => projectId === id)) this.extensions.delete(_id)
  }

  #add (effect: Extract<Effect, { adds: string }>, success: TaskSnapshot): void {
    const createdAt = instantOf(success)
    const { scenario } = success.task
    switch (effect.adds) {
      case 'snapshot': return this.snapshots.put(effect.item._id, { ...effect.item, createdAt, ...downloadsOf(undefined), packagedAt: null })
      case 'package': return this.packages.put(effect.item._id, { ...effect.item, createdAt, ...downloadsOf(success) })
      case 'source': return this.sources.put(effect.item._id, { ...effect.item, createdAt, status: 'ready' })
      case 'project': return this.projects.put(effect.item._id, { ...effect.item, createdAt })
      case 'extension': {
        const { projectId, name } = effect.item
        // An upload takes the place of the extension of this name, and what is new is not trusted yet.
        const before = this.extensions.get(effect.item._id) ?? this.findExtension(projectId, name)
        const item = { ...effect.item, ...before, revision: before === undefined ? 0 : before.revision + 1, trustedCode: false }
        return this.extensions.put(item._id, { createdAt, ...item })
      }
      case 'run':
        if (scenario !== 'run-missing') this.runs.put(effect.item._id, { ...effect.item, createdAt, status: scenario === 'run-failed' ? 'failed' : 'successful' })
    }
  }
}

function missing (noun: string): never {
  throw notFound(noun)
}

function instantOf ({ settledAt, changedAt }: TaskSnapshot): number {
  return settledAt ?? changedAt
}

function downloadsOf (success: TaskSnapshot | undefined): { conflicts: number, placeholders: number } {
  return success?.task.scenario === 'placeholder-download' ? { conflicts: CONFLICTS, placeholders: PLACEHOLDERS } : { conflicts: 0, placeholders: 0 }
}
