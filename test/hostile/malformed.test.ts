/**
 * Thousands of malformed requests over real sockets against the built server: none ends in a crash or a 5xx, each refusal is
 * in the words of who the path belongs to, and nothing of them stays. `POLLUX_SOAK=1` sends 10,000 instead of 2,000.
 */
import t from 'tap'
import { createRandomStream } from '../../src/ids.js'
import { startChild, type ChildServer } from './child.js'
import { dialectFlaw, ownerOfRequest, type Owner } from './dialects.js'
import { KINDS, mutate } from './malformed.js'
import { send } from './raw.js'

const REQUESTS = process.env['POLLUX_SOAK'] === undefined ? 2_000 : 10_000
const AT_ONCE = 32
const SILENCE_MS = 250
const ONE_PIECE_BYTES = 8_192
const MOST_KEPT_BYTES = 10 * 2 ** 20

interface Summary {
  sent: number
  answered: number
  readonly unanswered: string[]
  readonly statuses: Map<number, number>
  /** What should not be, with what caused it. */
  readonly flaws: string[]
}

/**
 * Whose words a refusal may be in. Of a head that never ends, or that comes in several pieces, Node shows no more than the
 * piece that it stumbled over: there the listener's API answers, or on the shared listener nobody.
 */
function ownersOf (bytes: Buffer, listener: Owner | undefined): readonly Owner[] {
  const owner = ownerOfRequest(bytes, listener)
  const headBytes = bytes.indexOf('\r\n\r\n')
  return headBytes < 0 || headBytes > ONE_PIECE_BYTES ? [owner, listener ?? 'nobody'] : [owner]
}

/** Sends the seed's requests, each on a connection of its own, to the shared listener and to the native ones. */
async function attack ({ url, listeners }: ChildServer): Promise<Summary> {
  const random = createRandomStream(1, '', 'malformed requests')
  const places: ReadonlyArray<readonly [url: string, owner: Owner | undefined]> = [[url, undefined], [url, undefined], ...Object.entries(listeners).map(([api, at]) => [at, api as Owner] as const)] // the flags below name APIs
  const summary: Summary = { sent: 0, answered: 0, unanswered: [], statuses: new Map(), flaws: [] }

  async function one (): Promise<void> {
    const number = summary.sent++
    const kind = KINDS[number % KINDS.length]
    const [at, listener] = places[random.below(places.length)] ?? []
    if (kind === undefined || at === undefined) throw new RangeError('nothing to send')
    const made = kind.make(random)
    const sound = typeof made === 'string' ? Buffer.from(made, 'latin1') : made
    const bytes = random.below(2) === 0 ? sound : mutate(random, sound)
    const { replies, isClosed } = await send(at, bytes, { closesAfter: SILENCE_MS })
    // Empty lines are no request (RFC 9112, 2.2).
    if (replies.length > 0 || !/[^\r\n]/.test(bytes.toString('latin1'))) summary.answered++
    else summary.unanswered.push(bytes.toString('latin1').slice(0, 100))
    const flaw = (what: string): void => { summary.flaws.push(`${kind.name} #${number} at ${listener ?? 'all'}: ${what}: ${JSON.stringify(bytes.toString('latin1').slice(0, 300))}`) }
    if (!isClosed) flaw('the connection stayed open')
    const owners = ownersOf(bytes, listener)
    for (const [index, reply] of replies.entries()) {
      summary.statuses.set(reply.status, (summary.statuses.get(reply.status) ?? 0) + 1)
      if (reply.status >= 500) flaw(`status ${reply.status} ${reply.body}`)
      // What comes behind a first reply answers what came behind the first request, wherever that went.
      else if (reply.status >= 400 && index === 0) {
        const wrong = owners.map((owner) => dialectFlaw(owner, reply, bytes.subarray(0, 5).toString() === 'HEAD '))
        if (!wrong.includes(undefined)) flaw(`not in the words of ${owners.join(' or ')} (${wrong.join(', ')}): ${reply.status} ${reply.headers['content-type'] ?? ''} ${reply.body.slice(0, 200)}`)
      }
    }
  }

  await Promise.all(Array.from({ length: AT_ONCE }, async () => { while (summary.sent < REQUESTS) await one() }))
  return summary
}

/** The number of descriptors once it has fallen to this one, or as it is when patience ends. */
async function descriptorsDownTo (child: ChildServer, wanted: number): Promise<number> {
  const until = Date.now() + 5_000
  while (child.descriptors() > wanted && Date.now() < until) await child.longestDelay()
  return child.descriptors()
}

t.test(`${REQUESTS} malformed requests of ${KINDS.length} kinds, twice: no crash, no 5xx, no leak`, { timeout: 300_000 }, async (t) => {
  t.ok(KINDS.length >= 50)
  // At this speed no wait lasts.
  const child = await startChild(t, '--speed', '1000000', ...['connect', 'svix', 'cognigy', 'cloudcoin'].flatMap((api) => ['--listen', `${api}=0`]))
  // The fewest of some looks: the connection that asked may not be closed yet, and code is being loaded.
  let descriptorsBefore = Infinity
  for (let look = 0; look < 50; look++) {
    await child.longestDelay()
    descriptorsBefore = Math.min(descriptorsBefore, child.descriptors())
  }
  const memory = []
  for (const round of [1, 2]) {
    const { sent, answered, unanswered, statuses, flaws } = await attack(child)
    t.comment(`round ${round}: ${answered} of ${sent} answered; ${[...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`).join(', ')}; longest delay of the event loop ${await child.longestDelay()} ms`)
    if (unanswered.length > 0) t.comment(`unanswered: ${JSON.stringify(unanswered)}`)
    t.same(flaws.slice(0, 20), [], `${flaws.length} flaws`)
    t.ok(answered >= 0.995 * sent, `${answered} of ${sent} answered`)
    memory.push(await child.memory())
  }
  const [first, second] = memory
  t.comment(`kept ${first?.keptBytes ?? 0} and ${second?.keptBytes ?? 0} bytes, resident ${first?.rssBytes ?? 0} and ${second?.rssBytes ?? 0}`)
  t.ok((second?.keptBytes ?? Infinity) - (first?.keptBytes ?? 0) < MOST_KEPT_BYTES, 'the second round leaves nothing behind')
  t.equal(await descriptorsDownTo(child, descriptorsBefore), descriptorsBefore, 'all descriptors are back')
  t.equal(child.exitCode(), undefined, 'it lives')
  t.match(child.output().trim().split('\n'), [/"msg":"ready"/], 'and has said nothing but that it is ready')
})
