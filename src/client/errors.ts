/**
 * What can go wrong between a client and the control plane.
 */

/** One thing that is wrong with a request: where (a JSON pointer), and what is allowed. */
export interface Complaint {
  readonly path: string
  readonly message: string
}

/** The control plane refused: 400 for bad input, 404 for what isn't there, 408 at a time-out, 409 for what can't be done now. */
export class PolluxError extends Error {
  override readonly name = 'PolluxError'
  readonly status: number
  /** Why, in a sentence. */
  readonly detail: string
  /** What is wrong with the input, when that is the reason. */
  readonly errors: readonly Complaint[]

  constructor (status: number, detail: string, errors: readonly Complaint[] = []) {
    super(detail)
    this.status = status
    this.detail = detail
    this.errors = errors
  }
}

/** Nobody answered as Pollux at that URL. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  readonly url: string

  constructor (url: string, reason: string, cause?: unknown) {
    super(`no Pollux answers at ${url}: ${reason}`, { cause })
    this.url = url
  }
}
