/** The ring and what it keeps of an exchange. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import type { Entry } from '../../src/journal/entry.js'
import { Journal } from '../../src/journal/journal.js'

/** Adds an exchange; its bodies go the way that those of real ones go. */
function add (journal: Journal, { requestBody, replyBody = '{}', ...more }: Partial<Omit<Entry, 'requestBody' | 'replyBody'>> & { readonly requestBody?: unknown, readonly replyBody?: unknown } = {}): void {
  journal.add({
    seq: journal.lastSeq + 1,
    api: 'svix',
    call: { operation: 'poll', taskId: 'a' },
    method: 'GET',
    url: '/a',
    client: 'c',
    arrivedAt: 1000,
    answeredAt: 1000,
    arrivedMachineAt: 5000,
    answeredMachineAt: 5001,
    status: 200,
    isAbandoned: false,
    lineCount: undefined,
    faults: [],
    requestHeaders: [],
    requestBody: journal.keepBody(requestBody),
    replyHeaders: {},
    replyBody: journal.keepBody(replyBody),
    ...more,
  }, undefined, undefined)
}

function seqs (journal: Journal): number[] {
  return [...journal.entries()].map(({ seq }) => seq)
}

t.test('the ring keeps the latest, the oldest first, and numbers from 1', async (t) => {
  const journal = new Journal({ entries: 3, bodyBytes: 10 })
  t.strictSame(seqs(journal), [])
  for (const kept of [[1], [1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5], [4, 5, 6], [5, 6, 7]]) {
    add(journal)
    t.strictSame(seqs(journal), kept)
  }
  journal.clear()
  add(journal)
  t.strictSame(seqs(journal), [1])
})

t.test('a journal without room numbers all the same', async (t) => {
  const journal = new Journal({ entries: 0, bodyBytes: 10 })
  add(journal)
  t.strictSame([seqs(journal), journal.lastSeq], [[], 1])
})

t.test('observers see each entry once, until they stop', async (t) => {
  const journal = new Journal({ entries: 3, bodyBytes: 10 })
  const seen: number[] = []
  const stop = journal.observe(({ seq }) => { seen.push(seq) })
  add(journal)
  add(journal)
  stop()
  add(journal)
  t.strictSame(seen, [1, 2])
})

function keptOf (more: Parameters<typeof add>[1]): Entry {
  const journal = new Journal({ entries: 1, bodyBytes: 10 })
  add(journal, more)
  const [entry] = journal.entries()
  if (entry === undefined) throw new Error('nothing was kept')
  return entry
}

t.test('small bodies are kept as they are, of larger ones a copy of the beginning', async (t) => {
  const small = Buffer.from('0123456789')
  t.equal(keptOf({ replyBody: small }).replyBody, small)
  t.equal(keptOf({ replyBody: '0123456789' }).replyBody, '0123456789')
  for (const large of ['0123456789a', Buffer.from('0123456789a'), { a: '0123456789' }]) {
    const { replyBody } = keptOf({ replyBody: large })
    t.notOk(replyBody instanceof Uint8Array || typeof replyBody === 'string')
    t.match(replyBody, { text: typeof large === 'object' && 'a' in large ? '{"a":"0123' : '0123456789' })
  }
})

t.test('no stream stays alive through an entry', async (t) => {
  t.equal(keptOf({ replyBody: { pipe: () => {} } }).replyBody, undefined)
})

t.test('polls that bear the same headers share them, others keep their own', async (t) => {
  const journal = new Journal({ entries: 9, bodyBytes: 10 })
  const [first, again, other] = [['host', 'a'], ['host', 'a'], ['host', 'b']].map((headers) => journal.keepHeaders(headers))
  t.equal(again, first)
  t.same(other, ['host', 'b'])
  t.same(journal.keepHeaders(['host', 'a', 'x', 'y']), ['host', 'a', 'x', 'y'])
  journal.clear()
  t.not(journal.keepHeaders(['host', 'a', 'x', 'y']), first)
})

t.test('what a large body was cut from does not stay alive', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const journal = new Journal({ entries: 100, bodyBytes: 8192 })
  const memory = (): number => {
    // What the first collection found, Node 24 gives back with the second.
    collectGarbage()
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = memory()
  for (let i = 0; i < 10; i++) add(journal, { replyBody: Buffer.alloc(10_000_000, 'x').toString() })
  // The engine may hold on to the last one a little longer.
  t.ok(memory() - before < 25_000_000)
  t.equal([...journal.entries()].length, 10)
})
