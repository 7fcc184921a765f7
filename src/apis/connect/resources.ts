/**
 * What a Connect server keeps beside its tasks: content with its bundles, bounded; the oldest goes.
 */
import { Type, type Static } from '@sinclair/typebox'
import { Errors } from '@sinclair/typebox/errors'
import { Check, Equal } from '@sinclair/typebox/value'
import type { Resources } from '../../api.js'
import { uuidV4 } from '../../ids.js'
import type { Sandbox } from '../../sandbox.js'
import { ScriptError, type JsonObject } from '../../simulator/script.js'
import type { TaskSnapshot } from '../../simulator/task.js'
import { BundleSource, Content, type Archive, type Bundle, type ContentSettings } from './content.js'
import { REPOSITORY_ARCHIVE } from './repository-archive.js'

/** How much is kept: content items, bundles of all of them together, and bytes of their archives. */
const MOST_CONTENT = 10_000
const MOST_BUNDLES = 10_000
const MOST_ARCHIVE_BYTES = 16_777_216

/** What the success of a task brings about. */
const DeployEffect = Type.Object({
  content: Type.String(),
  bundle: Type.Integer(),
  /** The bundle is to be served from now on. */
  activates: Type.Boolean(),
  /** The bundle comes into being by the task, out of this repository. */
  source: Type.Optional(BundleSource),
})

/** Packages installed for one version of a language (contract 7.5). */
export const RuntimeCache = Type.Object({ language: Type.String(), version: Type.String(), image_name: Type.String() })
export type RuntimeCache = Static<typeof RuntimeCache>

const CacheEffect = Type.Object({ deletedCache: RuntimeCache })

/** What a task may bring about by succeeding. */
export const Effect = Type.Union([DeployEffect, CacheEffect])

/** A bundle and whose it is. */
interface PlacedBundle {
  readonly content: Content
  readonly bundle: Bundle
}

const Saved = Type.Object({
  lastId: Type.Integer({ minimum: 0 }),
  content: Type.Array(Content, { maxItems: MOST_CONTENT }),
  caches: Type.Array(RuntimeCache, { maxItems: 100 }),
})

