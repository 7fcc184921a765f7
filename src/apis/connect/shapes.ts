/**
 * The shapes of bodies as the document shows them (contract 7.2 and 7.5). Replies are made in the views; these describe.
 */
import { Type, type TSchema } from '@sinclair/typebox'
import { ContentSettings, Repository } from './content.js'
import { contentBody, bundleBody, applicationBody, variantBody } from './content-view.js'
import { REPOSITORY_ARCHIVE } from './repository-archive.js'
import { userBody } from './users.js'

const OrNull = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()])
const Time = Type.String({ format: 'date-time' })

const GUID = 'b99b9b77-a8ae-4ecd-93aa-3c23baf9cefe'
const ADA = { username: 'ada', role: 'administrator' } as const // as: a role, not any text
const BUNDLE = { id: 2, createdAt: Date.parse('2026-11-22T12:00:01Z'), source: { source: null, source_repo: null, source_branch: null, source_commit: null }, archive: REPOSITORY_ARCHIVE }
const CONTENT = {
  id: 1, guid: GUID, owner: 'ada', name: 'quarterly-report', settings: { title: 'Quarterly report' }, createdAt: Date.parse('2026-11-22T12:00:00Z'), deployedAt: null, appMode: 'unknown', activeBundleId: null, environment: [], vanityPath: null, repository: null, bundles: [BUNDLE],
}
const BASE_URL = 'http://localhost:3939'

/** Path of content. */
export const ContentParams = Type.Object({ guid: Type.String({ description: 'The identifier of the content.', examples: [GUID] }) })
/** Path of a bundle. */
export const BundleParams = Type.Object({ guid: ContentParams.properties.guid, bundle: Type.String({ description: 'The number of the bundle.', examples: ['2'] }) })
/** Path of an application, by number or GUID. */
export const ApplicationParams = Type.Object({ guid: Type.String({ description: 'The number or the GUID of the content.', examples: ['1'] }) })
/** Path of a variant. */
export const VariantParams = Type.Object({ variant: Type.String({ description: 'The number of the variant.', examples: ['1'] }) })

/** Content on the v1 routes, and an example of it. */
export const ContentReply = Type.Object({
  guid: Type.String({ format: 'uuid' }),
  name: Type.String(),
  title: OrNull(Type.String()),
  description: Type.String(),
  access_type: Type.String({ enum: ['acl', 'logged_in', 'all'] }),
  ...Object.fromEntries([
    'connection_timeout', 'read_timeout', 'init_timeout', 'idle_timeout', 'max_processes', 'min_processes', 'max_conns_per_process', 'load_factor', 'memory_request', 'memory_limit',
    'cpu_request', 'cpu_limit', 'amd_gpu_limit', 'nvidia_gpu_limit',
  ].map((name) => [name, OrNull(Type.Number())])),
  service_account_name: OrNull(Type.String()),
  default_image_name: OrNull(Type.String()),
  created_time: Time,
  last_deployed_time: Time,
  bundle_id: OrNull(Type.String({ description: 'The bundle that is being served.' })),
  app_mode: Type.String({ description: '`unknown` until the first success.' }),
  content_category: Type.String(),
  parameterized: Type.Boolean(),
  cluster_name: Type.String(),
  image_name: Type.Null(),
  r_version: Type.Null(),
  py_version: Type.Null(),
  quarto_version: Type.Null(),
  r_environment_management: Type.Null(),
  default_r_environment_management: OrNull(Type.Boolean()),
  py_environment_management: Type.Null(),
  default_py_environment_management: OrNull(Type.Boolean()),
  run_as: OrNull(Type.String()),
  run_as_current_user: Type.Boolean(),
  owner_guid: Type.String({ format: 'uuid' }),
  content_url: Type.String(),
  dashboard_url: Type.String(),
  app_role: Type.String({ enum: ['owner', 'editor', 'viewer'] }),
  id: Type.String(),
  locked: Type.Boolean(),
}, { title: 'Content', examples: [contentBody(CONTENT, BASE_URL, ADA)] })

/** What content may be made of or changed to. */
export const ContentInput = Type.Composite([
  Type.Object({
    name: Type.Optional(Type.Union([Type.String({ description: '3 to 64 letters, digits, `-` and `_`; empty: one is made up, or it stays.' }), Type.Null()])),
    app_mode: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  }),
  Type.Partial(ContentSettings),
], { title: 'ContentInput', examples: [{ name: 'quarterly-report', title: 'Quarterly report' }] })

