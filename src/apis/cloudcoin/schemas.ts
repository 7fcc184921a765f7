/**
 * TypeBox schemas of this API: its options, and what the OpenAPI document says of parameters and replies.
 */
import { Type, type Static } from '@sinclair/typebox'

/** Which server is played: the one that the vendor documents, or the one whose replies were recorded. */
export const WireProfile = Type.Union([Type.Literal('documented'), Type.Literal('recorded')], {
  default: 'documented',
  expects: 'documented or recorded',
  description: 'Which server is played: `documented`, as the vendor\'s page of 2023 says, or `recorded`, as the real server of 2022 answers: plural path only, `finished` and `data` always present, error text in `data.message`',
})
export type WireProfile = Static<typeof WireProfile>

/** The options of this API. */
export const CloudcoinOptions = Type.Object({
  'wire-profile': WireProfile,
  'retention-seconds': Type.Integer({
    minimum: 0,
    default: 0,
    expects: 'a whole number of 0 or more',
    description: 'How long after its end a task is forgotten, in seconds; `0`: never, as on the real server',
  }),
}, { additionalProperties: false })

export const TaskParams = Type.Object({
  id: Type.String({ description: '32-hex character task GUID that was returned by the asynchronous API call; with or without hyphens', examples: ['bdc8e99d-dd8a-40e9-8840-f9f8eef16c71'] }),
})
export type TaskParams = Static<typeof TaskParams>

export const Task = Type.Object({
  id: Type.String({ pattern: '^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$', description: 'The task identifier (GUID)' }),
  status: Type.Union([Type.Literal('running'), Type.Literal('completed'), Type.Literal('error')], { description: 'The current status of the task' }),
  progress: Type.Number({ minimum: 0, maximum: 100, description: 'The progress of the task as a percentage (0-100); an integer, in the profile `recorded` with at most two decimals' }),
  started: Type.Integer({ description: 'Unix timestamp when the task was created' }),
  finished: Type.Optional(Type.Integer({ description: 'Unix timestamp when the task was completed. Only present when status is "completed" or "error"; in the profile `recorded` always, 0 while the task runs' })),
  message: Type.String({ description: 'Status message or error details' }),
  data: Type.Optional(Type.Unknown({ description: 'The result data for the completed task; its structure depends on the type of task. Only present when status is "completed"; in the profile `recorded` always: null or a string of reply counters while the task runs, the error when it failed' })),
}, { title: 'Task', additionalProperties: false })

export const TaskReply = Type.Object({
  payload: Task,
  status: Type.Literal('success'),
}, { title: 'TaskReply', additionalProperties: false })

export const ErrorReply = Type.Object({
  payload: Type.Object({
    code: Type.Integer({ description: '4105: no such task; 4110: no JSON; 4114: the wallet exists; 4115: no such wallet; 4116: the wallet is not empty; 4121: a rule is broken; 4123: no coin file; 4154: no such path; 4197: no such receipt' }),
    message: Type.String(),
    details: Type.Union([Type.Null(), Type.Array(Type.String())]),
  }, { additionalProperties: false }),
  status: Type.Literal('error'),
}, { title: 'ErrorReply', additionalProperties: false })

export const ProbeReply = Type.Object({
  payload: Type.Object({}, { additionalProperties: false }),
  status: Type.Literal('success'),
}, { title: 'ProbeReply', additionalProperties: false })

const ECHO = {
  payload: {
    id: 'bdc8e99d-dd8a-40e9-8840-f9f8eef16c71',
    status: 'completed',
    progress: 100,
    started: 1678436330,
    finished: 1678436332,
    message: 'Command Completed',
    data: {
      online: 25,
      pownstring: 'ppppppppppppppppppppppppp',
      pownarray: [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
      latencies: [1104, 1104, 1417, 1407, 1397, 1416, 1405, 1412, 1397, 1407, 1406, 1397, 1413, 1412, 1405, 1398, 1413, 1398, 1414, 1397, 1410, 1404, 1403, 1415, 1113],
    },
  },
  status: 'success',
}

/** What the router says of a URL that is none. */
export const UNREADABLE = {
  description: 'The URL can\'t be decoded',
  content: { 'text/plain': { schema: Type.String(), examples: { undecodable: { value: '400 Bad Request' } } } },
}

const taskOperation = {
  tags: ['tasks'],
  security: [],
  params: TaskParams,
  response: {
    200: {
      description: 'The state of the task; errors are replied with this status, too',
      content: {
        'application/json': {
          schema: Type.Union([TaskReply, ErrorReply]),
          examples: {
            running: { value: { payload: { id: '035738cd-f1ab-46e1-bbcd-b37f6f691e40', status: 'running', progress: 52, started: 1795315162, message: 'Last received response was from Raida 13' }, status: 'success' } },
            completed: { value: ECHO },
            error: { value: { payload: { id: 'cc9ef60e-4b20-4ca0-a11e-820d602bfbec', status: 'error', progress: 100, started: 1795315194, finished: 1795315194, message: 'Not enough CloudCoins' }, status: 'success' } },
            'error as recorded': { value: { payload: { id: '213856dd-1086-4f37-af78-b183b608a806', status: 'error', progress: 100, started: 1795315194, finished: 1795315194, message: 'Error Occured', data: { code: 4135, message: 'Not enough CloudCoins', details: null } }, status: 'success' } },
            'unknown task': { value: { payload: { code: 4105, message: 'Task does not exist', details: null }, status: 'error' } },
            'bad id': { value: { payload: { code: 4121, message: 'Validation error. Id: must be a valid UUID v4.', details: null }, status: 'error' } },
          },
        },
      },
    },
    400: UNREADABLE,
  },
}

/** `GET /api/v1/task/{id}`, the documented path. */
export const getTask = {
  ...taskOperation,
  operationId: 'getTask',
  'x-emulated': 'fully',
  summary: 'Return information about a previously created task',
  description: 'Retrieves information about a previously created task: status, progress, and the results upon completion. To be polled at regular intervals until the task is completed. Not served in the profile `recorded`.',
}

/** `GET /api/v1/tasks/{id}`, the path that clients use. */
export const getTaskByPluralPath = {
  ...taskOperation,
  operationId: 'getTaskByPluralPath',
  'x-emulated': 'fully',
  summary: 'Return information about a previously created task',
  description: 'The same as `/api/v1/task/{id}`, under the path that the real servers know.',
}

/** `GET /`, with which the vendor's GUI looks whether the server lives. */
export const probe = {
  operationId: 'probe',
  'x-emulated': 'fully',
  tags: ['server'],
  security: [],
  summary: 'Tell that the server lives',
  description: 'Answers any method.',
  response: {
    200: {
      description: 'The server lives',
      content: { 'application/json': { schema: ProbeReply, examples: { alive: { value: { payload: {}, status: 'success' } } } } },
    },
    400: UNREADABLE,
  },
}
