/**
 * Projects and what the built-in image has in each: flows, locales, lexicons, playbooks, and their runs (cognigy contract, 7.2).
 */
import { notFound } from '../errors.js'
import { flowEntity, graphOf, IMAGE, keyphraseEntity, KEYPHRASES, lexiconEntity, localeEntity, packageEntity, playbookEntity, projectEntity, runEntity } from '../nouns.js'
import type { CompanionRow } from './row.js'
import { DownloadLink, Flow, Graph, Keyphrase, Lexicon, Locale, Playbook, PlaybookRun, Project } from './schemas.js'

const IMAGE_ONLY = 'partly: every id is the same one of the built-in image'

export const PROJECT_COMPANIONS: readonly CompanionRow[] = [
  {
    method: 'GET',
    path: '/projects',
    shows: Project,
    collection: 'projects',
    operationId: 'indexProjects',
    summary: 'List Projects',
    tag: 'Projects',
    emulated: 'partly: the built-in one, and those that tasks have made',
    answer: ({ sandbox, resources }) => ({ list: [projectEntity(sandbox, IMAGE.project), ...resources.projects.all().map((made) => projectEntity(sandbox, made._id, made))] }),
  },
  {
    method: 'GET',
    path: '/projects/:projectId',
    shows: Project,
    operationId: 'readProject',
    summary: 'Get a Project',
    tag: 'Projects',
    emulated: IMAGE_ONLY,
    answer: ({ id, sandbox, resources }) => ({ entity: projectEntity(sandbox, id('projectId'), resources.projects.get(id('projectId'))) }),
  },
  {
    method: 'GET',
    path: '/projects/:projectId/graph',
    shows: Graph,
    isPlain: true,
    operationId: 'readProjectGraph',
    summary: 'Get the resources of a Project, and of its Packages',
    tag: 'Projects',
    emulated: 'partly: project and packages hold the same few resources',
    answer: ({ id, query, sandbox, resources }) => {
      const projectId = id('projectId')
      const withDependencies = query['dependencies'] === 'true'
      const packages = query['packages'] === 'true' ? resources.packages.all().filter((made) => made.projectId === projectId) : []
      const name = String(projectEntity(sandbox, projectId, resources.projects.get(projectId)).body['name'])
      return {
        plain: Object.fromEntries([
          [projectId, graphOf(sandbox, 'project', name, withDependencies)],
          ...packages.map((made) => [made._id, graphOf(sandbox, 'package', String(packageEntity(sandbox, made).body['name']), withDependencies)] as const),
        ]),
      }
    },
  },
  {
    method: 'GET',
    path: '/flows',
    shows: Flow,
    collection: 'flows',
    operationId: 'indexFlows',
    summary: 'List Flows',
    tag: 'Training',
    emulated: IMAGE_ONLY,
    answer: ({ sandbox }) => ({ list: [flowEntity(sandbox, IMAGE.flow)] }),
  },
  {
    method: 'GET',
    path: '/flows/:flowId',
    shows: Flow,
    operationId: 'readFlow',
    summary: 'Get a Flow',
    tag: 'Training',
    emulated: IMAGE_ONLY,
    answer: ({ id, sandbox }) => ({ entity: flowEntity(sandbox, id('flowId')) }),
  },
  {
    method: 'GET',
    path: '/locales',
    shows: Locale,
    collection: 'locales',
    operationId: 'indexLocales',
    summary: 'List Locales',
    tag: 'Training',
    emulated: IMAGE_ONLY,
    answer: ({ sandbox }) => ({ list: [localeEntity(sandbox, IMAGE.locale)] }),
  },
  {
    method: 'GET',
    path: '/locales/:localeId',
    shows: Locale,
    operationId: 'readLocale',
    summary: 'Get a Locale',
    tag: 'Training',
    emulated: IMAGE_ONLY,
    answer: ({ id, sandbox }) => ({ entity: localeEntity(sandbox, id('localeId')) }),
  },
  {
    method: 'GET',
    path: '/lexicons',
    shows: Lexicon,
    collection: 'lexicons',
    operationId: 'indexLexicons',
    summary: 'List Lexicons',
    tag: 'Lexicons',
    emulated: IMAGE_ONLY,
    answer: () => ({ list: [lexiconEntity(IMAGE.lexicon)] }),
  },
  {
    method: 'GET',
    path: '/lexicons/:lexiconId',
    shows: Lexicon,
    operationId: 'readLexicon',
    summary: 'Get a Lexicon',
    tag: 'Lexicons',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => ({ entity: lexiconEntity(id('lexiconId')) }),
  },
  {
    method: 'GET',
    path: '/lexicons/:lexiconId/keyphrases',
    shows: Keyphrase,
    collection: 'keyphrases',
    operationId: 'indexLexiconKeyphrases',
    summary: 'List the keyphrases of a Lexicon',
    tag: 'Lexicons',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => {
      const lexiconId = id('lexiconId')
      return { list: KEYPHRASES.map((keyphrase) => keyphraseEntity(lexiconId, keyphrase)) }
    },
  },
  {
    method: 'GET',
    path: '/lexicons/:lexiconId/keyphrases/:keyphraseId',
    shows: Keyphrase,
    operationId: 'readLexiconKeyphrase',
    summary: 'Get a keyphrase of a Lexicon',
    tag: 'Lexicons',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => {
      const keyphrase = KEYPHRASES.find(({ _id }) => _id === id('keyphraseId'))
      if (keyphrase === undefined) throw notFound('Keyphrase')
      return { entity: keyphraseEntity(id('lexiconId'), keyphrase) }
    },
  },
  {
    method: 'POST',
    path: '/lexicons/:lexiconId/downloadlink',
    shows: DownloadLink,
    isPlain: true,
    operationId: 'composeLexiconDownloadLink',
    summary: 'Get a download link for a Lexicon',
    tag: 'Lexicons',
    emulated: 'partly: whether it has been exported or not',
    answer: ({ id, downloadLink }) => ({ plain: { downloadLink: downloadLink('lexicon', id('lexiconId'), 'Drinks.csv') } }),
  },
  {
    method: 'GET',
    path: '/playbooks',
    shows: Playbook,
    collection: 'playbooks',
    operationId: 'indexPlaybooks',
    summary: 'List Playbooks',
    tag: 'Playbooks',
    emulated: IMAGE_ONLY,
    answer: () => ({ list: [playbookEntity(IMAGE.playbook)] }),
  },
  {
    method: 'GET',
    path: '/playbooks/:playbookId',
    shows: Playbook,
    operationId: 'readPlaybook',
    summary: 'Get a Playbook',
    tag: 'Playbooks',
    emulated: IMAGE_ONLY,
    answer: ({ id }) => ({ entity: playbookEntity(id('playbookId')) }),
  },
  {
    method: 'GET',
    path: '/playbooks/:playbookId/runs/:runId',
    shows: PlaybookRun,
    operationId: 'readPlaybookRun',
    summary: 'Get what came out of running a Playbook',
    tag: 'Playbooks',
    emulated: 'partly: every run has the same one step',
    answer: ({ id, resources }) => {
      const playbookId = id('playbookId')
      const run = resources.runs.get(id('runId'))
      if (run?.playbookId !== playbookId) throw notFound('Playbook run')
      return { entity: runEntity(run) }
    },
  },
]
