/**
 * Content and bundles as Connect shows them, keys in the order of the wire (contract 7.2 and 7.5). Pure.
 */
import { userNumberOf, type User } from './auth.js'
import { contentKindOf } from './content-kinds.js'
import type { Bundle, Content } from './content.js'
import { variantKeyOf } from './ids.js'
import type { ConnectOptions } from './schemas.js'
import { guidOfUser } from './users.js'

/** RFC 3339 in UTC, in whole seconds. */
export function timeOf (at: number): string {
  return `${new Date(at).toISOString().slice(0, 19)}Z`
}

/** Where content is served, below the URL by which the client came. */
export function contentUrl (baseUrl: string, { guid }: Content): string {
  return `${baseUrl}/content/${guid}/`
}

/** Where content is administered. */
export function dashboardUrl (baseUrl: string, { guid }: Content): string {
  return `${baseUrl}/connect/#/apps/${guid}`
}

/** Content on the v1 routes. */
export function contentBody (content: Content, baseUrl: string, reader: User) {
  const { settings } = content
  return {
    guid: content.guid,
    name: content.name,
    title: settings.title ?? null,
    description: settings.description ?? '',
    access_type: settings.access_type ?? 'acl',
    connection_timeout: settings.connection_timeout ?? null,
    read_timeout: settings.read_timeout ?? null,
    init_timeout: settings.init_timeout ?? null,
    idle_timeout: settings.idle_timeout ?? null,
    max_processes: settings.max_processes ?? null,
    min_processes: settings.min_processes ?? null,
    max_conns_per_process: settings.max_conns_per_process ?? null,
    load_factor: settings.load_factor ?? null,
    memory_request: settings.memory_request ?? null,
    memory_limit: settings.memory_limit ?? null,
    cpu_request: settings.cpu_request ?? null,
    cpu_limit: settings.cpu_limit ?? null,
    amd_gpu_limit: settings.amd_gpu_limit ?? null,
    nvidia_gpu_limit: settings.nvidia_gpu_limit ?? null,
    service_account_name: settings.service_account_name ?? null,
    default_image_name: settings.default_image_name ?? null,
    created_time: timeOf(content.createdAt),
    last_deployed_time: timeOf(content.deployedAt ?? content.createdAt),
    bundle_id: content.activeBundleId === null ? null : String(content.activeBundleId),
    app_mode: content.appMode,
    content_category: settings.content_category ?? '',
    parameterized: false,
    cluster_name: 'Local',
    image_name: null,
    r_version: null,
    py_version: null,
    quarto_version: null,
    r_environment_management: null,
    default_r_environment_management: settings.default_r_environment_management ?? null,
    py_environment_management: null,
    default_py_environment_management: settings.default_py_environment_management ?? null,
    run_as: settings.run_as ?? null,
    run_as_current_user: settings.run_as_current_user ?? false,
    owner_guid: guidOfUser(content.owner),
    content_url: contentUrl(baseUrl, content),
    dashboard_url: dashboardUrl(baseUrl, content),
    app_role: roleOn(content, reader),
    id: String(content.id),
    locked: false,
  }
}

/** Content on the routes before v1, which count where v1 names. */
export function applicationBody (content: Content, baseUrl: string) {
  return {
    id: content.id,
    guid: content.guid,
    name: content.name,
    title: content.settings.title ?? null,
    url: contentUrl(baseUrl, content),
    access_type: content.settings.access_type ?? 'acl',
    bundle_id: content.activeBundleId,
    app_mode: contentKindOf(content.appMode).number,
    created_time: timeOf(content.createdAt),
    last_deployed_time: timeOf(content.deployedAt ?? content.createdAt),
    // No source tells the numbers: 0 before the first success, 2 as seen on deployed content from then on.
    build_status: content.activeBundleId === null ? 0 : 2,
    owner_username: content.owner,
  }
}

/** A bundle on the v1 routes. */
export function bundleBody ({ id, createdAt, source, archive }: Bundle, content: Content) {
  return {
    id: String(id),
    content_guid: content.guid,
    created_time: timeOf(createdAt),
    cluster_name: 'Local',
    image_name: 'Local',
    r_version: null,
    r_environment_management: null,
    py_version: null,
    py_environment_management: null,
    quarto_version: null,
    active: content.activeBundleId === id,
    size: archive.size,
    metadata: {
      source: source.source,
      source_repo: source.source_repo,
      source_branch: source.source_branch,
      source_commit: source.source_commit,
      archive_md5: archive.md5,
      archive_sha1: archive.sha1,
    },
  }
}

/** The one variant that content has: its number is that of the content. */
export function variantBody (content: Content, options: ConnectOptions) {
  return {
    id: content.id,
    app_id: content.id,
    key: variantKeyOf(content.guid),
    bundle_id: content.activeBundleId,
    is_default: true,
    name: 'default',
    email_collaborators: false,
    email_viewers: false,
    email_all: false,
    created_time: timeOf(content.createdAt),
    rendering_id: null,
    render_time: null,
    render_duration: null,
    visibility: 'public',
    owner_id: userNumberOf({ username: content.owner, role: 'publisher' }, options),
  }
}

function roleOn ({ owner }: Content, { username, role }: User): string {
  if (owner === username) return 'owner'
  return role === 'administrator' ? 'editor' : 'viewer'
}
