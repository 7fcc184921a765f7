/**
 * What clients ask about the server before they begin (contract 7.1 and 7.2).
 */
import { Type } from '@sinclair/typebox'
import { optionsOf } from '../admission.js'
import { describe, OPEN } from '../documentation.js'
import { sendJson, type Route } from '../replies.js'
import type { ConnectOptions } from '../schemas.js'

const APPLICATION_SETTINGS = { access_types: ['acl', 'logged_in', 'all'], run_as: 'rstudio-connect', run_as_group: '', run_as_current_user: false }

const SCHEDULER_SETTINGS = {
  min_processes: 0,
  max_processes: 3,
  max_conns_per_process: 20,
  load_factor: 0.5,
  init_timeout: 60,
  idle_timeout: 120,
  min_processes_limit: 0,
  max_processes_limit: 20,
  connection_timeout: 5,
  read_timeout: 30,
  cpu_request: 0,
  max_cpu_request: 0,
  cpu_limit: 0,
  max_cpu_limit: 0,
  memory_request: 0,
  max_memory_request: 0,
  memory_limit: 0,
  max_memory_limit: 0,
  amd_gpu_limit: 0,
  max_amd_gpu_limit: 0,
  nvidia_gpu_limit: 0,
  max_nvidia_gpu_limit: 0,
}

/** What the server has installed; the versions are those of the build logs. */
const INSTALLATIONS = {
  python: { installations: [installed('3.11.3'), installed('3.11.11')], api_enabled: true },
  r: { installations: [installed('4.3.0'), installed('4.4.1')] },
  quarto: { installations: [installed('1.5.57')] },
  nodejs: { installations: [installed('22.11.0')], enabled: true },
}

const Scheduler = Type.Object(Object.fromEntries(Object.keys(SCHEDULER_SETTINGS).map((name) => [name, Type.Number()])), { title: 'SchedulerSettings' })
const Installations = Type.Array(Type.Object({ version: Type.String(), cluster_name: Type.String(), image_name: Type.String() }))
const ERRORS = ['unauthenticated', 'internal'] as const // as: names, not any text

/** Calls that need no credential. */
export const openServerRoutes: readonly Route[] = [
  {
    method: 'GET',
    url: '/__ping__',
    schema: describe({ operationId: 'ping', tag: 'Server', summary: 'Whether the server is there', security: OPEN, reply: { description: 'It is.', schema: Type.Object({}), example: {} }, errors: ['unsupported', 'internal'] }),
    handler: (request, reply) => { sendJson(request, reply, {}) },
  },
  {
    method: 'GET',
    url: '/__api__/server_settings',
    schema: describe({
      operationId: 'getServerSettings',
      tag: 'Server',
      summary: 'Version and abilities of the server',
      security: OPEN,
      reply: { description: 'The settings.', schema: Type.Object({ version: Type.String({ description: 'The option `server-version`.' }) }, { additionalProperties: true }), example: settingsOf({ 'server-version': '2026.04.0' }) },
      errors: ['unsupported', 'internal'],
    }),
    handler: (request, reply) => { sendJson(request, reply, settingsOf(optionsOf(request))) },
  },
]

/** Calls that need one. */
export const serverRoutes: readonly Route[] = [
  fixed('/__api__/server_settings/applications', 'getApplicationSettings', 'What content may be set to', Type.Object({ access_types: Type.Array(Type.String()), run_as: Type.String(), run_as_group: Type.String(), run_as_current_user: Type.Boolean() }), APPLICATION_SETTINGS),
  fixed('/__api__/server_settings/scheduler', 'getSchedulerSettings', 'Limits of processes', Scheduler, SCHEDULER_SETTINGS),
  {
    ...fixed('/__api__/server_settings/scheduler/:mode', 'getSchedulerSettingsOfMode', 'Limits of processes for a mode of content', Scheduler, SCHEDULER_SETTINGS),
    schema: describe({
      operationId: 'getSchedulerSettingsOfMode',
      tag: 'Server',
      summary: 'Limits of processes for a mode of content',
      params: Type.Object({ mode: Type.String({ examples: ['python-fastapi'] }) }),
      reply: { description: 'The same for every mode.', schema: Scheduler, example: SCHEDULER_SETTINGS },
      errors: ERRORS,
    }),
  },
  fixed('/__api__/v1/server_settings/python', 'getPythonInstallations', 'Installed versions of Python', Type.Object({ installations: Installations, api_enabled: Type.Boolean() }), INSTALLATIONS.python),
  fixed('/__api__/v1/server_settings/r', 'getRInstallations', 'Installed versions of R', Type.Object({ installations: Installations }), INSTALLATIONS.r),
  fixed('/__api__/v1/server_settings/quarto', 'getQuartoInstallations', 'Installed versions of Quarto', Type.Object({ installations: Installations }), INSTALLATIONS.quarto),
  fixed('/__api__/v1/server_settings/nodejs', 'getNodejsInstallations', 'Installed versions of Node.js', Type.Object({ installations: Installations, enabled: Type.Boolean() }), INSTALLATIONS.nodejs),
  fixed('/__api__/v1/oauth/integrations', 'getOAuthIntegrations', 'OAuth integrations', Type.Array(Type.Object({})), []),
]

/** A call that always answers the same. */
function fixed (url: string, operationId: string, summary: string, schema: Parameters<typeof Type.Array>[0], body: object): Route {
  return {
    method: 'GET',
    url,
    schema: describe({ operationId, tag: 'Server', summary, reply: { description: 'Always the same.', schema, example: body }, errors: ERRORS }),
    handler: (request, reply) => { sendJson(request, reply, body) },
  }
}

function installed (version: string) {
  return { version, cluster_name: 'Local', image_name: 'Local' }
}

function settingsOf ({ 'server-version': version }: Pick<ConnectOptions, 'server-version'>): object {
  return {
    hostname: 'pollux',
    version,
    build: `v${version}`,
    about: `Posit Connect v${version}`,
    license: { status: 'activated', tier: 'enterprise', 'allow-apis': '1', 'enable-launcher': '1', 'current-user-execution': '1' },
    runtimes: ['R', 'Python', 'Quarto'],
    git_enabled: true,
    git_available: true,
    dashboard_path: '/connect',
    execution_type: 'native',
    enable_image_management: false,
    enable_runtime_cache_management: true,
    default_environment_management_selection: true,
    default_r_environment_management: true,
    default_py_environment_management: true,
    oauth_integrations_enabled: false,
  }
}
