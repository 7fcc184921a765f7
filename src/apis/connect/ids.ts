/**
 * Task ids as Connect makes them, and the names inside a job that no script fixes.
 */
import { createHash } from 'node:crypto'
import { BASE62, type RandomSource } from '../../ids.js'

const TASK_ID_LENGTH = 16

/** Draws task ids: 16 digits of base 62 (contract 3.4). */
export function createTaskIds (random: RandomSource): () => string {
  const stream = random('connect-task-id')
  return () => Array.from({ length: TASK_ID_LENGTH }, () => BASE62.charAt(stream.below(BASE62.length))).join('')
}

/** The content GUID that a task's output names when nothing else is known: the same for the same task id. */
export function guidOf (taskId: string): string {
  const hex = digestOf('guid', taskId).toString('hex')
  // The version and variant digits of a random UUID.
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The bundle number that a task's output names when nothing else is known: 1 to 9999. */
export function bundleOf (taskId: string): string {
  return String(digestOf('bundle', taskId).readUInt32BE(0) % 9999 + 1)
}

/** The job key that a task's output names when nothing else is known: 16 digits of base 62. */
export function jobKeyOf (taskId: string): string {
  return Array.from(digestOf('job', taskId).subarray(0, TASK_ID_LENGTH), (byte) => BASE62.charAt(byte % BASE62.length)).join('')
}

function digestOf (purpose: string, taskId: string): Buffer {
  return createHash('sha256').update(JSON.stringify([purpose, taskId])).digest()
}
