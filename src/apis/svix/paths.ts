/**
 * The vendor's paths: how those with parameters are recognised, and who may call what (svix contract, 1.2 and 2.4).
 */

export const LIST_PATH = '/api/v1/background-task'
export const TASK_PATH = `${LIST_PATH}/:task_id`
export const APPLICATION_PATH = '/api/v1/app/:app_id'
export const ENDPOINT_PATH = `${APPLICATION_PATH}/endpoint/:endpoint_id`
export const HEALTH_PATH = '/api/v1/health'

/** What an application's credential opens lies below this. */
const OF_APPLICATIONS = '/api/v1/app/'

/** Matches what the route of this path serves, as it stands in a URL without its query. */
export function toPattern (path: string, parameter = '[^/]+'): RegExp {
  return new RegExp(`^${path.replaceAll(/:\w+/g, parameter)}$`)
}

/** True for what asks nobody who they are; `path` is the vendor's, with its query. */
export function isOpenToAll (path: string): boolean {
  return path === HEALTH_PATH || path.startsWith(`${HEALTH_PATH}?`)
}

/** True for what applications may call too, not only organizations. */
export function isOpenToApplications (path: string): boolean {
  return path.startsWith(OF_APPLICATIONS)
}
