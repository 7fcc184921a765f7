/**
 * Archives as they come in: measured, looked through for their manifest, and only the small ones kept (contract 7.4).
 */
import { createHash } from 'node:crypto'
import { createGunzip, type Gunzip } from 'node:zlib'
import type { Archive } from './content.js'
import { FileInTar } from './tar.js'

/** Larger archives are known by their sums alone. */
const LARGEST_KEPT_BYTES = 1_048_576
/** How far into the unpacked archive the manifest is looked for: an archive may unpack to a thousand times its size. */
const FARTHEST_BYTES = 33_554_432
const LARGEST_MANIFEST_BYTES = 4_194_304
const GZIP_MAGIC = 0x1f

/** Takes an archive piece by piece. */
export interface ArchiveReader {
  readonly update: (piece: Uint8Array) => Promise<void>
  /** What there is to know, once all of it has come; undefined when nothing has. */
  readonly finish: () => Archive | undefined
  /** Lets go of what it took to read. */
  readonly close: () => void
}

/** A reader for one archive, gzipped or not, or no archive at all: the content isn't checked (contract 7.4). */
export function createArchiveReader (): ArchiveReader {
  const md5 = createHash('md5')
  const sha1 = createHash('sha1')
  const manifest = new FileInTar(/^(?:\.\/)?manifest\.json$/, LARGEST_MANIFEST_BYTES)
  let size = 0
  let unpackedBytes = 0
  let kept: Uint8Array[] = []
  let gunzip: Gunzip | undefined

  function search (piece: Uint8Array): void {
    unpackedBytes += piece.length
    if (unpackedBytes > FARTHEST_BYTES) manifest.giveUp()
    manifest.push(piece)
    if (manifest.isOver) gunzip?.destroy()
  }

  /** Resolves when what the piece unpacks to has been searched. */
  function unpack (piece: Uint8Array, into: Gunzip): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        into.off('close', done)
        resolve()
      }
      into.once('close', done)
      into.write(piece, done)
    })
  }

  return {
    async update (piece) {
      if (piece.length === 0) return
      md5.update(piece)
      sha1.update(piece)
      if (size === 0 && piece[0] === GZIP_MAGIC) {
        gunzip = createGunzip()
        gunzip.on('data', search)
        gunzip.on('error', () => { manifest.giveUp() })
      }
      size += piece.length
      if (size <= LARGEST_KEPT_BYTES) kept.push(piece)
      else kept = []
      if (manifest.isOver) return
      if (gunzip === undefined) search(piece)
      else await unpack(piece, gunzip)
    },
    close () { gunzip?.destroy() },
    finish () {
      if (size === 0) return undefined
      const appMode = appModeIn(manifest.text)
      return {
        size,
        md5: md5.digest('hex'),
        sha1: sha1.digest('hex'),
        ...(appMode === undefined ? {} : { appMode }),
        ...(size <= LARGEST_KEPT_BYTES ? { bytes: Buffer.concat(kept).toString('base64') } : {}),
      }
    },
  }
}

/** `metadata.appmode` of a manifest. */
function appModeIn (text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  try {
    const manifest: unknown = JSON.parse(text)
    const mode = valueAt(valueAt(manifest, 'metadata'), 'appmode')
    return typeof mode === 'string' && /^[\w-]{1,64}$/.test(mode) ? mode : undefined
  } catch {
    return undefined
  }
}

function valueAt (value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}
