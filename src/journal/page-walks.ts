/**
 * How clients walk through lists: page after page, or not.
 */
import type { Entry } from './entry.js'
import type { Findings } from './finding.js'
import type { RuleName } from './rules.js'

/** A client's way through one list. */
interface Walk {
  /** Where the next page begins; null after the last one. */
  next: string | null
  /** Cursors that were followed. */
  readonly followed: Set<string>
}

const MOST_WALKS = 1000
const MOST_CURSORS = 1000
/** Longer ones are nobody's walk, and a thousand cursors of each would fill the memory. */
const LONGEST_URL = 1024

export class PageWalks {
  /** By API, client and what is asked for beside the page. */
  readonly #walks = new Map<string, Walk>()

  /** `nextCursor`: where the next page begins, null after the last one; undefined: nothing can be said of it. */
  count ({ seq, api, client, call: { cursor }, url, status, arrivedAt: at }: Entry, nextCursor: string | null | undefined, findings: Findings<RuleName>): void {
    if (status === null || status >= 400 || url.length > LONGEST_URL) return
    const key = `${api}\n${client}\n${withoutCursor(url, cursor)}`
    const walk = this.#walks.get(key)
    // Pages of which nothing is known, as of walks backwards, end the walk without a verdict.
    if (nextCursor === undefined) {
      this.#walks.delete(key)
      return
    }
    if (cursor === undefined) {
      if (walk !== undefined && walk.next !== null && walk.followed.size > 0) {
        findings.add('page-skipped', client, { seq, at, measured: { expected: walk.next, asked: 'the first page' } })
      }
      this.#begin(key, { next: nextCursor, followed: new Set() })
      return
    }
    if (walk === undefined) return this.#begin(key, { next: nextCursor, followed: new Set([cursor]) })
    if (walk.followed.has(cursor)) findings.add('page-reread', client, { seq, at, measured: { asked: cursor } })
    else if (walk.next !== null && cursor !== walk.next) findings.add('page-skipped', client, { seq, at, measured: { expected: walk.next, asked: cursor } })
    if (walk.followed.size < MOST_CURSORS) walk.followed.add(cursor)
    walk.next = nextCursor
  }

  clear (): void {
    this.#walks.clear()
  }

  #begin (key: string, walk: Walk): void {
    // Put last: the walk that began first makes room.
    this.#walks.delete(key)
    this.#walks.set(key, walk)
    if (this.#walks.size <= MOST_WALKS) return
    const [oldest] = this.#walks.keys()
    if (oldest !== undefined) this.#walks.delete(oldest)
  }
}

/** The URL without the parameter that holds the cursor. */
function withoutCursor (url: string, cursor: string | undefined): string {
  const queryAt = url.indexOf('?')
  if (queryAt < 0) return url
  const pairs = url.slice(queryAt + 1).split('&').filter((pair) => cursor === undefined || !isValue(pair.slice(pair.indexOf('=') + 1), cursor))
  return pairs.length === 0 ? url.slice(0, queryAt) : `${url.slice(0, queryAt)}?${pairs.join('&')}`
}

function isValue (written: string, value: string): boolean {
  return written === value || written === encodeURIComponent(value)
}
