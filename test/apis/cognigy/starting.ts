/** What tests of native starts share: calls by their vendor's path, forms, and things that tasks have made. */
import type { JsonObject } from '../../../src/simulator/script.js'
import type { TestWorld } from '../../world.js'
import { getJson, JSON_KEY } from './support.js'

export const PROJECT = '61f25579055c2f43c249a181'
const BOUNDARY = '--------------------------436213748612341234123412'

/** A multipart form as PKG and curl send it: the field `file` is the name of a file with this content. */
export function form (fields: Readonly<Record<string, string>>, content = 'content'): { headers: Record<string, string>, payload: string } {
  const parts = Object.entries(fields).map(([name, value]) => name === 'file'
    ? `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="${value}"\r\nContent-Type: application/octet-stream\r\n\r\n${content}\r\n`
    : `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
  return { headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }, payload: `${parts.join('')}--${BOUNDARY}--\r\n` }
}

export async function post ({ app }: TestWorld, path: string, body?: object): Promise<{ status: number, body: JsonObject }> {
  const reply = await app.inject({ method: 'POST', url: `/v2.0${path}`, headers: JSON_KEY, ...(body === undefined ? {} : { payload: body }) })
  return { status: reply.statusCode, body: reply.json() }
}

export async function upload ({ app }: TestWorld, path: string, fields: Readonly<Record<string, string>>, content?: string): Promise<{ status: number, body: JsonObject }> {
  const reply = await app.inject({ method: 'POST', url: `/v2.0${path}`, ...form(fields, content), headers: { ...JSON_KEY, ...form(fields).headers } })
  return { status: reply.statusCode, body: reply.json() }
}

/** Makes a snapshot of this name and returns its id. */
export async function makeSnapshot (world: TestWorld, name: string): Promise<string> {
  await post(world, '/snapshots', { projectId: PROJECT, name, description: 'made' })
  await world.sandbox.clock.advance(4000)
  const items = (await getJson(world, `/v2.0/snapshots?projectId=${PROJECT}`))['items'] as JsonObject[]
  return String(items.find((item) => item['name'] === name)?.['_id'])
}

/** Makes a package of this name and returns its id. */
export async function makePackage (world: TestWorld, name: string): Promise<string> {
  const { body: { _id } } = await post(world, '/packages', { projectId: PROJECT, name, resourceIds: [] })
  await world.sandbox.clock.advance(3000)
  return String(((await getJson(world, `/v2.0/tasks/${String(_id)}`))['data'] as JsonObject)['packageId'])
}
