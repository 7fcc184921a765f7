/**
 * Content and its bundles as they are kept (contract 7.1 and 7.2).
 */
import { Type, type Static, type TSchema } from '@sinclair/typebox'

const OrNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
const Count = OrNull(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }))
const Amount = OrNull(Type.Number({ minimum: 0 }))
const Text = OrNull(Type.String({ maxLength: 4096 }))
const Flag = OrNull(Type.Boolean())

/** What clients may set of content; null: back to the default. Unknown keys are ignored. */
export const ContentSettings = Type.Object({
  title: OrNull(Type.String({ maxLength: 1024, description: 'May ask for a scenario by `scenario:<name>`.' })),
  description: OrNull(Type.String({ maxLength: 4096 })),
  access_type: OrNull(Type.Union([Type.Literal('acl'), Type.Literal('logged_in'), Type.Literal('all')])),
  connection_timeout: Count,
  read_timeout: Count,
  init_timeout: Count,
  idle_timeout: Count,
  max_processes: Count,
  min_processes: Count,
  max_conns_per_process: Count,
  load_factor: Amount,
  memory_request: Count,
  memory_limit: Count,
  cpu_request: Amount,
  cpu_limit: Amount,
  amd_gpu_limit: Count,
  nvidia_gpu_limit: Count,
  service_account_name: Text,
  default_image_name: Text,
  content_category: OrNull(Type.String({ maxLength: 64 })),
  default_r_environment_management: Flag,
  default_py_environment_management: Flag,
  run_as: Text,
  run_as_current_user: Flag,
})
export type ContentSettings = Partial<Static<typeof ContentSettings>>

/** Where content in a repository comes from (contract 7.6). */
export const Repository = Type.Object({
  repository: Type.String({ minLength: 1, maxLength: 4096, examples: ['https://github.com/example/dashboard'] }),
  branch: Type.String({ maxLength: 1024, examples: ['main'] }),
  directory: Type.String({ maxLength: 4096, examples: ['.'] }),
  polling: Type.Boolean(),
})
export type Repository = Static<typeof Repository>

/** Where a bundle says that it comes from. */
export const BundleSource = Type.Object({
  source: OrNull(Type.String()),
  source_repo: OrNull(Type.String()),
  source_branch: OrNull(Type.String()),
  source_commit: OrNull(Type.String()),
})
export type BundleSource = Static<typeof BundleSource>

/** What is known of an archive. */
export const Archive = Type.Object({
  size: Type.Integer({ minimum: 1 }),
  md5: Type.String({ pattern: '^[0-9a-f]{32}$' }),
  sha1: Type.String({ pattern: '^[0-9a-f]{40}$' }),
  /** What its manifest.json says; undefined: it has none that can be read. */
  appMode: Type.Optional(Type.String()),
  /** The whole of it in base64, when it is small. */
  bytes: Type.Optional(Type.String()),
})
export type Archive = Static<typeof Archive>

export const Bundle = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  createdAt: Type.Integer({ description: 'Epoch ms' }),
  source: BundleSource,
  archive: Archive,
})
/** One upload; only the resources change it. */
export type Bundle = Static<typeof Bundle>

export const Content = Type.Object({
  id: Type.Integer({ minimum: 1 }),
  guid: Type.String({ minLength: 1 }),
  owner: Type.String({ description: 'User name' }),
  name: Type.String(),
  settings: Type.Partial(ContentSettings),
  createdAt: Type.Integer({ description: 'Epoch ms' }),
  deployedAt: OrNull(Type.Integer({ description: 'Epoch ms' })),
  appMode: Type.String(),
  activeBundleId: OrNull(Type.Integer()),
  environment: Type.Array(Type.String()),
  vanityPath: OrNull(Type.String()),
  repository: OrNull(Repository),
  bundles: Type.Array(Bundle),
})
/** A content item; only the resources change it. */
export type Content = Static<typeof Content>

/** The bundle that was uploaded last. */
export function newestBundle ({ bundles }: Content): Bundle | undefined {
  return bundles.at(-1)
}
