/**
 * How much memory the process takes, even when it can open no more files.
 */
import { getHeapStatistics } from 'node:v8'

export interface Memory {
  readonly rss: number
  readonly heapUsed: number
  readonly external: number
}

export function memoryNow (): Memory {
  try {
    return process.memoryUsage()
  } catch {
    // Node reads the present size from a file; the greatest so far it just knows.
    const { used_heap_size: heapUsed, external_memory: external } = getHeapStatistics()
    return { rss: process.resourceUsage().maxRSS * 1024, heapUsed, external }
  }
}
