/**
 * Download links and what they lead to: small files, but real ones (cognigy contract, 7.3.6).
 */
import type { FastifyReply } from 'fastify'
import type { JsonObject } from '../../simulator/script.js'
import { CORS_ORIGIN } from './errors.js'
import { KEYPHRASES } from './nouns.js'
import type { DownloadRecord } from './records.js'
import { CognigyResources } from './resources.js'
import type { ApiRoute, Request } from './route.js'
import { DOWNLOAD } from './documentation.js'

/** The one that is meant where no sandbox is named. */
const DEFAULT_SANDBOX = 'default'

/** All that a file that is not ready holds (scenario `placeholder-download`). */
const PLACEHOLDER = 'csnap'

/** What ZIP files say of when they were made: always the same. */
const MADE_AT = new Date(2022, 0, 27)

/** A name under which anything can be stored. */
export function fileNameOf (name: string, ending: string): string {
  return name.replace(/[^\w .-]+/g, '_').slice(0, 100) + ending
}

/** The absolute URL of a download. It goes without a credential, so a sandbox that only a credential named is named by it. */
export function downloadLinkFor ({ door, sandbox, protocol, headers: { host = 'localhost' } }: Request, token: string, fileName: string): string {
  const isNamed = sandbox.name === DEFAULT_SANDBOX || door.mount.startsWith('/sandbox/') || host.toLowerCase().startsWith(`${sandbox.name.toLowerCase()}.localhost`)
  return `${protocol}://${host}${isNamed ? '' : `/sandbox/${sandbox.name}`}${door.mount}/v2.0/downloads/${token}/${encodeURIComponent(fileName)}`
}

export const DOWNLOAD_ROUTE: ApiRoute = { method: 'GET', path: '/downloads/:token/:name', schema: DOWNLOAD, handler: download }

async function download (request: Request, reply: FastifyReply): Promise<FastifyReply> {
  const { sandbox, params, method } = request
  const resources = sandbox.resources(CognigyResources)
  const bytes = await contentOf(resources.download(params['token'] ?? ''), resources, method === 'GET')
  return reply.headers({
    'content-type': 'application/octet-stream',
    'content-disposition': `attachment; filename="${fileNameOf(params['name'] ?? '', '')}"`,
    vary: 'Accept',
    ...CORS_ORIGIN,
  }).send(bytes)
}

/** The file; a mere look at it (`HEAD`) does not use up placeholders. */
async function contentOf ({ of, id }: DownloadRecord, resources: CognigyResources, isFetched: boolean): Promise<Buffer> {
  if ((of === 'snapshot' || of === 'package') && isFetched && resources.takePlaceholder(of, id)) return Buffer.from(PLACEHOLDER)
  switch (of) {
    case 'snapshot': {
      const { name, description } = resources.snapshot(id)
      return Buffer.from(JSON.stringify({ name, description }))
    }
    case 'package': {
      const { name, description } = resources.package(id)
      return zipOf('package.json', { name, description })
    }
    case 'lexicon': return Buffer.from(['keyphrase,slots,synonyms', ...KEYPHRASES.map(({ keyphrase, slots, synonyms }) => `${keyphrase},${slots.join('|')},${synonyms.join('|')}`), ''].join('\r\n'))
    case 'trainer': return zipOf('records.json', { taskId: id, records: [] })
  }
}

async function zipOf (name: string, content: JsonObject): Promise<Buffer> {
  const { strToU8, zipSync } = await import('fflate')
  return Buffer.from(zipSync({ [name]: [strToU8(JSON.stringify(content)), { level: 0, mtime: MADE_AT }] }))
}
