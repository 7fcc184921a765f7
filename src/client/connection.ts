/**
 * The one way in which the client speaks to the control plane of a sandbox.
 */
import { PolluxError, UnreachableError, type Complaint } from './errors.js'

export interface Message {
  /** Values by name; what is undefined is left out. */
  readonly query?: object | undefined
  readonly body?: unknown
}

export class Connection {
  /** Of the sandbox, without a slash at the end. */
  readonly url: string
  readonly token: string | undefined

  constructor (url: string, token: string | undefined) {
    this.url = url
    this.token = token
  }

  /** The reply's JSON; undefined when it has no body. Throws PolluxError for a refusal, UnreachableError when nobody answers. */
  async call<Reply> (method: string, path: string, message?: Message): Promise<Reply> {
    const text = await this.text(method, path, message)
    // The type is derived from the schema that the server answers by.
    return (text === '' ? undefined : JSON.parse(text)) as Reply
  }

  /** The reply as text. Throws as `call` does. */
  async text (method: string, path: string, { query = {}, body }: Message = {}): Promise<string> {
    const headers = new Headers()
    if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`)
    if (body !== undefined) headers.set('content-type', 'application/json')
    const { status, type, text } = await this.#fetch(`${this.url}/_pollux${path}${queryText(query)}`, { method, headers, body: body === undefined ? null : JSON.stringify(body) })
    if (status < 400) return text
    throw type.startsWith('application/problem+json') ? refusal(status, text) : new UnreachableError(this.url, `got ${status} of something else`)
  }

  async #fetch (url: string, init: RequestInit): Promise<{ status: number, type: string, text: string }> {
    try {
      const response = await fetch(url, init)
      return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
    } catch (error) {
      throw new UnreachableError(this.url, reasonOf(error), error)
    }
  }
}

function queryText (query: object): string {
  const entries = Object.entries(query).flatMap(([name, value]): Array<[string, string]> => value === undefined ? [] : [[name, String(value)]])
  return entries.length === 0 ? '' : `?${new URLSearchParams(entries).toString()}`
}

function refusal (status: number, text: string): PolluxError {
  const { detail, errors }: { readonly detail?: string, readonly errors?: readonly Complaint[] } = JSON.parse(text)
  return new PolluxError(status, detail ?? `status ${status}`, errors)
}

/** fetch says no more than "fetch failed"; why is in its cause, and for several addresses in the first of its errors. */
function reasonOf (error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0])
  return error.cause === undefined ? error.message : reasonOf(error.cause)
}
