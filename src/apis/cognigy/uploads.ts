/**
 * Uploads: multipart forms in any order of fields, read as they come and not kept (cognigy contract, 7.3.5).
 */
import { once } from 'node:events'
import { Readable } from 'node:stream'
import type { JsonObject } from '../../simulator/script.js'
import { readJson } from './bodies.js'
import { badRequest, payloadTooLarge } from './errors.js'

/** A form as it came. */
export interface Upload {
  /** Its text fields; the body itself when it was JSON. */
  readonly fields: JsonObject
  readonly file: UploadedFile | undefined
}

export interface UploadedFile {
  readonly name: string
  /** The whole file if it is no larger than this. */
  readonly content: Buffer | undefined
}

/** What the vendor's client calls a file without a name. */
const DEFAULT_FILE_NAME = 'fake.txt'
/** Pollux's own snapshot files are smaller. */
const KEPT_BYTES = 65_536
const JSON_BYTES = 1_048_576
const MOST_FIELDS = 100

/** Reads the body of an upload; `largest` is the limit in bytes. Throws the 413 beyond it, and the 400 for what is no form. */
export async function readUpload (body: unknown, contentType: string | undefined, largest: number): Promise<Upload> {
  const source = body instanceof Readable ? body : Readable.from(Buffer.isBuffer(body) ? [body] : [])
  if (/^multipart\//i.test(contentType ?? '')) return readForm(source, contentType ?? '', largest)
  const chunks: Buffer[] = []
  for await (const chunk of bytesOf(source, Math.min(largest, JSON_BYTES))) chunks.push(chunk)
  return { fields: readJson(Buffer.concat(chunks)), file: undefined }
}

async function readForm (source: Readable, contentType: string, largest: number): Promise<Upload> {
  // Bundled, it has no other export than the default one.
  const { default: { Busboy } } = await import('@fastify/busboy')
  const fields = new Map<string, string>()
  let fileName: string | undefined
  let kept: Buffer[] = []
  let keptBytes = 0
  const form = formReader(() => new Busboy({
    headers: { 'content-type': contentType },
    limits: { fields: MOST_FIELDS, files: 1, fieldSize: KEPT_BYTES },
    isPartAFile: (field, _type, name) => field === 'file' || name !== undefined,
  }))
  form.on('field', (name, value) => { fields.set(name, value) })
  form.on('file', (_field, file, name) => {
    fileName = name || DEFAULT_FILE_NAME
    file.on('data', (chunk: Buffer) => {
      keptBytes += chunk.length
      if (keptBytes <= KEPT_BYTES) kept.push(chunk)
      else kept = []
    })
    file.on('error', () => {})
  })
  const read = new Promise<void>((resolve, reject) => {
    form.on('finish', resolve)
    form.on('error', () => { reject(badRequest()) })
  })
  read.catch(() => {})
  for await (const chunk of bytesOf(source, largest)) if (!form.write(chunk)) await Promise.race([once(form, 'drain'), read])
  form.end()
  await read
  if (fileName === undefined) return { fields: Object.fromEntries(fields), file: undefined }
  return {
    fields: Object.fromEntries(fields),
    file: { name: fields.get('fileName') || fileName, content: keptBytes <= KEPT_BYTES ? Buffer.concat(kept) : undefined },
  }
}

/** What makes no form reader, such as a type without boundary, is the client's mistake. */
function formReader<Form> (create: () => Form): Form {
  try {
    return create()
  } catch {
    throw badRequest()
  }
}

/** The chunks of a body, which stays open when there are too many: a reply can still go out. */
async function * bytesOf (source: Readable, largest: number): AsyncGenerator<Buffer> {
  let size = 0
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    const bytes: Buffer = chunk
    size += bytes.length
    if (size > largest) throw payloadTooLarge()
    yield bytes
  }
}