export const BundleReply = Type.Object({
  id: Type.String(),
  content_guid: Type.String({ format: 'uuid' }),
  created_time: Time,
  cluster_name: Type.String(),
  image_name: Type.String(),
  r_version: Type.Null(),
  r_environment_management: Type.Null(),
  py_version: Type.Null(),
  py_environment_management: Type.Null(),
  quarto_version: Type.Null(),
  active: Type.Boolean({ description: 'Whether it is being served.' }),
  size: Type.Integer(),
  metadata: Type.Object({
    source: OrNull(Type.String()),
    source_repo: OrNull(Type.String()),
    source_branch: OrNull(Type.String()),
    source_commit: OrNull(Type.String()),
    archive_md5: Type.String(),
    archive_sha1: Type.String(),
  }),
}, { title: 'Bundle', examples: [bundleBody(BUNDLE, CONTENT)] })

export const ApplicationReply = Type.Object({
  id: Type.Integer(),
  guid: Type.String({ format: 'uuid' }),
  name: Type.String(),
  title: OrNull(Type.String()),
  url: Type.String(),
  access_type: Type.String(),
  bundle_id: OrNull(Type.Integer()),
  app_mode: Type.Integer({ description: '0 until the first success.' }),
  created_time: Time,
  last_deployed_time: Time,
  build_status: Type.Integer(),
  owner_username: Type.String(),
}, { title: 'Application', examples: [applicationBody(CONTENT, BASE_URL)] })

export const VariantReply = Type.Object({
  id: Type.Integer(),
  app_id: Type.Integer(),
  key: Type.String(),
  bundle_id: OrNull(Type.Integer()),
  is_default: Type.Boolean(),
  name: Type.String(),
  email_collaborators: Type.Boolean(),
  email_viewers: Type.Boolean(),
  email_all: Type.Boolean(),
  created_time: Time,
  rendering_id: Type.Null(),
  render_time: Type.Null(),
  render_duration: Type.Null(),
  visibility: Type.String(),
  owner_id: Type.Integer(),
}, { title: 'Variant', examples: [variantBody(CONTENT, { 'server-version': '', 'api-keys': 'any', 'wait-wakes-on': 'finish', 'unknown-task-code': 141, 'session-cookie': 'optional', 'retention-seconds': 0 })] })

const USER = {
  email: Type.String(),
  username: Type.String(),
  first_name: Type.String(),
  last_name: Type.String(),
  user_role: Type.String({ enum: ['viewer', 'publisher', 'administrator'] }),
  created_time: Time,
  updated_time: Time,
  active_time: Type.Null(),
  confirmed: Type.Boolean(),
  locked: Type.Boolean(),
  guid: Type.String({ format: 'uuid' }),
}
const LEGACY_USER = { ...USER, password: Type.String(), preferences: Type.Object({}), privileges: Type.Array(Type.String()) }

export const UserReply = Type.Object(USER, { title: 'User', examples: [userBody(ADA)] })
export const LegacyUserReply = Type.Object(LEGACY_USER, { title: 'LegacyUser' })
export const CurrentUserReply = Type.Object({ ...LEGACY_USER, id: Type.Integer() }, { title: 'CurrentUser' })

export const RepositoryReply = Type.Object({ ...Repository.properties, last_error: Type.String(), last_known_commit: Type.String() }, { title: 'Repository' })

/** What starts answer with. */
export const StartedReply = Type.Object({ task_id: Type.String({ description: 'The task to poll.' }) }, { title: 'Started', examples: [{ task_id: 'eKm0RFxyzIKR3jnI' }] })

/** Upload of an archive, as the document shows it. */
export const UPLOAD = {
  content: {
    'application/gzip': { schema: Type.String({ format: 'binary', description: 'A gzipped tar archive, under whatever content type.' }) },
    'multipart/form-data': { schema: Type.Object({ archive: Type.String({ format: 'binary' }), metadata: Type.Optional(Type.String({ description: 'JSON with `source`, `source_repo`, `source_branch` and `source_commit`.' })) }) },
  },
}
