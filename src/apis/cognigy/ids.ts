/**
 * Ids: MongoDB ObjectIds in lower-case hex (cognigy contract, 3.3), and what else is derived from them.
 */
import { createRandomStream, uuidV4, type RandomSource } from '../../ids.js'
import type { Sandbox } from '../../sandbox.js'

/** The length of every id of this API; requests are held to nothing else (contract 4.1). */
export const ID_LENGTH = 24

/** What an id looks like, for error messages. */
export const ID_HINT = `a string of length ${ID_LENGTH}`

/** Draws ids in the order of creation: seconds, five bytes of the sandbox's own, and a counter. */
export function createTaskIds (random: RandomSource): (createdAt: number) => string {
  const stream = random('cognigy task id')
  const machine = Buffer.from(stream.bytes(5)).toString('hex')
  let counter = stream.below(2 ** 23)
  return (createdAt) => {
    const id = secondsHex(createdAt) + machine + counter.toString(16).padStart(6, '0')
    counter = (counter + 1) % 2 ** 24
    return id
  }
}

/** The id of something that a task is going to make. */
export function drawResourceId ({ clock, random }: Sandbox): string {
  return secondsHex(clock.now()) + Buffer.from(random('cognigy resource id').bytes(8)).toString('hex')
}

/** A text that nobody guesses, for tokens. */
export function drawToken ({ random }: Sandbox): string {
  return Buffer.from(random('cognigy token').bytes(20)).toString('hex')
}

/** The 64 hex digits that stand for what is in a snapshot or package: always the same for an id. */
export function hashOf ({ seed }: Sandbox, id: string): string {
  return Buffer.from(createRandomStream(seed, 'cognigy hash', id).bytes(32)).toString('hex')
}

/** The UUID by which resources name each other: always the same for an id. */
export function referenceIdOf ({ seed }: Sandbox, id: string): string {
  return uuidV4(createRandomStream(seed, 'cognigy reference', id))
}

function secondsHex (at: number): string {
  return (Math.floor(at / 1000) % 2 ** 32).toString(16).padStart(8, '0')
}
