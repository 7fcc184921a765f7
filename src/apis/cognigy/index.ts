/**
 * Cognigy.AI: tasks of the REST API v2.0, the calls that start them, and those that clients make around them.
 */
import type { ApiPlugin } from '../../api.js'
import { once } from '../../once.js'
import { errorReply, faultReply } from './errors.js'
import { createTaskIds } from './ids.js'
import { byCreation } from './pages.js'
import { Effect } from './records.js'
import { CognigyResources } from './resources.js'
import { CognigyOptions } from './schemas.js'

/** The emulated Cognigy.AI. */
export const cognigy: ApiPlugin = {
  name: 'cognigy',
  title: 'Cognigy.AI',
  nativePort: undefined,
  paths: ['/new', '/v2.0', '/auth/oauth2', '/openapi/openapi-viewer.json'],
  slashes: 'collapse-and-trim',
  kinds: [
    'createSnapshot', 'packageSnapshot', 'trainIntents', 'createPackageNFS', 'extractPackage', 'mergePackage', 'deleteSnapshot', 'deletePackage', 'restoreSnapshot',
    'uploadSnapshotPackage', 'importIntoLexicon', 'exportLexicons', 'runPlaybook', 'uploadExtension', 'updateExtensionPackage', 'processKnowledgeSourceFile',
    'processKnowledgeSourceUrl', 'importIntents', 'trainAllProjectFlows', 'createProjectByTemplate', 'deleteProject', 'packageTrainerRecords',
    'uploadTrainerRecordsPackage', 'trainYesNoIntents', 'runKnowledgeExtension',
  ],
  options: CognigyOptions,
  order: byCreation,
  taskPath: (id) => `/v2.0/tasks/${id}`,
  resources: CognigyResources,
  effects: Effect,
  createTaskIds,
  load: once(async () => (await import('./service.js')).service),
  errorReply,
  faultReply,
}
