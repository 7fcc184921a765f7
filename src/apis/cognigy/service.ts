/**
 * What answers Cognigy.AI's requests: loaded when the first one comes.
 */
import type { ApiService } from '../../api.js'
import { calls } from './calls.js'
import { OPENAPI as openapi } from './documentation.js'
import { routes } from './routes.js'

export const service: ApiService = { routes, calls, openapi }
