/**
 * Uploads in all the forms that clients send (contract 7.4): streamed, whatever their type says.
 */
import { Type } from '@sinclair/typebox'
import { Check } from '@sinclair/typebox/value'
import type { FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { createArchiveReader } from './archive.js'
import { checksumOf, requireChecksum } from './bodies.js'
import { BundleSource, type Archive } from './content.js'
import { bodyTooLarge, emptyBundle, invalidJson, unreadableForm } from './errors.js'

/** What has come: an archive, and where it says that it comes from. */
export interface Upload {
  readonly archive: Archive
  readonly source: BundleSource
}

/** Takes a body piece by piece. */
interface Receiver {
  readonly update: (piece: Uint8Array) => Promise<void>
  readonly finish: () => Promise<{ readonly archive: Archive | undefined, readonly source: BundleSource }>
  readonly close: () => void
}

const NO_SOURCE: BundleSource = { source: null, source_repo: null, source_branch: null, source_commit: null }
const LARGEST_METADATA_BYTES = 65_536

/** Reads the request's body to its end. Throws ConnectError. */
export async function receiveUpload (request: FastifyRequest, maxBytes: number): Promise<Upload> {
  const stream = request.body instanceof Readable ? request.body : Readable.from([])
  let receiver: Receiver | undefined
  try {
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw bodyTooLarge()
    receiver = await createReceiver(contentTypeOf(request))
    const md5 = createHash('md5')
    let size = 0
    // Left alive when it is too long: whoever sends it must be able to read why it is refused.
    for await (const piece of stream.iterator({ destroyOnReturn: false })) {
      size += piece.length
      if (size > maxBytes) throw bodyTooLarge()
      md5.update(piece)
      await receiver.update(piece)
    }
    const { archive, source } = await receiver.finish()
    if (archive === undefined) throw emptyBundle()
    const checksum = checksumOf(request)
    if (checksum !== undefined) requireChecksum(checksum, md5.digest())
    return { archive, source }
  } finally {
    receiver?.close()
    stream.resume()
  }
}

async function createReceiver (contentType: string): Promise<Receiver> {
  if (/^multipart\/form-data\b/i.test(contentType)) return await createFormReceiver(contentType)
  const { update, finish, close } = createArchiveReader()
  return { update, finish: async () => ({ archive: finish(), source: NO_SOURCE }), close }
}

/** The part `archive` is the archive, the part `metadata` tells where it comes from. */
async function createFormReceiver (contentType: string): Promise<Receiver> {
  const { default: { Busboy } } = await import('@fastify/busboy')
  const reader = createArchiveReader()
  let source = NO_SOURCE
  let failure: Error | undefined
  const form = parserOf(() => new Busboy({
    headers: { 'content-type': contentType },
    isPartAFile: (name, type, fileName) => name === 'archive' || fileName !== undefined || type === 'application/octet-stream',
    limits: { fieldSize: LARGEST_METADATA_BYTES, fields: 100, files: 100 },
  }))
  let isRead = Promise.resolve()
  form.on('file', (name, file) => {
    isRead = isRead.then(async () => {
      for await (const piece of file) if (name === 'archive') await reader.update(piece)
    }).catch(() => { failure ??= unreadableForm() })
  })
  form.on('field', (name, text) => {
    if (name !== 'metadata') return
    const said = sourceIn(text)
    if (said === undefined) failure ??= invalidJson()
    else source = said
  })
  const isOver = new Promise<void>((resolve) => {
    form.on('finish', resolve)
    form.on('error', () => {
      failure ??= unreadableForm()
      resolve()
    })
  })
  function requireNoFailure (): void {
    if (failure !== undefined) throw failure
  }

  return {
    async update (piece) {
      requireNoFailure()
      await Promise.race([isOver, new Promise<void>((resolve) => { form.write(piece, () => { resolve() }) })])
    },
    async finish () {
      requireNoFailure()
      form.end()
      await isOver
      requireNoFailure()
      await isRead
      requireNoFailure()
      return { archive: reader.finish(), source }
    },
    close: reader.close,
  }
}

/** The parser, unless the content type tells it nothing. */
function parserOf<Parser> (create: () => Parser): Parser {
  try {
    return create()
  } catch (error) {
    throw error instanceof Error && /boundary/i.test(error.message) ? unreadableForm() : error
  }
}

/** The four keys of a source as far as they are there; undefined when it is no JSON object, or holds a wrong type. */
function sourceIn (text: string): BundleSource | undefined {
  let said: unknown
  try {
    said = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Check(Type.Partial(BundleSource), said)) return undefined
  return { source: said.source ?? null, source_repo: said.source_repo ?? null, source_branch: said.source_branch ?? null, source_commit: said.source_commit ?? null }
}

/** As the client wrote it: what Fastify sees was made harmless before. */
function contentTypeOf ({ raw: { rawHeaders } }: FastifyRequest): string {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-type')
  return at < 0 ? '' : rawHeaders[at + 1] ?? ''
}
