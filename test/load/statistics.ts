/** What is made of many measurements. */

export function median (values: readonly number[]): number {
  return percentile(values, 50)
}

/** The value that so many percent of them don't exceed, between neighbours where it falls between them; NaN when there are none. */
export function percentile (values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b)
  const place = (sorted.length - 1) * percent / 100
  const below = sorted[Math.floor(place)] ?? NaN
  const above = sorted[Math.ceil(place)] ?? NaN
  return below + (above - below) * (place - Math.floor(place))
}

/** How steeply y rises with x: the line that fits the points best. NaN for fewer than two. */
export function slope (points: ReadonlyArray<{ readonly x: number, readonly y: number }>): number {
  const meanX = mean(points.map(({ x }) => x))
  const meanY = mean(points.map(({ y }) => y))
  const rise = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0)
  const run = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0)
  return rise / run
}

function mean (values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
