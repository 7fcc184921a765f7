/**
 * What an emulated API hands to the server, and what every request carries once it is through the front door.
 */
import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifyPluginCallback } from 'fastify'
import type { IncomingHttpHeaders } from 'node:http'
import type { CallPattern } from './call.js'
import type { Firing } from './faults/faults.js'
import type { Door, SlashRule } from './front-door.js'
import type { RandomSource } from './ids.js'
import type { JsonLimits } from './limits.js'
import type { Sandbox } from './sandbox.js'
import type { JsonObject } from './simulator/script.js'
import type { ListState } from './simulator/simulator.js'
import type { TaskOrder, TaskSnapshot } from './simulator/task.js'

/** A request that found no handler, or whose handler threw. */
export interface FailedRequest {
  readonly method: string
  /** As the client wrote it, behind the mount, with its query. */
  readonly path: string
  /** What stands in front of `path`: sandbox and API prefix, or `''`. */
  readonly mount: string
  readonly headers: IncomingHttpHeaders
  readonly sandbox: Sandbox
}

/** A reply ready to be sent: every header but `content-length` and `date` is named. */
export interface WireReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface ApiRoutesOptions {
  /** The API's OpenAPI document as JSON text. */
  readonly document: () => Promise<string>
  /** Largest upload that is taken. */
  readonly maxUploadBytes: number
  /** Most structure of a JSON body. */
  readonly json: JsonLimits
}

/**
 * What an API keeps in a sandbox beside its tasks (content, wallets, …): bounded, made when first asked for, forgotten by a reset.
 * Its constructor draws nothing.
 */
export interface Resources {
  /** A task that was started with this effect has succeeded. Starts no task. */
  apply (effect: JsonObject, success: TaskSnapshot): void
  /** All of it as JSON. */
  save (): JsonObject
  /** Makes fresh resources into what was saved. Throws ScriptError when they can't be that. */
  load (saved: JsonObject): void
}

/** A class of resources; each sandbox has one instance. */
export type ResourcesClass<R extends Resources = Resources> = new (sandbox: Sandbox) => R

/** What answers the requests of an API, and what its document is made of. */
export interface ApiService {
  /** Its routes, errors and misses, relative to its mount. */
  readonly routes: FastifyPluginCallback<ApiRoutesOptions>
  /** What its requests mean to the simulation. */
  readonly calls: readonly CallPattern[]
  /** What the OpenAPI document says beside the routes. */
  readonly openapi: OpenApiHead
}

/** One emulated vendor API. */
export interface ApiPlugin {
  /** As in prefixes, flags and fixture folders. */
  readonly name: string
  readonly title: string
  /** The vendor's own port; undefined for a cloud-only service. */
  readonly nativePort: number | undefined
  /** Path prefixes that belong to it on the shared listener. */
  readonly paths: readonly string[]
  readonly slashes: SlashRule
  /** Kinds of task that the vendor knows. */
  readonly kinds: readonly string[]
  /** Options of this API with their defaults; the contract's table. */
  readonly options: TObject
  /** Order of its task list. */
  readonly order: TaskOrder
  /** The vendor's path at which a task is polled, under these options. */
  readonly taskPath: (id: string, options: Readonly<Record<string, unknown>>) => string
  /** What it keeps beside its tasks; undefined: nothing. */
  readonly resources?: ResourcesClass
  /** What its tasks may bring about by succeeding, as they bear it; undefined: nothing. */
  readonly effects?: TSchema
  /** Files of its fixtures folder beside tasks and scenarios, by name with their shapes; a sandbox hands them out by shape. */
  readonly fixtureFiles?: Readonly<Record<string, TSchema>>
  /** Draws ids for the sandbox; the instant is the task's creation. */
  readonly createTaskIds: (random: RandomSource) => (createdAt: number) => string
  /** How long settled tasks are kept, by these options; Infinity: until reset. Undefined: always until reset. */
  readonly retentionMs?: (options: Record<string, unknown>) => number
  /** Loads what answers its requests: most of its code, which nobody waits for who doesn't ask for it. */
  readonly load: () => Promise<ApiService>
  /** Any error in this vendor's dialect; pure but for ids drawn from the sandbox. */
  readonly errorReply: (error: unknown, request: FailedRequest) => WireReply
  /** The reply of this status (400 and above) as the vendor, or a gateway in front of it, would send it. */
  readonly faultReply: (status: number, request: FailedRequest) => WireReply
}

/** Head of an API's OpenAPI document. */
export interface OpenApiHead {
  readonly info: { readonly title: string, readonly version: string, readonly description: string }
  readonly servers: ReadonlyArray<{ readonly url: string, readonly description: string }>
  readonly tags?: ReadonlyArray<{ readonly name: string, readonly description: string }>
  readonly securitySchemes?: Record<string, object>
  /** What every call asks for, where none says otherwise: any of these. */
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
}

declare module 'fastify' {
  interface FastifySchema {
    /** In documents: how much of the vendor's call is emulated, `fully` or `partly: <what is missing>`. */
    'x-emulated'?: string
  }

  interface FastifyRequest {
    /** The world this request is about. */
    sandbox: Sandbox
    /** What the front door made of the URL. */
    door: Door
    /** When it came: on the sandbox's clock (epoch ms), and on the machine's. */
    arrivedAt: number
    arrivedMachineAt: number
    /** The faults that strike this exchange. */
    firing: Firing | undefined
    /** Set by a list's handler: where the next page begins, null after the last one. */
    nextCursor: string | null | undefined
    /** Set by the handler of a poll or a list that makes its reply of nothing but the request, the API's options and this: the same request may get the same reply. */
    repeatable: TaskSnapshot | ListState | undefined
    /** Set by a handler that has started a task. */
    startedTask: TaskSnapshot | undefined
    /** Set by who holds the reply: called when the reply, once released, is put off again by a fault. */
    onDeferred: (() => void) | undefined
    /** Tells that the client left while its reply was held. */
    abandon: () => void
  }
}

declare module 'node:http' {
  interface IncomingMessage {
    /** Where the front door leads. */
    door?: Door
    /** The world that it leads into. */
    sandbox?: Sandbox
    /** The API whose own listener it came to; undefined: the shared one. */
    listener?: string | undefined
  }
}
