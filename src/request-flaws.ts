/**
 * What HTTP has a server refuse, though Node's parser lets it through (RFC 9110 and 9112). Pure.
 */
import type { IncomingMessage } from 'node:http'

/** Why a request is refused whatever it is for: the status, and what is wrong with it. */
export interface RequestFlaw {
  readonly status: 400 | 417
  readonly why: string
}

const MISSING_HOST: RequestFlaw = { status: 400, why: 'An HTTP/1.1 request needs a Host header.' }
const SEVERAL_HOSTS: RequestFlaw = { status: 400, why: 'A request has one Host header.' }
const BAD_HOST: RequestFlaw = { status: 400, why: 'The Host header is no host with an optional port.' }
const BAD_CODING: RequestFlaw = { status: 400, why: 'Of transfer codings only chunked is understood.' }
const BAD_EXPECTATION: RequestFlaw = { status: 417, why: 'No expectation but 100-continue can be met.' }

/** `uri-host [":" port]` of RFC 9110, 7.2; empty is allowed. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[\w\-.~!$&'()*+,;=%]*)(?::\d*)?$/

/** The first flaw; undefined for a request without one. Looks at the headers as sent, because Node drops a second Host and joins others. */
export function flawOf ({ httpVersion, rawHeaders }: Pick<IncomingMessage, 'httpVersion' | 'rawHeaders'>): RequestFlaw | undefined {
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    // Its length tells most names apart, and this is done for every poll.
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (++hosts > 1) return SEVERAL_HOSTS
      if (!HOST.test(rawHeaders[i + 1] ?? '')) return BAD_HOST
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      // Anything else would have to be undone before the body's end can be told for certain (RFC 9112, 6.1 and 6.3).
      if (rawHeaders[i + 1]?.toLowerCase() !== 'chunked') return BAD_CODING
    } else if (name.length === 6 && name.toLowerCase() === 'expect') {
      if (rawHeaders[i + 1]?.toLowerCase() !== '100-continue') return BAD_EXPECTATION
    }
  }
  return hosts === 0 && httpVersion === '1.1' ? MISSING_HOST : undefined
}
