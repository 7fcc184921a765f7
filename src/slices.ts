/**
 * Work on very many things a slice at a time, so that nobody else waits long for the event loop.
 */
import type { FastifyReply } from 'fastify'
import { Readable } from 'node:stream'
import { machineNow } from './clock.js'
import { Turns } from './turns.js'

/** After so many milliseconds others get their turn. */
const SLICE_MS = 10
/** Things that are looked at before the time is. */
const AT_LEAST = 16
/** However fast the machine is. */
const AT_MOST = 250

/** Of all who work in slices one goes on each time the event loop comes round. */
const turns = new Turns()

/** Calls `visit` with each of them in order. What it throws ends the work. */
export async function forEachInSlices<Item> (items: Iterable<Item>, visit: (item: Item, index: number) => void): Promise<void> {
  if (turns.isBusy) await others()
  let until = machineNow() + SLICE_MS
  let count = 0
  for (const item of items) {
    visit(item, count)
    if (!isSliceOver(++count, until)) continue
    await others()
    until = machineNow() + SLICE_MS
  }
}

/** Sends a JSON array, or an object with one as the value of its key `name` beside `rest`, rendered while it goes out. */
export function sendInSlices<Item> (reply: FastifyReply, items: readonly Item[], render: (item: Item) => unknown, around?: { readonly name: string, readonly rest: () => object }): FastifyReply {
  return reply.type('application/json; charset=utf-8').send(Readable.from(pieces(items, render, around)) as never) // typed as what the stream spells out
}

async function * pieces<Item> (items: readonly Item[], render: (item: Item) => unknown, around?: { readonly name: string, readonly rest: () => object }): AsyncGenerator<string> {
  if (turns.isBusy) await others()
  yield around === undefined ? '[' : `{${JSON.stringify(around.name)}:[`
  let piece = ''
  let until = machineNow() + SLICE_MS
  for (const [index, item] of items.entries()) {
    piece += (index === 0 ? '' : ',') + JSON.stringify(render(item))
    if (!isSliceOver(index + 1, until)) continue
    yield piece
    await others()
    piece = ''
    until = machineNow() + SLICE_MS
  }
  yield piece
  if (around === undefined) {
    yield ']'
    return
  }
  // Said last: what is rendered may have an influence on it.
  const rest = JSON.stringify(around.rest())
  yield rest === '{}' ? ']}' : `],${rest.slice(1)}`
}

function isSliceOver (count: number, until: number): boolean {
  return count % AT_MOST === 0 || (count % AT_LEAST === 0 && machineNow() >= until)
}

/** Resolves when whoever else waits for the event loop has had a turn. */
function others (): Promise<void> {
  return new Promise((resolve) => { turns.take(resolve) })
}
