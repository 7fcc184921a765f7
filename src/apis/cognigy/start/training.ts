/**
 * What trains and what feeds the training: intents, lexicons, trainer records (cognigy contract, 7.1, rows 3, 10, 11, 16, 17).
 */
import { Type } from '@sinclair/typebox'
import type { JsonObject } from '../../../simulator/script.js'
import { fieldsOf } from '../bodies.js'
import { IMAGE } from '../nouns.js'
import { fileOf, IdField, TextField, type StartRow } from './row.js'

const Training = Type.Object({
  localeId: Type.Optional(IdField('The locale; default: the primary one')),
  mode: Type.Optional(Type.Union([Type.Literal('full'), Type.Literal('quick')], { default: 'full', description: 'How much is trained', expects: 'full or quick' })),
})

const LexiconImport = Type.Object({
  mode: Type.Union([Type.Literal('skip'), Type.Literal('overwrite'), Type.Literal('merge')], { description: 'What becomes of keyphrases that are there already', expects: 'skip, overwrite or merge' }),
  lexiconId: Type.Optional(TextField('Ignored')),
})

const TrainerQuery = Type.Object({ projectId: IdField('The project'), query: Type.Optional(Type.Unsafe<JsonObject | string>(Type.Unknown({ description: 'Which records' }))) })
const UploadTarget = Type.Object({ projectId: IdField('The project') })

const yesNoTasks = (created: JsonObject): JsonObject => ({ tasks: [created] })

export const TRAINING_STARTS: readonly StartRow[] = [
  {
    method: 'POST',
    path: '/flows/:flowId/intents/train',
    kind: 'trainIntents',
    body: Training,
    operationId: 'trainIntents',
    summary: 'Train the intents of a Flow',
    tag: 'Training',
    emulated: 'partly: nothing is trained',
    begin: ({ id, upload }) => {
      const flowId = id('flowId')
      const { localeId = IMAGE.locale, mode = 'full' } = fieldsOf(upload.fields, Training)
      return { parameters: { flowId, localeId, mode } }
    },
  },
  {
    method: 'POST',
    path: '/flows/:flowId/intents/import',
    kind: 'importIntents',
    isUpload: true,
    operationId: 'importIntents',
    summary: 'Import intents into a Flow',
    tag: 'Training',
    emulated: 'partly: nothing is imported',
    begin: ({ id, upload }) => {
      const flowId = id('flowId')
      const { name: fileName } = fileOf(upload)
      return { parameters: { flowId, fileName }, label: fileName }
    },
  },
  {
    method: 'POST',
    path: '/projects/:projectId/trainallflows',
    kind: 'trainAllProjectFlows',
    operationId: 'trainAllProjectFlows',
    summary: 'Train all Flows of a Project',
    tag: 'Training',
    emulated: 'partly: nothing is trained',
    begin: ({ id }) => ({ parameters: { projectId: id('projectId') } }),
  },
  {
    method: 'POST',
    path: '/locales/:localeId/yesnointents/train',
    kind: 'trainYesNoIntents',
    operationId: 'trainYesNoIntents',
    summary: 'Train the yes and no intents of a Locale',
    tag: 'Training',
    emulated: 'partly: nothing is trained',
    begin: ({ id }) => ({ parameters: { localeId: id('localeId') }, answer: yesNoTasks }),
  },
  {
    method: 'POST',
    path: '/projects/:projectId/locales/yesnointents/train',
    kind: 'trainYesNoIntents',
    operationId: 'trainYesNoIntentsProject',
    summary: 'Train the yes and no intents of all Locales of a Project',
    tag: 'Training',
    emulated: 'partly: nothing is trained',
    begin: ({ id }) => ({ parameters: { projectId: id('projectId'), localeId: IMAGE.locale }, answer: yesNoTasks }),
  },
  {
    method: 'POST',
    path: '/lexicons/:lexiconId/import',
    kind: 'importIntoLexicon',
    isUpload: true,
    body: LexiconImport,
    operationId: 'importIntoLexicon',
    summary: 'Import keyphrases into a Lexicon',
    tag: 'Lexicons',
    emulated: 'partly: nothing is imported',
    begin: ({ id, upload }) => {
      const lexiconId = id('lexiconId')
      const { name: fileName } = fileOf(upload)
      const { mode } = fieldsOf(upload.fields, LexiconImport)
      return { parameters: { lexiconId, mode }, label: fileName }
    },
  },
  {
    method: 'GET',
    path: '/lexicons/:lexiconId/export',
    kind: 'exportLexicons',
    operationId: 'exportFromLexicon',
    summary: 'Export a Lexicon: a GET that starts a task',
    tag: 'Lexicons',
    emulated: 'fully',
    begin: ({ id }) => ({ parameters: { lexiconId: id('lexiconId') } }),
  },
  {
    method: 'POST',
    path: '/trainer/package',
    kind: 'packageTrainerRecords',
    body: TrainerQuery,
    operationId: 'packageTrainerRecords',
    summary: 'Package Trainer records for download',
    tag: 'Trainer',
    emulated: 'partly: the package holds no records',
    begin: ({ upload }) => {
      const { projectId, query } = fieldsOf(upload.fields, TrainerQuery)
      return { parameters: { projectId, ...(query === undefined ? {} : { query }) }, label: query === undefined ? undefined : JSON.stringify(query) }
    },
  },
  {
    method: 'POST',
    path: '/trainer/upload',
    kind: 'uploadTrainerRecordsPackage',
    isUpload: true,
    body: UploadTarget,
    operationId: 'uploadTrainerRecordsPackage',
    summary: 'Upload packaged Trainer records',
    tag: 'Trainer',
    emulated: 'partly: nothing is read from the file',
    begin: ({ upload }) => {
      const { name: fileName } = fileOf(upload)
      const { projectId } = fieldsOf(upload.fields, UploadTarget)
      return { parameters: { projectId, fileName }, label: fileName }
    },
  },
]
