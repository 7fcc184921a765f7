/**
 * Projects and what runs in them: made by a template, deleted, playbooks (cognigy contract, 7.1, rows 12 and 16).
 */
import { Type } from '@sinclair/typebox'
import type { JsonObject } from '../../../simulator/script.js'
import { fieldsOf } from '../bodies.js'
import { drawResourceId } from '../ids.js'
import { NameField, TextField, type StartRow } from './row.js'

const NewProject = Type.Object({
  name: NameField('Its name'),
  locale: Type.Optional(TextField('Language of the primary locale')),
  templateConfiguration: Type.Optional(Type.Unsafe<JsonObject>(Type.Record(Type.String(), Type.Unknown(), { description: 'What it begins with', expects: 'an object' }))),
})

const Schedule = Type.Object({
  playbookId: Type.Optional(TextField('Ignored: the path tells')),
  entrypoint: TextField('Where the playbook begins: the project or a flow'),
  flowId: TextField('The flow'),
  localeId: TextField('The locale'),
})

export const PROJECT_STARTS: readonly StartRow[] = [
  {
    method: 'POST',
    path: '/projects/createbytemplate',
    kind: 'createProjectByTemplate',
    body: NewProject,
    operationId: 'createProjectByTemplate',
    summary: 'Create a Project by a template',
    tag: 'Projects',
    emulated: 'partly: the project is as all others',
    begin: ({ upload, sandbox }) => {
      const { name, ...parameters } = fieldsOf(upload.fields, NewProject)
      return { parameters: { name, ...parameters }, label: name, effect: { adds: 'project', item: { _id: drawResourceId(sandbox), name } } }
    },
  },
  {
    method: 'DELETE',
    path: '/projects/:projectId',
    kind: 'deleteProject',
    operationId: 'deleteProject',
    summary: 'Delete a Project',
    tag: 'Projects',
    emulated: 'partly: the project loses what tasks have made in it, and can still be read',
    begin: ({ id, resources }) => {
      const projectId = id('projectId')
      return { parameters: { projectId }, label: resources.projects.get(projectId)?.name, effect: { deletes: 'project', id: projectId } }
    },
  },
  {
    method: 'POST',
    path: '/playbooks/:playbookId/schedule',
    kind: 'runPlaybook',
    body: Schedule,
    operationId: 'schedulePlaybook',
    summary: 'Run a Playbook',
    tag: 'Playbooks',
    emulated: 'partly: every run has the same one step',
    begin: ({ id, upload, sandbox }) => {
      const playbookId = id('playbookId')
      const { entrypoint, flowId, localeId } = fieldsOf(upload.fields, Schedule)
      const _id = drawResourceId(sandbox)
      return {
        parameters: { playbookId, entrypoint, flowId, localeId },
        label: entrypoint,
        result: { playbookRunId: _id },
        effect: { adds: 'run', item: { _id, playbookId, flowId, localeId, entrypoint } },
      }
    },
  },
]