/** What one sandbox keeps. */
export class ConnectResources implements Resources {
  readonly #sandbox: Sandbox
  #lastId = 0
  readonly #content = new Map<string, Content>()
  readonly #bundles = new Map<number, PlacedBundle>()
  #archiveBytes = 0
  #caches: readonly RuntimeCache[] = [
    { language: 'R', version: '4.3.0', image_name: 'Local' },
    { language: 'Python', version: '3.11.3', image_name: 'Local' },
  ]

  constructor (sandbox: Sandbox) {
    this.#sandbox = sandbox
  }

  // Queries

  /** All content, the oldest first. */
  content (): Iterable<Content> {
    return this.#content.values()
  }

  contentByGuid (guid: string): Content | undefined {
    return this.#content.get(guid.toLowerCase())
  }

  /** By the number of legacy calls. */
  contentById (id: number): Content | undefined {
    for (const content of this.#content.values()) if (content.id === id) return content
    return undefined
  }

  /** The bundle of that number, whoever's it is. */
  bundle (id: number): PlacedBundle | undefined {
    return this.#bundles.get(id)
  }

  /** True when the owner has content of that name, `except` left aside. */
  hasName (owner: string, name: string, except?: Content): boolean {
    for (const content of this.#content.values()) if (content !== except && content.owner === owner && content.name === name) return true
    return false
  }

  /** The content at that vanity path. */
  contentAt (vanityPath: string): Content | undefined {
    for (const content of this.#content.values()) if (content.vanityPath === vanityPath) return content
    return undefined
  }

  /** The runtime caches that are left. */
  get caches (): readonly RuntimeCache[] {
    return this.#caches
  }

  // Commands

  /** Makes content; without a name it gets one of its own. */
  createContent (owner: string, name: string | undefined, settings: ContentSettings): Content {
    const guid = uuidV4(this.#sandbox.random('connect content guid'))
    const content: Content = {
      id: ++this.#lastId,
      guid,
      owner,
      name: name ?? `content-${guid.slice(0, 8)}`,
      settings,
      createdAt: this.#sandbox.clock.now(),
      deployedAt: null,
      appMode: 'unknown',
      activeBundleId: null,
      environment: [],
      vanityPath: null,
      repository: null,
      bundles: [],
    }
    this.#content.set(guid, content)
    const [oldest] = this.#content.values()
    if (this.#content.size > MOST_CONTENT && oldest !== undefined) this.removeContent(oldest)
    return content
  }

  removeContent (content: Content): void {
    for (const bundle of [...content.bundles]) this.removeBundle(content, bundle)
    this.#content.delete(content.guid)
  }

  /** Draws the number of a bundle that a task is going to make. */
  reserveBundleId (): number {
    return ++this.#lastId
  }

  /** Adds a bundle, under a number of its own unless one was reserved. */
  addBundle (content: Content, source: BundleSource, archive: Archive, id = this.reserveBundleId(), createdAt = this.#sandbox.clock.now()): Bundle {
    const bundle: Bundle = { id, createdAt, source, archive }
    content.bundles.push(bundle)
    this.#place(content, bundle)
    if (this.#bundles.size > MOST_BUNDLES) {
      const dispensable = [...this.#bundles.values()].find((placed) => placed.bundle !== bundle && placed.content.activeBundleId !== placed.bundle.id)
      if (dispensable !== undefined) this.removeBundle(dispensable.content, dispensable.bundle)
    }
    return bundle
  }

  removeBundle (content: Content, bundle: Bundle): void {
    this.#forgetArchive(bundle)
    this.#bundles.delete(bundle.id)
    content.bundles.splice(content.bundles.indexOf(bundle), 1)
  }

  // Resources

  apply (effect: JsonObject, { settledAt }: TaskSnapshot): void {
    if (Check(CacheEffect, effect)) {
      this.#caches = this.#caches.filter((cache) => !Equal(cache, effect.deletedCache))
      return
    }
    if (!Check(DeployEffect, effect)) throw new ScriptError('/effect', 'expected content, bundle and activates')
    const content = this.contentByGuid(effect.content)
    // Deleted while it was being deployed.
    if (content === undefined || settledAt === undefined) return
    if (effect.source !== undefined && !this.#bundles.has(effect.bundle)) this.addBundle(content, effect.source, REPOSITORY_ARCHIVE, effect.bundle, settledAt)
    const placed = this.#bundles.get(effect.bundle)
    if (!effect.activates || placed?.content !== content) return
    content.activeBundleId = effect.bundle
    content.deployedAt = settledAt
    content.appMode = placed.bundle.archive.appMode ?? content.appMode
  }

  save (): JsonObject {
    // A copy: what is saved must not change with what goes on living. Both are plain JSON.
    return structuredClone({ lastId: this.#lastId, content: [...this.#content.values()], caches: [...this.#caches] })
  }

  load (saved: JsonObject): void {
    if (!Check(Saved, saved)) {
      const complaint = Errors(Saved, saved).First()
      throw new ScriptError(complaint?.path ?? '', complaint?.message ?? 'expected content')
    }
    const { lastId, content, caches } = structuredClone(saved)
    this.#lastId = lastId
    this.#caches = caches
    for (const [index, item] of content.entries()) {
      if (this.#content.has(item.guid)) throw new ScriptError(`/content/${index}/guid`, 'expected a GUID that no other content has')
      this.#content.set(item.guid, item)
      for (const [place, bundle] of item.bundles.entries()) {
        if (this.#bundles.has(bundle.id)) throw new ScriptError(`/content/${index}/bundles/${place}/id`, 'expected a number that no other bundle has')
        this.#place(item, bundle)
      }
    }
  }

  #place (content: Content, bundle: Bundle): void {
    this.#bundles.set(bundle.id, { content, bundle })
    this.#archiveBytes += bundle.archive.bytes?.length ?? 0
    if (this.#archiveBytes <= MOST_ARCHIVE_BYTES) return
    for (const placed of this.#bundles.values()) {
      if (this.#archiveBytes <= MOST_ARCHIVE_BYTES) break
      if (placed.bundle !== bundle) this.#forgetArchive(placed.bundle)
    }
  }

  /** What the archive was is still known, its bytes aren't. */
  #forgetArchive (bundle: Bundle): void {
    const { bytes, ...known } = bundle.archive
    this.#archiveBytes -= bytes?.length ?? 0
    bundle.archive = known
  }
}
