/**
 * Fault rules in a few words, for whoever asks why a call got its answer. Pure.
 */
import type { EffectJson } from './fault.js'
import type { FaultRule } from './faults.js'

/** For example `fault 2 (status 503) by nthCall 1, 2`, or `fault 3 of flaky-502 (status 502) by first 2`. */
export function describeFault ({ id, fault: { json, when }, task }: FaultRule): string {
  const whose = task?.scenario === undefined ? '' : ` of ${task.scenario}`
  const conditions = Object.entries(when.json).map(([name, value]) => `${name} ${[value].flat().join(', ')}`)
  return `fault ${id}${whose} (${describeEffect(json.effect)})${conditions.length === 0 ? '' : ` by ${conditions.join(' and ')}`}`
}

function describeEffect ({ delay, body, ...rest }: EffectJson): string {
  const parts = Object.entries(rest).map(([name, value]) => value === true ? name : `${name} ${value}`)
  if (delay !== undefined) parts.push(`delay ${typeof delay === 'object' ? `median ${span(delay.median)}, p99 ${span(delay.p99)}` : span(delay)}`)
  if (body !== undefined) parts.push(`body edits at ${[...Object.keys(body.set ?? {}), ...body.remove ?? [], ...body.null ?? []].map((pointer) => pointer === '' ? 'its root' : pointer).join(', ')}`)
  return parts.join(', ')
}

function span (duration: string | number): string {
  return typeof duration === 'number' ? `${duration}ms` : duration
}
