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

/** True for the form of GUIDs in paths (contract 4.4). */
export function isGuid (text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}

/** The content GUID that a task's output names when nothing else is known: the same for the same task id. */
export function guidOf (taskId: string): string {
  return guidFrom(digestOf('guid', taskId))
}

function guidFrom (digest: Buffer): string {
  const hex = digest.toString('hex')
  // The version and variant digits of a random UUID.
  const variant = '89ab'.charAt(Number.parseInt(hex.charAt(16), 16) % 4)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The GUID of a user: the same for the same name. */
export function userGuidOf (username: string): string {
  return guidFrom(digestOf('user', username))
}

/** The key of a content's default variant: 8 digits of base 62. */
export function variantKeyOf (contentGuid: string): string {
  return base62(digestOf('variant', contentGuid), 8)
}

/** The bundle number that a task's output names when nothing else is known: 1 to 9999. */
export function bundleOf (taskId: string): string {
  return String(digestOf('bundle', taskId).readUInt32BE(0) % 9999 + 1)
}

/** The job key that a task's output names when nothing else is known: 16 digits of base 62. */
export function jobKeyOf (taskId: string): string {
  return base62(digestOf('job', taskId), TASK_ID_LENGTH)
}

function base62 (digest: Buffer, length: number): string {
  return Array.from(digest.subarray(0, length), (byte) => BASE62.charAt(byte % BASE62.length)).join('')
}

function digestOf (purpose: string, taskId: string): Buffer {
  return createHash('sha256').update(JSON.stringify([purpose, taskId])).digest()
}
