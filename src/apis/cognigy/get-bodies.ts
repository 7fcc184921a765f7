/**
 * The trial cloud once refused GETs with a body, which the vendor's client sends (cognigy contract, 7.3.7 and 10).
 */
import { forbidden } from './errors.js'
import type { Request } from './route.js'

/** Throws the 403 for a GET with a body while a task of the scenario `forbidden-get-body` is there; usually such bodies are ignored. */
export function refuseBodyOfGet ({ method, headers, sandbox }: Request): void {
  if (method !== 'GET' || (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0')) return
  for (const { scenario } of sandbox.simulator.list('cognigy').descending()) if (scenario === 'forbidden-get-body') throw forbidden()
}
