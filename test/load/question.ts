/** What every question of the suite is and gets. */
import type { Answer } from './figures.js'
import type { Servers } from './servers.js'

export interface Run {
  /** Seconds in place of minutes: shows that the question can be answered, not what the answer is. */
  readonly isQuick: boolean
  /** Origin of another server to put beside. */
  readonly vs: string | undefined
  /** Stopped when the question is answered, or can't be. */
  readonly servers: Servers
  readonly progress: (line: string) => void
}

export interface Question {
  readonly asks: string
  /** Whether servers and client get a core each. */
  readonly isPinned: boolean
  readonly answer: (run: Run) => Promise<Answer>
}
