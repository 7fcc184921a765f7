/**
 * Task ids: MongoDB ObjectIds in lower-case hex (cognigy contract, 3.3).
 */
import type { RandomSource } from '../../ids.js'

/** The length of every id of this API; requests are held to nothing else (contract 4.1). */
export const ID_LENGTH = 24

/** Draws ids in the order of creation: seconds, five bytes of the sandbox's own, and a counter. */
export function createTaskIds (random: RandomSource): (createdAt: number) => string {
  const stream = random('cognigy task id')
  const machine = Buffer.from(stream.bytes(5)).toString('hex')
  let counter = stream.below(2 ** 23)
  return (createdAt) => {
    const seconds = Math.floor(createdAt / 1000) % 2 ** 32
    const id = seconds.toString(16).padStart(8, '0') + machine + counter.toString(16).padStart(6, '0')
    counter = (counter + 1) % 2 ** 24
    return id
  }
}
