/**
 * One file out of a tar archive that comes in pieces (POSIX.1-1988: headers and contents in blocks of 512 bytes).
 */
const BLOCK_BYTES = 512

/** Looks for the first file whose name matches, and keeps nothing else. */
export class FileInTar {
  /** What the file holds; undefined as long as it hasn't come. */
  text: string | undefined
  /** True once the file has been found or can't be found any more. */
  isOver = false
  readonly #name: RegExp
  readonly #largestBytes: number
  #part: 'header' | 'wanted' | 'other' = 'header'
  #missing = BLOCK_BYTES
  /** Bytes of the wanted file in what is being read: the rest fills its last block. */
  #size = 0
  #pieces: Uint8Array[] = []

  constructor (name: RegExp, largestBytes: number) {
    this.#name = name
    this.#largestBytes = largestBytes
  }

  giveUp (): void {
    this.isOver = true
    this.#pieces = []
  }

  push (piece: Uint8Array): void {
    for (let at = 0; at < piece.length && !this.isOver;) {
      const taken = piece.subarray(at, at + this.#missing)
      if (this.#part !== 'other') this.#pieces.push(taken)
      at += taken.length
      this.#missing -= taken.length
      if (this.#missing === 0) this.#endPart()
    }
  }

  #endPart (): void {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    if (this.#part === 'wanted') {
      this.text = bytes.toString('utf8', 0, this.#size)
      this.isOver = true
      return
    }
    if (this.#part === 'header') this.#readHeader(bytes)
    else this.#expectHeader()
  }

  #readHeader (header: Buffer): void {
    const name = textIn(header, 0, 100)
    const size = textIn(header, 124, 136).trim()
    // An empty name ends the archive; a size that is no octal number was never part of one.
    if (name === '' || !/^[0-7]+$/.test(size)) return this.giveUp()
    this.#size = Number.parseInt(size, 8)
    const isWanted = this.#name.test(name) && /^[0\0]$/.test(header.toString('latin1', 156, 157))
    if (isWanted && this.#size > this.#largestBytes) return this.giveUp()
    this.#part = isWanted ? 'wanted' : 'other'
    this.#missing = Math.ceil(this.#size / BLOCK_BYTES) * BLOCK_BYTES
    if (this.#missing === 0) this.#expectHeader()
  }

  #expectHeader (): void {
    this.#part = 'header'
    this.#missing = BLOCK_BYTES
  }
}

/** The text of a field up to its first NUL. */
function textIn (header: Buffer, start: number, end: number): string {
  const text = header.toString('latin1', start, end)
  const nulAt = text.indexOf('\0')
  return nulAt < 0 ? text : text.slice(0, nulAt)
}
